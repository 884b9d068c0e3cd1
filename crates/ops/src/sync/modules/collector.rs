//! What is wanted, put together bundle by bundle. Problems are collected: all of them are told at once.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use bundle::{Bundle, ChartContent, Image};
use chart_repository::PackagedChart;
use helm::Chart;
use oci::{Compat, Digest, Reference};
use relocate::{Options, RelocationPlan, Tagless};

use crate::open::Contents;
use crate::problem::{Problem, ProblemKind, chain};
use crate::sync::modules::hints::{self, Chosen};
use crate::sync::modules::images::{PackageImages, Place, pin, wanted_of};
use crate::sync::modules::material::{RelocatedChart, WantedImage, filter_of};
use crate::sync::modules::problems::{
    finding_problem, missing_problem, unnamed_problem, value_edit,
};
use crate::sync::modules::rendered::{self, Case, Rendering};
use crate::sync::options::SyncOptions;
use crate::sync::report::ValueEdit;
use crate::sync::wanted::Built;

/// Everything wanted so far.
pub(super) struct Collector<'a> {
    options: &'a SyncOptions,
    pub(super) problems: Vec<Problem>,
    /// By what they are put under.
    pub(super) images: BTreeMap<String, WantedImage>,
    /// By name and version.
    pub(super) charts: BTreeMap<(String, String), RelocatedChart>,
    /// The images that a chart names.
    covered: BTreeSet<Place>,
}

