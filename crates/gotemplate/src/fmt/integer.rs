//! Integers: every base, characters, code points.

use super::printer::Printer;
use super::quote::{is_print, quote_rune};

/// An integer as sign and magnitude.
#[derive(Clone, Copy)]
pub(super) struct Integer {
    pub(super) negative: bool,
    pub(super) magnitude: u64,
}

impl From<i64> for Integer {
    fn from(value: i64) -> Self {
        Self { negative: value < 0, magnitude: value.unsigned_abs() }
    }
}

impl From<u64> for Integer {
    fn from(magnitude: u64) -> Self {
        Self { negative: false, magnitude }
    }
}

impl Integer {
    /// As a rune; U+FFFD for what is none.
    fn rune(self) -> char {
        let code = if self.negative { None } else { u32::try_from(self.magnitude).ok() };
        code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

impl Printer<'_> {
    /// Prints an integer by an integer verb; says whether `verb` is one.
    pub(super) fn integer(&mut self, value: Integer, verb: char) -> bool {
        match verb {
            'd' => self.digits(value, 10, verb),
            'b' => self.digits(value, 2, verb),
            'o' | 'O' => self.digits(value, 8, verb),
            'x' | 'X' => self.digits(value, 16, verb),
            'c' => self.pad(value.rune().encode_utf8(&mut [0; 4]).as_bytes()),
            'q' => {
                let quoted = quote_rune(value.rune(), self.flags.plus);
                self.pad(quoted.as_bytes());
            }
            'U' => self.code_point(value),
            _ => return false,
        }
        true
    }

    fn digits(&mut self, value: Integer, base: u32, verb: char) {
        let flags = self.flags;
        if flags.precision == Some(0) && value.magnitude == 0 {
            // Nothing but the padding, which is never of zeros.
            return self.pad_with_spaces(b"");
        }
        let signed = value.negative || flags.plus || flags.space;
        let at_least = match (flags.precision, flags.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if flags.zero_pads() => width.saturating_sub(usize::from(signed)),
            _ => 0,
        };
        let mut text = to_base(value.magnitude, base);
        if verb == 'X' {
            text.make_ascii_uppercase();
        }
        let zeros = at_least.saturating_sub(text.len());
        let mut out = Vec::with_capacity(text.len() + zeros + 3);
        if value.negative {
            out.push(b'-');
        } else if flags.plus {
            out.push(b'+');
        } else if flags.space {
            out.push(b' ');
        }
        let leading_zero = zeros > 0 || text.starts_with('0');
        out.extend_from_slice(prefix(flags.sharp, verb, leading_zero));
        out.resize(out.len() + zeros, b'0');
        out.extend_from_slice(text.as_bytes());
        self.pad_with_spaces(&out);
    }

    /// `0x…`, the form of unsigned numbers and addresses under `%#v` and `%v`.
    pub(super) fn hex_with_prefix(&mut self, value: u64, prefixed: bool) {
        let sharp = std::mem::replace(&mut self.flags.sharp, prefixed);
        self.digits(value.into(), 16, 'v');
        self.flags.sharp = sharp;
    }

    /// `U+0041`, with `#` also the character: `U+0041 'A'`.
    fn code_point(&mut self, value: Integer) {
        // Negative numbers show as their two's complement.
        let bits = if value.negative { value.magnitude.wrapping_neg() } else { value.magnitude };
        let width = self.flags.precision.map_or(4, |precision| precision.max(4));
        let mut text = format!("U+{bits:0width$X}");
        let rune = u32::try_from(bits).ok().and_then(char::from_u32);
        if let Some(rune) = rune.filter(|rune| self.flags.sharp && is_print(*rune)) {
            text.extend([' ', '\'', rune, '\'']);
        }
        self.pad_with_spaces(text.as_bytes());
    }
}

const fn prefix(sharp: bool, verb: char, leading_zero: bool) -> &'static [u8] {
    match verb {
        'O' if sharp && !leading_zero => b"0o0",
        'O' => b"0o",
        'b' if sharp => b"0b",
        'o' if sharp && !leading_zero => b"0",
        'x' | 'v' if sharp => b"0x",
        'X' if sharp => b"0X",
        _ => b"",
    }
}

fn to_base(value: u64, base: u32) -> String {
    match base {
        2 => format!("{value:b}"),
        8 => format!("{value:o}"),
        16 => format!("{value:x}"),
        _ => value.to_string(),
    }
}
