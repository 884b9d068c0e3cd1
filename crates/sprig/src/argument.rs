//! Reading arguments that gotemplate has already checked against the signature.

use gotemplate::{List, Map, Type, Value};

/// A function's arguments. What the signature does not allow, and nil where Go makes a zero value of it, reads as the
/// zero value.
pub(crate) trait Arguments {
    /// A `string`.
    fn text(&self, at: usize) -> &[u8];
    /// A `string` as text: what is not UTF-8 becomes U+FFFD.
    fn lossy(&self, at: usize) -> std::borrow::Cow<'_, str>;
    /// An integer of any kind.
    fn integer(&self, at: usize) -> i64;
    /// A `bool`.
    fn boolean(&self, at: usize) -> bool;
    /// A `map[string]interface {}`.
    fn map(&self, at: usize) -> Map;
    /// A slice.
    fn items(&self, at: usize) -> List;
    /// Anything.
    fn value(&self, at: usize) -> &Value;
}

impl Arguments for [Value] {
    fn text(&self, at: usize) -> &[u8] {
        self.get(at).and_then(Value::as_bytes).unwrap_or_default()
    }

    fn lossy(&self, at: usize) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.text(at))
    }

    fn integer(&self, at: usize) -> i64 {
        match self.get(at) {
            Some(Value::Int(number, _)) => *number,
            Some(Value::Uint(number, _)) => number.cast_signed(),
            _ => 0,
        }
    }

    fn boolean(&self, at: usize) -> bool {
        matches!(self.get(at), Some(Value::Bool(true)))
    }

    fn map(&self, at: usize) -> Map {
        self.get(at).and_then(Value::as_map).cloned().unwrap_or(Map::nil(&Type::ANY_MAP))
    }

    fn items(&self, at: usize) -> List {
        self.get(at).and_then(Value::as_list).cloned().unwrap_or(List::nil(&Type::ANY_SLICE))
    }

    fn value(&self, at: usize) -> &Value {
        self.get(at).unwrap_or(&Value::Nil)
    }
}
