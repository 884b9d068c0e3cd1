//! A chart: its metadata, its files and the charts inside it.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use bytes::Bytes;

use crate::budget::Budget;
use crate::{ChartError, Metadata, archive, directory, path};

/// A chart as helm's loader sees it, with the bytes it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What `Chart.yaml` (and, for old charts, `requirements.yaml`) says.
    pub metadata: Metadata,
    /// Every file except those of subcharts, in the order they were read: `Chart.yaml`, `values.yaml`, templates, CRDs
    /// and the rest. Provenance files below `charts/` are among them, as in helm.
    pub files: Vec<File>,
    /// The charts below `charts/`, sorted by where they lie. helm's order is random.
    pub subcharts: Vec<Subchart>,
}

/// A file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Relative to the chart, with slashes.
    pub path: String,
    /// The bytes as they were read. Only a UTF-8 byte order mark at the start is taken off, as helm does.
    pub data: Bytes,
}

/// A chart inside a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Subchart {
    /// Where it lies in its parent: `charts/mariadb`, or `charts/mariadb-1.0.0.tgz` when it is packed.
    pub directory: String,
    /// The chart.
    pub chart: Chart,
}

impl File {
    /// A file in memory.
    pub fn new(path: impl Into<String>, data: impl Into<Bytes>) -> Self {
        Self { path: path.into(), data: data.into() }
    }
}

impl Chart {
    /// Reads a chart from its files, with paths relative to it. Of two files with one name the later one counts, as in
    /// a directory that an archive was unpacked to. `.helmignore` is not applied.
    pub fn from_files(files: Vec<File>) -> Result<Self, ChartError> {
        let mut cleaned = Vec::with_capacity(files.len());
        for File { path, data } in files {
            match path::clean(&path) {
                Ok(path) => cleaned.push(File { path, data }),
                Err(fault) => return Err(ChartError::Path { path, fault }),
            }
        }
        Self::load(cleaned, Origin::Root, &mut Budget::default())
    }

    /// Reads a chart from a `.tgz` as `helm package` makes it. The directory inside may have any name.
    ///
    /// Stricter than helm: links, devices and `..` are errors, and so is anything after the end of the archive.
    pub fn from_archive(archive: &[u8]) -> Result<Self, ChartError> {
        let mut budget = Budget::default();
        let files = archive::read(archive, &mut budget)?;
        Self::load(files, Origin::Root, &mut budget)
    }

    /// Reads a chart from an unpacked directory; its `.helmignore` applies.
    ///
    /// Stricter than helm: a link is followed only to what lies inside the directory, and never for a lock file.
    pub fn from_directory(directory: &Path) -> Result<Self, ChartError> {
        let mut budget = Budget::default();
        let files = directory::read(directory, &mut budget)?;
        Self::load(files, Origin::Root, &mut budget)
    }

    /// The name in `Chart.yaml`.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// The version in `Chart.yaml`, as it is written there.
    pub fn version(&self) -> &str {
        &self.metadata.version
    }

    /// The bytes of a file that is not a subchart's.
    pub fn file(&self, path: &str) -> Option<&Bytes> {
        self.files.iter().find(|file| file.path == path).map(|file| &file.data)
    }

    /// Replaces the bytes of a file, or adds it at the end. After `Chart.yaml` was replaced,
    /// [`Chart::refresh_metadata`] reads it again.
    pub fn set_file(&mut self, path: &str, data: impl Into<Bytes>) {
        let data = data.into();
        match self.files.iter_mut().find(|file| file.path == path) {
            Some(file) => file.data = data,
            None => self.files.push(File::new(path, data)),
        }
    }

    /// Takes a file out and hands back its bytes.
    pub fn remove_file(&mut self, path: &str) -> Option<Bytes> {
        let at = self.files.iter().position(|file| file.path == path)?;
        Some(self.files.remove(at).data)
    }

    /// Reads the metadata from the files again.
    pub fn refresh_metadata(&mut self) -> Result<(), ChartError> {
        let mut metadata = Metadata::read(self.file("Chart.yaml"), self.file("requirements.yaml"))?;
        metadata.settle()?;
        self.metadata = metadata;
        Ok(())
    }

    /// Classifies files with clean paths.
    fn load(files: Vec<File>, origin: Origin, budget: &mut Budget) -> Result<Self, ChartError> {
        let (own, below) = split(last_wins(files));
        let find = |path: &str| own.iter().find(|file| file.path == path).map(|file| &file.data);
        let mut metadata = Metadata::read(find("Chart.yaml"), find("requirements.yaml"))?;
        if origin == Origin::Root {
            metadata.check_api_version()?;
        }
        metadata.settle()?;
        let mut subcharts = Vec::with_capacity(below.len());
        for (component, files) in below {
            let loaded = budget.descend(|budget| load_subchart(&component, files, budget));
            let directory = format!("charts/{component}");
            let chart = loaded.map_err(|source| ChartError::Subchart {
                directory: directory.clone(),
                parent: metadata.name.clone(),
                source: Box::new(source),
            })?;
            subcharts.push(Subchart { directory, chart });
        }
        Ok(Self { metadata, files: own, subcharts })
    }
}

