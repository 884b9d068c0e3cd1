//! An index of any form: JSON, or YAML read as strictly as helm reads it.

use std::borrow::Cow;
use std::fmt::Write as _;

use goyaml::{Limits, Map, Value};

use crate::index_entry::{IndexEntry, settle_all};
use crate::index_file::{IndexFault, IndexFile, IndexFileError};
use crate::timestamp;

/// Larger ones are nobody's, in bytes.
pub(crate) const MAX_INDEX_FILE: usize = 256 << 20;

/// What an unmarshalled field of Go may be.
#[derive(Clone, Copy)]
enum Wanted {
    Text,
    /// A text, or a number or boolean that is turned into one: fields of helm's own structures, not of the metadata.
    Scalar,
    Scalars,
    ScalarMap,
    Bool,
    Time,
    Texts,
    TextMap,
    Anything,
    Maintainers,
    Dependencies,
}

/// The fields of a chart version: helm's `ChartVersion` with the chart's metadata in it.
const ENTRY: &[(&str, Wanted)] = &[
    ("name", Wanted::Text),
    ("home", Wanted::Text),
    ("sources", Wanted::Texts),
    ("version", Wanted::Text),
    ("description", Wanted::Text),
    ("keywords", Wanted::Texts),
    ("maintainers", Wanted::Maintainers),
    ("icon", Wanted::Text),
    ("apiVersion", Wanted::Text),
    ("condition", Wanted::Text),
    ("tags", Wanted::Text),
    ("appVersion", Wanted::Text),
    ("deprecated", Wanted::Bool),
    ("annotations", Wanted::TextMap),
    ("kubeVersion", Wanted::Text),
    ("dependencies", Wanted::Dependencies),
    ("type", Wanted::Text),
    ("urls", Wanted::Scalars),
    ("created", Wanted::Time),
    ("removed", Wanted::Bool),
    ("digest", Wanted::Scalar),
    ("checksum", Wanted::Scalar),
    ("engine", Wanted::Scalar),
    ("tillerVersion", Wanted::Scalar),
    ("url", Wanted::Scalar),
];
const MAINTAINER: &[(&str, Wanted)] =
    &[("name", Wanted::Text), ("email", Wanted::Text), ("url", Wanted::Text)];
const DEPENDENCY: &[(&str, Wanted)] = &[
    ("name", Wanted::Text),
    ("version", Wanted::Text),
    ("repository", Wanted::Text),
    ("condition", Wanted::Text),
    ("tags", Wanted::Texts),
    ("enabled", Wanted::Bool),
    ("import-values", Wanted::Anything),
    ("alias", Wanted::Text),
];
const ROOT: &[(&str, Wanted)] = &[
    ("serverInfo", Wanted::Anything),
    ("apiVersion", Wanted::Scalar),
    ("generated", Wanted::Time),
    ("entries", Wanted::Anything),
    ("publicKeys", Wanted::Scalars),
    ("annotations", Wanted::ScalarMap),
];

/// Reads the bytes as helm does: JSON first, else strict YAML.
pub(crate) fn decode(bytes: &[u8]) -> Result<IndexFile<'static>, IndexFileError> {
    if bytes.is_empty() {
        return Err(IndexFileError::new(IndexFault::Empty, "empty index.yaml file"));
    }
    if let Some(value) = json(bytes) {
        return Reader { is_strict: false, html: false }.index(&value);
    }
    let html = crate::index::is_html(bytes);
    let limits = Limits { bytes: MAX_INDEX_FILE, nodes: 32_000_000, ..Limits::default() };
    let value = goyaml::decode_with(bytes, limits).map_err(|error| {
        let fault = if html { IndexFault::Html } else { IndexFault::Syntax };
        IndexFileError::new(fault, error.to_string())
    })?;
    check_keys(bytes, limits)?;
    Reader { is_strict: true, html }.index(&value)
}

fn json(bytes: &[u8]) -> Option<Value> {
    let starts = bytes.iter().find(|byte| !byte.is_ascii_whitespace())?;
    if *starts == b'{' { goyaml::from_json(bytes).ok() } else { None }
}

