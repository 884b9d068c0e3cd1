//! Adding keys to a YAML text: as deep as the maps go that are there, and the missing ones with them.

use goyaml::{Document, Entry, Kind, Layout, Node};

use crate::scalar::{Splice, write};

/// Keys to add below one place.
#[derive(Debug, Default)]
struct Tree {
    entries: Vec<(String, Branch)>,
}

#[derive(Debug)]
enum Branch {
    /// A scalar as it is to be written.
    Scalar(String),
    Map(Tree),
}

/// Where keys go.
enum Ground<'a> {
    /// The document has nothing in it.
    Document,
    /// Behind the last entry of a mapping.
    Mapping(&'a Node),
    /// In place of a null.
    Null { entry: &'a Entry, indent: usize },
}

/// Insertions into one document, put together so that those into one map become one.
pub(crate) struct Insertions<'a> {
    source: &'a str,
    document: &'a Document,
    grounds: Vec<(Ground<'a>, Vec<String>, Tree)>,
}

impl<'a> Insertions<'a> {
    pub(crate) fn new(source: &'a str, document: &'a Document) -> Self {
        Self { source, document, grounds: Vec::new() }
    }

    /// Adds a key that the document does not have, or has as null.
    pub(crate) fn add(&mut self, path: &[String], text: &str) -> Result<(), &'static str> {
        let (ground, depth) = self.ground(path)?;
        self.add_at(ground, path, depth, write(text));
        Ok(())
    }

    /// Adds a key to a mapping, behind what is there: so it overrides what is merged in. `scalar` is written as it is.
    pub(crate) fn override_in(&mut self, mapping: &'a Node, path: &[String], scalar: String) {
        let depth = path.len().saturating_sub(1);
        self.add_at(Ground::Mapping(mapping), path, depth, scalar);
    }

    fn add_at(&mut self, ground: Ground<'a>, path: &[String], depth: usize, scalar: String) {
        let at = ground.at();
        let known = self.grounds.iter().position(|(known, ..)| known.at() == at);
        let index = known.unwrap_or_else(|| {
            self.grounds.push((ground, path.to_vec(), Tree::default()));
            self.grounds.len() - 1
        });
        self.grounds[index].2.add(&path[depth..], scalar);
    }

    /// Follows a path as far as it is written.
    fn ground(&self, path: &[String]) -> Result<(Ground<'a>, usize), &'static str> {
        let mut mapping: &'a Node = &self.document.root;
        if mapping.is_null() {
            let is_written = !mapping.span.is_empty();
            return if is_written {
                Err("the file holds a written null")
            } else {
                Ok((Ground::Document, 0))
            };
        }
        for (depth, key) in path.iter().enumerate() {
            if matches!(mapping.kind, Kind::Alias { .. }) {
                return Err("it is below an alias");
            }
            let Some(found) = mapping.find(key) else {
                return Ok((Ground::Mapping(mapping), depth));
            };
            if found.is_merged {
                return Err("it comes from a merged map");
            }
            let entry = found.entry;
            if entry.value.is_null() {
                if matches!(entry.value.kind, Kind::Alias { .. }) || entry.value.anchor.is_some() {
                    return Err("it has an anchor");
                }
                let indent = mapping.column - 1;
                return Ok((Ground::Null { entry, indent: indent_of(mapping, indent) }, depth + 1));
            }
            mapping = &entry.value;
            if !mapping.is_mapping() {
                return Err("a key on the way is no map");
            }
        }
        Err("it is there already")
    }

    pub(crate) fn splices(self) -> Vec<Splice> {
        let line_break = if self.source.contains("\r\n") { "\r\n" } else { "\n" };
        let writer = Writer { source: self.source, line_break };
        self.grounds
            .into_iter()
            .map(|(ground, path, tree)| {
                let (at, end, text) = writer.splice(&ground, &tree);
                Splice { range: at..end, text, path }
            })
            .collect()
    }
}

/// Columns in front of a block mapping's keys.
fn indent_of(mapping: &Node, fallback: usize) -> usize {
    mapping.entries().first().map_or(fallback, |entry| entry.key.column - 1)
}

impl Ground<'_> {
    fn at(&self) -> usize {
        match self {
            Ground::Document => usize::MAX,
            Ground::Mapping(mapping) => mapping.span.start,
            Ground::Null { entry, .. } => entry.key.span.end,
        }
    }
}

