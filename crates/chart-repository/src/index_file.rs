//! `index.yaml` as helm loads it: JSON or strict YAML, invalid entries left out, versions newest first.

use std::borrow::Cow;

use semver::{Constraint, ConstraintError, Version};

use crate::index_decode;
use crate::index_entry::{IndexEntry, SkippedEntry};
use crate::index_scan;

/// A repository's index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexFile<'a> {
    /// The charts by their keys, in the order of the file, with their versions newest first.
    pub charts: Vec<(Cow<'a, str>, Vec<IndexEntry<'a>>)>,
    /// What was left out, in the order helm warns of it.
    pub skipped: Vec<SkippedEntry>,
}

/// Bytes that helm does not take for an index.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct IndexFileError {
    /// helm's words.
    pub text: String,
    /// What the bytes are instead.
    pub fault: IndexFault,
}

/// What is wrong with an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexFault {
    /// Nothing is there.
    Empty,
    /// A web page.
    Html,
    /// Neither JSON nor YAML.
    Syntax,
    /// Of another shape: fields that are unknown, missing or of the wrong type.
    Shape,
}

/// Why a version cannot be chosen, in helm's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChooseError {
    /// No chart of that name.
    #[error("no chart name found")]
    Chart,
    /// A chart without any version.
    #[error("no chart version found")]
    Versions,
    /// No version that fits.
    #[error("no chart version found for {chart}-{version}")]
    Version {
        /// The chart.
        chart: String,
        /// What was asked for.
        version: String,
        /// The newest pre-release, if there are only such.
        newest_prerelease: Option<String>,
    },
    /// Neither a version nor a constraint.
    #[error("{0}")]
    Constraint(String),
}

impl<'a> IndexFile<'a> {
    /// Reads an index. The usual form, as helm, ChartMuseum and Harbor write it, is scanned; anything else is parsed.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, IndexFileError> {
        match index_scan::scan(bytes) {
            Some(index) => Ok(index),
            None => index_decode::decode(bytes),
        }
    }

    /// The versions of a chart, newest first; empty when it has none.
    pub fn versions(&self, chart: &str) -> &[IndexEntry<'a>] {
        let found = self.charts.iter().find(|(name, _)| name == chart);
        found.map_or(&[], |(_, versions)| versions)
    }

    /// The version helm takes: the one written like `version`, else the newest that satisfies it as a constraint.
    /// Empty means any release.
    pub fn choose(&self, chart: &str, version: &str) -> Result<&IndexEntry<'a>, ChooseError> {
        if self.names().all(|name| name != chart) {
            return Err(ChooseError::Chart);
        }
        let versions = self.versions(chart);
        if versions.is_empty() {
            return Err(ChooseError::Versions);
        }
        let constraint: Constraint = if version.is_empty() { "*" } else { version }
            .parse()
            .map_err(|error| ChooseError::Constraint(constraint_fault(&error)))?;
        if let Some(entry) = versions.iter().find(|entry| entry.version == version)
            && !version.is_empty()
        {
            return Ok(entry);
        }
        let fits = |parsed: &Version| constraint.matches(parsed);
        let found = versions.iter().find(|entry| entry.parsed.as_ref().is_some_and(fits));
        found.ok_or_else(|| ChooseError::Version {
            chart: chart.to_owned(),
            version: version.to_owned(),
            newest_prerelease: only_prereleases(versions),
        })
    }

    /// The names of the charts, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.charts.iter().map(|(name, _)| &**name)
    }

    /// Whether a version has `url` among its addresses.
    pub fn has_url(&self, url: &str) -> bool {
        let entries = self.charts.iter().flat_map(|(_, versions)| versions);
        entries.flat_map(|entry| &entry.urls).any(|listed| listed == url)
    }
}

/// What Go's semver library says about a text that is no constraint.
pub fn constraint_fault(error: &ConstraintError) -> String {
    match error {
        ConstraintError::TooLong => "constraint string is too long".to_owned(),
        ConstraintError::Improper(text) => format!("improper constraint: {text:?}"),
        _ => "constraint parser error".to_owned(),
    }
}

fn only_prereleases(versions: &[IndexEntry<'_>]) -> Option<String> {
    let is_pre = |entry: &IndexEntry<'_>| entry.parsed.as_ref().is_some_and(Version::is_prerelease);
    let newest = versions.first()?;
    versions.iter().all(is_pre).then(|| newest.version.clone().into_owned())
}

impl IndexFileError {
    pub(crate) fn new(fault: IndexFault, text: impl Into<String>) -> Self {
        Self { text: text.into(), fault }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: 1.0.0\n  - name: a\n    \
        version: 1.2.0\n  - name: a\n    version: 2.0.0-rc1\n  pre:\n  - name: pre\n    version: 0.1.0-alpha\n";

    #[test]
    fn versions_are_chosen_as_helm_chooses_them() {
        let index = IndexFile::parse(INDEX.as_bytes()).unwrap();
        for (asked, chosen) in [
            ("", "1.2.0"),
            ("1.0.0", "1.0.0"),
            ("^1", "1.2.0"),
            ("<1.2", "1.0.0"),
            (">0.0.0-0", "2.0.0-rc1"),
        ] {
            assert_eq!(index.choose("a", asked).unwrap().version, chosen, "{asked}");
        }
        let error = |chart: &str, asked: &str| index.choose(chart, asked).unwrap_err();
        assert_eq!(error("b", "").to_string(), "no chart name found");
        assert_eq!(error("a", "9").to_string(), "no chart version found for a-9");
        assert_eq!(error("a", "foo").to_string(), "improper constraint: \"foo\"");
        assert!(matches!(
            error("pre", ""),
            ChooseError::Version { newest_prerelease: Some(version), .. } if version == "0.1.0-alpha"
        ));
    }

    #[test]
    fn what_is_no_index_is_told_in_helms_words() {
        for (bytes, text) in [
            ("", "empty index.yaml file"),
            (
                "<!DOCTYPE html>\n<html></html>",
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type repo.IndexFile",
            ),
            ("entries: {}\n", "no API version specified"),
        ] {
            assert_eq!(IndexFile::parse(bytes.as_bytes()).unwrap_err().text, text);
        }
    }
}