/// Whether helm looks at the `apiVersion`: it does so only for the chart it was asked to load.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Root,
    Subchart,
}

/// Files of subcharts by the first component below `charts/`, relative to it.
type Below = BTreeMap<String, Vec<File>>;

/// Keeps the later of two files with one name, in the place of the first.
fn last_wins(files: Vec<File>) -> Vec<File> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(files.len());
    let mut kept: Vec<File> = Vec::with_capacity(files.len());
    for File { path, data } in files {
        let data = strip_byte_order_mark(data);
        if let Some(place) = places.get(&path) {
            kept[*place].data = data;
        } else {
            places.insert(path.clone(), kept.len());
            kept.push(File { path, data });
        }
    }
    kept
}

fn strip_byte_order_mark(data: Bytes) -> Bytes {
    if data.starts_with(b"\xef\xbb\xbf") { data.slice(3..) } else { data }
}

/// The chart's own files, and those of its subcharts. What starts with `_` or `.` below `charts/` is nobody's.
fn split(files: Vec<File>) -> (Vec<File>, Below) {
    let mut own = Vec::new();
    let mut below = Below::new();
    for file in files {
        let Some(rest) = file.path.strip_prefix("charts/") else {
            own.push(file);
            continue;
        };
        if Path::new(rest).extension().is_some_and(|extension| extension == "prov") {
            own.push(file);
            continue;
        }
        let component = rest.split('/').next().unwrap_or(rest);
        if !component.starts_with(['_', '.']) {
            let inner = File::new(rest, file.data);
            below.entry(component.to_owned()).or_default().push(inner);
        }
    }
    (own, below)
}

