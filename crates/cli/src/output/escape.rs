//! Texts from packages, charts and servers, made harmless for a terminal.

/// The text with control characters, ANSI sequences and characters that reorder or hide others written as escapes.
/// Line breaks and tabs too: a name has none.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_dangerous(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// Control characters (C0, DEL, C1), bidirectional controls, line and paragraph separators, zero-width characters.
pub(super) fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_the_cursor_or_the_eye_stays() {
        assert_eq!(printable("a\u{1b}[31mb\u{9b}2J\r\n"), "a\\u{1b}[31mb\\u{9b}2J\\r\\n");
        assert_eq!(printable("gpj\u{202e}exe\u{200b}"), "gpj\\u{202e}exe\\u{200b}");
        assert_eq!(printable("多云编排 kairship：v0.21.0 é"), "多云编排 kairship：v0.21.0 é");
    }
}