impl Tree {
    fn add(&mut self, path: &[String], scalar: String) {
        let [key, rest @ ..] = path else {
            // The null itself becomes the scalar.
            self.entries = vec![(String::new(), Branch::Scalar(scalar))];
            return;
        };
        let known = self.entries.iter().position(|(name, _)| name == key);
        let index = known.unwrap_or_else(|| {
            self.entries.push((key.clone(), Branch::Map(Tree::default())));
            self.entries.len() - 1
        });
        match &mut self.entries[index].1 {
            branch if rest.is_empty() => *branch = Branch::Scalar(scalar),
            Branch::Map(tree) => tree.add(rest, scalar),
            Branch::Scalar(_) => {}
        }
    }

    /// The scalar, when there is no key to it.
    fn as_scalar(&self) -> Option<&str> {
        match &self.entries[..] {
            [(key, Branch::Scalar(scalar))] if key.is_empty() => Some(scalar),
            _ => None,
        }
    }

    fn to_flow(&self) -> String {
        let entries = self.entries.iter().map(|(key, branch)| match branch {
            Branch::Scalar(scalar) => format!("{}: {scalar}", write(key)),
            Branch::Map(tree) => format!("{}: {{{}}}", write(key), tree.to_flow()),
        });
        entries.collect::<Vec<_>>().join(", ")
    }

    /// Lines without the last break.
    fn to_block(&self, indent: usize, line_break: &str) -> String {
        let margin = " ".repeat(indent);
        let entries = self.entries.iter().map(|(key, branch)| match branch {
            Branch::Scalar(scalar) => format!("{margin}{}: {scalar}", write(key)),
            Branch::Map(tree) => {
                let inner = tree.to_block(indent + 2, line_break);
                format!("{margin}{}:{line_break}{inner}", write(key))
            }
        });
        entries.collect::<Vec<_>>().join(line_break)
    }
}

struct Writer<'a> {
    source: &'a str,
    line_break: &'a str,
}

impl Writer<'_> {
    fn splice(&self, ground: &Ground<'_>, tree: &Tree) -> (usize, usize, String) {
        let end = self.source.len();
        match ground {
            Ground::Document => self.lines_at(end, &tree.to_block(0, self.line_break)),
            Ground::Mapping(mapping) => self.in_mapping(mapping, tree),
            Ground::Null { entry, indent } => self.in_null(entry, *indent, tree),
        }
    }

    fn in_mapping(&self, mapping: &Node, tree: &Tree) -> (usize, usize, String) {
        let entries = mapping.entries();
        if matches!(mapping.kind, Kind::Mapping { layout: Layout::Block, .. }) {
            let indent = indent_of(mapping, mapping.column - 1);
            let at = self.end_of_line(mapping.span.end);
            return self.lines_at(at, &tree.to_block(indent, self.line_break));
        }
        let Some(last) = entries.last() else {
            let at = mapping.span.start + 1;
            return (at, at, tree.to_flow());
        };
        let at = last.value.span.end.max(last.key.span.end);
        // `{a:,` would be a key `a:`.
        let is_joined = self.source[..at].ends_with(':') && last.separator == Some(at - 1);
        let space = if is_joined { " " } else { "" };
        (at, at, format!("{space}, {}", tree.to_flow()))
    }

    fn in_null(&self, entry: &Entry, indent: usize, tree: &Tree) -> (usize, usize, String) {
        let value = &entry.value.span;
        let colon = if entry.separator.is_none() { ":" } else { "" };
        let space = if self.source[..value.start].ends_with([' ', '\t']) { "" } else { " " };
        if let Some(scalar) = tree.as_scalar() {
            return (value.start, value.end, format!("{colon}{space}{scalar}"));
        }
        let is_in_block = value.is_empty()
            && entry.separator.is_some()
            && is_blank(&self.source[value.start..self.end_of_line(value.start)]);
        if is_in_block {
            let at = self.end_of_line(value.start);
            return self.lines_at(at, &tree.to_block(indent + 2, self.line_break));
        }
        (value.start, value.end, format!("{colon}{space}{{{}}}", tree.to_flow()))
    }

    /// Whole lines at a place that is the start of a line or the end of one.
    fn lines_at(&self, at: usize, lines: &str) -> (usize, usize, String) {
        let is_line_start = at == 0 || self.source[..at].ends_with('\n');
        if is_line_start {
            return (at, at, format!("{lines}{}", self.line_break));
        }
        (at, at, format!("{}{lines}", self.line_break))
    }

    /// The end of the line a place is in, in front of its break; the place itself when a line starts there.
    fn end_of_line(&self, at: usize) -> usize {
        if at > 0 && self.source[..at].ends_with('\n') {
            return at;
        }
        let rest = &self.source[at..];
        at + rest.find('\n').map_or(rest.len(), |end| rest[..end].trim_end_matches('\r').len())
    }
}

/// Nothing but blanks and a comment.
fn is_blank(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text.starts_with('#')
}
