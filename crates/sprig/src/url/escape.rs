//! Percent signs.

use crate::format::quote;

/// What a text is a part of; each part has characters of its own that need no escape.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Path,
    User,
    Host,
    Zone,
    Fragment,
}

fn is_plain(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
        return true;
    }
    match part {
        Part::Path => matches!(byte, b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'@'),
        Part::User => matches!(byte, b'$' | b'&' | b'+' | b',' | b';' | b'='),
        Part::Fragment => {
            matches!(
                byte,
                b'$' | b'&'
                    | b'+'
                    | b','
                    | b'/'
                    | b':'
                    | b';'
                    | b'='
                    | b'?'
                    | b'@'
                    | b'!'
                    | b'('
                    | b')'
                    | b'*'
            )
        }
        Part::Host | Part::Zone => br#"!$&'()*+,;=:[]<>""#.contains(&byte),
    }
}

pub(super) fn escape(text: &[u8], part: Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if is_plain(*byte, part) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    out
}

/// The text without escapes; the error is Go's.
pub(super) fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let is_host = matches!(part, Part::Host | Part::Zone);
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if *byte != b'%' {
            if is_host && byte.is_ascii() && !is_plain(*byte, part) {
                return Err(format!("invalid character {} in host name", quote(&[*byte])));
            }
            out.push(*byte);
            at += 1;
            continue;
        }
        let sequence = &text[at..text.len().min(at + 3)];
        let digit = |at: usize| sequence.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let value =
            digit(1).zip(digit(2)).and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
        let is_allowed = |value: u8| match part {
            // In host names only what is not ASCII may be escaped.
            Part::Host => !value.is_ascii() || sequence == b"%25",
            Part::Zone => sequence == b"%25" || value == b' ' || is_plain(value, Part::Host),
            _ => true,
        };
        let Some(value) = value.filter(|value| is_allowed(*value)) else {
            return Err(format!("invalid URL escape {}", quote(sequence)));
        };
        out.push(value);
        at += 3;
    }
    Ok(out)
}
