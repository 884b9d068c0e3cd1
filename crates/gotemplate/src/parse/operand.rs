//! Operands: constants, fields, variables, functions, parenthesised pipelines, and field chains on them.

use std::sync::Arc;

use super::number::parse_number;
use super::unquote::unquote;
use super::{Outcome, Parser};
use crate::fmt::quote;
use crate::lex::TokenKind;
use crate::tree::{Expr, ExprKind, StringConstant};

impl<H> Parser<'_, H> {
    /// A term and the fields after it, or nothing if no term can begin here.
    pub(super) fn operand(&mut self) -> Outcome<Option<Expr>> {
        let Some(term) = self.term()? else {
            return Ok(None);
        };
        if self.peek() != TokenKind::Field {
            return Ok(Some(term));
        }
        let pos = self.next_pos();
        let mut fields = Vec::new();
        while self.peek() == TokenKind::Field {
            let token = self.advance();
            fields.push(self.field_name(token));
        }
        let kind = match term.kind {
            ExprKind::Field(first) => ExprKind::Field(join(first, fields)),
            ExprKind::Variable(name, first) => ExprKind::Variable(name, join(first, fields)),
            ExprKind::Bool(_)
            | ExprKind::String(_)
            | ExprKind::Number(_)
            | ExprKind::Nil
            | ExprKind::Dot => {
                let term = quote(term.to_string().as_bytes());
                return Err(self.error(format!("unexpected . after term {term}")));
            }
            _ => ExprKind::Chain(Box::new(term), fields.into()),
        };
        Ok(Some(Expr { pos, kind }))
    }

    fn field_name(&self, token: usize) -> Arc<str> {
        String::from_utf8_lossy(&self.bytes(token)[1..]).into()
    }

    fn term(&mut self) -> Outcome<Option<Expr>> {
        let token = self.advance_non_space();
        let pos = self.pos(token);
        let kind = match self.kind(token) {
            TokenKind::Identifier => self.function(token)?,
            TokenKind::Dot => ExprKind::Dot,
            TokenKind::Nil => ExprKind::Nil,
            TokenKind::Variable => self.variable(token)?,
            TokenKind::Field => ExprKind::Field(Box::new([self.field_name(token)])),
            TokenKind::Bool => ExprKind::Bool(self.bytes(token) == b"true"),
            TokenKind::CharConstant | TokenKind::Complex | TokenKind::Number => {
                let is_char = self.kind(token) == TokenKind::CharConstant;
                let number = parse_number(self.bytes(token), is_char)
                    .map_err(|message| self.error(message))?;
                ExprKind::Number(Box::new(number))
            }
            TokenKind::String | TokenKind::RawString => ExprKind::String(self.string(token)?),
            TokenKind::LeftParen => {
                let pipe = self.pipeline("parenthesized pipeline", TokenKind::RightParen)?;
                ExprKind::Pipe(Box::new(pipe))
            }
            _ => {
                self.next = token;
                return Ok(None);
            }
        };
        Ok(Some(Expr { pos, kind }))
    }

    fn function(&self, token: usize) -> Outcome<ExprKind> {
        let name = self.text(token);
        match self.functions.id(&name) {
            Some(id) => Ok(ExprKind::Function(name, id)),
            None => Err(self.error(format!("function {} not defined", quote(name.as_bytes())))),
        }
    }

    fn variable(&self, token: usize) -> Outcome<ExprKind> {
        let name = self.text(token);
        match self.scope.variables.iter().find(|known| **known == name) {
            Some(known) => Ok(ExprKind::Variable(Arc::clone(known), Box::default())),
            None => Err(self.error(format!("undefined variable {}", quote(name.as_bytes())))),
        }
    }

    fn string(&self, token: usize) -> Outcome<StringConstant> {
        let value = unquote(self.bytes(token)).ok_or_else(|| self.error("invalid syntax"))?;
        Ok(StringConstant { quoted: self.text(token), value: value.into() })
    }
}

fn join(first: Box<[Arc<str>]>, rest: Vec<Arc<str>>) -> Box<[Arc<str>]> {
    first.into_iter().chain(rest).collect()
}
