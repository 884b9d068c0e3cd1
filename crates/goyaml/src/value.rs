//! Values: what Go sees once YAML is read.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::{Error, Kind, Node, decode, format_float, parse_one, resolve};

/// A value as Go's YAML to JSON conversion sees it: keys are text, aliases and merges are gone, the last of two equal
/// keys has won.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Null, or nothing written.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer beyond [`i64::MAX`].
    UInt(u64),
    /// A number with a fraction, an exponent, or too large for an integer.
    Float(Float),
    /// A text.
    String(String),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(Map),
}

/// A floating-point number and how it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Float {
    /// The number.
    pub value: f64,
    /// Its text in the source, `1.30` for 1.3; empty when it has none.
    pub text: Box<str>,
}

/// A map that keeps the order in which its keys first appeared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    entries: Vec<(String, Value)>,
}

/// Reads the first document of a stream as a value; an empty one is null. This is [`decode`] with an error that has a
/// place.
pub fn from_slice(bytes: &[u8]) -> Result<Value, Error> {
    match decode(bytes) {
        Ok(value) => Ok(value),
        // The tree knows the places. Infinities are numbers in YAML, though not in JSON.
        Err(_) => parse_one(bytes)?.root.to_value(),
    }
}

impl Node {
    /// What Go sees here: tags and plain scalars resolved, aliases expanded, `<<` merged in document order (so that a
    /// `<<` behind a key overrides that key, as in yaml.v2).
    ///
    /// Fails on a key that is null or a collection, a `<<` of something else than maps, and a tag its text does not
    /// fit.
    pub fn to_value(&self) -> Result<Value, Error> {
        let node = self.resolved();
        match &node.kind {
            Kind::Sequence { items, .. } => {
                items.iter().map(|item| item.to_value()).collect::<Result<_, _>>().map(Value::List)
            }
            Kind::Mapping { .. } => {
                let mut builder = MapBuilder::default();
                builder.add_entries(node)?;
                Ok(Value::Map(builder.finish()))
            }
            Kind::Scalar { .. } | Kind::Alias { .. } => node.to_scalar().unwrap_or(Ok(Value::Null)),
        }
    }
}

/// A map under construction: of equal keys the last wins, in the place of the first, in linear time.
#[derive(Default)]
pub(crate) struct MapBuilder {
    map: Map,
    /// Where the keys are, once there are many.
    index: HashMap<String, usize>,
}

impl MapBuilder {
    /// Up to so many keys it is faster to look at them all.
    const FEW: usize = 16;

    pub(crate) fn insert(&mut self, key: String, value: Value) {
        let entries = &mut self.map.entries;
        if entries.len() < Self::FEW {
            return self.map.insert(key, value);
        }
        if self.index.is_empty() {
            self.index =
                entries.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
        }
        if let Some(at) = self.index.get(&key) {
            entries[*at].1 = value;
        } else {
            self.index.insert(key.clone(), entries.len());
            entries.push((key, value));
        }
    }

    pub(crate) fn finish(self) -> Map {
        self.map
    }

    fn add_entries(&mut self, mapping: &Node) -> Result<(), Error> {
        for entry in mapping.entries() {
            if entry.key.is_merge_key() {
                self.merge(&entry.value)?;
            } else {
                self.insert(resolve::key(&entry.key)?, entry.value.to_value()?);
            }
        }
        Ok(())
    }

    fn merge(&mut self, from: &Arc<Node>) -> Result<(), Error> {
        let refusal = |node: &Node| {
            Err(node.error("map merge requires map or sequence of maps as the value"))
        };
        match &from.resolved().kind {
            Kind::Mapping { .. } => self.add_entries(from),
            // Backwards: of several, the earlier map wins.
            Kind::Sequence { items, .. } => items.iter().rev().try_for_each(|item| {
                if item.is_mapping() { self.add_entries(item) } else { refusal(item) }
            }),
            _ => refusal(from),
        }
    }
}

