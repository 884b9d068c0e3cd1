//! Why a value cannot be written.

/// A value that a format has no words for. The texts are Go's.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// JSON has finite numbers only.
    #[error("json: unsupported value: {}", crate::format_float(*.0))]
    NotFinite(f64),
    /// yaml.v2 cannot read the JSON it is given in the middle of `toYaml`: a control character in a text, or a key of
    /// more than 1022 characters. The text is yaml.v2's reason.
    #[error("error converting JSON to YAML: yaml: {0}")]
    Unreadable(&'static str),
    /// TOML has no such value.
    #[error("{0}")]
    Toml(&'static str),
}
