//! Stricter than Go: for files where a second `password:` is a mistake and not a choice.

use std::collections::HashMap;
use std::sync::Arc;

use crate::{Document, Kind, Node};

/// A key that its mapping has twice.
#[derive(Clone, Debug, PartialEq)]
pub struct DuplicateKey {
    /// The key as Go reads it.
    pub key: String,
    /// The one that loses.
    pub first: Arc<Node>,
    /// The one that wins.
    pub second: Arc<Node>,
}

impl Document {
    /// Every key that is written again in its own mapping, in the order of the second ones. Go lets the last win without
    /// a word.
    pub fn duplicate_keys(&self) -> Vec<DuplicateKey> {
        let mut found = Vec::new();
        collect(&self.root, &mut found);
        found
    }
}

fn collect(node: &Node, found: &mut Vec<DuplicateKey>) {
    match &node.kind {
        Kind::Sequence { items, .. } => items.iter().for_each(|item| collect(item, found)),
        Kind::Mapping { entries, .. } => {
            let mut seen: HashMap<String, &Arc<Node>> = HashMap::new();
            for entry in entries {
                if let Some(key) = entry.key.key_text()
                    && let Some(first) = seen.insert(key.clone(), &entry.key)
                {
                    let (first, second) = (Arc::clone(first), Arc::clone(&entry.key));
                    found.push(DuplicateKey { key, first, second });
                }
                collect(&entry.value, found);
            }
        }
        // What an alias stands for was looked at where it is written.
        Kind::Scalar { .. } | Kind::Alias { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn equal_keys_are_found_with_their_places() {
        let source = "a: 1\nb:\n  yes: 1\n  on: 2\nc: [{x: 1, x: 2}]\na: 3\n";
        let found = crate::parse_one(source.as_bytes()).unwrap().duplicate_keys();
        let places: Vec<_> = found
            .iter()
            .map(|twice| {
                (twice.key.as_str(), twice.first.line, twice.second.line, twice.second.column)
            })
            .collect();
        assert_eq!(places, [("true", 3, 4, 3), ("x", 5, 5, 12), ("a", 1, 6, 1)]);
    }
}
