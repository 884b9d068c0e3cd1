//! Values from what was parsed: tags, anchors, merges, keys.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::limits::Limits;
use crate::read::problem::{Mark, Problem};
use crate::read::scanner::Result;
use crate::resolve::{self, MERGE_TAG};
use crate::value::MapBuilder;
use crate::{Value, read::go_syntax};

/// A node that was read.
pub(super) struct Node {
    pub(super) value: Value,
    /// Whether it is a `<<` that merges.
    is_merge: bool,
    is_alias: bool,
}

impl Node {
    pub(super) fn of(value: Value) -> Self {
        Self { value, is_merge: false, is_alias: false }
    }

    pub(super) fn null() -> Self {
        Self::of(Value::Null)
    }
}

/// A node in the place of a key.
pub(super) enum Key {
    Text(String),
    /// `<<`, and whether everything was right before it.
    Merge {
        is_first_problem: bool,
    },
    /// A key of YAML and not of JSON: null, or an integer beyond 63 bits.
    Unsupported(Value),
    /// No key at all, which was noted.
    Refused,
}

/// A map that is being read.
#[derive(Default)]
pub(super) struct MapUnderConstruction(MapBuilder);

impl MapUnderConstruction {
    pub(super) fn finish(self) -> Node {
        Node::of(Value::Map(self.0.finish()))
    }
}

/// What Go makes of the nodes. It reads the whole document before it asks what the values are, and asks that of all of
/// them before it asks for the keys; so the first mistake of either kind waits until there is none before it.
pub(super) struct Builder<'a> {
    limits: Limits,
    /// The nodes with anchors; none while a node is being read.
    anchors: HashMap<&'a str, Option<Anchored>>,
    anchored_nodes: usize,
    aliased_nodes: usize,
    pub(super) bad_value: Option<Problem>,
    pub(super) bad_key: Option<String>,
}

struct Anchored {
    value: Value,
    nodes: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            anchors: HashMap::new(),
            anchored_nodes: 0,
            aliased_nodes: 0,
            bad_value: None,
            bad_key: None,
        }
    }

    pub(super) fn open(&mut self, name: &'a str) {
        self.anchors.insert(name, None);
    }

    pub(super) fn close(&mut self, name: &'a str, node: &Node, at: Mark) -> Result<()> {
        let nodes = count(&node.value);
        self.anchored_nodes += nodes;
        if self.anchored_nodes > self.limits.nodes {
            return Err(Problem::without_line(Some(at), "document has too many anchored nodes"));
        }
        self.anchors.insert(name, Some(Anchored { value: node.value.clone(), nodes }));
        Ok(())
    }

    pub(super) fn alias(&mut self, name: &str, at: Mark) -> Result<Node> {
        let value = match self.anchors.get(name) {
            Some(Some(anchored)) => {
                self.aliased_nodes += anchored.nodes;
                if self.aliased_nodes > self.limits.expansion {
                    let reason = "document contains excessive aliasing";
                    return Err(Problem::without_line(Some(at), reason));
                }
                anchored.value.clone()
            }
            Some(None) => {
                let reason = format!("anchor '{name}' value contains itself");
                self.refuse(Problem::without_line(Some(at), reason));
                Value::Null
            }
            None => {
                let reason = format!("unknown anchor '{name}' referenced");
                return Err(Problem::without_line(Some(at), reason));
            }
        };
        Ok(Node { is_alias: true, ..Node::of(value) })
    }

    pub(super) fn scalar(
        &mut self,
        tag: Option<&str>,
        text: Cow<'_, str>,
        is_plain: bool,
        at: Mark,
    ) -> Node {
        let may_merge = match tag {
            None => is_plain,
            Some(tag) => tag == "!" || tag == MERGE_TAG,
        };
        let is_merge = may_merge && text == "<<";
        let value = match tag {
            None if is_plain => resolve::plain(text),
            None => Value::String(text.into_owned()),
            Some(tag) => resolve::resolve_tagged(tag, &text).unwrap_or_else(|reason| {
                self.refuse(Problem::without_line(Some(at), reason));
                Value::Null
            }),
        };
        Node { is_merge, ..Node::of(value) }
    }

    /// What a node is as a key. Go refuses a bad one before it looks at the value.
    pub(super) fn key(&mut self, node: Node) -> Key {
        if node.is_merge {
            return Key::Merge { is_first_problem: self.bad_value.is_none() };
        }
        match resolve::key_of(node.value) {
            Ok(text) => Key::Text(text),
            Err(key @ (Value::List(_) | Value::Map(_))) => {
                let reason = format!("invalid map key: {}", go_syntax::nested(&key));
                self.refuse(Problem::without_line(None, reason));
                Key::Refused
            }
            Err(key) => Key::Unsupported(key),
        }
    }

    pub(super) fn entry(&mut self, map: &mut MapUnderConstruction, key: Key, value: Node) {
        match key {
            Key::Text(text) => map.0.insert(text, value.value),
            Key::Merge { is_first_problem } => {
                let is_collection = matches!(value.value, Value::List(_) | Value::Map(_));
                if is_first_problem && !is_collection {
                    // Go does not look at what a scalar is that cannot be merged.
                    self.bad_value = None;
                }
                self.merge(map, value);
            }
            Key::Refused => {}
            Key::Unsupported(key) => {
                let type_name = if key.is_null() { "%!s(<nil>)" } else { "uint64" };
                let (key, value) = (go_syntax::argument(&key), go_syntax::argument(&value.value));
                self.bad_key.get_or_insert_with(|| {
                    format!("unsupported map key of type: {type_name}, key: {key}, value: {value}")
                });
            }
        }
    }

    fn merge(&mut self, map: &mut MapUnderConstruction, from: Node) {
        match from.value {
            Value::Map(merged) => {
                merged.into_iter().for_each(|(key, value)| map.0.insert(key, value));
            }
            // Backwards: of several, the earlier map wins.
            Value::List(items) if !from.is_alias => {
                for item in items.into_iter().rev() {
                    self.merge(map, Node { is_alias: true, ..Node::of(item) });
                }
            }
            _ => self.refuse(Problem::without_line(
                None,
                "map merge requires map or sequence of maps as the value",
            )),
        }
    }

    fn refuse(&mut self, problem: Problem) {
        self.bad_value.get_or_insert(problem);
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Map(map) => 1 + map.iter().map(|(_, value)| 1 + count(value)).sum::<usize>(),
        _ => 1,
    }
}
