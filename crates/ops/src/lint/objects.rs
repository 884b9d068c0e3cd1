//! Rules for the objects that templates make.

use goyaml::{Map, Value};

/// What rules look at.
pub(super) struct Object<'a> {
    pub(super) api_version: String,
    pub(super) kind: String,
    name: String,
    fields: &'a Map,
}

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const OLD_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

impl<'a> Object<'a> {
    /// The object of a document; `None` for one of comments.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        let Value::Map(fields) = value else { return None };
        let name = match fields.get("metadata") {
            Some(Value::Map(metadata)) => text(metadata, "name"),
            _ => String::new(),
        };
        let (api_version, kind) = (text(fields, "apiVersion"), text(fields, "kind"));
        Some(Self { api_version, kind, name, fields })
    }

    /// A name that Kubernetes would not take, by the kind's own rule.
    pub(super) fn wrong_name(&self) -> Option<String> {
        let name = &self.name;
        let reasons = match self.kind.to_lowercase().as_str() {
            "service" => shape(name, 63, OLD_LABEL, |name| {
                is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase())
            }),
            "namespace" => shape(name, 63, LABEL, is_label),
            "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => segment(name),
            "certificatesigningrequest" => Vec::new(),
            _ => shape(name, 253, SUBDOMAIN, |name| name.split('.').all(is_label)),
        };
        let reasons: Vec<String> = reasons
            .iter()
            .map(|reason| format!("metadata.name: Invalid value: {name:?}: {reason}"))
            .collect();
        let reasons = match &reasons[..] {
            [] => return None,
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        Some(format!(
            "object name does not conform to Kubernetes naming requirements: {name:?}: {reasons}"
        ))
    }

    /// A workload that does not say which pods are its own. helm looks for the words anywhere in the file.
    pub(super) fn without_selector(&self, file: &str) -> Option<String> {
        let has_pods =
            matches!(self.kind.as_str(), "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet");
        let is_missing = !file.contains("matchLabels") && !file.contains("matchExpressions");
        (has_pods && is_missing).then(|| {
            let Self { kind, name, .. } = self;
            format!("a {kind} must contain matchLabels or matchExpressions, and {name:?} does not")
        })
    }

    /// An annotation in a list, where it means nothing.
    pub(super) fn ignored_annotation(&self) -> Option<String> {
        const ANNOTATION: &str = "helm.sh/resource-policy";
        let Some(Value::List(items)) = self.fields.get("items").filter(|_| self.kind == "List")
        else {
            return None;
        };
        let has = |item: &Value| {
            let metadata = child(item, "metadata");
            let annotations = metadata.and_then(|metadata| child(metadata, "annotations"));
            annotations.is_some_and(|annotations| child(annotations, ANNOTATION).is_some())
        };
        items
            .iter()
            .any(has)
            .then(|| format!("annotation '{ANNOTATION}' within List objects are ignored"))
    }
}

fn child<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Map(fields) => fields.get(key),
        _ => None,
    }
}

fn text(fields: &Map, key: &str) -> String {
    match fields.get(key) {
        Some(Value::String(text)) => text.as_str().to_owned(),
        _ => String::new(),
    }
}

fn shape(name: &str, longest: usize, rule: &str, is_right: fn(&str) -> bool) -> Vec<String> {
    let mut reasons = Vec::new();
    if name.len() > longest {
        reasons.push(format!("must be no more than {longest} bytes"));
    }
    if !is_right(name) {
        reasons.push(rule.to_owned());
    }
    reasons
}

fn is_label(label: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !label.is_empty()
        && label.chars().all(is_inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn segment(name: &str) -> Vec<String> {
    if matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    let refused = ['/', '%'].into_iter().filter(|c| name.contains(*c));
    refused.map(|c| format!("may not contain '{c}'")).collect()
}
