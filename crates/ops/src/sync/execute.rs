//! Carrying out a plan: blobs, then manifests and tags, then charts, then a look at what arrived.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use oci::{Artifact, Descriptor, Digest};
use registry_client::{ManifestId, Registry, Repository, UploadSession};

use crate::checksum::check_checksum;
use crate::network::request_problem;
use crate::open::file_state_problem;
use crate::problem::{Error, Phase, Problem, ProblemKind};
use crate::sync::charts;
use crate::sync::jobs::{BlobJob, is_sequential};
use crate::sync::journal::{CheckedFile, Journal};
use crate::sync::options::SyncOptions;
use crate::sync::place::{Placed, Placer};
use crate::sync::plan::{LOOKS_AT_A_TIME, PlannedImage, SyncPlan};
use crate::sync::projects;
use crate::sync::report::{ImageAction, ImageReport, SyncReport};
use crate::{BlobOutcome, Event, Progress};

/// How long the clearing of uploads that earlier runs left may take.
const CLEARING: Duration = Duration::from_secs(10);

/// Does what the plan says. When it fails before the first tag, nothing refers to what is in place; after that, what
/// has a tag is complete. Either way the next run goes on.
pub(crate) async fn execute(
    plan: SyncPlan,
    journal: Arc<Journal>,
    options: &SyncOptions,
    progress: &Progress,
) -> Result<SyncReport, Error> {
    let mut report = SyncReport { dry_run: false, ..plan.report() };
    progress.emit(Event::Phase(Phase::Push));
    let bytes = report.totals.blob_bytes;
    progress.emit(Event::Planned { images: plan.images.len(), blobs: plan.jobs.len(), bytes });

    projects::create(&plan, options).await?;
    let checksums = Checksums::of(&plan, &journal);
    // A wrong checksum ends the uploads early; a failed upload ends the reading.
    let (placed, checked) = tokio::try_join!(
        push_blobs(&plan, &journal, options, progress),
        checksums.settle(&journal)
    )?;
    count(&plan, &placed, options.deep, &mut report);
    for opened in &plan.packages {
        if let Some(problem) = file_state_problem(&opened.package) {
            return Err(Error::new(Phase::Push, problem));
        }
    }
    put_manifests(&plan, options, progress).await?;
    check_the_others(&plan).await?;

    progress.emit(Event::Phase(Phase::Publish));
    charts::publish(&plan, options, &mut report, progress).await?;
    // Best effort, and bounded: everything that matters is done.
    let _ = tokio::time::timeout(CLEARING, clear_leftovers(&plan, &journal)).await;
    journal.compact(&checked)?;
    Ok(report)
}

/// The sha512 of every file that has a checksum file, computed while blobs are sent.
struct Checksums {
    /// Each with what is remembered when it was right; nothing for a file that cannot be looked at, which is checked all
    /// the same.
    open: Vec<(bundle::Checksum, Option<CheckedFile>)>,
    cancel: Arc<AtomicBool>,
}

impl Checksums {
    /// Those that no earlier run has settled.
    fn of(plan: &SyncPlan, journal: &Journal) -> Self {
        let all = plan.packages.iter().flat_map(|opened| opened.package.checksums());
        let with_file = all.map(|checksum| (checksum.clone(), CheckedFile::of(checksum)));
        let is_open = |file: &Option<CheckedFile>| {
            !file.as_ref().is_some_and(|file| journal.is_checked(file))
        };
        let open = with_file.filter(|(_, file)| is_open(file)).collect();
        Self { open, cancel: Arc::default() }
    }

    /// Reads the files. Afterwards every one is what its checksum file says.
    async fn settle(self, journal: &Journal) -> Result<Vec<CheckedFile>, Error> {
        let mut checked = Vec::new();
        for (checksum, file) in &self.open {
            let check = check_checksum(checksum.clone(), Arc::clone(&self.cancel)).await;
            check.map_err(|problem| Error::new(Phase::Push, problem))?;
            if let Some(file) = file {
                journal.checked(file.clone())?;
                checked.push(file.clone());
            }
        }
        Ok(checked)
    }
}

