//! What can be wrong with a chart and its hints, in the words of the operations.

use bundle::Image;
use helm::Chart;
use oci::Reference;
use relocate::{Finding, HintError, HintPlace, RelocateError};

use crate::problem::{Problem, ProblemKind, chain};
use crate::sync::report::ValueEdit;

pub(super) fn hint_problem(error: &HintError) -> Problem {
    Problem::error(ProblemKind::HintInvalid, error.place.to_string(), chain(error))
}

/// A hint names an image that is not there; whether there are any for the chart.
pub(super) fn missing_problem(has_images: bool, image: &Reference, place: &HintPlace) -> Problem {
    let kind = if has_images { ProblemKind::ImageMissing } else { ProblemKind::ImagesAbsent };
    Problem::error(kind, image.to_string(), format!("named by {place}"))
}

/// An image that no hint names, or, without hints, no value.
pub(super) fn unnamed_problem(kind: ProblemKind, image: &Image, chart: &Chart) -> Problem {
    let subject = image.names.first().unwrap_or(&image.member);
    if kind == ProblemKind::ImageUnreferenced {
        return Problem::info(kind, subject, "");
    }
    let detail = format!("no value of {} {} names it exactly", chart.name(), chart.version());
    Problem::warning(kind, subject, detail)
}

pub(super) fn finding_problem(finding: &Finding) -> Problem {
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

pub(super) fn relocate_problem(error: &RelocateError) -> Problem {
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
        RelocateError::TooManyValues { .. } => ProblemKind::LimitExceeded,
        _ => ProblemKind::ValueNotWritable,
    };
    let text = chain(error);
    let (subject, detail) = text.split_once(": ").unwrap_or((&text, ""));
    Problem::error(kind, subject, detail)
}

pub(super) fn value_edit(edit: &relocate::ValueEdit) -> ValueEdit {
    ValueEdit {
        file: edit.file.clone(),
        path: edit.path.join("."),
        before: edit.line.map(|_| edit.old.clone()),
        after: edit.new.clone(),
    }
}
