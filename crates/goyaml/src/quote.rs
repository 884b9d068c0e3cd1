//! Characters as Go's `strconv` quotes them.

use std::fmt::Write as _;

/// Appends a character as it stands in quotes of the given kind.
pub(crate) fn push_quoted(out: &mut String, c: char, quote: char) {
    match c {
        c if c == quote || c == '\\' => out.extend(['\\', c]),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        c if is_printable(c) => out.push(c),
        c => {
            let code = u32::from(c);
            let written = match code {
                0..0x80 => write!(out, "\\x{code:02x}"),
                0x80..=0xffff => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
            written.expect("a String takes any text");
        }
    }
}

/// Go's `unicode.IsPrint`, as near as the standard library comes: no controls, no white space but the space, nothing
/// without a shape of its own.
pub(crate) fn is_printable(c: char) -> bool {
    let is_shapeless = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{f0000}'..);
    c == ' ' || !(c.is_control() || c.is_whitespace() || is_shapeless)
}
