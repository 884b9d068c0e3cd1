//! What a chart would run, against what the package has and what is pushed.
//!
//! Hints say where images are named. Templates have the last word: a chart is rendered before and after relocation, and
//! the images in its objects are compared.

use std::collections::{BTreeSet, HashMap};

use helm::{Chart, Done, Lint};
use oci::Reference;
use relocate::{HintedImage, Hints, ImagePlan, Planner, RelocateError, RelocationPlan};

use crate::images::Origins;
use crate::images::render::{Found, PlaceKey, Renderer, images};
use crate::open::Opened;
use crate::problem::{Problem, ProblemKind, Severity};
use crate::sync::modules::hints::choose;
use crate::sync::modules::images::{InputImages, PackageImages};

/// How many spellings of the values are tried.
const MOST_PLANS: usize = 16;

/// A chart as it renders with its defaults.
pub(super) struct Rendering {
    renderer: Renderer,
    done: Done,
    lint: Lint,
    found: Vec<Found>,
}

impl Rendering {
    /// Renders a chart with its defaults. One that asks for values of the user is rendered as far as it goes without
    /// them. The error is helm's text.
    pub(super) fn of(chart: &Chart) -> Result<Self, String> {
        let renderer = Renderer::default();
        let (done, lint) = match renderer.render(chart) {
            Ok(done) => (done, Lint::Off),
            Err(text) => match renderer.render_with(chart, &renderer.values, Lint::On) {
                Ok(done) => (done, Lint::On),
                Err(_) => return Err(text),
            },
        };
        let found = images(&done);
        Ok(Self { renderer, done, lint, found })
    }

    /// Whether nothing was passed over.
    fn is_whole(&self) -> bool {
        self.lint == Lint::Off
    }

    /// Another chart with the same templates, in the same way.
    fn again(&self, chart: &Chart) -> Result<Self, String> {
        let done = self.renderer.render_with(chart, &self.renderer.values, self.lint)?;
        let found = images(&done);
        Ok(Self { renderer: self.renderer.clone(), done, lint: self.lint, found })
    }
}

/// Says that a chart was not rendered, or only as far as it goes.
pub(super) fn note(chart: &Chart, rendering: &Result<Rendering, String>) -> Option<Problem> {
    let detail = match rendering {
        Ok(rendering) if rendering.is_whole() => return None,
        Ok(_) => "it wants values of its own; rendered as far as it goes without them",
        Err(text) => text,
    };
    Some(Problem::info(ProblemKind::ChartNotRendered, title(chart), detail))
}

fn title(chart: &Chart) -> String {
    format!("{} {}", chart.name(), chart.version())
}

/// Images that objects name and the package does not have. `hinted` are those that hints lead to: whether they are there
/// is told of the hints.
pub(super) fn missing(
    rendering: &Rendering,
    hinted: &[&Reference],
    package: PackageImages<'_, '_>,
) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for one in &rendering.found {
        let text = one.image.image.as_str();
        let severity = match text.parse::<Reference>() {
            Ok(image) if hinted.contains(&&image) || !package.find(&image).is_empty() => continue,
            Ok(_) if one.is_run() && rendering.is_whole() => Severity::Error,
            Ok(_) | Err(_) => Severity::Warning,
        };
        if seen.insert(text) {
            let detail = format!("named by {}", place(one));
            let problem = Problem::error(ProblemKind::RenderedMissing, text, detail);
            problems.push(Problem { severity, ..problem });
        }
    }
    problems
}

/// `Deployment.apps web, spec.…image (shop/templates/web.yaml)`.
fn place(found: &Found) -> String {
    let image = &found.image;
    format!("{} {}, {} ({})", image.gvk, image.name, image.field, found.template)
}

/// For `verify`: images that render and are not there, and hints that nothing rendered leads to.
pub(crate) fn check_rendered(opened: &Opened, problems: &mut Vec<Problem>) {
    let input = InputImages::new(&opened.contents);
    for (own, contents) in opened.contents.iter().enumerate() {
        let package = input.of_bundle(own);
        let Some(chart) = &contents.chart else { continue };
        // What is wrong with hints is told where they are looked at for themselves.
        let Ok(chosen) = choose(contents, chart, package) else { continue };
        if package.is_empty() && chosen.hints.hints.is_empty() {
            continue;
        }
        let rendering = Rendering::of(chart);
        problems.extend(note(chart, &rendering));
        let Ok(rendering) = rendering else { continue };
        let hinted = relocate::hinted_images(chart, &chosen.hints).unwrap_or_default();
        let hinted: Vec<HintedImage> = hinted.into_iter().filter_map(Result::ok).collect();
        problems.extend(missing(&rendering, &names(&hinted), package));
        if !chosen.is_derived {
            problems.extend(unrendered(&rendering, &hinted));
        }
    }
}

