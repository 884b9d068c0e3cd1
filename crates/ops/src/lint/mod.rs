//! `lint`: mistakes in a chart, in helm's words and order.

mod chart_yaml;
mod crds;
mod deprecation;
mod objects;
mod templates;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use helm::{Chart, ChartError, Environment, RenderError, ResolvedChart};

use crate::chart::{ChartValues, Refusal, go_error, load_line};
use crate::problem::{Problem, ProblemKind};
use crate::render::capabilities;

/// What to look at, and how strictly.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct LintOptions {
    /// Charts as they were named.
    pub paths: Vec<String>,
    /// The current directory.
    pub directory: PathBuf,
    /// The user's values.
    pub values: ChartValues,
    /// The namespace that templates see.
    pub namespace: String,
    /// `--kube-version`.
    pub kube_version: Option<String>,
    /// Whether a warning counts as a mistake.
    pub strict: bool,
    /// Whether only warnings and errors are printed.
    pub quiet: bool,
    /// Whether the charts inside are looked at by themselves too.
    pub with_subcharts: bool,
    /// Whether values are not checked against schemas.
    pub skip_schema: bool,
    /// Clock, zone and entropy.
    pub environment: Environment,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintReport {
    /// What goes to standard output.
    pub output: String,
    /// helm's last line, as the error it is when a chart failed.
    pub refusal: Option<Refusal>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Info,
    Warning,
    Error,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    severity: Severity,
    /// The file or directory.
    path: String,
    text: String,
}

impl Finding {
    fn new(severity: Severity, path: &str, text: impl Into<String>) -> Self {
        Self { severity, path: path.to_owned(), text: text.into() }
    }

    fn line(&self) -> String {
        let word = match self.severity {
            Severity::Info => "INFO",
            Severity::Warning => "WARNING",
            Severity::Error => "ERROR",
        };
        format!("[{word}] {}: {}\n", self.path, self.text)
    }
}

/// A chart's directory, or what an archive holds.
struct Subject {
    /// Where it is, for messages that name the directory.
    place: String,
    chart_yaml: Option<Vec<u8>>,
    values_yaml: Option<Vec<u8>>,
    has_templates: bool,
    has_crds: bool,
    loaded: Result<Chart, String>,
}

/// Looks at charts and says what is wrong with them.
pub fn lint(options: &LintOptions) -> Result<LintReport, Refusal> {
    let values = options.values.resolve()?;
    let capabilities = capabilities(options.kube_version.as_deref(), &[])?;
    let mut paths = options.paths.clone();
    if options.with_subcharts {
        let inner = options.paths.iter().map(|path| subcharts(&options.directory, path));
        paths.extend(inner.collect::<Vec<_>>().concat());
    }
    let (mut output, mut failed, mut notable) = (String::new(), 0, 0);
    let tolerated = if options.strict { Severity::Warning } else { Severity::Error };
    for path in &paths {
        let findings = match subject(&options.directory, path) {
            Ok(subject) => {
                let context = templates::Context {
                    values: &values,
                    capabilities: &capabilities,
                    namespace: &options.namespace,
                    skip_schema: options.skip_schema,
                    environment: &options.environment,
                };
                Ok(findings(&subject, &context))
            }
            Err(line) => Err(line),
        };
        let worst = match &findings {
            Ok(findings) => findings.iter().map(|finding| finding.severity).max(),
            Err(_) => Some(Severity::Error),
        };
        failed += usize::from(worst >= Some(tolerated));
        let is_notable = worst >= Some(Severity::Warning);
        notable += usize::from(is_notable);
        if options.quiet && !is_notable {
            continue;
        }
        let _ = writeln!(output, "==> Linting {path}");
        match findings {
            Ok(findings) => findings
                .iter()
                .filter(|finding| !options.quiet || finding.severity > Severity::Info)
                .for_each(|finding| output.push_str(&finding.line())),
            Err(line) => {
                let _ = writeln!(output, "Error {line}");
            }
        }
        output.push('\n');
    }
    let summary = format!("{} chart(s) linted, {failed} chart(s) failed", paths.len());
    if failed > 0 {
        let problem = Problem::error(ProblemKind::LintFailed, "", "");
        return Ok(LintReport { output, refusal: Some(Refusal::new(summary, problem)) });
    }
    if !options.quiet || notable > 0 {
        let _ = writeln!(output, "{summary}");
    }
    Ok(LintReport { output, refusal: None })
}

/// The charts below `charts/`, directories and archives, in the order of a walk.
fn subcharts(directory: &Path, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(
        &directory.join(path),
        &format!("{}/charts", path.trim_end_matches('/')),
        "charts",
        &mut found,
    );
    found
}

fn walk(root: &Path, shown: &str, below: &str, found: &mut Vec<String>) {
    let mut entries: Vec<_> =
        fs::read_dir(root.join(below)).into_iter().flatten().flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let (inner, below) = (format!("{shown}/{name}"), format!("{below}/{name}"));
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(root, &inner, &below, found);
        } else if name == "Chart.yaml" {
            found.push(shown.to_owned());
        } else if is_archive(&name) {
            found.push(inner);
        }
    }
}

fn is_archive(name: &str) -> bool {
    [".tgz", ".tar.gz"].iter().any(|end| name.ends_with(end))
}

