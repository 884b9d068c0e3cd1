//! What is published, and what came of it.

use bytes::Bytes;
use oci::Digest;
use serde_json::{Map, Value};

use crate::Error;

/// A packed chart, ready to be published. Its name and version are safe in a URL and as a file name.
#[derive(Clone, Debug)]
pub struct PackagedChart {
    name: String,
    version: String,
    archive: Bytes,
    digest: Digest,
    metadata_json: Bytes,
    metadata: Map<String, Value>,
}

impl PackagedChart {
    /// A chart's `.tgz` with its metadata as helm writes them in JSON, which also say its name and version.
    pub fn new(archive: Bytes, metadata_json: impl Into<Bytes>) -> Result<Self, Error> {
        let metadata_json = metadata_json.into();
        let Ok(Value::Object(metadata)) = serde_json::from_slice(&metadata_json) else {
            let reason = "its metadata are not a JSON object";
            return Err(Error::Chart { chart: String::new(), reason });
        };
        let text =
            |key: &str| metadata.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, version) = (text("name"), text("version"));
        check_names(&name, &version)?;
        let digest = Digest::of(&archive);
        Ok(Self { name, version, archive, digest, metadata_json, metadata })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version, as the chart spells it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The `.tgz`.
    pub fn archive(&self) -> &Bytes {
        &self.archive
    }

    /// The sha256 of the `.tgz`.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Whether it can be installed: a library is only for other charts.
    pub fn is_installable(&self) -> bool {
        self.metadata.get("type").and_then(Value::as_str) != Some("library")
    }

    /// `<name>-<version>.tgz`.
    pub fn file_name(&self) -> String {
        file_name(&self.name, &self.version)
    }

    pub(crate) fn metadata_json(&self) -> &Bytes {
        &self.metadata_json
    }

    pub(crate) fn metadata(&self) -> &Map<String, Value> {
        &self.metadata
    }

    /// Name and version, for messages.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

pub(crate) fn file_name(name: &str, version: &str) -> String {
    format!("{name}-{version}.tgz")
}

/// That a name and a version can be part of a URL and of a file name.
pub(crate) fn check_names(name: &str, version: &str) -> Result<(), Error> {
    let reason = match (is_safe_name(name), is_safe_version(version)) {
        (true, true) => return Ok(()),
        (false, _) => "its name cannot be part of a file name",
        (true, false) => "its version is not a semantic version",
    };
    Err(Error::Chart { chart: format!("{name} {version}"), reason })
}

/// One path component that no file system and no terminal takes for something else.
fn is_safe_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
        && name.len() <= 200
        && !name.contains(|c: char| c.is_control() || matches!(c, '/' | '\\'))
}

/// The characters of a semantic version.
fn is_safe_version(version: &str) -> bool {
    (1..=128).contains(&version.len())
        && version.starts_with(|c: char| c.is_ascii_alphanumeric())
        && version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'))
}

/// What to do with a version that exists with other content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Stop.
    #[default]
    Fail,
    /// Replace it.
    Overwrite,
    /// Leave it.
    Keep,
}

/// A chart version that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    /// The sha256 of its archive; `None` when the repository lists the chart and cannot hand it out.
    pub digest: Option<Digest>,
    /// Where it is, for people.
    pub url: String,
}

impl Existing {
    /// Whether it is the same archive.
    pub fn is(&self, chart: &PackagedChart) -> bool {
        self.digest.as_ref() == Some(chart.digest())
    }
}

/// What publishing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was not there before.
    Created,
    /// The same archive was there.
    AlreadyThere,
    /// Another archive was there and is replaced.
    Overwritten,
    /// Another archive is there and stays.
    Kept,
}

/// A published chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// What became of it.
    pub outcome: Outcome,
    /// Where it is.
    pub location: Location,
    /// The chart's version.
    pub version: String,
    /// The sha256 of the archive that is there now; `None` only for [`Outcome::Kept`].
    pub digest: Option<Digest>,
    /// Files in a LOCAL directory that end in `.tgz` and are no charts; the index does without them.
    pub unreadable: Vec<String>,
}

