//! The report of `chart diff` in words.

use std::fmt::Write as _;

use ops::{
    ChartDiffReport, ChartSide, CrdChange, FieldChange, ImageChange, ObjectChange, ValuesChange,
    WhatHappened,
};
use serde_json::Value;

use crate::language::{Language, Text};
use crate::output::{printable, size};
use crate::{say, text};

/// Fields of one custom resource definition that are shown; the others are counted.
const MOST_FIELDS_OF_CRD: usize = 20;
/// Characters of a value that are shown.
const MOST_CHARACTERS: usize = 100;
/// The size from which the annotation of client-side apply is too large.
const MOST_APPLIED: usize = 262_144;

/// Images, objects, custom resource definitions and values, each under a heading; what is the same is left out.
pub(crate) fn chart_diff_text(report: &ChartDiffReport, language: Language) -> String {
    let mut out = format!("{} → {}\n", side(&report.before), side(&report.after));
    let mut section = |title: Text, lines: String| {
        if !lines.is_empty() {
            let _ = write!(out, "\n{}\n{lines}", title.get(language));
        }
    };
    section(text!("IMAGES", "镜像"), report.images.iter().map(image).collect());
    section(text!("OBJECTS", "对象"), objects(&report.objects, language));
    let crds = report.crds.iter().map(|one| crd(one, language)).collect();
    section(text!("CUSTOM RESOURCE DEFINITIONS", "自定义资源定义（CRD）"), crds);
    section(text!("VALUES", "VALUES 键"), values(&report.values, language));
    section(text!("YOUR VALUES", "您的 values"), unknown(&report.values, language));
    if report.images.is_empty() && report.objects.is_empty() && report.crds.is_empty() {
        let line = text!("\nthe rendered objects are the same\n", "\n渲染出的对象相同\n");
        out.push_str(line.get(language));
    }
    out
}

fn side(side: &ChartSide) -> String {
    let mut text = format!("{} {}", side.name, side.version);
    if let Some(version) = &side.app_version {
        let _ = write!(text, " (app {version})");
    }
    printable(&text)
}

fn sign(change: WhatHappened) -> char {
    match change {
        WhatHappened::Added => '+',
        WhatHappened::Removed => '-',
        WhatHappened::Changed => '~',
    }
}

fn image(change: &ImageChange) -> String {
    let (before, after) = (change.before.join(", "), change.after.join(", "));
    let line = match (change.before.is_empty(), change.after.is_empty()) {
        (true, _) => format!("+ {}:{after}", change.name),
        (_, true) => format!("- {}:{before}", change.name),
        _ => format!("~ {}  {before} → {after}", change.name),
    };
    format!("  {}\n", printable(&line))
}

/// Those that differ in more than what every version changes, and how many do not.
fn objects(changes: &[ObjectChange], language: Language) -> String {
    let mut out = String::new();
    for change in changes.iter().filter(|change| !change.is_routine()) {
        let namespace = change.namespace.as_ref().map_or(String::new(), |name| format!("{name}/"));
        let mut line =
            format!("{} {} {namespace}{}", sign(change.change), change.kind, change.name);
        if !change.hook.is_empty() {
            let _ = write!(line, " ({})", change.hook.join(", "));
        }
        let _ = writeln!(out, "  {}", printable(&line));
        for field in change.fields.iter().filter(|field| !field.is_routine) {
            out.push_str(&field_line(field));
        }
    }
    let routine = changes.iter().filter(|change| change.is_routine()).count();
    if routine > 0 {
        let line = say!(
            "  {routine} more differ only in the labels and checksums that every version changes\n",
            "  另有 {routine} 个仅在每个版本都会变化的标签和校验值上不同\n"
        );
        out.push_str(line.get(language));
    }
    out
}

fn field_line(field: &FieldChange) -> String {
    let path = &field.path;
    let line = match (&field.before, &field.after) {
        (None, Some(after)) => format!("+ {path}: {}", short(after)),
        (Some(before), None) => format!("- {path}: {}", short(before)),
        (before, after) => {
            let shown = |value: &Option<Value>| value.as_ref().map_or(String::new(), short);
            format!("~ {path}: {} → {}", shown(before), shown(after))
        }
    };
    format!("      {}\n", printable(&line))
}

