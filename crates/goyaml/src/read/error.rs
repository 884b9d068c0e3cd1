//! Text that Go does not read, in Go's words.

use crate::read::problem::Problem;
use crate::value::TypeMismatch;

/// Why Go does not read a YAML text. The texts are those of sigs.k8s.io/yaml, as Helm prints them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// It is not YAML, or its values are not what their tags say.
    #[error("error converting YAML to JSON: yaml: {message}")]
    Yaml {
        /// yaml.v2's text, which may start with a line: `line 2: did not find expected key`. That line is often wrong.
        message: String,
        /// Where the mistake really is, if it is in one place.
        place: Option<Place>,
    },
    /// It is YAML that JSON has no words for: a key that is null, an infinite number.
    #[error("error converting YAML to JSON: {0}")]
    Json(String),
    /// It is something else than Go was to read.
    #[error("error unmarshaling JSON: while decoding JSON: {0}")]
    Mismatch(TypeMismatch),
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// In bytes, from 0.
    pub offset: usize,
}

impl DecodeError {
    pub(super) fn yaml(problem: &Problem) -> Self {
        let place = problem.mark.map(|mark| Place {
            line: mark.line + 1,
            column: mark.column + 1,
            offset: mark.offset,
        });
        Self::Yaml { message: problem.to_string(), place }
    }
}
