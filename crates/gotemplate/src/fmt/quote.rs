//! Go's quoting of strings and characters.

use std::fmt::Write as _;

use crate::lex::decode_rune;

/// `strconv.Quote`: double quotes, with escapes for what is not printable.
pub fn quote(bytes: &[u8]) -> String {
    quote_with(bytes, b'"', false)
}

/// `strconv.QuoteToASCII`: escapes for what is not printable ASCII, too.
pub fn quote_to_ascii(bytes: &[u8]) -> String {
    quote_with(bytes, b'"', true)
}

/// `strconv.QuoteRune`, or `QuoteRuneToASCII`.
pub(super) fn quote_rune(rune: char, ascii: bool) -> String {
    quote_with(rune.encode_utf8(&mut [0; 4]).as_bytes(), b'\'', ascii)
}

/// `strconv.CanBackquote`: whether a raw string can hold the text.
pub(super) fn can_backquote(bytes: &[u8]) -> bool {
    let allowed = |rune: char| {
        !(rune == '\u{FEFF}' || rune == '`' || rune == '\u{7F}' || (rune < ' ' && rune != '\t'))
    };
    str::from_utf8(bytes).is_ok_and(|text| text.chars().all(allowed))
}

fn quote_with(mut bytes: &[u8], mark: u8, ascii: bool) -> String {
    let mut quoted = String::with_capacity(bytes.len() + 2);
    quoted.push(char::from(mark));
    while let Some((rune, length)) = decode_rune(bytes) {
        if rune == char::REPLACEMENT_CHARACTER && length == 1 {
            write_escape(&mut quoted, format_args!("\\x{:02x}", bytes[0]));
        } else {
            push_rune(&mut quoted, rune, mark, ascii);
        }
        bytes = &bytes[length..];
    }
    quoted.push(char::from(mark));
    quoted
}

fn push_rune(quoted: &mut String, rune: char, mark: u8, ascii: bool) {
    if rune == char::from(mark) || rune == '\\' {
        quoted.push('\\');
        quoted.push(rune);
        return;
    }
    if if ascii { matches!(rune, ' '..='~') } else { is_print(rune) } {
        quoted.push(rune);
        return;
    }
    match rune {
        '\u{07}' => quoted.push_str("\\a"),
        '\u{08}' => quoted.push_str("\\b"),
        '\u{0C}' => quoted.push_str("\\f"),
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        '\u{0B}' => quoted.push_str("\\v"),
        '\0'..' ' | '\u{7F}' => write_escape(quoted, format_args!("\\x{:02x}", rune as u32)),
        '\u{80}'..='\u{FFFF}' => write_escape(quoted, format_args!("\\u{:04x}", rune as u32)),
        _ => write_escape(quoted, format_args!("\\U{:08x}", rune as u32)),
    }
}

fn write_escape(quoted: &mut String, escape: std::fmt::Arguments<'_>) {
    quoted.write_fmt(escape).expect("writing to a string cannot fail");
}

/// `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_print(rune: char) -> bool {
    if rune.is_ascii() {
        return matches!(rune, ' '..='~');
    }
    // The standard library's escapes are for the same runes, except that a mark is escaped at the start of a string.
    let mut text = [b'a', 0, 0, 0, 0];
    let length = rune.encode_utf8(&mut text[1..]).len();
    let text = str::from_utf8(&text[..=length]).unwrap_or_default();
    !text.escape_debug().any(|escaped| escaped == '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_go_does() {
        for (text, quoted) in [
            ("a\"b\\c\n\u{e9}", r#""a\"b\\c\né""#),
            ("\u{200b}\u{a0}\0\t\u{7f}", r#""\u200b\u00a0\x00\t\x7f""#),
            ("e\u{301}\u{1F600}\u{E000}\u{10FFFF}", "\"e\u{301}\u{1F600}\\ue000\\U0010ffff\""),
            ("'", "\"'\""),
        ] {
            assert_eq!(quote(text.as_bytes()), quoted);
        }
        assert_eq!(quote(b"a\xffb"), r#""a\xffb""#);
        assert_eq!(quote_to_ascii("\u{e9}\u{1F600}".as_bytes()), r#""\u00e9\U0001f600""#);
        assert_eq!(quote_rune('\'', false), r"'\''");
    }
}
