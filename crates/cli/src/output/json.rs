//! JSON for programs.

use std::fmt::Write as _;

use ops::ProblemKind;
use serde_json::{Value, json};

use super::escape::is_dangerous;
use crate::language::Language;
use crate::message::explain;

/// The value as indented JSON with a line break at its end. Characters that a terminal obeys are `\u` escapes, so
/// that looking at JSON is as safe as looking at a table.
pub(crate) fn json_text(value: &Value) -> String {
    escaped(format!("{value:#}\n"))
}

/// The value as JSON on one line.
pub(crate) fn json_line(value: &Value) -> String {
    escaped(format!("{value}\n"))
}

fn escaped(text: String) -> String {
    let must_go = |c: char| c != '\n' && is_dangerous(c);
    if !text.contains(must_go) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if must_go(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// A report with the stable code and the words of the chosen language beside each problem in it.
pub(crate) fn enriched(mut value: Value, language: Language) -> Value {
    enrich(&mut value, language);
    value
}

fn enrich(value: &mut Value, language: Language) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| enrich(item, language)),
        Value::Object(fields) => {
            if let Some(kind) = problem_kind(fields) {
                let entry = explain(kind);
                fields.insert("code".into(), json!(format!("E{}", entry.code)));
                fields.insert("message".into(), json!(entry.what.get(language)));
                fields.insert("why".into(), json!(entry.why.get(language)));
                fields.insert("do".into(), json!(entry.next.get(language)));
            } else {
                fields.values_mut().for_each(|field| enrich(field, language));
            }
        }
        _ => {}
    }
}

/// The kind, when the object is a problem.
fn problem_kind(fields: &serde_json::Map<String, Value>) -> Option<ProblemKind> {
    if !fields.contains_key("severity") || !fields.contains_key("subject") {
        return None;
    }
    let name = fields.get("kind")?.as_str()?;
    ProblemKind::ALL.iter().copied().find(|kind| format!("{kind:?}") == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_get_their_code_and_words_wherever_they_are() {
        let problem = ops::Problem::error(ProblemKind::TagConflict, "a/b:1", "");
        let report = json!({ "notes": [problem], "kind": "none" });
        let report = enriched(report, Language::Zh);
        assert_eq!(report["notes"][0]["code"], "E1301");
        assert_eq!(report["notes"][0]["message"], explain(ProblemKind::TagConflict).what.zh);
        assert_eq!(report["kind"], "none");
    }

    #[test]
    fn escapes_stay_json() {
        let value = json!({ "name": "a\u{9b}2J\u{202e}多云", "lines": "1\n2" });
        let text = json_text(&value);
        assert!(text.contains("a\\u009b2J\\u202e多云"));
        assert_eq!(json_line(&value).matches('\n').count(), 1);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