/// A bundle and the images its chart can mean.
#[derive(Clone, Copy)]
pub(super) struct Module<'a> {
    pub(super) contents: &'a Contents,
    pub(super) images: PackageImages<'a, 'a>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(options: &'a SyncOptions, problems: Vec<Problem>) -> Self {
        let (images, charts, covered) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { options, problems, images, charts, covered }
    }

    /// A chart and the images it names. Those that are left are for [`Self::unnamed_images`], when all charts were
    /// looked at: another one may name them.
    pub(super) fn module(&mut self, module: Module<'_>, chart: &Chart) -> Option<IsDerived> {
        let Module { contents, images } = module;
        let skip_images = self.skips_images(chart);
        let chosen = match hints::choose(contents, chart, images) {
            Ok(chosen) => chosen,
            Err(problems) => {
                self.problems.extend(problems);
                return None;
            }
        };
        if !skip_images {
            self.raise_faults(contents);
        }
        let unnamed = (!skip_images).then_some(IsDerived(chosen.is_derived));
        if chosen.hints.hints.is_empty() {
            if !skip_images && !images.is_empty() {
                let rendering = self.render(chart);
                self.missing_images(rendering.as_ref(), &[], images);
            }
            self.add_chart(&contents.bundle, chart, Vec::new());
            return unnamed;
        }
        if self.options.relocation.rules().is_empty() && !skip_images {
            let origin = &contents.bundle.origin;
            self.problems.push(Problem::error(ProblemKind::NoRelocationRule, origin, ""));
            return None;
        }
        let rendering = self.render(chart);
        let plan = self.plan(chart, &chosen, images, rendering.as_ref())?;
        if !skip_images {
            let known: Vec<&Reference> = plan.images.iter().flat_map(names_of).collect();
            self.missing_images(rendering.as_ref(), &known, images);
            self.hinted_images(module, &plan, chosen.is_derived);
        }
        self.problems.extend(leftover_problems(&plan));
        let edits = plan.edits.iter().map(value_edit).collect();
        self.add_chart(&contents.bundle, &plan.chart, edits);
        unnamed
    }

    fn skips_images(&self, chart: &Chart) -> bool {
        let filter = filter_of(&self.options.selection, chart.name());
        self.options.skip_images || filter.is_some_and(|filter| filter.skip_images)
    }

    /// Images without a chart: each goes where the rules send its own name. Where charts are chosen by name, only those
    /// that these name are meant.
    pub(super) fn images_without_chart(&mut self, module: Module<'_>) {
        let Module { contents, images } = module;
        if self.options.selection.charts.is_empty() && !self.options.skip_images {
            self.raise_faults(contents);
            for image in images.except(&BTreeSet::new()) {
                self.loose_image(image);
            }
        } else if !contents.bundle.images.is_empty() && !images.has_any(&self.covered) {
            let detail = "its images belong to no chosen chart";
            let kind = ProblemKind::MemberIgnored;
            self.problems.push(Problem::warning(kind, &contents.bundle.origin, detail));
        }
    }

    fn raise_faults(&mut self, contents: &Contents) {
        for fault in &contents.faults {
            if fault.concerns(self.options.platform.as_ref()) {
                fault.raise(&mut self.problems);
            }
        }
    }

    /// The chart's objects, as far as it has any without values of the user.
    fn render(&mut self, chart: &Chart) -> Option<Rendering> {
        let rendering = Rendering::of(chart);
        self.problems.extend(rendered::note(chart, &rendering));
        rendering.ok()
    }

    /// Images that the chart would run and no package has.
    fn missing_images(
        &mut self,
        rendering: Option<&Rendering>,
        hinted: &[&Reference],
        images: PackageImages<'_, '_>,
    ) {
        if let Some(rendering) = rendering {
            self.problems.extend(rendered::missing(rendering, hinted, images));
        }
    }

    fn plan(
        &mut self,
        chart: &Chart,
        chosen: &Chosen,
        images: PackageImages<'_, '_>,
        rendering: Option<&Rendering>,
    ) -> Option<RelocationPlan> {
        let platform = self.options.platform.as_ref();
        let digests = |reference: &Reference| images.digest(reference, platform);
        let relocation = &self.options.relocation;
        // A tag may name more platforms tomorrow than this package has; a digest would tie the chart to these.
        let tagless = match relocation.rules().compat {
            Compat::ChartsSyncer => Tagless::PinDigest(&digests),
            Compat::Ferry => Tagless::KeepTag,
        };
        let options = Options { relocation, tagless };
        let Chosen { hints, is_derived } = chosen;
        let case = Case { chart, hints, options, package: images, is_derived: *is_derived };
        match case.plan(rendering) {
            Ok(plan) => {
                if let Some(rendering) = rendering {
                    self.problems.extend(case.unhinted(rendering, &plan));
                }
                self.problems.extend(plan.findings.iter().map(finding_problem));
                Some(plan)
            }
            Err(errors) => {
                self.problems.extend(errors);
                None
            }
        }
    }

    /// The images that hints lead to.
    fn hinted_images(&mut self, module: Module<'_>, plan: &RelocationPlan, is_derived: bool) {
        let Module { contents, images } = module;
        let (mut has_images, mut missing) = (contents.bundle.has_images_member, Vec::new());
        for mapping in &plan.images {
            let places = hints::places(images, &mapping.source, mapping.printed.as_ref());
            if !places.is_empty() {
                has_images = true;
                let pinned = mapping.says.digest();
                let names = Names { source: &mapping.source, target: &mapping.target, pinned };
                self.add_image(names, &images.at(&places));
                self.covered.extend(places);
            } else if !is_derived {
                // What a lock names and the wrap lacks is a fault already.
                missing.push(mapping);
            }
        }
        let problem = |mapping: &relocate::ImagePlan| {
            missing_problem(has_images, &mapping.source, &mapping.place)
        };
        self.problems.extend(missing.into_iter().map(problem));
    }

    /// Images of a bundle with a chart that no chart names. With hints they are not needed. Without, the chart may
    /// still name them in a way that was not found: they are pushed, and the operator is told.
    pub(super) fn unnamed_images(
        &mut self,
        module: Module<'_>,
        chart: &Chart,
        IsDerived(is_derived): IsDerived,
    ) {
        let unnamed: Vec<&Image> = module.images.except(&self.covered).collect();
        for image in unnamed {
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
            Ok(target) => {
                let names = Names { source, target: &target, pinned: target.digest() };
                self.add_image(names, &[image]);
            }
            Err(error) => {
                let kind = ProblemKind::HintUnrenderable;
                self.problems.push(Problem::error(kind, source.to_string(), chain(&error)));
            }
        }
    }

    fn add_image(&mut self, names: Names<'_>, images: &[&Image]) {
        let Names { source, target, .. } = names;
        if let Some(registry) = &self.options.registry
            && registry.host != target.registry()
        {
            let detail = format!("it would go to {target}, the registry is {}", registry.host);
            let kind = ProblemKind::NoRelocationRule;
            return self.problems.push(Problem::error(kind, source.to_string(), detail));
        }
        let outcome =
            self.wanted(names, images).and_then(|new| match self.images.entry(put_under(target)) {
                Entry::Vacant(place) => {
                    place.insert(new);
                    Ok(())
                }
                Entry::Occupied(mut known) => join(known.get_mut(), new),
            });
        self.problems.extend(outcome.err());
    }

    /// What is to be put under a target.
    fn wanted(&self, names: Names<'_>, images: &[&Image]) -> Result<WantedImage, Problem> {
        let Names { source, target, pinned } = names;
        let platform = self.options.platform.as_ref();
        let wanted = wanted_of(images, platform)
            .map_err(|rival| collision(source, source, target, &rival))?;
        let mut wanted = wanted.ok_or_else(|| {
            let platform = platform.map(ToString::to_string).unwrap_or_default();
            let detail = format!("the package has no image for {platform}");
            Problem::error(ProblemKind::PlatformMismatch, source.to_string(), detail)
        })?;
        let mut pins = BTreeMap::new();
        if let Some(digest) = pinned {
            let pinned = pin(&mut wanted, target, digest).map_err(|found| {
                let detail = format!("the package has {found} under this name");
                Problem::error(ProblemKind::DigestUnavailable, source.to_string(), detail)
            })?;
            pins.insert(digest.clone(), pinned);
        }
        Ok(WantedImage { source: source.clone(), target: target.clone(), wanted, pins })
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

/// Whether a chart's hints were found by searching its values: nobody gave any.
#[derive(Clone, Copy)]
pub(super) struct IsDerived(bool);

/// The names of an image.
#[derive(Clone, Copy)]
struct Names<'a> {
    /// In the package.
    source: &'a Reference,
    /// In the registry.
    target: &'a Reference,
    /// The digest that the chart names it by.
    pinned: Option<&'a Digest>,
}

/// Puts together what two charts or packages want under one target.
fn join(known: &mut WantedImage, new: WantedImage) -> Result<(), Problem> {
    let WantedImage { source, target, wanted, pins } = new;
    // Platforms of one image belong together; two images do not, whatever their platforms.
    if put_under(&known.source) != put_under(&source) {
        if let Some(rival) = wanted.manifests.iter().find(|built| !known.wanted.has(built)) {
            return Err(collision(&known.source, &source, &target, rival));
        }
    } else if let Err(rival) = known.wanted.join(wanted) {
        return Err(collision(&known.source, &source, &target, &rival));
    }
    known.pins.extend(pins);
    Ok(())
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
    // A path of the new registry may be called like the old one.
    let is_written = |left: &&relocate::Leftover| {
        plan.edits.iter().any(|edit| edit.file == left.file && edit.path.join(".") == left.path)
    };
    let left = relocate::leftovers(&plan.chart, &registries);
    left.iter().filter(|left| !is_written(left)).map(problem).collect()
}

/// The names that a chart can have for an image.
fn names_of(image: &relocate::ImagePlan) -> impl Iterator<Item = &Reference> {
    [Some(&image.source), image.printed.as_ref()].into_iter().flatten()
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
