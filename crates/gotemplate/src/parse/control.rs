//! Text, control structures and definitions.

use std::sync::Arc;

use super::unquote::unquote;
use super::{Outcome, Parser};
use crate::lex::{Keyword, TokenKind};
use crate::tree::{Branch, List, Node, TemplateCall, Tree};

/// What ended a list of nodes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Terminator {
    End,
    Else,
}

impl Terminator {
    const fn text(self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

enum Item {
    Node(Node),
    Terminator(Terminator),
}

impl<H> Parser<'_, H> {
    /// The whole text.
    pub(super) fn file(&mut self) -> Outcome<()> {
        let mut root = Vec::new();
        while self.peek() != TokenKind::Eof {
            if self.peek() == TokenKind::LeftDelimiter {
                let delimiter = self.advance();
                let first = self.advance_non_space();
                if self.kind(first).is_keyword(Keyword::Define) {
                    self.definition()?;
                    continue;
                }
                self.next = delimiter;
            }
            match self.text_or_action()? {
                Item::Node(node) => root.push(node),
                Item::Terminator(terminator) => {
                    return Err(self.error(format!("unexpected {}", terminator.text())));
                }
            }
        }
        let tree = self.tree(Arc::clone(&self.source.name), root.into());
        self.add(tree)
    }

    fn tree(&self, name: Arc<str>, root: List) -> Tree {
        Tree { name, source: Arc::clone(&self.source), root: root.into() }
    }

    /// `{{define "name"}}…{{end}}`, from after the keyword.
    fn definition(&mut self) -> Outcome<()> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::take(&mut self.scope);
        let name = self.advance_non_space();
        let name = self.template_name(name, CONTEXT)?;
        self.expect(TokenKind::RightDelimiter, CONTEXT)?;
        let (root, terminator) = self.items()?;
        if terminator != Terminator::End {
            return Err(self.error(format!("unexpected {} in {CONTEXT}", terminator.text())));
        }
        self.scope = outer;
        let tree = self.tree(name, root);
        self.add(tree)
    }

