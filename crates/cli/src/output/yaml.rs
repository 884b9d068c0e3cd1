//! YAML for programs: the JSON of a report in block style.

use serde_json::Value;

use super::json_text;

/// The value as YAML. Strings that need it are quoted as in JSON, which YAML reads alike.
pub(crate) fn yaml_text(value: &Value) -> String {
    let mut out = String::new();
    write_node(&mut out, value, 0, Place::Line);
    out
}

/// What stands before a node on its line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing, or `- `.
    Line,
    /// `key:`.
    Key,
}

fn write_node(out: &mut String, value: &Value, indent: usize, place: Place) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (at, (key, field)) in fields.iter().enumerate() {
                start_line(out, indent, place, at);
                out.push_str(&scalar(&Value::String(key.clone())));
                out.push(':');
                write_node(out, field, indent + 2, Place::Key);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                start_line(out, indent, place, at);
                out.push_str("- ");
                write_node(out, item, indent + 2, Place::Line);
            }
        }
        _ => {
            if place == Place::Key {
                out.push(' ');
            }
            out.push_str(&scalar(value));
            out.push('\n');
        }
    }
}

fn start_line(out: &mut String, indent: usize, place: Place, member: usize) {
    if member == 0 && place == Place::Key {
        out.push('\n');
    }
    if member > 0 || place == Place::Key {
        out.push_str(&" ".repeat(indent));
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        _ => json_text(value).trim_end().to_owned(),
    }
}

/// Words that no reader takes for anything but text.
fn is_plain(text: &str) -> bool {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
    is_word && matches!(goyaml::resolve_plain(text), goyaml::Value::String(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_as_the_same_value() {
        let value = serde_json::json!({
            "images": [{ "source": "a/b:1", "sent": 12, "platforms": ["linux/amd64"], "none": [] },
                       { "source": "yes", "nested": { "deep": [[1, 2], []] } }],
            "text": "多云: #1 \"x\"\n",
            "null": null,
            "on": true,
        });
        let text = yaml_text(&value);
        let read = goyaml::from_slice(text.as_bytes()).unwrap();
        assert_eq!(read.at(&["text"]).unwrap().as_str(), Some("多云: #1 \"x\"\n"));
        assert_eq!(read.at(&["null"]).unwrap(), &goyaml::Value::Null);
        let images = read.at(&["images"]).unwrap().as_list().unwrap();
        assert_eq!(images[0].at(&["source"]).unwrap().as_str(), Some("a/b:1"));
        assert_eq!(images[0].at(&["none"]).unwrap().as_list().unwrap().len(), 0);
        assert_eq!(images[1].at(&["source"]).unwrap().as_str(), Some("yes"));
        let deep = images[1].at(&["nested", "deep"]).unwrap().as_list().unwrap();
        assert_eq!(deep[0].as_list().unwrap().len(), 2);
        assert!(text.starts_with("images:\n  - source: \"a/b:1\"\n    sent: 12\n"), "{text}");
    }
}
