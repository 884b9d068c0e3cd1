//! Go values as templates see them: [`Value`] and its parts.
//!
//! Values are single-threaded and cheap to clone: strings and lists are shared and immutable, maps are shared and
//! mutable, as in Go.

mod complex;
mod equal;
mod go_type;
mod list;
mod map;
mod number;
mod object;
mod release;
mod str;
mod truth;

pub(crate) use self::complex::Complex;
pub use self::go_type::{Kind, NamedType, Type};
pub use self::list::List;
pub use self::map::{Map, NilMapError};
pub use self::number::{FloatKind, IntKind, UintKind};
pub use self::object::{Field, JsonForm, Method, Object, Shape};
pub use self::str::Str;

use std::borrow::Cow;
use std::rc::Rc;

/// A Go value, with the exact type that Go would see by reflection.
#[derive(Clone, Default)]
pub enum Value {
    /// The nil interface. Printed as `<no value>` by an action and as `<nil>` by `%v`.
    #[default]
    Nil,
    /// `bool`.
    Bool(bool),
    /// A signed integer of the given kind; the payload is always within the kind's range.
    Int(i64, IntKind),
    /// An unsigned integer of the given kind; the payload is always within the kind's range.
    Uint(u64, UintKind),
    /// A floating point number of the given kind.
    Float(f64, FloatKind),
    /// `string`: any bytes, usually UTF-8.
    String(Str),
    /// A slice, possibly nil.
    List(List),
    /// A map with string keys, by reference, possibly nil.
    Map(Map),
    /// A struct, a pointer, or a named type with methods.
    Object(Rc<dyn Object>),
}

impl Value {
    /// A Go `int`.
    pub const fn int(value: i64) -> Self {
        Self::Int(value, IntKind::Int)
    }

    /// A Go `int64`.
    pub const fn int64(value: i64) -> Self {
        Self::Int(value, IntKind::Int64)
    }

    /// A Go `float64`.
    pub const fn float(value: f64) -> Self {
        Self::Float(value, FloatKind::Float64)
    }

    /// A Go `string`.
    pub fn string(value: impl Into<Str>) -> Self {
        Self::String(value.into())
    }

    /// A Go `[]interface {}`.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(List::new(items))
    }

    /// The kind as Go's `reflect` names it; [`Kind::Invalid`] for nil.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Nil => Kind::Invalid,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_, kind) => kind.kind(),
            Self::Uint(_, kind) => kind.kind(),
            Self::Float(_, kind) => kind.kind(),
            Self::String(_) => Kind::String,
            Self::List(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Object(object) => object.kind(),
        }
    }

    /// The type as Go's `reflect` has it; `None` for nil.
    pub fn go_type(&self) -> Option<Type> {
        Some(match self {
            Self::Nil => return None,
            Self::Bool(_) => Type::Bool,
            Self::Int(_, kind) => Type::Int(*kind),
            Self::Uint(_, kind) => Type::Uint(*kind),
            Self::Float(_, kind) => Type::Float(*kind),
            Self::String(_) => Type::String,
            Self::List(list) => list.go_type(),
            Self::Map(map) => map.go_type(),
            Self::Object(object) => Type::Object(object.type_name()),
        })
    }

    /// The type's name as `%T` prints it: `map[string]interface {}`, `<nil>` for nil.
    pub fn type_name(&self) -> String {
        self.go_type().map_or_else(|| "<nil>".to_owned(), |ty| ty.to_string())
    }

    /// The bytes of a string.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::String(text) => Some(text.as_bytes()),
            _ => None,
        }
    }

    /// The text of a string that is valid UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => text.as_str(),
            _ => None,
        }
    }

    /// The map, if this is one (a nil map included).
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if this is one (a nil list included).
    pub fn as_list(&self) -> Option<&List> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The object as the concrete type `T`, if it is one.
    pub fn downcast<T: 'static>(&self) -> Option<&T> {
        match self {
            Self::Object(object) => object.as_any().downcast_ref::<T>(),
            _ => None,
        }
    }

    /// The value behind a named type (`time.Duration` is an `int64`), else the value itself.
    pub fn underlying(&self) -> Cow<'_, Self> {
        match self {
            Self::Object(object) => match object.shape() {
                Shape::Alias(value) => Cow::Owned(value),
                _ => Cow::Borrowed(self),
            },
            _ => Cow::Borrowed(self),
        }
    }

    /// Whether this is the nil interface, a nil slice, a nil map or a nil pointer.
    pub fn is_nil(&self) -> bool {
        match self {
            Self::Nil => true,
            Self::List(list) => list.is_nil(),
            Self::Map(map) => map.is_nil(),
            Self::Object(object) => object.is_nil(),
            _ => false,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::String(value.into())
    }
}

impl From<Str> for Value {
    fn from(value: Str) -> Self {
        Self::String(value)
    }
}

impl From<List> for Value {
    fn from(value: List) -> Self {
        Self::List(value)
    }
}

impl From<Map> for Value {
    fn from(value: Map) -> Self {
        Self::Map(value)
    }
}
