//! The tree of a document: what was written, in order, and where.

use std::ops::Range;
use std::sync::Arc;

use crate::{Value, resolve};

/// One document of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its root. An empty document has an empty plain scalar, which is null.
    pub root: Arc<Node>,
    /// Whether the document has nothing but comments in it.
    pub is_empty: bool,
}

/// A node as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its tag, resolved against the document's handles: `tag:yaml.org,2002:str` for `!!str`.
    pub tag: Option<String>,
    /// Its anchor, without `&`.
    pub anchor: Option<String>,
    /// Its content in the source, in bytes, without anchor and tag. A quoted scalar's has its quotes, a flow
    /// collection's its brackets; a block collection's goes from its first key or `-` to the end of its last member; a
    /// block scalar's goes from `|` to the start of the line that follows. A null that is not written is the empty
    /// range behind `:` or `-`.
    pub span: Range<usize>,
    /// Where anchor and tag start; where the content starts when there are none.
    pub start: usize,
    /// Line of `start`, from 1.
    pub line: usize,
    /// Column of `start` in characters, from 1.
    pub column: usize,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A text.
    Scalar {
        /// Without quotes and escapes.
        text: String,
        /// How it is written.
        style: Style,
    },
    /// A list.
    Sequence {
        /// Its members in order.
        items: Vec<Arc<Node>>,
        /// How it is written.
        layout: Layout,
    },
    /// A map.
    Mapping {
        /// Its entries in order, equal keys and `<<` included.
        entries: Vec<Entry>,
        /// How it is written.
        layout: Layout,
    },
    /// `*name`.
    Alias {
        /// Without `*`.
        name: String,
        /// The node it stands for; never an alias itself.
        target: Arc<Node>,
    },
}

/// One `key: value` of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Arc<Node>,
    /// The value.
    pub value: Arc<Node>,
    /// The offset of the `:`. `{a}` and `? a` have none.
    pub separator: Option<usize>,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`.
    SingleQuoted,
    /// `"…"`.
    DoubleQuoted,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
}

/// How a collection is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// By indentation.
    Block,
    /// In brackets.
    Flow,
}

/// The entry a key leads to.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The entry, in this mapping or in the one it was merged from.
    pub entry: &'a Entry,
    /// Whether it came by `<<`.
    pub is_merged: bool,
}

impl Node {
    /// The node itself, or what it is an alias of.
    pub fn resolved(&self) -> &Node {
        match &self.kind {
            Kind::Alias { target, .. } => target,
            _ => self,
        }
    }

    /// The entries of a mapping (or of the mapping an alias stands for); none of anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.resolved().kind {
            Kind::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    /// The members of a sequence (or of the one an alias stands for); none of anything else.
    pub fn items(&self) -> &[Arc<Node>] {
        match &self.resolved().kind {
            Kind::Sequence { items, .. } => items,
            _ => &[],
        }
    }

    /// Whether this is a mapping or an alias of one.
    pub fn is_mapping(&self) -> bool {
        matches!(self.resolved().kind, Kind::Mapping { .. })
    }

    /// Whether Go reads null here.
    pub fn is_null(&self) -> bool {
        matches!(self.to_scalar(), Some(Ok(Value::Null)))
    }

    /// The text of a scalar (or of the scalar an alias stands for) as it was written, without quotes: `1.30` and not
    /// the number 1.3.
    pub fn text(&self) -> Option<&str> {
        match &self.resolved().kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The key as Go's YAML to JSON conversion writes it: `y` becomes `true`. None when Go refuses it as a key.
    pub fn key_text(&self) -> Option<String> {
        resolve::key(self).ok()
    }

    /// Whether this key merges what it is given: a plain `<<`.
    pub fn is_merge_key(&self) -> bool {
        let Kind::Scalar { text, style } = &self.kind else { return false };
        text == "<<"
            && match self.tag.as_deref() {
                None => *style == Style::Plain,
                Some(tag) => tag == "!" || tag == resolve::MERGE_TAG,
            }
    }

    /// The value Go finds under a key: the last of equal ones, merges included.
    pub fn get(&self, key: &str) -> Option<&Arc<Node>> {
        self.find(key).map(|found| &found.entry.value)
    }

    /// The entry Go's value of a key comes from.
    pub fn find(&self, key: &str) -> Option<Found<'_>> {
        let mut found = None;
        for entry in self.entries() {
            if entry.key.is_merge_key() {
                // In a list the earlier mapping wins.
                let merged = match &entry.value.resolved().kind {
                    Kind::Sequence { items, .. } => items.iter().find_map(|item| item.find(key)),
                    _ => entry.value.find(key),
                };
                found = merged.map(|found| Found { is_merged: true, ..found }).or(found);
            } else if entry.key.key_text().as_deref() == Some(key) {
                found = Some(Found { entry, is_merged: false });
            }
        }
        found
    }
}
