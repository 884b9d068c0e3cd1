//! What is known about a stored chart.

use std::sync::Arc;

use oci::Descriptor;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a chart says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartEntry {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of what it installs.
    pub app_version: Option<String>,
    /// One line about it.
    pub description: Option<String>,
    /// `v1` or `v2`.
    pub api_version: String,
    /// All of its `Chart.yaml`, as an object. Fields that Helm does not know are left out of the index.
    #[serde(default)]
    pub metadata: Value,
}

/// Reads what a chart archive (the bytes of a `.tgz`) says about itself, or tells in one line why it is not a chart.
/// It runs on a thread that may block.
pub type ChartReader = Arc<dyn Fn(&[u8]) -> Result<ChartEntry, String> + Send + Sync>;

/// A stored chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartRecord {
    /// What the chart says about itself.
    pub entry: ChartEntry,
    /// The archive.
    pub archive: Descriptor,
    /// Its provenance file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Descriptor>,
    /// When it was stored, as RFC 3339 writes it.
    pub created: String,
}

impl ChartEntry {
    /// `<name>-<version>.tgz`: what the archive is called in the repository.
    pub fn file_name(&self) -> String {
        format!("{}-{}.tgz", self.name, self.version)
    }
}

/// That name and version can stand in a file name and a URL (a chart called `..` was CVE-2026-35206).
pub(crate) fn check_entry(entry: &ChartEntry) -> Result<(), String> {
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let is_plain = |text: &str, extra: &[u8]| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.bytes().all(|b| word(b) || extra.contains(&b))
    };
    if !is_plain(&entry.name, b"") {
        return Err(format!("`{}` is not the name of a chart", entry.name.escape_debug()));
    }
    if !is_plain(&entry.version, b"+") {
        return Err(format!("`{}` is not the version of a chart", entry.version.escape_debug()));
    }
    if entry.file_name().len() > 200 {
        return Err("the chart's name and version are too long".into());
    }
    Ok(())
}

#[cfg(test)]
pub(crate) fn sample_entry(name: &str, version: &str) -> ChartEntry {
    ChartEntry {
        name: name.into(),
        version: version.into(),
        app_version: None,
        description: None,
        api_version: "v2".into(),
        metadata: Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_names_that_could_leave_their_directory_or_line() {
        for (name, version) in [("kairship", "0.21.0"), ("a", "1.0.0-rc.1+b_2"), ("A_b.c-d", "v1")]
        {
            assert!(check_entry(&sample_entry(name, version)).is_ok(), "{name} {version}");
        }
        let long = "a".repeat(300);
        for (name, version) in [
            ("", "1"),
            (".", "1"),
            ("..", "1"),
            ("../x", "1"),
            ("a/b", "1"),
            ("-a", "1"),
            ("a\u{1b}[0m", "1"),
            ("a\n", "1"),
            ("a", ""),
            ("a", "../1"),
            ("a", "1/2"),
            ("a", "1\0"),
            (&long, "1"),
        ] {
            assert!(check_entry(&sample_entry(name, version)).is_err(), "{name:?} {version:?}");
        }
    }
}