    /// Nodes up to `{{end}}` or `{{else}}`.
    fn items(&mut self) -> Outcome<(List, Terminator)> {
        self.check_depth()?;
        let mut list = Vec::new();
        while self.peek_non_space() != TokenKind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => list.push(node),
                Item::Terminator(terminator) => return Ok((list.into(), terminator)),
            }
        }
        Err(self.error("unexpected EOF"))
    }

    fn text_or_action(&mut self) -> Outcome<Item> {
        let index = self.advance_non_space();
        match self.kind(index) {
            TokenKind::Text => Ok(Item::Node(Node::Text(self.bytes(index).into()))),
            TokenKind::LeftDelimiter => {
                self.action_start = Some(self.pos(index) as usize);
                let item = self.action()?;
                self.action_start = None;
                Ok(item)
            }
            _ => Err(self.unexpected(index, "input")),
        }
    }

    /// What follows a left delimiter.
    fn action(&mut self) -> Outcome<Item> {
        let first = self.advance_non_space();
        let TokenKind::Keyword(keyword) = self.kind(first) else {
            self.next = first;
            return Ok(Item::Node(Node::Action(
                self.pipeline("command", TokenKind::RightDelimiter)?,
            )));
        };
        let node = match keyword {
            Keyword::Block => self.block()?,
            Keyword::Break => self.loop_control(Node::Break, "{{break}}")?,
            Keyword::Continue => self.loop_control(Node::Continue, "{{continue}}")?,
            Keyword::Else => {
                self.else_control()?;
                return Ok(Item::Terminator(Terminator::Else));
            }
            Keyword::End => {
                self.expect(TokenKind::RightDelimiter, "end")?;
                return Ok(Item::Terminator(Terminator::End));
            }
            Keyword::If | Keyword::Range | Keyword::With => self.branch(keyword)?,
            Keyword::Template => self.template_call()?,
            Keyword::Define => return Err(self.unexpected(first, "command")),
        };
        Ok(Item::Node(node))
    }

    /// `else` ends here, except before `if` and `with`, which [`Parser::branch`] takes up.
    fn else_control(&mut self) -> Outcome<()> {
        let next = self.peek_non_space();
        if next.is_keyword(Keyword::If) || next.is_keyword(Keyword::With) {
            return Ok(());
        }
        self.expect(TokenKind::RightDelimiter, "else").map(drop)
    }

    fn loop_control(&mut self, node: Node, name: &str) -> Outcome<Node> {
        self.expect(TokenKind::RightDelimiter, name)?;
        if self.scope.range_depth == 0 {
            return Err(self.error(format!("{name} outside {{{{range}}}}")));
        }
        Ok(node)
    }

    /// `if`, `range` or `with`, from after the keyword to its `end`.
    fn branch(&mut self, keyword: Keyword) -> Outcome<Node> {
        let context = match keyword {
            Keyword::Range => "range",
            Keyword::With => "with",
            _ => "if",
        };
        let variables = self.scope.variables.len();
        let pipe = self.pipeline(context, TokenKind::RightDelimiter)?;
        let in_range = usize::from(keyword == Keyword::Range);
        self.scope.range_depth += in_range;
        let (body, terminator) = self.items()?;
        self.scope.range_depth -= in_range;
        let otherwise = match terminator {
            Terminator::End => None,
            Terminator::Else => Some(self.otherwise(keyword)?),
        };
        self.scope.variables.truncate(variables);
        let branch = Branch { pipe, body, otherwise };
        Ok(match keyword {
            Keyword::Range => Node::Range(branch),
            Keyword::With => Node::With(branch),
            _ => Node::If(branch),
        })
    }

    /// What follows `{{else}}`, or the `if` of `{{else if}}` in an `if` and the `with` of `{{else with}}` in a `with`.
    fn otherwise(&mut self, keyword: Keyword) -> Outcome<List> {
        if keyword != Keyword::Range && self.peek().is_keyword(keyword) {
            self.advance();
            self.check_depth()?;
            return Ok(Box::new([self.branch(keyword)?]));
        }
        let (list, terminator) = self.items()?;
        if terminator != Terminator::End {
            return Err(self.error(format!("expected end; found {}", terminator.text())));
        }
        Ok(list)
    }

    /// `{{block "name" pipeline}}…{{end}}`: a definition and its invocation.
    fn block(&mut self) -> Outcome<Node> {
        const CONTEXT: &str = "block clause";
        let token = self.advance_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, TokenKind::RightDelimiter)?;
        let outer = std::mem::take(&mut self.scope);
        let header = self.furthest;
        let (root, terminator) = self.items()?;
        if terminator != Terminator::End {
            // Go reports this on the line where the block's header ended.
            self.furthest = header;
            return Err(self.error(format!("unexpected {} in {CONTEXT}", terminator.text())));
        }
        self.scope = outer;
        let tree = self.tree(Arc::clone(&name), root);
        self.add(tree)?;
        Ok(Node::Template(TemplateCall { pos: self.pos(token), name, pipe: Some(pipe) }))
    }

    /// `{{template "name" pipeline}}`, from after the keyword.
    fn template_call(&mut self) -> Outcome<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.advance_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let after = self.advance_non_space();
        let pipe = if self.kind(after) == TokenKind::RightDelimiter {
            None
        } else {
            self.next = after;
            Some(self.pipeline(CONTEXT, TokenKind::RightDelimiter)?)
        };
        Ok(Node::Template(TemplateCall { pos: self.pos(token), name, pipe }))
    }

    fn template_name(&self, token: usize, context: &str) -> Outcome<Arc<str>> {
        match self.kind(token) {
            TokenKind::String | TokenKind::RawString => {
                let value =
                    unquote(self.bytes(token)).ok_or_else(|| self.error("invalid syntax"))?;
                Ok(String::from_utf8_lossy(&value).into())
            }
            _ => Err(self.unexpected(token, context)),
        }
    }
}