impl Published {
    pub(crate) fn new(chart: &PackagedChart, outcome: Outcome, location: Location) -> Self {
        Self {
            outcome,
            location,
            version: chart.version().to_owned(),
            digest: (outcome != Outcome::Kept).then(|| chart.digest().clone()),
            unreadable: Vec::new(),
        }
    }
}

/// What publishing `chart` will come to, given what is there: the decision a plan shows and
/// [`crate::ChartRepository::publish`] takes.
pub fn decide(
    existing: Option<&Existing>,
    chart: &PackagedChart,
    on_conflict: OnConflict,
) -> Result<Outcome, Error> {
    match (existing, on_conflict) {
        (None, _) => Ok(Outcome::Created),
        (Some(existing), _) if existing.is(chart) => Ok(Outcome::AlreadyThere),
        (Some(_), OnConflict::Overwrite) => Ok(Outcome::Overwritten),
        (Some(_), OnConflict::Keep) => Ok(Outcome::Kept),
        (Some(existing), OnConflict::Fail) => Err(Error::Conflict {
            chart: chart.title(),
            url: existing.url.clone(),
            existing: existing.digest.clone(),
            ours: chart.digest().clone(),
        }),
    }
}

/// Where helm finds a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// In a registry.
    Registry {
        /// `oci://host/path/name`.
        url: String,
        /// Whether the registry speaks http.
        is_plain_http: bool,
    },
    /// In a chart repository.
    Repository {
        /// The repository's URL, as `helm repo add` takes it.
        url: String,
        /// The chart's name in it.
        chart: String,
    },
    /// In a file.
    File {
        /// Its path.
        path: String,
    },
}

impl Location {
    /// What follows `helm pull`, `helm show chart` or `helm upgrade RELEASE`, without credentials.
    pub fn helm_arguments(&self, version: &str) -> Vec<String> {
        let words: Vec<&str> = match self {
            Self::Registry { url, is_plain_http: false } => vec![url, "--version", version],
            Self::Registry { url, is_plain_http: true } => {
                vec![url, "--version", version, "--plain-http"]
            }
            Self::Repository { url, chart } => vec![chart, "--repo", url, "--version", version],
            Self::File { path } => vec![path],
        };
        words.into_iter().map(str::to_owned).collect()
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Registry { url, .. } => f.write_str(url),
            Self::Repository { url, chart } => write!(f, "{chart} in {url}"),
            Self::File { path } => f.write_str(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(name: &str, version: &str) -> Result<PackagedChart, Error> {
        let metadata = serde_json::json!({"name": name, "version": version}).to_string();
        PackagedChart::new(Bytes::from_static(b"archive"), metadata)
    }

    #[test]
    fn names_that_could_become_another_path_are_refused() {
        for name in ["", ".", "..", "../x", "a/b", "a\\b", "a\nb", "a\u{1b}[31m", "a\0"] {
            assert!(matches!(chart(name, "1.0.0"), Err(Error::Chart { .. })), "{name:?}");
        }
        for version in ["", "../1", "1/2", "1 2", "-1", "1.0.0\u{1b}", "1.0.0_1", &"1".repeat(129)]
        {
            assert!(matches!(chart("c", version), Err(Error::Chart { .. })), "{version:?}");
        }
        assert_eq!(chart("a b", "v1.0.0-rc.1+b").unwrap().file_name(), "a b-v1.0.0-rc.1+b.tgz");
        assert!(PackagedChart::new(Bytes::new(), "[]").is_err());
    }

    #[test]
    fn a_library_cannot_be_installed() {
        assert!(chart("c", "1.0.0").unwrap().is_installable());
        let library = r#"{"name":"c","version":"1.0.0","type":"library"}"#;
        assert!(!PackagedChart::new(Bytes::new(), library).unwrap().is_installable());
    }

    #[test]
    fn helm_is_told_where_the_chart_is() {
        let registry = Location::Registry { url: "oci://h/p/c".into(), is_plain_http: true };
        assert_eq!(
            registry.helm_arguments("1.0.0").join(" "),
            "oci://h/p/c --version 1.0.0 --plain-http"
        );
        let repository = Location::Repository { url: "http://h".into(), chart: "c".into() };
        assert_eq!(
            repository.helm_arguments("1.0.0").join(" "),
            "c --repo http://h --version 1.0.0"
        );
    }
}
