//! `sync`: images to a registry, charts to a chart repository.
//!
//! [`read`](modules) → [`plan`] → [`execute`]: nothing is written before the plan is complete and free of errors.

mod charts;
pub(crate) mod decide;
mod execute;
mod jobs;
mod journal;
pub(crate) mod modules;
pub(crate) mod options;
pub(crate) mod place;
pub(crate) mod plan;
mod projects;
pub(crate) mod report;
mod survey;
pub(crate) mod targets;
pub(crate) mod wanted;

use std::sync::Arc;

use crate::problem::Error;
use crate::sync::journal::Journal;
use crate::sync::options::SyncOptions;
use crate::sync::report::SyncReport;
use crate::{Event, Phase, Progress};

/// Brings the images and charts of packages to their targets.
///
/// With [`SyncOptions::dry_run`] the report is the plan, and nothing was touched.
pub async fn sync(options: SyncOptions, progress: Progress) -> Result<SyncReport, Error> {
    progress.emit(Event::Phase(Phase::Read));
    let material = modules::read(&options).await?;
    progress.emit(Event::Phase(Phase::Plan));
    let targets = Box::pin(targets::open(&options, &progress)).await?;
    if options.dry_run {
        let plan = Box::pin(plan::plan(material, targets, &options)).await?;
        plan.tell_notes(&progress);
        return Ok(plan.report());
    }
    // Before the plan: what another run writes while this one decides would make the decision stale.
    let journal = Arc::new(Journal::open(&options.state_directory, &targets.name(&options))?);
    let plan = Box::pin(plan::plan(material, targets, &options)).await?;
    plan.tell_notes(&progress);
    Box::pin(execute::execute(plan, journal, &options, &progress)).await
}
