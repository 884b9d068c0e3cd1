//! The plan: every image's source and target, the edits, and the chart with them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use helm::Chart;
use oci::{Digest, Reference, Relocation};

use crate::RelocateError;
use crate::candidate::{Wish, is_name};
use crate::edit::{Changes, dotted, edit};
use crate::evaluate::{Evaluated, evaluate, identifier_start, read_reference};
use crate::finding::{Collision, Finding, adjustments, collisions, misprints, shadows};
use crate::hint::{Hint, HintPlace, Hints, Segment};
use crate::scope::{Scope, VALUES};
use crate::solve::{Choice, Clash, solve};
use crate::variable::Variables;

/// What to do with a chart.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Where images go.
    pub relocation: &'a Relocation,
    /// What to do with hints that have no tag of their own.
    pub tagless: Tagless<'a>,
}

/// What becomes of a hint that has neither tag nor digest behind its name, `{{ .image }}`.
#[derive(Clone, Copy)]
pub enum Tagless<'a> {
    /// The value keeps the tag it has, or goes on having none. An index may be put under that tag later.
    KeepTag,
    /// The value is pinned to the digest that is pushed, as charts-syncer does: `registry/name@sha256:…`.
    PinDigest(&'a dyn Fn(&Reference) -> Option<Digest>),
}

/// A chart's relocation, decided and checked.
#[derive(Clone, Debug)]
pub struct RelocationPlan {
    /// One for each hint, in order.
    pub images: Vec<ImagePlan>,
    /// What is written, by file and key.
    pub edits: Vec<ValueEdit>,
    /// Different images that would get one name. The caller decides: they may be the same content.
    pub collisions: Vec<Collision>,
    /// What an operator should know, and need not act on.
    pub findings: Vec<Finding>,
    /// The chart with the edits. Read again, its hints name exactly what is planned.
    pub chart: Chart,
}

/// One hint's image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImagePlan {
    /// The hint.
    pub place: Arc<HintPlace>,
    /// The image it names.
    pub source: Reference,
    /// What helm, and with it charts-syncer, takes it for, when a value is a number that prints otherwise: `x:1.3` for
    /// an unquoted `1.30`. An image of a bundle may bear this name.
    pub printed: Option<Reference>,
    /// Where it goes.
    pub target: Reference,
    /// What the relocated chart says: the target, or the target pinned by digest.
    pub says: Reference,
    /// Whether the target is another than the rules alone would give, because literal text of the hint is kept.
    pub is_adjusted: bool,
}

/// One value that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueEdit {
    /// The file, from the top of the chart: `charts/mariadb/values.yaml`.
    pub file: String,
    /// The keys in that file.
    pub path: Vec<String>,
    /// The line of the old value; none when the key is added.
    pub line: Option<usize>,
    /// Its text before.
    pub old: String,
    /// Its text after; the same when only quotes are added.
    pub new: String,
}

/// An image that a hint names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintedImage {
    /// The hint.
    pub place: Arc<HintPlace>,
    /// The image.
    pub source: Reference,
    /// As in [`ImagePlan::printed`].
    pub printed: Option<Reference>,
}

/// The image each hint names, or why it names none, in the order of the hints; nothing is relocated. Fails when the
/// values of the chart cannot be read at all.
pub fn hinted_images(
    chart: &Chart,
    hints: &Hints,
) -> Result<Vec<Result<HintedImage, RelocateError>>, Vec<RelocateError>> {
    let scope = Scope::read(chart)?;
    let image = |hint: &Hint| {
        let now = evaluate(hint, &scope)?;
        let printed = printed(hint, &now);
        Ok(HintedImage { place: hint.place.clone(), source: now.reference, printed })
    };
    Ok(hints.hints.iter().map(image).collect())
}

/// The images of [`hinted_images`] alone; with one mistake, all mistakes instead.
pub fn images(chart: &Chart, hints: &Hints) -> Result<Vec<Reference>, Vec<RelocateError>> {
    collect(hinted_images(chart, hints)?.into_iter().map(|image| image.map(|image| image.source)))
}

/// Decides how a chart is relocated, edits a copy of it, and reads that again. All mistakes that can be found at once
/// are; with any of them there is no plan.
pub fn plan(
    chart: &Chart,
    hints: &Hints,
    options: &Options<'_>,
) -> Result<RelocationPlan, Vec<RelocateError>> {
    Planner::new(chart, hints, *options)?.plan()
}

/// Plans a chart several times, each time without the spellings that were found wrong by whoever rendered the result.
///
/// Once something was found wrong, spellings are tried too that hints alone would not allow: a name without its registry,
/// for templates that put one in front.
pub struct Planner<'a> {
    chart: &'a Chart,
    hints: &'a Hints,
    options: Options<'a>,
    scope: Scope,
    evaluated: Vec<Evaluated>,
    /// What each hint's keys were given last.
    taken: Vec<Vec<String>>,
    /// Hints, and what their keys must not be given.
    barred: HashSet<(usize, Vec<String>)>,
}

