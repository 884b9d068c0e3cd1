//! Go slices: shared, immutable, with an element type.

use std::fmt;
use std::rc::Rc;

use super::release::Items;
use super::{Kind, Type, UintKind, Value};

/// A Go slice: immutable once made, cheap to clone, possibly nil.
#[derive(Clone)]
pub struct List {
    ty: &'static Type,
    data: Option<Rc<Data>>,
}

enum Data {
    Values(Items),
    Bytes(Vec<u8>),
}

impl List {
    /// A `[]interface {}`.
    pub fn new(items: Vec<Value>) -> Self {
        Self::typed(&Type::ANY_SLICE, items)
    }

    /// A slice of the type `ty`, which must be a slice type, and every item must be of its element type.
    pub fn typed(ty: &'static Type, items: Vec<Value>) -> Self {
        debug_assert_eq!(ty.kind(), Kind::Slice);
        Self { ty, data: Some(Rc::new(Data::Values(Items(items)))) }
    }

    /// A `[]string`.
    pub fn strings<S: Into<Value>>(items: impl IntoIterator<Item = S>) -> Self {
        Self::typed(&Type::STRING_SLICE, items.into_iter().map(Into::into).collect())
    }

    /// A `[]int`.
    pub fn ints(items: impl IntoIterator<Item = i64>) -> Self {
        Self::typed(&Type::INT_SLICE, items.into_iter().map(Value::int).collect())
    }

    /// A `[]uint8`.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        Self { ty: &Type::BYTES, data: Some(Rc::new(Data::Bytes(bytes))) }
    }

    /// The nil slice of the type `ty`.
    pub const fn nil(ty: &'static Type) -> Self {
        Self { ty, data: None }
    }

    /// The slice's type.
    pub const fn go_type(&self) -> Type {
        *self.ty
    }

    /// The type of the elements.
    pub fn elem(&self) -> Type {
        self.ty.elem()
    }

    /// Whether this is a nil slice (which is also empty).
    pub const fn is_nil(&self) -> bool {
        self.data.is_none()
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        match self.data.as_deref() {
            None => 0,
            Some(Data::Values(items)) => items.0.len(),
            Some(Data::Bytes(bytes)) => bytes.len(),
        }
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at `index`.
    pub fn get(&self, index: usize) -> Option<Value> {
        match self.data.as_deref()? {
            Data::Values(items) => items.0.get(index).cloned(),
            Data::Bytes(bytes) => bytes.get(index).map(|byte| byte_value(*byte)),
        }
    }

    /// All elements in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Value> + ExactSizeIterator {
        (0..self.len()).map(|index| self.get(index).unwrap_or_default())
    }

    /// The elements, unless this is a byte slice made by [`List::bytes`].
    pub fn as_values(&self) -> Option<&[Value]> {
        match self.data.as_deref() {
            None => Some(&[]),
            Some(Data::Values(items)) => Some(&items.0),
            Some(Data::Bytes(_)) => None,
        }
    }

    /// The bytes of a byte slice, whichever way it was made to be one; `None` for another element type.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self.data.as_deref() {
            Some(Data::Bytes(bytes)) => Some(bytes),
            None if self.elem() == Type::BYTE => Some(&[]),
            _ => None,
        }
    }

    /// The elements `from..to` as a slice of the same type; `None` when that is out of range.
    pub fn slice(&self, from: usize, to: usize) -> Option<Self> {
        let data = match self.data.as_deref() {
            None => return (from == 0 && to == 0).then(|| self.clone()),
            Some(Data::Values(items)) => Data::Values(Items(items.0.get(from..to)?.to_vec())),
            Some(Data::Bytes(bytes)) => Data::Bytes(bytes.get(from..to)?.to_vec()),
        };
        Some(Self { ty: self.ty, data: Some(Rc::new(data)) })
    }

    /// Whether both are the same slice in memory.
    pub fn same(&self, other: &Self) -> bool {
        self.address() == other.address()
    }

    /// A number that tells slices in memory apart; 0 for nil.
    pub(crate) fn address(&self) -> usize {
        self.data.as_ref().map_or(0, |data| Rc::as_ptr(data).addr())
    }

    /// The items, if nothing else refers to them.
    pub(super) fn into_items(self) -> Option<Vec<Value>> {
        match Rc::into_inner(self.data?)? {
            Data::Values(mut items) => Some(std::mem::take(&mut items.0)),
            Data::Bytes(_) => None,
        }
    }
}

const fn byte_value(byte: u8) -> Value {
    Value::Uint(byte as u64, UintKind::Uint8)
}

impl Default for List {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::new(items.into_iter().collect())
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.ty, self.len())
    }
}
