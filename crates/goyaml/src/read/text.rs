//! From bytes to text, as yaml.v2's reader has it.

use std::borrow::Cow;

/// Bytes that yaml.v2 reads at once. It meets what is no text no earlier than the block it is in.
const BLOCK: usize = 512;

/// A text, and what is wrong with the bytes behind it.
pub(super) struct Text<'a> {
    pub(super) text: Cow<'a, str>,
    /// Why the text ends before the bytes do.
    pub(super) cut: Option<&'static str>,
}

/// The bytes without their byte order mark, up to the block with the first one that is no text.
pub(super) fn read(bytes: &[u8]) -> Text<'_> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => from_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => from_utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => from_utf8(rest),
        _ => from_utf8(bytes),
    }
}

fn from_utf8(bytes: &[u8]) -> Text<'_> {
    let (valid, mut cut) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            (std::str::from_utf8(valid).unwrap_or(""), Some(refusal_of_octets(rest)))
        }
    };
    let mut end = valid.len();
    if let Some(at) = find_control(valid) {
        (end, cut) = (at, Some("control characters are not allowed"));
    }
    if cut.is_some() {
        end -= end % BLOCK;
        end = (0..=end).rev().find(|at| valid.is_char_boundary(*at)).unwrap_or(0);
    }
    Text { text: Cow::Borrowed(&valid[..end]), cut }
}

/// Where the first character is that yaml.v2's reader refuses.
fn find_control(text: &str) -> Option<usize> {
    let is_suspect = |b: &u8| {
        *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r') || matches!(b, 0x7f | 0xc2 | 0xef)
    };
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(is_suspect).map(|at| from + at) {
        let is_control = match bytes[at..] {
            [0xc2, 0x85, ..] => false,
            [0xc2, next, ..] => next < 0xa0,
            [0xef, 0xbf, next, ..] => matches!(next, 0xbe | 0xbf),
            [0xef, ..] => false,
            _ => true,
        };
        if is_control {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// What yaml.v2 says of bytes that start no character.
fn refusal_of_octets(bytes: &[u8]) -> &'static str {
    let width = match bytes.first() {
        Some(0..=0x7f) => 1,
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf7) => 4,
        _ => return "invalid leading UTF-8 octet",
    };
    if bytes.len() < width {
        return "incomplete UTF-8 octet sequence";
    }
    if bytes[1..width].iter().any(|b| b & 0xc0 != 0x80) {
        return "invalid trailing UTF-8 octet";
    }
    let code = bytes[1..width]
        .iter()
        .fold(u32::from(bytes[0]) & (0x7f >> width), |code, b| code << 6 | u32::from(b & 0x3f));
    let is_overlong = code < [0, 0, 0x80, 0x800, 0x1_0000][width];
    if is_overlong { "invalid length of a UTF-8 sequence" } else { "invalid Unicode character" }
}

fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Text<'static> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    match char::decode_utf16(units).collect::<Result<String, _>>() {
        Ok(text) if find_control(&text).is_none() && bytes.len().is_multiple_of(2) => {
            Text { text: Cow::Owned(text), cut: None }
        }
        Ok(_) => Text { text: "".into(), cut: Some("control characters are not allowed") },
        Err(_) => Text { text: "".into(), cut: Some("unexpected low surrogate area") },
    }
}
