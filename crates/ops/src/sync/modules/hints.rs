//! The hints of a chart: those it came with, or those its images let us find.

use std::collections::BTreeSet;

use helm::Chart;
use oci::Reference;
use relocate::{HintedImage, Hints};

use crate::open::{Contents, Opened};
use crate::problem::{Problem, ProblemKind};
use crate::sync::modules::images::{InputImages, PackageImages, Place};
use crate::sync::modules::problems::{
    hint_problem, missing_problem, relocate_problem, unnamed_problem,
};

/// Where charts keep their hints.
const IN_CHART: &str = ".relok8s-images.yaml";

/// Hints and where they come from.
pub(super) struct Chosen {
    pub(super) hints: Hints,
    /// Whether nobody gave any, and the values were searched for the images of the package.
    pub(super) is_derived: bool,
}

/// The hints of a bundle; without a hints file, those inside the chart; without any, those that lead to its images.
pub(super) fn choose(
    contents: &Contents,
    chart: &Chart,
    images: PackageImages<'_, '_>,
) -> Result<Chosen, Vec<Problem>> {
    let given = given(contents, chart)?;
    if !given.hints.is_empty() || (images.is_empty() && contents.locked.is_empty()) {
        return Ok(Chosen { hints: given, is_derived: false });
    }
    let is_image = |reference: &Reference| {
        !images.find(reference).is_empty() || contents.locked.contains(reference)
    };
    let hints = relocate::derive_hints(chart, &is_image)
        .map_err(|errors| errors.iter().map(relocate_problem).collect::<Vec<_>>())?;
    Ok(Chosen { hints, is_derived: true })
}

fn given(contents: &Contents, chart: &Chart) -> Result<Hints, Vec<Problem>> {
    let parsed = match (&contents.bundle.hints, chart.file(IN_CHART)) {
        (Some(hints), _) => Hints::parse(&hints.bytes, &hints.member),
        (None, Some(bytes)) => Hints::parse(bytes, IN_CHART),
        (None, None) => Hints::parse(b"", IN_CHART),
    };
    parsed.map_err(|errors| errors.iter().map(hint_problem).collect())
}

/// The places of the images that a hint leads to. charts-syncer packed the image that Helm prints, `x:1.3` for an
/// unquoted 1.30.
pub(super) fn places(
    images: PackageImages<'_, '_>,
    source: &Reference,
    printed: Option<&Reference>,
) -> Vec<Place> {
    match (images.find(source), printed) {
        (found, Some(printed)) if found.is_empty() => images.find(printed),
        (found, _) => found,
    }
}

/// For `verify`: whether every hint names an image that is there, every image of a lock is there, and every image is
/// named. `problems` are those found so far.
pub(crate) fn check_images(opened: &Opened, problems: &mut Vec<Problem>) {
    let input = InputImages::new(&opened.contents);
    let mut charts = Vec::new();
    for (own, contents) in opened.contents.iter().enumerate() {
        for fault in &contents.faults {
            fault.raise(problems);
        }
        if let Some(chart) = &contents.chart {
            let images = input.of_bundle(own);
            match check_chart(contents, chart, images) {
                Ok(checked) => charts.push((chart, images, checked)),
                Err(found) => problems.extend(found),
            }
        }
    }
    let covered: BTreeSet<Place> =
        charts.iter().flat_map(|(_, _, checked)| checked.covered.iter().copied()).collect();
    for (chart, images, checked) in charts {
        let kind = checked.kind_of_unnamed;
        problems.extend(checked.problems);
        let unnamed = images.except(&covered);
        problems.extend(unnamed.map(|image| unnamed_problem(kind, image, chart)));
    }
}

/// What hints lead to.
struct Checked {
    problems: Vec<Problem>,
    covered: Vec<Place>,
    /// What it means for an image that nothing names it.
    kind_of_unnamed: ProblemKind,
}

fn check_chart(
    contents: &Contents,
    chart: &Chart,
    images: PackageImages<'_, '_>,
) -> Result<Checked, Vec<Problem>> {
    let chosen = choose(contents, chart, images)?;
    let hinted = relocate::hinted_images(chart, &chosen.hints)
        .map_err(|errors| errors.iter().map(relocate_problem).collect::<Vec<_>>())?;
    let mut problems = Vec::new();
    let mut covered = Vec::new();
    let mut missing = Vec::new();
    for image in hinted {
        match image {
            Err(error) => problems.push(relocate_problem(&error)),
            Ok(HintedImage { place, source, printed, .. }) => {
                let places = places(images, &source, printed.as_ref());
                // What a lock names and the wrap lacks is a fault already.
                if places.is_empty() && !chosen.is_derived {
                    missing.push((source, place));
                }
                covered.extend(places);
            }
        }
    }
    let has_images = contents.bundle.has_images_member || !covered.is_empty();
    let missing = missing.iter().map(|(source, place)| missing_problem(has_images, source, place));
    problems.splice(0..0, missing);
    let kind_of_unnamed =
        if chosen.is_derived { ProblemKind::HintsAbsent } else { ProblemKind::ImageUnreferenced };
    Ok(Checked { problems, covered, kind_of_unnamed })
}
