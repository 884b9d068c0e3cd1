//! `index.yaml`: what a chart repository holds.

use std::collections::BTreeMap;

use goyaml::{Node, Value as Yaml};
use serde_json::{Map, Value};

use crate::version::newest_first;
use crate::yaml::to_yaml;

/// The largest index that is read, in bytes. The largest public one has less than half of that.
pub(crate) const MAX_INDEX: usize = 64 << 20;

/// One chart version in an index, as far as it is needed to find and compare the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Where it can be had; relative to the index, or anywhere.
    pub(crate) url: Option<String>,
    /// The archive's sha256 as lower-case hex, when the index states one.
    pub(crate) sha256: Option<String>,
}

/// Bytes that are not a chart repository's index.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// A web page: a login form, a portal, an error page of a proxy.
    #[error("it is a web page")]
    Html,
    /// Not YAML.
    #[error("it is not valid YAML")]
    Yaml(#[source] goyaml::Error),
    /// Not JSON.
    #[error("it is not valid JSON")]
    Json(#[source] serde_json::Error),
    /// YAML of something else.
    #[error("it has no `{0}`, which every index has")]
    Shape(&'static str),
}

/// Looks for one version of one chart. The text is compared as it stands: `v1.0.0` is not `1.0.0`.
pub(crate) fn find(index: &[u8], name: &str, version: &str) -> Result<Option<Listed>, IndexError> {
    if is_html(index) {
        return Err(IndexError::Html);
    }
    if is_json(index) {
        let index: Value = serde_json::from_slice(index).map_err(IndexError::Json)?;
        let entries = check_shape(&index)?;
        let versions = entries.and_then(|entries| entries.get(name)).and_then(Value::as_array);
        let is_wanted =
            |entry: &&Value| entry.get("version").and_then(Value::as_str) == Some(version);
        return Ok(versions.into_iter().flatten().find(is_wanted).map(listed));
    }
    let document = goyaml::parse_one(index).map_err(IndexError::Yaml)?;
    let root = &document.root;
    if root.get("apiVersion").is_none_or(|node| node.is_null()) {
        return Err(IndexError::Shape("apiVersion"));
    }
    let entries = root.get("entries").ok_or(IndexError::Shape("entries"))?;
    let Some(versions) = entries.get(name) else { return Ok(None) };
    for entry in versions.items() {
        if entry.get("version").and_then(|node| text_of(node)).as_deref() == Some(version) {
            let entry = entry.to_value().map_err(IndexError::Yaml)?;
            return Ok(Some(listed(&json_of(&entry))));
        }
    }
    Ok(None)
}

/// The text Go reads where text is wanted: a version written `1.10` without quotes is `1.1`.
fn text_of(node: &Node) -> Option<String> {
    match node.to_value().ok()? {
        Yaml::String(text) => Some(text),
        Yaml::Int(number) => Some(number.to_string()),
        Yaml::Float(number) => Some(goyaml::format_float(number.value)),
        _ => None,
    }
}

fn listed(entry: &Value) -> Listed {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let first = entry.get("urls").and_then(|urls| urls.get(0)).and_then(Value::as_str);
    let hex = text("digest").map(|digest| digest.strip_prefix("sha256:").unwrap_or(digest));
    let is_hex = |hex: &&str| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    Listed {
        url: first.or(text("url")).map(str::to_owned),
        sha256: hex.filter(is_hex).map(str::to_ascii_lowercase),
    }
}

/// The entries of an index, `None` when it says it has none.
fn check_shape(index: &Value) -> Result<Option<&Map<String, Value>>, IndexError> {
    let api_version = index.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    if api_version.is_empty() {
        return Err(IndexError::Shape("apiVersion"));
    }
    match index.get("entries") {
        Some(Value::Object(entries)) => Ok(Some(entries)),
        Some(Value::Null) => Ok(None),
        _ => Err(IndexError::Shape("entries")),
    }
}

fn is_json(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{")
}

/// Whether the bytes start as a web page does.
pub(crate) fn is_html(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let start = start[..start.len().min(14)].to_ascii_lowercase();
    [&b"<!doctype html"[..], b"<html", b"<head", b"<body"].iter().any(|tag| start.starts_with(tag))
}

/// A YAML value as JSON.
pub(crate) fn json_of(value: &Yaml) -> Value {
    match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(truth) => Value::Bool(*truth),
        Yaml::Int(number) => Value::from(*number),
        Yaml::UInt(number) => Value::from(*number),
        Yaml::Float(number) => Value::from(number.value),
        Yaml::String(text) => Value::from(text.as_str()),
        Yaml::List(items) => items.iter().map(json_of).collect(),
        Yaml::Map(map) => map.iter().map(|(key, value)| (key.to_owned(), json_of(value))).collect(),
    }
}

/// An index that is read, changed and written again. Everything it holds is kept, in a fixed order.
#[derive(Debug)]
pub(crate) struct EditableIndex {
    rest: BTreeMap<String, Value>,
    entries: BTreeMap<String, Vec<Value>>,
}

impl EditableIndex {
    /// An index without charts.
    pub(crate) fn new() -> Self {
        let rest = BTreeMap::from([("apiVersion".to_owned(), Value::from("v1"))]);
        Self { rest, entries: BTreeMap::new() }
    }

    /// Reads an index.
    pub(crate) fn parse(index: &[u8]) -> Result<Self, IndexError> {
        let document = if is_json(index) {
            serde_json::from_slice(index).map_err(IndexError::Json)?
        } else {
            json_of(&goyaml::from_slice(index).map_err(IndexError::Yaml)?)
        };
        check_shape(&document)?;
        let Value::Object(mut rest) = document else { return Err(IndexError::Shape("entries")) };
        let mut entries = BTreeMap::new();
        if let Some(Value::Object(charts)) = rest.remove("entries") {
            for (name, versions) in charts {
                let Value::Array(versions) = versions else {
                    return Err(IndexError::Shape("entries"));
                };
                entries.insert(name, versions);
            }
        }
        Ok(Self { rest: rest.into_iter().collect(), entries })
    }

    /// Whether a file, named relative to the index, is some entry's archive.
    pub(crate) fn lists_file(&self, file: &str) -> bool {
        let is_file =
            |url: &Value| url.as_str().is_some_and(|url| url.trim_start_matches("./") == file);
        self.entries.values().flatten().any(|entry| {
            entry.get("urls").and_then(Value::as_array).is_some_and(|urls| urls.iter().any(is_file))
        })
    }

    /// Adds a chart version, in the place of an entry for the same version if there is one.
    pub(crate) fn insert(&mut self, name: &str, version: &str, entry: Value) {
        let versions = self.entries.entry(name.to_owned()).or_default();
        versions.retain(|entry| entry.get("version").and_then(Value::as_str) != Some(version));
        versions.push(entry);
    }

    /// The index as YAML: charts by name, versions from new to old, keys in alphabetical order. The same content gives
    /// the same bytes.
    pub(crate) fn to_yaml(&self) -> String {
        let mut document: BTreeMap<&str, Value> =
            self.rest.iter().map(|(key, value)| (key.as_str(), sorted(value))).collect();
        let entries: Map<String, Value> = self
            .entries
            .iter()
            .map(|(name, versions)| {
                let mut versions: Vec<Value> = versions.iter().map(sorted).collect();
                versions.sort_by(|a, b| newest_first(version_of(a), version_of(b)));
                (name.clone(), Value::Array(versions))
            })
            .collect();
        document.insert("entries", Value::Object(entries));
        to_yaml(&document.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

fn version_of(entry: &Value) -> &str {
    entry.get("version").and_then(Value::as_str).unwrap_or_default()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(map) => {
            let sorted: BTreeMap<&String, Value> =
                map.iter().map(|(key, value)| (key, self::sorted(value))).collect();
            sorted.into_iter().map(|(key, value)| (key.clone(), value)).collect()
        }
        scalar => scalar.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "apiVersion: v1\nentries:\n  c:\n  - name: c\n    version: 1.0.0\n    digest: \
        sha256:AB00000000000000000000000000000000000000000000000000000000000000\n    urls:\n    - charts/c-1.0.0.tgz\n\
        \x20 - {name: c, version: 1.10, digest: md5, urls: []}\ngenerated: \"2024-01-01T00:00:00Z\"\n";

    #[test]
    fn finds_one_version_of_one_chart() {
        let listed = find(INDEX.as_bytes(), "c", "1.0.0").unwrap().unwrap();
        assert_eq!(listed.url.as_deref(), Some("charts/c-1.0.0.tgz"));
        assert!(listed.sha256.unwrap().starts_with("ab00"));
        let other = find(INDEX.as_bytes(), "c", "1.1").unwrap().unwrap();
        assert_eq!(other, Listed { url: None, sha256: None });
        assert_eq!(find(INDEX.as_bytes(), "c", "v1.0.0").unwrap(), None);
        assert_eq!(find(INDEX.as_bytes(), "d", "1.0.0").unwrap(), None);
        let json =
            br#" {"apiVersion":"v1","entries":{"c":[{"version":"1.0.0","urls":["c.tgz"]}]}}"#;
        assert_eq!(find(json, "c", "1.0.0").unwrap().unwrap().url.as_deref(), Some("c.tgz"));
        assert_eq!(find(b"apiVersion: v1\nentries: {}\n", "c", "1").unwrap(), None);
        assert_eq!(find(b"apiVersion: v1\nentries:\n", "c", "1").unwrap(), None);
    }

    #[test]
    fn what_is_no_index_is_an_error() {
        let kind = |bytes: &[u8]| find(bytes, "c", "1").unwrap_err().to_string();
        assert!(kind(b"\n<!DOCTYPE html><html>").contains("web page"));
        assert!(kind(b"a: b: c").contains("YAML"));
        assert!(kind(b"{\"apiVersion\": ").contains("JSON"));
        assert!(kind(b"404 page not found").contains("apiVersion"));
        assert!(kind(b"").contains("apiVersion"));
        assert!(kind(b"apiVersion: v1\n").contains("entries"));
        assert!(kind(b"{\"errors\":[]}").contains("apiVersion"));
        assert!(kind(b"- a").contains("apiVersion"));
    }

    #[test]
    fn an_edited_index_keeps_what_it_had() {
        let mut index = EditableIndex::parse(INDEX.as_bytes()).unwrap();
        assert!(index.lists_file("charts/c-1.0.0.tgz") && !index.lists_file("c-1.0.0.tgz"));
        index.insert("c", "1.0.0-rc1", serde_json::json!({"version": "1.0.0-rc1", "name": "c"}));
        index.insert("b", "2.0.0", serde_json::json!({"version": "2.0.0"}));
        index.insert("b", "2.0.0", serde_json::json!({"version": "2.0.0", "digest": "x"}));
        let text = index.to_yaml();
        let read = goyaml::from_slice(text.as_bytes()).unwrap();
        let versions: Vec<_> = read
            .at(&["entries", "c"])
            .unwrap()
            .as_list()
            .unwrap()
            .iter()
            .map(|entry| entry.get("version").unwrap().to_string())
            .collect();
        // A version that YAML reads as a number stays one and sorts last.
        assert_eq!(versions, ["1.0.0", "1.0.0-rc1", "1.1"]);
        assert_eq!(read.at(&["entries", "b"]).unwrap().as_list().unwrap().len(), 1);
        assert_eq!(read.get("generated").unwrap().as_str(), Some("2024-01-01T00:00:00Z"));
        assert_eq!(EditableIndex::parse(text.as_bytes()).unwrap().to_yaml(), text);
    }
}
