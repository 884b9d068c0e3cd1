//! JSON as Go's encoding/json writes and reads it, and what yaml.v2 makes of it on the way through `toYaml`.

mod read;
mod through;
mod write;

pub use read::{JsonError, from_json};
pub(crate) use through::{check_key, through_yaml};
pub use write::JsonWriter;

use crate::Value;
use crate::write_error::WriteError;

/// Helm's `toJson`: encoding/json's `Marshal`, with `<`, `>` and `&` escaped and keys in the order of their bytes.
pub fn to_json(value: &Value) -> Result<String, WriteError> {
    write_with(JsonWriter::new(), value)
}

/// Sprig's `toPrettyJson`: the same, indented by two spaces.
pub fn to_pretty_json(value: &Value) -> Result<String, WriteError> {
    write_with(JsonWriter::pretty(), value)
}

/// Sprig's `toRawJson`: the same, with `<`, `>` and `&` as they are.
pub fn to_raw_json(value: &Value) -> Result<String, WriteError> {
    write_with(JsonWriter::raw(), value)
}

fn write_with(mut writer: JsonWriter, value: &Value) -> Result<String, WriteError> {
    value.write(&mut writer)?;
    Ok(writer.finish())
}