impl<'a> Planner<'a> {
    /// Reads the values and evaluates the hints.
    pub fn new(
        chart: &'a Chart,
        hints: &'a Hints,
        options: Options<'a>,
    ) -> Result<Self, Vec<RelocateError>> {
        let scope = Scope::read(chart)?;
        let evaluated = evaluate_all(hints, &scope)?;
        let (taken, barred) = (Vec::new(), HashSet::new());
        Ok(Self { chart, hints, options, scope, evaluated, taken, barred })
    }

    /// The best plan of those that are left.
    pub fn plan(&mut self) -> Result<RelocationPlan, Vec<RelocateError>> {
        let solution = Solution::find(self)?;
        let edits = solution.edits();
        let edited = rewrite(self.chart, &self.scope, &edits)?;
        let after = verify(self.hints, &solution.images, &edited)?;
        let mut findings = misprints(&self.evaluated, self.hints);
        findings.extend(shadows(self.hints, &after));
        findings.extend(adjustments(&solution.images));
        let collisions = collisions(&solution.images);
        let mut edits: Vec<ValueEdit> = edits.into_iter().map(|(_, edit)| edit).collect();
        edits.sort_by(|a, b| (&a.file, a.line, &a.path).cmp(&(&b.file, b.line, &b.path)));
        self.taken = solution.taken;
        Ok(RelocationPlan { images: solution.images, edits, collisions, findings, chart: edited })
    }

    /// Rules out what the last plan gave the keys of some hints, by their places in the list.
    pub fn bar(&mut self, hints: impl IntoIterator<Item = usize>) {
        for hint in hints {
            if let Some(values) = self.taken.get(hint) {
                self.barred.insert((hint, values.clone()));
            }
        }
    }
}

fn evaluate_all(hints: &Hints, scope: &Scope) -> Result<Vec<Evaluated>, Vec<RelocateError>> {
    collect(hints.hints.iter().map(|hint| evaluate(hint, scope)))
}

