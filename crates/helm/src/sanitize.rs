//! Which characters of a text people get to see.

/// The text as helm keeps it: every kind of white space is a plain space, and what cannot be seen is gone.
pub(crate) fn sanitize(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| is_visible(*c))
        .collect()
}

/// Whether every character is visible or a plain space.
pub(crate) fn is_clean(text: &str) -> bool {
    text.chars().all(is_visible)
}

/// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the plain space. The standard library
/// keeps that table behind `escape_debug`, which leaves exactly these alone; the `a` in front keeps it from treating a
/// combining mark as the start of a text.
fn is_visible(c: char) -> bool {
    match c {
        ' '..='~' => true,
        c if c.is_ascii() => false,
        c => {
            let mut buffer = String::with_capacity(8);
            buffer.push('a');
            buffer.push(c);
            buffer.escape_debug().nth(2).is_none()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_can_be_seen() {
        assert_eq!(sanitize("line1\n  line2\ttab\u{7}"), "line1   line2 tab");
        assert_eq!(sanitize("\x1b[31mred"), "[31mred");
        assert_eq!(sanitize("多云\u{3000}編排 e\u{301} 🚀"), "多云 編排 e\u{301} 🚀");
        assert_eq!(sanitize("a\u{202e}b\u{200b}c\u{feff}\u{e000}"), "abc");
        assert!(is_clean("\"quoted\" 'it' \\") && !is_clean("a\u{9b}31m") && !is_clean("a\n"));
    }
}
