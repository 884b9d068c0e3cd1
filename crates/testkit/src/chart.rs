//! The files of a chart.

use crate::gzip;
use crate::ustar::TarWriter;

/// The files of a chart by path, without the directory of the chart's name, in the order helm's directory loader
/// walks them: names sorted within each directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartFiles {
    files: Vec<(String, Vec<u8>)>,
}

impl ChartFiles {
    /// Sorts `files` into helm's order.
    pub fn new(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort_by(|(a, _), (b, _)| a.split('/').cmp(b.split('/')));
        Self { files }
    }

    /// The files.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, content)| (path.as_str(), content.as_slice()))
    }

    /// One file.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.iter().find(|(known, _)| *known == path).map(|(_, content)| content)
    }

    /// The same chart with one file more, or another instead.
    #[must_use]
    pub fn with(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.retain(|(known, _)| known != path);
        self.files.push((path.to_owned(), content.into()));
        Self::new(self.files)
    }

    /// The same chart without one file.
    #[must_use]
    pub fn without(mut self, path: &str) -> Self {
        self.files.retain(|(known, _)| known != path);
        self
    }

    /// The chart as `helm package` lays it out: `<name>/<path>`, `Chart.yaml` first.
    pub fn tgz(&self, name: &str) -> Vec<u8> {
        let mut tar = TarWriter::in_memory();
        let (first, rest): (Vec<_>, Vec<_>) =
            self.iter().partition(|(path, _)| *path == "Chart.yaml");
        for (path, content) in first.into_iter().chain(rest) {
            tar.add(&format!("{name}/{path}"), content);
        }
        gzip(&tar.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_in_the_order_of_a_walk() {
        let file = |path: &str| (path.to_owned(), Vec::new());
        let chart = ChartFiles::new(["values.yaml", "a-b/x", "a/x", "Chart.yaml", "a.b"].map(file));
        let paths: Vec<&str> = chart.iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["Chart.yaml", "a/x", "a-b/x", "a.b", "values.yaml"]);
    }
}
