//! Plain and quoted scalars.

use std::borrow::Cow;

use crate::read::problem::Problem;
use crate::read::scanner::{Result, Scanner};
use crate::read::token::TokenKind;

/// A scalar under construction: a piece of the source, until something in it has to be changed.
struct Text<'a> {
    source: &'a str,
    done: Option<String>,
    /// The piece of the source that is not in `done` yet.
    start: usize,
    end: usize,
}

/// White space between two words: what stands for it if the words belong together.
struct Gap {
    first_break: Option<&'static str>,
    further_breaks: String,
}

impl<'a> Text<'a> {
    fn new(source: &'a str, at: usize) -> Self {
        Self { source, done: None, start: at, end: at }
    }

    /// Ends the piece, puts something in place of what follows it, and starts the next piece.
    fn replace(&mut self, with: &str, next: usize) {
        let done = self.done.get_or_insert_default();
        done.push_str(&self.source[self.start..self.end]);
        done.push_str(with);
        (self.start, self.end) = (next, next);
    }

    /// Line breaks between words: one is a space, of more the first is dropped.
    fn fold(&mut self, gap: &Gap, next: usize) {
        match gap.first_break {
            Some("\n") if gap.further_breaks.is_empty() => self.replace(" ", next),
            Some("\n") | None => self.replace(&gap.further_breaks, next),
            Some(other) => self.replace(&format!("{other}{}", gap.further_breaks), next),
        }
    }

