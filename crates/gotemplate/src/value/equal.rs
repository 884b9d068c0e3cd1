//! Go's `reflect.DeepEqual`.

use std::fmt;
use std::rc::Rc;

use super::{Shape, Value};

/// Values nested deeper than this are told apart by identity only: maps can contain themselves.
const MAX_DEPTH: usize = 1_000;

impl Value {
    /// Go's `reflect.DeepEqual`: the same type and the same contents. NaN differs from itself; a nil slice or map
    /// differs from an empty one.
    pub fn deep_equal(&self, other: &Self) -> bool {
        equal(self, other, 0)
    }
}

/// [`Value::deep_equal`].
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.deep_equal(other)
    }
}

#[expect(clippy::float_cmp, reason = "Go compares exactly")]
fn equal(a: &Value, b: &Value, depth: usize) -> bool {
    match (a, b) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a, kind), Value::Int(b, other)) => kind == other && a == b,
        (Value::Uint(a, kind), Value::Uint(b, other)) => kind == other && a == b,
        (Value::Float(a, kind), Value::Float(b, other)) => kind == other && a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            if a.go_type() != b.go_type() || a.is_nil() != b.is_nil() || a.len() != b.len() {
                return false;
            }
            a.same(b)
                || depth < MAX_DEPTH
                    && a.iter().zip(b.iter()).all(|(a, b)| equal(&a, &b, depth + 1))
        }
        (Value::Map(a), Value::Map(b)) => {
            if a.go_type() != b.go_type() || a.is_nil() != b.is_nil() || a.len() != b.len() {
                return false;
            }
            let same_entry =
                |(a, b): ((_, Value), (_, Value))| a.0 == b.0 && equal(&a.1, &b.1, depth + 1);
            a.same(b)
                || depth < MAX_DEPTH && a.entries().into_iter().zip(b.entries()).all(same_entry)
        }
        (Value::Object(a), Value::Object(b)) => {
            Rc::ptr_eq(a, b)
                || a.type_name() == b.type_name() && equal_shapes(a.shape(), b.shape(), depth)
        }
        _ => false,
    }
}

fn equal_shapes(a: Shape, b: Shape, depth: usize) -> bool {
    if depth >= MAX_DEPTH {
        return false;
    }
    match (a, b) {
        (Shape::Struct(a), Shape::Struct(b)) => {
            a.len() == b.len()
                && a.iter().zip(&b).all(|(a, b)| equal(&a.value, &b.value, depth + 1))
        }
        (Shape::Pointer(a), Shape::Pointer(b)) => match (a, b) {
            (Some(a), Some(b)) => equal(&Value::Object(a), &Value::Object(b), depth + 1),
            (a, b) => a.is_none() && b.is_none(),
        },
        (Shape::Alias(a), Shape::Alias(b)) => equal(&a, &b, depth + 1),
        _ => false,
    }
}

/// Lists and maps by type and length only: a map can contain itself.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("Nil"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value, kind) => write!(f, "{}({value})", kind.kind()),
            Self::Uint(value, kind) => write!(f, "{}({value})", kind.kind()),
            Self::Float(value, kind) => write!(f, "{}({value})", kind.kind()),
            Self::String(text) => fmt::Debug::fmt(text, f),
            Self::List(list) => fmt::Debug::fmt(list, f),
            Self::Map(map) => fmt::Debug::fmt(map, f),
            Self::Object(object) => f.write_str(object.type_name()),
        }
    }
}
