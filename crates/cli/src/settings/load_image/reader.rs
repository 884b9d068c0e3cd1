//! Walking the tree of the file: fields of mappings, keys that are unknown or stand twice.

use std::ops::Range;

use goyaml::{Entry, Layout, Node};
use ops::{ProblemKind, Severity};

use super::edit::{Edit, Lines};
use super::finding::Finding;
use super::glyph::COLONS;
use super::notation::colon_detail;
use super::{LoadImage, Reading};
use crate::language::Sentence;
use crate::say;

/// Reads one file, collecting what it says and what is wrong with it.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) config: LoadImage,
    pub(super) findings: Vec<Finding>,
    pub(super) secrets: Vec<Range<usize>>,
}

/// One `key: value`.
#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
    /// The key as this page writes it: `camelCase`.
    pub(super) name: String,
    /// Its dotted path for messages.
    pub(super) path: String,
    /// The key.
    pub(super) key: &'a Node,
    /// The value.
    pub(super) value: &'a Node,
}

impl Field<'_> {
    /// Everything of the field, from its key to the end of its value.
    pub(super) fn span(&self) -> Range<usize> {
        self.key.start..self.value.span.end.max(self.key.span.end)
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, config: LoadImage::default(), findings: Vec::new(), secrets: Vec::new() }
    }

    pub(super) fn finish(self) -> Reading {
        let Self { config, findings, secrets, .. } = self;
        Reading { config, findings, secrets, is_yaml: true }
    }

    pub(super) fn lines(&self) -> Lines<'a> {
        Lines(self.text)
    }

    /// The fields of a mapping, each name once. Null has none; anything else is a mistake.
    pub(super) fn fields(&mut self, path: &str, node: &'a Node) -> Vec<Field<'a>> {
        if !node.is_mapping() {
            if !node.is_null() {
                let detail = say!("a mapping is needed here", "此处需要映射（键: 值）");
                self.error(ProblemKind::ConfigType, node, path, detail);
            }
            return Vec::new();
        }
        let mut fields: Vec<Field<'a>> = Vec::new();
        for entry in node.entries() {
            if entry.key.is_merge_key() {
                let merged = self.fields(path, &entry.value);
                fields.extend(merged);
                continue;
            }
            let field = field(path, entry);
            match fields.iter().find(|other| other.name == field.name) {
                Some(first) => self.duplicate(&first.clone(), &field),
                None => fields.push(field),
            }
        }
        fields
    }

    fn duplicate(&mut self, first: &Field<'_>, second: &Field<'_>) {
        let line = first.key.line;
        let detail = say!("it stands in line {line} already", "第 {line} 行已有该键");
        let is_same = first.value.text().is_some() && first.value.text() == second.value.text();
        let edits = if is_same && self.has_own_lines(second) {
            vec![Edit::replace(self.lines().around(&second.span()), "")]
        } else {
            Vec::new()
        };
        let kind = ProblemKind::ConfigDuplicateKey;
        let finding = Finding::at(Severity::Error, kind, second.key, &second.path, detail);
        self.findings.push(finding.with(edits));
    }

    /// Whether a field has its lines for itself, so that they can be moved, indented or taken out.
    pub(super) fn has_own_lines(&self, field: &Field<'_>) -> bool {
        let span = field.span();
        let lines = self.lines();
        let rest = &self.text[span.end..lines.end(span.end.saturating_sub(1).max(span.start))];
        let rest = rest.trim();
        lines.is_first(span.start) && (rest.is_empty() || rest.starts_with('#'))
    }

    /// A key that nobody reads, with what was probably meant.
    pub(super) fn unknown(&mut self, field: &Field<'a>, known: &[&str]) {
        let written = field.key.text().unwrap_or_default();
        if self.glued_by_colon(field, known) {
            return;
        }
        let (detail, edits) = if let Some(near) = nearest(written, known) {
            let edit = Edit::replace(field.key.span.clone(), near);
            (say!("did you mean `{near}`?", "您是否想写 `{near}`？"), vec![edit])
        } else {
            let known = known.join(", ");
            (say!("known here: {known}", "此处可用的键：{known}"), self.comment_out(field))
        };
        let kind = ProblemKind::ConfigUnknownKey;
        self.findings
            .push(Finding::at(Severity::Error, kind, field.key, &field.path, detail).with(edits));
    }

    /// `{username：admin}`: to YAML a key without a value.
    fn glued_by_colon(&mut self, field: &Field<'a>, known: &[&str]) -> bool {
        let span = field.key.span.clone();
        let source = &self.text[span.clone()];
        let Some((at, colon)) = source.char_indices().find(|(_, c)| COLONS.contains(c)) else {
            return false;
        };
        let Some(key) = nearest(source[..at].trim(), known).filter(|_| field.value.is_null())
        else {
            return false;
        };
        let (line, column) = self.lines().position(span.start + at);
        let path = field.path.strip_suffix(field.name.as_str()).unwrap_or_default();
        let range = span.start + at..span.start + at + colon.len_utf8();
        let kind = ProblemKind::ConfigSyntax;
        let path = format!("{path}{key}");
        let finding = Finding::at(Severity::Error, kind, field.key, &path, colon_detail(colon));
        let edits = vec![Edit::replace(range, ": ")];
        self.findings.push(Finding { line, column, edits, ..finding });
        true
    }

    /// Edits that turn the lines of a field into comments.
    fn comment_out(&self, field: &Field<'_>) -> Vec<Edit> {
        if !self.has_own_lines(field) {
            return Vec::new();
        }
        let lines = self.lines();
        let range = lines.around(&field.span());
        let mut edits = Vec::new();
        let mut at = range.start;
        while at < range.end {
            edits.push(Edit::insert(at, "# "));
            at = lines.end(at);
        }
        edits
    }

    pub(super) fn error(&mut self, kind: ProblemKind, node: &Node, path: &str, detail: Sentence) {
        self.findings.push(Finding::at(Severity::Error, kind, node, path, detail));
    }

    pub(super) fn warning(&mut self, kind: ProblemKind, node: &Node, path: &str, detail: Sentence) {
        self.findings.push(Finding::at(Severity::Warning, kind, node, path, detail));
    }

    /// Something that was understood, with the way it should be written.
    pub(super) fn note(
        &mut self,
        kind: ProblemKind,
        field: &Field<'_>,
        detail: Sentence,
        edits: Vec<Edit>,
    ) {
        let finding = Finding::at(Severity::Info, kind, field.value, &field.path, detail);
        self.findings.push(finding.with(edits));
    }

    /// A key that is accepted and changes nothing.
    pub(super) fn ignored(&mut self, field: &Field<'_>, detail: Sentence) {
        let kind = ProblemKind::ConfigIgnored;
        self.findings.push(Finding::at(Severity::Info, kind, field.key, &field.path, detail));
    }

    /// A key that comes with another command.
    pub(super) fn unsupported(&mut self, field: &Field<'_>, detail: Sentence) {
        self.error(ProblemKind::ConfigUnsupported, field.key, &field.path, detail);
    }
}

