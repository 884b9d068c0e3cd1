//! Freeing nested values without recursion.
//!
//! A template can nest lists a million deep (`$x = list $x` in a loop); freeing them one inside the other would
//! overflow the stack. So the outermost one takes its descendants apart in a loop.

use std::collections::BTreeMap;

use super::{Str, Value};

/// The elements of a list.
pub(super) struct Items(pub(super) Vec<Value>);

/// The entries of a map.
pub(super) struct Entries(pub(super) BTreeMap<Str, Value>);

impl Drop for Items {
    fn drop(&mut self) {
        if self.0.iter().any(is_nested) {
            release(std::mem::take(&mut self.0));
        }
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        if self.0.values().any(is_nested) {
            release(std::mem::take(&mut self.0).into_values().collect());
        }
    }
}

const fn is_nested(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

fn release(mut pending: Vec<Value>) {
    while let Some(value) = pending.pop() {
        match value {
            Value::List(list) => pending.extend(list.into_items().unwrap_or_default()),
            Value::Map(map) => pending.extend(map.into_values().into_iter().flatten()),
            _ => {}
        }
    }
}