    fn finish(self) -> Cow<'a, str> {
        let last = &self.source[self.start..self.end];
        match self.done {
            None => Cow::Borrowed(last),
            Some(done) => Cow::Owned(done + last),
        }
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn plain_scalar(&mut self) -> Result<TokenKind<'a>> {
        let mut text = Text::new(self.cursor.text, self.cursor.at);
        let mut gap = Gap { first_break: None, further_breaks: String::new() };
        loop {
            if self.cursor.is_document_indicator() || self.cursor.byte() == b'#' {
                break;
            }
            let length = self.plain_length();
            if length > 0 {
                if gap.first_break.is_some() {
                    text.fold(&gap, self.cursor.at);
                    gap = Gap { first_break: None, further_breaks: String::new() };
                }
                self.cursor.advance(length);
                text.end = self.cursor.at;
            }
            if !(self.cursor.is_blank() || self.cursor.is_break()) {
                break;
            }
            self.plain_gap(&mut gap)?;
            if !self.is_flow()
                && isize::try_from(self.cursor.column).is_ok_and(|c| c <= self.indent)
            {
                break;
            }
        }
        if gap.first_break.is_some() {
            self.is_key_allowed = true;
        }
        Ok(TokenKind::Scalar { text: text.finish(), is_plain: true })
    }

    /// Bytes up to white space, to a `:` in front of white space, and in a flow collection to what belongs to that.
    fn plain_length(&self) -> usize {
        let is_flow = self.is_flow();
        let bytes = &self.cursor.text.as_bytes()[self.cursor.at..];
        for (at, byte) in bytes.iter().enumerate() {
            let is_stop = match byte {
                b' ' | b'\t' | b'\n' | b'\r' => true,
                0xc2 | 0xe2 => self.cursor.break_length(self.cursor.at + at) > 0,
                b':' => self.cursor.is_gap(at + 1),
                b',' | b'?' | b'[' | b']' | b'{' | b'}' => is_flow,
                _ => false,
            };
            if is_stop {
                return at;
            }
        }
        bytes.len()
    }

    fn plain_gap(&mut self, gap: &mut Gap) -> Result<()> {
        loop {
            if self.cursor.is_blank() {
                let is_indentation = gap.first_break.is_some()
                    && isize::try_from(self.cursor.column).is_ok_and(|c| c <= self.indent);
                if is_indentation && self.cursor.byte() == b'\t' {
                    let reason = "found a tab character that violates indentation";
                    return Err(self.problem(reason));
                }
                self.cursor.step();
            } else if self.cursor.is_break() {
                let line_break = self.cursor.line_break();
                gap.add(line_break);
            } else {
                return Ok(());
            }
        }
    }

    pub(super) fn quoted_scalar(&mut self) -> Result<TokenKind<'a>> {
        let quote = self.cursor.byte();
        self.cursor.step();
        let mut text = Text::new(self.cursor.text, self.cursor.at);
        loop {
            if self.cursor.is_document_indicator() {
                return Err(self.problem("found unexpected document indicator"));
            }
            if self.cursor.is_end() {
                return Err(self.problem("found unexpected end of stream"));
            }
            let is_line_continued = self.quoted_words(quote, &mut text)?;
            if self.cursor.byte() == quote {
                break;
            }
            self.quoted_gap(is_line_continued, &mut text);
        }
        self.cursor.step();
        Ok(TokenKind::Scalar { text: text.finish(), is_plain: false })
    }

    /// Goes over characters that are no white space, to the closing quote or to white space. Tells whether a backslash
    /// at the end of the line was met.
    fn quoted_words(&mut self, quote: u8, text: &mut Text<'a>) -> Result<bool> {
        loop {
            let bytes = &self.cursor.text.as_bytes()[self.cursor.at..];
            let is_stop = |b: &u8| {
                matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'\'' | b'"' | b'\\' | 0xc2 | 0xe2)
            };
            let length = bytes.iter().position(is_stop).unwrap_or(bytes.len());
            self.cursor.advance(length);
            text.end = self.cursor.at;
            if self.cursor.is_gap(0) {
                return Ok(false);
            }
            match self.cursor.byte() {
                b'\'' if quote == b'\'' && self.cursor.peek(1) == b'\'' => {
                    self.cursor.advance(2);
                    text.replace("'", self.cursor.at);
                }
                byte if byte == quote => return Ok(false),
                b'\\' if quote == b'"' => {
                    if self.cursor.break_length(self.cursor.at + 1) > 0 {
                        self.cursor.step();
                        self.cursor.line_break();
                        text.replace("", self.cursor.at);
                        return Ok(true);
                    }
                    let character = self.escape()?;
                    text.replace(character.encode_utf8(&mut [0; 4]), self.cursor.at);
                }
                _ => {
                    let character = self.cursor.text[self.cursor.at..].chars().next();
                    self.cursor.advance(character.map_or(1, char::len_utf8));
                }
            }
        }
    }

    /// White space in quotes: kept within a line, folded around line breaks.
    fn quoted_gap(&mut self, is_line_continued: bool, text: &mut Text<'a>) {
        let mut gap = Gap { first_break: None, further_breaks: String::new() };
        let mut has_break = is_line_continued;
        loop {
            if self.cursor.is_blank() {
                self.cursor.step();
            } else if self.cursor.is_break() {
                let line_break = self.cursor.line_break();
                if has_break && gap.first_break.is_none() {
                    gap.further_breaks.push_str(line_break);
                } else {
                    gap.add(line_break);
                }
                has_break = true;
            } else {
                break;
            }
        }
        if has_break {
            text.fold(&gap, self.cursor.at);
        } else {
            text.end = self.cursor.at;
        }
    }

    fn escape(&mut self) -> Result<char> {
        let (character, digits) = match self.cursor.peek(1) {
            b'0' => ('\0', 0),
            b'a' => ('\u{7}', 0),
            b'b' => ('\u{8}', 0),
            b't' | b'\t' => ('\t', 0),
            b'n' => ('\n', 0),
            b'v' => ('\u{b}', 0),
            b'f' => ('\u{c}', 0),
            b'r' => ('\r', 0),
            b'e' => ('\u{1b}', 0),
            byte @ (b' ' | b'"' | b'\'' | b'\\') => (char::from(byte), 0),
            b'N' => ('\u{85}', 0),
            b'_' => ('\u{a0}', 0),
            b'L' => ('\u{2028}', 0),
            b'P' => ('\u{2029}', 0),
            b'x' => ('\0', 2),
            b'u' => ('\0', 4),
            b'U' => ('\0', 8),
            _ => return Err(self.problem("found unknown escape character")),
        };
        self.cursor.advance(2);
        if digits == 0 { Ok(character) } else { self.escaped_code(digits) }
    }

    fn escaped_code(&mut self, digits: usize) -> Result<char> {
        let mut code = 0u32;
        for at in 0..digits {
            let Some(digit) = char::from(self.cursor.peek(at)).to_digit(16) else {
                return Err(self.problem("did not find expected hexdecimal number"));
            };
            code = code.wrapping_shl(4) | digit;
        }
        let Some(character) = char::from_u32(code) else {
            return Err(self.problem("found invalid Unicode character escape code"));
        };
        self.cursor.advance(digits);
        Ok(character)
    }
}

impl Gap {
    fn add(&mut self, line_break: &'static str) {
        match self.first_break {
            None => self.first_break = Some(line_break),
            Some(_) => self.further_breaks.push_str(line_break),
        }
    }
}

/// What a double-quoted text says that stands alone.
pub(super) fn double_quoted(source: &str) -> Result<String> {
    let mut scanner = Scanner::new(source);
    match scanner.quoted_scalar()? {
        TokenKind::Scalar { text, .. } if scanner.cursor.is_end() => Ok(text.into_owned()),
        _ => Err(Problem::without_line(None, "did not find expected <document start>")),
    }
}