/// Whether lines can be moved within this mapping.
pub(super) fn is_block(node: &Node) -> bool {
    matches!(&node.kind, goyaml::Kind::Mapping { layout: Layout::Block, .. })
}

fn field<'a>(path: &str, entry: &'a Entry) -> Field<'a> {
    let written = entry.key.text().unwrap_or_default();
    let name = camel_case(written);
    let path = if path.is_empty() { written.to_owned() } else { format!("{path}.{written}") };
    Field { name, path, key: &entry.key, value: &entry.value }
}

/// `container_registry` is `containerRegistry`: charts-syncer takes both.
fn camel_case(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    let mut characters = key.chars().peekable();
    while let Some(c) = characters.next() {
        match characters.peek() {
            Some(next) if c == '_' && !out.is_empty() && next.is_ascii_lowercase() => {
                out.push(next.to_ascii_uppercase());
                characters.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// The one known key that a misspelt one is close to.
pub(super) fn nearest<'k>(written: &str, known: &[&'k str]) -> Option<&'k str> {
    let simple = |text: &str| text.to_ascii_lowercase().replace(['_', '-'], "");
    let written = simple(written);
    let most = (written.len() / 4).clamp(1, 3);
    let mut near: Vec<(usize, &str)> = known
        .iter()
        .map(|key| (distance(&written, &simple(key)), *key))
        .filter(|(distance, _)| *distance <= most)
        .collect();
    near.sort_unstable();
    match near[..] {
        [(_, key)] => Some(key),
        [(first, key), (second, _), ..] if first < second => Some(key),
        _ => None,
    }
}

/// Insertions, deletions, replacements and swaps of neighbours that make one text the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_one_key() {
        assert_eq!(camel_case("intermediate_bundles_path"), "intermediateBundlesPath");
        assert_eq!(camel_case("containerRegistry"), "containerRegistry");
        assert_eq!(camel_case("_x_"), "_x_");
    }

    #[test]
    fn near_misses_are_recognized_and_far_ones_are_not() {
        let known = ["containerRegistry", "containerRepository", "containers", "repo", "repoName"];
        assert_eq!(nearest("containerRegitsry", &known), Some("containerRegistry"));
        assert_eq!(nearest("ContainerRegistry", &known), Some("containerRegistry"));
        assert_eq!(nearest("container", &known), Some("containers"));
        assert_eq!(nearest("password", &known), None);
        assert_eq!(nearest("rep", &["repa", "repo"]), None);
    }
}
