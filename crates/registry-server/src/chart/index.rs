//! What a chart repository says about its charts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::chart::ChartRecord;
use crate::chart::precedence::compare;

/// The fields that Helm's index has for a chart beside those set here. Older Helm refuses an index with any other
/// (it reads strictly).
const METADATA_FIELDS: [&str; 12] = [
    "home",
    "sources",
    "keywords",
    "maintainers",
    "icon",
    "condition",
    "tags",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
];

/// Records by chart name, the latest version first.
pub(super) fn by_name(records: Vec<ChartRecord>) -> BTreeMap<String, Vec<ChartRecord>> {
    let mut names: BTreeMap<String, Vec<ChartRecord>> = BTreeMap::new();
    for record in records {
        names.entry(record.entry.name.clone()).or_default().push(record);
    }
    for versions in names.values_mut() {
        versions.sort_by(|a, b| compare(&b.entry.version, &a.entry.version));
    }
    names
}

/// `index.yaml`, written as JSON, which is YAML: every Helm reads it, and newer ones faster.
pub(super) fn render(records: Vec<ChartRecord>, generated: &str) -> String {
    let entries: Map<String, Value> = by_name(records)
        .into_iter()
        .map(|(name, versions)| (name, versions.iter().map(version).collect()))
        .collect();
    let index = json!({ "apiVersion": "v1", "entries": entries, "generated": generated });
    printable(&format!("{index:#}\n"))
}

/// A version as `index.yaml` and the ChartMuseum API show it.
pub(super) fn version(record: &ChartRecord) -> Value {
    let entry = &record.entry;
    let mut shown = Map::new();
    shown.insert("name".into(), json!(entry.name));
    shown.insert("version".into(), json!(entry.version));
    let optional = [("description", &entry.description), ("appVersion", &entry.app_version)];
    for (field, value) in optional {
        if let Some(value) = value {
            shown.insert(field.into(), json!(value));
        }
    }
    shown.insert("apiVersion".into(), json!(entry.api_version));
    for field in METADATA_FIELDS {
        if let Some(value) = entry.metadata.get(field).filter(|value| !value.is_null()) {
            shown.insert(field.into(), value.clone());
        }
    }
    shown.insert("created".into(), json!(record.created));
    shown.insert("digest".into(), json!(record.archive.digest.hex()));
    shown.insert("urls".into(), json!([format!("charts/{}", entry.file_name())]));
    Value::Object(shown)
}

/// A chart as Harbor's list of a project's charts shows it. `versions` is not empty and has the latest first.
pub(super) fn summary(name: &str, versions: &[ChartRecord]) -> Value {
    let created = |record: &ChartRecord| record.created.clone();
    let metadata = versions.first().map(|latest| &latest.entry.metadata);
    let field = |name: &str| metadata.and_then(|metadata| metadata.get(name)).cloned();
    json!({
        "name": name,
        "total_versions": versions.len(),
        "latest_version": versions.first().map(|latest| latest.entry.version.clone()),
        "created": versions.iter().map(created).min(),
        "updated": versions.iter().map(created).max(),
        "icon": field("icon").unwrap_or_else(|| json!("")),
        "home": field("home").unwrap_or_else(|| json!("")),
        "deprecated": field("deprecated").unwrap_or_else(|| json!(false)),
    })
}

/// Escapes what JSON allows in a string and YAML does not (YAML 1.2 §5.1). Such characters stand in strings only.
fn printable(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
        {
            let _ = write!(text, "\\u{:04x}", u32::from(c));
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::record::sample_entry;

    fn record(name: &str, version: &str) -> ChartRecord {
        let archive = oci::Descriptor::of("x/y", version.as_bytes());
        let created = "2026-01-02T03:04:05Z".into();
        ChartRecord { entry: sample_entry(name, version), archive, provenance: None, created }
    }

    #[test]
    fn an_index_has_what_helm_reads_and_nothing_else() {
        let mut chart = record("kairship", "0.21.0+b1");
        chart.entry.description = Some("多云\u{7f}\u{1b}[0m\"quoted\"".into());
        chart.entry.app_version = Some("1.10".into());
        chart.entry.metadata = json!({
            "name": "other", "appVersion": 1.1, "x-unknown": 1, "icon": null,
            "keywords": ["a"], "dependencies": [{"name": "d", "version": "1", "repository": ""}],
        });
        let text = render(vec![record("kairship", "0.20.0"), chart], "2026-01-02T03:04:06Z");
        assert!(text.contains("\\u007f\\u001b[0m"), "{text}");
        let index: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(index["apiVersion"], "v1");
        let versions = &index["entries"]["kairship"];
        assert_eq!(versions[1]["version"], "0.20.0");
        let latest = versions[0].as_object().unwrap();
        let fields: Vec<_> = latest.keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            [
                "name",
                "version",
                "description",
                "appVersion",
                "apiVersion",
                "keywords",
                "dependencies",
                "created",
                "digest",
                "urls"
            ]
        );
        assert_eq!(latest["name"], "kairship");
        assert_eq!(latest["appVersion"], "1.10");
        assert_eq!(latest["description"], "多云\u{7f}\u{1b}[0m\"quoted\"");
        assert_eq!(latest["urls"], json!(["charts/kairship-0.21.0+b1.tgz"]));
        assert_eq!(latest["digest"], oci::Digest::of(b"0.21.0+b1").hex());
    }

    #[test]
    fn an_empty_repository_has_an_index_too() {
        let index: Value = serde_json::from_str(&render(Vec::new(), "x")).unwrap();
        assert_eq!(index["entries"], json!({}));
    }
}
