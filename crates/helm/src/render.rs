//! Rendering: values and charts in, files out.

mod capabilities;
mod error;
mod files;
mod function;
mod host;
mod parsed;
mod scope;
mod values_type;

use std::collections::BTreeMap;

use gotemplate::{Budget, Limits, MissingKey, Set, Value};

pub use self::error::RenderError;
use self::host::Host;
pub use self::host::{Environment, LookupKey, Lookups};
pub(crate) use self::parsed::ParsedSets;
use self::scope::Template;
use crate::values::{Purpose, Table, Warning, coalesce};
use crate::{Capabilities, Chart, NotesOf, Rendered, ResolvedChart, schema};

/// The release that charts are told they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// The namespace it goes to.
    pub namespace: String,
    /// Its number, from 1.
    pub revision: i64,
    /// Whether there is an older one.
    pub is_upgrade: bool,
}

/// Of the stack, in bytes: what is not used by templates.
const SPARE_STACK: usize = 16 << 20;
/// Of the stack, in bytes: enough for two thousand templates in one another.
const TEMPLATE_STACK: usize = 240 << 20;

/// How to render.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// Whose notes are wanted.
    pub notes: NotesOf,
    /// `--skip-schema-validation`.
    pub skip_schema: bool,
    /// Whether to render for finding mistakes instead of for a release.
    pub lint: Lint,
    /// Bounds on what templates may use.
    pub limits: Limits,
}

impl Default for RenderOptions {
    fn default() -> Self {
        let limits = Limits { stack_bytes: TEMPLATE_STACK, ..Limits::default() };
        Self { notes: NotesOf::default(), skip_schema: false, lint: Lint::default(), limits }
    }
}

/// Whether a missing value or `fail` is an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lint {
    /// Rendering for a release: `required` and `fail` fail, missing keys are empty.
    #[default]
    Off,
    /// `helm lint`: `required` and `fail` are passed over.
    On,
    /// `helm lint --strict`: missing keys are errors besides.
    Strict,
}

/// What came of rendering.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Everything is there.
    Done(Box<Done>),
    /// Templates asked for objects of the cluster. Read them, and render again with the same environment.
    NeedsLookups(Vec<LookupKey>),
}

/// A chart that was rendered.
#[derive(Clone, Debug)]
pub struct Done {
    /// What is applied and printed.
    pub rendered: Rendered,
    /// The files as they were rendered, by full path, notes and empty ones included.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The values that templates saw at the start.
    pub values: Table,
    /// The chart as it took part.
    pub chart: ResolvedChart,
    /// What helm mentions on its standard error.
    pub warnings: Vec<Warning>,
}

/// What a render is about, besides the chart.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The user's values.
    pub values: &'a Table,
    /// The release.
    pub release: &'a Release,
    /// The cluster.
    pub capabilities: &'a Capabilities,
    /// Objects of the cluster, as far as they are known.
    pub lookups: &'a Lookups,
    /// Clock and entropy.
    pub environment: &'a Environment,
}

/// Renders a chart. Changes nothing anywhere; the same inputs give the same bytes.
pub fn render(
    chart: &Chart,
    inputs: Inputs<'_>,
    options: &RenderOptions,
) -> Result<Outcome, RenderError> {
    render_resolved(ResolvedChart::read(chart)?, inputs, options)
}

/// [`render`] for a chart that was read before, its dependencies not yet resolved. What was parsed is kept for other
/// copies of it.
pub fn render_resolved(
    chart: ResolvedChart,
    inputs: Inputs<'_>,
    options: &RenderOptions,
) -> Result<Outcome, RenderError> {
    on_render_stack(options, || render_here(chart, inputs, options)).map_err(RenderError::Thread)?
}

/// Runs `work` with the stack that rendering needs, since templates nest as deep as helm lets them. [`render`] does so by
/// itself; who renders often saves a thread each time.
pub fn on_render_stack<T: Send>(
    options: &RenderOptions,
    work: impl FnOnce() -> T + Send,
) -> std::io::Result<T> {
    gotemplate::on_deep_stack(options.limits.stack_bytes + SPARE_STACK, work)
}