fn names(hinted: &[HintedImage]) -> Vec<&Reference> {
    hinted
        .iter()
        .flat_map(|image| [Some(&image.source), image.printed.as_ref()])
        .flatten()
        .collect()
}

/// Images of hints that no object names.
fn unrendered(rendering: &Rendering, hinted: &[HintedImage]) -> Vec<Problem> {
    let rendered: Vec<Reference> =
        rendering.found.iter().filter_map(|one| one.image.image.parse().ok()).collect();
    let is_unrendered = |image: &&HintedImage| {
        let printed = image.printed.as_ref();
        !rendered.iter().any(|one| *one == image.source || Some(one) == printed)
    };
    let note = |image: &HintedImage| {
        let detail = format!("named by {}", image.place);
        Problem::info(ProblemKind::HintNotRendered, image.source.to_string(), detail)
    };
    hinted.iter().filter(is_unrendered).map(note).collect()
}

/// What is to be relocated, and what decides whether that went well.
pub(super) struct Case<'a> {
    pub(super) chart: &'a Chart,
    pub(super) hints: &'a Hints,
    pub(super) options: relocate::Options<'a>,
    pub(super) package: PackageImages<'a, 'a>,
    /// Whether nobody gave hints.
    pub(super) is_derived: bool,
}

/// An object that would run another image than is pushed.
struct Wrong {
    /// The place in the original chart.
    key: PlaceKey,
    place: String,
    /// The hints that lead to its image.
    hints: Vec<usize>,
    /// What it names in the relocated chart; `None` when the object is not there any more.
    says: Option<String>,
    expected: Reference,
}

impl Case<'_> {
    /// Plans the relocation and renders what comes out. Where a template makes something else of the values, other
    /// spellings of them are tried; without one that is right, the first plan's mistakes are told.
    pub(super) fn plan(
        &self,
        rendering: Option<&Rendering>,
    ) -> Result<RelocationPlan, Vec<Problem>> {
        let told = |errors: Vec<RelocateError>| -> Vec<Problem> {
            errors.iter().map(super::problems::relocate_problem).collect()
        };
        let mut planner = Planner::new(self.chart, self.hints, self.options).map_err(told)?;
        let first = planner.plan().map_err(told)?;
        let Some(rendering) = rendering else { return Ok(first) };
        let mut wrong = match wrong_places(rendering, &first) {
            Ok(wrong) if wrong.is_empty() => return Ok(first),
            Ok(wrong) => wrong,
            Err(text) => return Err(vec![self.not_rendered(&text)]),
        };
        let problems = problems_of(rendering, &first, &wrong);
        for _ in 1..MOST_PLANS {
            planner.bar(wrong.iter().flat_map(|one| one.hints.iter().copied()));
            let Ok(plan) = planner.plan() else { break };
            match wrong_places(rendering, &plan) {
                Ok(left) if left.is_empty() => return Ok(plan),
                Ok(left) => wrong = left,
                // A spelling that breaks a template: which key it was cannot be told.
                Err(_) => break,
            }
        }
        Err(problems)
    }

    fn not_rendered(&self, text: &str) -> Problem {
        let detail = format!("with the rewritten values: {text}");
        Problem::error(ProblemKind::RenderedElsewhere, title(self.chart), detail)
    }

    /// Images of the package that objects of the relocated chart still name by their old name, because no hint leads to
    /// them.
    pub(super) fn unhinted(&self, rendering: &Rendering, plan: &RelocationPlan) -> Vec<Problem> {
        if self.is_derived {
            // They are pushed, and the operator is told that the chart does not know.
            return Vec::new();
        }
        let mut seen = BTreeSet::new();
        let mut problems = Vec::new();
        for one in rendering.found.iter().filter(|one| one.is_run()) {
            let Ok(image) = one.image.image.parse::<Reference>() else { continue };
            let is_hinted = plan.images.iter().any(|known| {
                known.source == image
                    || known.printed.as_ref() == Some(&image)
                    || is_target(&image, known)
            });
            if is_hinted || self.package.find(&image).is_empty() || !seen.insert(image.to_string())
            {
                continue;
            }
            let detail = format!("named by {}", place(one));
            problems.push(Problem::error(ProblemKind::RenderedUnhinted, image.to_string(), detail));
        }
        problems
    }
}

