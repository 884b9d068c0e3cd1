//! Writing a text as a YAML scalar, in the style that was there.

use std::ops::Range;

use goyaml::{Kind, Node, Style, Value, resolve_plain};

/// A piece of a source to replace. An empty range is an insertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Splice {
    pub(crate) range: Range<usize>,
    pub(crate) text: String,
    /// The key it is for.
    pub(crate) path: Vec<String>,
}

/// Replaces the text of a scalar that is written there, quotes and all staying what they are. A plain one gets quotes
/// only when it needs them.
pub(crate) fn replace(source: &str, node: &Node, text: &str) -> (Range<usize>, String) {
    let span = node.span.clone();
    let Kind::Scalar { style, text: old } = &node.kind else { return (span, write(text)) };
    match style {
        Style::SingleQuoted => (span, format!("'{}'", text.replace('\'', "''"))),
        Style::DoubleQuoted => (span, double_quoted(text)),
        Style::Plain => {
            let is_joined = span.is_empty() && source[..span.start].ends_with([':', '-']);
            let written = write(text);
            (span, if is_joined { format!(" {written}") } else { written })
        }
        Style::Literal | Style::Folded => replace_in_block(source, span, old, text),
    }
}

/// The one line of a block scalar; the whole of it when it has more.
fn replace_in_block(
    source: &str,
    span: Range<usize>,
    old: &str,
    text: &str,
) -> (Range<usize>, String) {
    let written = &source[span.clone()];
    let old = old.trim_end_matches(['\r', '\n']);
    let header = written.find('\n').map_or(written.len(), |at| at + 1);
    let body = &written[header..];
    if !old.is_empty() && body.trim() == old {
        let start = span.start + header + body.find(old).unwrap_or(0);
        return (start..start + old.len(), text.to_owned());
    }
    let break_behind = &written[written.trim_end_matches(['\r', '\n']).len()..];
    (span, format!("{}{break_behind}", write(text)))
}

/// A text as a plain scalar where that reads back as the same text everywhere, else in double quotes.
pub(crate) fn write(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { double_quoted(text) }
}

/// More careful than YAML asks for: only characters of references, and nothing that YAML 1.1 or 1.2 could take for a
/// number, a time or a boolean.
fn is_plain(text: &str) -> bool {
    let is_fit = |c: char| c.is_ascii_alphanumeric() || "._-/:@+".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(is_fit)
        && !text.ends_with(':')
        && !text.chars().all(|c| c.is_ascii_digit() || c == ':')
        && matches!(resolve_plain(text), Value::String(_))
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || c == '\u{feff}' => {
                quoted.extend(["\\u", &format!("{:04X}", u32::from(c))]);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Puts splices into a source. They must not overlap; those at one place go in as they come.
pub(crate) fn apply(source: &str, splices: &[Splice]) -> String {
    let mut ordered: Vec<&Splice> = splices.iter().collect();
    ordered.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let mut edited = String::with_capacity(source.len() + 256);
    let mut at = 0;
    for splice in ordered {
        edited.push_str(&source[at..splice.range.start]);
        edited.push_str(&splice.text);
        at = splice.range.end;
    }
    edited.push_str(&source[at..]);
    edited
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(source: &str, text: &str) -> String {
        let document = goyaml::parse_one(source.as_bytes()).unwrap();
        let node = document.root.get("k").unwrap();
        let (range, text) = replace(source, node, text);
        apply(source, &[Splice { range, text, path: Vec::new() }])
    }

    #[test]
    fn the_style_stays() {
        for (source, text, expected) in [
            ("k: a # 注释\n", "b/c", "k: b/c # 注释\n"),
            ("k: 'a' # x\n", "it's", "k: 'it''s' # x\n"),
            ("k: \"a\"\n", "b", "k: \"b\"\n"),
            ("k: a\n", "1.30", "k: \"1.30\"\n"),
            ("k: a\n", "5000", "k: \"5000\"\n"),
            ("k: a\n", "on", "k: \"on\"\n"),
            ("k: a\n", "10.16.10.111", "k: 10.16.10.111\n"),
            ("k: a\n", "host:5000/a", "k: host:5000/a\n"),
            ("k: a\n", "", "k: \"\"\n"),
            ("k:\nl: 1\n", "b", "k: b\nl: 1\n"),
            ("k: # 无\n", "b", "k: b # 无\n"),
            ("{k: a, l: 1}", "b/c:1", "{k: b/c:1, l: 1}"),
            ("k: !!str 1.30\n", "1.4", "k: !!str \"1.4\"\n"),
            ("k: &x a\n", "b", "k: &x b\n"),
            ("k: |-\n  a\n# c\nl: 1\n", "b", "k: |-\n  b\n# c\nl: 1\n"),
            ("k: >- # why\r\n    a\r\nl: 1\r\n", "b", "k: >- # why\r\n    b\r\nl: 1\r\n"),
            ("k: >-\n  a\n  b\nl: 1\n", "c", "k: c\nl: 1\n"),
            ("k: a\n  b\nl: 1\n", "c", "k: c\nl: 1\n"),
        ] {
            let edited = replaced(source, text);
            assert_eq!(edited, expected, "{source:?}");
            let document = goyaml::parse_one(edited.as_bytes()).unwrap();
            assert_eq!(document.root.get("k").unwrap().text(), Some(text));
        }
    }
}
