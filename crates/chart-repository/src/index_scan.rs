//! An index in its usual form, read line by line: as Go's YAML libraries write it, block style, one key per line.
//!
//! An index of twenty megabytes is looked at for a handful of lines, so it is not parsed: its lines are told apart by
//! their indentation, and only the texts that are needed are kept, as slices of the file. Everything that is checked
//! when an index is parsed is checked here too: known fields, their types, keys that stand twice. Whatever does not
//! look as expected, valid or not, makes [`scan`] give up, and the index is parsed.

use std::borrow::Cow;
use std::collections::HashSet;

use goyaml::Value;

use crate::index_decode::is_alias;
use crate::index_entry::{IndexEntry, settle_all};
use crate::index_file::IndexFile;
use crate::timestamp;

/// The index, if it is in the usual form.
pub(crate) fn scan(bytes: &[u8]) -> Option<IndexFile<'_>> {
    let text = std::str::from_utf8(bytes).ok()?;
    // Tabs, carriage returns, and what YAML calls line breaks beside `\n`.
    if has_control(bytes)
        || (!text.is_ascii() && text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}']))
    {
        return None;
    }
    let mut lines = Lines { rest: text, line: Line::default(), is_end: false };
    lines.advance();
    let mut index = IndexFile::default();
    let mut seen = HashSet::new();
    let mut has_version = false;
    while !lines.is_end {
        let (key, rest) = lines.line.key_at(0)?;
        if !seen.insert(key) {
            return None;
        }
        match (key, rest) {
            ("apiVersion", rest) => {
                let mut version = Cow::Borrowed("");
                lines.text(0, rest, Some(&mut version))?;
                has_version = !version.is_empty();
            }
            ("generated", rest) => lines.time(0, rest)?,
            ("entries" | "serverInfo" | "annotations", "{}") | ("publicKeys", "[]") => {
                lines.advance();
            }
            ("entries", "") => {
                lines.advance();
                lines.charts(&mut index)?;
            }
            _ => return None,
        }
    }
    has_version.then_some(index)
}

/// Whether there are control characters beside line breaks. A sum, and no way out in the middle, so that many bytes are
/// looked at at a time.
fn has_control(bytes: &[u8]) -> bool {
    let is_control = |byte: &u8| (*byte < b' ' && *byte != b'\n') || *byte == 0x7f;
    bytes
        .chunks(255)
        .any(|chunk| chunk.iter().map(|byte| u8::from(is_control(byte))).sum::<u8>() > 0)
}

/// One line: how far it is indented, and what follows.
#[derive(Clone, Copy, Default)]
struct Line<'a> {
    indent: usize,
    content: &'a str,
}

struct Lines<'a> {
    rest: &'a str,
    line: Line<'a>,
    is_end: bool,
}

impl<'a> Line<'a> {
    /// A key at this indentation and what follows its colon.
    fn key_at(self, indent: usize) -> Option<(&'a str, &'a str)> {
        if self.indent == indent { self.key() } else { None }
    }

    /// A plain key and what follows its colon.
    fn key(self) -> Option<(&'a str, &'a str)> {
        let end = self.content.bytes().position(|byte| byte == b':')?;
        let (key, rest) = self.content.split_at(end);
        let rest = &rest[1..];
        let is_plain = key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'));
        if !is_plain || key.is_empty() || key.starts_with('-') {
            return None;
        }
        match rest.strip_prefix(' ') {
            Some(value) => Some((key, value.trim_start_matches(' '))),
            None if rest.is_empty() => Some((key, "")),
            None => None,
        }
    }

    fn is_item(self) -> bool {
        self.content.starts_with("- ") || self.content == "-"
    }

    /// The line behind the dash of an item.
    fn behind_dash(self) -> Option<Line<'a>> {
        let content = self.content.strip_prefix("- ")?;
        if content.is_empty() || content.starts_with(' ') {
            return None;
        }
        Some(Line { indent: self.indent + 2, content })
    }
}

