//! Charts whose defaults cannot be had.

use crate::values::{CoalesceError, ValuesFileError};

/// A chart that cannot be made ready. Displays as helm says it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// Its `values.yaml`.
    #[error("cannot load values.yaml: {0}")]
    Values(ValuesFileError),
    /// A chart inside it.
    #[error("error unpacking subchart {} in {parent}: {source}", directory.strip_prefix("charts/").unwrap_or(.directory))]
    Subchart {
        /// Where it lies, `charts/mariadb`.
        directory: String,
        /// The name of the chart it lies in.
        parent: String,
        /// What is wrong with it.
        source: Box<ResolveError>,
    },
    /// Its values do not fit.
    #[error(transparent)]
    Coalesce(#[from] CoalesceError),
}
