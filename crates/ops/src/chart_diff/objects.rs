//! What differs between two renders: objects, their images, custom resource definitions.

use std::collections::{BTreeMap, BTreeSet};

use helm::{Done, Head};
use oci::Reference;
use serde::Serialize;
use serde_json::Value;

use super::fields::{FieldChange, changes, without_secrets};
use crate::images::render::{documents, images};
use crate::inspect::given;

/// What happened to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WhatHappened {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is there, and not the same.
    Changed,
}

/// An object that is not the same in both.
#[derive(Clone, Debug, Serialize)]
pub struct ObjectChange {
    /// Its kind, with its group.
    pub kind: String,
    /// Its namespace, if it says one.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// What happened to it.
    pub change: WhatHappened,
    /// The template that makes it, in the newer chart where it is there.
    pub template: String,
    /// The events, when it is a hook.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hook: Vec<&'static str>,
    /// The fields that differ.
    pub fields: Vec<FieldChange>,
}

impl ObjectChange {
    /// Whether only labels and checksums differ that follow every change of the version.
    pub fn is_routine(&self) -> bool {
        self.change == WhatHappened::Changed && self.fields.iter().all(|field| field.is_routine)
    }
}

/// An image that is not the same in both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageChange {
    /// Registry and repository.
    pub name: String,
    /// The tags and digests before; none when it is new.
    pub before: Vec<String>,
    /// Those after; none when it is gone.
    pub after: Vec<String>,
}

/// A custom resource definition that is not the same in both.
#[derive(Clone, Debug, Serialize)]
pub struct CrdChange {
    /// Its name: `instances.kairship.io`.
    pub name: String,
    /// What happened to it.
    pub change: WhatHappened,
    /// Where it is in the newer chart, else in the older one.
    pub file: String,
    /// Its versions before: `v1`, `v1alpha1 (not served)`, `v1 (stored)`.
    pub versions_before: Vec<String>,
    /// Its versions after.
    pub versions_after: Vec<String>,
    /// Bytes of the newer one. What `kubectl apply` takes ends at 262,144.
    pub size: usize,
    /// The fields that differ.
    pub fields: Vec<FieldChange>,
}

/// Everything that differs.
pub(super) struct Compared {
    pub(super) images: Vec<ImageChange>,
    pub(super) objects: Vec<ObjectChange>,
    pub(super) crds: Vec<CrdChange>,
}

const CRD: &str = "CustomResourceDefinition";

pub(super) fn compare(old: &Done, new: &Done) -> Compared {
    Compared {
        images: compare_images(old, new),
        objects: compare_objects(old, new),
        crds: compare_crds(&crds(old), &crds(new)),
    }
}

fn compare_images(old: &Done, new: &Done) -> Vec<ImageChange> {
    let by_name = |done: &Done| {
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for found in images(done) {
            let text = found.image.image;
            let (name, identifier) = match text.parse::<Reference>() {
                Ok(reference) => {
                    let name = reference.without_identifier();
                    let identifier = reference.to_string().split_off(name.len());
                    (name, identifier.trim_start_matches(':').to_owned())
                }
                Err(_) => (text, String::new()),
            };
            all.entry(name).or_default().insert(identifier);
        }
        all
    };
    let (old, new) = (by_name(old), by_name(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let list = |all: &BTreeMap<String, BTreeSet<String>>, name: &String| {
        all.get(name).map(|tags| tags.iter().cloned().collect()).unwrap_or_default()
    };
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| ImageChange {
            name: name.clone(),
            before: list(&old, name),
            after: list(&new, name),
        })
        .collect()
}

/// An object of one side.
struct Side<'a> {
    head: &'a Head,
    template: &'a str,
    text: &'a str,
    hook: Vec<&'static str>,
}

/// Group and kind, namespace, name. The version of the API may change without the object being another one.
type Key = (String, String, String);

fn sides(done: &Done) -> BTreeMap<Key, Side<'_>> {
    let wanted = documents(done)
        .filter(|(document, ..)| !document.head.kind.is_empty() && document.head.kind != CRD);
    wanted
        .map(|(document, _, hook)| {
            let head = &document.head;
            let key = (head.gvk().to_string(), head.namespace.clone(), head.name.clone());
            let events = hook.map(|hook| hook.hook.events.iter().map(|one| one.as_str()).collect());
            let (template, text) = (document.path.as_str(), document.text.as_str());
            (key, Side { head, template, text, hook: events.unwrap_or_default() })
        })
        .collect()
}