impl Drop for Checksums {
    fn drop(&mut self) {
        // A run that failed does not wait for the rest of the file.
        self.cancel.store(true, Ordering::Relaxed);
    }
}

/// Brings every blob to every repository that needs it.
async fn push_blobs(
    plan: &SyncPlan,
    journal: &Arc<Journal>,
    options: &SyncOptions,
    progress: &Progress,
) -> Result<BTreeMap<Digest, Vec<Placed>>, Error> {
    let Some(registry) = &plan.registry else { return Ok(BTreeMap::new()) };
    let placer = Placer { registry, packages: &plan.packages, journal, progress };
    let (ordered, free): (Vec<&BlobJob>, Vec<&BlobJob>) =
        plan.jobs.iter().partition(|job| is_sequential(&plan.packages[job.package]));
    let mut everywhere = BTreeMap::new();
    // A compressed package hands out one blob after the other, in its own order.
    for (jobs, at_a_time) in [(free, options.concurrency.max(1)), (ordered, 1)] {
        let run = stream::iter(jobs).map(|job| placer.place(job)).buffer_unordered(at_a_time);
        let done: Vec<(Digest, Vec<Placed>)> =
            run.try_collect().await.map_err(|problem| Error::new(Phase::Push, problem))?;
        everywhere.extend(done);
    }
    Ok(everywhere)
}

/// Adds what happened to blobs to the images that needed them. A blob counts for the first of its repository.
fn count(
    plan: &SyncPlan,
    placed: &BTreeMap<Digest, Vec<Placed>>,
    deep: bool,
    report: &mut SyncReport,
) {
    for (digest, places) in placed {
        for place in places {
            report.totals.count(place.outcome, place.sent);
            let uses = |image: &&PlannedImage| {
                image.target.repository() == place.repository
                    && image
                        .needed(deep)
                        .any(|built| built.manifest.blobs().any(|blob| blob.digest == *digest))
            };
            let image = plan.images.iter().position(|image| uses(&image));
            if let Some(image) = image.and_then(|at| report.images.get_mut(at)) {
                count_image(image, place);
            }
        }
    }
}

fn count_image(image: &mut ImageReport, place: &Placed) {
    image.sent += place.sent;
    match place.outcome {
        BlobOutcome::Mounted => image.mounted += 1,
        BlobOutcome::Present => image.present += 1,
        _ => {}
    }
}

/// Manifests by digest, then the tag, then a look whether the tag is what it should be. All blobs are in place.
async fn put_manifests(
    plan: &SyncPlan,
    options: &SyncOptions,
    progress: &Progress,
) -> Result<(), Error> {
    let Some(registry) = &plan.registry else { return Ok(()) };
    let changed = plan.images.iter().filter(|image| image.decision.is_change());
    let puts = changed.map(|image| async move {
        put_image(registry, image).await.map_err(|problem| Error::new(Phase::Push, problem))?;
        progress.emit(Event::ImageDone { target: image.target.to_string() });
        Ok::<(), Error>(())
    });
    stream::iter(puts).buffer_unordered(options.concurrency.max(1)).try_collect().await
}

/// That the tags nothing was put under still are what they were: a chart that names them is about to be published. Only
/// after something was sent; else they have just been looked at.
async fn check_the_others(plan: &SyncPlan) -> Result<(), Error> {
    let Some(registry) = plan.registry.as_ref().filter(|_| !plan.jobs.is_empty()) else {
        return Ok(());
    };
    let is_relied_on = |image: &&PlannedImage| {
        image.decision.root.is_none() && image.decision.action != ImageAction::Keep
    };
    let looks = plan.images.iter().filter(is_relied_on).map(|image| async move {
        let target = image.target.to_string();
        let fail = |error: registry_client::Error| request_problem(&target, &error);
        let repository = registry.repository(image.target.repository()).map_err(fail)?;
        let there = repository.resolve(&image.id()).await.map_err(fail)?;
        check_unchanged(image, there.as_ref())
    });
    let looked = stream::iter(looks).buffer_unordered(LOOKS_AT_A_TIME).try_collect().await;
    looked.map_err(|problem| Error::new(Phase::Push, problem))
}

