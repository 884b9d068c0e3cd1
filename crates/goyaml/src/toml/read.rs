//! Reading TOML.

use toml::de::{DeTable, DeValue};

use crate::{Float, Map, Value};

/// Reads a TOML text for `fromToml`. Integers are int64 in Go too, and floats float64; a date or a time, a `time.Time`
/// in Go, is the text that JSON has for it.
pub fn from_toml(text: &str) -> Result<Map, TomlError> {
    let table = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        TomlError {
            line: text.get(..offset).unwrap_or(text).matches('\n').count() + 1,
            reason: error.message().to_owned(),
        }
    })?;
    Ok(to_map(table.get_ref()))
}

/// A text that is not TOML. The layout is that of Go's library, the reason the `toml` crate's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("toml: line {line}: {reason}")]
pub struct TomlError {
    /// Line of the mistake, from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}

fn to_map(table: &DeTable<'_>) -> Map {
    table
        .iter()
        .map(|(key, value)| (key.get_ref().clone().into_owned(), to_value(value.get_ref())))
        .collect()
}

fn to_value(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.clone().into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::String(number.to_string()), Value::Int),
        DeValue::Float(number) => Value::Float(Float {
            value: number.as_str().parse().unwrap_or(f64::NAN),
            text: number.as_str().into(),
        }),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        // RFC 3339. Go fills what is not written: a time is on the first day of year 0, a date at midnight, both in UTC.
        DeValue::Datetime(datetime) => {
            let date = datetime.date.map_or("0000-01-01".into(), |date| date.to_string());
            let time = datetime.time.map_or("00:00:00".into(), |time| time.to_string());
            let zone = datetime.offset.map_or("Z".into(), |offset| offset.to_string());
            Value::String(format!("{date}T{time}{zone}"))
        }
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| to_value(item.get_ref())).collect())
        }
        DeValue::Table(table) => Value::Map(to_map(table)),
    }
}
