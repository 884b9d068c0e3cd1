//! `index`, `slice`, `len`, `call`.

use crate::exec::Slot;
use crate::function::Failure;
use crate::value::{Kind, List, Shape, Type, UintKind, Value};

type Outcome<T> = Result<T, Failure>;

fn fail<T>(message: impl Into<String>) -> Outcome<T> {
    Err(Failure::Message(message.into()))
}

/// What a pointer or a named type stands for; `None` for a nil pointer.
fn target(value: &Value) -> Option<Value> {
    match value {
        Value::Object(object) => match object.shape() {
            Shape::Pointer(None) => None,
            Shape::Pointer(Some(target_object)) => target(&Value::Object(target_object)),
            Shape::Alias(value) => Some(value),
            _ => Some(Value::Object(object.clone())),
        },
        other => Some(other.clone()),
    }
}

/// `len`.
pub(super) fn len(item: &Slot) -> Outcome<Value> {
    if matches!(item.value, Value::Nil) {
        // The text of the panic that Go runs into where there is no value at all.
        let text = "reflect: call of reflect.Value.Type on zero Value";
        return fail(if item.interface { "len of nil pointer" } else { text });
    }
    let length = match target(&item.value) {
        None => return fail("len of nil pointer"),
        Some(Value::String(text)) => text.len(),
        Some(Value::List(list)) => list.len(),
        Some(Value::Map(map)) => map.len(),
        Some(_) => return fail(format!("len of type {}", item.value.type_name())),
    };
    Ok(Value::int(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// `index item i j`: `item[i][j]`.
pub(super) fn index(item: &Slot, indexes: &[Slot]) -> Outcome<Value> {
    if matches!(item.value, Value::Nil) {
        return fail("index of untyped nil");
    }
    let mut item = item.value.clone();
    for index in indexes {
        item = match target(&item) {
            None | Some(Value::Nil) => return fail("index of nil pointer"),
            Some(Value::String(text)) => {
                let index = position(&index.value, text.len())?;
                match text.get(index) {
                    Some(byte) => Value::Uint(u64::from(*byte), UintKind::Uint8),
                    None => return fail("reflect: string index out of range"),
                }
            }
            Some(Value::List(list)) => {
                let index = position(&index.value, list.len())?;
                match list.get(index) {
                    Some(value) => value,
                    None => return fail("reflect: slice index out of range"),
                }
            }
            Some(Value::Map(map)) => {
                let Value::String(key) = &index.value else {
                    return fail(key_error(&index.value));
                };
                map.get(key).unwrap_or_else(|| map.go_type().elem_type().zero())
            }
            Some(other) => return fail(format!("can't index item of type {}", other.type_name())),
        };
    }
    Ok(item)
}

fn key_error(key: &Value) -> String {
    match key {
        Value::Nil => "value is nil; should be of type string".to_owned(),
        other => format!("value has type {}; should be string", other.type_name()),
    }
}

/// An index into something of which `capacity` is the greatest index that slicing takes.
fn position(index: &Value, capacity: usize) -> Outcome<usize> {
    let number = match &*index.underlying() {
        Value::Int(number, _) => *number,
        Value::Uint(number, _) => number.cast_signed(),
        Value::Nil => return fail("cannot index slice/array with nil"),
        other => return fail(format!("cannot index slice/array with type {}", other.type_name())),
    };
    match usize::try_from(number).ok().filter(|index| *index <= capacity) {
        Some(index) => Ok(index),
        None => fail(format!("index out of range: {number}")),
    }
}

/// `slice item i j k`: `item[i:j:k]`.
pub(super) fn slice(item: &Slot, indexes: &[Slot]) -> Outcome<Value> {
    if matches!(item.value, Value::Nil) {
        return fail("slice of untyped nil");
    }
    if indexes.len() > 3 {
        return fail(format!("too many slice indexes: {}", indexes.len()));
    }
    let item = if item.value.kind() == Kind::Ptr {
        item.value.clone()
    } else {
        target(&item.value).unwrap_or_default()
    };
    let length = match &item {
        Value::String(_) if indexes.len() == 3 => return fail("cannot 3-index slice a string"),
        Value::String(text) => text.len(),
        Value::List(list) => list.len(),
        other => return fail(format!("can't slice item of type {}", other.type_name())),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        if index.interface {
            // Go looks into the interface for `index` only.
            return fail("cannot index slice/array with type interface {}");
        }
        *bound = position(&index.value, length)?;
    }
    let [from, to, capacity] = bounds;
    if from > to {
        return fail(format!("invalid slice index: {from} > {to}"));
    }
    if to > capacity {
        return fail(format!("invalid slice index: {to} > {capacity}"));
    }
    Ok(match item {
        Value::String(text) => Value::string(&text[from..to]),
        Value::List(list) => {
            Value::List(list.slice(from, to).unwrap_or_else(|| List::nil(&Type::ANY_SLICE)))
        }
        other => other,
    })
}

/// `call`: there are no function values to be called, so this is always an error. `callee` is how the template wrote it.
pub(super) fn call(function: &Slot, callee: Option<&str>) -> Outcome<Value> {
    if matches!(function.value, Value::Nil) {
        return fail("call of nil");
    }
    let ty = function.value.type_name();
    let value = match &function.value {
        Value::String(text) => text.to_string(),
        _ => format!("<{ty} Value>"),
    };
    let name = callee.unwrap_or(&value);
    if function.value.kind() == Kind::Func {
        return fail(format!("function value {name} of type {ty} cannot be called"));
    }
    fail(format!("non-function {name} of type {ty}"))
}
