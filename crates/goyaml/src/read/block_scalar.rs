//! Literal and folded scalars.

use std::borrow::Cow;

use crate::read::scanner::{Result, Scanner};
use crate::read::token::TokenKind;

/// What happens to the line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl<'a> Scanner<'a> {
    pub(super) fn block_scalar(&mut self) -> Result<TokenKind<'a>> {
        let is_literal = self.cursor.byte() == b'|';
        self.cursor.step();
        let (chomping, increment) = self.block_header()?;
        let mut indent = increment.map(|increment| increment + self.indent.max(0).unsigned_abs());
        let mut text = String::new();
        // The line break in front of the line, and those of the empty lines behind it.
        let mut line_break = "";
        let mut empty_lines = self.empty_lines(&mut indent)?;
        let indent = indent.unwrap_or(1);
        let mut was_indented = false;
        while self.cursor.column == indent && !self.cursor.is_end() {
            let is_indented = self.cursor.is_blank();
            let is_folded = !is_literal && line_break == "\n" && !was_indented && !is_indented;
            match is_folded {
                true if empty_lines.is_empty() => text.push(' '),
                true => {}
                false => text.push_str(line_break),
            }
            text.push_str(&empty_lines);
            was_indented = is_indented;
            text.push_str(self.cursor.rest_of_line());
            line_break = self.cursor.line_break();
            empty_lines = self.empty_lines(&mut Some(indent))?;
        }
        if chomping != Chomping::Strip {
            text.push_str(line_break);
        }
        if chomping == Chomping::Keep {
            text.push_str(&empty_lines);
        }
        Ok(TokenKind::Scalar { text: Cow::Owned(text), is_plain: false })
    }

    /// `+`, `-` and a digit in any order, a comment, a line break.
    fn block_header(&mut self) -> Result<(Chomping, Option<usize>)> {
        let mut chomping = None;
        let mut increment = None;
        loop {
            match self.cursor.byte() {
                b'+' if chomping.is_none() => chomping = Some(Chomping::Keep),
                b'-' if chomping.is_none() => chomping = Some(Chomping::Strip),
                b'0' if increment.is_none() => {
                    let reason = "found an indentation indicator equal to 0";
                    return Err(self.problem(reason));
                }
                digit @ b'1'..=b'9' if increment.is_none() => {
                    increment = Some(usize::from(digit - b'0'));
                }
                _ => break,
            }
            self.cursor.step();
        }
        self.cursor.skip_blanks();
        if self.cursor.byte() == b'#' {
            self.cursor.rest_of_line();
        }
        if !self.cursor.is_break_or_end() {
            return Err(self.problem("did not find expected comment or line break"));
        }
        self.cursor.line_break();
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    /// Goes over indentation and empty lines. Without an indentation given, the first line with text in it, or else the
    /// longest line of spaces, decides it.
    fn empty_lines(&mut self, indent: &mut Option<usize>) -> Result<String> {
        let mut breaks = String::new();
        let mut longest = 0;
        loop {
            let is_within = |column: usize| indent.is_none_or(|indent| column < indent);
            while is_within(self.cursor.column) && self.cursor.byte() == b' ' {
                self.cursor.step();
            }
            longest = longest.max(self.cursor.column);
            if is_within(self.cursor.column) && self.cursor.byte() == b'\t' {
                let reason = "found a tab character where an indentation space is expected";
                return Err(self.problem(reason));
            }
            if !self.cursor.is_break() {
                break;
            }
            breaks.push_str(self.cursor.line_break());
        }
        if indent.is_none() {
            let least = usize::try_from(self.indent + 1).unwrap_or(0).max(1);
            *indent = Some(longest.max(least));
        }
        Ok(breaks)
    }
}
