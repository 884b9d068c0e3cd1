//! `repo index`: the `index.yaml` of a directory of charts.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chart_repository::{IndexFile, rfc3339_nano, write_atomically};
use goyaml::{Map, Value};
use oci::Digest;
use registry_client::Url;
use semver::{Constraint, Version};

use crate::repo_access::{index_problem, io_failure, warn_of};
use crate::{HelmFailure, HelmWarning};

/// The fields of an entry in the order helm writes them as JSON.
const FIELDS: [&str; 25] = [
    "name",
    "home",
    "sources",
    "version",
    "description",
    "keywords",
    "maintainers",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
    "checksum",
    "engine",
    "tillerVersion",
    "url",
    "urls",
    "created",
    "removed",
    "digest",
];

/// Those of a dependency.
const DEPENDENCY: [&str; 8] =
    ["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"];

/// What `repo index` is told.
#[derive(Clone, Debug)]
pub struct RepoIndexOptions {
    /// The directory with the charts, and one level of directories in it.
    pub directory: PathBuf,
    /// What the charts' addresses start with; empty makes them relative.
    pub url: String,
    /// An index whose entries are kept unless a chart of the directory replaces them.
    pub merge: Option<PathBuf>,
    /// Whether JSON is written.
    pub json: bool,
}

/// The entries by chart.
type Entries = BTreeMap<String, Vec<Map>>;

/// Writes `index.yaml` into the directory.
pub fn repo_index(
    options: &RepoIndexOptions,
    warnings: &mut Vec<HelmWarning>,
) -> Result<(), HelmFailure> {
    let mut entries = Entries::new();
    for (path, below) in archives(&options.directory) {
        if let Some((name, entry)) = described(&path, &below, &options.url) {
            entries.entry(name).or_default().push(entry);
        }
    }
    if let Some(merge) = &options.merge {
        if !merge.exists() {
            write(merge, &index(&Entries::new(), options.json))?;
        }
        merge_into(&mut entries, merge, warnings)?;
    }
    for versions in entries.values_mut() {
        versions.sort_by(newest_first);
    }
    write(&options.directory.join("index.yaml"), &index(&entries, options.json))
}

/// The archives of a directory and of those in it, each with the directory it lies in. Hidden ones count, as in Go.
fn archives(directory: &Path) -> Vec<(PathBuf, String)> {
    let sorted = |directory: &Path| {
        let mut paths: Vec<PathBuf> = fs::read_dir(directory)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        paths.sort();
        paths
    };
    let is_archive = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "tgz");
    let top = sorted(directory);
    let mut found: Vec<(PathBuf, String)> = top
        .iter()
        .filter(|path| is_archive(path))
        .map(|path| (path.clone(), String::new()))
        .collect();
    for inner in top.iter().filter(|path| path.is_dir()) {
        let name = inner.file_name().unwrap_or_default().to_string_lossy().into_owned();
        found.extend(sorted(inner).into_iter().filter(is_archive).map(|path| (path, name.clone())));
    }
    found
}

/// The entry of an archive; `None` for what is no chart, which helm passes over.
fn described(path: &Path, below: &str, base: &str) -> Option<(String, Map)> {
    let archive = fs::read(path).ok()?;
    let chart = helm::Chart::from_archive(&archive).ok()?;
    let Ok(Value::Map(mut entry)) = goyaml::from_json(chart.metadata.to_json().as_bytes()) else {
        return None;
    };
    let file = path.file_name()?.to_str()?;
    let relative = if below.is_empty() { file.to_owned() } else { format!("{below}/{file}") };
    let url = address(base, &relative);
    entry.insert("urls", Value::List(vec![Value::String(url)]));
    entry.insert("created", Value::String(rfc3339_nano(SystemTime::now())));
    entry.insert("digest", Value::String(Digest::of(&archive).hex().to_owned()));
    Some((chart.name().to_owned(), entry))
}

fn address(base: &str, relative: &str) -> String {
    if base.is_empty() {
        return relative.to_owned();
    }
    match base.parse::<Url>() {
        Ok(mut url) if url.has_host() => {
            let path = format!("{}/{relative}", url.path().trim_end_matches('/'));
            url.set_path(&path);
            url.to_string()
        }
        _ => format!("{}/{relative}", base.trim_end_matches('/')),
    }
}

fn merge_into(
    entries: &mut Entries,
    path: &Path,
    warnings: &mut Vec<HelmWarning>,
) -> Result<(), HelmFailure> {
    let bytes = fs::read(path).map_err(|error| io_failure("open", path, &error))?;
    let shown = path.display().to_string();
    let failed = |text: &str| format!("merge failed: error loading {shown}: {text}");
    let known = IndexFile::parse(&bytes)
        .map_err(|error| HelmFailure::new(failed(&error.text), index_problem(&shown, &error)))?;
    warn_of(&known, &shown, warnings);
    let root = goyaml::from_json(&bytes).ok().or_else(|| goyaml::decode(&bytes).ok());
    let listed = root.as_ref().and_then(|root| root.get("entries")).and_then(Value::as_map);
    for (chart, versions) in listed.into_iter().flat_map(Map::iter) {
        for entry in versions.as_list().unwrap_or_default().iter().filter_map(Value::as_map) {
            let version = text(entry, "version");
            let is_valid = known.versions(chart).iter().any(|known| known.version == version);
            let name = text(entry, "name");
            let own = entries.entry(name.to_owned()).or_default();
            if is_valid && !has(own, version) {
                own.push(without_empty(entry));
            }
        }
    }
    entries.retain(|_, versions| !versions.is_empty());
    Ok(())
}

