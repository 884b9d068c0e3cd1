//! Go values that are neither scalars, slices nor maps: structs, pointers, named types with methods.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use super::{Kind, Str, Type, Value};
use crate::function::Failure;

/// A Go struct, pointer or named scalar type (`time.Time`, `*semver.Version`, `time.Duration`).
pub trait Object: Any {
    /// The type as Go's `%T` prints it: `time.Time`, `*semver.Version`.
    fn type_name(&self) -> &'static str;

    /// What the value is made of.
    fn shape(&self) -> Shape;

    /// The exported field `name`, pointers followed. The default looks through [`Object::shape`]; override it where
    /// that is slow.
    fn field(&self, name: &str) -> Option<Value> {
        match self.shape() {
            Shape::Struct(fields) => {
                fields.into_iter().find(|field| field.name == name).map(|field| field.value)
            }
            Shape::Pointer(Some(target)) => target.field(name),
            _ => None,
        }
    }

    /// The method `name` that a template can call.
    fn method(&self, name: &str) -> Option<&'static Method> {
        let _ = name;
        None
    }

    /// What `String()` or `Error()` returns, if the type has such a method. Used by `%v`, `%s` and `print`.
    fn string(&self) -> Option<Str> {
        None
    }

    /// What an action prints where it differs from [`Object::string`]: the `String()` of a pointer to this value,
    /// which Go reaches only where the value is addressable.
    fn addressed_string(&self) -> Option<Str> {
        self.string()
    }

    /// Go's `==` (false for an `other` of another type), or `None` if this type is not comparable.
    fn equals(&self, other: &dyn Object) -> Option<bool> {
        let _ = other;
        None
    }

    /// What `encoding/json` writes for it.
    fn json(&self) -> JsonForm {
        match self.shape() {
            Shape::Alias(value) => JsonForm::Value(value),
            Shape::Pointer(None) => JsonForm::Value(Value::Nil),
            Shape::Pointer(Some(target)) => target.json(),
            Shape::Struct(fields) => JsonForm::Fields(
                fields
                    .into_iter()
                    .filter(|field| field.name.starts_with(char::is_uppercase))
                    .map(|field| (field.name, field.value))
                    .collect(),
            ),
            Shape::Func => JsonForm::Unsupported(self.type_name()),
        }
    }

    /// For downcasts to the concrete type.
    fn as_any(&self) -> &dyn Any;

    /// Go's kind of the value, by its shape.
    fn kind(&self) -> Kind {
        match self.shape() {
            Shape::Struct(_) => Kind::Struct,
            Shape::Pointer(_) => Kind::Ptr,
            Shape::Alias(value) => value.kind(),
            Shape::Func => Kind::Func,
        }
    }

    /// Whether this is a nil pointer or a nil map or slice of a named type.
    fn is_nil(&self) -> bool {
        match self.shape() {
            Shape::Pointer(target) => target.is_none(),
            Shape::Alias(value) => value.is_nil(),
            Shape::Struct(_) | Shape::Func => false,
        }
    }
}

/// What an [`Object`] is made of; formatting, truth, `range`, `index` and `len` follow from it.
pub enum Shape {
    /// A struct with its fields in the order of declaration.
    Struct(Vec<Field>),
    /// A pointer, possibly nil.
    Pointer(Option<Rc<dyn Object>>),
    /// A named type over a scalar, slice or map.
    Alias(Value),
    /// A function.
    Func,
}

/// A field of a struct. A lower-case name is an unexported field: printed, but out of a template's reach.
pub struct Field {
    /// Go's name of the field.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
}

/// What `encoding/json` makes of an [`Object`].
pub enum JsonForm {
    /// The JSON of that value; a string for types that marshal as text.
    Value(Value),
    /// An object with its keys in this order.
    Fields(Vec<(&'static str, Value)>),
    /// Not possible: `json: unsupported type: T`.
    Unsupported(&'static str),
}

/// A method of an [`Object`] or a [`NamedType`](super::NamedType). Arguments are counted, checked and converted as for
/// functions before the body runs.
#[derive(Clone, Copy)]
pub struct Method {
    /// The name.
    pub name: &'static str,
    /// The types of the fixed parameters, the receiver not included.
    pub params: &'static [Type],
    /// The element type of the variadic last parameter.
    pub variadic: Option<Type>,
    /// What it does: receiver and arguments in, result out.
    pub body: fn(&Value, &[Value]) -> Result<Value, Failure>,
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Method").field("name", &self.name).finish_non_exhaustive()
    }
}
