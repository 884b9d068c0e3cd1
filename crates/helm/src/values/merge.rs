//! Laying one table over another.

use super::{Table, Value};

impl Table {
    /// Lays another table over this one: tables are merged, everything else is replaced, null too.
    pub fn overlay(&mut self, other: Self) {
        for (key, value) in other {
            match (self.get_mut(&key), value) {
                (Some(Value::Table(mine)), Value::Table(other)) => mine.overlay(other),
                (_, value) => self.insert(key, value),
            }
        }
    }
}