impl<'a> Lines<'a> {
    fn advance(&mut self) {
        if self.rest.is_empty() {
            self.is_end = true;
            self.line = Line::default();
            return;
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        let content = line.trim_start_matches(' ');
        self.line = Line { indent: line.len() - content.len(), content };
    }

    fn charts(&mut self, index: &mut IndexFile<'a>) -> Option<()> {
        let mut seen = HashSet::new();
        while !self.is_end && self.line.indent > 0 {
            let (name, rest) = self.line.key_at(2)?;
            // A name that reads as a number or a boolean is written differently as a key.
            if !is_text(name) || !seen.insert(name) {
                return None;
            }
            self.advance();
            let versions = match rest {
                "[]" => Vec::new(),
                "" => self.versions()?,
                _ => return None,
            };
            let versions = settle_all(name, versions, &mut index.skipped);
            index.charts.push((Cow::Borrowed(name), versions));
        }
        Some(())
    }

    fn versions(&mut self) -> Option<Vec<Option<IndexEntry<'a>>>> {
        let indent = self.line.indent;
        if !self.line.is_item() || !matches!(indent, 2 | 4) {
            return None;
        }
        let mut versions = Vec::new();
        while !self.is_end && self.line.indent == indent && self.line.is_item() {
            self.line = self.line.behind_dash()?;
            versions.push(Some(self.version(indent + 2)?));
        }
        Some(versions)
    }

