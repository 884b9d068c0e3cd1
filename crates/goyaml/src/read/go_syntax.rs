//! Values in Go's own syntax, `%#v`, for the two messages that have them.

use crate::quote::push_quoted;
use crate::{Value, format_float};

/// A value that is an argument of the format itself.
pub(super) fn argument(value: &Value) -> String {
    if value.is_null() { "<nil>".into() } else { nested(value) }
}

/// A value in another one.
pub(super) fn nested(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => format!("{number:#x}"),
        Value::Float(number) => format_float(number.value),
        Value::String(text) => quoted(text),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(nested).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries: Vec<_> = entries
                .into_iter()
                .map(|(key, value)| format!("{}:{}", quoted(key), nested(value)))
                .collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", entries.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    text.chars().for_each(|c| push_quoted(&mut out, c, '"'));
    out.push('"');
    out
}
