//! `Chart.lock`: the versions that a chart's dependencies were resolved to.

use sha2::{Digest, Sha256};

use crate::metadata::escape_as_go;
use crate::{Chart, ChartError, Dependency};

/// What `Chart.lock` (or `requirements.lock`, in old charts) says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// When it was written, RFC 3339.
    pub generated: String,
    /// What it was made of, see [`Lock::digest_of`].
    pub digest: String,
    /// Each with the one version that was chosen.
    pub dependencies: Vec<Dependency>,
}

impl Lock {
    /// The lock of a chart, if it has one.
    pub fn read(chart: &Chart) -> Result<Option<Self>, ChartError> {
        for file in ["Chart.lock", "requirements.lock"] {
            if let Some(yaml) = chart.file(file) {
                return Self::parse(file, yaml).map(Some);
            }
        }
        Ok(None)
    }

    /// The digest helm writes for dependencies as they are declared and as they are locked.
    pub fn digest_of(declared: &[Dependency], locked: &[Dependency]) -> String {
        let json = |dependencies: &[Dependency]| match dependencies {
            // Go's nil.
            [] => "null".to_owned(),
            some => serde_json::to_string(some).expect("texts, lists and maps with text keys"),
        };
        let pair = escape_as_go(&format!("[{},{}]", json(declared), json(locked)));
        let hash = Sha256::digest(pair.as_bytes());
        hash.iter().fold("sha256:".to_owned(), |text, byte| text + &format!("{byte:02x}"))
    }

    /// Whether it was made for dependencies as they are declared.
    pub fn is_for(&self, declared: &[Dependency]) -> bool {
        self.digest == Self::digest_of(declared, &self.dependencies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::File;

    const CHART_YAML: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies:\n- name: s\n  version: \">=0.1.0\"\n  repository: file://../s\n  alias: al\n  tags: [a<b]\n  condition: s.enabled\n";
    const LOCK: &str = "dependencies:\n- name: s\n  repository: file://../s\n  version: 0.1.0\ndigest: sha256:4e0dd1afc0941d15f529dd474f37e74a03aa17dba26f60b2db2a76b1d00407e3\ngenerated: \"2026-11-23T12:25:53.041704624Z\"\n";

    fn chart(files: &[(&str, &str)]) -> Chart {
        let file = |(path, text): &(&str, &str)| File::new(*path, (*text).to_owned());
        Chart::from_files(files.iter().map(file).collect()).unwrap()
    }

    /// What `helm dependency update` of 4.3.1 wrote for the chart above.
    #[test]
    fn the_digest_is_helms() {
        let chart = chart(&[("Chart.yaml", CHART_YAML), ("Chart.lock", LOCK)]);
        let lock = Lock::read(&chart).unwrap().unwrap();
        assert_eq!(
            (lock.dependencies[0].name.as_str(), lock.dependencies[0].version.as_str()),
            ("s", "0.1.0")
        );
        assert!(lock.is_for(&chart.metadata.dependencies));
        assert!(!lock.is_for(&[]));
        assert!(lock.generated.starts_with("2026-11-23T12:25:53"));
    }

    #[test]
    fn a_chart_may_have_none_and_a_bad_one_is_an_error() {
        assert_eq!(Lock::read(&chart(&[("Chart.yaml", CHART_YAML)])).unwrap(), None);
        let old = chart(&[("Chart.yaml", CHART_YAML), ("requirements.lock", LOCK)]);
        assert!(Lock::read(&old).unwrap().is_some());
        let bad = chart(&[("Chart.yaml", CHART_YAML), ("Chart.lock", "dependencies: 5")]);
        assert!(matches!(Lock::read(&bad), Err(ChartError::Field { file: "Chart.lock", .. })));
    }
}
