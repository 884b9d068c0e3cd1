//! `chart diff`: what changes between two versions of a chart with the same values.

mod fields;
mod objects;
mod values;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use self::fields::FieldChange;
pub use self::objects::{CrdChange, ImageChange, ObjectChange, WhatHappened};
pub use self::values::{DefaultChange, Renaming, Setting, UnknownKey, ValuesChange};
use crate::images::render::{RenderArguments, Renderer};
use crate::images::{Loaded, load};
use crate::inspect::given;
use crate::problem::{Error, Phase, Problem, ProblemKind};

/// What `chart diff` is asked to do.
#[derive(Clone, Debug)]
pub struct ChartDiffOptions {
    /// The older chart, or a package with one.
    pub before: PathBuf,
    /// The newer one.
    pub after: PathBuf,
    /// What both are rendered with.
    pub arguments: RenderArguments,
}

/// What changes from one chart to another.
#[derive(Clone, Debug, Serialize)]
pub struct ChartDiffReport {
    /// The older chart.
    pub before: ChartSide,
    /// The newer one.
    pub after: ChartSide,
    /// Images that come, go and change.
    pub images: Vec<ImageChange>,
    /// Objects, hooks included, that come, go and change.
    pub objects: Vec<ObjectChange>,
    /// Custom resource definitions, wherever in the chart they are.
    pub crds: Vec<CrdChange>,
    /// Keys of the values.
    pub values: ValuesChange,
}

/// One of two charts.
#[derive(Clone, Debug, Serialize)]
pub struct ChartSide {
    /// As it was named, or where in the package it is.
    pub origin: String,
    /// Chart name.
    pub name: String,
    /// Chart version.
    pub version: String,
    /// Version of what it installs.
    pub app_version: Option<String>,
}

/// Renders two charts with the same values and compares everything.
pub async fn chart_diff(options: &ChartDiffOptions) -> Result<ChartDiffReport, Error> {
    let renderer = Renderer::new(&options.arguments)?;
    let before = only_chart(&options.before).await?;
    let after = only_chart(&options.after).await?;
    let outcomes = [&before, &after].map(|side| {
        renderer.render(&side.chart).map_err(|text| {
            let subject =
                format!("{} {} ({})", side.chart.name(), side.chart.version(), side.origin);
            Problem::error(ProblemKind::ChartNotRendered, subject, text)
        })
    });
    let [old, new] = match outcomes {
        [Ok(old), Ok(new)] => [old, new],
        failed => {
            let problems: Vec<Problem> = failed.into_iter().filter_map(Result::err).collect();
            return Err(Error { phase: Phase::Read, problems });
        }
    };
    let compared = objects::compare(&old, &new);
    Ok(ChartDiffReport {
        images: compared.images,
        objects: compared.objects,
        crds: compared.crds,
        values: values::compare(&before.chart, &after.chart, &renderer.values),
        before: side(before),
        after: side(after),
    })
}

async fn only_chart(path: &Path) -> Result<Loaded, Error> {
    let mut charts = load(path).await?;
    if let (Some(chart), true) = (charts.pop(), charts.is_empty()) {
        return Ok(chart);
    }
    let detail = format!("{} charts", charts.len() + 1);
    let subject = path.display().to_string();
    let problem = Problem::error(ProblemKind::ChartAmbiguous, subject, detail);
    Err(Error::new(Phase::Read, problem))
}

fn side(loaded: Loaded) -> ChartSide {
    let Loaded { origin, chart } = loaded;
    ChartSide {
        origin,
        name: chart.name().into(),
        version: chart.version().into(),
        app_version: given(&chart.metadata.app_version),
    }
}
