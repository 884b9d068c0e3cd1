//! From tokens to a value: the productions of YAML, and the words for what they do not have.

use std::mem;

use crate::Value;
use crate::read::build::{Builder, Key, MapUnderConstruction, Node};
use crate::read::name::{DEFAULT_HANDLES, refused_directive};
use crate::read::problem::{Mark, Problem};
use crate::read::scanner::{Result, Scanner};
use crate::read::token::{Token, TokenKind};

/// What may stand in the place of a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In brackets.
    Flow,
    /// An item of a block sequence, or the root.
    Block,
    /// A key or value of a block mapping, whose `-` need no indentation.
    BlockEntry,
}

/// Tag and anchor of a node.
#[derive(Default)]
struct Properties<'a> {
    tag: Option<String>,
    anchor: Option<&'a str>,
}

pub(super) struct Parser<'a> {
    pub(super) scanner: Scanner<'a>,
    pub(super) builder: Builder<'a>,
    /// The document's tag handles and what they stand for.
    handles: Vec<(&'a str, String)>,
    levels: usize,
    most_levels: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, builder: Builder<'a>, most_levels: usize) -> Self {
        Self { scanner: Scanner::new(text), builder, handles: Vec::new(), levels: 0, most_levels }
    }

    /// The first document of the stream, null when there is none.
    pub(super) fn document(&mut self) -> Result<Value> {
        let is_implicit = self.directives()?;
        let Token { kind, start } = self.scanner.peek()?;
        let is_marked = matches!(kind, TokenKind::DocumentStart);
        if is_marked {
            self.scanner.take();
        } else if !is_implicit {
            let reason = "did not find expected <document start>";
            return Err(Problem::in_tokens(*start, reason));
        }
        let value = match self.scanner.peek()?.kind {
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
                if is_marked =>
            {
                Value::Null
            }
            TokenKind::StreamEnd => Value::Null,
            _ => self.node(Place::Block)?.value,
        };
        // The end of the document is looked for, and what is found there belongs to the next one.
        self.scanner.peek()?;
        Ok(value)
    }

    /// Reads directives; tells whether there are none.
    fn directives(&mut self) -> Result<bool> {
        let mut has_version = false;
        loop {
            if !matches!(
                self.scanner.peek()?.kind,
                TokenKind::VersionDirective { .. } | TokenKind::TagDirective { .. }
            ) {
                break;
            }
            let Token { kind, start } = self.scanner.take();
            match kind {
                TokenKind::VersionDirective { .. } if has_version => {
                    return Err(refused_directive(start, "found duplicate %YAML directive"));
                }
                TokenKind::VersionDirective { major, minor } => {
                    if (major, minor) != (1, 1) {
                        return Err(refused_directive(start, "found incompatible YAML document"));
                    }
                    has_version = true;
                }
                TokenKind::TagDirective { handle, prefix } => {
                    if self.handles.iter().any(|(known, _)| *known == handle) {
                        return Err(refused_directive(start, "found duplicate %TAG directive"));
                    }
                    self.handles.push((handle, prefix));
                }
                _ => {}
            }
        }
        let is_implicit = !has_version && self.handles.is_empty();
        for (handle, prefix) in DEFAULT_HANDLES {
            if !self.handles.iter().any(|(known, _)| *known == handle) {
                self.handles.push((handle, prefix.to_owned()));
            }
        }
        Ok(is_implicit)
    }

    fn node(&mut self, place: Place) -> Result<Node> {
        if let TokenKind::Alias(name) = self.scanner.peek()?.kind {
            let Token { start, .. } = self.scanner.take();
            return self.builder.alias(name, start);
        }
        let start = self.scanner.peek()?.start;
        let properties = self.properties()?;
        if let Some(name) = properties.anchor {
            self.builder.open(name);
        }
        self.levels += 1;
        if self.levels > self.most_levels {
            let reason = format!("exceeded max depth of {}", self.most_levels);
            return Err(Problem::without_line(Some(start), reason));
        }
        let anchor = properties.anchor;
        let node = self.content(place, &properties, start)?;
        self.levels -= 1;
        if let Some(name) = anchor {
            self.builder.close(name, &node, start)?;
        }
        Ok(node)
    }

    fn properties(&mut self) -> Result<Properties<'a>> {
        let mut properties = Properties::default();
        let mut tag = None;
        loop {
            match &self.scanner.peek()?.kind {
                TokenKind::Anchor(name) if properties.anchor.is_none() => {
                    properties.anchor = Some(name);
                    self.scanner.take();
                }
                TokenKind::Tag { .. } if tag.is_none() => tag = Some(self.scanner.take()),
                _ => break,
            }
        }
        properties.tag = tag.map(|tag| self.resolve_tag(tag)).transpose()?;
        Ok(properties)
    }

    fn resolve_tag(&self, token: Token<'a>) -> Result<String> {
        let TokenKind::Tag { handle, suffix } = token.kind else { return Ok(String::new()) };
        if handle.is_empty() {
            return Ok(suffix);
        }
        match self.handles.iter().find(|(known, _)| *known == handle) {
            Some((_, prefix)) => Ok(format!("{prefix}{suffix}")),
            None => Err(Problem::in_tokens(token.start, "found undefined tag handle")),
        }
    }

    fn content(&mut self, place: Place, properties: &Properties<'a>, start: Mark) -> Result<Node> {
        let is_block = place != Place::Flow;
        match &self.scanner.peek()?.kind {
            TokenKind::BlockEntry if place == Place::BlockEntry => self.level_sequence(),
            TokenKind::Scalar { .. } => {
                let Token { kind, .. } = self.scanner.take();
                let TokenKind::Scalar { text, is_plain } = kind else { unreachable!("peeked at") };
                Ok(self.builder.scalar(properties.tag.as_deref(), text, is_plain, start))
            }
            TokenKind::FlowSequenceStart => self.flow_sequence(),
            TokenKind::FlowMappingStart => self.flow_mapping(),
            TokenKind::BlockSequenceStart if is_block => self.block_sequence(),
            TokenKind::BlockMappingStart if is_block => self.block_mapping(),
            _ if properties.anchor.is_some() || properties.tag.is_some() => {
                let is_plain = properties.tag.is_none();
                Ok(self.builder.scalar(properties.tag.as_deref(), "".into(), is_plain, start))
            }
            _ => {
                let at = self.scanner.peek()?.start;
                let reason = "did not find expected node content";
                Err(Problem::in_tokens(at, reason))
            }
        }
    }

    fn block_sequence(&mut self) -> Result<Node> {
        self.scanner.take();
        let mut items = Vec::new();
        loop {
            match self.scanner.peek()? {
                Token { kind: TokenKind::BlockEntry, .. } => {
                    self.scanner.take();
                    let is_empty = matches!(
                        self.scanner.peek()?.kind,
                        TokenKind::BlockEntry | TokenKind::BlockEnd
                    );
                    items.push(if is_empty { Value::Null } else { self.node(Place::Block)?.value });
                }
                Token { kind: TokenKind::BlockEnd, .. } => {
                    self.scanner.take();
                    return Ok(Node::of(Value::List(items)));
                }
                Token { start, .. } => {
                    let reason = "did not find expected '-' indicator";
                    return Err(Problem::in_tokens(*start, reason));
                }
            }
        }
    }

    /// A sequence as far to the left as the key of its mapping.
    fn level_sequence(&mut self) -> Result<Node> {
        let mut items = Vec::new();
        while let TokenKind::BlockEntry = self.scanner.peek()?.kind {
            self.scanner.take();
            let is_empty = matches!(
                self.scanner.peek()?.kind,
                TokenKind::BlockEntry | TokenKind::BlockEnd | TokenKind::Key | TokenKind::Value
            );
            items.push(if is_empty { Value::Null } else { self.node(Place::Block)?.value });
        }
        Ok(Node::of(Value::List(items)))
    }

    fn block_mapping(&mut self) -> Result<Node> {
        self.scanner.take();
        let mut map = MapUnderConstruction::default();
        loop {
            match self.scanner.peek()? {
                Token { kind: TokenKind::Key, .. } => {
                    self.scanner.take();
                    let key = self.block_part()?;
                    let key = self.builder.key(key);
                    let value = match self.scanner.peek()?.kind {
                        TokenKind::Value => {
                            self.scanner.take();
                            self.block_part()?
                        }
                        _ => Node::null(),
                    };
                    self.builder.entry(&mut map, key, value);
                }
                Token { kind: TokenKind::BlockEnd, .. } => {
                    self.scanner.take();
                    return Ok(map.finish());
                }
                Token { start, .. } => {
                    let reason = "did not find expected key";
                    return Err(Problem::in_tokens(*start, reason));
                }
            }
        }
    }

    /// A key or a value, or nothing.
    fn block_part(&mut self) -> Result<Node> {
        match self.scanner.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => Ok(Node::null()),
            _ => self.node(Place::BlockEntry),
        }
    }

    fn flow_sequence(&mut self) -> Result<Node> {
        self.scanner.take();
        let mut items = Vec::new();
        while self.has_flow_member(Brackets::Square, items.is_empty())? {
            let item = match self.scanner.peek()?.kind {
                TokenKind::Key => self.single_pair()?,
                _ => self.node(Place::Flow)?,
            };
            items.push(item.value);
        }
        Ok(Node::of(Value::List(items)))
    }

    /// `[a: b]`: a mapping without brackets of its own.
    fn single_pair(&mut self) -> Result<Node> {
        let mut map = MapUnderConstruction::default();
        self.scanner.take();
        let (key, value) = self.flow_pair(Brackets::Square)?;
        self.builder.entry(&mut map, key, value);
        Ok(map.finish())
    }

    fn flow_mapping(&mut self) -> Result<Node> {
        self.scanner.take();
        let mut map = MapUnderConstruction::default();
        let mut is_first = true;
        while self.has_flow_member(Brackets::Curly, mem::take(&mut is_first))? {
            let (key, value) = if let TokenKind::Key = self.scanner.peek()?.kind {
                self.scanner.take();
                self.flow_pair(Brackets::Curly)?
            } else {
                let key = self.node(Place::Flow)?;
                (self.builder.key(key), Node::null())
            };
            self.builder.entry(&mut map, key, value);
        }
        Ok(map.finish())
    }

    /// Whether a member comes, behind its comma, or the closing bracket, which is taken.
    fn has_flow_member(&mut self, around: Brackets, is_first: bool) -> Result<bool> {
        if !is_first && !around.is_closed_by(&self.scanner.peek()?.kind) {
            match self.scanner.peek()? {
                Token { kind: TokenKind::FlowEntry, .. } => {
                    self.scanner.take();
                }
                Token { start, .. } => {
                    return Err(Problem::in_tokens(*start, around.expectation()));
                }
            }
        }
        let is_closed = around.is_closed_by(&self.scanner.peek()?.kind);
        if is_closed {
            self.scanner.take();
        }
        Ok(!is_closed)
    }

    /// What stands behind the start of a key.
    fn flow_pair(&mut self, around: Brackets) -> Result<(Key, Node)> {
        let key = match self.scanner.peek()?.kind {
            TokenKind::Value => Node::null(),
            _ => self.flow_part(around)?,
        };
        let key = self.builder.key(key);
        let value = match self.scanner.peek()?.kind {
            TokenKind::Value => {
                self.scanner.take();
                self.flow_part(around)?
            }
            _ => Node::null(),
        };
        Ok((key, value))
    }

    fn flow_part(&mut self, around: Brackets) -> Result<Node> {
        match &self.scanner.peek()?.kind {
            TokenKind::FlowEntry => Ok(Node::null()),
            kind if around.is_closed_by(kind) => Ok(Node::null()),
            _ => self.node(Place::Flow),
        }
    }
}

/// The brackets of a flow collection.
#[derive(Clone, Copy)]
enum Brackets {
    Square,
    Curly,
}

impl Brackets {
    fn is_closed_by(self, kind: &TokenKind<'_>) -> bool {
        match self {
            Brackets::Square => matches!(kind, TokenKind::FlowSequenceEnd),
            Brackets::Curly => matches!(kind, TokenKind::FlowMappingEnd),
        }
    }

    fn expectation(self) -> &'static str {
        match self {
            Brackets::Square => "did not find expected ',' or ']'",
            Brackets::Curly => "did not find expected ',' or '}'",
        }
    }
}
