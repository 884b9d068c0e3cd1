//! Data as a template's values.

use gotemplate::{List, Map, Value};

/// What Go's templates have of decoded YAML or JSON: every number is a float64.
pub fn from_data(data: goyaml::Value) -> Value {
    match data {
        goyaml::Value::Null => Value::Nil,
        goyaml::Value::Bool(truth) => Value::Bool(truth),
        goyaml::Value::String(text) => text.into(),
        goyaml::Value::List(items) => list(items).into(),
        goyaml::Value::Map(entries) => map(entries).into(),
        number => Value::float(number.as_f64().unwrap_or_default()),
    }
}

pub(super) fn list(items: Vec<goyaml::Value>) -> List {
    items.into_iter().map(from_data).collect()
}

pub(super) fn map(entries: goyaml::Map) -> Map {
    entries.into_iter().map(|(key, value)| (key, from_data(value))).collect()
}
