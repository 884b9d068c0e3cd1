//! A place in a text, and what stands there.

use crate::read::problem::Mark;

/// A position in the text. Behind the end it sees zero bytes, which no text has.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// From 0.
    pub(super) line: usize,
    /// In characters, from 0.
    pub(super) column: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 0, column: 0 }
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { offset: self.at, line: self.line, column: self.column }
    }

    pub(super) fn byte(&self) -> u8 {
        self.byte_at(self.at)
    }

    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.byte_at(self.at + ahead)
    }

    pub(super) fn byte_at(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    pub(super) fn is_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Bytes of the line break at a place; 0 when there is none.
    pub(super) fn break_length(&self, at: usize) -> usize {
        match self.byte_at(at) {
            b'\r' if self.byte_at(at + 1) == b'\n' => 2,
            b'\n' | b'\r' => 1,
            0xc2 if self.byte_at(at + 1) == 0x85 => 2,
            0xe2 if self.byte_at(at + 1) == 0x80 && matches!(self.byte_at(at + 2), 0xa8 | 0xa9) => {
                3
            }
            _ => 0,
        }
    }

    pub(super) fn is_break(&self) -> bool {
        self.break_length(self.at) > 0
    }

    pub(super) fn is_break_or_end(&self) -> bool {
        self.is_end() || self.is_break()
    }

    /// A space or a tab.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.byte(), b' ' | b'\t')
    }

    /// Whether a place so many bytes ahead is a blank, a line break or the end.
    pub(super) fn is_gap(&self, ahead: usize) -> bool {
        let at = self.at + ahead;
        at >= self.text.len()
            || matches!(self.byte_at(at), b' ' | b'\t')
            || self.break_length(at) > 0
    }

    /// Whether `---` or `...` stands at the start of a line, on its own.
    pub(super) fn is_document_indicator(&self) -> bool {
        self.column == 0
            && matches!(self.text.as_bytes().get(self.at..self.at + 3), Some(b"---" | b"..."))
            && self.is_gap(3)
    }

    /// Goes over characters of one line.
    pub(super) fn advance(&mut self, bytes: usize) {
        let end = (self.at + bytes).min(self.text.len());
        let is_start = |byte: &&u8| **byte & 0xc0 != 0x80;
        self.column += self.text.as_bytes()[self.at..end].iter().filter(is_start).count();
        self.at = end;
    }

    /// Goes over one ASCII character.
    pub(super) fn step(&mut self) {
        self.at += 1;
        self.column += 1;
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank() {
            self.step();
        }
    }

    /// Goes to the end of the line, and gives what it went over.
    pub(super) fn rest_of_line(&mut self) -> &'a str {
        let start = self.at;
        let mut end = start;
        let bytes = self.text.as_bytes();
        loop {
            let is_stop = |b: &u8| matches!(b, b'\n' | b'\r' | 0xc2 | 0xe2);
            match bytes[end..].iter().position(is_stop) {
                None => end = bytes.len(),
                Some(length) => {
                    end += length;
                    if self.break_length(end) == 0 {
                        end += 1;
                        continue;
                    }
                }
            }
            self.advance(end - start);
            return &self.text[start..end];
        }
    }

    /// Goes over a line break, if there is one, and gives it as YAML reads it.
    pub(super) fn line_break(&mut self) -> &'static str {
        let length = self.break_length(self.at);
        if length == 0 {
            return "";
        }
        let normal = match (length, self.peek(2)) {
            (3, 0xa8) => "\u{2028}",
            (3, _) => "\u{2029}",
            _ => "\n",
        };
        self.at += length;
        self.line += 1;
        self.column = 0;
        normal
    }
}
