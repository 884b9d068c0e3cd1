//! Rules for `Chart.yaml`.

use goyaml::{Map, Value};

use super::{Finding, Severity};

const FILE: &str = "Chart.yaml";
const FIELDS: [&str; 17] = [
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
];

/// What is wrong with a `Chart.yaml`.
pub(super) fn check(text: &[u8]) -> Vec<Finding> {
    let error = |text: String| Finding::new(Severity::Error, FILE, text);
    let fields = match goyaml::decode_map(text) {
        Ok(fields) => fields,
        Err(reason) => {
            let reason = reason.to_string().replace("map[string]interface {}", "v2.Metadata");
            return vec![error(format!("unable to parse YAML\n\t{reason}"))];
        }
    };
    let mut found = Vec::new();
    if let Some(reason) = not_strict(&fields) {
        let text = format!("failed to strictly parse chart metadata file\n\t{reason}");
        found.push(Finding::new(Severity::Warning, FILE, text));
    }
    found.extend(identity(&fields).into_iter().chain(people(&fields)).map(error));
    let icon = text_of(&fields, "icon");
    if icon.is_empty() {
        found.push(Finding::new(Severity::Info, FILE, "icon is recommended"));
    } else if !is_url(&icon) {
        found.push(error(format!("invalid icon URL '{icon}'")));
    }
    let api_version = text_of(&fields, "apiVersion");
    if api_version != "v2" {
        let of = format!("apiVersion '{api_version}'");
        if !text_of(&fields, "type").is_empty() {
            found.push(error(format!(
                "chart type is not valid in {of}. It is valid in apiVersion 'v2'"
            )));
        }
        if !items(&fields, "dependencies").is_empty() {
            found.push(error(format!(
                "dependencies are not valid in the Chart file with {of}. They are valid in apiVersion 'v2'"
            )));
        }
    }
    let version = text_of(&fields, "version");
    if !is_strict(&version) {
        let text = format!("version '{version}' is not a valid SemVerV2");
        found.push(Finding::new(Severity::Warning, FILE, text));
    }
    found
}

/// Name and versions.
fn identity(fields: &Map) -> Vec<String> {
    let mut found = Vec::new();
    let name = text_of(fields, "name");
    if name.is_empty() {
        found.push("name is required".to_owned());
    } else if name.contains('/') || matches!(name.as_str(), "." | "..") {
        found.push(format!("chart name \"{name}\" is invalid"));
    }
    match text_of(fields, "apiVersion").as_str() {
        "" => found
            .push("apiVersion is required. The value must be either \"v1\" or \"v2\"".to_owned()),
        "v1" | "v2" => {}
        other => found.push(format!(
            "apiVersion '{other}' is not valid. The value must be either \"v1\" or \"v2\""
        )),
    }
    found.extend(wrong_type(fields, "version"));
    let version = text_of(fields, "version");
    if version.is_empty() {
        found.push("version is required".to_owned());
    } else if version.parse::<semver::Version>().is_err() {
        found.push(format!("version '{version}' is not a valid SemVer"));
    }
    found.extend(wrong_type(fields, "appVersion"));
    found
}

/// Maintainers and sources: the first mistake of each.
fn people(fields: &Map) -> Vec<String> {
    let mut found = Vec::new();
    let mistake = items(fields, "maintainers").iter().find_map(|maintainer| {
        let Value::Map(maintainer) = maintainer else { return None };
        let [name, email, url] = ["name", "email", "url"].map(|key| text_of(maintainer, key));
        if name.is_empty() {
            Some("each maintainer requires a name".to_owned())
        } else if !email.is_empty() && !is_email(&email) {
            Some(format!("invalid email '{email}' for maintainer '{name}'"))
        } else if !url.is_empty() && !is_url(&url) {
            Some(format!("invalid url '{url}' for maintainer '{name}'"))
        } else {
            None
        }
    });
    found.extend(mistake);
    let source = items(fields, "sources").iter().filter_map(scalar).find(|source| !is_url(source));
    found.extend(source.map(|source| format!("invalid source URL '{source}'")));
    found
}

fn wrong_type(fields: &Map, key: &str) -> Option<String> {
    let kind = match fields.get(key)? {
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => "float64",
        Value::Bool(_) => "bool",
        _ => return None,
    };
    Some(format!("{key} should be of type string but it's of type {kind}"))
}

/// The first field, in the order of their names, that helm does not know.
fn not_strict(fields: &Map) -> Option<String> {
    let mut keys: Vec<&str> = fields.iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    let is_known = |key: &str| FIELDS.iter().any(|field| field.eq_ignore_ascii_case(key));
    let unknown = keys.into_iter().find(|key| !is_known(key))?;
    Some(format!("error unmarshaling JSON: while decoding JSON: json: unknown field \"{unknown}\""))
}

fn text_of(fields: &Map, key: &str) -> String {
    fields.get(key).and_then(scalar).unwrap_or_default()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.as_str().to_owned()),
        Value::Int(_) | Value::UInt(_) | Value::Float(_) | Value::Bool(_) => {
            goyaml::to_yaml(value).ok().map(|text| text.trim_end().to_owned())
        }
        _ => None,
    }
}

fn items<'a>(fields: &'a Map, key: &str) -> &'a [Value] {
    match fields.get(key) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

/// What Go takes for the address of a request.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme
        && !rest.is_empty()
        && !text.contains([' ', '\u{7f}'])
        && !text.contains(char::is_control)
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_local = |c: char| !c.is_whitespace() && !"()<>[],;:\"@\\".contains(c);
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label =
        |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    !local.is_empty()
        && local.chars().all(is_local)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && labels.len() > 1
        && labels.iter().all(is_label)
}

/// Whether it is a semantic version with nothing left out.
fn is_strict(version: &str) -> bool {
    let numbers = version.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = numbers.split('.').collect();
    let is_number = |part: &&str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part.len() == 1 || !part.starts_with('0'))
    };
    parts.len() == 3 && parts.iter().all(is_number) && version.parse::<semver::Version>().is_ok()
}
