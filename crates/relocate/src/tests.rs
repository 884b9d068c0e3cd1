//! Whole charts: what charts-syncer gets wrong, and shapes from real charts in our own words.

mod charts;
mod derived;
mod edits;
mod properties;
mod rules;

use helm::{Chart, File};
use oci::{Digest, Reference, Relocation, RelocationRules};

use crate::{Hints, Options, RelocateError, RelocationPlan, Tagless, plan};

/// `R` and `r` of the runbook.
pub(super) fn seed() -> Relocation {
    relocation("10.16.10.111", "release.daocloud.io/kairship", "", "")
}

pub(super) fn relocation(r: &str, path: &str, prefix: &str, prefix_path: &str) -> Relocation {
    let rules = RelocationRules {
        registry: Some(r.into()),
        repository: Some(path.into()),
        prefix_registry: Some(prefix.into()),
        prefix_repository: Some(prefix_path.into()),
        ..RelocationRules::default()
    };
    Relocation::new(rules).unwrap()
}

/// A chart from its files. Every directory with a values.yaml gets a Chart.yaml with its name, unless there is one.
pub(super) fn chart(files: &[(&str, &str)]) -> Chart {
    let mut all: Vec<File> = Vec::new();
    let mut directories: Vec<&str> = vec![""];
    for (path, _) in files {
        let directory = path.strip_suffix("values.yaml").or(path.strip_suffix("Chart.yaml"));
        directories.extend(directory);
    }
    directories.sort_unstable();
    directories.dedup();
    for directory in directories {
        let path = format!("{directory}Chart.yaml");
        if !files.iter().any(|(known, _)| *known == path) {
            let name = directory.trim_end_matches('/').rsplit('/').next().unwrap();
            let name = if name.is_empty() { "top" } else { name };
            all.push(File::new(path, format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n")));
        }
    }
    all.extend(files.iter().map(|(path, data)| File::new(*path, data.as_bytes().to_vec())));
    Chart::from_files(all).unwrap()
}

pub(super) fn hints(list: &[&str]) -> Hints {
    let lines: Vec<String> = list.iter().map(|hint| format!("- \"{hint}\"")).collect();
    let text = lines.join("\n");
    Hints::parse(text.as_bytes(), "hints.yaml").unwrap()
}

pub(super) fn relocate(
    chart: &Chart,
    list: &[&str],
    relocation: &Relocation,
) -> Result<RelocationPlan, Vec<RelocateError>> {
    plan(chart, &hints(list), &Options { relocation, tagless: Tagless::KeepTag })
}

pub(super) fn sources(chart: &Chart, list: &[&str]) -> Vec<Reference> {
    crate::images(chart, &hints(list)).unwrap()
}

pub(super) fn text<'a>(chart: &'a Chart, path: &str) -> &'a str {
    let mut chart = chart;
    let mut rest = path;
    while let Some(subchart) =
        chart.subcharts.iter().find(|sub| rest.starts_with(&format!("{}/", sub.directory)))
    {
        rest = &rest[subchart.directory.len() + 1..];
        chart = &subchart.chart;
    }
    std::str::from_utf8(chart.file(rest).unwrap()).unwrap()
}

pub(super) fn targets(plan: &RelocationPlan) -> Vec<String> {
    plan.images.iter().map(|image| image.target.to_string()).collect()
}

pub(super) fn reference(text: &str) -> Reference {
    text.parse().unwrap()
}

pub(super) fn digest() -> Digest {
    Digest::of(b"manifest")
}
