//! From packages to what is wanted: charts relocated, every image with its new name.

use std::collections::BTreeMap;

use bundle::{Bundle, Image};
use chart_repository::PackagedChart;
use helm::Chart;
use oci::{Compat, Digest, Platform, Reference};
use relocate::{HintError, Hints, Options, RelocateError, Tagless};
use semver::Version;

use crate::open::{Opened, open_package};
use crate::problem::{Error, Phase, Problem, ProblemKind, chain};
use crate::sync::decide::{Built, Wanted};
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
    let mut collector =
        Collector { options, problems, images: BTreeMap::new(), charts: BTreeMap::new() };
    let wanted = chosen(&packages, &options.selection);
    for (bundle, chart) in packages.iter().flat_map(Opened::bundles) {
        match chart {
            Some(chart) if wanted.contains(&(chart.name(), chart.version())) => {
                collector.module(bundle, chart)
            }
            // Images alone have no chart to be chosen by.
            None if options.selection.charts.is_empty() => collector.loose_images(bundle),
            _ => {}
        }
    }
    let Collector { problems, images, charts, .. } = collector;
    Error::check(Phase::Plan, &problems)?;
    if images.is_empty() && charts.is_empty() {
        let subject = options
            .packages
            .iter()
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>()
            .join(", ");
        return Err(Error::new(
            Phase::Read,
            Problem::error(ProblemKind::NothingFound, subject, ""),
        ));
    }
    let (images, charts) = (images.into_values().collect(), charts.into_values().collect());
    Ok(Material { packages, images, charts, notes: problems })
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

fn filter_of<'a>(selection: &'a Selection, name: &str) -> Option<&'a ChartFilter> {
    selection.charts.iter().find(|filter| filter.name == name)
}

struct Collector<'a> {
    options: &'a SyncOptions,
    problems: Vec<Problem>,
    /// By new name.
    images: BTreeMap<String, WantedImage>,
    /// By name and version.
    charts: BTreeMap<(String, String), RelocatedChart>,
}

impl Collector<'_> {
    /// A chart with its images.
    fn module(&mut self, bundle: &Bundle, chart: &Chart) {
        let skip_images = self.options.skip_images
            || filter_of(&self.options.selection, chart.name())
                .is_some_and(|filter| filter.skip_images);
        let hints = match hints_of(bundle, chart) {
            Ok(hints) => hints,
            Err(problems) => return self.problems.extend(problems),
        };
        if hints.hints.is_empty() {
            self.problems.extend(unnamed_images(bundle, skip_images));
            self.add_chart(bundle, chart, Vec::new());
            if !skip_images {
                self.loose_images(bundle);
            }
            return;
        }
        if self.options.relocation.rules().is_empty() && !skip_images {
            let problem = Problem::error(ProblemKind::NoRelocationRule, &bundle.origin, "");
            return self.problems.push(problem);
        }
        let digests = |reference: &Reference| image_digest(bundle, reference);
        let relocation = &self.options.relocation;
        // A tag may name more platforms tomorrow than this package has; a digest would tie the chart to these.
        let tagless = match relocation.rules().compat {
            Compat::ChartsSyncer => Tagless::PinDigest(&digests),
            Compat::Ferry => Tagless::KeepTag,
        };
        match relocate::plan(chart, &hints, &Options { relocation, tagless }) {
            Err(errors) => self.problems.extend(errors.iter().map(relocate_problem)),
            Ok(plan) => {
                self.problems.extend(plan.findings.iter().map(finding_problem));
                if !skip_images {
                    self.hinted_images(bundle, &plan);
                }
                let edits = plan.edits.iter().map(value_edit).collect();
                self.add_chart(bundle, &plan.chart, edits);
            }
        }
    }

    fn hinted_images(&mut self, bundle: &Bundle, plan: &relocate::RelocationPlan) {
        for mapping in &plan.images {
            let found = find_image(bundle, &mapping.source);
            // charts-syncer packed the image that Helm prints, `x:1.3` for an unquoted 1.30.
            let printed =
                || mapping.printed.as_ref().and_then(|printed| find_image(bundle, printed));
            let Some(image) = found.or_else(printed) else {
                let detail = format!("named by {}", mapping.place);
                self.problems.push(Problem::error(
                    image_missing(bundle),
                    mapping.source.to_string(),
                    detail,
                ));
                continue;
            };
            self.add_image(&mapping.source, &mapping.target, image);
        }
        for image in &bundle.images {
            let names = image.names.iter().filter_map(|name| name.parse::<Reference>().ok());
            if !names.clone().any(|name| plan.images.iter().any(|mapping| mapping.source == name)) {
                let subject = image.names.first().unwrap_or(&image.member);
                self.problems.push(Problem::info(ProblemKind::ImageUnreferenced, subject, ""));
            }
        }
    }

    /// Images that no chart names: each goes where the rules send its own name.
    fn loose_images(&mut self, bundle: &Bundle) {
        for image in &bundle.images {
            let references = image.names.iter().filter_map(|name| name.parse::<Reference>().ok());
            let references: Vec<Reference> = references.collect();
            if references.is_empty() {
                self.problems.push(Problem::error(
                    ProblemKind::ManifestInvalid,
                    &image.member,
                    "the image has no name",
                ));
            }
            for source in references {
                match self.options.relocation.apply(&source).reference(&source) {
                    Ok(target) => self.add_image(&source, &target, image),
                    Err(error) => {
                        let problem = Problem::error(
                            ProblemKind::HintUnrenderable,
                            source.to_string(),
                            chain(&error),
                        );
                        self.problems.push(problem);
                    }
                }
            }
        }
    }

    fn add_image(&mut self, source: &Reference, target: &Reference, image: &Image) {
        let Some(wanted) = wanted_of(image, self.options.platform.as_ref()) else {
            let platform =
                self.options.platform.as_ref().map(ToString::to_string).unwrap_or_default();
            let detail = format!("the package has no image for {platform}");
            return self.problems.push(Problem::error(
                ProblemKind::PlatformMismatch,
                source.to_string(),
                detail,
            ));
        };
        if let Some(registry) = &self.options.registry
            && registry.host != target.registry()
        {
            let detail = format!("it would go to {target}, the registry is {}", registry.host);
            return self.problems.push(Problem::error(
                ProblemKind::NoRelocationRule,
                source.to_string(),
                detail,
            ));
        }
        let known = self.images.entry(target.to_string()).or_insert_with(|| WantedImage {
            source: source.clone(),
            target: target.clone(),
            wanted: Wanted { manifests: Vec::new(), index: None },
        });
        if let Err((platform, ours)) = merge(&mut known.wanted, wanted) {
            let platform = platform
                .map_or_else(|| "an unknown platform".into(), |platform| platform.to_string());
            let detail = format!(
                "{} and {source} would both be {target} for {platform}, with different content ({ours})",
                known.source
            );
            self.problems.push(Problem::error(ProblemKind::Collision, target.to_string(), detail));
        }
    }

    fn add_chart(&mut self, bundle: &Bundle, chart: &Chart, edits: Vec<ValueEdit>) {
        let packaged = match packaged(bundle, chart, &edits) {
            Ok(packaged) => packaged,
            Err(detail) => {
                return self.problems.push(Problem::error(
                    ProblemKind::ChartInvalid,
                    &bundle.origin,
                    detail,
                ));
            }
        };
        let key = (packaged.name().to_owned(), packaged.version().to_owned());
        if let Some(known) = self.charts.get(&key) {
            if known.chart.digest() != packaged.digest() {
                let subject = format!("{} {}", key.0, key.1);
                let detail = format!(
                    "{} and {} hold different charts of this version",
                    known.origin, bundle.origin
                );
                self.problems.push(Problem::error(ProblemKind::Collision, subject, detail));
            }
            return;
        }
        self.charts
            .insert(key, RelocatedChart { chart: packaged, origin: bundle.origin.clone(), edits });
    }
}

