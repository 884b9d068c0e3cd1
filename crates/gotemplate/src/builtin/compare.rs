//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`.

use std::cmp::Ordering;

use super::Builtin;
use crate::fmt::sprintf;
use crate::function::Failure;
use crate::value::{Shape, Value};

/// The kinds that can be compared with each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basic {
    Bool,
    Int,
    Uint,
    Float,
    String,
    /// Nothing basic: nil, lists, maps, structs.
    Other,
}

/// A value without the name of its type.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(object) => match object.shape() {
            Shape::Pointer(Some(target)) => plain(&Value::Object(target)),
            Shape::Alias(inner) => inner,
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

const fn basic(value: &Value) -> Basic {
    match value {
        Value::Bool(_) => Basic::Bool,
        Value::Int(..) => Basic::Int,
        Value::Uint(..) => Basic::Uint,
        Value::Float(..) => Basic::Float,
        Value::String(_) => Basic::String,
        _ => Basic::Other,
    }
}

fn incompatible(a: &Value, b: &Value) -> Failure {
    Failure::new(format!(
        "incompatible types for comparison: {} and {}",
        a.type_name(),
        b.type_name()
    ))
}

/// `eq`: whether `first` equals any of `others`.
pub(super) fn eq(first: &Value, others: &[&Value]) -> Result<bool, Failure> {
    if others.is_empty() {
        return Err(Failure::new("missing argument for comparison"));
    }
    for other in others {
        if equal(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[expect(clippy::float_cmp, reason = "Go compares exactly")]
fn equal(first: &Value, other: &Value) -> Result<bool, Failure> {
    let (a, b) = (plain(first), plain(other));
    match (&a, &b) {
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Int(a, _), Value::Int(b, _)) => Ok(a == b),
        (Value::Uint(a, _), Value::Uint(b, _)) => Ok(a == b),
        (Value::Int(int, _), Value::Uint(uint, _)) | (Value::Uint(uint, _), Value::Int(int, _)) => {
            Ok(u64::try_from(*int) == Ok(*uint))
        }
        (Value::Float(a, _), Value::Float(b, _)) => Ok(a == b),
        (Value::String(a), Value::String(b)) => Ok(a == b),
        (Value::Nil, other) | (other, Value::Nil) => Ok(other.is_nil()),
        _ if basic(&a) != basic(&b) => Err(incompatible(first, other)),
        _ => equal_composite(first, other),
    }
}

/// Lists and maps are not comparable, except with nil; structs mostly are.
fn equal_composite(first: &Value, other: &Value) -> Result<bool, Failure> {
    if first.kind() != other.kind() {
        return Err(not_comparable_with(first, other));
    }
    if first.is_nil() || other.is_nil() {
        return Ok(first.is_nil() == other.is_nil());
    }
    if let (Value::Object(a), Value::Object(b)) = (first, other)
        && let Some(equal) = b.equals(&**a)
    {
        return Ok(equal);
    }
    let ty = other.type_name();
    Err(Failure::new(format!("non-comparable type {}: {ty}", shown(other, b"%s")?)))
}

fn not_comparable_with(first: &Value, other: &Value) -> Failure {
    let (a, b) = (first.type_name(), other.type_name());
    match (shown(first, b"%s"), shown(other, b"%v")) {
        (Ok(first), Ok(other)) => {
            Failure::new(format!("non-comparable types {first}: {a}, {b}: {other}"))
        }
        (Err(failure), _) | (_, Err(failure)) => failure,
    }
}

fn shown(value: &Value, format: &[u8]) -> Result<String, Failure> {
    let text = sprintf(format, std::slice::from_ref(value))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// `lt`, `le`, `gt`, `ge`.
pub(super) fn order(builtin: Builtin, first: &Value, other: &Value) -> Result<bool, Failure> {
    // What Go derives from `lt` and `eq` holds for NaN, too: `ge` is not `lt`.
    let less = less(first, other)?;
    Ok(match builtin {
        Builtin::Lt => less,
        Builtin::Ge => !less,
        Builtin::Le => less || equal(first, other)?,
        _ => !(less || equal(first, other)?),
    })
}

fn less(first: &Value, other: &Value) -> Result<bool, Failure> {
    let (a, b) = (plain(first), plain(other));
    let ordering = match (&a, &b) {
        (Value::Int(a, _), Value::Int(b, _)) => a.cmp(b),
        (Value::Uint(a, _), Value::Uint(b, _)) => a.cmp(b),
        (Value::Int(int, _), Value::Uint(uint, _)) => i128::from(*int).cmp(&i128::from(*uint)),
        (Value::Uint(uint, _), Value::Int(int, _)) => i128::from(*uint).cmp(&i128::from(*int)),
        (Value::Float(a, _), Value::Float(b, _)) => return Ok(a < b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        _ if basic(&a) == Basic::Other || basic(&b) == Basic::Other || basic(&a) == basic(&b) => {
            return Err(Failure::new("invalid type for comparison"));
        }
        _ => return Err(incompatible(first, other)),
    };
    Ok(ordering == Ordering::Less)
}
