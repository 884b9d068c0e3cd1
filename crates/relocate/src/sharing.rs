//! Who shares a value: every key of a document that leads to one written scalar, through anchors and merges.

use std::collections::HashMap;

use goyaml::{Kind, Node};

/// A key, and how its value is reached.
pub(crate) struct User<'a> {
    pub(crate) path: Vec<String>,
    /// The scalar its value is written in.
    pub(crate) scalar: &'a Node,
    pub(crate) reach: Reach<'a>,
}

/// How a value is reached.
#[derive(Clone, Copy)]
pub(crate) enum Reach<'a> {
    /// It is written there.
    Own,
    /// An alias of it is written there.
    Alias(&'a Node),
    /// It comes by `<<` into a mapping that is written there.
    Merged(&'a Node),
    /// It is in a mapping that an alias, written there, stands for.
    BelowAlias(&'a Node),
    /// Further off.
    Far,
}

/// Every scalar of a document, by every key that leads to it.
pub(crate) fn users(root: &Node) -> Vec<User<'_>> {
    let mut found = Vec::new();
    collect(root, &mut Vec::new(), Reach::Own, &mut found);
    found
}

fn collect<'a>(
    node: &'a Node,
    path: &mut Vec<String>,
    reach: Reach<'a>,
    found: &mut Vec<User<'a>>,
) {
    let target = node.resolved();
    let is_alias = matches!(node.kind, Kind::Alias { .. });
    match &target.kind {
        Kind::Mapping { .. } => {
            // Keys below a mapping that is reached directly are reached directly.
            let below = match (reach, is_alias) {
                (Reach::Own, false) => Below::Here(target),
                (Reach::Own, true) => Below::Alias(node),
                _ => Below::Far,
            };
            collect_entries(target, path, below, found);
        }
        Kind::Sequence { items, .. } => {
            let inner = if is_alias { Reach::Far } else { reach };
            for (index, item) in items.iter().enumerate() {
                path.push(format!("[{index}]"));
                collect(item, path, inner, found);
                path.pop();
            }
        }
        Kind::Scalar { .. } | Kind::Alias { .. } => {
            let reach = match reach {
                Reach::Own if is_alias => Reach::Alias(node),
                reach => reach,
            };
            found.push(User { path: path.clone(), scalar: target, reach });
        }
    }
}

#[derive(Clone, Copy)]
enum Below<'a> {
    Here(&'a Node),
    Alias(&'a Node),
    Far,
}

fn collect_entries<'a>(
    mapping: &'a Node,
    path: &mut Vec<String>,
    below: Below<'a>,
    found: &mut Vec<User<'a>>,
) {
    for (key, value, is_merged) in effective(mapping) {
        let reach = match (below, is_merged) {
            (Below::Here(_), false) => Reach::Own,
            (Below::Here(mapping), true) => Reach::Merged(mapping),
            (Below::Alias(alias), _) => Reach::BelowAlias(alias),
            (Below::Far, _) => Reach::Far,
        };
        path.push(key);
        // Only scalars can be written anew in a mapping they come into from elsewhere.
        let is_scalar = value.text().is_some();
        let reach = match reach {
            Reach::Merged(_) | Reach::BelowAlias(_) if !is_scalar => Reach::Far,
            reach => reach,
        };
        collect(value, path, reach, found);
        path.pop();
    }
}

/// The keys of a mapping with the values Go sees, in the order in which they first appear, and whether they came by
/// `<<`.
pub(crate) fn effective(mapping: &Node) -> Vec<(String, &Node, bool)> {
    let mut found: Vec<(String, &Node, bool)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    gather(mapping, false, &mut |key, value, is_merged| {
        if let Some(place) = places.get(&key) {
            found[*place] = (key, value, is_merged);
        } else {
            places.insert(key.clone(), found.len());
            found.push((key, value, is_merged));
        }
    });
    found
}

/// Calls back with every key in the order in which Go sets them.
fn gather<'a>(mapping: &'a Node, is_merged: bool, set: &mut impl FnMut(String, &'a Node, bool)) {
    for entry in mapping.entries() {
        if entry.key.is_merge_key() {
            let value = entry.value.resolved();
            match &value.kind {
                Kind::Sequence { items, .. } => {
                    for item in items.iter().rev() {
                        gather(item.resolved(), true, set);
                    }
                }
                _ => gather(value, true, set),
            }
        } else if let Some(key) = entry.key.key_text() {
            set(key, &entry.value, is_merged);
        }
    }
}