fn render_here(
    mut chart: ResolvedChart,
    inputs: Inputs<'_>,
    options: &RenderOptions,
) -> Result<Outcome, RenderError> {
    let mut warnings = chart.resolve(inputs.values)?;
    let coalesced = coalesce(&chart, inputs.values, Purpose::Render)?;
    warnings.extend(coalesced.warnings);
    if !options.skip_schema {
        schema::check(&chart, &coalesced.values)?;
    }
    let constraint = &chart.metadata().kube_version;
    let is_release = options.lint == Lint::Off;
    if is_release && !inputs.capabilities.satisfies(constraint) {
        let version = inputs.capabilities.kube_version.normalized.clone();
        return Err(RenderError::KubeVersion { constraint: constraint.clone(), version });
    }
    let values = Table::from_template(&coalesced.values);
    let templates = scope::templates(&chart, &coalesced.values, inputs);
    let mut host = Host::new(inputs, options.lint);
    let order = order(&templates);
    let set = parse(&chart, &order, options.lint)?;
    let files = execute(&set, &order, &mut host, options.limits)?;
    if !host.missing.is_empty() {
        return Ok(Outcome::NeedsLookups(host.missing.into_iter().collect()));
    }
    // Linting looks at the files one by one, those that are no YAML too.
    let mut rendered = Rendered::default();
    if is_release {
        let more;
        (rendered, more) = Rendered::assemble(&chart, &files, options.notes)?;
        warnings.extend(more);
    }
    Ok(Outcome::Done(Box::new(Done { rendered, files, values, chart, warnings })))
}

/// A template and its full path.
type Named<'a> = (&'a str, &'a Template);

/// The order in which templates are parsed and executed: what lies deeper comes first, then what is called later.
fn order(templates: &BTreeMap<String, Template>) -> Vec<Named<'_>> {
    let mut order: Vec<Named<'_>> =
        templates.iter().map(|(path, template)| (path.as_str(), template)).collect();
    let depth = |path: &str| path.bytes().filter(|b| *b == b'/').count();
    order.sort_by(|(a, _), (b, _)| depth(b).cmp(&depth(a)).then_with(|| b.cmp(a)));
    order
}

/// All templates in one set. Which there are depends on the values, what is in them does not.
fn parse(chart: &ResolvedChart, order: &[Named<'_>], lint: Lint) -> Result<Set<Host>, RenderError> {
    let missing = if lint == Lint::Strict { MissingKey::Error } else { MissingKey::Zero };
    let paths: Vec<&str> = order.iter().map(|(path, _)| *path).collect();
    if let Some(set) = chart.parsed().get(&paths) {
        return Ok(set.with_missing_key(missing));
    }
    let mut set = Set::new("gotpl", function::table());
    for (path, template) in order {
        set.parse(path, &template.text).map_err(|error| RenderError::parse(path, &error))?;
    }
    chart.parsed().put(&paths, &set);
    Ok(set.with_missing_key(missing))
}

/// Executes the templates that are no partials.
fn execute(
    set: &Set<Host>,
    order: &[Named<'_>],
    host: &mut Host,
    limits: Limits,
) -> Result<BTreeMap<String, Vec<u8>>, RenderError> {
    let mut budget = Budget::new(limits);
    let mut files = BTreeMap::new();
    for (path, template) in order {
        if path.rsplit('/').next().is_some_and(|name| name.starts_with('_')) {
            continue;
        }
        let data = Value::Map(template.enter(path));
        let text = set
            .execute(path, &data, host, &mut budget)
            .map_err(|error| RenderError::execution(path, error))?;
        files.insert((*path).to_owned(), function::without_no_value(text));
    }
    Ok(files)
}

#[cfg(test)]
mod tests;