fn subject(directory: &Path, path: &str) -> Result<Subject, String> {
    let place = directory.join(path);
    if is_archive(path) {
        let bytes = fs::read(&place).map_err(|error| {
            format!("unable to open tarball: open {path}: {}", go_error(&error))
        })?;
        let chart = Chart::from_archive(&bytes).map_err(|error| {
            format!("unable to extract tarball: {}", load_line(&error, &place, false))
        })?;
        let has = |prefix: &str| chart.files.iter().any(|file| file.path.starts_with(prefix));
        return Ok(Subject {
            place: place.display().to_string(),
            chart_yaml: chart.file("Chart.yaml").map(|text| text.to_vec()),
            values_yaml: chart.file("values.yaml").map(|text| text.to_vec()),
            has_templates: has("templates/"),
            has_crds: has("crds/"),
            loaded: Ok(chart),
        });
    }
    let shown = Path::new(path).join("Chart.yaml");
    let shown = shown.strip_prefix("./").unwrap_or(&shown).display().to_string();
    fs::metadata(place.join("Chart.yaml")).map_err(|error| {
        format!("unable to check Chart.yaml file in chart: stat {shown}: {}", go_error(&error))
    })?;
    let loaded: Result<Chart, ChartError> = Chart::from_directory(&place);
    Ok(Subject {
        chart_yaml: fs::read(place.join("Chart.yaml")).ok(),
        values_yaml: fs::read(place.join("values.yaml")).ok(),
        has_templates: place.join("templates").is_dir(),
        has_crds: place.join("crds").is_dir(),
        loaded: loaded.map_err(|error| load_line(&error, &place, true)),
        place: place.display().to_string(),
    })
}

/// All findings of one chart, rule by rule.
fn findings(subject: &Subject, context: &templates::Context<'_>) -> Vec<Finding> {
    let mut found = chart_yaml::check(subject.chart_yaml.as_deref().unwrap_or_default());
    // What cannot be resolved cannot be loaded in helm.
    let loaded =
        subject.loaded.as_ref().map_err(String::clone).and_then(|chart| match ResolvedChart::read(
            chart,
        ) {
            Ok(resolved) => Ok((chart, resolved)),
            Err(error) => Err(RenderError::Resolve(error).to_string()),
        });
    let rendered = loaded.as_ref().ok().map(|(_, resolved)| context.render(resolved.clone()));
    check_values(subject, rendered.as_ref(), &mut found);
    if subject.has_templates {
        match (&loaded, rendered) {
            (Ok((chart, _)), Some(rendered)) => {
                found.extend(templates::check(chart, &rendered, context));
            }
            (Err(line), _) => found.push(Finding::new(Severity::Error, "templates/", line)),
            (Ok(_), None) => {}
        }
    } else {
        let text = "directory does not exist";
        found.push(Finding::new(Severity::Warning, "templates/", text));
    }
    match &loaded {
        Ok((chart, _)) => found.extend(check_dependencies(chart, &subject.place)),
        Err(line) => {
            let text = format!("unable to load chart\n\t{line}");
            found.push(Finding::new(Severity::Error, "", text));
        }
    }
    if subject.has_crds {
        match &loaded {
            Ok((_, resolved)) => found.extend(crds::check(resolved)),
            Err(line) => found.push(Finding::new(Severity::Error, "crds/", line)),
        }
    }
    found
}

fn check_values(
    subject: &Subject,
    rendered: Option<&Result<templates::Files, RenderError>>,
    found: &mut Vec<Finding>,
) {
    const FILE: &str = "values.yaml";
    let Some(text) = &subject.values_yaml else {
        found.push(Finding::new(Severity::Info, FILE, "file does not exist"));
        return;
    };
    if let Err(error) = goyaml::decode_map(text) {
        let reason = error.to_string().replace("map[string]interface {}", "common.Values");
        let text = format!("unable to parse YAML: {reason}");
        found.push(Finding::new(Severity::Error, FILE, text));
        return;
    }
    let own = |chart: &str| subject.loaded.as_ref().is_ok_and(|loaded| loaded.name() == chart);
    if let Some(Err(RenderError::Schema(error))) = rendered
        && let Some(failure) = error.charts.first().filter(|failure| own(&failure.chart))
    {
        found.push(Finding::new(Severity::Error, FILE, format!("{}\n", failure.reason)));
    }
}

/// Whether the dependencies that are declared and the charts that are there are the same.
fn check_dependencies(chart: &Chart, place: &str) -> Vec<Finding> {
    let declared: Vec<&str> =
        chart.metadata.dependencies.iter().map(|wanted| wanted.name.as_str()).collect();
    let there: Vec<&str> = chart.subcharts.iter().map(|subchart| subchart.chart.name()).collect();
    let without = |of: &[&str], known: &[&str]| {
        let missing: Vec<&str> = of.iter().copied().filter(|name| !known.contains(name)).collect();
        missing.join(",")
    };
    let (undeclared, absent) = (without(&there, &declared), without(&declared, &there));
    let mut found = Vec::new();
    if !undeclared.is_empty() {
        let text = format!("chart metadata is missing these dependencies: {undeclared}");
        found.push(Finding::new(Severity::Error, place, text));
    }
    if !absent.is_empty() {
        let text = format!("chart directory is missing these dependencies: {absent}");
        found.push(Finding::new(Severity::Warning, place, text));
    }
    found
}
