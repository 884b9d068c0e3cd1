//! What the packages bring, of what was asked for.

use chart_repository::PackagedChart;
use oci::Reference;
use semver::Version;

use crate::open::{Opened, open_package};
use crate::problem::{Error, Phase, Problem, ProblemKind};
use crate::sync::decide::Wanted;
use crate::sync::modules::collector::Collector;
use crate::sync::options::{ChartFilter, Selection, SyncOptions};
use crate::sync::report::ValueEdit;

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
    for contents in packages.iter().flat_map(|opened| &opened.contents) {
        match &contents.chart {
            Some(chart) if wanted.contains(&(chart.name(), chart.version())) => {
                collector.module(contents, chart);
            }
            // Images alone have no chart to be chosen by.
            None if options.selection.charts.is_empty() && !options.skip_images => {
                collector.images_alone(contents);
            }
            None if !contents.bundle.images.is_empty() => {
                let (kind, origin) = (ProblemKind::MemberIgnored, &contents.bundle.origin);
                collector.problems.push(Problem::warning(
                    kind,
                    origin,
                    "its images belong to no chosen chart",
                ));
            }
            _ => {}
        }
    }
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