/// That no mapping has a key twice.
fn check_keys(bytes: &[u8], limits: Limits) -> Result<(), IndexFileError> {
    let Ok(documents) = goyaml::parse_with(bytes, limits) else { return Ok(()) };
    let Some(document) = documents.first() else { return Ok(()) };
    let twice = document.duplicate_keys();
    if twice.is_empty() {
        return Ok(());
    }
    let mut text = "error converting YAML to JSON: yaml: unmarshal errors:".to_owned();
    for key in twice {
        let _ = write!(text, "\n  line {}: key {:?} already set in map", key.second.line, key.key);
    }
    Err(IndexFileError::new(IndexFault::Shape, text))
}

/// Go's strictness: for YAML unknown fields are errors, for JSON they are not.
#[derive(Clone, Copy)]
struct Reader {
    is_strict: bool,
    html: bool,
}

impl Reader {
    fn index(self, value: &Value) -> Result<IndexFile<'static>, IndexFileError> {
        let empty = Map::default();
        let root = match value {
            Value::Map(map) => map,
            Value::Null => &empty,
            other => return Err(self.mismatch(other, "Go value", "repo.IndexFile")),
        };
        // In the order of the keys, as Go meets them once YAML has become JSON.
        let wrong = self.fields(root, ROOT, "").err();
        if let Some(error) = wrong.filter(|_| self.is_first_before(root, "entries")) {
            return Err(error);
        }
        let entries = match field(root, "entries") {
            None | Some(Value::Null) => &empty,
            Some(Value::Map(map)) => map,
            Some(other) => {
                let wanted = "map[string]repo.ChartVersions";
                return Err(self.mismatch(other, "Go struct field .entries", wanted));
            }
        };
        let mut index = IndexFile::default();
        for (chart, versions) in entries.iter() {
            let versions = self.versions(chart, versions)?;
            let versions = settle_all(chart, versions, &mut index.skipped);
            index.charts.push((Cow::Owned(chart.to_owned()), versions));
        }
        self.fields(root, ROOT, "")?;
        if text(root, "apiVersion").is_empty() {
            return Err(IndexFileError::new(IndexFault::Shape, "no API version specified"));
        }
        Ok(index)
    }

    fn versions(
        self,
        chart: &str,
        value: &Value,
    ) -> Result<Vec<Option<IndexEntry<'static>>>, IndexFileError> {
        let path = format!(".entries.{chart}");
        let list = match value {
            Value::Null => return Ok(Vec::new()),
            Value::List(list) => list,
            other => {
                let place = format!("Go struct field {path}");
                return Err(self.mismatch(other, &place, "repo.ChartVersions"));
            }
        };
        let read = |(at, value): (usize, &Value)| match value {
            Value::Null => Ok(None),
            Value::Map(map) => {
                self.fields(map, ENTRY, &format!("{path}.{at}"))?;
                Ok(Some(entry(map)))
            }
            other => Err(self.mismatch(other, &format!("{path}.{at}"), "repo.ChartVersion")),
        };
        list.iter().enumerate().map(read).collect()
    }

    /// Whether a field before `key` is at fault.
    fn is_first_before(self, root: &Map, key: &str) -> bool {
        let mut before = Map::default();
        for (name, value) in root.iter().filter(|(name, _)| *name < key) {
            before.insert(name, value.clone());
        }
        self.fields(&before, ROOT, "").is_err()
    }

    /// That a map has known fields of the right types.
    fn fields(self, map: &Map, known: &[(&str, Wanted)], path: &str) -> Result<(), IndexFileError> {
        let mut sorted: Vec<_> = map.iter().collect();
        sorted.sort_by_key(|(key, _)| *key);
        for (key, value) in sorted {
            // Go's JSON does not mind the case of a key.
            let Some((_, wanted)) = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))
            else {
                if self.is_strict {
                    return Err(self.wrong(&format!("json: unknown field {key:?}")));
                }
                continue;
            };
            self.field(value, *wanted, &format!("{path}.{key}"))?;
        }
        Ok(())
    }

    fn field(self, value: &Value, wanted: Wanted, path: &str) -> Result<(), IndexFileError> {
        let place = || format!("Go struct field {path}");
        match (wanted, value) {
            (_, Value::Null)
            | (Wanted::Anything, _)
            | (Wanted::Text, Value::String(_))
            | (Wanted::Bool, Value::Bool(_)) => Ok(()),
            (Wanted::Time, Value::String(text)) => match timestamp::fault(text) {
                None => Ok(()),
                Some(fault) => Err(self.wrong(&fault)),
            },
            (Wanted::Scalar, Value::Int(_) | Value::UInt(_) | Value::Float(_) | Value::Bool(_))
                if self.is_strict =>
            {
                Ok(())
            }
            (Wanted::Scalar, value) => self.field(value, Wanted::Text, path),
            (Wanted::Text, other) => Err(self.mismatch(other, &place(), "string")),
            (Wanted::Time, other) => Err(self.mismatch(other, &place(), "time.Time")),
            (Wanted::Bool, other) => Err(self.mismatch(other, &place(), "bool")),
            (Wanted::Scalars, Value::List(items)) => {
                self.items(items, path, |reader, item, path| {
                    reader.field(item, Wanted::Scalar, path)
                })
            }
            (Wanted::ScalarMap, Value::Map(map)) => map.iter().try_for_each(|(key, value)| {
                self.field(value, Wanted::Scalar, &format!("{path}.{key}"))
            }),
            (Wanted::Texts, Value::List(items)) => {
                self.items(items, path, |reader, item, path| reader.field(item, Wanted::Text, path))
            }
            (Wanted::Texts | Wanted::Scalars, other) => {
                Err(self.mismatch(other, &place(), "[]string"))
            }
            (Wanted::TextMap, Value::Map(map)) => map.iter().try_for_each(|(key, value)| {
                self.field(value, Wanted::Text, &format!("{path}.{key}"))
            }),
            (Wanted::TextMap | Wanted::ScalarMap, other) => {
                Err(self.mismatch(other, &place(), "map[string]string"))
            }
            (Wanted::Maintainers, value) => {
                self.structs(value, (MAINTAINER, "v2.Maintainer"), path)
            }
            (Wanted::Dependencies, value) => {
                self.structs(value, (DEPENDENCY, "v2.Dependency"), path)
            }
        }
    }

    fn structs(
        self,
        value: &Value,
        (known, name): (&[(&str, Wanted)], &str),
        path: &str,
    ) -> Result<(), IndexFileError> {
        let Value::List(items) = value else {
            return Err(self.mismatch(
                value,
                &format!("Go struct field {path}"),
                &format!("[]*{name}"),
            ));
        };
        self.items(items, path, |reader, item, path| match item {
            Value::Null => Ok(()),
            Value::Map(map) => reader.fields(map, known, path),
            other => Err(reader.mismatch(other, path, name)),
        })
    }

    fn items(
        self,
        items: &[Value],
        path: &str,
        check: impl Fn(Self, &Value, &str) -> Result<(), IndexFileError>,
    ) -> Result<(), IndexFileError> {
        items
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| check(self, item, &format!("{path}.{at}")))
    }

    fn mismatch(self, value: &Value, place: &str, wanted: &str) -> IndexFileError {
        let found = value.mismatch("").found;
        self.wrong(&format!("json: cannot unmarshal {found} into {place} of type {wanted}"))
    }

    fn wrong(self, text: &str) -> IndexFileError {
        let fault = if self.html { IndexFault::Html } else { IndexFault::Shape };
        let context =
            if self.is_strict { "error unmarshaling JSON: while decoding JSON: " } else { "" };
        IndexFileError::new(fault, format!("{context}{text}"))
    }
}

