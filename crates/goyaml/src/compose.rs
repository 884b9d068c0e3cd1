//! From libyaml's events to trees, within limits.

use std::collections::HashMap;
use std::io::BufReader;
use std::ops::Range;
use std::sync::Arc;

use libyaml_safer::{
    Encoding, Event, EventData, MappingStyle, Mark, Parser, ScalarStyle, SequenceStyle,
};

use crate::limits::{Growth, Limits};
use crate::source::{
    LINE_BREAKS, Position, Source, in_pieces, length_of_blanks, length_of_properties,
};
use crate::{Document, Entry, Error, ErrorKind, Kind, Layout, Node, Style};

/// Reads every document of a stream. A stream of nothing but comments has none.
pub fn parse(bytes: &[u8]) -> Result<Vec<Document>, Error> {
    parse_with(bytes, Limits::default())
}

/// Reads the first document, as Go's `Unmarshal` does; what follows it is not looked at. A stream without a document is
/// an empty one.
pub fn parse_one(bytes: &[u8]) -> Result<Document, Error> {
    let mut first = read(bytes, Limits::default(), 1)?;
    Ok(first.pop().unwrap_or_else(|| {
        let end = Position { line: 1, column: 1, offset: bytes.len() };
        Document { root: Arc::new(null(end)), is_empty: true }
    }))
}

/// Reads every document within other limits.
pub fn parse_with(bytes: &[u8], limits: Limits) -> Result<Vec<Document>, Error> {
    read(bytes, limits, usize::MAX)
}

fn read(bytes: &[u8], limits: Limits, most: usize) -> Result<Vec<Document>, Error> {
    if bytes.len() > limits.bytes {
        let start = Position { line: 1, column: 1, offset: 0 };
        let reason = format!("{} bytes: more than {} are not read", bytes.len(), limits.bytes);
        return Err(Error::new(ErrorKind::Limit, start, reason));
    }
    let source = Source::new(bytes)?;
    let text = source.terminated();
    let mut parser = Parser::new();
    parser.set_encoding(Encoding::Utf8);
    parser.set_input(in_pieces(text.as_bytes()));
    let mut composer =
        Composer { source, parser, limits, nodes: 0, depth: 0, anchors: HashMap::new() };
    composer.documents(most)
}

struct Built {
    node: Arc<Node>,
    growth: Growth,
}

enum Anchor {
    /// Its node is still being read.
    Open,
    Closed(Arc<Node>, Growth),
}

/// What an event says before its node is there.
struct Properties {
    tag: Option<String>,
    anchor: Option<String>,
    /// Start of the node with its properties.
    at: Position,
    /// Start of its content.
    content: usize,
}

struct Composer<'a, 'b> {
    source: Source<'a>,
    parser: Parser<BufReader<&'b [u8]>>,
    limits: Limits,
    nodes: usize,
    depth: usize,
    anchors: HashMap<String, Anchor>,
}

impl Composer<'_, '_> {
    fn documents(&mut self, most: usize) -> Result<Vec<Document>, Error> {
        let mut documents = Vec::new();
        while documents.len() < most {
            let event = self.next()?;
            match event.data {
                EventData::DocumentStart { version_directive, .. } => {
                    // yaml.v2 knows 1.1 only.
                    if version_directive
                        .is_some_and(|version| (version.major, version.minor) != (1, 1))
                    {
                        let reason = "found incompatible YAML document";
                        return Err(self.error(ErrorKind::Syntax, event.start_mark, reason));
                    }
                    documents.push(self.document()?);
                }
                EventData::StreamEnd => break,
                _ => {}
            }
        }
        Ok(documents)
    }

    fn document(&mut self) -> Result<Document, Error> {
        self.anchors.clear();
        let event = self.next()?;
        let root = self.node(event)?.node;
        // The end of the document: what stands behind the root on its last line belongs to it.
        self.next()?;
        let is_empty = root.span.is_empty() && root.start == root.span.start;
        Ok(Document { root, is_empty })
    }

    fn next(&mut self) -> Result<Event, Error> {
        self.parser.parse().map_err(|error| {
            let mark = error.problem_mark().unwrap_or_default();
            let reason = match error.context() {
                Some(context) => format!("{} {context}", error.problem()),
                None => error.problem().to_owned(),
            };
            Error::new(ErrorKind::Syntax, self.source.position(mark), reason)
        })
    }

