//! Complex numbers, which only literals make and only printing uses.

use std::any::Any;

use super::{FloatKind, Object, Shape, Str};
use crate::fmt::format_float;

/// A Go `complex128`.
pub(crate) struct Complex {
    pub(crate) real: f64,
    pub(crate) imaginary: f64,
}

impl Complex {
    /// Go's truth of a number.
    pub(super) fn is_nonzero(&self) -> bool {
        self.real != 0.0 || self.imaginary != 0.0
    }
}

impl Object for Complex {
    fn type_name(&self) -> &'static str {
        "complex128"
    }

    fn shape(&self) -> Shape {
        Shape::Struct(Vec::new())
    }

    fn string(&self) -> Option<Str> {
        let part = |value| format_float(value, b'g', None, FloatKind::Float64);
        let imaginary = part(self.imaginary);
        let plus = if imaginary.starts_with(['+', '-']) { "" } else { "+" };
        Some(Str::from(format!("({}{plus}{imaginary}i)", part(self.real))))
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        let other = other.as_any().downcast_ref::<Self>();
        #[expect(clippy::float_cmp, reason = "Go compares exactly")]
        let equal = |other: &Self| self.real == other.real && self.imaginary == other.imaginary;
        Some(other.is_some_and(equal))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
