//! Go maps with string keys: shared and mutable.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use super::release::Entries;
use super::{Kind, Str, Type, Value};

/// A Go map with string keys, by reference: clones see each other's changes. Possibly nil.
///
/// Entries are kept in the byte order of their keys, the order in which Go's templates visit and print them.
#[derive(Clone)]
pub struct Map {
    ty: &'static Type,
    data: Option<Rc<RefCell<Entries>>>,
}

/// An entry was written to a nil map; Go panics with this text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NilMapError;

impl fmt::Display for NilMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("assignment to entry in nil map")
    }
}

impl std::error::Error for NilMapError {}

impl Map {
    /// An empty `map[string]interface {}`.
    pub fn new() -> Self {
        Self::typed(&Type::ANY_MAP)
    }

    /// An empty map of the type `ty`, which must be a map type.
    pub fn typed(ty: &'static Type) -> Self {
        debug_assert_eq!(ty.kind(), Kind::Map);
        Self { ty, data: Some(Rc::new(RefCell::new(Entries(BTreeMap::new())))) }
    }

    /// The nil map of the type `ty`.
    pub const fn nil(ty: &'static Type) -> Self {
        Self { ty, data: None }
    }

    /// The same map, seen as another map type with the same elements: Go's conversion `Values(m)`.
    #[must_use]
    pub fn with_type(&self, ty: &'static Type) -> Self {
        debug_assert_eq!(ty.elem(), self.elem());
        Self { ty, data: self.data.clone() }
    }

    /// The map's type.
    pub const fn go_type(&self) -> Type {
        *self.ty
    }

    /// The type of the values.
    pub fn elem(&self) -> Type {
        self.ty.elem()
    }

    /// Whether this is a nil map (which is also empty).
    pub const fn is_nil(&self) -> bool {
        self.data.is_none()
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.data.as_ref().map_or(0, |data| data.borrow().0.len())
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of `key`.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Option<Value> {
        self.data.as_ref()?.borrow().0.get(key.as_ref()).cloned()
    }

    /// Whether there is an entry `key`, be it nil.
    pub fn contains_key(&self, key: impl AsRef<[u8]>) -> bool {
        self.data.as_ref().is_some_and(|data| data.borrow().0.contains_key(key.as_ref()))
    }

    /// Sets `key` to `value`, which must be of the element type; fails on a nil map.
    pub fn insert(&self, key: impl Into<Str>, value: impl Into<Value>) -> Result<(), NilMapError> {
        let data = self.data.as_ref().ok_or(NilMapError)?;
        let replaced = data.borrow_mut().0.insert(key.into(), value.into());
        // Dropped only now that the map is no longer borrowed: the old value may refer to this very map.
        drop(replaced);
        Ok(())
    }

    /// Removes `key` and returns what it was; nothing happens on a nil map.
    pub fn remove(&self, key: impl AsRef<[u8]>) -> Option<Value> {
        self.data.as_ref()?.borrow_mut().0.remove(key.as_ref())
    }

    /// The keys in order, as they are now.
    pub fn keys(&self) -> Vec<Str> {
        self.data.as_ref().map_or_else(Vec::new, |data| data.borrow().0.keys().cloned().collect())
    }

    /// The values in the order of their keys, as they are now.
    pub fn values(&self) -> Vec<Value> {
        self.data.as_ref().map_or_else(Vec::new, |data| data.borrow().0.values().cloned().collect())
    }

    /// The entries in order, as they are now: later changes to the map do not show.
    pub fn entries(&self) -> Vec<(Str, Value)> {
        let clone = |(key, value): (&Str, &Value)| (key.clone(), value.clone());
        self.data.as_ref().map_or_else(Vec::new, |data| data.borrow().0.iter().map(clone).collect())
    }

    /// Whether both are the same map in memory.
    pub fn same(&self, other: &Self) -> bool {
        self.address() == other.address()
    }

    /// A number that tells maps in memory apart; 0 for nil.
    pub fn address(&self) -> usize {
        self.data.as_ref().map_or(0, |data| Rc::as_ptr(data).addr())
    }

    /// The values, if nothing else refers to the map.
    pub(super) fn into_values(self) -> Option<impl Iterator<Item = Value>> {
        let mut entries = Rc::into_inner(self.data?)?.into_inner();
        Some(std::mem::take(&mut entries.0).into_values())
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Into<Str>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        Self { ty: &Type::ANY_MAP, data: Some(Rc::new(RefCell::new(Entries(entries)))) }
    }
}

/// Not the entries: a map can contain itself.
impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.ty, self.len())
    }
}
