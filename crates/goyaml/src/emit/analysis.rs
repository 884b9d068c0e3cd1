//! In which styles a text can be written.

use crate::emit::Library;
use crate::resolve::is_text;

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What a text has in it that a style may not have.
struct Analysis {
    is_plain_allowed: bool,
    is_single_allowed: bool,
    is_literal_allowed: bool,
}

/// The style of a string. A key that is to stand on one line with its `:` is never multi-line; see [`is_multiline`].
pub(super) fn style(text: &str, library: Library) -> Style {
    if is_word(text) {
        return Style::Plain;
    }
    let analysis = Analysis::of(text, library);
    let wished = if text.contains('\n') {
        Style::Literal
    } else if is_text(text) && !is_base_60(text) {
        Style::Plain
    } else {
        Style::Double
    };
    let wished = match wished {
        Style::Plain if !analysis.is_plain_allowed => Style::Single,
        Style::Literal if !analysis.is_literal_allowed => Style::Double,
        style => style,
    };
    if wished == Style::Single && !analysis.is_single_allowed { Style::Double } else { wished }
}

/// The style of a base64 text behind its tag, which has nothing in it that would have to be quoted.
pub(super) fn style_of_tagged(packed: &str) -> Style {
    if packed.contains('\n') { Style::Literal } else { Style::Plain }
}

/// Whether a text has line breaks, which no simple key has.
pub(super) fn is_multiline(text: &str) -> bool {
    text.chars().any(is_break)
}

/// The most frequent texts, of which nothing needs to be asked: a word of letters that starts no boolean and no null, or
/// a path.
fn is_word(text: &str) -> bool {
    let is_innocent = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/');
    match text.as_bytes() {
        [b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O', ..] => false,
        [b'a'..=b'z' | b'A'..=b'Z' | b'/', rest @ ..] => rest.iter().all(|b| is_innocent(*b)),
        _ => false,
    }
}

impl Analysis {
    fn of(text: &str, library: Library) -> Self {
        let mut seen = Seen::default();
        let mut before = None;
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            seen.character(c, before, rest.clone().next());
            before = Some(c);
        }
        let has_edge = |c: Option<char>| c.is_some_and(|c| c == ' ' || is_break(c));
        let has_edges = has_edge(text.chars().next()) || has_edge(before);
        let is_bare = !seen.has_space_break && !seen.has_special;
        // yaml.v3 keeps tabs in literal blocks, and only there.
        let is_untabbed = !seen.has_tab;
        Self {
            is_plain_allowed: is_bare
                && is_untabbed
                && !(has_edges || seen.has_break_space || seen.has_break)
                && !(seen.has_indicator || text.starts_with("---") || text.starts_with("...")),
            is_single_allowed: is_bare && is_untabbed && !seen.has_break_space,
            is_literal_allowed: is_bare
                && (is_untabbed || library == Library::V3)
                && before != Some(' '),
        }
    }
}

/// What a plain text may not start with.
const INDICATORS: &str = "#,[]{}&*!|>'\"%@`";

#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing seen, independent of the others"
)]
struct Seen {
    has_indicator: bool,
    has_special: bool,
    has_tab: bool,
    has_break: bool,
    has_space_break: bool,
    has_break_space: bool,
}

impl Seen {
    fn character(&mut self, c: char, before: Option<char>, after: Option<char>) {
        let is_end = after.is_none_or(|after| matches!(after, ' ' | '\t'));
        self.has_indicator |= match (c, before) {
            (_, None) if INDICATORS.contains(c) => true,
            ('?' | '-', None) | (':', _) => is_end,
            ('#', Some(before)) => matches!(before, ' ' | '\t' | '\0') || is_break(before),
            _ => false,
        };
        match c {
            '\t' => self.has_tab = true,
            ' ' => self.has_break_space |= before.is_some_and(is_break),
            _ if is_break(c) => {
                self.has_break = true;
                self.has_space_break |= before == Some(' ');
            }
            _ => {}
        }
        self.has_special |= !(is_printable(c) || c == '\t');
    }
}

/// What ends a line in YAML 1.1.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What yaml.v2 writes without an escape: nothing beyond the basic plane, no byte order mark.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

/// Base 60 was a number in YAML 1.1: `^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`.
fn is_base_60(text: &str) -> bool {
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (number, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut places = number.split(':');
    let first = places.next().unwrap_or("");
    let mut count = 0;
    first.starts_with(|c: char| c.is_ascii_digit())
        && is_digits(first)
        && is_digits(fraction)
        && places.all(|place| {
            count += 1;
            matches!(place.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
        })
        && count > 0
}
