//! Numeric literals, as far as the lexer cares: where they end.

use super::rune::{decode_rune, is_alphanumeric};
use super::token::TokenKind;
use super::{Lexer, Outcome, fail};
use crate::fmt::quote;

impl Lexer<'_> {
    pub(super) fn number(&mut self) -> Outcome {
        let complete = self.scan_number();
        if complete && !matches!(self.rest().first(), Some(b'+' | b'-')) {
            self.emit(TokenKind::Number);
            return Ok(());
        }
        if complete && self.scan_number() && self.text[self.pos - 1] == b'i' {
            self.emit(TokenKind::Complex);
            return Ok(());
        }
        fail(format!("bad number syntax: {}", quote(&self.text[self.start..self.pos])))
    }

    /// Takes what looks like a number; says whether nothing that could belong to it follows.
    fn scan_number(&mut self) -> bool {
        self.accept(b"+-");
        let mut digits: &[u8] = b"0123456789_";
        if self.accept(b"0") {
            if self.accept(b"xX") {
                digits = b"0123456789abcdefABCDEF_";
            } else if self.accept(b"oO") {
                digits = b"01234567_";
            } else if self.accept(b"bB") {
                digits = b"01_";
            }
        }
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        let exponent: &[u8] = match digits.len() {
            11 => b"eE",
            23 => b"pP",
            _ => b"",
        };
        if self.accept(exponent) {
            self.accept(b"+-");
            self.accept_run(b"0123456789_");
        }
        self.accept(b"i");
        match decode_rune(self.rest()) {
            Some((rune, length)) if is_alphanumeric(rune) => {
                self.pos += length;
                false
            }
            _ => true,
        }
    }

    fn accept(&mut self, set: &[u8]) -> bool {
        let accepted = self.rest().first().is_some_and(|byte| set.contains(byte));
        self.pos += usize::from(accepted);
        accepted
    }

    fn accept_run(&mut self, set: &[u8]) {
        while self.accept(set) {}
    }
}