    fn version(&mut self, indent: usize) -> Option<IndexEntry<'a>> {
        let mut entry = IndexEntry::default();
        let mut seen = 0_u32;
        while !self.is_end && self.line.indent == indent && !self.line.is_item() {
            let (key, rest) = self.line.key()?;
            let bit = 1 << self.field(&mut entry, key, rest, indent)?;
            if seen & bit != 0 {
                return None;
            }
            seen |= bit;
        }
        // Anything deeper than expected has no place here.
        (self.is_end || self.line.indent < indent).then_some(entry)
    }

    /// Reads one field of an entry; tells which it was.
    fn field(
        &mut self,
        entry: &mut IndexEntry<'a>,
        key: &str,
        rest: &'a str,
        indent: usize,
    ) -> Option<u32> {
        let (number, text) = match key {
            "name" => (0, Some(&mut entry.name)),
            "version" => (1, Some(&mut entry.version)),
            "appVersion" => (2, Some(&mut entry.app_version)),
            "description" => (3, Some(&mut entry.description)),
            "digest" => (4, Some(&mut entry.digest)),
            "type" => (5, Some(&mut entry.kind)),
            "home" => (6, None),
            "icon" => (7, None),
            "apiVersion" => (8, None),
            "condition" => (9, None),
            "tags" => (10, None),
            "kubeVersion" => (11, None),
            "checksum" => (12, None),
            "engine" => (13, None),
            "tillerVersion" => (14, None),
            "url" => (15, None),
            _ => return self.other_field(entry, key, rest, indent),
        };
        self.text(indent, rest, text)?;
        Some(number)
    }

    fn other_field(
        &mut self,
        entry: &mut IndexEntry<'a>,
        key: &str,
        rest: &'a str,
        indent: usize,
    ) -> Option<u32> {
        match key {
            "created" => self.time(indent, rest)?,
            "deprecated" | "removed" if matches!(rest, "true" | "false") => self.advance(),
            "keywords" => self.texts(indent, rest, Some(&mut entry.keywords))?,
            "urls" => self.texts(indent, rest, Some(&mut entry.urls))?,
            "sources" => self.texts(indent, rest, None)?,
            "annotations" => self.text_map(indent, rest)?,
            "maintainers" => self.structs(indent, rest, &["email", "name", "url"])?,
            "dependencies" => self.structs(indent, rest, &DEPENDENCY)?,
            _ => return None,
        }
        let numbers = [
            "created",
            "deprecated",
            "removed",
            "keywords",
            "urls",
            "sources",
            "annotations",
            "maintainers",
        ];
        let number = numbers.iter().position(|name| *name == key).unwrap_or(numbers.len());
        u32::try_from(number + 16).ok()
    }

    fn time(&mut self, indent: usize, rest: &'a str) -> Option<()> {
        let mut text = Cow::Borrowed("");
        self.text(indent, rest, Some(&mut text))?;
        timestamp::is_time(&text).then_some(())
    }

    /// A list of texts below a key at `indent`.
    fn texts(
        &mut self,
        indent: usize,
        rest: &'a str,
        mut into: Option<&mut Vec<Cow<'a, str>>>,
    ) -> Option<()> {
        self.advance();
        match rest {
            "[]" => return Some(()),
            "" => {}
            _ => return None,
        }
        let items = self.line.indent;
        if items < indent || !self.line.is_item() {
            return None;
        }
        while !self.is_end && self.line.indent == items && self.line.is_item() {
            let Line { content, indent: column } = self.line.behind_dash()?;
            // A text that holds `: ` would be a map.
            let mut text = Cow::Borrowed("");
            self.text(column - 1, content, into.is_some().then_some(&mut text))?;
            if let Some(list) = &mut into {
                list.push(text);
            }
        }
        Some(())
    }

    fn text_map(&mut self, indent: usize, rest: &'a str) -> Option<()> {
        self.advance();
        match rest {
            "{}" => return Some(()),
            "" => {}
            _ => return None,
        }
        let keys = self.line.indent;
        if keys <= indent {
            return None;
        }
        let mut seen = Vec::new();
        while !self.is_end && self.line.indent == keys {
            let (key, rest) = self.line.key()?;
            if seen.contains(&key) {
                return None;
            }
            seen.push(key);
            self.text(keys, rest, None)?;
        }
        (self.is_end || self.line.indent <= indent).then_some(())
    }

    /// A list of maps with these keys, each text but `enabled`, `tags` and `import-values`.
    fn structs(&mut self, indent: usize, rest: &'a str, known: &[&str]) -> Option<()> {
        self.advance();
        match rest {
            "[]" => return Some(()),
            "" => {}
            _ => return None,
        }
        let items = self.line.indent;
        if items < indent || !self.line.is_item() {
            return None;
        }
        while !self.is_end && self.line.indent == items && self.line.is_item() {
            self.line = self.line.behind_dash()?;
            let keys = self.line.indent;
            let mut seen = 0_u32;
            while !self.is_end && self.line.indent == keys && !self.line.is_item() {
                let (key, rest) = self.line.key()?;
                let bit = 1 << known.iter().position(|name| *name == key)?;
                if seen & bit != 0 {
                    return None;
                }
                seen |= bit;
                self.struct_field(key, keys, rest)?;
            }
        }
        Some(())
    }

    fn struct_field(&mut self, key: &str, keys: usize, rest: &'a str) -> Option<()> {
        match key {
            "tags" => self.texts(keys, rest, None),
            "import-values" => None,
            "enabled" => {
                self.advance();
                matches!(rest, "true" | "false").then_some(())
            }
            "alias" => {
                let mut alias = Cow::Borrowed("");
                self.text(keys, rest, Some(&mut alias))?;
                is_alias(&alias).then_some(())
            }
            _ => self.text(keys, rest, None),
        }
    }

    /// A text that starts behind a key at `indent` and may go on in deeper lines. It is given to `into`, or only
    /// passed over.
    fn text(
        &mut self,
        indent: usize,
        start: &'a str,
        into: Option<&mut Cow<'a, str>>,
    ) -> Option<()> {
        let first = *start.as_bytes().first()?;
        match first {
            b'\'' | b'"' => self.quoted(indent, start, into),
            b'|' | b'>' if into.is_none() => self.block(indent, start),
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'('
            | b'/'
            | b'^'
            | b'<'
            | b'='
            | b'$'
            | b'.'
            | b'_'
            | b'+' => self.plain(indent, start, into),
            byte if byte >= 0x80 => self.plain(indent, start, into),
            _ => None,
        }
    }

    fn plain(
        &mut self,
        indent: usize,
        start: &'a str,
        into: Option<&mut Cow<'a, str>>,
    ) -> Option<()> {
        if !is_plain(start) {
            return None;
        }
        let mut text = Cow::Borrowed(start.trim_end_matches(' '));
        self.advance();
        while !self.is_end && (self.line.indent > indent || self.line.content.is_empty()) {
            let more = self.line.content;
            if more.is_empty() || !is_plain(more) {
                return None;
            }
            let text = text.to_mut();
            text.push(' ');
            text.push_str(more.trim_end_matches(' '));
            self.advance();
        }
        if !is_text(&text) {
            return None;
        }
        if let Some(into) = into {
            *into = text;
        }
        Some(())
    }

    /// A quoted text. One that goes over several lines is put together as long as that is simple.
    fn quoted(
        &mut self,
        indent: usize,
        start: &'a str,
        into: Option<&mut Cow<'a, str>>,
    ) -> Option<()> {
        let quote = start.as_bytes()[0];
        let inner = &start[1..];
        if let Some(end) = closing(inner, quote) {
            if !inner[end + 1..].trim_end_matches(' ').is_empty() {
                return None;
            }
            self.advance();
            let is_end = self.is_end || self.line.indent <= indent;
            let value = &inner[..end];
            if let Some(into) = into {
                *into = unquoted(value, quote)?;
            } else if quote == b'"' && value.contains('\\') {
                unquoted(value, quote)?;
            }
            return is_end.then_some(());
        }
        self.quoted_lines(indent, inner, quote, into)
    }

    fn quoted_lines(
        &mut self,
        indent: usize,
        first: &'a str,
        quote: u8,
        into: Option<&mut Cow<'a, str>>,
    ) -> Option<()> {
        let mut joined = first.trim_end_matches(' ').to_owned();
        loop {
            if joined.ends_with('\\') {
                return None;
            }
            self.advance();
            let content = self.line.content;
            if self.is_end || self.line.indent <= indent || content.is_empty() {
                return None;
            }
            joined.push(' ');
            let Some(end) = closing(content, quote) else {
                joined.push_str(content.trim_end_matches(' '));
                continue;
            };
            if !content[end + 1..].trim_end_matches(' ').is_empty() {
                return None;
            }
            joined.push_str(&content[..end]);
            break;
        }
        self.advance();
        let value = unquoted(&joined, quote)?.into_owned();
        if let Some(into) = into {
            *into = Cow::Owned(value);
        }
        (self.is_end || self.line.indent <= indent).then_some(())
    }

    /// A block scalar, passed over: what is indented deeper, and empty lines.
    fn block(&mut self, indent: usize, start: &str) -> Option<()> {
        if !matches!(start, "|" | "|-" | "|+" | ">" | ">-" | ">+") {
            return None;
        }
        self.advance();
        let least = self.line.indent;
        if self.is_end || least <= indent || self.line.content.is_empty() {
            return None;
        }
        while !self.is_end && (self.line.indent > indent || self.line.content.is_empty()) {
            if self.line.indent < least && !self.line.content.is_empty() {
                return None;
            }
            self.advance();
        }
        Some(())
    }
}