/// A value on one line that is not too long.
fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut characters = text.char_indices().skip(MOST_CHARACTERS);
    match characters.next() {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn crd(change: &CrdChange, language: Language) -> String {
    let (before, after) = (change.versions_before.join(", "), change.versions_after.join(", "));
    let versions = match (before.is_empty(), after.is_empty()) {
        (true, _) => after,
        (_, true) => before,
        _ if before == after => after,
        _ => format!("{before} → {after}"),
    };
    let bytes = size(change.size as u64);
    let line = format!("{} {}  {versions}  {bytes}", sign(change.change), change.name);
    let mut out = format!("  {}\n", printable(&line));
    if change.size > MOST_APPLIED && change.change != WhatHappened::Removed {
        let line = text!(
            "      too large for `kubectl apply`: it needs --server-side\n",
            "      超出 `kubectl apply` 的大小限制：需要 --server-side\n"
        );
        out.push_str(line.get(language));
    }
    for field in change.fields.iter().take(MOST_FIELDS_OF_CRD) {
        out.push_str(&field_line(field));
    }
    let more = change.fields.len().saturating_sub(MOST_FIELDS_OF_CRD);
    if more > 0 {
        out.push_str(
            say!("      {more} more fields\n", "      另有 {more} 个字段\n").get(language),
        );
    }
    out
}

fn values(change: &ValuesChange, language: Language) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "  {}", printable(&text));
    };
    for one in &change.renamed {
        let note = text!("looks renamed", "疑似改名").get(language);
        line(format!("> {} → {} ({note})", one.before, one.after));
    }
    for one in &change.gone {
        line(format!("- {}: {}", one.path, short(&one.default)));
    }
    for one in &change.new {
        line(format!("+ {}: {}", one.path, short(&one.default)));
    }
    for one in &change.changed {
        line(format!("~ {}: {} → {}", one.path, short(&one.before), short(&one.after)));
    }
    out
}

fn unknown(change: &ValuesChange, language: Language) -> String {
    let mut out = String::new();
    for one in &change.unknown {
        let path = &one.path;
        let said = match (&one.now, one.was_known) {
            (Some(now), _) => say!(
                "the newer chart does not know it; it looks like {now} now",
                "新 chart 不再认识该键；现在似乎是 {now}"
            ),
            (None, true) => {
                say!("the newer chart does not know it any more", "新 chart 不再认识该键")
            }
            (None, false) => say!("neither chart knows it", "两个 chart 都不认识该键"),
        };
        let line = match language {
            Language::En => format!("! {path}: {}", said.get(language)),
            Language::Zh => format!("! {path}：{}", said.get(language)),
        };
        let _ = writeln!(out, "  {}", printable(&line));
    }
    out
}

#[cfg(test)]
mod tests {
    use ops::{DefaultChange, Renaming, Setting, UnknownKey};
    use serde_json::json;

    use super::*;

    fn report() -> ChartDiffReport {
        let side = |version: &str| ChartSide {
            origin: "x".into(),
            name: "kairship".into(),
            version: version.into(),
            app_version: None,
        };
        let field = |path: &str, is_routine| FieldChange {
            path: path.into(),
            before: Some(json!(1)),
            after: Some(json!({ "a": "\u{1b}" })),
            is_routine,
        };
        let object = |name: &str, fields| ObjectChange {
            kind: "Deployment.apps".into(),
            namespace: None,
            name: name.into(),
            change: WhatHappened::Changed,
            template: "t".into(),
            hook: Vec::new(),
            fields,
        };
        ChartDiffReport {
            before: side("0.20.0"),
            after: side("0.21.0"),
            images: vec![ImageChange {
                name: "r.io/a".into(),
                before: vec!["1".into()],
                after: vec!["2".into()],
            }],
            objects: vec![
                object("web", vec![field("spec.replicas", false), field("x", true)]),
                object("quiet", vec![field("x", true)]),
            ],
            crds: vec![CrdChange {
                name: "a.b".into(),
                change: WhatHappened::Added,
                file: "f".into(),
                versions_before: Vec::new(),
                versions_after: vec!["v1 (stored)".into()],
                size: 300_000,
                fields: Vec::new(),
            }],
            values: ValuesChange {
                gone: vec![Setting { path: "old".into(), default: json!("x") }],
                new: Vec::new(),
                changed: vec![DefaultChange {
                    path: "k".into(),
                    before: json!(1),
                    after: json!("é".repeat(300)),
                }],
                renamed: vec![Renaming { before: "old".into(), after: "new".into() }],
                unknown: vec![UnknownKey { path: "z".into(), was_known: false, now: None }],
            },
        }
    }

    #[test]
    fn everything_that_differs_is_said_once() {
        let text = chart_diff_text(&report(), Language::En);
        for line in [
            "kairship 0.20.0 → kairship 0.21.0\n",
            "\nIMAGES\n  ~ r.io/a  1 → 2\n",
            "  ~ Deployment.apps web\n      ~ spec.replicas: 1 → {\"a\":\"\\u001b\"}\n",
            "  1 more differ only in",
            "  + a.b  v1 (stored)  300 kB\n      too large for `kubectl apply`",
            "  > old → new (looks renamed)\n  - old: x\n",
            "\nYOUR VALUES\n  ! z: neither chart knows it\n",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("quiet") && !text.contains('\u{1b}'));
        assert!(chart_diff_text(&report(), Language::Zh).contains("两个 chart 都不认识该键"));
    }
}
