//! Values with how they are held.

use crate::value::{Type, Value};

/// A value and whether it is held in an `interface {}`, as the elements of most lists and maps are. Go's error texts and
/// the treatment of nil depend on it: a nil interface is something, no value at all is nothing.
#[derive(Clone, Default)]
pub(crate) struct Slot {
    pub(crate) value: Value,
    pub(crate) interface: bool,
}

impl Slot {
    /// No value: what a missing key gives.
    pub(crate) const fn invalid() -> Self {
        Self { value: Value::Nil, interface: false }
    }

    pub(crate) const fn concrete(value: Value) -> Self {
        Self { value, interface: false }
    }

    /// A value held as the type `ty`.
    pub(crate) const fn held(value: Value, ty: Type) -> Self {
        Self { value, interface: matches!(ty, Type::Any) }
    }

    /// Whether there is a value, be it a nil interface.
    pub(crate) const fn is_valid(&self) -> bool {
        self.interface || !matches!(self.value, Value::Nil)
    }

    /// Takes the value out of its interface.
    pub(crate) fn unwrap(self) -> Self {
        Self::concrete(self.value)
    }

    /// The type Go names in error texts.
    pub(crate) fn type_name(&self) -> String {
        if self.interface { Type::Any.to_string() } else { self.value.type_name() }
    }
}