/// All values, or all errors.
fn collect<T>(
    results: impl Iterator<Item = Result<T, RelocateError>>,
) -> Result<Vec<T>, Vec<RelocateError>> {
    let mut values = Vec::new();
    let mut errors = Vec::new();
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

/// The images with their targets, and the value every key gets.
struct Solution {
    images: Vec<ImagePlan>,
    variables: Variables,
    values: HashMap<usize, String>,
    /// What the keys of each hint are given.
    taken: Vec<Vec<String>>,
}

impl Solution {
    fn find(planner: &Planner<'_>) -> Result<Self, Vec<RelocateError>> {
        let Planner { hints, evaluated, scope, .. } = planner;
        let mut variables = Variables::default();
        let mut fixed: HashMap<usize, String> = HashMap::new();
        let mut fixed_by: HashMap<usize, &Arc<HintPlace>> = HashMap::new();
        let pairs = || hints.hints.iter().zip(evaluated);
        for (hint, now) in pairs() {
            for (placeholder, part) in hint.placeholders().zip(&now.parts) {
                let number = variables.number(placeholder, part, scope);
                if !is_name(part.role) {
                    fixed.insert(number, part.text.clone());
                    fixed_by.insert(number, &hint.place);
                }
            }
        }
        let choices = pairs().enumerate().map(|(number, (hint, now))| {
            let mut choice = choice((hint, now), planner, &mut variables)?;
            choice.candidates.retain(|way| {
                planner.barred.is_empty() || !planner.barred.contains(&(number, way.values.clone()))
            });
            if choice.candidates.is_empty() {
                return Err(RelocateError::NoSpelling { place: hint.place.clone() });
            }
            Ok(choice)
        });
        let choices = collect(choices)?;
        let taken = solve(&choices, &fixed).map_err(|clashes| {
            let name = |clash| conflict(clash, hints, &variables, &fixed_by);
            clashes.into_iter().map(name).collect::<Vec<_>>()
        })?;
        let mut values = fixed;
        let mut images = Vec::with_capacity(choices.len());
        let mut given = Vec::with_capacity(choices.len());
        for (((hint, now), choice), way) in pairs().zip(&choices).zip(taken) {
            let candidate = &choice.candidates[way];
            values.extend(choice.keys.iter().copied().zip(candidate.values.iter().cloned()));
            given.push(candidate.values.clone());
            images.push(ImagePlan {
                place: hint.place.clone(),
                source: now.reference.clone(),
                printed: printed(hint, now),
                target: candidate.target.clone(),
                says: candidate.says.clone(),
                is_adjusted: candidate.is_adjusted,
            });
        }
        Ok(Self { images, variables, values, taken: given })
    }

    /// What is to be written, each with the chart whose file it is for.
    fn edits(&self) -> Vec<(Vec<usize>, ValueEdit)> {
        let mut edits = Vec::new();
        for (number, variable) in self.variables.all.iter().enumerate() {
            let Some(new) = self.values.get(&number) else { continue };
            if *new != variable.text || variable.is_misprinted {
                let edit = ValueEdit {
                    file: variable.file.clone(),
                    path: variable.path.clone(),
                    line: variable.line,
                    old: variable.text.clone(),
                    new: new.clone(),
                };
                edits.push((variable.route.clone(), edit));
            }
        }
        edits
    }
}

/// The ways of one hint, over the keys of its name.
fn choice(
    (hint, now): (&Hint, &Evaluated),
    planner: &Planner<'_>,
    variables: &mut Variables,
) -> Result<Choice, RelocateError> {
    let Planner { scope, options, barred, .. } = planner;
    let has_identifier = hint.segments.len() > hint.name_segments;
    let pin = match options.tagless {
        Tagless::PinDigest(digest_of) if !has_identifier && now.reference.digest().is_none() => {
            let digest = digest_of(&now.reference).ok_or_else(|| RelocateError::NoDigest {
                place: hint.place.clone(),
                image: Box::new(now.reference.clone()),
            })?;
            Some(format!("@{digest}"))
        }
        _ => None,
    };
    let wish = Wish { hint, now, relocation: options.relocation, pin };
    let mut candidates = wish.candidates()?;
    if !barred.is_empty() {
        candidates.extend(wish.unlikely());
    }
    let parts = hint.placeholders().zip(&now.parts).filter(|(_, part)| is_name(part.role));
    let mut keys = Vec::new();
    let mut companions = Vec::new();
    for (index, (placeholder, part)) in parts.enumerate() {
        keys.push(variables.number(placeholder, part, scope));
        let outer = variables.companions(placeholder, part, scope);
        companions.extend(outer.into_iter().map(|number| (number, index)));
    }
    for (number, index) in companions {
        keys.push(number);
        for candidate in &mut candidates {
            let value = candidate.values[index].clone();
            candidate.values.push(value);
        }
    }
    Ok(Choice { keys, candidates })
}

fn conflict(
    clash: Clash,
    hints: &Hints,
    variables: &Variables,
    fixed_by: &HashMap<usize, &Arc<HintPlace>>,
) -> RelocateError {
    let second = hints.hints[clash.second].place.clone();
    let first = match clash.first {
        Some(first) => hints.hints[first].place.clone(),
        None => fixed_by.get(&clash.key).map_or_else(|| second.clone(), |place| Arc::clone(place)),
    };
    RelocateError::Conflict {
        path: dotted(&variables.all[clash.key].path),
        first,
        first_value: clash.first_value,
        second,
        second_value: clash.second_value,
    }
}

/// What the hint says with every value as helm prints it, when that is something else.
pub(crate) fn printed(hint: &Hint, now: &Evaluated) -> Option<Reference> {
    now.parts.iter().find(|part| part.printed.is_some())?;
    let mut parts = now.parts.iter();
    let mut text = String::new();
    for segment in &hint.segments {
        match segment {
            Segment::Literal(literal) => text.push_str(literal),
            Segment::Placeholder(_) => {
                let part = parts.next()?;
                text.push_str(part.printed.as_ref().unwrap_or(&part.text));
            }
        }
    }
    let at = identifier_start(&text).unwrap_or(text.len());
    read_reference(&text[..at], &text[at..], hint).ok()
}

fn rewrite(
    chart: &Chart,
    scope: &Scope,
    edits: &[(Vec<usize>, ValueEdit)],
) -> Result<Chart, Vec<RelocateError>> {
    let mut files: BTreeMap<&[usize], Changes> = BTreeMap::new();
    for (route, edit) in edits {
        files.entry(route).or_default().insert(edit.path.clone(), edit.new.clone());
    }
    let mut edited = chart.clone();
    let results = files.into_iter().map(|(route, changes)| {
        let scope = scope.at(route).expect("edits are for charts that were read");
        let chart = at_route(&mut edited, route);
        let source = chart.file(VALUES).map_or(&[][..], AsRef::as_ref).to_vec();
        let source = String::from_utf8(source).expect("it was read as YAML, which is UTF-8");
        let text = edit(&scope.file, &source, &scope.document, &changes)?;
        chart.set_file(VALUES, text.into_bytes());
        Ok(())
    });
    collect(results)?;
    Ok(edited)
}

fn at_route<'a>(chart: &'a mut Chart, route: &[usize]) -> &'a mut Chart {
    route.iter().fold(chart, |chart, index| &mut chart.subcharts[*index].chart)
}

/// Reads the edited chart and compares what its hints say with the plan.
fn verify(
    hints: &Hints,
    images: &[ImagePlan],
    edited: &Chart,
) -> Result<Scope, Vec<RelocateError>> {
    let scope = Scope::read(edited)?;
    let evaluated = evaluate_all(hints, &scope)?;
    let results = images.iter().zip(&evaluated).map(|(image, now)| {
        if now.reference == image.says && now.parts.iter().all(|part| part.printed.is_none()) {
            return Ok(());
        }
        Err(RelocateError::RewriteMismatch {
            place: image.place.clone(),
            planned: image.says.to_string(),
            found: now.reference.to_string(),
        })
    });
    collect(results)?;
    Ok(scope)
}