const DEPENDENCY: [&str; 8] =
    ["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"];

/// Whether a line of a plain scalar holds nothing that means something else.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let next = bytes.get(at + 1);
        match bytes[at] {
            b':' if matches!(next, None | Some(b' ')) => return false,
            b'#' if at == 0 || bytes[at - 1] == b' ' => return false,
            _ => at += 1,
        }
    }
    !text.starts_with([
        '&', '*', '!', '%', '@', '`', '{', '[', '-', '?', ':', ',', ']', '}', '|', '>', '\'', '"',
    ]) || bytes.is_empty()
}

/// Whether a plain scalar is read as text.
fn is_text(text: &str) -> bool {
    let first = text.as_bytes().first().copied().unwrap_or_default();
    // Words that are no text are short: `true`, `null`, `.inf`, `off`.
    let may_be_word = text.len() <= 5
        && matches!(
            first,
            b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O' | b'~'
        );
    let may_be_number = matches!(first, b'0'..=b'9' | b'.' | b'+' | b'-');
    if first == b'<' && text == "<<" || first == b'=' && text == "=" {
        return false;
    }
    !(may_be_word || may_be_number) || matches!(goyaml::resolve_plain(text), Value::String(_))
}

/// Where a quoted text ends.
fn closing(text: &str, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 2,
            byte if byte != quote => at += 1,
            // Two single quotes stand for one.
            _ if quote == b'\'' && bytes.get(at + 1) == Some(&quote) => at += 2,
            _ => return Some(at),
        }
    }
    None
}

