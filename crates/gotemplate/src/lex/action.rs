//! Tokens between the delimiters.

use super::rune::{decode_rune, describe, is_alphanumeric};
use super::token::{Keyword, TokenKind};
use super::{Lexer, Outcome, RIGHT, fail, is_space, trims_right};

impl Lexer<'_> {
    /// Everything up to and including the right delimiter.
    pub(super) fn inside(&mut self) -> Outcome {
        loop {
            if let Some(trims) = self.at_right_delimiter() {
                if self.paren_depth > 0 {
                    return fail("unclosed left paren");
                }
                self.right_delimiter(trims);
                return Ok(());
            }
            let Some((rune, _)) = decode_rune(self.rest()) else {
                return fail("unclosed action");
            };
            match rune {
                ' ' | '\t' | '\r' | '\n' => self.spaces(),
                '=' => self.single(TokenKind::Assign),
                '|' => self.single(TokenKind::Pipe),
                ':' => self.declare()?,
                '"' => self.quoted(b'"', TokenKind::String, "unterminated quoted string")?,
                '\'' => {
                    self.quoted(b'\'', TokenKind::CharConstant, "unterminated character constant")?;
                }
                '`' => self.raw_string()?,
                '$' => self.field_or_variable(TokenKind::Variable, TokenKind::Variable)?,
                '.' if !matches!(self.rest().get(1), None | Some(b'0'..=b'9')) => {
                    self.field_or_variable(TokenKind::Field, TokenKind::Dot)?;
                }
                '.' | '+' | '-' | '0'..='9' => self.number()?,
                '(' | ')' => self.paren(rune)?,
                _ if is_alphanumeric(rune) => self.identifier()?,
                ' '..='~' => self.single(TokenKind::Char),
                _ => return self.unexpected_rune(rune),
            }
        }
    }

    fn right_delimiter(&mut self, trims: bool) {
        if trims {
            self.pos += 2;
            self.skip();
        }
        self.pos += RIGHT.len();
        self.emit(TokenKind::RightDelimiter);
        if trims {
            self.pos += self.rest().iter().take_while(|byte| is_space(**byte)).count();
            self.skip();
        }
    }

    fn unexpected_rune(&mut self, rune: char) -> Outcome {
        self.pos += rune.len_utf8();
        fail(format!("unrecognized character in action: {}", describe(rune)))
    }

    fn single(&mut self, kind: TokenKind) {
        self.pos += 1;
        self.emit(kind);
    }

    fn declare(&mut self) -> Outcome {
        if !self.starts_with(b":=") {
            return fail("expected :=");
        }
        self.pos += 2;
        self.emit(TokenKind::Declare);
        Ok(())
    }

    /// White space. Its last character can belong to a right delimiter that trims.
    fn spaces(&mut self) {
        let count = self.rest().iter().take_while(|byte| is_space(**byte)).count();
        self.pos += count;
        let last = &self.text[self.pos - 1..];
        if trims_right(last) && last[2..].starts_with(RIGHT) {
            self.pos -= 1;
        }
        if self.pos > self.start {
            self.emit(TokenKind::Space);
        }
    }

    fn paren(&mut self, rune: char) -> Outcome {
        if rune == '(' {
            self.paren_depth += 1;
            self.single(TokenKind::LeftParen);
            return Ok(());
        }
        let Some(depth) = self.paren_depth.checked_sub(1) else {
            return fail("unexpected right paren");
        };
        self.paren_depth = depth;
        self.single(TokenKind::RightParen);
        Ok(())
    }

    fn quoted(&mut self, quote: u8, kind: TokenKind, unterminated: &str) -> Outcome {
        let mut end = self.pos + 1;
        loop {
            match self.text.get(end) {
                Some(byte) if *byte == quote => break,
                Some(b'\\') if !matches!(self.text.get(end + 1), None | Some(b'\n')) => end += 2,
                None | Some(b'\n' | b'\\') => return fail(unterminated),
                Some(_) => end += 1,
            }
        }
        self.pos = end + 1;
        self.emit(kind);
        Ok(())
    }

    fn raw_string(&mut self) -> Outcome {
        let Some(length) = self.rest()[1..].iter().position(|byte| *byte == b'`') else {
            return fail("unterminated raw quoted string");
        };
        self.pos += length + 2;
        self.emit(TokenKind::RawString);
        Ok(())
    }

    /// `.name`, `$name`, or the sign alone, which is of the kind `bare`.
    fn field_or_variable(&mut self, kind: TokenKind, bare: TokenKind) -> Outcome {
        self.pos += 1;
        if self.at_terminator() {
            self.emit(bare);
            return Ok(());
        }
        self.alphanumerics();
        self.expect_terminator()?;
        self.emit(kind);
        Ok(())
    }

    fn identifier(&mut self) -> Outcome {
        self.alphanumerics();
        self.expect_terminator()?;
        let word = &self.text[self.start..self.pos];
        let kind = match word {
            b"true" | b"false" => TokenKind::Bool,
            b"nil" => TokenKind::Nil,
            _ => Keyword::from_word(word).map_or(TokenKind::Identifier, TokenKind::Keyword),
        };
        self.emit(kind);
        Ok(())
    }

    fn alphanumerics(&mut self) {
        while let Some((rune, length)) = decode_rune(self.rest()) {
            if !is_alphanumeric(rune) {
                break;
            }
            self.pos += length;
        }
    }

    fn expect_terminator(&mut self) -> Outcome {
        if self.at_terminator() {
            return Ok(());
        }
        match decode_rune(self.rest()) {
            Some((rune, _)) => fail(format!("bad character {}", describe(rune))),
            None => fail("unclosed action"),
        }
    }

    /// Whether a name can end here.
    fn at_terminator(&self) -> bool {
        match self.rest().first() {
            None | Some(b'.' | b',' | b'|' | b':' | b'(' | b')') => true,
            Some(byte) => is_space(*byte) || self.starts_with(RIGHT),
        }
    }
}
