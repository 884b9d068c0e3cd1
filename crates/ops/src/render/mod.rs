//! `template`: what a chart would make, with no cluster.

mod release;

use std::path::PathBuf;

use helm::{
    Capabilities, Chart, Environment, Inputs, KubeVersion, Lookups, NotesOf, Outcome, OutputFile,
    Release, RenderError, ResolvedChart, TemplateOptions,
};

use self::release::{check_name, name_from_template};
use crate::chart::{ChartValues, Refusal, failed, load, locate, refuse, view};
use crate::problem::{ProblemKind, chain};

/// What to render, and for what.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// The chart as it was named: a directory, an archive, or a package that holds one.
    pub chart: String,
    /// The current directory.
    pub directory: PathBuf,
    /// The release's name, or a template that makes one.
    pub name: ReleaseName,
    /// The namespace.
    pub namespace: String,
    /// Whether charts are told that they are upgraded.
    pub is_upgrade: bool,
    /// The user's values.
    pub values: ChartValues,
    /// `--kube-version`.
    pub kube_version: Option<String>,
    /// `--api-versions`.
    pub api_versions: Vec<String>,
    /// Whether values are not checked against schemas.
    pub skip_schema: bool,
    /// Which parts are printed.
    pub parts: TemplateOptions,
    /// Templates that alone are printed.
    pub show_only: Vec<String>,
    /// Clock, zone and entropy.
    pub environment: Environment,
}

/// How the release is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReleaseName {
    /// Like this.
    Given(String),
    /// As a template says.
    Template(String),
}

/// A chart that was rendered.
#[derive(Clone, Debug)]
pub struct RenderReport {
    /// The release's name.
    pub name: String,
    /// What goes to standard output.
    pub output: Vec<u8>,
    /// The same as files; see [`OutputFile`].
    pub files: Vec<OutputFile>,
    /// What helm says on standard error, line by line.
    pub said: Vec<String>,
}

/// Renders a chart. Nothing is written and nothing is sent.
pub fn render(options: &RenderOptions) -> Result<RenderReport, Refusal> {
    let capabilities = capabilities(options.kube_version.as_deref(), &options.api_versions)?;
    let name = match &options.name {
        ReleaseName::Given(name) => name.clone(),
        ReleaseName::Template(template) => name_from_template(template, &options.environment)?,
    };
    let located = locate(&options.chart, &options.directory)?;
    let values = options.values.resolve()?;
    let chart = load(&located)?;
    let resolved = ResolvedChart::read(&chart)
        .map_err(|error| render_refusal(&chart, &RenderError::Resolve(error)))?;
    let mut said = Vec::new();
    check_installable(&resolved, &mut said).map_err(|refusal| refusal.after(said.clone()))?;
    check_name(&name).map_err(|refusal| refusal.after(said.clone()))?;
    let release = Release {
        name: name.clone(),
        namespace: options.namespace.clone(),
        revision: 1,
        is_upgrade: options.is_upgrade,
    };
    let inputs = Inputs {
        values: &values,
        release: &release,
        capabilities: &capabilities,
        lookups: &Lookups::Offline,
        environment: &options.environment,
    };
    let render = helm::RenderOptions {
        notes: NotesOf::Root,
        skip_schema: options.skip_schema,
        ..helm::RenderOptions::default()
    };
    let done = match helm::render_resolved(resolved, inputs, &render) {
        Ok(Outcome::Done(done)) => done,
        Ok(Outcome::NeedsLookups(_)) => {
            let line = "a template asked for a cluster".to_owned();
            return Err(refuse(ProblemKind::Internal, &options.chart, line));
        }
        Err(error) => return Err(render_refusal(&chart, &error).after(said)),
    };
    said.extend(done.warnings.iter().map(ToString::to_string));
    let output = done.rendered.template_output(options.parts);
    let files = done.rendered.output_files(options.parts);
    Ok(RenderReport { name, output, files, said })
}

/// The documents of some templates alone, from what was rendered or what is left of it.
pub fn show_only(output: &[u8], patterns: &[String]) -> Result<Vec<u8>, Refusal> {
    helm::show_only(output, patterns).map_err(|pattern| {
        let line = format!("could not find template {pattern} in chart");
        refuse(ProblemKind::TemplateNotFound, pattern, line)
    })
}

/// What charts are told about the cluster.
pub(crate) fn capabilities(
    kube_version: Option<&str>,
    api_versions: &[String],
) -> Result<Capabilities, Refusal> {
    let mut capabilities = Capabilities::default();
    if let Some(text) = kube_version.filter(|text| !text.is_empty()) {
        capabilities.kube_version = KubeVersion::parse(text)
            .map_err(|error| refuse(ProblemKind::KubeVersionInvalid, text, error.to_string()))?;
    }
    Ok(capabilities.with_api_versions(api_versions.iter().cloned()))
}

fn check_installable(chart: &ResolvedChart, said: &mut Vec<String>) -> Result<(), Refusal> {
    let metadata = chart.metadata();
    if !matches!(metadata.kind.as_str(), "" | "application") {
        let line = format!("{} charts are not installable", metadata.kind);
        return Err(refuse(ProblemKind::ChartNotInstallable, chart.name(), line));
    }
    if metadata.deprecated {
        said.push("level=WARN msg=\"this chart is deprecated\"".to_owned());
    }
    let missing = chart.missing_dependencies();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    let line = format!(
        "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {missing}"
    );
    Err(refuse(ProblemKind::ChartDependencyMissing, missing, line))
}

/// helm's line for a chart that cannot be rendered, and where that is.
pub(crate) fn render_refusal(chart: &Chart, error: &RenderError) -> Refusal {
    let mut line = error.to_string();
    if error.has_debug_hint() {
        line.push_str("\n\nUse --debug flag to render out invalid YAML");
    }
    let view = view(chart, error);
    let (kind, detail) = match error {
        RenderError::Resolve(_) | RenderError::Coalesce(_) => {
            (ProblemKind::ValuesInvalid, String::new())
        }
        RenderError::Schema(_) => (ProblemKind::ValuesAgainstSchema, String::new()),
        RenderError::KubeVersion { .. } => (ProblemKind::KubeVersionUnfit, String::new()),
        RenderError::Parse { error, .. } => (ProblemKind::TemplateSyntax, error.message.clone()),
        RenderError::Execution { error: inner, .. } => {
            let found = || inner.innermost().map(|error| chain(error)).unwrap_or_default();
            error.complaint().map_or_else(
                || (ProblemKind::TemplateFailed, found()),
                |text| (ProblemKind::TemplateComplaint, text),
            )
        }
        RenderError::Manifest(_) => (ProblemKind::ManifestInvalidYaml, String::new()),
        _ => (ProblemKind::Internal, String::new()),
    };
    let subject = match (&view, error) {
        (Some(view), _) if view.column == 0 => format!("{}:{}", view.file, view.line),
        (Some(view), _) => format!("{}:{}:{}", view.file, view.line, view.column),
        (None, RenderError::Manifest(error)) => error.path.clone(),
        (None, _) => chart.name().to_owned(),
    };
    let mut refusal = failed(kind, subject, line, detail);
    refusal.view = view;
    refusal
}
