//! The line of a template that an image is written in.
//!
//! The chart is rendered once more with a comment behind every line that could be it, each with a number. What is
//! rendered is the same but for the comments; where an image is not, nothing is said.

use std::collections::{BTreeSet, HashMap};

use goyaml::Node;
use helm::{Chart, Done};
use serde::Serialize;

use super::render::{Found, PlaceKey, Renderer, documents, images};

/// A line of a template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TemplateLine {
    /// The file, from the chart's own directory: `shop/templates/_pod.tpl`.
    pub file: String,
    /// From 1.
    pub line: usize,
}

const MARK: &str = "#ferry@";

/// The lines of the images of a render, as far as they can be told.
pub(super) fn lines(
    renderer: &Renderer,
    chart: &Chart,
    found: &[Found],
) -> HashMap<PlaceKey, TemplateLine> {
    let keys: BTreeSet<&str> = found.iter().map(|one| last_key(&one.image.field)).collect();
    let mut marker = Marker { keys, lines: Vec::new() };
    let mut copy = chart.clone();
    marker.mark_chart(&mut copy, chart.name());
    let Ok(done) = renderer.render(&copy) else { return HashMap::new() };
    let again = images(&done);
    let same: HashMap<PlaceKey, &str> =
        again.iter().map(|one| (one.key(), one.image.image.as_str())).collect();
    let texts = texts(&done);
    let line_of = |one: &Found| {
        let key = one.key();
        if same.get(&key) != Some(&one.image.image.as_str()) {
            return None;
        }
        let text = texts.get(&(key.0.as_str(), last_kind(one), key.2))?;
        let number = number_at(text, &one.image.field)?;
        Some((key, marker.lines.get(number)?.clone()))
    };
    found.iter().filter_map(line_of).collect()
}

fn last_kind(found: &Found) -> &str {
    &found.image.gvk.kind
}

/// The last key of a field; `-` for a member of a list.
fn last_key(field: &str) -> &str {
    if field.ends_with(']') { "-" } else { field.rsplit('.').next().unwrap_or(field) }
}

/// The rendered documents by template, kind and number.
fn texts(done: &Done) -> HashMap<(&str, &str, usize), &str> {
    documents(done)
        .map(|(document, nth, _)| {
            ((document.path.as_str(), document.head.kind.as_str(), nth), document.text.as_str())
        })
        .collect()
}

struct Marker<'a> {
    keys: BTreeSet<&'a str>,
    lines: Vec<TemplateLine>,
}

impl Marker<'_> {
    fn mark_chart(&mut self, chart: &mut Chart, full_path: &str) {
        for file in chart.files.iter_mut().filter(|file| file.path.starts_with("templates/")) {
            let Ok(text) = str::from_utf8(&file.data) else { continue };
            let name = format!("{full_path}/{}", file.path);
            file.data = self.mark_file(text, &name).into();
        }
        for subchart in &mut chart.subcharts {
            let path = format!("{full_path}/charts/{}", subchart.chart.name());
            self.mark_chart(&mut subchart.chart, &path);
        }
    }

    fn mark_file(&mut self, text: &str, name: &str) -> String {
        let mut out = String::with_capacity(text.len() + 64);
        let mut is_in_action = false;
        for (at, line) in text.split_inclusive('\n').enumerate() {
            let body = line.trim_end_matches(['\n', '\r']);
            let starts_inside = is_in_action;
            is_in_action = ends_inside(body, is_in_action);
            out.push_str(body);
            if !starts_inside && !is_in_action && self.is_wanted(body) {
                out.extend([" ", MARK, &self.lines.len().to_string(), "@"]);
                self.lines.push(TemplateLine { file: name.to_owned(), line: at + 1 });
            }
            out.push_str(&line[body.len()..]);
        }
        out
    }

    /// Whether a line has one of the keys with something behind it, and a comment at its end is only that.
    fn is_wanted(&self, line: &str) -> bool {
        let line = line.trim();
        let (is_item, rest) = match line.strip_prefix("- ") {
            Some(rest) => (true, rest.trim_start()),
            None => (false, line),
        };
        if line.ends_with("-}}") || line.ends_with(['|', '>', '-', '+']) {
            return false;
        }
        if is_item && self.keys.contains("-") {
            return true;
        }
        let Some((key, value)) = rest.split_once(':') else { return false };
        let key = key.trim().trim_matches(['"', '\'']);
        self.keys.contains(key) && !value.trim().is_empty()
    }
}

/// Whether an action is open at the end of a line.
fn ends_inside(line: &str, starts_inside: bool) -> bool {
    let (mut inside, mut rest) = (starts_inside, line);
    loop {
        let end = if inside { "}}" } else { "{{" };
        match rest.split_once(end) {
            Some((_, after)) => (inside, rest) = (!inside, after),
            None => return inside,
        }
    }
}

/// The number behind the line of a document that a field's value is on.
fn number_at(text: &str, field: &str) -> Option<usize> {
    let document = goyaml::parse_one(text.as_bytes()).ok()?;
    let node = node_at(&document.root, field)?;
    let end = text[node.span.end..].find('\n').map_or(text.len(), |at| node.span.end + at);
    let (_, mark) = text[node.span.start..end].split_once(MARK)?;
    mark.split_once('@')?.0.parse().ok()
}

/// The node at a field such as `spec.containers[0].image`.
pub(crate) fn node_at<'n>(root: &'n Node, field: &str) -> Option<&'n Node> {
    field.split('.').try_fold(root, |node, step| {
        let (key, indexes) = step.split_once('[').unwrap_or((step, ""));
        let node: &Node = if key.is_empty() { node } else { node.get(key)? };
        indexes.split('[').filter(|index| !index.is_empty()).try_fold(node, |node, index| {
            let index: usize = index.trim_end_matches(']').parse().ok()?;
            node.resolved().items().get(index).map(|item| &**item)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_inside_of_actions_are_left_alone() {
        assert!(ends_inside("{{- /* a", false));
        assert!(!ends_inside("b */}} c", true));
        assert!(!ends_inside("image: {{ .a }}:{{ .b }}", false));
        let mut marker = Marker { keys: BTreeSet::from(["image"]), lines: Vec::new() };
        let text = "{{/* usage:\nimage: x\n*/}}\n- image: {{ .a }}\nimage:\nimage: {{ .b -}}\n";
        let text = marker.mark_file(text, "f");
        assert_eq!(text.matches(MARK).count(), 1);
        assert_eq!(marker.lines, [TemplateLine { file: "f".into(), line: 4 }]);
    }

    #[test]
    fn the_number_of_a_field_is_read() {
        let text = "spec:\n  c:\n  - name: a\n    image: \"x:1\" #ferry@7@\n";
        assert_eq!(number_at(text, "spec.c[0].image"), Some(7));
        assert_eq!(number_at(text, "spec.c[0].name"), None);
        assert_eq!(number_at(text, "spec.c[1].image"), None);
    }
}
