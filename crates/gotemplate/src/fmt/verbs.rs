//! One operand under one verb.

use super::integer::Integer;
use super::printer::{Printer, truncate_runes};
use super::quote::{can_backquote, quote, quote_to_ascii};
use crate::value::{FloatKind, Value};

impl Printer<'_> {
    /// An operand of a print function.
    pub(super) fn arg(&mut self, value: &Value, verb: char) {
        if matches!(value, Value::Nil) {
            if matches!(verb, 'v' | 'T') {
                self.pad(b"<nil>");
            } else {
                self.bad_verb(value, verb);
            }
            return;
        }
        if verb == 'T' {
            let name = value.type_name();
            return self.text(name.as_bytes());
        }
        if verb == 'p' {
            return self.address(value, verb);
        }
        self.value(value, verb, 0);
    }

    /// A value at some depth inside of an operand.
    pub(super) fn value(&mut self, value: &Value, verb: char, depth: usize) {
        if self.stopped() {
            return;
        }
        match value {
            Value::Nil => {
                if self.flags.sharp_v {
                    self.write(b"interface {}(nil)");
                } else {
                    self.write(b"<nil>");
                }
            }
            Value::Bool(bool) => match verb {
                't' | 'v' => self.pad(if *bool { b"true" } else { b"false" }),
                _ => self.bad_verb(value, verb),
            },
            Value::Int(int, _) => {
                let verb_or_d = if verb == 'v' { 'd' } else { verb };
                if !self.integer(Integer::from(*int), verb_or_d) {
                    self.bad_verb(value, verb);
                }
            }
            Value::Uint(uint, _) => self.unsigned(*uint, value, verb),
            Value::Float(float, kind) => self.float_verb(*float, *kind, value, verb),
            Value::String(text) => {
                if !self.string_verb(text, verb) {
                    self.bad_verb(value, verb);
                }
            }
            Value::List(list) => self.list(list, verb, depth),
            Value::Map(map) => self.map(map, verb, depth),
            Value::Object(object) => self.object(object, verb, depth),
        }
    }

    fn unsigned(&mut self, uint: u64, value: &Value, verb: char) {
        match verb {
            'v' if self.flags.sharp_v => self.hex_with_prefix(uint, true),
            'v' => self.integer_as('d', uint),
            _ => {
                if !self.integer(Integer::from(uint), verb) {
                    self.bad_verb(value, verb);
                }
            }
        }
    }

    fn integer_as(&mut self, verb: char, uint: u64) {
        self.integer(Integer::from(uint), verb);
    }

    fn float_verb(&mut self, float: f64, kind: FloatKind, value: &Value, verb: char) {
        match verb {
            'v' => self.float(float, kind, b'g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => self.float(float, kind, verb as u8, None),
            'f' | 'e' | 'E' => self.float(float, kind, verb as u8, Some(6)),
            'F' => self.float(float, kind, b'f', Some(6)),
            _ => self.bad_verb(value, verb),
        }
    }

    /// Prints a string by a string verb; says whether `verb` is one.
    pub(super) fn string_verb(&mut self, text: &[u8], verb: char) -> bool {
        match verb {
            'v' if self.flags.sharp_v => self.quoted(text),
            'v' | 's' => self.text(text),
            'q' => self.quoted(text),
            'x' | 'X' => self.hex(text, verb),
            _ => return false,
        }
        true
    }

    /// `%s`: cut to the precision, filled up to the width.
    pub(super) fn text(&mut self, text: &[u8]) {
        let text = self.flags.precision.map_or(text, |count| truncate_runes(text, count));
        self.pad(text);
    }

    fn quoted(&mut self, text: &[u8]) {
        let text = self.flags.precision.map_or(text, |count| truncate_runes(text, count));
        if self.flags.sharp && can_backquote(text) {
            let raw = [b"`", text, b"`"].concat();
            return self.pad(&raw);
        }
        let quoted = if self.flags.plus { quote_to_ascii(text) } else { quote(text) };
        self.pad(quoted.as_bytes());
    }

    /// `%x` of bytes: two digits each, with a space between them and a prefix if the flags say so.
    pub(super) fn hex(&mut self, bytes: &[u8], verb: char) {
        let count =
            self.flags.precision.map_or(bytes.len(), |precision| precision.min(bytes.len()));
        let prefix: &[u8] = if verb == 'X' { b"0X" } else { b"0x" };
        let mut out = Vec::with_capacity(count * 2);
        for (index, byte) in bytes[..count].iter().enumerate() {
            if self.flags.space && index > 0 {
                out.push(b' ');
            }
            if self.flags.sharp && (self.flags.space || index == 0) {
                out.extend_from_slice(prefix);
            }
            let digits = if verb == 'X' { format!("{byte:02X}") } else { format!("{byte:02x}") };
            out.extend_from_slice(digits.as_bytes());
        }
        self.pad(&out);
    }

    /// `%!verb(type=value)`.
    pub(super) fn bad_verb(&mut self, value: &Value, verb: char) {
        self.erroring = true;
        self.write(b"%!");
        self.write_rune(verb);
        self.write(b"(");
        if matches!(value, Value::Nil) {
            self.write(b"<nil>");
        } else {
            self.write(value.type_name().as_bytes());
            self.write(b"=");
            self.arg(value, 'v');
        }
        self.write(b")");
        self.erroring = false;
    }
}