    fn node(&mut self, event: Event) -> Result<Built, Error> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            let reason = format!("more than {} nodes are not read", self.limits.nodes);
            return Err(self.error(ErrorKind::Limit, event.start_mark, reason));
        }
        match event.data {
            EventData::Alias { anchor } => self.alias(anchor, event.start_mark, event.end_mark),
            EventData::Scalar { anchor, tag, value, style, .. } => {
                let properties = self.properties(event.start_mark, anchor, tag);
                self.scalar(properties, value, style, event.end_mark)
            }
            EventData::SequenceStart { anchor, tag, style, .. } => {
                let properties = self.properties(event.start_mark, anchor, tag);
                self.sequence(properties, style == SequenceStyle::Flow)
            }
            EventData::MappingStart { anchor, tag, style, .. } => {
                let properties = self.properties(event.start_mark, anchor, tag);
                self.mapping(properties, style == MappingStyle::Flow)
            }
            _ => Err(self.error(ErrorKind::Syntax, event.start_mark, "expected a value")),
        }
    }

    fn properties(&self, start: Mark, anchor: Option<String>, tag: Option<String>) -> Properties {
        let at = self.source.position(start);
        let content = if anchor.is_some() || tag.is_some() {
            at.offset + length_of_properties(self.source.tail(at.offset))
        } else {
            at.offset
        };
        Properties { tag, anchor, at, content }
    }

    fn alias(&mut self, name: String, start: Mark, end: Mark) -> Result<Built, Error> {
        let (target, growth) = match self.anchors.get(&name) {
            Some(Anchor::Closed(node, growth)) => (Arc::clone(node), *growth),
            Some(Anchor::Open) => {
                let reason = format!("anchor '{name}' value contains itself");
                return Err(self.error(ErrorKind::Alias, start, reason));
            }
            None => {
                let reason = format!("unknown anchor '{name}' referenced");
                return Err(self.error(ErrorKind::Alias, start, reason));
            }
        };
        let at = self.source.position(start);
        let growth = Growth { added: growth.added.saturating_add(growth.nodes), ..growth };
        self.check(growth, at)?;
        let node = Node {
            kind: Kind::Alias { name, target },
            tag: None,
            anchor: None,
            span: at.offset..self.source.offset(end.index),
            start: at.offset,
            line: at.line,
            column: at.column,
        };
        Ok(Built { node: Arc::new(node), growth })
    }

    fn scalar(
        &mut self,
        properties: Properties,
        mut text: String,
        style: ScalarStyle,
        end: Mark,
    ) -> Result<Built, Error> {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if is_block && self.source.is_past_end(end) && self.has_added_break(&text, &properties) {
            text.pop();
        }
        let style = match style {
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
            _ => Style::Plain,
        };
        let end = self.source.offset(end.index);
        // An empty scalar behind its properties ends with them.
        let is_unwritten = text.is_empty() && style == Style::Plain;
        let from = if is_unwritten { end } else { properties.content.min(end) };
        if style == Style::DoubleQuoted {
            self.refuse_escaped_slash(&properties, from, end)?;
        }
        self.finish(properties, Kind::Scalar { text, style }, from..end, Growth::ONE)
    }

    /// Whether a block scalar at the end of the source ends with the line break that was added there. Behind a last line
    /// of blanks the break is only one more empty line, and counts when all of those are kept.
    fn has_added_break(&self, text: &str, properties: &Properties) -> bool {
        let Some(text) = text.strip_suffix('\n') else { return false };
        let is_blank = |line: &str| line.bytes().all(|byte| byte == b' ');
        let last = |text: &str| text.rsplit(LINE_BREAKS).next().unwrap_or("").to_owned();
        if !is_blank(&last(self.source.text)) {
            return true;
        }
        let header = self.source.tail(properties.content).lines().next().unwrap_or("");
        let content = last(text);
        header.split('#').next().unwrap_or("").contains('+')
            || (is_blank(&content) && !content.is_empty())
    }

    fn sequence(&mut self, properties: Properties, is_flow: bool) -> Result<Built, Error> {
        self.enter(&properties)?;
        let mut items = Vec::new();
        let mut growth = Growth::ONE;
        let mut end = properties.content;
        loop {
            let event = self.next()?;
            if event.data == EventData::SequenceEnd {
                if is_flow {
                    end = self.source.offset(event.end_mark.index);
                }
                break;
            }
            let item = self.node(event)?;
            end = end.max(item.node.span.end);
            growth.add(item.growth);
            items.push(item.node);
        }
        self.depth -= 1;
        let kind = Kind::Sequence { items, layout: layout(is_flow) };
        let span = properties.content..end;
        self.finish(properties, kind, span, growth)
    }

    fn mapping(&mut self, properties: Properties, is_flow: bool) -> Result<Built, Error> {
        self.enter(&properties)?;
        let mut entries = Vec::new();
        let mut growth = Growth::ONE;
        let mut end = properties.content;
        loop {
            let event = self.next()?;
            if event.data == EventData::MappingEnd {
                // A pair in a flow sequence, `[a: 1]`, has no brackets of its own.
                if is_flow && self.source.tail(properties.content).starts_with('{') {
                    end = self.source.offset(event.end_mark.index);
                }
                break;
            }
            let key = self.node(event)?;
            let event = self.next()?;
            let mut value = self.node(event)?;
            let separator = self.separator(&key.node, &value.node);
            if is_unwritten(&value.node) {
                let place = separator.map_or(key.node.span.end, |at| at + 1);
                if let Some(node) = Arc::get_mut(&mut value.node) {
                    node.span = place..place;
                    node.start = place;
                }
            }
            end = end.max(key.node.span.end).max(value.node.span.end);
            end = end.max(separator.map_or(0, |at| at + 1));
            growth.add(key.growth);
            growth.add(value.growth);
            entries.push(Entry { key: key.node, value: value.node, separator });
        }
        self.depth -= 1;
        let kind = Kind::Mapping { entries, layout: layout(is_flow) };
        let span = properties.content..end;
        self.finish(properties, kind, span, growth)
    }

    /// Where the `:` between a key and its value is.
    fn separator(&self, key: &Node, value: &Node) -> Option<usize> {
        let between = self.source.tail(key.span.end);
        let at = key.span.end + length_of_blanks(between);
        let is_separator = self.source.tail(at).starts_with(':');
        (is_separator && (at < value.start || is_unwritten(value))).then_some(at)
    }

    fn enter(&mut self, properties: &Properties) -> Result<(), Error> {
        if let Some(name) = &properties.anchor {
            self.anchors.insert(name.clone(), Anchor::Open);
        }
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(self.too_deep(properties.at));
        }
        Ok(())
    }

    fn finish(
        &mut self,
        properties: Properties,
        kind: Kind,
        span: Range<usize>,
        growth: Growth,
    ) -> Result<Built, Error> {
        let Properties { tag, anchor, at, .. } = properties;
        self.check(growth, at)?;
        let (start, line, column) = (at.offset, at.line, at.column);
        let node = Arc::new(Node { kind, tag, anchor: anchor.clone(), span, start, line, column });
        if let Some(name) = anchor {
            self.anchors.insert(name, Anchor::Closed(Arc::clone(&node), growth));
        }
        Ok(Built { node, growth })
    }

    fn check(&self, growth: Growth, at: Position) -> Result<(), Error> {
        // A scalar counts as a level of its own.
        if self.depth + growth.height > self.limits.depth + 1 {
            return Err(self.too_deep(at));
        }
        if growth.added > self.limits.expansion {
            let most = self.limits.expansion;
            let reason = format!("aliases expand to more than {most} nodes: excessive aliasing");
            return Err(Error::new(ErrorKind::Limit, at, reason));
        }
        Ok(())
    }

    fn too_deep(&self, at: Position) -> Error {
        let reason = format!("more than {} levels deep", self.limits.depth);
        Error::new(ErrorKind::Limit, at, reason)
    }

    /// yaml.v2 does not know `\/`, the scanner here does.
    fn refuse_escaped_slash(
        &self,
        properties: &Properties,
        from: usize,
        end: usize,
    ) -> Result<(), Error> {
        let mut is_escaped = false;
        for byte in self.source.slice(from, end).bytes() {
            if is_escaped && byte == b'/' {
                let reason = "found unknown escape character while parsing a quoted scalar";
                return Err(Error::new(ErrorKind::Syntax, properties.at, reason));
            }
            is_escaped = byte == b'\\' && !is_escaped;
        }
        Ok(())
    }

    fn error(&self, kind: ErrorKind, mark: Mark, reason: impl Into<String>) -> Error {
        Error::new(kind, self.source.position(mark), reason)
    }
}

fn layout(is_flow: bool) -> Layout {
    if is_flow { Layout::Flow } else { Layout::Block }
}

fn null(at: Position) -> Node {
    Node {
        kind: Kind::Scalar { text: String::new(), style: Style::Plain },
        tag: None,
        anchor: None,
        span: at.offset..at.offset,
        start: at.offset,
        line: at.line,
        column: at.column,
    }
}

/// Whether nothing at all stands there.
fn is_unwritten(node: &Node) -> bool {
    node.span.is_empty() && node.start == node.span.start
}