/// That nobody else has set the tag since the plan was made.
fn check_unchanged(image: &PlannedImage, there: Option<&Descriptor>) -> Result<(), Problem> {
    if there.map(|descriptor| &descriptor.digest) == image.found.as_ref() {
        return Ok(());
    }
    let detail = "it changed while this run was under way; nothing was written over it, run again to decide anew";
    Err(Problem::error(ProblemKind::TagConflict, image.target.to_string(), detail))
}

async fn put_image(registry: &Registry, image: &PlannedImage) -> Result<(), Problem> {
    let target = image.target.to_string();
    let fail = |error: registry_client::Error| request_problem(&target, &error);
    let repository = registry.repository(image.target.repository()).map_err(fail)?;
    for child in &image.decision.children {
        let (descriptor, raw) = (&child.descriptor, child.raw.clone());
        let id = ManifestId::Digest(descriptor.digest.clone());
        repository.put_manifest(&id, &descriptor.media_type, raw).await.map_err(fail)?;
    }
    for index in &image.decision.beside {
        let id = ManifestId::Digest(Digest::of(index.raw()));
        let raw = index.raw().clone();
        repository.put_manifest(&id, index.media_type(), raw).await.map_err(fail)?;
    }
    if let Some(root) = &image.decision.root {
        put_root(&repository, image, root).await?;
    }
    for digest in &image.pins {
        let id = ManifestId::Digest(digest.clone());
        if repository.resolve(&id).await.map_err(fail)?.is_none() {
            let detail = format!("the chart names it by {digest}, which is not there");
            return Err(Problem::error(ProblemKind::NotArrived, target, detail));
        }
    }
    Ok(())
}

/// The document under its tag, unless somebody else has been there since the plan was made.
async fn put_root(
    repository: &Repository,
    image: &PlannedImage,
    root: &Artifact,
) -> Result<(), Problem> {
    let target = image.target.to_string();
    let fail = |error: registry_client::Error| request_problem(&target, &error);
    let tag = image.id();
    let there = repository.resolve(&tag).await.map_err(fail)?;
    check_unchanged(image, there.as_ref())?;
    let raw = root.raw().clone();
    repository.put_manifest(&tag, root.media_type(), raw).await.map_err(fail)?;
    let found = repository.resolve(&tag).await.map_err(fail)?.map(|descriptor| descriptor.digest);
    if found.as_ref() == Some(&image.decision.digest) {
        return Ok(());
    }
    let found = found.map_or_else(|| "nothing".to_owned(), |digest| digest.to_string());
    let detail = format!("the tag names {found}, {} was pushed", image.decision.digest);
    Err(Problem::error(ProblemKind::NotArrived, target, detail))
}

/// Ends the uploads of earlier runs that this one did not continue (their blobs arrived in another way). They are only
/// garbage in the registry's store: that one cannot be cleared changes nothing.
async fn clear_leftovers(plan: &SyncPlan, journal: &Journal) {
    let Some(registry) = &plan.registry else { return };
    for (repository, digest, location) in journal.all_unfinished() {
        let is_continued = plan.jobs.iter().any(|job| {
            job.descriptor.digest == *digest
                && job.repositories.first().is_some_and(|first| first == repository)
        });
        if !is_continued && let Ok(handle) = registry.repository(repository) {
            let _ = handle.cancel_upload(&UploadSession::noted(location)).await;
        }
    }
}
