//! What a chart says about itself: the fields of `Chart.yaml`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::sanitize::sanitize;

/// The fields of `Chart.yaml` (and of `requirements.yaml`), empty where they are missing. Keys that helm does not know
/// are left out, as in helm.
///
/// The order of the fields is the order helm writes them in as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The chart's name. Never empty in a loaded chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The project's page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub home: String,
    /// Where the source code is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// A semantic version, spelled as in the file. Never empty in a loaded chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// One sentence.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// For searching.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Who looks after it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maintainers: Vec<Maintainer>,
    /// An image's address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub icon: String,
    /// `v1` or `v2`; `v1` when the file does not say.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// Whether the chart is on, as a path in the values. Without meaning in a root chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Tags, as text. Without meaning in a root chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tags: String,
    /// The version of what the chart installs. Free text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    /// Whether it should no longer be used.
    #[serde(skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// Free text by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Which Kubernetes versions it is for, as a constraint.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kube_version: String,
    /// The charts it needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// `application`, `library`, or empty, which means `application`.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

/// Who looks after a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Maintainer {
    /// A person or an organization.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Their address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// Their page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// A chart that another chart needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Dependency {
    /// The name in that chart's metadata.
    pub name: String,
    /// A version or a constraint.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Where it comes from; empty when it lies in `charts/` already. helm writes it down even so.
    pub repository: String,
    /// Paths in the values, joined by commas; the first that is a boolean decides.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Names in the values' `tags` table that turn it on or off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Set by helm once it has decided; rarely in a file.
    #[serde(skip_serializing_if = "is_false")]
    pub enabled: bool,
    /// Values to bring up from it: texts, or tables of `child` and `parent`.
    #[serde(rename = "import-values", skip_serializing_if = "Vec::is_empty")]
    pub import_values: Vec<serde_json::Value>,
    /// Another name for it, which is also its key in the values.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub alias: String,
}

impl Metadata {
    /// The metadata as JSON, byte for byte as helm writes them: the config of a chart in a registry, and what an entry
    /// of a chart repository's index holds.
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string(self).expect("texts, lists and maps with text keys");
        escape_as_go(&json)
    }

    /// White space and invisible characters as helm leaves them. `name` and `version` are not touched: they are
    /// checked instead.
    pub(crate) fn sanitize(&mut self) {
        let texts = [
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ];
        for text in texts.into_iter().chain(&mut self.sources).chain(&mut self.keywords) {
            *text = sanitize(text);
        }
        for Maintainer { name, email, url } in &mut self.maintainers {
            for text in [name, email, url] {
                *text = sanitize(text);
            }
        }
        for dependency in &mut self.dependencies {
            let Dependency { name, version, repository, condition, tags, .. } = dependency;
            for text in [name, version, repository, condition].into_iter().chain(tags) {
                *text = sanitize(text);
            }
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Go's encoder escapes what could end a script element, and the two line separators of JavaScript. In compact JSON
/// they can only stand inside texts.
pub(crate) fn escape_as_go(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                write!(escaped, "\\u{:04x}", u32::from(c)).expect("a String takes everything");
            }
            c => escaped.push(c),
        }
    }
    escaped
}
