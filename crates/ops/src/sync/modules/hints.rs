//! The hints of a chart: those it came with, or those its images let us find.

use helm::Chart;
use oci::Reference;
use relocate::{HintedImage, Hints};

use crate::open::{Contents, Opened};
use crate::problem::{Problem, ProblemKind};
use crate::sync::modules::images::PackageImages;
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
    images: &PackageImages<'_>,
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
pub(super) fn places<'a>(
    images: &'a PackageImages<'_>,
    source: &Reference,
    printed: Option<&Reference>,
) -> &'a [usize] {
    match (images.find(source), printed) {
        ([], Some(printed)) => images.find(printed),
        (found, _) => found,
    }
}

/// For `verify`: whether every hint names an image that is there, every image of a lock is there, and every image is
/// named. `problems` are those found so far.
pub(crate) fn check_images(opened: &Opened, problems: &mut Vec<Problem>) {
    for contents in &opened.contents {
        for fault in &contents.faults {
            fault.raise(problems);
        }
        if let Some(chart) = &contents.chart {
            let found = check_chart(contents, chart).unwrap_or_else(|found| found);
            problems.extend(found);
        }
    }
}

fn check_chart(contents: &Contents, chart: &Chart) -> Result<Vec<Problem>, Vec<Problem>> {
    let images = PackageImages::new(&contents.bundle);
    let chosen = choose(contents, chart, &images)?;
    let hinted = relocate::hinted_images(chart, &chosen.hints)
        .map_err(|errors| errors.iter().map(relocate_problem).collect::<Vec<_>>())?;
    let mut problems = Vec::new();
    let mut covered = Vec::new();
    for image in hinted {
        match image {
            Err(error) => problems.push(relocate_problem(&error)),
            Ok(HintedImage { place, source, printed, .. }) => {
                let places = places(&images, &source, printed.as_ref());
                covered.extend_from_slice(places);
                // What a lock names and the wrap lacks is a fault already.
                if places.is_empty() && !chosen.is_derived {
                    problems.push(missing_problem(&contents.bundle, &source, &place));
                }
            }
        }
    }
    let kind =
        if chosen.is_derived { ProblemKind::HintsAbsent } else { ProblemKind::ImageUnreferenced };
    problems.extend(images.except(&covered).map(|image| unnamed_problem(kind, image, chart)));
    Ok(problems)
}