/// A value that is not of the type Go was to read. The text is encoding/json's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("json: cannot unmarshal {found} into Go value of type {wanted}")]
pub struct TypeMismatch {
    /// What it is: `array`, `bool`, `number`, `object` or `string`.
    pub found: &'static str,
    /// The Go type it was to be.
    pub wanted: &'static str,
}

impl Value {
    /// The value under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// The value at the end of a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        *self == Value::Null
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The members, if it is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// A number as Go's templates have it: whatever is decoded from YAML or JSON is a float64.
    #[expect(clippy::cast_precision_loss, reason = "that is what Go's float64 loses")]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(number) => Some(*number as f64),
            Value::UInt(number) => Some(*number as f64),
            Value::Float(number) => Some(number.value),
            _ => None,
        }
    }

    /// The same with every number a float64, which is what templates have of decoded values.
    #[must_use]
    pub fn with_floats(self) -> Self {
        match self {
            Value::List(items) => Value::List(items.into_iter().map(Value::with_floats).collect()),
            Value::Map(mut map) => {
                for (_, value) in &mut map.entries {
                    *value = std::mem::replace(value, Value::Null).with_floats();
                }
                Value::Map(map)
            }
            other => match other.as_f64() {
                Some(value) => Value::Float(Float { value, text: "".into() }),
                None => other,
            },
        }
    }

    /// The map, if it is one; null is an empty one.
    pub fn into_map(self) -> Result<Map, TypeMismatch> {
        match self {
            Value::Map(map) => Ok(map),
            Value::Null => Ok(Map::default()),
            other => Err(other.mismatch("map[string]interface {}")),
        }
    }

    /// The members, if it is a list; null is an empty one.
    pub fn into_list(self) -> Result<Vec<Value>, TypeMismatch> {
        match self {
            Value::List(items) => Ok(items),
            Value::Null => Ok(Vec::new()),
            other => Err(other.mismatch("[]interface {}")),
        }
    }

    /// The error of reading this value into a Go type.
    pub fn mismatch(&self, wanted: &'static str) -> TypeMismatch {
        let found = match self {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::UInt(_) | Value::Float(_) => "number",
            Value::String(_) => "string",
            Value::List(_) => "array",
            Value::Map(_) => "object",
        };
        TypeMismatch { found, wanted }
    }

    /// What the value is, in a word for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::UInt(_) | Value::Float(_) => "a number",
            Value::String(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// A scalar as a Helm template prints it, every number being a float64 there: `1.30` is `1.3`, 1000000 is `1e+06`. Null,
/// lists and maps print as a JSON-like sketch for messages.
impl fmt::Display for Value {
    #[expect(clippy::cast_precision_loss, reason = "Helm decodes every number as a float64")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(truth) => write!(f, "{truth}"),
            Value::Int(number) => f.write_str(&format_float(*number as f64)),
            Value::UInt(number) => f.write_str(&format_float(*number as f64)),
            Value::Float(number) => f.write_str(&format_float(number.value)),
            Value::String(text) => f.write_str(text),
            Value::List(items) => write!(f, "[{} members]", items.len()),
            Value::Map(map) => write!(f, "{{{} keys}}", map.len()),
        }
    }
}

impl Map {
    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value under a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.entries.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.iter().map(|(key, _)| key.as_str())
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Sets a key, in its place or behind the others.
    pub fn insert(&mut self, key: impl Into<String>, value: Value) {
        let key = key.into();
        match self.entries.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value,
            None => self.entries.push((key, value)),
        }
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.remove(at).1)
    }
}

impl IntoIterator for Map {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

/// Of equal keys the last wins.
impl FromIterator<(String, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Self {
        let mut builder = MapBuilder::default();
        entries.into_iter().for_each(|(key, value)| builder.insert(key, value));
        builder.finish()
    }
}
