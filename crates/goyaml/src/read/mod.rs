//! Reading a value, fast and with Go's words for what is wrong.
//!
//! [`crate::parse`] gives trees with places, for whoever edits or explains; this gives the value alone, a small part of
//! the time, and yaml.v2's own error texts, which templates show (`fromYaml`) and users know.

mod block_scalar;
mod build;
mod cursor;
mod error;
mod flow_scalar;
mod go_syntax;
mod grammar;
mod name;
mod problem;
mod scanner;
mod text;
mod token;

pub use error::{DecodeError, Place};

use crate::limits::Limits;
use crate::read::build::Builder;
use crate::read::grammar::Parser;
use crate::read::problem::{Problem, Reason};
use crate::{Map, Value, to_json};

/// Reads the first document of a stream as sigs.k8s.io/yaml does: YAML, then JSON, then Go. What follows the document is
/// not looked at; an empty stream is null.
///
/// Every number is a float64 in Go; here integers are kept apart, and [`Value::as_f64`] gives the float64.
pub fn decode(bytes: &[u8]) -> Result<Value, DecodeError> {
    decode_with(bytes, Limits::default())
}

/// [`decode`] for a Go map: what is neither a map nor null is an error. Null is an empty map.
pub fn decode_map(bytes: &[u8]) -> Result<Map, DecodeError> {
    decode(bytes)?.into_map().map_err(DecodeError::Mismatch)
}

/// [`decode`] for a Go slice: what is neither a list nor null is an error. Null is an empty list.
pub fn decode_list(bytes: &[u8]) -> Result<Vec<Value>, DecodeError> {
    decode(bytes)?.into_list().map_err(DecodeError::Mismatch)
}

/// [`decode`] within other limits. Of nodes, only anchored ones are counted.
pub fn decode_with(bytes: &[u8], limits: Limits) -> Result<Value, DecodeError> {
    if bytes.len() > limits.bytes {
        let reason = format!("{} bytes: more than {} are not read", bytes.len(), limits.bytes);
        return Err(DecodeError::yaml(&Problem::without_line(None, reason)));
    }
    let text::Text { text, cut } = text::read(bytes);
    let mut parser = Parser::new(&text, Builder::new(limits), limits.depth + 1);
    let parsed = parser.document();
    // A few characters are always looked at ahead.
    if let Some(reason) = cut
        && parser.scanner.cursor.at + 4 > text.len()
    {
        return Err(DecodeError::yaml(&Problem::without_line(None, reason)));
    }
    let value = parsed.map_err(|problem| DecodeError::yaml(&problem))?;
    if let Some(problem) = parser.builder.bad_value {
        return Err(DecodeError::yaml(&problem));
    }
    if let Some(reason) = parser.builder.bad_key {
        return Err(DecodeError::Json(reason));
    }
    if has_not_finite(&value)
        && let Err(error) = to_json(&value)
    {
        return Err(DecodeError::Json(error.to_string()));
    }
    Ok(value)
}

fn has_not_finite(value: &Value) -> bool {
    match value {
        Value::Float(number) => !number.value.is_finite(),
        Value::List(items) => items.iter().any(has_not_finite),
        Value::Map(map) => map.iter().any(|(_, value)| has_not_finite(value)),
        _ => false,
    }
}

/// What yaml.v2 reads in a string of JSON.
pub(crate) fn double_quoted(json: &str) -> Result<String, &'static str> {
    flow_scalar::double_quoted(json).map_err(|problem| match problem.reason {
        Reason::Fixed(reason) => reason,
        Reason::Text(_) => "did not find expected <document start>",
    })
}
