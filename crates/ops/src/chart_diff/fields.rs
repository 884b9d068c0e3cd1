//! What differs between two trees, field by field.

use serde::Serialize;
use serde_json::{Map, Value};

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// Where: `spec.template.spec.containers[web].image`. Members of lists go by their names where all have one.
    pub path: String,
    /// Before; `None` when it was not there.
    pub before: Option<Value>,
    /// After; `None` when it is not there any more.
    pub after: Option<Value>,
    /// Whether it follows from the chart's version alone: labels and checksums that change every time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_routine: bool,
}

/// Labels and annotations that say which chart made an object, or make Pods start again.
const ROUTINE: [&str; 4] =
    ["helm.sh/chart", "app.kubernetes.io/version", "chart", "app.kubernetes.io/managed-by"];

/// Every field that differs, from the outermost that is only on one side.
pub(super) fn changes(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    compare((Some(before), Some(after)), "", &mut found);
    found
}

fn compare(pair: (Option<&Value>, Option<&Value>), path: &str, found: &mut Vec<FieldChange>) {
    match pair {
        (before, after) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            for key in merged(before.keys(), after.keys()) {
                compare((before.get(key), after.get(key)), &join(path, key), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            compare_lists(before, after, path, found);
        }
        (before, after) => found.push(FieldChange {
            path: path.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
            is_routine: is_routine(path),
        }),
    }
}

/// By their names where all members have one that is theirs alone, else by their places. Lists of texts that grew or
/// shrank are told as a whole: places would say that everything behind the change differs.
fn compare_lists(before: &[Value], after: &[Value], path: &str, found: &mut Vec<FieldChange>) {
    if let (Some(old), Some(new)) = (by_name(before), by_name(after)) {
        for name in merged(old.iter().map(|(name, _)| *name), new.iter().map(|(name, _)| *name)) {
            let find =
                |list: &[(&str, &'_ Value)]| list.iter().position(|(known, _)| *known == name);
            let pair = (find(&old).map(|at| old[at].1), find(&new).map(|at| new[at].1));
            compare(pair, &format!("{path}[{name}]"), found);
        }
        return;
    }
    let is_plain = |list: &[Value]| list.iter().all(|one| !one.is_object() && !one.is_array());
    if before.len() != after.len() && is_plain(before) && is_plain(after) {
        return found.push(FieldChange {
            path: path.to_owned(),
            before: Some(before.into()),
            after: Some(after.into()),
            is_routine: false,
        });
    }
    for at in 0..before.len().max(after.len()) {
        compare((before.get(at), after.get(at)), &format!("{path}[{at}]"), found);
    }
}

fn by_name(list: &[Value]) -> Option<Vec<(&str, &Value)>> {
    let name = |one: &'_ Value| one.get("name").and_then(Value::as_str).map(str::len).is_some();
    if list.is_empty() || !list.iter().all(name) {
        return None;
    }
    let named: Vec<(&str, &Value)> =
        list.iter().filter_map(|one| Some((one.get("name")?.as_str()?, one))).collect();
    let mut distinct: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    distinct.sort_unstable();
    distinct.dedup();
    (distinct.len() == list.len()).then_some(named)
}

/// The keys of both, those of the first in their order.
fn merged<T: PartialEq>(first: impl Iterator<Item = T>, second: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = first.collect();
    let more: Vec<T> = second.filter(|key| !all.contains(key)).collect();
    all.extend(more);
    all
}

/// A key behind a path; one with dots in it in brackets.
fn join(path: &str, key: &str) -> String {
    match (path, key.contains('.')) {
        ("", _) => key.to_owned(),
        (_, true) => format!("{path}[{key}]"),
        (_, false) => format!("{path}.{key}"),
    }
}

fn is_routine(path: &str) -> bool {
    let is_label = path.contains("labels") || path.contains("Labels");
    let last =
        |key: &str| path.ends_with(&format!("[{key}]")) || path.ends_with(&format!(".{key}"));
    (is_label && ROUTINE.iter().any(|key| last(key)))
        || (path.contains("annotations[") && path.contains("[checksum/"))
        || (path.contains("annotations.checksum/"))
}

/// The same with every leaf below some fields hidden: what a Secret holds is nobody's business here.
pub(super) fn without_secrets(object: &Value) -> Value {
    let Value::Object(fields) = object else { return object.clone() };
    let hide = |(key, value): (&String, &Value)| {
        let value = match key.as_str() {
            "data" | "stringData" => hidden(value),
            _ => value.clone(),
        };
        (key.clone(), value)
    };
    Value::Object(fields.iter().map(hide).collect::<Map<_, _>>())
}

/// A fingerprint in place of each value, so that a change is seen and nothing else.
fn hidden(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), hidden(value))).collect())
        }
        other => {
            let digest = oci::Digest::of(other.to_string().as_bytes());
            Value::String(format!("*** ({})", digest.short()))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(before: &Value, after: &Value) -> Vec<String> {
        changes(before, after).into_iter().map(|change| change.path).collect()
    }

    #[test]
    fn members_of_lists_go_by_their_names() {
        let list = |image: &str, extra: bool| {
            let mut items = vec![json!({ "name": "web", "image": image })];
            if extra {
                items.insert(0, json!({ "name": "side" }));
            }
            json!({ "spec": { "containers": items } })
        };
        assert_eq!(
            paths(&list("a", false), &list("b", true)),
            ["spec.containers[web].image", "spec.containers[side]"]
        );
        let args = |list: &[&str]| json!({ "args": list });
        assert_eq!(paths(&args(&["a", "b"]), &args(&["x", "a", "b"])), ["args"]);
        assert_eq!(paths(&args(&["a", "b"]), &args(&["a", "c"])), ["args[1]"]);
    }

    #[test]
    fn what_every_version_changes_is_marked() {
        let labels =
            |version: &str| json!({ "metadata": { "labels": { "helm.sh/chart": version } } });
        let found = changes(&labels("a-1"), &labels("a-2"));
        assert_eq!(found[0].path, "metadata.labels[helm.sh/chart]");
        assert!(found[0].is_routine);
        assert!(!changes(&json!({ "chart": 1 }), &json!({ "chart": 2 }))[0].is_routine);
    }

    #[test]
    fn secrets_show_that_they_differ_and_not_how() {
        let secret =
            |text: &str| without_secrets(&json!({ "kind": "Secret", "data": { "p": text } }));
        let found = changes(&secret("aHVudGVyMg=="), &secret("b3RoZXI="));
        assert_eq!(found[0].path, "data.p");
        assert!(!format!("{found:?}").contains("aHVudGVyMg"));
    }
}
