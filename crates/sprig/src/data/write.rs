//! Template values as data: what Go's encoders see by reflection.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gotemplate::{JsonForm, List, Map, Object, Str, Value};
use goyaml::{KeyOrder, Sink, WriteError, to_text};

use crate::date::Duration;

/// Deeper than this a value contains itself.
const MAX_DEPTH: usize = 1_000;

/// A value that has no form as data. The texts are Go's.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The format has no words for it.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A map contains itself.
    #[error("json: unsupported value: encountered a cycle via {0}")]
    Cycle(String),
    /// Functions, and times in years of more than four digits.
    #[error("json: unsupported type: {0}")]
    Unsupported(&'static str),
}

/// Writes a value to a sink: to JSON, or to one of the two kinds of YAML. toYaml's goes by way of JSON in Go;
/// toYamlPretty's does not, so that bytes are a list there and what is nil is empty.
pub(crate) fn write(value: &Value, sink: &mut impl Sink) -> Result<(), DataError> {
    write_at(value, sink, 0)
}

fn is_direct(sink: &impl Sink) -> bool {
    sink.order() == KeyOrder::NaturalV3
}

fn write_at(value: &Value, sink: &mut impl Sink, depth: usize) -> Result<(), DataError> {
    match value {
        Value::Nil => sink.null(),
        Value::Bool(truth) => sink.bool(*truth),
        Value::Int(number, _) => sink.int(*number),
        Value::Uint(number, _) => sink.uint(*number),
        Value::Float(number, _) => sink.float(*number)?,
        Value::String(text) => sink.bytes(text)?,
        Value::List(list) => write_list(list, sink, depth)?,
        Value::Map(map) => write_map(map, sink, depth)?,
        Value::Object(object) => write_object(&**object, sink, depth)?,
    }
    Ok(())
}

fn write_list(list: &List, sink: &mut impl Sink, depth: usize) -> Result<(), DataError> {
    if depth > MAX_DEPTH {
        return Err(DataError::Cycle(list.go_type().to_string()));
    }
    if !is_direct(sink) {
        if list.is_nil() {
            sink.null();
            return Ok(());
        }
        if let Some(bytes) = list.as_bytes() {
            sink.string(&STANDARD.encode(bytes))?;
            return Ok(());
        }
    }
    sink.begin_list(list.len());
    match list.as_values() {
        Some(items) => items.iter().try_for_each(|item| write_at(item, sink, depth + 1))?,
        None => list.iter().try_for_each(|item| write_at(&item, sink, depth + 1))?,
    }
    sink.end_list();
    Ok(())
}

fn write_map(map: &Map, sink: &mut impl Sink, depth: usize) -> Result<(), DataError> {
    if depth > MAX_DEPTH {
        return Err(DataError::Cycle(map.go_type().to_string()));
    }
    if map.is_nil() && !is_direct(sink) {
        sink.null();
        return Ok(());
    }
    let entries = map.entries();
    let texts: Vec<_> = entries.iter().map(|(key, value)| (to_text(key), value)).collect();
    let mut order: Vec<(&str, &Value)> =
        texts.iter().map(|(key, value)| (&**key, *value)).collect();
    // Maps are in the order of bytes already.
    if sink.order() != KeyOrder::Bytes {
        sink.order().sort(&mut order, |(key, _)| key);
    }
    write_entries(&order, sink, depth)
}

fn write_entries(
    entries: &[(&str, &Value)],
    sink: &mut impl Sink,
    depth: usize,
) -> Result<(), DataError> {
    sink.begin_map(entries.len());
    for (key, value) in entries {
        sink.key(key)?;
        write_at(value, sink, depth + 1)?;
    }
    sink.end_map();
    Ok(())
}

fn write_object(object: &dyn Object, sink: &mut impl Sink, depth: usize) -> Result<(), DataError> {
    if is_direct(sink)
        && let Some(duration) = object.as_any().downcast_ref::<Duration>()
    {
        sink.string(&duration.to_string())?;
        return Ok(());
    }
    match object.json() {
        JsonForm::Value(value) => write_at(&value, sink, depth + 1),
        JsonForm::Unsupported(name) => Err(DataError::Unsupported(name)),
        JsonForm::Fields(fields) => {
            // yaml.v3 writes the fields of structs in lower case and in their own order, as JSON does; yaml.v2 gets a
            // map from JSON and sorts it.
            let names: Vec<String> = fields
                .iter()
                .map(
                    |(name, _)| {
                        if is_direct(sink) { name.to_lowercase() } else { (*name).to_owned() }
                    },
                )
                .collect();
            let mut entries: Vec<(&str, &Value)> = names
                .iter()
                .map(String::as_str)
                .zip(fields.iter().map(|(_, value)| value))
                .collect();
            if sink.order() == KeyOrder::Natural {
                KeyOrder::Natural.sort(&mut entries, |(key, _)| key);
            }
            write_entries(&entries, sink, depth)
        }
    }
}

/// A template's value as plain data, with the rules of encoding/json but for durations, which are texts. What is not
/// UTF-8 becomes U+FFFD.
pub fn to_data(value: &Value) -> Result<goyaml::Value, DataError> {
    data_at(value, 0)
}

fn data_at(value: &Value, depth: usize) -> Result<goyaml::Value, DataError> {
    if depth > MAX_DEPTH {
        return Err(DataError::Cycle(value.type_name()));
    }
    let entry =
        |(key, value): (Str, Value)| Ok((to_text(&key).into_owned(), data_at(&value, depth + 1)?));
    Ok(match value {
        Value::Nil => goyaml::Value::Null,
        Value::Bool(truth) => goyaml::Value::Bool(*truth),
        Value::Int(number, _) => goyaml::Value::Int(*number),
        Value::Uint(number, _) => {
            i64::try_from(*number).map_or(goyaml::Value::UInt(*number), goyaml::Value::Int)
        }
        Value::Float(number, _) => {
            goyaml::Value::Float(goyaml::Float { value: *number, text: "".into() })
        }
        Value::String(text) => goyaml::Value::String(to_text(text).into_owned()),
        Value::List(list) if list.is_nil() => goyaml::Value::Null,
        Value::List(list) => match list.as_bytes() {
            Some(bytes) => goyaml::Value::String(STANDARD.encode(bytes)),
            None => goyaml::Value::List(
                list.iter().map(|item| data_at(&item, depth + 1)).collect::<Result<_, _>>()?,
            ),
        },
        Value::Map(map) if map.is_nil() => goyaml::Value::Null,
        Value::Map(map) => goyaml::Value::Map(
            map.entries().into_iter().map(entry).collect::<Result<_, DataError>>()?,
        ),
        Value::Object(object) => {
            match (object.as_any().downcast_ref::<Duration>(), object.json()) {
                (Some(duration), _) => goyaml::Value::String(duration.to_string()),
                (None, JsonForm::Value(value)) => data_at(&value, depth + 1)?,
                (None, JsonForm::Unsupported(name)) => return Err(DataError::Unsupported(name)),
                (None, JsonForm::Fields(fields)) => {
                    let fields =
                        fields.into_iter().map(|(name, value)| (Str::from_static(name), value));
                    goyaml::Value::Map(fields.map(entry).collect::<Result<_, DataError>>()?)
                }
            }
        }
    })
}
