//! Writing a value, whoever holds it and whatever it becomes.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::Value;
use crate::write_error::WriteError;

/// Takes a value piece by piece and writes it: what [`crate::JsonWriter`] and [`crate::YamlWriter`] have in common, so
/// that a tree of any type is walked by one function.
///
/// A list is `begin_list`, its members, `end_list`; a map is `begin_map`, then [`Sink::key`] and a value for each entry in
/// the order of [`Sink::order`], then `end_map`. Exactly one value is written to a sink. An error ends the writing: the
/// text so far is of no use.
pub trait Sink {
    /// The order in which the entries of a map are to come.
    fn order(&self) -> KeyOrder;
    /// Null.
    fn null(&mut self);
    /// A boolean.
    fn bool(&mut self, truth: bool);
    /// An integer.
    fn int(&mut self, number: i64);
    /// An integer without a sign.
    fn uint(&mut self, number: u64);
    /// A float64. JSON, and what goes through it, has no NaN and no infinities.
    fn float(&mut self, number: f64) -> Result<(), WriteError>;
    /// A text.
    fn string(&mut self, text: &str) -> Result<(), WriteError>;
    /// A Go string, which is any bytes.
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.string(&to_text(bytes))
    }
    /// The start of a list of so many members.
    fn begin_list(&mut self, length: usize);
    /// The end of the innermost list.
    fn end_list(&mut self);
    /// The start of a map of so many entries.
    fn begin_map(&mut self, length: usize);
    /// The key of the entry whose value comes next.
    fn key(&mut self, key: &str) -> Result<(), WriteError>;
    /// The end of the innermost map.
    fn end_map(&mut self);
}

/// The order of the keys of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrder {
    /// By bytes: encoding/json, and Go's templates.
    Bytes,
    /// yaml.v2's natural order: `a2` before `a10`, upper case before lower.
    Natural,
    /// yaml.v3's natural order: behind a digit, a letter comes before what is none.
    NaturalV3,
}

impl KeyOrder {
    /// Sorts entries by their keys. Equal keys keep their order.
    pub fn sort<T: Copy>(self, entries: &mut [T], key: impl Fn(&T) -> &str) {
        match self {
            KeyOrder::Bytes => entries.sort_by(|a, b| key(a).cmp(key(b))),
            KeyOrder::Natural | KeyOrder::NaturalV3 => {
                crate::order::sort(entries, key, |a, b| self.compare(a, b));
            }
        }
    }

    /// Compares two keys. The natural orders are no total orders: `a5` < `a10` < `a1b` < `a5`.
    pub fn compare(self, a: &str, b: &str) -> Ordering {
        match self {
            KeyOrder::Bytes => a.cmp(b),
            KeyOrder::Natural => crate::order::natural(a, b, Ordering::Less),
            KeyOrder::NaturalV3 => crate::order::natural(a, b, Ordering::Greater),
        }
    }
}

impl Value {
    /// Writes the value to a sink.
    pub fn write(&self, sink: &mut impl Sink) -> Result<(), WriteError> {
        match self {
            Value::Null => sink.null(),
            Value::Bool(truth) => sink.bool(*truth),
            Value::Int(number) => sink.int(*number),
            Value::UInt(number) => sink.uint(*number),
            Value::Float(number) => sink.float(number.value)?,
            Value::String(text) => sink.string(text)?,
            Value::List(items) => {
                sink.begin_list(items.len());
                items.iter().try_for_each(|item| item.write(sink))?;
                sink.end_list();
            }
            Value::Map(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                sink.order().sort(&mut entries, |(key, _)| key);
                sink.begin_map(entries.len());
                for (key, value) in entries {
                    sink.key(key)?;
                    value.write(sink)?;
                }
                sink.end_map();
            }
        }
        Ok(())
    }
}

/// The text of a Go string: every byte that belongs to no character becomes U+FFFD, as where Go ranges over it. (Rust's
/// own conversion replaces a truncated character as a whole.)
pub fn to_text(bytes: &[u8]) -> Cow<'_, str> {
    let mut chunks = bytes.utf8_chunks();
    let Some(first) = chunks.next() else { return Cow::Borrowed("") };
    if first.invalid().is_empty() {
        return Cow::Borrowed(first.valid());
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in std::iter::once(first).chain(chunks) {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_outside_a_character_is_replaced() {
        assert_eq!(to_text(b"a\xff\xfe\xe4\xb8"), "a\u{fffd}\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(to_text("中".as_bytes()), "中");
        assert_eq!(to_text(b""), "");
    }
}
