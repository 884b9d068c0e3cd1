//! Values from YAML and JSON, and to and from what templates see.

use std::sync::Arc;

use gotemplate::{IntKind, List, Map, Str};

use super::{Table, Value};

impl Value {
    /// A value as helm sees it once YAML has been through JSON.
    pub fn from_yaml(value: &goyaml::Value) -> Self {
        match value {
            goyaml::Value::Null => Self::Null,
            goyaml::Value::Bool(truth) => Self::Bool(*truth),
            goyaml::Value::String(text) => text.as_str().into(),
            goyaml::Value::List(items) => Self::List(items.iter().map(Self::from_yaml).collect()),
            goyaml::Value::Map(map) => Self::Table(Table::from_yaml(map)),
            number => Self::Float(number.as_f64().unwrap_or_default()),
        }
    }

    /// A value as Go's decoder reads JSON.
    pub(crate) fn from_json(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(truth) => Self::Bool(truth),
            serde_json::Value::Number(number) => Self::Float(number.as_f64().unwrap_or_default()),
            serde_json::Value::String(text) => text.into(),
            serde_json::Value::Array(items) => {
                Self::List(items.into_iter().map(Self::from_json).collect())
            }
            serde_json::Value::Object(fields) => {
                let fields = fields.into_iter().map(|(key, value)| (key, Self::from_json(value)));
                Self::Table(fields.collect())
            }
        }
    }

    /// The same as JSON. Whole floats become integers where they can: JSON does not tell them apart.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(truth) => (*truth).into(),
            Self::Int(number) => (*number).into(),
            Self::Float(number) => json_number(*number),
            Self::String(text) => (**text).into(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Table(table) => table.to_json(),
        }
    }

    /// The same as YAML. Every number is a float there, as in a template.
    pub(crate) fn to_yaml(&self) -> goyaml::Value {
        match self {
            Self::Null => goyaml::Value::Null,
            Self::Bool(truth) => goyaml::Value::Bool(*truth),
            Self::Int(number) => goyaml::Value::Int(*number),
            Self::Float(number) => goyaml::Value::Float(goyaml::Float {
                value: *number,
                text: number.to_string().into(),
            }),
            Self::String(text) => goyaml::Value::String(text.to_string()),
            Self::List(items) => goyaml::Value::List(items.iter().map(Self::to_yaml).collect()),
            Self::Table(table) => goyaml::Value::Map(
                table.iter().map(|(key, value)| (key.to_string(), value.to_yaml())).collect(),
            ),
        }
    }

    /// A fresh copy as templates see it. Texts are shared, tables are new.
    pub(crate) fn to_template(&self) -> gotemplate::Value {
        match self {
            Self::Null => gotemplate::Value::Nil,
            Self::Bool(truth) => gotemplate::Value::Bool(*truth),
            Self::Int(number) => gotemplate::Value::Int(*number, IntKind::Int64),
            Self::Float(number) => gotemplate::Value::float(*number),
            Self::String(text) => gotemplate::Value::String(shared(text)),
            Self::List(items) => {
                gotemplate::Value::List(List::new(items.iter().map(Self::to_template).collect()))
            }
            Self::Table(table) => gotemplate::Value::Map(table.to_template()),
        }
    }

    /// A copy of what templates see. What values cannot hold (it does not come from values either) is null.
    #[expect(clippy::cast_precision_loss, reason = "Go's own conversion")]
    pub(crate) fn from_template(value: &gotemplate::Value) -> Self {
        match value {
            gotemplate::Value::Bool(truth) => Self::Bool(*truth),
            gotemplate::Value::Int(number, _) => Self::Int(*number),
            gotemplate::Value::Uint(number, _) => Self::Float(*number as f64),
            gotemplate::Value::Float(number, _) => Self::Float(*number),
            gotemplate::Value::String(text) => Self::String(text.to_lossy().into()),
            gotemplate::Value::List(list) => {
                Self::List(list.iter().map(|item| Self::from_template(&item)).collect())
            }
            gotemplate::Value::Map(map) => Self::Table(Table::from_template(map)),
            gotemplate::Value::Nil | gotemplate::Value::Object(_) => Self::Null,
        }
    }
}

impl Table {
    /// The same of a whole map.
    pub fn from_yaml(map: &goyaml::Map) -> Self {
        map.iter().map(|(key, value)| (key, Value::from_yaml(value))).collect()
    }

    /// The same as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        self.iter().map(|(key, value)| (key.to_string(), value.to_json())).collect()
    }

    pub(crate) fn to_template(&self) -> Map {
        self.iter().map(|(key, value)| (shared(key), value.to_template())).collect()
    }

    pub(crate) fn from_template(map: &Map) -> Self {
        let entries = map.entries().into_iter();
        entries
            .map(|(key, value)| (Arc::<str>::from(key.to_lossy()), Value::from_template(&value)))
            .collect()
    }
}

fn shared(text: &Arc<str>) -> Str {
    Str::from_shared(Arc::<[u8]>::from(Arc::clone(text)))
}

/// Whole numbers that a float holds exactly are written as integers, as Go writes them.
fn json_number(number: f64) -> serde_json::Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
        return (number as i64).into();
    }
    number.into()
}
