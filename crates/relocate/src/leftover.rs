//! Values that still name a registry the images came from.

use std::collections::BTreeSet;

use goyaml::Node;
use helm::Chart;

/// A value that no hint covers and that begins with a source registry: what an operator makes Pods from at run time,
/// for example. It may be meant; an operator behind an air gap has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// The file, from the top of the chart.
    pub file: String,
    /// The line of the value.
    pub line: usize,
    /// The keys, joined by dots.
    pub path: String,
    /// The value.
    pub value: String,
}

/// The values of a relocated chart and its subcharts that are one of `registries`, or a path below one. A file that is
/// not YAML has none: that was told before.
pub fn leftovers(chart: &Chart, registries: &BTreeSet<&str>) -> Vec<Leftover> {
    let mut found = Vec::new();
    in_chart(chart, "", registries, &mut found);
    found
}

fn in_chart(chart: &Chart, prefix: &str, registries: &BTreeSet<&str>, found: &mut Vec<Leftover>) {
    let document = chart.file("values.yaml").and_then(|bytes| goyaml::parse_one(bytes).ok());
    if let Some(document) = document {
        let file = format!("{prefix}values.yaml");
        let mut search = Search { file: &file, registries, found };
        search.below(&document.root, &mut Vec::new());
    }
    for subchart in &chart.subcharts {
        in_chart(&subchart.chart, &format!("{prefix}{}/", subchart.directory), registries, found);
    }
}

struct Search<'a> {
    file: &'a str,
    registries: &'a BTreeSet<&'a str>,
    found: &'a mut Vec<Leftover>,
}

impl Search<'_> {
    fn below(&mut self, node: &Node, path: &mut Vec<String>) {
        for entry in node.entries() {
            path.push(entry.key.key_text().unwrap_or_default());
            self.below(&entry.value, path);
            path.pop();
        }
        for (index, item) in node.items().iter().enumerate() {
            path.push(index.to_string());
            self.below(item, path);
            path.pop();
        }
        if let Some(value) = node.text().filter(|value| self.names_registry(value)) {
            let (file, path) = (self.file.to_owned(), path.join("."));
            self.found.push(Leftover { file, line: node.line, path, value: value.to_owned() });
        }
    }

    fn names_registry(&self, value: &str) -> bool {
        let host = value.split('/').next().unwrap_or(value);
        self.registries.contains(host)
    }
}

#[cfg(test)]
mod tests {
    use helm::File;

    use super::*;

    #[test]
    fn values_that_no_hint_covers_are_found() {
        let values = "global:\n  karmada: release.io/karmada # 仓库\n  other: release.iox/y\nlist:\n- release.io\nurl: https://release.io/x\n";
        let chart = Chart::from_files(vec![
            File::new("Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
            File::new("values.yaml", values),
            File::new("charts/b/Chart.yaml", "apiVersion: v2\nname: b\nversion: 1.0.0\n"),
            File::new("charts/b/values.yaml", "image: release.io/b:1\n"),
        ])
        .unwrap();
        let found = leftovers(&chart, &BTreeSet::from(["release.io"]));
        let shown: Vec<_> =
            found.iter().map(|one| format!("{}:{} {}", one.file, one.line, one.path)).collect();
        assert_eq!(
            shown,
            [
                "values.yaml:2 global.karmada",
                "values.yaml:5 list.0",
                "charts/b/values.yaml:1 image"
            ]
        );
    }
}
