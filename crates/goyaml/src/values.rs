//! Values files: streams of documents that are merged.

use crate::read::{DecodeError, decode_map};
use crate::{Map, Value};

/// Reads a values file as Helm's `LoadValues` does: every document is a map or null, and later ones are merged over
/// earlier ones. Nulls are kept: what they delete is decided where values meet.
pub fn decode_values(bytes: &[u8]) -> Result<Map, ValuesError> {
    let mut values = Map::default();
    for document in split_documents(bytes) {
        let document = document.map_err(ValuesError::Separator)?;
        let map = decode_map(document).map_err(ValuesError::Document)?;
        if values.is_empty() { values = map } else { merge(&mut values, map) }
    }
    Ok(values)
}

/// Why a values file is not read. The texts are Helm's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValuesError {
    /// The stream cannot be taken apart.
    #[error("error reading yaml document: {0}")]
    Separator(SeparatorError),
    /// A document is not a map.
    #[error("cannot unmarshal yaml document: {0}")]
    Document(DecodeError),
}

/// A line that starts with `---` and goes on with something else than a comment. The text is apimachinery's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid Yaml document separator: {rest}")]
pub struct SeparatorError {
    /// What stands behind the `---`.
    pub rest: String,
    /// The line, from 1.
    pub line: usize,
}

/// Takes a stream of documents apart as Kubernetes' apimachinery does: at lines that start with `---`, without looking at
/// the YAML around them. Such a line belongs to no document, unless it is the first of the stream or follows another one.
pub fn split_documents(stream: &[u8]) -> Documents<'_> {
    Documents { rest: stream, line: 1 }
}

/// The documents of a stream; see [`split_documents`]. Nothing comes behind an error.
#[derive(Clone, Debug)]
pub struct Documents<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Iterator for Documents<'a> {
    type Item = Result<&'a [u8], SeparatorError>;

    fn next(&mut self) -> Option<Self::Item> {
        let stream = std::mem::take(&mut self.rest);
        let mut at = 0;
        for line in stream.split_inclusive(|b| *b == b'\n') {
            if let Some(behind) = line.strip_prefix(b"---") {
                let behind = String::from_utf8_lossy(behind);
                let behind = behind.trim();
                if !behind.is_empty() && !behind.starts_with('#') {
                    return Some(Err(SeparatorError { rest: behind.into(), line: self.line }));
                }
                if at > 0 {
                    self.rest = &stream[at + line.len()..];
                    self.line += 1;
                    return Some(Ok(&stream[..at]));
                }
            }
            at += line.len();
            self.line += 1;
        }
        (at > 0).then_some(Ok(stream))
    }
}

fn merge(into: &mut Map, from: Map) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Map(old)), Value::Map(new)) => merge(old, new),
            (Some(old), value) => *old = value,
            (None, value) => into.insert(key, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(stream: &str) -> Vec<String> {
        split_documents(stream.as_bytes())
            .map(|document| match document {
                Ok(document) => String::from_utf8_lossy(document).into_owned(),
                Err(error) => format!("{}: {error}", error.line),
            })
            .collect()
    }

    #[test]
    fn streams_are_taken_apart_at_lines_of_dashes() {
        assert_eq!(documents(""), [""; 0]);
        assert_eq!(documents("a: 1\n---\nb: 2"), ["a: 1\n", "b: 2"]);
        assert_eq!(documents("---\na: 1\n--- # c\nb: 2\n"), ["---\na: 1\n", "b: 2\n"]);
        assert_eq!(documents("---\n---\na: 1\n---"), ["---\n", "a: 1\n"]);
        assert_eq!(documents("a: |\n  x\n---\r\nb\r\n"), ["a: |\n  x\n", "b\r\n"]);
        assert_eq!(documents("a\n ---\n"), ["a\n ---\n"]);
        let refusal = "3: invalid Yaml document separator: x";
        assert_eq!(documents("a: 1\n---\n---x\nb: 2\n"), ["a: 1\n", refusal]);
    }

    #[test]
    fn values_are_merged_over_those_of_earlier_documents() {
        let values = decode_values(b"a: {x: 1, w: [1]}\n---\n# c\n---\na: {z: 2, w: null}\nb: 1\n");
        let json = crate::to_json(&Value::Map(values.unwrap())).unwrap();
        assert_eq!(json, r#"{"a":{"w":null,"x":1,"z":2},"b":1}"#);
        assert!(decode_values(b"").unwrap().is_empty());
        assert_eq!(
            decode_values(b"a: 1\n--- x\n").unwrap_err().to_string(),
            "error reading yaml document: invalid Yaml document separator: x"
        );
        assert_eq!(
            decode_values(b"a: 1\n---\n- b").unwrap_err().to_string(),
            "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array \
             into Go value of type map[string]interface {}"
        );
    }
}
