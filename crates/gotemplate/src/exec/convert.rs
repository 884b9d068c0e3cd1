//! Assigning values to parameters.

use super::{Exec, Outcome, Slot};
use crate::tree::{Expr, ExprKind};
use crate::value::{Kind, Map, Shape, Type, Value};

impl<H> Exec<'_, H> {
    /// The value as a parameter of the type `ty` gets it.
    pub(super) fn assignable(&self, slot: Slot, ty: Type) -> Outcome<Value> {
        if ty == Type::Any {
            return Ok(slot.value);
        }
        if !slot.is_valid() {
            return match nil_of(ty) {
                Some(nil) => Ok(nil),
                None => Err(self.error(format!("invalid value; expected {ty}"))),
            };
        }
        match convert(&slot.value, ty) {
            Some(Ok(value)) => Ok(value),
            Some(Err(NilPointer(name))) => {
                Err(self.error(format!("dereference of nil pointer of type {name}")))
            }
            None => {
                // A nil interface has no other type to speak of.
                let got = if matches!(slot.value, Value::Nil) {
                    Type::Any.to_string()
                } else {
                    slot.value.type_name()
                };
                Err(self.error(format!("wrong type for value; expected {ty}; got {got}")))
            }
        }
    }

    /// A constant as a parameter of the type `ty` gets it.
    pub(super) fn typed_constant(&self, expr: &Expr, ty: Type) -> Outcome<Value> {
        let mismatch = |what: &str| Err(self.error(format!("expected {what}; found {expr}")));
        match (ty, &expr.kind) {
            (Type::Bool, ExprKind::Bool(value)) => Ok(Value::Bool(*value)),
            (Type::Bool, _) => mismatch("bool"),
            (Type::Any, _) | (Type::String, ExprKind::String(_)) => self.constant(expr),
            (Type::String, _) => mismatch("string"),
            (Type::Int(kind), ExprKind::Number(number)) => match number.int {
                // Go truncates to the width of the parameter.
                Some(value) => Ok(Value::Int(truncate_int(value, kind.bits()), kind)),
                None => mismatch("integer"),
            },
            (Type::Int(_), _) => mismatch("integer"),
            (Type::Uint(kind), ExprKind::Number(number)) => match number.uint {
                Some(value) => Ok(Value::Uint(truncate_uint(value, kind.bits()), kind)),
                None => mismatch("unsigned integer"),
            },
            (Type::Uint(_), _) => mismatch("unsigned integer"),
            (Type::Float(kind), ExprKind::Number(number)) => match number.float {
                Some(value) => Ok(Value::Float(value, kind)),
                None => mismatch("float"),
            },
            (Type::Float(_), _) => mismatch("float"),
            _ => Err(self.error(format!("can't handle {expr} for arg of type {ty}"))),
        }
    }
}

/// The nil of a type that has one.
pub(super) fn nil_of(ty: Type) -> Option<Value> {
    match ty.kind() {
        Kind::Interface | Kind::Ptr => Some(Value::Nil),
        Kind::Slice => Some(Value::List(crate::value::List::nil(static_type(ty)?))),
        Kind::Map => Some(Value::Map(Map::nil(static_type(ty)?))),
        _ => None,
    }
}

/// The common types as constants, for the handles that lists and maps keep.
fn static_type(ty: Type) -> Option<&'static Type> {
    const KNOWN: &[Type] = &[
        Type::ANY_SLICE,
        Type::STRING_SLICE,
        Type::INT_SLICE,
        Type::BYTES,
        Type::ANY_MAP,
        Type::STRING_MAP,
    ];
    match ty {
        Type::Named(named) => Some(&named.underlying),
        _ => KNOWN.iter().find(|known| **known == ty),
    }
}

struct NilPointer(&'static str);

/// `value` as `ty` by Go's rules of assignment, or through one pointer.
fn convert(value: &Value, ty: Type) -> Option<Result<Value, NilPointer>> {
    let own = value.go_type()?;
    if own == ty {
        return Some(Ok(value.clone()));
    }
    // Of two types with the same structure, one must have no name.
    let named = |ty| matches!(ty, Type::Named(_));
    if own.underlying() == ty.underlying() && !(named(own) && named(ty)) {
        return Some(Ok(match value {
            Value::Map(map) => {
                Value::Map(static_type(ty).map_or_else(|| map.clone(), |ty| map.with_type(ty)))
            }
            other => other.clone(),
        }));
    }
    let Value::Object(object) = value else {
        return None;
    };
    match object.shape() {
        Shape::Pointer(Some(target)) if Type::Object(target.type_name()) == ty => {
            Some(Ok(Value::Object(target)))
        }
        Shape::Pointer(None) if Type::Object(object.type_name().trim_start_matches('*')) == ty => {
            Some(Err(NilPointer(object.type_name())))
        }
        Shape::Alias(inner) if !matches!(ty.kind(), Kind::Struct | Kind::Ptr) => {
            // A named slice or map is assignable to its structure; a named scalar is not.
            let structured = matches!(inner, Value::List(_) | Value::Map(_));
            if structured { convert(&inner, ty) } else { None }
        }
        _ => None,
    }
}

const fn truncate_int(value: i64, bits: u32) -> i64 {
    let unused = 64 - bits;
    (value << unused) >> unused
}

const fn truncate_uint(value: u64, bits: u32) -> u64 {
    let unused = 64 - bits;
    (value << unused) >> unused
}
