//! Writing YAML that every reader understands the same way.

use std::fmt::Write as _;

use serde_json::Value;

/// Writes a value in block style. Texts are always in double quotes, so that no version becomes a number; keys are
/// quoted when they are not plain words. Maps are written in their own order.
pub(crate) fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => map_lines(&mut out, map, 0),
        Value::Array(items) if !items.is_empty() => list_lines(&mut out, items, 0),
        scalar => {
            inline(&mut out, scalar);
            out.push('\n');
        }
    }
    out
}

fn map_lines(out: &mut String, map: &serde_json::Map<String, Value>, indent: usize) {
    for (index, (name, value)) in map.iter().enumerate() {
        // The first key of a map in a list stands behind the dash.
        if index > 0 || !out.ends_with("- ") {
            pad(out, indent);
        }
        key(out, name);
        out.push(':');
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push('\n');
                map_lines(out, map, indent + 2);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                list_lines(out, items, indent);
            }
            scalar => {
                out.push(' ');
                inline(out, scalar);
                out.push('\n');
            }
        }
    }
}

fn list_lines(out: &mut String, items: &[Value], indent: usize) {
    for item in items {
        pad(out, indent);
        out.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => map_lines(out, map, indent + 2),
            other => {
                inline(out, other);
                out.push('\n');
            }
        }
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn key(out: &mut String, name: &str) {
    let mut bytes = name.bytes();
    let is_word = bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
        && !is_reserved(name);
    if is_word { out.push_str(name) } else { quoted(out, name) }
}

/// Words YAML 1.1 reads as something else than text.
fn is_reserved(word: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    WORDS.contains(&word.to_ascii_lowercase().as_str())
}

/// A value on one line; lists and maps in flow style.
fn inline(out: &mut String, value: &Value) {
    match value {
        Value::String(text) => quoted(out, text),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                inline(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (index, (name, item)) in map.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                quoted(out, name);
                out.push_str(": ");
                inline(out, item);
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            write!(out, "{value}").expect("a String takes everything");
        }
    }
}

/// A text in double quotes. Characters a YAML reader would refuse are escaped.
fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') =>
            {
                write!(out, "\\u{:04X}", u32::from(c)).expect("a String takes everything");
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::json_of;
    use serde_json::json;

    #[test]
    fn what_is_written_reads_back_the_same() {
        let value = json!({
            "apiVersion": "v1",
            "yes": "no",
            "version": "1.10",
            "weird": "a\u{0}\u{7f}\u{85}\u{2028}\u{feff}\"\\\n\t中文 🚀: #",
            "empty": {"list": [], "map": {}, "text": "", "null": null},
            "entries": {
                "a b": [{"name": "a b", "urls": ["x.tgz"], "deprecated": true}, {"n": 3}],
                "k8s.io/x": [[1, [2]], {"a": {"b": [{"c": "d"}]}}, {}],
            },
        });
        let text = to_yaml(&value);
        let read = goyaml::from_slice(text.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(json_of(&read), value, "{text}");
    }

    #[test]
    fn looks_as_people_expect() {
        let value = json!({"entries": {"c": [{"name": "c", "urls": ["c-1.tgz"]}]}});
        let text = "entries:\n  c:\n  - name: \"c\"\n    urls:\n    - \"c-1.tgz\"\n";
        assert_eq!(to_yaml(&value), text);
    }
}
