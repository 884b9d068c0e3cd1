//! Values as numbers and texts: spf13/cast, and Sprig's `strval` and `strslice`.

use gotemplate::{Kind, Str, Value};

use crate::format;
use crate::strconv;

/// `cast.ToInt64`: 0 for what is no number.
pub(crate) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Int(number, _) => *number,
        Value::Uint(number, _) => number.cast_signed(),
        Value::Float(number, _) => float_to_int(*number),
        Value::Bool(truth) => i64::from(*truth),
        Value::String(text) => text
            .as_str()
            .map(trim_zero_decimal)
            .and_then(|text| strconv::parse_int(text).ok())
            .unwrap_or(0),
        _ => 0,
    }
}

/// Go's conversion on amd64: what does not fit becomes the smallest integer.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(crate) fn float_to_int(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) { number as i64 } else { i64::MIN }
}

/// `12.00` without its fraction of zeros.
fn trim_zero_decimal(text: &str) -> &str {
    match text.rsplit_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        _ => text,
    }
}

/// `cast.ToFloat64`: 0 for what is no number.
#[expect(clippy::cast_precision_loss, reason = "Go's conversion rounds, too")]
pub(crate) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Int(number, _) => *number as f64,
        Value::Uint(number, _) => *number as f64,
        Value::Float(number, _) => *number,
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::String(text) => text.as_str().and_then(strconv::parse_float).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// Sprig's `strval`: strings and bytes as they are, everything else as `%v` prints it.
pub(crate) fn to_text(value: &Value) -> Str {
    match value {
        Value::String(text) => text.clone(),
        Value::List(list) => match list.as_bytes() {
            Some(bytes) => bytes.into(),
            None => format::sprint(value).into(),
        },
        Value::Object(object) => object.string().unwrap_or_else(|| format::sprint(value).into()),
        _ => format::sprint(value).into(),
    }
}

/// Sprig's `strslice`: the texts of a list's members, nil ones left out; of anything else a list of its text.
pub(crate) fn to_texts(value: &Value) -> Vec<Str> {
    match value {
        Value::Nil => Vec::new(),
        Value::List(list) => list
            .iter()
            .filter(|item| item.kind() != Kind::Invalid)
            .map(|item| to_text(&item))
            .collect(),
        other => vec![to_text(other)],
    }
}