fn field<'v>(map: &'v Map, name: &str) -> Option<&'v Value> {
    map.get(name).or_else(|| {
        map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}

fn text(map: &Map, name: &str) -> Cow<'static, str> {
    Cow::Owned(field(map, name).map(scalar).unwrap_or_default())
}

/// The text Go makes of a scalar; empty for anything else.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::Bool(_) | Value::Float(_) => value.to_string(),
        Value::Null | Value::List(_) | Value::Map(_) => String::new(),
    }
}

fn texts(map: &Map, name: &str) -> Vec<Cow<'static, str>> {
    let items = field(map, name).and_then(Value::as_list).unwrap_or_default();
    items.iter().map(|item| Cow::Owned(scalar(item))).collect()
}

fn entry(map: &Map) -> IndexEntry<'static> {
    IndexEntry {
        name: text(map, "name"),
        version: text(map, "version"),
        app_version: text(map, "appVersion"),
        description: text(map, "description"),
        keywords: texts(map, "keywords"),
        urls: texts(map, "urls"),
        digest: text(map, "digest"),
        kind: text(map, "type"),
        fault: fault(map),
        parsed: None,
    }
}

/// What helm minds in the lists of an entry. Dependencies with one name twice are no reason to leave it out.
fn fault(map: &Map) -> Option<String> {
    let list = |name| field(map, name).and_then(Value::as_list).unwrap_or_default();
    if list("maintainers").iter().any(Value::is_null) {
        return Some("maintainers must not contain empty or null nodes".to_owned());
    }
    for dependency in list("dependencies") {
        let Some(dependency) = dependency.as_map() else {
            return Some("dependencies must not contain empty or null nodes".to_owned());
        };
        if !is_alias(&text(dependency, "alias")) {
            let name = text(dependency, "name");
            return Some(format!("dependency {name:?} has disallowed characters in the alias"));
        }
    }
    None
}

