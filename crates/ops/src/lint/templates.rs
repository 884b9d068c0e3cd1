//! Rules for templates and what they make.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use helm::{
    Capabilities, Chart, Environment, Inputs, Lint, Lookups, Outcome, Release, RenderError,
    RenderOptions, ResolvedChart, Table,
};

use super::{Finding, Severity, deprecation, objects};

/// Rendered files by their full paths.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// What charts are rendered with.
pub(super) struct Context<'a> {
    pub(super) values: &'a Table,
    pub(super) capabilities: &'a Capabilities,
    pub(super) namespace: &'a str,
    pub(super) skip_schema: bool,
    pub(super) environment: &'a Environment,
}

impl Context<'_> {
    /// Renders a chart so that `fail` and `required` are passed over.
    pub(super) fn render(&self, chart: ResolvedChart) -> Result<Files, RenderError> {
        let release = Release {
            name: "test-release".to_owned(),
            namespace: self.namespace.to_owned(),
            revision: 0,
            is_upgrade: false,
        };
        let inputs = Inputs {
            values: self.values,
            release: &release,
            capabilities: self.capabilities,
            lookups: &Lookups::Offline,
            environment: self.environment,
        };
        let options = RenderOptions {
            lint: Lint::On,
            skip_schema: self.skip_schema,
            ..RenderOptions::default()
        };
        match helm::render_resolved(chart, inputs, &options)? {
            Outcome::Done(done) => Ok(done.files),
            Outcome::NeedsLookups(_) => Ok(Files::new()),
        }
    }
}

const EXTENSIONS: [&str; 4] = [".yaml", ".yml", ".tpl", ".txt"];

/// What is wrong with the templates of a chart.
pub(super) fn check(
    chart: &Chart,
    rendered: &Result<Files, RenderError>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let files = match rendered {
        Ok(files) => files,
        Err(error) => return vec![Finding::new(Severity::Error, "templates/", error.to_string())],
    };
    let mut found = Vec::new();
    for file in chart.files.iter().filter(|file| file.path.starts_with("templates/")) {
        let extension = extension(&file.path);
        if !EXTENSIONS.contains(&extension) {
            let text = format!(
                "file extension '{extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt"
            );
            found.push(Finding::new(Severity::Error, &file.path, text));
        }
        if !matches!(extension, ".yaml" | ".yml") {
            continue;
        }
        let text = files.get(&format!("{}/{}", chart.name(), file.path));
        let text = text.map(|text| String::from_utf8_lossy(text)).unwrap_or_default();
        if !text.trim().is_empty() && check_file(&file.path, &text, context, &mut found).is_break()
        {
            break;
        }
    }
    found
}

/// From the last dot of the last name on, as Go counts it.
fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rfind('.').map_or("", |at| &name[at..])
}

/// A file that is no YAML is the last one helm looks at.
fn check_file(
    path: &str,
    text: &str,
    context: &Context<'_>,
    found: &mut Vec<Finding>,
) -> ControlFlow<()> {
    found.extend(illegal_indent(text).map(|text| Finding::new(Severity::Warning, path, text)));
    for document in documents(text) {
        let value = match goyaml::decode(document.as_bytes()) {
            Ok(value) => value,
            Err(error) => {
                let text = format!("unable to parse YAML: {error}");
                found.push(Finding::new(Severity::Error, path, text));
                return ControlFlow::Break(());
            }
        };
        let Some(object) = objects::Object::of(&value) else { continue };
        let warn = |text: String| Finding::new(Severity::Warning, path, text);
        found.extend(object.wrong_name().map(warn));
        let version = &context.capabilities.kube_version;
        found.extend(deprecation::notice(&object.api_version, &object.kind, version).map(warn));
        let error = |text: String| Finding::new(Severity::Error, path, text);
        found.extend(object.without_selector(text).map(error));
        found.extend(object.ignored_annotation().map(error));
    }
    ControlFlow::Continue(())
}

/// The documents of a stream as Kubernetes splits it.
pub(super) fn documents(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let document = documents.last_mut().expect("there is always one");
        if !line.starts_with("---") {
            document.push_str(line);
        } else if !document.is_empty() {
            documents.push(String::new());
        }
    }
    documents.retain(|document| !document.trim().is_empty());
    documents
}

/// helm looks at the first line of each document that has anything in it.
fn illegal_indent(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim_end).find(|line| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#') && line != "---"
    })?;
    line.starts_with([' ', '\t']).then(|| {
        format!(
            "document starts with an illegal indent: {line:?}, which may cause parsing problems"
        )
    })
}