/// The text between quotes, as far as its escapes are simple.
fn unquoted(text: &str, quote: u8) -> Option<Cow<'_, str>> {
    if quote == b'\'' {
        return Some(if text.contains('\'') {
            text.replace("''", "'").into()
        } else {
            text.into()
        });
    }
    if !text.contains('\\') {
        return Some(text.into());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        out.push(match rest.as_bytes().get(at + 1)? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'"' => '"',
            b'\\' => '\\',
            _ => return None,
        });
        rest = &rest[at + 2..];
    }
    out.push_str(rest);
    Some(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index_decode::decode;

    /// As helm writes it, with everything a scan has to pass over.
    const USUAL: &str = r#"apiVersion: v1
entries:
  alpha:
  - annotations:
      artifacthub.io/changes: |
        - kind: added
          description: "x: y"

        - kind: fixed
      category: Database
    apiVersion: v2
    appVersion: "1.10"
    created: "2026-11-23T12:32:41.294382067Z"
    dependencies:
    - condition: common.enabled
      name: common
      repository: https://charts.example.com
      tags:
      - one
      version: 2.x.x
    description: A long sentence that goes over the eightieth column and is therefore
      folded by the writer
    digest: 7b5ec7c4704a40d8bf7520214e1662b4661fd5f1282773e05da79e8c49865c24
    keywords:
    - sql
    - 'it''s'
    maintainers:
    - email: a@b
      name: bob
    name: alpha
    sources:
    - https://example.com/a#b
    urls:
    - charts/alpha-1.2.0.tgz
    version: 1.2.0
  - apiVersion: v2
    deprecated: true
    description: "quoted \"text\" that is
      folded too"
    kubeVersion: '>=1.20-0'
    name: alpha
    type: application
    urls:
    - charts/alpha-1.3.0.tgz
    version: 1.3.0
  beta: []
generated: "2026-11-23T12:32:41.293003141Z"
serverInfo: {}
"#;

    fn check(text: &str) {
        let scanned = scan(text.as_bytes()).expect("it is in the usual form");
        assert_eq!(scanned, decode(text.as_bytes()).unwrap());
    }

    #[test]
    fn what_is_scanned_is_what_is_parsed() {
        check(USUAL);
        check(
            "apiVersion: v1\nentries:\n  a:\n    - name: a\n      urls:\n        - x\n      version: 1.0.0\n",
        );
        check("apiVersion: v1\nentries: {}\ngenerated: \"0001-01-01T00:00:00Z\"\n");
        let index = scan(USUAL.as_bytes()).unwrap();
        let newest = &index.versions("alpha")[0];
        assert_eq!(
            (&*newest.version, &*newest.description),
            ("1.3.0", "quoted \"text\" that is folded too")
        );
        let other = &index.versions("alpha")[1];
        assert!(other.description.ends_with("column and is therefore folded by the writer"));
        assert_eq!(other.keywords, ["sql", "it's"]);
        assert_eq!(other.app_version, "1.10");
    }

    /// Each is valid YAML that means something else than its lines suggest, or is refused by helm.
    #[test]
    fn what_is_unusual_is_left_to_the_parser() {
        for (from, to) in [
            ("name: bob", "nam: bob"),
            ("    name: alpha\n    type", "    name: alpha\n    name: alpha\n    type"),
            ("appVersion: \"1.10\"", "appVersion: 1.10"),
            ("deprecated: true", "deprecated: yes please"),
            ("description: A long", "description: &x A long"),
            ("kubeVersion: '>=1.20-0'", "kubeVersion: !!str '>=1.20-0'"),
            ("  beta: []", "  alpha: []"),
            ("  beta: []", "  yes: []"),
            ("generated: \"2026-11-23", "generated: \"2026-23-23"),
            ("serverInfo: {}", "serverInfo: {}\n---\nfoo: bar"),
            ("serverInfo: {}", "unknown: {}"),
            (
                "digest: 7b5ec7c4704a40d8bf7520214e1662b4661fd5f1282773e05da79e8c49865c24",
                "digest: 12",
            ),
            ("folded by the writer", "folded: by the writer"),
            ("    - sql", "    - sql: 1"),
            ("apiVersion: v1\n", ""),
            ("version: 1.3.0", "version: 1.3.0\n      more: 1"),
        ] {
            let text = USUAL.replacen(from, to, 1);
            assert_ne!(text, USUAL, "{from}");
            assert!(scan(text.as_bytes()).is_none(), "{to}");
        }
    }

    #[test]
    fn a_scan_never_says_more_than_the_parser() {
        // Every line left out, doubled or indented once more: the scan gives up or agrees.
        let lines: Vec<&str> = USUAL.lines().collect();
        let mut agreed = 0;
        for at in 0..lines.len() {
            for change in 0..3 {
                let mut changed: Vec<String> =
                    lines.iter().map(|line| (*line).to_owned()).collect();
                match change {
                    0 => drop(changed.remove(at)),
                    1 => changed.insert(at, changed[at].clone()),
                    _ => changed[at].insert(0, ' '),
                }
                let text = changed.join("\n") + "\n";
                if let Some(scanned) = scan(text.as_bytes()) {
                    assert_eq!(Ok(scanned), decode(text.as_bytes()), "{text}");
                    agreed += 1;
                }
            }
        }
        assert!(agreed > 30, "{agreed}");
    }
}
