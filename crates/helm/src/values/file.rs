//! Values files.

use std::borrow::Cow;

use super::Table;

/// A values file that helm cannot read. Displays as helm says it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ValuesFileError {
    /// Something else than a comment stands behind `---`.
    #[error("error reading yaml document: invalid Yaml document separator: {0}")]
    Separator(String),
    /// A document is no YAML, or not a table.
    #[error("cannot unmarshal yaml document: {0}")]
    Document(goyaml::DecodeError),
}

/// Reads a values file: documents separated by `---` lines, laid over one another, nulls kept.
pub fn read_values(text: &[u8]) -> Result<Table, ValuesFileError> {
    let mut values = Table::new();
    for document in documents(text)? {
        values.overlay(read_document(&document)?);
    }
    Ok(values)
}

fn read_document(text: &[u8]) -> Result<Table, ValuesFileError> {
    let map = goyaml::decode_map(text).map_err(ValuesFileError::Document)?;
    Ok(Table::from_yaml(&map))
}

const SEPARATOR: &[u8] = b"---";

/// The documents of a stream. A separator ends one; where there is nothing to end, it belongs to the next.
fn documents(text: &[u8]) -> Result<Vec<Cow<'_, [u8]>>, ValuesFileError> {
    let is_separator = |line: &&[u8]| line.starts_with(SEPARATOR);
    // Most files are one document, which need not be copied.
    if !text.split(|byte| *byte == b'\n').skip(1).any(|line| is_separator(&line)) {
        if let Some(line) = text.split(|byte| *byte == b'\n').next().filter(is_separator) {
            check_separator(line)?;
        }
        return Ok(vec![Cow::Borrowed(text)]);
    }
    let mut documents = Vec::new();
    let mut document: Vec<u8> = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if is_separator(&line) {
            check_separator(line)?;
            if !document.is_empty() {
                documents.push(Cow::Owned(std::mem::take(&mut document)));
                continue;
            }
        }
        document.extend_from_slice(line);
    }
    if !document.is_empty() {
        documents.push(Cow::Owned(document));
    }
    Ok(documents)
}

fn check_separator(line: &[u8]) -> Result<(), ValuesFileError> {
    let rest = String::from_utf8_lossy(&line[SEPARATOR.len()..]);
    let rest = rest.trim();
    if rest.is_empty() || rest.starts_with('#') {
        return Ok(());
    }
    Err(ValuesFileError::Separator(rest.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        read_values(text.as_bytes()).unwrap().to_json().to_string()
    }

    #[test]
    fn documents_are_laid_over_one_another() {
        assert_eq!(
            json("a: 1\nm: {x: 1, z: 1}\n---\nb: 2\nm: {z: null}\n"),
            r#"{"a":1,"b":2,"m":{"x":1,"z":null}}"#
        );
        assert_eq!(
            json("---\na: 1\n--- # more\n# nothing\n---\nl: [1]\n---\nl: [2]"),
            r#"{"a":1,"l":[2]}"#
        );
        for nothing in ["", "---", "---\n", "# x\n", "null", "~\n---\n{}"] {
            assert_eq!(json(nothing), "{}", "{nothing:?}");
        }
        assert_eq!(json("a: |\n  x\n  ---\n  y\n"), r#"{"a":"x\n---\ny\n"}"#);
    }

    #[test]
    fn numbers_are_floats() {
        let values =
            read_values(b"a: 1\nb: 9007199254740993\nc: 18446744073709551615\nd: 1.50").unwrap();
        for (key, number) in [
            ("a", 1.0),
            ("b", 9_007_199_254_740_992.0),
            ("c", 18_446_744_073_709_551_615.0),
            ("d", 1.5),
        ] {
            assert_eq!(values.get(key), Some(&crate::Value::Float(number)), "{key}");
        }
    }

    /// helm 4.3.1's words.
    #[test]
    fn what_is_no_table_is_refused_in_helms_words() {
        let cannot = "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";
        let of = |found: &str| {
            format!("{cannot} {found} into Go value of type map[string]interface {{}}")
        };
        for (text, reason) in [
            ("- x\n", of("array")),
            ("x\n", of("string")),
            ("5", of("number")),
            ("a: 1\n---\ntrue", of("bool")),
            ("a: .inf", "cannot unmarshal yaml document: error converting YAML to JSON: json: unsupported value: +Inf".to_owned()),
            ("a: 1\n--- x\nb: 1", "error reading yaml document: invalid Yaml document separator: x".to_owned()),
            ("---a: 1", "error reading yaml document: invalid Yaml document separator: a: 1".to_owned()),
        ] {
            assert_eq!(read_values(text.as_bytes()).unwrap_err().to_string(), reason, "{text:?}");
        }
        assert!(matches!(read_values(b"a: b: c"), Err(ValuesFileError::Document(_))));
        assert!(matches!(read_values(b"\xff"), Err(ValuesFileError::Document(_))));
    }
}
