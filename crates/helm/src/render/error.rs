//! Charts that cannot be rendered, in helm's words.

use gotemplate::{Error, ParseError};

use crate::values::CoalesceError;
use crate::{ManifestError, ResolveError, SchemaError};

/// Around a message that `fail` or `required` gave.
pub(super) const COMPLAINT_START: &str = "HELM_ERR_START";
/// See [`COMPLAINT_START`].
pub(super) const COMPLAINT_END: &str = "HELM_ERR_END";

/// A chart that cannot be rendered. Displays as helm says it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// Its defaults or its dependencies.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// Its values do not fit the charts.
    #[error(transparent)]
    Coalesce(#[from] CoalesceError),
    /// Its values do not meet its schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// It is not for this version of Kubernetes.
    #[error(
        "chart requires kubeVersion: {constraint} which is incompatible with Kubernetes {version}"
    )]
    KubeVersion {
        /// The chart's constraint.
        constraint: String,
        /// The cluster's version.
        version: String,
    },
    /// A template cannot be parsed.
    #[error("parse error at ({}:{}): {}", error.place.file, error.place.line, last_segment(&error.message))]
    Parse {
        /// The file's full path.
        path: String,
        /// Where and what.
        error: Box<ParseError>,
    },
    /// A template cannot be executed.
    #[error("{}", execution_text(error))]
    Execution {
        /// The full path of the file that was being rendered.
        path: String,
        /// Where, what, and how it came there.
        error: Box<Error>,
    },
    /// No thread could be had to render in.
    #[error("rendering needs a thread")]
    Thread(#[source] std::io::Error),
    /// What was rendered is no manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

impl RenderError {
    pub(super) fn parse(path: &str, error: &ParseError) -> Self {
        Self::Parse { path: path.to_owned(), error: Box::new(error.clone()) }
    }

    pub(super) fn execution(path: &str, error: Error) -> Self {
        Self::Execution { path: path.to_owned(), error: Box::new(error) }
    }

    /// Whether helm adds a hint about its `--debug` flag.
    pub fn has_debug_hint(&self) -> bool {
        matches!(
            self,
            Self::KubeVersion { .. }
                | Self::Parse { .. }
                | Self::Execution { .. }
                | Self::Manifest(_)
        )
    }

    /// The message that the chart's author gave with `fail` or `required`, if that is the error.
    pub fn complaint(&self) -> Option<String> {
        match self {
            Self::Execution { error, .. } => complaint(&error.text()).map(str::to_owned),
            _ => None,
        }
    }
}

/// helm shows what follows the last `: `.
fn last_segment(message: &str) -> &str {
    message.rsplit(": ").next().unwrap_or(message)
}

fn complaint(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(COMPLAINT_START)?;
    rest.rsplit_once(COMPLAINT_END).map(|(message, _)| message)
}

fn execution_text(error: &Error) -> String {
    let text = error.text();
    if let Some(message) = complaint(&text) {
        let location = text.split(": ").nth(1).unwrap_or_default();
        return format!("execution error at ({location}): {message}");
    }
    let mut chain = error.chain();
    chain.dedup();
    if chain.iter().all(|link| link.starts_with(TEMPLATE)) {
        return chain.iter().map(|link| link_text(link)).collect::<Vec<_>>().join("\n");
    }
    text
}

const TEMPLATE: &str = "template: ";

/// A link of the chain over three lines, without the links in it.
fn link_text(link: &str) -> String {
    let parts = || {
        let (location, rest) = link.strip_prefix(TEMPLATE)?.split_once(": executing ")?;
        let (name, rest) = rest.split_once(" at <")?;
        let (expression, message) = rest.split_once(">: ")?;
        let message = message.split_once(" template:").map_or(message, |(message, _)| message);
        Some(format!("{location}\n  executing {name} at <{expression}>:\n    {message}"))
    };
    parts().unwrap_or_else(|| link.to_owned())
}
