//! The text of a stream before it is parsed: encoding, and the two places where the scanner must not be let in.

use std::borrow::Cow;
use std::io::BufReader;

use libyaml_safer::{Encoding, Mark, Scanner};

use crate::{Error, ErrorKind};

/// What ends a line in YAML 1.1.
pub(crate) const LINE_BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A place in the source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    /// In bytes, from 0.
    pub(crate) offset: usize,
}

/// Checked text, without its byte order mark.
pub(crate) struct Source<'a> {
    pub(crate) text: &'a str,
    /// Bytes of the byte order mark in front of `text`.
    base: usize,
}

impl<'a> Source<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            let start = Position { line: 1, column: 1, offset: 0 };
            return Err(Error::new(ErrorKind::Encoding, start, "UTF-16 text: save it as UTF-8"));
        }
        let whole = std::str::from_utf8(bytes).map_err(|error| {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            Error::new(ErrorKind::Encoding, end_of(&valid), "not UTF-8 text")
        })?;
        if let Some(at) = whole.find(is_control) {
            let reason = "control characters are not allowed";
            return Err(Error::new(ErrorKind::Encoding, end_of(&whole[..at]), reason));
        }
        let text = whole.strip_prefix(BYTE_ORDER_MARK).unwrap_or(whole);
        let source = Self { text, base: whole.len() - text.len() };
        source.refuse_tag_before_comma()?;
        Ok(source)
    }

    /// The text with a line break at its end: the scanner of libyaml-safer 0.3.0 panics at the end of a block scalar, and
    /// behind a last backslash, when there is none.
    pub(crate) fn terminated(&self) -> Cow<'a, str> {
        if self.text.ends_with(LINE_BREAKS) {
            Cow::Borrowed(self.text)
        } else {
            Cow::Owned(format!("{}\n", self.text))
        }
    }

    /// Whether a place is behind the line break that [`Source::terminated`] added.
    pub(crate) fn is_past_end(&self, mark: Mark) -> bool {
        usize::try_from(mark.index).is_ok_and(|index| index > self.text.len())
    }

    /// The offset in the source of an offset in `text`. The scanner may be one past the end, on the added line break.
    pub(crate) fn offset(&self, index: u64) -> usize {
        usize::try_from(index).unwrap_or(usize::MAX).min(self.text.len()) + self.base
    }

    /// The text at offsets of the source.
    pub(crate) fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from - self.base..to - self.base).unwrap_or("")
    }

    /// The text from an offset of the source on.
    pub(crate) fn tail(&self, from: usize) -> &'a str {
        self.text.get(from - self.base..).unwrap_or("")
    }

    pub(crate) fn position(&self, mark: Mark) -> Position {
        let number = |from_zero: u64| usize::try_from(from_zero).unwrap_or(usize::MAX - 1) + 1;
        Position {
            line: number(mark.line),
            column: number(mark.column),
            offset: self.offset(mark.index),
        }
    }

    /// The scanner of libyaml-safer 0.3.0 panics on a tag in a flow collection that a comma follows directly, `[!a,
    /// b]`. Whether a `!` starts a tag only the scanner knows. So the `!` of every such text becomes `@`, which is text
    /// where `!` is text, and which no token may start with: where the scanner then stops, there was a tag.
    fn refuse_tag_before_comma(&self) -> Result<(), Error> {
        let candidates = before_comma(self.text);
        if candidates.is_empty() {
            return Ok(());
        }
        let mut bytes = self.terminated().into_owned().into_bytes();
        for at in &candidates {
            bytes[*at] = b'@';
        }
        let mut scanner = Scanner::new();
        scanner.set_encoding(Encoding::Utf8);
        scanner.set_input(in_pieces(&bytes));
        // Another mistake is the parser's to report: it stops there as well.
        let stop = scanner.find_map(Result::err).and_then(|error| error.problem_mark());
        let is_candidate = |mark: &Mark| {
            usize::try_from(mark.index).is_ok_and(|index| candidates.binary_search(&index).is_ok())
        };
        match stop.filter(is_candidate) {
            Some(mark) => {
                let reason = "did not find expected whitespace or line break after a tag";
                Err(Error::new(ErrorKind::Syntax, self.position(mark), reason))
            }
            None => Ok(()),
        }
    }
}

/// Every `!` that would be, as the start of a tag, a tag with a comma directly behind it.
fn before_comma(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let is_verbatim = |b: u8| is_in_tag(b) || matches!(b, b',' | b'[' | b']');
    let mut found = Vec::new();
    // Those of the run of characters that a tag may have, which all end where the run ends.
    let mut run = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'!' => run.push(at),
            byte if is_in_tag(*byte) => {}
            b',' => found.append(&mut run),
            b'<' if run.last().is_some_and(|last| last + 1 == at) => {
                let rest = &bytes[at + 1..];
                let end = rest.iter().position(|b| !is_verbatim(*b)).unwrap_or(rest.len());
                if rest[end..].starts_with(b">,") {
                    found.push(at - 1);
                }
                run.clear();
            }
            _ => run.clear(),
        }
    }
    found
}

fn is_in_tag(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-;/?:@&=+$.%!~*'()".contains(&byte)
}

/// What libyaml's reader refuses.
fn is_control(c: char) -> bool {
    !matches!(c,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The scanner holds four bytes for every character it is offered at once; so it is not offered everything.
pub(crate) fn in_pieces(bytes: &[u8]) -> BufReader<&[u8]> {
    BufReader::with_capacity(16 << 10, bytes)
}

/// The place just behind a text.
fn end_of(text: &str) -> Position {
    let line = text.matches('\n').count() + 1;
    let last = text.rsplit('\n').next().unwrap_or(text);
    Position { line, column: last.chars().count() + 1, offset: text.len() }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t') || LINE_BREAKS.contains(&c)
}

/// Bytes of blanks, line breaks and comments at the start of a text.
pub(crate) fn length_of_blanks(text: &str) -> usize {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(is_blank);
        // The scanner skips a byte order mark at the start of a line.
        if text[..text.len() - rest.len()].ends_with(LINE_BREAKS)
            && let Some(behind) = rest.strip_prefix('\u{feff}')
        {
            rest = behind;
            continue;
        }
        if !rest.starts_with('#') {
            return text.len() - rest.len();
        }
        rest = rest.find(LINE_BREAKS).map_or("", |end| &rest[end..]);
    }
}

/// Bytes of anchor, tag and what separates them from the content.
pub(crate) fn length_of_properties(text: &str) -> usize {
    let mut rest = text;
    while rest.starts_with(['&', '!']) {
        rest = rest.trim_start_matches(|c: char| !is_blank(c) && !",[]{}".contains(c));
        let blanks = length_of_blanks(rest);
        // Without a blank what follows is content, as in `[&a , b]`.
        rest = &rest[blanks..];
        if blanks == 0 {
            break;
        }
    }
    text.len() - rest.len()
}
