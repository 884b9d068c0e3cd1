//! Writing YAML as Helm does: yaml.v2 for `toYaml`, yaml.v3 for `toYamlPretty`.

mod analysis;
mod scalar;
mod writer;

pub use writer::YamlWriter;

use crate::Value;
use crate::write_error::WriteError;

/// Helm's `toYaml`: what sigs.k8s.io/yaml writes, less the line break at its end. (Helm itself turns an error into an
/// empty text.)
pub fn to_yaml(value: &Value) -> Result<String, WriteError> {
    let mut writer = YamlWriter::new();
    value.write(&mut writer)?;
    Ok(writer.finish())
}

/// Helm's `toYamlPretty`: what yaml.v3 writes with an indentation of 2, less the line break at its end. Numbers do not go
/// through JSON: an integer is written as one, and the float64 that a template has of it as `1e+06`; see
/// [`Value::with_floats`].
pub fn to_yaml_pretty(value: &Value) -> Result<String, WriteError> {
    let mut writer = YamlWriter::pretty();
    value.write(&mut writer)?;
    Ok(writer.finish())
}

/// Which of Go's libraries is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Library {
    /// yaml.v2, behind a JSON round trip.
    V2,
    /// yaml.v3.
    V3,
}
