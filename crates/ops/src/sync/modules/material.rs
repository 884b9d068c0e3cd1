//! What the packages bring, of what was asked for.

use std::collections::BTreeMap;

use chart_repository::PackagedChart;
use oci::{Digest, Reference};
use semver::Version;

use crate::open::{Contents, Opened, open_package};
use crate::problem::{Error, Phase, Problem, ProblemKind};
use crate::sync::modules::collector::{Collector, Module};
use crate::sync::modules::images::InputImages;
use crate::sync::options::{ChartFilter, Selection, SyncOptions};
use crate::sync::report::ValueEdit;
use crate::sync::wanted::Wanted;

/// Everything the packages bring.
pub(crate) struct Material {
    pub(crate) packages: Vec<Opened>,
    pub(crate) images: Vec<WantedImage>,
    pub(crate) charts: Vec<RelocatedChart>,
    pub(crate) notes: Vec<Problem>,
}

/// What should be behind a tag.
pub(crate) struct WantedImage {
    pub(crate) source: Reference,
    pub(crate) target: Reference,
    pub(crate) wanted: Wanted,
    /// What charts name by digest: it has to be there under that digest, whatever is behind the tag.
    pub(crate) pins: BTreeMap<Digest, Wanted>,
}

/// A chart ready to be published.
pub(crate) struct RelocatedChart {
    pub(crate) chart: PackagedChart,
    pub(crate) origin: String,
    pub(crate) edits: Vec<ValueEdit>,
}

/// Opens the packages and decides, without looking at any target, what should be where.
pub(crate) async fn read(options: &SyncOptions) -> Result<Material, Error> {
    let (packages, problems) = open_packages(options).await?;
    let mut collector = Collector::new(options, problems);
    let wanted = chosen(&packages, &options.selection);
    collector.problems.extend(unmatched(&wanted, &options.selection));
    collect(&packages, &wanted, &mut collector);
    let Collector { problems, images, charts, .. } = collector;
    Error::check(Phase::Plan, &problems)?;
    if images.is_empty() && charts.is_empty() {
        return Err(nothing_found(options));
    }
    if !images.is_empty() && options.registry.is_none() {
        let detail = "the package has images, and no registry is given for them";
        return Err(Error::new(
            Phase::Configure,
            Problem::error(ProblemKind::Usage, "sync", detail),
        ));
    }
    let (images, charts) = (images.into_values().collect(), charts.into_values().collect());
    Ok(Material { packages, images, charts, notes: problems })
}

/// What the chosen charts need and, where all charts are meant, the images without a chart.
fn collect(packages: &[Opened], chosen: &[(&str, &str)], collector: &mut Collector<'_>) {
    let contents: Vec<&Contents> = packages.iter().flat_map(|opened| &opened.contents).collect();
    let input = InputImages::new(contents.iter().copied());
    let modules = contents.iter().enumerate();
    let modules: Vec<Module<'_>> =
        modules.map(|(own, contents)| Module { contents, images: input.of_bundle(own) }).collect();
    let mut done = Vec::new();
    for module in &modules {
        if let Some(chart) = &module.contents.chart
            && chosen.contains(&(chart.name(), chart.version()))
            && let Some(is_derived) = collector.module(*module, chart)
        {
            done.push((*module, chart, is_derived));
        }
    }
    for (module, chart, is_derived) in done {
        collector.unnamed_images(module, chart, is_derived);
    }
    for module in modules.into_iter().filter(|module| module.contents.chart.is_none()) {
        collector.images_without_chart(module);
    }
}

/// The packages and what is notable about them. What is wrong with any of them is told together.
async fn open_packages(options: &SyncOptions) -> Result<(Vec<Opened>, Vec<Problem>), Error> {
    let mut packages = Vec::new();
    let mut problems = Vec::new();
    for path in &options.packages {
        match open_package(path).await {
            Ok(opened) => {
                problems.extend(opened.problems.iter().cloned());
                packages.push(opened);
            }
            Err(error) => problems.extend(error.problems),
        }
    }
    Error::check(Phase::Read, &problems)?;
    Ok((packages, problems))
}

fn nothing_found(options: &SyncOptions) -> Error {
    let paths: Vec<String> =
        options.packages.iter().map(|path| path.display().to_string()).collect();
    Error::new(Phase::Read, Problem::error(ProblemKind::NothingFound, paths.join(", "), ""))
}

/// Name and version of the charts that are meant.
fn chosen<'a>(packages: &'a [Opened], selection: &Selection) -> Vec<(&'a str, &'a str)> {
    let charts = packages.iter().flat_map(Opened::bundles).filter_map(|(_, chart)| chart);
    let all: Vec<(&str, &str)> = charts.map(|chart| (chart.name(), chart.version())).collect();
    let is_latest = |name: &str, version: &str| {
        let of_name = all
            .iter()
            .filter(|(other, _)| *other == name)
            .filter_map(|(_, version)| version.parse().ok());
        let latest: Option<Version> = of_name.max();
        latest.is_none_or(|latest| latest.as_str() == version)
    };
    let is_chosen = |&(name, version): &(&str, &str)| {
        let is_listed = selection.charts.is_empty()
            || filter_of(selection, name).is_some_and(|filter| {
                filter.versions.is_empty() || filter.versions.iter().any(|listed| listed == version)
            });
        is_listed
            && !selection.skip_charts.iter().any(|skipped| skipped == name)
            && (!selection.latest_only || is_latest(name, version))
    };
    all.iter().copied().filter(is_chosen).collect()
}

/// Charts and versions that were asked for by name and are not there.
fn unmatched(chosen: &[(&str, &str)], selection: &Selection) -> Vec<Problem> {
    let is_there = |name: &str, version: Option<&str>| {
        chosen
            .iter()
            .any(|(have, at)| *have == name && version.is_none_or(|version| version == *at))
    };
    let missing = |name: &str, version: Option<&str>| {
        let subject =
            version.map_or_else(|| name.to_owned(), |version| format!("{name} {version}"));
        (!is_there(name, version)).then(|| {
            Problem::error(
                ProblemKind::NothingFound,
                subject,
                "it is chosen by name and is in no package",
            )
        })
    };
    let of_filter = |filter: &ChartFilter| -> Vec<Problem> {
        match filter.versions.as_slice() {
            [] => missing(&filter.name, None).into_iter().collect(),
            versions if selection.latest_only => {
                versions.first().and_then(|_| missing(&filter.name, None)).into_iter().collect()
            }
            versions => {
                versions.iter().filter_map(|version| missing(&filter.name, Some(version))).collect()
            }
        }
    };
    selection.charts.iter().flat_map(of_filter).collect()
}

/// What the selection says about a chart.
pub(super) fn filter_of<'a>(selection: &'a Selection, name: &str) -> Option<&'a ChartFilter> {
    selection.charts.iter().find(|filter| filter.name == name)
}