pub(crate) fn is_alias(alias: &str) -> bool {
    alias.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(rest: &str) -> String {
        let start = "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, urls: [x]";
        let error = decode(format!("{start}{rest}").as_bytes()).unwrap_err().text;
        error.replace("error unmarshaling JSON: while decoding JSON: ", "")
    }

    /// Every text as helm 4.3.1 prints it.
    #[test]
    fn what_is_of_the_wrong_type_is_told_as_helm_tells_it() {
        for (rest, text) in [
            (
                ", description: true}\n",
                "json: cannot unmarshal bool into Go struct field .entries.a.0.description of type string",
            ),
            (
                ", keywords: x}\n",
                "json: cannot unmarshal string into Go struct field .entries.a.0.keywords of type []string",
            ),
            (
                ", annotations: {a: 1}}\n",
                "json: cannot unmarshal number into Go struct field .entries.a.0.annotations.a of type string",
            ),
            (
                ", created: foo}\n",
                "parsing time \"foo\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"foo\" as \"2006\"",
            ),
            (", maintainers: [{nam: x}]}\n", "json: unknown field \"nam\""),
            (
                ", dependencies: [x]}\n",
                "json: cannot unmarshal string into .entries.a.0.dependencies.0 of type v2.Dependency",
            ),
            (
                ", dependencies: [{name: x, version: 1}]}\n",
                "json: cannot unmarshal number into Go struct field .entries.a.0.dependencies.0.version of type string",
            ),
            (
                "}\n  x: {}\n",
                "json: cannot unmarshal object into Go struct field .entries.x of type repo.ChartVersions",
            ),
        ] {
            assert_eq!(refusal(rest), text);
        }
    }

    #[test]
    fn json_may_have_unknown_fields_and_yaml_may_not() {
        let json = br#"{"apiVersion":"v1","foo":1,"entries":{"a":[{"Name":"a","version":"1.0.0","zz":1}]}}"#;
        let index = decode(json).unwrap();
        assert_eq!(index.versions("a")[0].name, "a");
        let yaml = "apiVersion: v1\nfoo: 1\nentries: {}\n";
        assert!(decode(yaml.as_bytes()).unwrap_err().text.ends_with("json: unknown field \"foo\""));
        let twice = "apiVersion: v1\nentries:\n  a: []\n  a: []\n";
        assert_eq!(
            decode(twice.as_bytes()).unwrap_err().text,
            "error converting YAML to JSON: yaml: unmarshal errors:\n  line 4: key \"a\" already set in map"
        );
    }
}