/// The chart's archive: the vendor's own where nothing changed.
fn packaged(bundle: &Bundle, chart: &Chart, edits: &[ValueEdit]) -> Result<PackagedChart, String> {
    let archive = match &bundle.chart {
        Some(bundle::ChartContent::Archive(file)) if edits.is_empty() => file.bytes.clone(),
        _ => relocate::package(chart).map_err(|error| chain(&error))?.into(),
    };
    PackagedChart::new(archive, chart.metadata.to_json()).map_err(|error| chain(&error))
}

/// For `verify`: whether every hint names an image that is there.
pub(crate) fn check_hints(opened: &Opened) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (bundle, chart) in opened.bundles() {
        let Some(chart) = chart else { continue };
        let hints = match hints_of(bundle, chart) {
            Ok(hints) => hints,
            Err(found) => {
                problems.extend(found);
                continue;
            }
        };
        match relocate::images(chart, &hints) {
            Err(errors) => problems.extend(errors.iter().map(relocate_problem)),
            Ok(images) => {
                let missing = images.iter().filter(|image| find_image(bundle, image).is_none());
                problems.extend(missing.map(|image| {
                    Problem::error(
                        image_missing(bundle),
                        image.to_string(),
                        format!("named by {}", hints.member),
                    )
                }));
            }
        }
    }
    problems
}

/// The hints of a bundle; without a hints file, those inside the chart.
fn hints_of(bundle: &Bundle, chart: &Chart) -> Result<Hints, Vec<Problem>> {
    const IN_CHART: &str = ".relok8s-images.yaml";
    let parsed = match (&bundle.hints, chart.file(IN_CHART)) {
        (Some(hints), _) => Hints::parse(&hints.bytes, &hints.member),
        (None, Some(bytes)) => Hints::parse(bytes, IN_CHART),
        (None, None) => Hints::parse(b"", IN_CHART),
    };
    parsed.map_err(|errors| errors.iter().map(hint_problem).collect())
}

fn image_missing(bundle: &Bundle) -> ProblemKind {
    if bundle.has_images_member { ProblemKind::ImageMissing } else { ProblemKind::ImagesAbsent }
}