fn compare_objects(old: &Done, new: &Done) -> Vec<ObjectChange> {
    let (old, new) = (sides(old), sides(new));
    let keys: BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
    let mut found = Vec::new();
    for key in keys {
        let (change, side, fields) = match (old.get(key), new.get(key)) {
            (Some(before), Some(after)) => {
                if before.text.trim_end() == after.text.trim_end() {
                    continue;
                }
                let fields = changes(&tree(before), &tree(after));
                if fields.is_empty() {
                    continue;
                }
                (WhatHappened::Changed, after, fields)
            }
            (None, Some(after)) => (WhatHappened::Added, after, Vec::new()),
            (Some(before), None) => (WhatHappened::Removed, before, Vec::new()),
            (None, None) => continue,
        };
        let (kind, namespace, name) = key.clone();
        found.push(ObjectChange {
            kind,
            namespace: given(&namespace),
            name,
            change,
            template: side.template.to_owned(),
            hook: side.hook.clone(),
            fields,
        });
    }
    found
}

fn tree(side: &Side<'_>) -> Value {
    let value = json(side.text);
    if side.head.kind == "Secret" { without_secrets(&value) } else { value }
}

fn json(text: &str) -> Value {
    let value = goyaml::decode(text.as_bytes()).unwrap_or(goyaml::Value::Null);
    helm::Value::from_yaml(&value).to_json()
}

/// A custom resource definition of one side.
struct Crd {
    file: String,
    text: String,
}

/// Those that are files of the chart and those that templates make.
fn crds(done: &Done) -> BTreeMap<String, Crd> {
    let mut found = BTreeMap::new();
    for (path, data) in &done.rendered.crds {
        let text = String::from_utf8_lossy(data);
        for document in objects::split(&text) {
            if let Ok(head) = Head::read(document)
                && head.kind == CRD
            {
                found.insert(head.name, Crd { file: path.clone(), text: document.to_owned() });
            }
        }
    }
    for (document, ..) in documents(done).filter(|(document, ..)| document.head.kind == CRD) {
        let (file, text) = (document.path.clone(), document.text.clone());
        found.insert(document.head.name.clone(), Crd { file, text });
    }
    found
}

fn compare_crds(old: &BTreeMap<String, Crd>, new: &BTreeMap<String, Crd>) -> Vec<CrdChange> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let one = |name: &String| {
        let (before, after) = (old.get(name), new.get(name));
        let change = match (before, after) {
            (Some(before), Some(after)) if before.text.trim_end() == after.text.trim_end() => {
                return None;
            }
            (Some(_), Some(_)) => WhatHappened::Changed,
            (None, _) => WhatHappened::Added,
            (_, None) => WhatHappened::Removed,
        };
        let [old_tree, new_tree] =
            [before, after].map(|side| side.map_or(Value::Null, |side| json(&side.text)));
        let fields = match change {
            WhatHappened::Changed => changes(&old_tree, &new_tree),
            _ => Vec::new(),
        };
        if change == WhatHappened::Changed && fields.is_empty() {
            return None;
        }
        let side = after.or(before)?;
        Some(CrdChange {
            name: name.clone(),
            change,
            file: side.file.clone(),
            versions_before: versions(&old_tree),
            versions_after: versions(&new_tree),
            size: side.text.len(),
            fields,
        })
    };
    names.into_iter().filter_map(one).collect()
}

fn versions(crd: &Value) -> Vec<String> {
    let all = crd.pointer("/spec/versions").and_then(Value::as_array);
    let name = |version: &Value| {
        let name = version.get("name").and_then(Value::as_str)?;
        let is = |field: &str| version.get(field).and_then(Value::as_bool).unwrap_or(false);
        let mut text = name.to_owned();
        if is("storage") {
            text.push_str(" (stored)");
        }
        if !is("served") {
            text.push_str(" (not served)");
        }
        Some(text)
    };
    all.map(|all| all.iter().filter_map(name).collect()).unwrap_or_default()
}
