//! Go types: of values, of list and map elements, of parameters.

use std::fmt;

use super::{FloatKind, IntKind, Method, UintKind};

/// A Go type. Displays as Go writes it: `[]interface {}`, `map[string]string`, `common.Values`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`.
    Any,
    /// `bool`.
    Bool,
    /// A signed integer.
    Int(IntKind),
    /// An unsigned integer.
    Uint(UintKind),
    /// A floating point number.
    Float(FloatKind),
    /// `string`.
    String,
    /// `[]T`.
    Slice(&'static Type),
    /// `map[string]T`.
    Map(&'static Type),
    /// A named slice or map type, which may have methods.
    Named(&'static NamedType),
    /// The type of an [`Object`](super::Object), by its name.
    Object(&'static str),
}

impl Type {
    /// `int`.
    pub const INT: Self = Self::Int(IntKind::Int);
    /// `int64`.
    pub const INT64: Self = Self::Int(IntKind::Int64);
    /// `float64`.
    pub const FLOAT64: Self = Self::Float(FloatKind::Float64);
    /// `uint8`.
    pub const BYTE: Self = Self::Uint(UintKind::Uint8);
    /// `[]interface {}`.
    pub const ANY_SLICE: Self = Self::Slice(&Self::Any);
    /// `[]string`.
    pub const STRING_SLICE: Self = Self::Slice(&Self::String);
    /// `[]int`.
    pub const INT_SLICE: Self = Self::Slice(&Self::INT);
    /// `[]uint8`.
    pub const BYTES: Self = Self::Slice(&Self::BYTE);
    /// `map[string]interface {}`.
    pub const ANY_MAP: Self = Self::Map(&Self::Any);
    /// `map[string]string`.
    pub const STRING_MAP: Self = Self::Map(&Self::String);

    /// The kind as Go's `reflect` names it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Any => Kind::Interface,
            Self::Bool => Kind::Bool,
            Self::Int(kind) => kind.kind(),
            Self::Uint(kind) => kind.kind(),
            Self::Float(kind) => kind.kind(),
            Self::String => Kind::String,
            Self::Slice(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Named(named) => named.underlying.kind(),
            Self::Object(name) if name.starts_with('*') => Kind::Ptr,
            Self::Object(_) => Kind::Struct,
        }
    }

    /// The element type of a slice or map type; `interface {}` for any other type.
    #[must_use]
    pub fn elem(&self) -> Self {
        *self.elem_type()
    }

    /// [`Type::elem`] as lists and maps keep it.
    pub(crate) fn elem_type(&self) -> &'static Self {
        match self {
            Self::Slice(elem) | Self::Map(elem) => elem,
            Self::Named(named) => named.underlying.elem_type(),
            _ => &Self::Any,
        }
    }

    /// The type without its name.
    #[must_use]
    pub fn underlying(&self) -> Self {
        match self {
            Self::Named(named) => named.underlying.underlying(),
            other => *other,
        }
    }

    /// The method of that name that values of this type have.
    pub fn method(&self, name: &str) -> Option<&'static Method> {
        match self {
            Self::Named(named) => named.methods.iter().find(|method| method.name == name),
            _ => None,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("interface {}"),
            Self::Slice(elem) => write!(f, "[]{elem}"),
            Self::Map(elem) => write!(f, "map[string]{elem}"),
            Self::Named(named) => f.write_str(named.name),
            Self::Object(name) => f.write_str(name),
            scalar => f.write_str(scalar.kind().name()),
        }
    }
}

/// A named slice or map type, such as helm's `common.Values`. Two are the same if their names are.
#[derive(Debug)]
pub struct NamedType {
    /// The name with its package: `common.Values`.
    pub name: &'static str,
    /// What it is a name for: a slice or a map.
    pub underlying: Type,
    /// The methods templates can call.
    pub methods: &'static [Method],
}

impl PartialEq for NamedType {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for NamedType {}

/// Go's `reflect.Kind`, as far as templates meet them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the Go kind of that name")]
pub enum Kind {
    Invalid,
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
    Float32,
    Float64,
    Func,
    Interface,
    Map,
    Ptr,
    Slice,
    String,
    Struct,
}

impl Kind {
    /// Go's name of the kind: `int64`, `slice`, `invalid`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Uintptr => "uintptr",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Func => "func",
            Self::Interface => "interface",
            Self::Map => "map",
            Self::Ptr => "ptr",
            Self::Slice => "slice",
            Self::String => "string",
            Self::Struct => "struct",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