/// The objects that would run something else than what is pushed. The error is helm's text.
fn wrong_places(rendering: &Rendering, plan: &RelocationPlan) -> Result<Vec<Wrong>, String> {
    let after = if plan.edits.is_empty() { None } else { Some(rendering.again(&plan.chart)?) };
    let after = after.as_ref().map_or(&rendering.found, |after| &after.found);
    let now: HashMap<PlaceKey, &str> =
        after.iter().map(|one| (one.key(), one.image.image.as_str())).collect();
    let mut by_source: HashMap<&Reference, Vec<usize>> = HashMap::new();
    for (number, image) in plan.images.iter().enumerate() {
        for name in [Some(&image.source), image.printed.as_ref()].into_iter().flatten() {
            by_source.entry(name).or_default().push(number);
        }
    }
    let mut wrong = Vec::new();
    for one in &rendering.found {
        let Ok(image) = one.image.image.parse::<Reference>() else { continue };
        let Some(hints) = by_source.get(&image) else { continue };
        let key = one.key();
        let says = now.get(&key).copied();
        let is_pushed = |hint: &usize| {
            says.and_then(|text| text.parse().ok())
                .is_some_and(|now| is_target(&now, &plan.images[*hint]))
        };
        if !hints.iter().any(is_pushed) {
            let expected = plan.images[hints[0]].target.clone();
            let (place, says) = (place(one), says.map(str::to_owned));
            wrong.push(Wrong { key, place, hints: hints.clone(), says, expected });
        }
    }
    Ok(wrong)
}

/// What is wrong, with the line of the template and the values that it makes the image of.
fn problems_of(rendering: &Rendering, plan: &RelocationPlan, wrong: &[Wrong]) -> Vec<Problem> {
    let after = rendering.again(&plan.chart).ok();
    let places = after.as_ref().map(|after| {
        let origins = Origins::find(&after.renderer, &plan.chart, &after.done, &after.found);
        (origins, &after.found)
    });
    let problem = |one: &Wrong| {
        let found = places.as_ref().and_then(|(origins, found)| {
            Some((origins, found.iter().find(|other| other.key() == one.key)?))
        });
        let line = found.and_then(|(origins, found)| origins.line(found));
        let subject =
            line.map_or_else(|| one.key.0.clone(), |line| format!("{}:{}", line.file, line.line));
        let says = one.says.as_deref().unwrap_or("nothing");
        let values = found.and_then(|(origins, found)| origins.values(found));
        let made_of =
            values.filter(|values| !values.is_empty()).map_or_else(String::new, |values| {
                let shown: Vec<String> = values.iter().map(|path| with_value(path, plan)).collect();
                format!("; made of {}", shown.join(", "))
            });
        let detail = format!("`{says}` instead of `{}`{made_of}; {}", one.expected, one.place);
        Problem::error(ProblemKind::RenderedElsewhere, subject, detail)
    };
    wrong.iter().map(problem).collect()
}

/// Whether a rendered image is what is pushed: the same name, and the tag or the digest it is pushed under.
fn is_target(rendered: &Reference, image: &ImagePlan) -> bool {
    let target = &image.target;
    let is_tagged = rendered.digest().is_none() && rendered.tag() == target.tag();
    let is_pinned = rendered.digest().is_some()
        && (rendered.digest() == target.digest() || rendered.digest() == image.says.digest());
    rendered == target
        || (rendered.without_identifier() == target.without_identifier()
            && (is_tagged || is_pinned))
}

/// A path of values, and what was written there.
fn with_value(path: &str, plan: &RelocationPlan) -> String {
    let is_it = |edit: &&relocate::ValueEdit| {
        let own = edit.path.join(".");
        path == own || path.ends_with(&format!(".{own}"))
    };
    match plan.edits.iter().find(is_it) {
        Some(edit) => format!("{path} = `{}`", edit.new),
        None => path.to_owned(),
    }
}
