//! Go's truth of a value.

use super::{Complex, Shape, Value};

impl Value {
    /// Whether `if` takes the branch: false are nil, `false`, 0 of every numeric kind, and empty strings, slices and
    /// maps; structs and non-nil pointers are true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value, _) => *value != 0,
            Self::Uint(value, _) => *value != 0,
            Self::Float(value, _) => *value != 0.0,
            Self::String(text) => !text.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => match object.shape() {
                Shape::Struct(_) | Shape::Func => {
                    object.as_any().downcast_ref().is_none_or(Complex::is_nonzero)
                }
                Shape::Pointer(target) => target.is_some(),
                Shape::Alias(value) => value.is_true(),
            },
        }
    }
}