/// helm's test for a version that is there: written alike, or satisfied as a constraint.
fn has(entries: &[Map], version: &str) -> bool {
    let constraint = version.parse::<Constraint>();
    entries.iter().any(|entry| {
        let own = text(entry, "version");
        let fits = |constraint: &Constraint| {
            own.parse::<Version>().is_ok_and(|own| constraint.matches(&own))
        };
        own == version || constraint.as_ref().is_ok_and(fits)
    })
}

/// The entry as Go writes it again: fields without content are left out.
fn without_empty(entry: &Map) -> Map {
    let mut kept = Map::default();
    for (key, value) in entry.iter() {
        let name =
            FIELDS.iter().find(|name| name.eq_ignore_ascii_case(key)).copied().unwrap_or(key);
        let is_empty = match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Map(map) => map.is_empty(),
            _ => false,
        };
        match value {
            _ if is_empty => {}
            Value::List(items) if name == "dependencies" => {
                let items = items.iter().map(with_repository).collect();
                kept.insert(name, Value::List(items));
            }
            _ => kept.insert(name, value.clone()),
        }
    }
    if kept.get("apiVersion").is_none() {
        kept.insert("apiVersion", Value::String("v1".to_owned()));
    }
    if kept.get("created").is_none() {
        kept.insert("created", Value::String("0001-01-01T00:00:00Z".to_owned()));
    }
    if kept.get("urls").is_none() {
        kept.insert("urls", Value::Null);
    }
    kept
}

/// Go writes a dependency's repository even when it is empty.
fn with_repository(dependency: &Value) -> Value {
    let Value::Map(map) = dependency else { return dependency.clone() };
    let mut map = map.clone();
    if map.get("repository").is_none_or(Value::is_null) {
        map.insert("repository", Value::String(String::new()));
    }
    Value::Map(map)
}

fn newest_first(one: &Map, two: &Map) -> Ordering {
    semver::compare(text(two, "version"), text(one, "version"))
}

fn text<'m>(entry: &'m Map, key: &str) -> &'m str {
    entry.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn index(entries: &Entries, json: bool) -> String {
    let generated = rfc3339_nano(SystemTime::now());
    if json {
        return index_json(entries, &generated);
    }
    let mut charts = Map::default();
    for (name, versions) in entries {
        let versions = versions.iter().cloned().map(Value::Map).collect();
        charts.insert(name.clone(), Value::List(versions));
    }
    let mut root = Map::default();
    root.insert("apiVersion", Value::String("v1".to_owned()));
    root.insert("entries", Value::Map(charts));
    root.insert("generated", Value::String(generated));
    let mut text = goyaml::to_yaml(&Value::Map(root)).expect("texts and lists can be written");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn index_json(entries: &Entries, generated: &str) -> String {
    let mut charts = serde_json::Map::new();
    for (name, versions) in entries {
        let versions = versions.iter().map(|entry| {
            let fields = FIELDS.iter().filter_map(|field| Some((*field, entry.get(field)?)));
            let fields = fields.filter_map(|(field, value)| {
                let text = goyaml::to_raw_json(value).ok()?;
                let value = serde_json::from_str(&text).ok()?;
                Some((field.to_owned(), ordered(field, value)))
            });
            serde_json::Value::Object(fields.collect())
        });
        charts.insert(name.clone(), versions.collect());
    }
    let root = serde_json::json!({ "apiVersion": "v1", "generated": generated, "entries": charts });
    let text = serde_json::to_string_pretty(&root).expect("JSON can be written");
    // Go escapes what HTML would take for markup; these characters stand in texts only.
    text.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// The structs in a list with their fields in the order helm writes them.
fn ordered(field: &str, value: serde_json::Value) -> serde_json::Value {
    let fields: &[&str] = match field {
        "maintainers" => &["name", "email", "url"],
        "dependencies" => &DEPENDENCY,
        _ => return value,
    };
    let serde_json::Value::Array(items) = value else { return value };
    let order = |item: serde_json::Value| match item {
        serde_json::Value::Object(mut map) => {
            let known = fields.iter().filter_map(|field| map.remove_entry(*field));
            serde_json::Value::Object(known.collect())
        }
        other => other,
    };
    items.into_iter().map(order).collect()
}

fn write(path: &Path, text: &str) -> Result<(), HelmFailure> {
    write_atomically(path, text.as_bytes(), 0o644).map_err(|error| io_failure("open", path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_joined_as_helm_joins_them() {
        assert_eq!(address("", "sub/c-1.tgz"), "sub/c-1.tgz");
        assert_eq!(address("http://h/x/", "c-1.tgz"), "http://h/x/c-1.tgz");
        assert_eq!(address("http://h/a?x=1", "c-1.tgz"), "http://h/a/c-1.tgz?x=1");
    }

    #[test]
    fn merged_entries_lose_to_those_of_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        let merge = directory.path().join("old.yaml");
        fs::write(
            &merge,
            "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, icon: '', urls: [a.tgz]}\n  - {name: a, version: bad}\n",
        )
        .unwrap();
        let options = RepoIndexOptions {
            directory: directory.path().to_owned(),
            url: String::new(),
            merge: Some(merge),
            json: false,
        };
        let mut warnings = Vec::new();
        repo_index(&options, &mut warnings).unwrap();
        let text = fs::read_to_string(directory.path().join("index.yaml")).unwrap();
        let (text, _) = text.split_once("generated:").unwrap();
        assert_eq!(
            text,
            "apiVersion: v1\nentries:\n  a:\n  - apiVersion: v1\n    created: \"0001-01-01T00:00:00Z\"\n    name: a\n    \
             urls:\n    - a.tgz\n    version: 1.0.0\n"
        );
        assert_eq!(warnings.len(), 1);
    }
}