/// A chart without hints beside images: they are pushed, and the chart is published as it is.
fn unnamed_images(bundle: &Bundle, skip_images: bool) -> Option<Problem> {
    let is_notable = !bundle.images.is_empty() && !skip_images;
    is_notable.then(|| Problem::warning(ProblemKind::HintsAbsent, &bundle.origin, ""))
}

fn find_image<'a>(bundle: &'a Bundle, reference: &Reference) -> Option<&'a Image> {
    bundle.images.iter().find(|image| {
        let by_name = image
            .names
            .iter()
            .any(|name| name.parse::<Reference>().is_ok_and(|name| name == *reference));
        by_name
            || reference.digest().is_some_and(|digest| root_digest(image).as_ref() == Some(digest))
    })
}

/// The digest an image will have under its tag, when it has one manifest or its own index.
fn image_digest(bundle: &Bundle, reference: &Reference) -> Option<Digest> {
    find_image(bundle, reference).and_then(root_digest)
}

fn root_digest(image: &Image) -> Option<Digest> {
    match (&image.index, image.manifests.as_slice()) {
        (Some(index), _) => Some(Digest::of(index.raw())),
        (None, [only]) => Some(Built::new(only).descriptor.digest),
        (None, _) => None,
    }
}

/// What an image brings, for one platform or all. The package's own index is used only when it is whole.
fn wanted_of(image: &Image, platform: Option<&Platform>) -> Option<Wanted> {
    let is_meant = |manifest: &&bundle::PlatformManifest| {
        platform.is_none_or(|wanted| {
            manifest.platform.as_ref().is_some_and(|have| have.is_same(wanted))
        })
    };
    let manifests: Vec<Built> = image.manifests.iter().filter(is_meant).map(Built::new).collect();
    let is_whole = platform.is_none() && image.missing.is_empty();
    let index = image.index.clone().filter(|_| is_whole);
    (!manifests.is_empty()).then_some(Wanted { manifests, index })
}

/// Adds the platforms of another package. The same platform must be the same image.
fn merge(into: &mut Wanted, from: Wanted) -> Result<(), (Option<Platform>, Digest)> {
    if into.manifests.is_empty() {
        *into = from;
        return Ok(());
    }
    for built in from.manifests {
        if into.manifests.iter().any(|known| known.manifest.is_same_image(&built.manifest)) {
            continue;
        }
        let rival = into.manifests.iter().any(|known| {
            match (&known.descriptor.platform, &built.descriptor.platform) {
                (Some(a), Some(b)) => a.is_same(b),
                _ => true,
            }
        });
        if rival {
            return Err((built.descriptor.platform.clone(), built.descriptor.digest));
        }
        into.manifests.push(built);
        // It is not the package's own index any more.
        into.index = None;
    }
    Ok(())
}

fn value_edit(edit: &relocate::ValueEdit) -> ValueEdit {
    ValueEdit {
        file: edit.file.clone(),
        path: edit.path.join("."),
        before: edit.line.map(|_| edit.old.clone()),
        after: edit.new.clone(),
    }
}

fn finding_problem(finding: &relocate::Finding) -> Problem {
    use relocate::Finding;
    let (subject, detail) = match finding {
        Finding::Misprinted { file, line, path, written, printed } => (
            format!("{file}:{line}"),
            format!("`{path}: {written}` is put into quotes: helm would print {printed}"),
        ),
        Finding::ShadowedGlobal { place, path, file, line, value } => {
            (place.to_string(), format!("`{path}` is covered by `{value}` in {file}:{line}"))
        }
        Finding::Adjusted { place, target } => {
            (place.to_string(), format!("the path that is fixed in the hint is kept: {target}"))
        }
        _ => (String::new(), format!("{finding:?}")),
    };
    Problem::info(ProblemKind::ValueNotable, subject, detail)
}

fn hint_problem(error: &HintError) -> Problem {
    Problem::error(ProblemKind::HintInvalid, error.place.to_string(), chain(error))
}

fn relocate_problem(error: &RelocateError) -> Problem {
    let kind = match error {
        RelocateError::Conflict { .. } => ProblemKind::ConflictingWrites,
        RelocateError::RewriteMismatch { .. } | RelocateError::UnplannedChange { .. } => {
            ProblemKind::RewriteMismatch
        }
        RelocateError::Missing { .. }
        | RelocateError::Blocked { .. }
        | RelocateError::NotText { .. }
        | RelocateError::EmptyTag { .. }
        | RelocateError::Reference { .. } => ProblemKind::HintUnrenderable,
        RelocateError::Yaml { .. }
        | RelocateError::SeveralDocuments { .. }
        | RelocateError::NotAMap { .. } => ProblemKind::ChartInvalid,
        _ => ProblemKind::ValueNotWritable,
    };
    let text = chain(error);
    let (subject, detail) = text.split_once(": ").unwrap_or((&text, ""));
    Problem::error(kind, subject, detail)
}
