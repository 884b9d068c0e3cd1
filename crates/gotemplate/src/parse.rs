//! From tokens to trees.

mod cache;
mod control;
mod number;
mod operand;
mod pipeline;
mod unquote;

pub(crate) use self::cache::Cache;

use std::ops::Range;
use std::sync::Arc;

use crate::error::{ParseError, Place, line_of};
use crate::functions::Functions;
use crate::lex::{Lexed, Token, TokenKind, lex};
use crate::limits::stack_address;
use crate::tree::{Pos, Source, Tree};

/// Stack that parsing may use: actions and parentheses nested deeper are an error and not an overflow. Freeing a tree
/// takes less stack than making it did.
const MAX_STACK: usize = 1 << 20;

/// Parses `text` as the template `name`; returns it and the templates it defines.
pub(crate) fn parse<H>(
    name: &str,
    text: &[u8],
    functions: &Functions<H>,
) -> Result<Vec<Tree>, ParseError> {
    if let Some(trees) = functions.parsed().get(name, text) {
        return Ok(trees);
    }
    let source = Arc::new(Source { name: name.into(), text: text.into() });
    let Lexed { tokens, error } = lex(text);
    let mut parser = Parser {
        functions,
        source,
        tokens,
        lex_error: error,
        next: 0,
        furthest: 0,
        action_start: None,
        scope: Scope::default(),
        trees: Vec::new(),
        has_namesakes: false,
        stack_base: stack_address(),
    };
    parser.file().map_err(|error| *error)?;
    if !parser.has_namesakes {
        functions.parsed().put(&parser.source, &parser.trees);
    }
    Ok(parser.trees)
}

type Outcome<T> = Result<T, Box<ParseError>>;

struct Parser<'f, H> {
    functions: &'f Functions<H>,
    source: Arc<Source>,
    tokens: Vec<Token>,
    /// What the last token is about, if it is an error.
    lex_error: String,
    /// The token to be read next.
    next: usize,
    /// The last token looked at: errors are reported on its line.
    furthest: usize,
    /// Where the current action started.
    action_start: Option<usize>,
    scope: Scope,
    trees: Vec<Tree>,
    /// Whether two templates had one name.
    has_namesakes: bool,
    stack_base: usize,
}

/// What belongs to one template and not to those defined inside of it.
struct Scope {
    variables: Vec<Arc<str>>,
    range_depth: usize,
}

impl Default for Scope {
    fn default() -> Self {
        Self { variables: vec!["$".into()], range_depth: 0 }
    }
}

impl<H> Parser<'_, H> {
    /// The kind of the next token, which stays next.
    fn peek(&mut self) -> TokenKind {
        self.furthest = self.furthest.max(self.next);
        self.tokens[self.next].kind
    }

    /// The next token's kind, white space skipped for good.
    fn peek_non_space(&mut self) -> TokenKind {
        if self.peek() == TokenKind::Space {
            self.next += 1;
        }
        self.peek()
    }

    /// Takes the next token and returns its index. The last token is never passed.
    fn advance(&mut self) -> usize {
        self.peek();
        let index = self.next;
        self.next = (index + 1).min(self.tokens.len() - 1);
        index
    }

    fn advance_non_space(&mut self) -> usize {
        self.peek_non_space();
        self.advance()
    }

    fn kind(&self, index: usize) -> TokenKind {
        self.tokens[index].kind
    }

    fn span(&self, index: usize) -> Range<usize> {
        let token = self.tokens[index];
        token.start as usize..token.end as usize
    }

    fn bytes(&self, index: usize) -> &[u8] {
        &self.source.text[self.span(index)]
    }

    /// The text of a token; what is not UTF-8 becomes U+FFFD.
    fn text(&self, index: usize) -> Arc<str> {
        String::from_utf8_lossy(self.bytes(index)).into()
    }

    fn pos(&self, index: usize) -> Pos {
        self.tokens[index].start
    }

    fn expect(&mut self, kind: TokenKind, context: &str) -> Outcome<usize> {
        let index = self.advance_non_space();
        if self.kind(index) == kind { Ok(index) } else { Err(self.unexpected(index, context)) }
    }

    /// An error on the line of the last token looked at.
    #[expect(clippy::unnecessary_box_returns, reason = "results go up through deep recursion")]
    fn error(&self, message: impl Into<String>) -> Box<ParseError> {
        let span = self.span(self.furthest);
        let place = Place::new(&self.source.name, &self.source.text, span.start, span);
        Box::new(ParseError { place, message: message.into() })
    }

    #[expect(clippy::unnecessary_box_returns, reason = "results go up through deep recursion")]
    fn unexpected(&self, index: usize, context: &str) -> Box<ParseError> {
        if self.kind(index) != TokenKind::Error {
            return self.error(format!("unexpected {} in {context}", self.describe(index)));
        }
        let message = &self.lex_error;
        let error = self.error(message.as_str());
        let started = self.action_start.map(|start| line_of(&self.source.text, start));
        match started {
            Some(line) if line != error.place.line => {
                let what = if message.ends_with(" action") { "" } else { " in action" };
                self.error(format!("{message}{what} started at {}:{line}", self.source.name))
            }
            _ => error,
        }
    }

    /// A token as error texts show it.
    fn describe(&self, index: usize) -> String {
        let text = self.text(index);
        match self.kind(index) {
            TokenKind::Eof => "EOF".to_owned(),
            TokenKind::Error => self.lex_error.clone(),
            TokenKind::Keyword(_) | TokenKind::Nil => format!("<{text}>"),
            TokenKind::Dot => "<.>".to_owned(),
            _ if self.bytes(index).len() > 10 => {
                let start: String = text.chars().take(10).collect();
                format!("{}...", crate::fmt::quote(start.as_bytes()))
            }
            _ => crate::fmt::quote(self.bytes(index)),
        }
    }

    fn check_depth(&self) -> Outcome<()> {
        if self.stack_base.abs_diff(stack_address()) > MAX_STACK {
            return Err(self.error("max expression depth exceeded"));
        }
        Ok(())
    }

    /// Adds a finished template. Of two with the same name, one must be empty.
    fn add(&mut self, tree: Tree) -> Outcome<()> {
        let namesake = self.trees.iter().position(|old| old.name == tree.name);
        self.has_namesakes |= namesake.is_some();
        match namesake {
            None => self.trees.push(tree),
            Some(old) if self.trees[old].is_empty() => self.trees[old] = tree,
            Some(_) if tree.is_empty() => {}
            Some(_) => {
                let name = crate::fmt::quote(tree.name.as_bytes());
                return Err(self.error(format!("template: multiple definition of template {name}")));
            }
        }
        Ok(())
    }
}
