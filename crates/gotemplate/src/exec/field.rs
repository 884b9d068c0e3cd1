//! Field access: methods, struct fields, map keys.

use std::sync::Arc;

use super::place::At;
use super::{Arguments, Exec, Outcome, Slot};
use crate::fmt::quote;
use crate::set::MissingKey;
use crate::tree::Expr;
use crate::value::{Kind, List, Map, Method, Object, Shape, Type, Value};

impl<'e, H> Exec<'e, H> {
    /// `.a.b.c` on a receiver; only the last field takes arguments.
    pub(super) fn fields(
        &mut self,
        mut receiver: Slot,
        expr: &'e Expr,
        fields: &'e [Arc<str>],
        arguments: Arguments<'_, 'e>,
    ) -> Outcome<Slot> {
        let Some((last, inner)) = fields.split_last() else {
            return Ok(receiver);
        };
        for field in inner {
            receiver = self.field(&receiver, expr, field, Arguments::none(arguments.dot))?;
        }
        self.field(&receiver, expr, last, arguments)
    }

    fn field(
        &mut self,
        receiver: &Slot,
        expr: &'e Expr,
        name: &'e str,
        arguments: Arguments<'_, 'e>,
    ) -> Outcome<Slot> {
        if !receiver.is_valid() {
            if self.set.missing_key() == MissingKey::Error {
                return Err(
                    self.error(format!("nil data; no entry for key {}", quote(name.as_bytes())))
                );
            }
            return Ok(Slot::invalid());
        }
        if receiver.interface && matches!(receiver.value, Value::Nil) {
            return Err(self.error(format!("nil pointer evaluating interface {{}}.{name}")));
        }
        if let Some(method) = method_of(&receiver.value, name) {
            return self.method(&receiver.value, At::Expr(expr), method, arguments);
        }
        match &receiver.value {
            Value::Map(map) => self.map_field(map, name, &arguments),
            Value::Object(object) => self.object_field(receiver, &**object, name, &arguments),
            _ => Err(self.no_field(receiver, name)),
        }
    }

    fn no_field(&self, receiver: &Slot, name: &str) -> super::Thrown {
        self.error(format!("can't evaluate field {name} in type {}", receiver.type_name()))
    }

    fn map_field(&self, map: &Map, name: &str, arguments: &Arguments<'_, '_>) -> Outcome<Slot> {
        if !arguments.is_empty() {
            return Err(self.error(format!("{name} is not a method but has arguments")));
        }
        if let Some(value) = map.get(name) {
            return Ok(Slot::held(value, map.elem()));
        }
        match self.set.missing_key() {
            MissingKey::Default => Ok(Slot::invalid()),
            MissingKey::Zero => Ok(Slot::held(map.go_type().elem_type().zero(), map.elem())),
            MissingKey::Error => {
                Err(self.error(format!("map has no entry for key {}", quote(name.as_bytes()))))
            }
        }
    }

    fn object_field(
        &self,
        receiver: &Slot,
        object: &dyn Object,
        name: &str,
        arguments: &Arguments<'_, '_>,
    ) -> Outcome<Slot> {
        if let Shape::Alias(Value::Map(map)) = object.shape() {
            return self.map_field(&map, name, arguments);
        }
        if object.is_nil() {
            return Err(
                self.error(format!("nil pointer evaluating {}.{name}", receiver.type_name()))
            );
        }
        let Some(value) = object.field(name) else {
            return Err(self.no_field(receiver, name));
        };
        if !name.starts_with(char::is_uppercase) {
            let ty = receiver.type_name();
            return Err(self.error(format!("{name} is an unexported field of struct type {ty}")));
        }
        if !arguments.is_empty() {
            return Err(
                self.error(format!("{name} has arguments but cannot be invoked as function"))
            );
        }
        let interface = matches!(value, Value::Nil);
        Ok(Slot { value, interface })
    }
}

fn method_of(value: &Value, name: &str) -> Option<&'static Method> {
    match value {
        Value::Object(object) => object.method(name),
        Value::Map(map) => map.go_type().method(name),
        Value::List(list) => list.go_type().method(name),
        _ => None,
    }
}

impl Type {
    /// The zero value of the type.
    pub(crate) fn zero(&'static self) -> Value {
        match self {
            Self::Any | Self::Object(_) => Value::Nil,
            Self::Bool => Value::Bool(false),
            Self::Int(kind) => Value::Int(0, *kind),
            Self::Uint(kind) => Value::Uint(0, *kind),
            Self::Float(kind) => Value::Float(0.0, *kind),
            Self::String => Value::from(""),
            _ if self.kind() == Kind::Map => Value::Map(Map::nil(self)),
            Self::Slice(_) | Self::Map(_) | Self::Named(_) => Value::List(List::nil(self)),
        }
    }
}
