//! Go's string and character literals.

use crate::lex::decode_rune;

/// The value of a quoted literal, quotes included: `"…"` with escapes or a raw string. `None` if it is malformed.
pub(super) fn unquote(quoted: &[u8]) -> Option<Vec<u8>> {
    let (first, rest) = quoted.split_first()?;
    let (last, mut inner) = rest.split_last()?;
    if first != last {
        return None;
    }
    if *first == b'`' {
        return Some(inner.iter().copied().filter(|byte| *byte != b'\r').collect());
    }
    let mut value = Vec::with_capacity(inner.len());
    while !inner.is_empty() {
        let (unit, length) = unquote_unit(inner, *first)?;
        match unit {
            Unit::Byte(byte) => value.push(byte),
            Unit::Rune(rune) => value.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        inner = &inner[length..];
    }
    Some(value)
}

/// The value of a character literal, quotes included.
pub(super) fn unquote_char(quoted: &[u8]) -> Result<u32, CharError> {
    let (unit, length) =
        quoted.get(1..).and_then(|inner| unquote_unit(inner, b'\'')).ok_or(CharError::Syntax)?;
    if quoted[1 + length..] != *b"'" {
        return Err(CharError::Malformed);
    }
    Ok(match unit {
        Unit::Byte(byte) => u32::from(byte),
        Unit::Rune(rune) => rune as u32,
    })
}

/// What is wrong with a character literal.
pub(super) enum CharError {
    Syntax,
    Malformed,
}

/// An escape gives a byte or a rune; anything else is copied.
enum Unit {
    Byte(u8),
    Rune(char),
}

fn unquote_unit(text: &[u8], quote: u8) -> Option<(Unit, usize)> {
    let first = *text.first()?;
    if first == quote {
        return None;
    }
    if first != b'\\' {
        if first.is_ascii() {
            return (first != b'\n').then_some((Unit::Byte(first), 1));
        }
        let (rune, length) = decode_rune(text)?;
        return Some((Unit::Rune(rune), length));
    }
    let escape = *text.get(1)?;
    let simple = |byte| Some((Unit::Byte(byte), 2));
    match escape {
        b'a' => simple(0x07),
        b'b' => simple(0x08),
        b'f' => simple(0x0C),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'v' => simple(0x0B),
        b'\\' => simple(b'\\'),
        b'\'' | b'"' if escape == quote => simple(escape),
        b'x' => Some((Unit::Byte(u8::try_from(digits(text.get(2..4)?, 16)?).ok()?), 4)),
        b'u' => Some((Unit::Rune(char::from_u32(digits(text.get(2..6)?, 16)?)?), 6)),
        b'U' => Some((Unit::Rune(char::from_u32(digits(text.get(2..10)?, 16)?)?), 10)),
        b'0'..=b'7' => Some((Unit::Byte(u8::try_from(digits(text.get(1..4)?, 8)?).ok()?), 4)),
        _ => None,
    }
}

fn digits(text: &[u8], radix: u32) -> Option<u32> {
    text.iter().try_fold(0_u32, |value, byte| {
        let digit = char::from(*byte).to_digit(radix)?;
        value.checked_mul(radix)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_bytes_and_runes() {
        assert_eq!(
            unquote(br#""a\n\x41\101\u00e9\U0001F600\"""#).as_deref(),
            Some("a\nAA\u{e9}\u{1F600}\"".as_bytes())
        );
        assert_eq!(unquote(br#""\xff""#).as_deref(), Some(&[0xFF][..]));
        assert_eq!(unquote(b"`a\\n\r\nb`").as_deref(), Some(&b"a\\n\nb"[..]));
    }

    #[test]
    fn malformed_literals_are_refused() {
        for text in
            [r#""\q""#, r#""\x4""#, r#""\400""#, r#""\ud800""#, r#""\'""#, r#""a"#, "\"\n\""]
        {
            assert_eq!(unquote(text.as_bytes()), None, "{text}");
        }
    }
}
