//! Pipelines and commands.

use std::sync::Arc;

use super::{Outcome, Parser};
use crate::lex::TokenKind;
use crate::tree::{Command, Expr, ExprKind, Pipe, Pos};

impl<H> Parser<'_, H> {
    /// A pipeline up to and including the token `end`. `context` names it in error texts.
    pub(super) fn pipeline(&mut self, context: &str, end: TokenKind) -> Outcome<Pipe> {
        self.check_depth()?;
        self.peek_non_space();
        let pos = self.pos(self.next);
        let (variables, assigns) = self.declarations(context)?;
        let mut commands = Vec::new();
        loop {
            let token = self.advance_non_space();
            let kind = self.kind(token);
            if kind == end {
                self.check_commands(&commands, context)?;
                let commands = commands.into();
                return Ok(Pipe {
                    pos,
                    end: self.pos(token),
                    assigns,
                    variables: variables.into(),
                    commands,
                });
            }
            if !kind.starts_operand() {
                return Err(self.unexpected(token, context));
            }
            self.next = token;
            commands.push(self.command()?);
        }
    }

    /// The variables at the start of a pipeline, and whether they are assigned to rather than declared.
    fn declarations(&mut self, context: &str) -> Outcome<(Vec<Arc<str>>, bool)> {
        let mut variables = Vec::new();
        while self.peek_non_space() == TokenKind::Variable {
            let variable = self.advance();
            let name = self.text(variable);
            let next = self.peek_non_space();
            match next {
                TokenKind::Assign | TokenKind::Declare => {
                    self.advance();
                    self.declare(&mut variables, name);
                    return Ok((variables, next == TokenKind::Assign));
                }
                TokenKind::Char if self.bytes(self.next) == b"," => {
                    self.advance();
                    self.declare(&mut variables, name);
                    if context != "range" || variables.len() >= 2 {
                        return Err(self.error(format!("too many declarations in {context}")));
                    }
                    let next = self.peek_non_space();
                    if !matches!(
                        next,
                        TokenKind::Variable | TokenKind::RightDelimiter | TokenKind::RightParen
                    ) {
                        return Err(self.error("range can only initialize variables"));
                    }
                }
                _ => {
                    self.next = variable;
                    break;
                }
            }
        }
        Ok((variables, false))
    }

    fn declare(&mut self, variables: &mut Vec<Arc<str>>, name: Arc<str>) {
        self.scope.variables.push(Arc::clone(&name));
        variables.push(name);
    }

    /// Only functions, methods and fields can take the result of a stage.
    fn check_commands(&self, commands: &[Command], context: &str) -> Outcome<()> {
        if commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        let constant = commands.iter().skip(1).position(|command| is_constant(&command.args[0]));
        match constant {
            Some(index) => {
                Err(self.error(format!("non executable command in pipeline stage {}", index + 2)))
            }
            None => Ok(()),
        }
    }

    /// Operands up to a pipe, which is taken, or up to the end of the pipeline, which is not.
    fn command(&mut self) -> Outcome<Command> {
        self.peek_non_space();
        let pos = self.pos(self.next);
        let mut args = Vec::new();
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                args.push(operand);
            }
            let token = self.advance();
            match self.kind(token) {
                TokenKind::Space => {}
                TokenKind::RightDelimiter | TokenKind::RightParen => {
                    self.next = token;
                    break;
                }
                TokenKind::Pipe => break,
                _ => return Err(self.unexpected(token, "operand")),
            }
        }
        if args.is_empty() {
            return Err(self.error("empty command"));
        }
        Ok(Command { pos, args: args.into() })
    }

    /// Where the next token starts.
    pub(super) fn next_pos(&self) -> Pos {
        self.pos(self.next)
    }
}

const fn is_constant(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Bool(_)
            | ExprKind::Dot
            | ExprKind::Nil
            | ExprKind::Number(_)
            | ExprKind::String(_)
    )
}
