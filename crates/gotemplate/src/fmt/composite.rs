//! Lists, maps, structs and pointers.

use std::rc::Rc;

use super::integer::Integer;
use super::printer::Printer;
use crate::value::{Field, Kind, List, Map, Object, Shape, Type, Value};

impl Printer<'_> {
    pub(super) fn list(&mut self, list: &List, verb: char, depth: usize) {
        if list.elem() == Type::BYTE && self.bytes(list, verb, depth) {
            return;
        }
        if self.flags.sharp_v {
            self.write(list.go_type().to_string().as_bytes());
            if list.is_nil() {
                return self.write(b"(nil)");
            }
            self.write(b"{");
            self.elements(list, b", ", verb, depth);
            return self.write(b"}");
        }
        self.write(b"[");
        self.elements(list, b" ", verb, depth);
        self.write(b"]");
    }

    fn elements(&mut self, list: &List, separator: &[u8], verb: char, depth: usize) {
        for index in 0..list.len() {
            if self.stopped() {
                return;
            }
            if index > 0 {
                self.write(separator);
            }
            match (list.as_bytes(), list.as_values()) {
                (_, Some(values)) => self.value(&values[index], verb, depth + 1),
                _ => self.value(&list.get(index).unwrap_or_default(), verb, depth + 1),
            }
        }
    }

    /// A byte slice under the verbs that treat it as text or numbers; says whether `verb` is one.
    fn bytes(&mut self, list: &List, verb: char, depth: usize) -> bool {
        let owned: Vec<u8>;
        let bytes = if let Some(bytes) = list.as_bytes() {
            bytes
        } else {
            owned = list.iter().filter_map(|value| byte_of(&value)).collect();
            &owned
        };
        match verb {
            's' | 'q' | 'x' | 'X' => self.string_verb(bytes, verb),
            'v' | 'd' if depth == 0 && !self.flags.sharp_v => {
                self.write(b"[");
                for (index, byte) in bytes.iter().enumerate() {
                    if index > 0 {
                        self.write(b" ");
                    }
                    self.integer(Integer::from(u64::from(*byte)), 'd');
                }
                self.write(b"]");
                true
            }
            'v' | 'd' if depth == 0 => {
                self.byte_literal(list, bytes);
                true
            }
            _ => false,
        }
    }

    /// `[]byte{0x61, 0x62}`.
    fn byte_literal(&mut self, list: &List, bytes: &[u8]) {
        let name = match list.go_type() {
            Type::Slice(_) => "[]byte".to_owned(),
            named => named.to_string(),
        };
        self.write(name.as_bytes());
        if list.is_nil() {
            return self.write(b"(nil)");
        }
        self.write(b"{");
        for (index, byte) in bytes.iter().enumerate() {
            if index > 0 {
                self.write(b", ");
            }
            self.hex_with_prefix(u64::from(*byte), true);
        }
        self.write(b"}");
    }

    pub(super) fn map(&mut self, map: &Map, verb: char, depth: usize) {
        let sharp = self.flags.sharp_v;
        if sharp {
            self.write(map.go_type().to_string().as_bytes());
            if map.is_nil() {
                return self.write(b"(nil)");
            }
        }
        self.write(if sharp { b"{" } else { b"map[" });
        for (index, (key, value)) in map.entries().into_iter().enumerate() {
            if self.stopped() {
                return;
            }
            if index > 0 {
                self.write(if sharp { b", " } else { b" " });
            }
            self.value(&Value::String(key), verb, depth + 1);
            self.write(b":");
            self.value(&value, verb, depth + 1);
        }
        self.write(if sharp { b"}" } else { b"]" });
    }

    pub(super) fn object(&mut self, object: &Rc<dyn Object>, verb: char, depth: usize) {
        let by_method =
            !self.erroring && !self.flags.sharp_v && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q');
        if let Some(text) = by_method.then(|| object.string()).flatten() {
            self.string_verb(&text, verb);
            return;
        }
        match object.shape() {
            Shape::Alias(value) => self.value(&value, verb, depth),
            Shape::Struct(fields) => self.structure(object.type_name(), &fields, verb, depth),
            Shape::Pointer(Some(target)) if depth == 0 && is_composite(target.kind()) => {
                self.write(b"&");
                self.object(&target, verb, depth + 1);
            }
            Shape::Pointer(_) | Shape::Func => {
                self.address(&Value::Object(Rc::clone(object)), verb);
            }
        }
    }

    fn structure(&mut self, name: &str, fields: &[Field], verb: char, depth: usize) {
        let flags = self.flags;
        if flags.sharp_v {
            self.write(name.as_bytes());
        }
        self.write(b"{");
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                self.write(if flags.sharp_v { b", " } else { b" " });
            }
            if flags.plus_v || flags.sharp_v {
                self.write(field.name.as_bytes());
                self.write(b":");
            }
            self.value(&field.value, verb, depth + 1);
        }
        self.write(b"}");
    }

    /// The address of what is held by reference, `<nil>` for nil, a bad verb for anything else.
    pub(super) fn address(&mut self, value: &Value, verb: char) {
        let address = match value {
            Value::List(list) => list.address(),
            Value::Map(map) => map.address(),
            Value::Object(object) => match object.shape() {
                Shape::Pointer(Some(target)) => Rc::as_ptr(&target).addr(),
                Shape::Pointer(None) => 0,
                Shape::Func => Rc::as_ptr(object).addr(),
                _ => return self.bad_verb(value, verb),
            },
            _ => return self.bad_verb(value, verb),
        };
        match verb {
            'v' if self.flags.sharp_v => {
                self.write(format!("({})(", value.type_name()).as_bytes());
                if address == 0 {
                    self.write(b"nil");
                } else {
                    self.hex_with_prefix(address as u64, true);
                }
                self.write(b")");
            }
            'v' if address == 0 => self.pad(b"<nil>"),
            'v' | 'p' => self.hex_with_prefix(address as u64, !self.flags.sharp),
            'b' | 'o' | 'd' | 'x' | 'X' => {
                self.integer(Integer::from(address as u64), verb);
            }
            _ => self.bad_verb(value, verb),
        }
    }
}

fn byte_of(value: &Value) -> Option<u8> {
    match value {
        Value::Uint(byte, _) => u8::try_from(*byte).ok(),
        _ => None,
    }
}

const fn is_composite(kind: Kind) -> bool {
    matches!(kind, Kind::Struct | Kind::Map | Kind::Slice)
}
