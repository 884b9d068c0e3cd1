//! What is wanted, put together bundle by bundle. Problems are collected: all of them are told at once.

use std::collections::{BTreeMap, BTreeSet};

use bundle::{Bundle, ChartContent, Image};
use chart_repository::PackagedChart;
use helm::Chart;
use oci::{Compat, Reference};
use relocate::{Options, RelocationPlan, Tagless};

use crate::open::Contents;
use crate::problem::{Problem, ProblemKind, chain};
use crate::sync::decide::{Built, Wanted};
use crate::sync::modules::hints::{self, Chosen};
use crate::sync::modules::images::{PackageImages, pin, wanted_of};
use crate::sync::modules::material::{RelocatedChart, WantedImage, filter_of};
use crate::sync::modules::problems::{
    finding_problem, missing_problem, relocate_problem, unnamed_problem, value_edit,
};
use crate::sync::options::SyncOptions;
use crate::sync::report::ValueEdit;

/// Everything wanted so far.
pub(super) struct Collector<'a> {
    options: &'a SyncOptions,
    pub(super) problems: Vec<Problem>,
    /// By what they are put under.
    pub(super) images: BTreeMap<String, WantedImage>,
    /// By name and version.
    pub(super) charts: BTreeMap<(String, String), RelocatedChart>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(options: &'a SyncOptions, problems: Vec<Problem>) -> Self {
        Self { options, problems, images: BTreeMap::new(), charts: BTreeMap::new() }
    }

    /// A chart with its images.
    pub(super) fn module(&mut self, contents: &Contents, chart: &Chart) {
        let filter = filter_of(&self.options.selection, chart.name());
        let skip_images =
            self.options.skip_images || filter.is_some_and(|filter| filter.skip_images);
        let images = PackageImages::new(&contents.bundle);
        let chosen = match hints::choose(contents, chart, &images) {
            Ok(chosen) => chosen,
            Err(problems) => return self.problems.extend(problems),
        };
        if !skip_images {
            self.raise_faults(contents);
        }
        if chosen.hints.hints.is_empty() {
            self.add_chart(&contents.bundle, chart, Vec::new());
            if !skip_images {
                self.unnamed_images(&images, &[], chart, chosen.is_derived);
            }
            return;
        }
        if self.options.relocation.rules().is_empty() && !skip_images {
            let origin = &contents.bundle.origin;
            return self.problems.push(Problem::error(ProblemKind::NoRelocationRule, origin, ""));
        }
        let Some(plan) = self.plan(chart, &chosen, &images) else { return };
        if !skip_images {
            let covered = self.hinted_images(&contents.bundle, &plan, &images, chosen.is_derived);
            self.unnamed_images(&images, &covered, chart, chosen.is_derived);
        }
        self.problems.extend(leftover_problems(&plan));
        let edits = plan.edits.iter().map(value_edit).collect();
        self.add_chart(&contents.bundle, &plan.chart, edits);
    }

    /// Images without a chart: each goes where the rules send its own name.
    pub(super) fn images_alone(&mut self, contents: &Contents) {
        self.raise_faults(contents);
        let images = PackageImages::new(&contents.bundle);
        for image in images.except(&[]) {
            self.loose_image(image);
        }
    }

    fn raise_faults(&mut self, contents: &Contents) {
        for fault in &contents.faults {
            if fault.concerns(self.options.platform.as_ref()) {
                fault.raise(&mut self.problems);
            }
        }
    }

    fn plan(
        &mut self,
        chart: &Chart,
        chosen: &Chosen,
        images: &PackageImages<'_>,
    ) -> Option<RelocationPlan> {
        let platform = self.options.platform.as_ref();
        let digests = |reference: &Reference| images.digest(reference, platform);
        let relocation = &self.options.relocation;
        // A tag may name more platforms tomorrow than this package has; a digest would tie the chart to these.
        let tagless = match relocation.rules().compat {
            Compat::ChartsSyncer => Tagless::PinDigest(&digests),
            Compat::Ferry => Tagless::KeepTag,
        };
        match relocate::plan(chart, &chosen.hints, &Options { relocation, tagless }) {
            Ok(plan) => {
                self.problems.extend(plan.findings.iter().map(finding_problem));
                Some(plan)
            }
            Err(errors) => {
                self.problems.extend(errors.iter().map(relocate_problem));
                None
            }
        }
    }

    /// The images that hints lead to. Gives their places.
    fn hinted_images(
        &mut self,
        bundle: &Bundle,
        plan: &RelocationPlan,
        images: &PackageImages<'_>,
        is_derived: bool,
    ) -> Vec<usize> {
        let mut covered = Vec::new();
        for mapping in &plan.images {
            let places = hints::places(images, &mapping.source, mapping.printed.as_ref());
            if !places.is_empty() {
                covered.extend_from_slice(places);
                self.add_image(&mapping.source, &mapping.target, &images.at(places));
            } else if !is_derived {
                // What a lock names and the wrap lacks is a fault already.
                self.problems.push(missing_problem(bundle, &mapping.source, &mapping.place));
            }
        }
        covered
    }

    /// Images that nothing names. With hints they are not needed. Without, the chart may still name them in a way that
    /// was not found: they are pushed, and the operator is told.
    fn unnamed_images(
        &mut self,
        images: &PackageImages<'_>,
        covered: &[usize],
        chart: &Chart,
        is_derived: bool,
    ) {
        for image in images.except(covered) {
            if is_derived {
                self.problems.push(unnamed_problem(ProblemKind::HintsAbsent, image, chart));
                self.loose_image(image);
            } else {
                self.problems.push(unnamed_problem(ProblemKind::ImageUnreferenced, image, chart));
            }
        }
    }

    fn loose_image(&mut self, image: &Image) {
        if image.names.is_empty() {
            self.invalid_name(&image.member, "the image has no name".into());
        }
        for name in &image.names {
            match name.parse::<Reference>() {
                Ok(source) if name.contains(['/', ':', '@']) => self.relocate_loose(&source, image),
                Ok(_) => {
                    let detail = format!("`{name}` is only a tag, not a name");
                    self.invalid_name(&image.member, detail);
                }
                Err(error) => self.invalid_name(&image.member, chain(&error)),
            }
        }
    }

    fn invalid_name(&mut self, member: &str, detail: String) {
        self.problems.push(Problem::error(ProblemKind::ManifestInvalid, member, detail));
    }

    fn relocate_loose(&mut self, source: &Reference, image: &Image) {
        match self.options.relocation.apply(source).reference(source) {
            Ok(target) => self.add_image(source, &target, &[image]),
            Err(error) => {
                let kind = ProblemKind::HintUnrenderable;
                self.problems.push(Problem::error(kind, source.to_string(), chain(&error)));
            }
        }
    }

    fn add_image(&mut self, source: &Reference, target: &Reference, images: &[&Image]) {
        if let Some(registry) = &self.options.registry
            && registry.host != target.registry()
        {
            let detail = format!("it would go to {target}, the registry is {}", registry.host);
            let kind = ProblemKind::NoRelocationRule;
            return self.problems.push(Problem::error(kind, source.to_string(), detail));
        }
        let outcome = self.wanted(source, target, images).and_then(|wanted| {
            let key = put_under(target);
            let Some(known) = self.images.get_mut(&key) else {
                let (source, target) = (source.clone(), target.clone());
                self.images.insert(key, WantedImage { source, target, wanted });
                return Ok(());
            };
            // Platforms of one image belong together; two images do not, whatever their platforms.
            if put_under(&known.source) != put_under(source) {
                let other = wanted.manifests.iter().find(|built| !known.wanted.has(built));
                return other
                    .map_or(Ok(()), |rival| Err(collision(&known.source, source, target, rival)));
            }
            let joined = known.wanted.join(wanted);
            joined.map_err(|rival| collision(&known.source, source, target, &rival))
        });
        self.problems.extend(outcome.err());
    }

    /// What is to be put under a target.
    fn wanted(
        &self,
        source: &Reference,
        target: &Reference,
        images: &[&Image],
    ) -> Result<Wanted, Problem> {
        let platform = self.options.platform.as_ref();
        let wanted = wanted_of(images, platform)
            .map_err(|rival| collision(source, source, target, &rival))?;
        let mut wanted = wanted.ok_or_else(|| {
            let platform = platform.map(ToString::to_string).unwrap_or_default();
            let detail = format!("the package has no image for {platform}");
            Problem::error(ProblemKind::PlatformMismatch, source.to_string(), detail)
        })?;
        pin(&mut wanted, target).map_err(|digest| {
            let detail = format!("the package has {digest} under this name");
            Problem::error(ProblemKind::DigestUnavailable, source.to_string(), detail)
        })?;
        Ok(wanted)
    }

    fn add_chart(&mut self, bundle: &Bundle, chart: &Chart, edits: Vec<ValueEdit>) {
        let packaged = match packaged(bundle, chart, &edits) {
            Ok(packaged) => packaged,
            Err(detail) => {
                let problem = Problem::error(ProblemKind::ChartInvalid, &bundle.origin, detail);
                return self.problems.push(problem);
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

/// Values that still name a registry the chart's images came from, and another one than they go to.
fn leftover_problems(plan: &RelocationPlan) -> Vec<Problem> {
    let moved =
        plan.images.iter().filter(|image| image.source.registry() != image.target.registry());
    let registries: BTreeSet<&str> = moved.map(|image| image.source.registry()).collect();
    let problem = |left: &relocate::Leftover| {
        let detail = format!("`{}` still names {}", left.path, left.value);
        Problem::warning(ProblemKind::RegistryLeft, format!("{}:{}", left.file, left.line), detail)
    };
    relocate::leftovers(&plan.chart, &registries).iter().map(problem).collect()
}

/// What an image is put under: its tag, or its digest when it has no tag. Two names with one tag meet there.
fn put_under(target: &Reference) -> String {
    match target.tag() {
        Some(tag) => format!("{}:{tag}", target.without_identifier()),
        None => target.to_string(),
    }
}

fn collision(first: &Reference, second: &Reference, target: &Reference, rival: &Built) -> Problem {
    let rival = &rival.descriptor;
    let platform =
        rival.platform.as_ref().map_or_else(|| "an unknown platform".into(), ToString::to_string);
    let detail = format!(
        "{first} and {second} would both be {target} for {platform}, with different content ({})",
        rival.digest
    );
    Problem::error(ProblemKind::Collision, target.to_string(), detail)
}

/// The chart's archive: the vendor's own where nothing changed.
fn packaged(bundle: &Bundle, chart: &Chart, edits: &[ValueEdit]) -> Result<PackagedChart, String> {
    let archive = match &bundle.chart {
        Some(ChartContent::Archive(file)) if edits.is_empty() => file.bytes.clone(),
        _ => relocate::package(chart).map_err(|error| chain(&error))?.into(),
    };
    PackagedChart::new(archive, chart.metadata.to_json()).map_err(|error| chain(&error))
}
