//! What helm reads of a document: its type, its name, its annotations.

use std::collections::BTreeMap;

use goyaml::{Map, Value};

use crate::text::text_of;
use crate::{Gvk, ObjectKey};

/// The head of an object. Whatever is missing is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// `apiVersion`, for example `apps/v1`.
    pub api_version: String,
    /// `kind`. Empty for a document of comments.
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, if it is a scalar. helm's own head does not have it, so it is never refused.
    pub namespace: String,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
}

/// A document that helm cannot read the head of. Displays as helm says it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// It is no YAML.
    #[error("{0}")]
    Yaml(goyaml::DecodeError),
    /// Something stands where something else is wanted.
    #[error(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go {place} of type {expected}"
    )]
    Type {
        /// The JSON type that stands there: `array`, `object`, `string`, `number`, `bool`.
        found: &'static str,
        /// `value`, or `struct field` and its path.
        place: String,
        /// The Go type that is wanted.
        expected: &'static str,
    },
}

const HEAD: &str = "util.SimpleHead";
const METADATA: &str = concat!(
    "struct { Name string \"json:\\\"name\\\"\"; ",
    "Annotations map[string]string \"json:\\\"annotations\\\"\" }"
);

impl Head {
    /// Reads the head of a document as helm does: keys match in any case, scalars become text, null is nothing.
    pub fn read(document: &str) -> Result<Self, HeadError> {
        let value = goyaml::decode(document.as_bytes()).map_err(HeadError::Yaml)?;
        Self::of(&value)
    }

    /// The head of a document that was parsed already.
    pub fn of(value: &Value) -> Result<Self, HeadError> {
        let mut head = Self::default();
        let fields = match value {
            Value::Null => return Ok(head),
            Value::Map(fields) => fields,
            other => return Err(refusal(other, "value".to_owned(), HEAD)),
        };
        for (key, value) in sorted(fields) {
            match key.to_ascii_lowercase().as_str() {
                "apiversion" => text(value, ".apiVersion", &mut head.api_version)?,
                "kind" => text(value, ".kind", &mut head.kind)?,
                "metadata" => head.read_metadata(value)?,
                _ => {}
            }
        }
        Ok(head)
    }

    fn read_metadata(&mut self, value: &Value) -> Result<(), HeadError> {
        let fields = match value {
            Value::Null => return Ok(()),
            Value::Map(fields) => fields,
            other => return Err(refusal(other, field(".metadata"), METADATA)),
        };
        for (key, value) in sorted(fields) {
            match key.to_ascii_lowercase().as_str() {
                "name" => text(value, ".metadata.name", &mut self.name)?,
                "namespace" => self.namespace = text_of(value).unwrap_or_default(),
                "annotations" => self.read_annotations(value)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_annotations(&mut self, value: &Value) -> Result<(), HeadError> {
        const PLACE: &str = ".metadata.annotations";
        let annotations = match value {
            Value::Null => return Ok(()),
            Value::Map(annotations) => annotations,
            other => return Err(refusal(other, field(PLACE), "map[string]string")),
        };
        for (key, value) in sorted(annotations) {
            let mut annotation = String::new();
            text(value, &format!("{PLACE}.{key}"), &mut annotation)?;
            self.annotations.insert(key.to_owned(), annotation);
        }
        Ok(())
    }

    /// Group, version and kind.
    pub fn gvk(&self) -> Gvk {
        Gvk::new(&self.api_version, &self.kind)
    }

    /// What tells the object from others: its type, namespace and name.
    pub fn key(&self) -> ObjectKey {
        ObjectKey { gvk: self.gvk(), namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

/// Go reads JSON that was written with sorted keys: of two spellings of one key the later in that order counts.
fn sorted(map: &Map) -> Vec<(&str, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    entries
}

fn text(value: &Value, place: &str, into: &mut String) -> Result<(), HeadError> {
    if !value.is_null() {
        *into = text_of(value).ok_or_else(|| refusal(value, field(place), "string"))?;
    }
    Ok(())
}

fn field(path: &str) -> String {
    format!("struct field {path}")
}

fn refusal(value: &Value, place: String, expected: &'static str) -> HeadError {
    HeadError::Type { found: value.mismatch(expected).found, place, expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_become_text() {
        let head = Head::read(
            "kind: Job\napiVersion: 1.10\nmetadata: {name: 5, namespace: yes, annotations: {a: true, b: 5, c: 1.5, d: }}\n",
        )
        .unwrap();
        assert_eq!(
            (head.api_version.as_str(), head.name.as_str(), head.namespace.as_str()),
            ("1.1", "5", "true")
        );
        let annotations: Vec<_> =
            head.annotations.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
        assert_eq!(annotations, [("a", "true"), ("b", "5"), ("c", "1.5"), ("d", "")]);
    }

    #[test]
    fn keys_match_in_any_case_and_the_last_in_order_wins() {
        let head = Head::read("kind: B\nKIND: A\nMetadata: {NAME: x}\n").unwrap();
        assert_eq!((head.kind.as_str(), head.name.as_str()), ("B", "x"));
        assert_eq!(Head::read("# nothing\n").unwrap(), Head::default());
        assert_eq!(Head::read("kind: A\nmetadata: null\n").unwrap().kind, "A");
        assert_eq!(Head::read("kind: A\nkind: B\n").unwrap().kind, "B");
    }

    /// helm 4.3.1's words for each of these documents.
    #[test]
    fn refusals_are_in_helms_words() {
        let metadata = "Go struct field .metadata of type struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }";
        for (document, reason) in [
            ("- a", "array into Go value of type util.SimpleHead"),
            ("hello", "string into Go value of type util.SimpleHead"),
            ("5", "number into Go value of type util.SimpleHead"),
            ("true", "bool into Go value of type util.SimpleHead"),
            ("kind: [a]", "array into Go struct field .kind of type string"),
            ("apiVersion: {a: b}", "object into Go struct field .apiVersion of type string"),
            ("metadata: {name: []}\nkind: []", "array into Go struct field .kind of type string"),
            ("metadata: {name: [x]}", "array into Go struct field .metadata.name of type string"),
            ("metadata: []", &format!("array into {metadata}")),
            ("metadata: 5", &format!("number into {metadata}")),
            (
                "metadata: {annotations: [a]}",
                "array into Go struct field .metadata.annotations of type map[string]string",
            ),
            (
                "metadata: {annotations: {a: {x: y}}}",
                "object into Go struct field .metadata.annotations.a of type string",
            ),
        ] {
            let error = Head::read(document).unwrap_err().to_string();
            let prefix = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ";
            assert_eq!(error, format!("{prefix}{reason}"), "{document}");
        }
        assert!(matches!(Head::read("a: b: c"), Err(HeadError::Yaml(_))));
        assert!(matches!(Head::read("%YAML 1.1\n"), Err(HeadError::Yaml(_))));
    }

    #[test]
    fn a_head_has_a_key() {
        let head = Head::read(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: shop}",
        )
        .unwrap();
        let key = head.key();
        assert_eq!((key.gvk.group.as_str(), key.gvk.version.as_str()), ("apps", "v1"));
        assert_eq!(key.to_string(), "Deployment.apps shop/a");
    }
}
