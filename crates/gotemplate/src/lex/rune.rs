//! Runes in bytes that need not be UTF-8.

/// The rune at the start of `bytes` and its length. What is not UTF-8 is U+FFFD of length 1, as in Go.
pub(crate) fn decode_rune(bytes: &[u8]) -> Option<(char, usize)> {
    let first = *bytes.first()?;
    if first.is_ascii() {
        return Some((char::from(first), 1));
    }
    let length = match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return Some((char::REPLACEMENT_CHARACTER, 1)),
    };
    let valid = bytes.get(..length).and_then(|bytes| str::from_utf8(bytes).ok());
    Some(
        valid
            .and_then(|text| text.chars().next())
            .map_or((char::REPLACEMENT_CHARACTER, 1), |rune| (rune, length)),
    )
}

/// Whether a rune can be part of a name: an underscore, a letter or a digit of any script.
pub(crate) fn is_alphanumeric(rune: char) -> bool {
    rune == '_' || rune.is_alphabetic() || rune.is_numeric()
}

/// A rune as Go's `%#U` prints it: `U+0040 '@'`.
pub(crate) fn describe(rune: char) -> String {
    if rune.is_control() {
        format!("U+{:04X}", rune as u32)
    } else {
        format!("U+{:04X} '{rune}'", rune as u32)
    }
}
