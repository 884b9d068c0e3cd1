//! Strings in their styles: quotes, escapes, folding.

use std::fmt::Write as _;

use crate::emit::Library;
use crate::emit::analysis::{Style, is_break, is_printable};
use crate::emit::writer::YamlWriter;

/// yaml.v2 folds a line at the first space beyond this column.
const WIDTH: usize = 80;

impl YamlWriter {
    /// Writes a string; `may_fold` says whether it may go on in the next line, which a simple key may not.
    pub(super) fn write_string(&mut self, text: &str, style: Style, may_fold: bool) {
        match style {
            Style::Plain => self.write_plain(text, may_fold),
            Style::Single => self.write_single(text, may_fold),
            Style::Double => self.write_double(text, may_fold),
            Style::Literal => self.write_literal(text),
        }
    }

    /// Whether a text that starts here has a space beyond the width. Bytes are at least as many as characters.
    fn reaches_width(&self, text: &str, may_fold: bool) -> bool {
        may_fold && self.library == Library::V2 && self.column + text.len() > WIDTH
    }

    /// Text without line breaks, single spaces beyond the width turned into line breaks.
    fn write_plain(&mut self, text: &str, may_fold: bool) {
        self.write_apart("");
        if self.reaches_width(text, may_fold) {
            self.write_folded(text);
        } else {
            self.write_here(text);
        }
        self.is_indentation = false;
    }

    fn write_folded(&mut self, text: &str) {
        for (at, word) in text.split(' ').enumerate() {
            if at > 0 {
                // Of several spaces none is a place to fold: the words between them are empty.
                let is_single = !word.is_empty() && !self.out.ends_with(' ');
                if is_single && self.column > WIDTH {
                    self.is_indentation = false;
                    self.write_indent_of(self.continuation());
                } else {
                    self.write_here(" ");
                }
            }
            self.write_here(word);
        }
    }

    fn write_single(&mut self, text: &str, may_fold: bool) {
        self.write_apart("'");
        self.is_indentation = false;
        if !self.reaches_width(text, may_fold) && !text.contains(['\'', '\u{2028}', '\u{2029}']) {
            self.write_here(text);
        } else {
            self.write_single_slowly(text, may_fold && self.library == Library::V2);
        }
        self.write_here("'");
        self.is_indentation = false;
    }

    fn write_single_slowly(&mut self, text: &str, may_fold: bool) {
        let mut before = None;
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            let after = rest.clone().next();
            if c == ' ' {
                let is_place = before.is_some_and(|before| before != ' ')
                    && after.is_some_and(|after| after != ' ');
                if may_fold && is_place && self.column > WIDTH {
                    self.write_indent_of(self.continuation());
                } else {
                    self.write_char(c);
                }
            } else if is_break(c) {
                self.write_break(c);
            } else {
                if before.is_some_and(is_break) {
                    self.write_indent_of(self.continuation());
                }
                if c == '\'' {
                    self.write_char(c);
                }
                self.write_char(c);
                self.is_indentation = false;
            }
            before = Some(c);
        }
    }

    fn write_double(&mut self, text: &str, may_fold: bool) {
        self.write_apart("\"");
        self.is_indentation = false;
        let may_fold = may_fold && self.library == Library::V2;
        // A slip of Go's libraries: behind a byte order mark at the start, everything is escaped.
        let escapes_all = text.starts_with('\u{feff}');
        let mut is_behind_space = false;
        let mut is_first = true;
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            let after = rest.clone().next();
            if escapes_all || !is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
                self.write_escaped(c);
                is_behind_space = false;
            } else if c == ' ' {
                let is_place = !is_behind_space && !is_first && after.is_some();
                if may_fold && is_place && self.column > WIDTH {
                    self.write_indent_of(self.continuation());
                    if after == Some(' ') {
                        self.write_char('\\');
                    }
                } else {
                    self.write_char(c);
                }
                is_behind_space = true;
            } else {
                self.write_char(c);
                is_behind_space = false;
            }
            is_first = false;
            self.is_indentation = false;
        }
        self.write_here("\"");
        self.is_indentation = false;
    }

    fn write_escaped(&mut self, c: char) {
        let short = match c {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' | '\\' => c,
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => return self.write_code_point(u32::from(c)),
        };
        self.write_char('\\');
        self.write_char(short);
    }

    fn write_code_point(&mut self, code: u32) {
        let (letter, width) = match code {
            0..=0xff => ('x', 2),
            0x100..=0xffff => ('u', 4),
            _ => ('U', 8),
        };
        write!(self.out, "\\{letter}{code:0width$X}").expect("a String takes any text");
        self.column += width + 2;
    }

    /// `|` with its hints, and every line in its indentation.
    fn write_literal(&mut self, text: &str) {
        self.write_apart("|");
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.write_here("2");
        }
        let mut from_end = text.chars().rev();
        match (from_end.next().is_some_and(is_break), from_end.next()) {
            (false, _) => self.write_here("-"),
            (true, before) if before.is_none_or(is_break) => self.write_here("+"),
            (true, _) => {}
        }
        self.write_break('\n');
        self.is_separated = true;
        let indent = self.continuation();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if is_break(c) {
                self.write_break(c);
                rest = &rest[c.len_utf8()..];
            } else {
                let end = rest.find(is_break).unwrap_or(rest.len());
                self.write_indent_of(indent);
                self.write_here(&rest[..end]);
                self.is_indentation = false;
                rest = &rest[end..];
            }
        }
        self.is_separated = true;
    }

    fn write_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
        self.is_indentation = true;
    }

    fn write_char(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
        self.is_separated = false;
    }
}