fn load_subchart(
    component: &str,
    files: Vec<File>,
    budget: &mut Budget,
) -> Result<Chart, ChartError> {
    let is_packed = component.rsplit_once('.').is_some_and(|(_, extension)| extension == "tgz");
    if is_packed
        && let [file] = &files[..]
        && file.path == component
    {
        let files = archive::read(&file.data, budget)?;
        return Chart::load(files, Origin::Subchart, budget);
    }
    // A file that lies directly in `charts/` is no chart: it has no Chart.yaml below it, which is what helm says too.
    let inner = files.into_iter().filter_map(|file| {
        let path = file.path.strip_prefix(component)?.strip_prefix('/')?;
        Some(File::new(path, file.data))
    });
    Chart::load(inner.collect(), Origin::Subchart, budget)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Limit, MetadataError};
    use crate::hostile::{CHART_YAML, Tar};

    fn chart_yaml(name: &str) -> String {
        format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n")
    }

    fn from_files(files: &[(&str, &str)]) -> Result<Chart, ChartError> {
        let file = |(path, data): &(&str, &str)| File::new(*path, data.as_bytes().to_vec());
        Chart::from_files(files.iter().map(file).collect())
    }

    #[test]
    fn keeps_every_file_and_sorts_the_subcharts() {
        let packed = Tar::default().file("x/Chart.yaml", chart_yaml("mariadb")).tgz();
        let archive = Tar::chart()
            .file("c/values.yaml", "\u{feff}a: 1 # 中文\r\n")
            .file("c/templates/x.yaml", "")
            .file("c/charts/zoo/Chart.yaml", chart_yaml("animals"))
            .file("c/charts/zoo/charts/cat/Chart.yaml", chart_yaml("cat"))
            .file("c/charts/mariadb-1.0.0.tgz", &packed)
            .file("c/charts/mariadb-1.0.0.tgz.prov", "signature")
            .file("c/charts/_off/README.md", "")
            .file("c/charts/.hidden", "")
            .file("c/crds/crd.yaml", "")
            .tgz();
        let chart = Chart::from_archive(&archive).unwrap();
        assert_eq!((chart.name(), chart.version()), ("c", "0.1.0"));
        let paths: Vec<_> = chart.files.iter().map(|file| file.path.as_str()).collect();
        let provenance = "charts/mariadb-1.0.0.tgz.prov";
        assert_eq!(
            paths,
            ["Chart.yaml", "values.yaml", "templates/x.yaml", provenance, "crds/crd.yaml"]
        );
        assert_eq!(chart.file("values.yaml").unwrap(), "a: 1 # 中文\r\n".as_bytes());
        let below: Vec<_> =
            chart.subcharts.iter().map(|sub| (sub.directory.as_str(), sub.chart.name())).collect();
        assert_eq!(below, [("charts/mariadb-1.0.0.tgz", "mariadb"), ("charts/zoo", "animals")]);
        assert_eq!(chart.subcharts[1].chart.subcharts[0].chart.name(), "cat");
    }

    #[test]
    fn of_two_files_with_one_name_the_last_counts() {
        let archive = Tar::chart()
            .file("c/values.yaml", "a: 1")
            .file("c/x", "x")
            .file("d/./values.yaml", "a: 2")
            .file("c/Chart.yaml", chart_yaml("later"))
            .tgz();
        let chart = Chart::from_archive(&archive).unwrap();
        assert_eq!(chart.name(), "later");
        assert_eq!(chart.file("values.yaml").unwrap(), "a: 2");
        assert_eq!(chart.files.len(), 3);
    }

    #[test]
    fn a_chart_must_have_a_chart_yaml_in_its_place() {
        assert!(matches!(from_files(&[]), Err(ChartError::MissingChartYaml)));
        assert!(matches!(from_files(&[("a/Chart.yaml", "")]), Err(ChartError::MissingChartYaml)));
        assert!(matches!(
            from_files(&[("chart.yaml", CHART_YAML)]),
            Err(ChartError::MissingChartYaml)
        ));
        let shifted = Tar::default().file("./c/Chart.yaml", CHART_YAML).tgz();
        assert!(matches!(Chart::from_archive(&shifted), Err(ChartError::MissingChartYaml)));
    }

    #[test]
    fn what_lies_in_charts_must_be_a_chart() {
        for stray in
            ["charts/README.md", "charts/s.tar.gz", "charts/foo/x.yaml", "charts/foo/s-1.0.0.tgz"]
        {
            let error = from_files(&[("Chart.yaml", CHART_YAML), (stray, "x")]).unwrap_err();
            let ChartError::Subchart { directory, parent, source } = error else {
                panic!("{stray}: {error}");
            };
            assert!(stray.starts_with(&directory) && parent == "c");
            assert!(matches!(*source, ChartError::MissingChartYaml), "{stray}");
        }
        let error = from_files(&[("Chart.yaml", CHART_YAML), ("charts/s.tgz", "x")]).unwrap_err();
        let ChartError::Subchart { source, .. } = error else { panic!("{error}") };
        assert!(matches!(*source, ChartError::NotGzip));
    }

    #[test]
    fn charts_in_charts_end_somewhere() {
        let mut path = String::new();
        let mut files = vec![File::new("Chart.yaml", CHART_YAML)];
        for _ in 0..40 {
            path.push_str("charts/s/");
            files.push(File::new(format!("{path}Chart.yaml"), CHART_YAML));
        }
        let mut error = &Chart::from_files(files).unwrap_err();
        while let ChartError::Subchart { source, .. } = error {
            error = source;
        }
        assert!(matches!(error, ChartError::Limit(Limit::Depth(_))), "{error}");
    }

    #[test]
    fn packed_bombs_in_one_archive_share_one_limit() {
        let bomb = Tar::chart().file("c/big", vec![0; 90 << 20]).tgz();
        let mut archive = Tar::chart();
        for index in 0..4 {
            archive = archive.file(format!("c/charts/s{index}.tgz"), &bomb);
        }
        let mut error = &Chart::from_archive(&archive.tgz()).unwrap_err();
        while let ChartError::Subchart { source, .. } = error {
            error = source;
        }
        assert!(matches!(error, ChartError::Limit(Limit::TotalBytes(_))), "{error}");
    }

    #[test]
    fn paths_given_by_others_are_checked() {
        for path in ["../x", "/x", "a\\b", "a\nb", "", "a/../x"] {
            let error = from_files(&[("Chart.yaml", CHART_YAML), (path, "")]).unwrap_err();
            assert!(matches!(error, ChartError::Path { .. }), "{path}: {error}");
        }
        let twins = from_files(&[("Chart.yaml", CHART_YAML), ("charts-evil/x", "")]).unwrap();
        assert_eq!(twins.files.len(), 2);
    }

    #[test]
    fn files_can_be_replaced_and_the_metadata_read_again() {
        let mut chart = from_files(&[("Chart.yaml", CHART_YAML), ("values.yaml", "a: 1")]).unwrap();
        chart.set_file("values.yaml", "a: 2");
        chart.set_file("new", "x");
        chart.set_file("Chart.yaml", chart_yaml("other"));
        assert_eq!(chart.name(), "c");
        chart.refresh_metadata().unwrap();
        assert_eq!(chart.name(), "other");
        assert_eq!(chart.remove_file("new").unwrap(), "x");
        assert_eq!(chart.file("values.yaml").unwrap(), "a: 2");
        chart.set_file("Chart.yaml", "name: .\nversion: 1\n");
        assert!(matches!(
            chart.refresh_metadata(),
            Err(ChartError::Metadata(MetadataError::Name(_)))
        ));
        assert_eq!(chart.name(), "other");
    }
}
