//! Format strings.

use super::printer::{Flags, Printer};
use crate::lex::decode_rune;
use crate::value::{Type, Value};

/// Widths, precisions and argument numbers beyond this are taken for mistakes.
const MAX_NUMBER: i64 = 1_000_000;

/// A format string on its way.
struct Cursor<'a> {
    format: &'a [u8],
    pos: usize,
    args: &'a [Value],
    next_arg: usize,
    /// Whether an argument number was given in this verb and was wrong.
    bad_index: bool,
    /// Whether the argument number stands right before.
    after_index: bool,
    /// Whether any argument number was given, so that unused arguments are no mistake.
    reordered: bool,
}

impl Printer<'_> {
    /// `fmt.Sprintf`.
    pub(super) fn format(&mut self, format: &[u8], args: &[Value]) {
        let mut cursor = Cursor {
            format,
            pos: 0,
            args,
            next_arg: 0,
            bad_index: false,
            after_index: false,
            reordered: false,
        };
        loop {
            let rest = &format[cursor.pos..];
            let length = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
            self.write(&rest[..length]);
            cursor.pos += length;
            if cursor.pos >= format.len() || self.stopped() {
                break;
            }
            cursor.pos += 1;
            self.directive(&mut cursor);
        }
        if !cursor.reordered && cursor.next_arg < args.len() {
            self.extra(&args[cursor.next_arg..]);
        }
    }

    /// One `%…`, from after the percent sign.
    fn directive(&mut self, cursor: &mut Cursor<'_>) {
        self.flags = Flags::default();
        cursor.bad_index = false;
        cursor.after_index = false;
        self.read_flags(cursor);
        // A verb right after the flags takes no part in what follows.
        if !cursor.peek().is_some_and(|byte| byte.is_ascii_lowercase())
            || cursor.next_arg >= cursor.args.len()
        {
            self.read_width(cursor);
            self.read_precision(cursor);
            if !cursor.after_index {
                cursor.arg_number();
            }
        }
        let Some((verb, length)) = decode_rune(&cursor.format[cursor.pos..]) else {
            return self.write(b"%!(NOVERB)");
        };
        cursor.pos += length;
        self.verb(cursor, verb);
    }

    fn verb(&mut self, cursor: &mut Cursor<'_>, verb: char) {
        if verb == '%' {
            return self.write(b"%");
        }
        if cursor.bad_index {
            return self.misuse(verb, b"(BADINDEX)");
        }
        let Some(arg) = cursor.args.get(cursor.next_arg) else {
            return self.misuse(verb, b"(MISSING)");
        };
        cursor.next_arg += 1;
        if matches!(verb, 'v' | 'w') {
            self.flags.sharp_v = std::mem::take(&mut self.flags.sharp);
            self.flags.plus_v = std::mem::take(&mut self.flags.plus);
        }
        // `%w` is for `fmt.Errorf` only; elements of a byte slice are told so one by one.
        let is_bytes = matches!(arg, Value::List(list) if list.go_type() == Type::BYTES);
        if verb == 'w' && !is_bytes { self.bad_verb(arg, verb) } else { self.arg(arg, verb) }
    }

    fn misuse(&mut self, verb: char, what: &[u8]) {
        self.write(b"%!");
        self.write_rune(verb);
        self.write(what);
    }

    fn read_flags(&mut self, cursor: &mut Cursor<'_>) {
        while let Some(byte) = cursor.peek() {
            match byte {
                b'#' => self.flags.sharp = true,
                b'0' => self.flags.zero = true,
                b'+' => self.flags.plus = true,
                b'-' => self.flags.minus = true,
                b' ' => self.flags.space = true,
                _ => break,
            }
            cursor.pos += 1;
        }
    }

    fn read_width(&mut self, cursor: &mut Cursor<'_>) {
        cursor.arg_number();
        if cursor.take(b'*') {
            match cursor.arg_as_number() {
                Some(width) => {
                    self.flags.minus |= width < 0;
                    self.flags.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => self.write(b"%!(BADWIDTH)"),
            }
            cursor.after_index = false;
            return;
        }
        let width = cursor.number();
        if cursor.after_index && width.is_some() {
            cursor.bad_index = true;
        }
        self.flags.width = width;
    }

    fn read_precision(&mut self, cursor: &mut Cursor<'_>) {
        // A point at the very end is a verb of its own.
        if cursor.pos + 1 >= cursor.format.len() || !cursor.take(b'.') {
            return;
        }
        if cursor.after_index {
            cursor.bad_index = true;
        }
        cursor.arg_number();
        if cursor.take(b'*') {
            let precision = cursor.arg_as_number();
            self.flags.precision = precision.and_then(|precision| usize::try_from(precision).ok());
            if self.flags.precision.is_none() {
                self.write(b"%!(BADPREC)");
            }
            cursor.after_index = false;
            return;
        }
        self.flags.precision = Some(cursor.number().unwrap_or(0));
    }

    /// `%!(EXTRA type=value, …)`.
    fn extra(&mut self, args: &[Value]) {
        self.flags = Flags::default();
        self.write(b"%!(EXTRA ");
        for (index, arg) in args.iter().enumerate() {
            if index > 0 {
                self.write(b", ");
            }
            if !matches!(arg, Value::Nil) {
                self.write(arg.type_name().as_bytes());
                self.write(b"=");
            }
            self.arg(arg, 'v');
        }
        self.write(b")");
    }
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.pos).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.pos += usize::from(taken);
        taken
    }

    /// A decimal number. One too large swallows the rest of the format.
    fn number(&mut self) -> Option<usize> {
        let digits =
            self.format[self.pos..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let value = parse_number(&self.format[self.pos..self.pos + digits]);
        if digits > 0 && value.is_none() {
            self.pos = self.format.len();
        } else {
            self.pos += digits;
        }
        value
    }

    /// An argument number, `[3]`, if there is one.
    fn arg_number(&mut self) {
        if self.peek() != Some(b'[') {
            self.after_index = false;
            return;
        }
        self.reordered = true;
        self.after_index = false;
        let rest = &self.format[self.pos..];
        let close = if rest.len() < 3 { None } else { rest.iter().position(|byte| *byte == b']') };
        let Some(close) = close else {
            self.pos += 1;
            self.bad_index = true;
            return;
        };
        self.pos += close + 1;
        let Some(number) = parse_number(&rest[1..close]) else {
            self.bad_index = true;
            return;
        };
        self.after_index = true;
        match number.checked_sub(1).filter(|index| *index < self.args.len()) {
            Some(index) => self.next_arg = index,
            None => self.bad_index = true,
        }
    }

    /// The next argument as a width or precision.
    fn arg_as_number(&mut self) -> Option<i64> {
        let arg = self.args.get(self.next_arg)?;
        self.next_arg += 1;
        let number = match &*arg.underlying() {
            Value::Int(value, _) => *value,
            Value::Uint(value, _) => i64::try_from(*value).ok()?,
            _ => return None,
        };
        (-MAX_NUMBER..=MAX_NUMBER).contains(&number).then_some(number)
    }
}

/// Digits only, at least one, not too large.
fn parse_number(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().try_fold(0_i64, |value, digit| {
        let value = value * 10 + i64::from(digit - b'0');
        (value <= MAX_NUMBER).then_some(value)
    })?;
    usize::try_from(value).ok()
}
