//! The plan of a sync: everything that will be written, decided before anything is.

use std::collections::BTreeSet;

use chart_repository::ChartRepository;
use futures_util::{StreamExt as _, stream};
use oci::{Digest, Reference};
use registry_client::{ManifestId, Registry};

use crate::network::request_problem;
use crate::open::Opened;
use crate::problem::{Error, Phase, Problem, ProblemKind};
use crate::sync::charts;
use crate::sync::decide::{Built, Conflict, Decision, Remote, decide};
use crate::sync::jobs::{BlobJob, blob_jobs};
use crate::sync::modules::{Material, WantedImage};
use crate::sync::options::SyncOptions;
use crate::sync::place::in_registry;
use crate::sync::projects::{self, MissingProject, project_of};
use crate::sync::report::{ChartAction, ChartReport, ImageReport, SyncReport, Totals, ValueEdit};
use crate::sync::survey::survey;
use crate::sync::targets::Targets;
use crate::{Event, Progress};

/// Tags that are asked for at a time. These are small requests: more at once only helps.
pub(crate) const LOOKS_AT_A_TIME: usize = 8;

/// Everything a sync will do.
pub(crate) struct SyncPlan {
    /// The packages the content comes from.
    pub(crate) packages: Vec<Opened>,
    /// The tags.
    pub(crate) images: Vec<PlannedImage>,
    /// The blobs below them.
    pub(crate) jobs: Vec<BlobJob>,
    /// The charts.
    pub(crate) charts: Vec<PlannedChart>,
    /// Where images go.
    pub(crate) registry: Option<Registry>,
    /// Where charts go.
    pub(crate) repository: Option<ChartRepository>,
    /// Projects to create first.
    pub(crate) projects: Vec<MissingProject>,
    /// Worth knowing.
    pub(crate) notes: Vec<Problem>,
}

/// One tag.
pub(crate) struct PlannedImage {
    pub(crate) source: Reference,
    pub(crate) target: Reference,
    pub(crate) decision: Decision,
    /// The digests that charts name it by: each has to be there afterwards, behind the tag or beside it.
    pub(crate) pins: Vec<Digest>,
    /// What was behind the tag when this was decided. Anything else there at the time of writing is somebody else's.
    pub(crate) found: Option<Digest>,
}

impl PlannedImage {
    /// The manifests whose blobs have to be there: those that will be put and, with `deep`, those that are.
    pub(crate) fn needed(&self, deep: bool) -> impl Iterator<Item = &Built> {
        let is_needed = move |built: &&Built| {
            let digest = &built.descriptor.digest;
            let is_child =
                self.decision.children.iter().any(|child| child.descriptor.digest == *digest);
            deep || is_child || (self.decision.root.is_some() && self.decision.digest == *digest)
        };
        self.decision.pushed.iter().filter(is_needed)
    }

    /// What the image is put under: its tag, or, for a reference pinned by digest alone, that digest.
    pub(crate) fn id(&self) -> ManifestId {
        manifest_id(&self.target)
    }

    fn report(&self) -> ImageReport {
        ImageReport {
            source: self.source.clone(),
            target: self.target.clone(),
            digest: self.decision.digest.clone(),
            platforms: self.decision.platforms(),
            action: self.decision.action,
            sent: 0,
            mounted: 0,
            present: 0,
        }
    }
}

/// One chart version.
pub(crate) struct PlannedChart {
    pub(crate) chart: chart_repository::PackagedChart,
    pub(crate) origin: String,
    pub(crate) action: ChartAction,
    pub(crate) url: Option<String>,
    pub(crate) edits: Vec<ValueEdit>,
}

impl PlannedChart {
    fn report(&self) -> ChartReport {
        ChartReport {
            name: self.chart.name().into(),
            version: self.chart.version().into(),
            origin: self.origin.clone(),
            digest: self.chart.digest().clone(),
            url: self.url.clone(),
            action: self.action,
            edits: if self.action.is_ours() { self.edits.clone() } else { Vec::new() },
        }
    }
}

impl SyncPlan {
    /// The plan as a report of a run that did nothing yet.
    pub(crate) fn report(&self) -> SyncReport {
        let blob_bytes = self.jobs.iter().map(|job| job.descriptor.size).sum();
        SyncReport {
            dry_run: true,
            images: self.images.iter().map(PlannedImage::report).collect(),
            charts: self.charts.iter().map(PlannedChart::report).collect(),
            totals: Totals { blobs: self.jobs.len(), blob_bytes, ..Totals::default() },
            notes: self.notes.clone(),
            next: Vec::new(),
        }
    }

    /// Tells what is worth knowing.
    pub(crate) fn tell_notes(&self, progress: &Progress) {
        for note in &self.notes {
            progress.emit(Event::Note(note.clone()));
        }
    }
}

/// Looks at the targets and decides about everything. The problems of all parts are told together.
pub(crate) async fn plan(
    material: Material,
    targets: Targets,
    options: &SyncOptions,
) -> Result<SyncPlan, Error> {
    let Material { packages, images, charts, mut notes } = material;
    notes.extend(targets.notes);
    let Looked { images: planned, mut projects, problems } = match &targets.registry {
        Some(registry) => {
            look_at_images(registry, &images, targets.repository.as_ref(), options).await
        }
        None => Looked::default(),
    };
    notes.extend(problems);
    // Boxed: its state is large, and most of the time another one is awaited.
    let surveyed = Box::pin(charts::survey(targets.repository.as_ref(), charts, options)).await;
    notes.extend(surveyed.problems);
    projects.extend(surveyed.missing_project.map(MissingProject::Charts));
    notes.extend(projects::clash(&projects, options));
    notes.extend(charts::collisions(targets.repository.as_ref(), &surveyed.charts, &planned));
    notes.dedup();
    Error::check(Phase::Plan, &notes)?;
    let fail = |problem| Error::new(Phase::Plan, problem);
    if planned.is_empty() && targets.repository.is_none() {
        let detail = "there is no image to push, and no chart repository was given for the charts";
        return Err(fail(Problem::error(ProblemKind::NothingFound, "sync", detail)));
    }
    let jobs = blob_jobs(&planned, &packages, options.deep).map_err(fail)?;
    Ok(SyncPlan {
        packages,
        images: planned,
        jobs,
        charts: surveyed.charts,
        registry: targets.registry,
        repository: targets.repository,
        projects,
        notes,
    })
}

/// What was found out and decided about the images.
#[derive(Default)]
struct Looked {
    images: Vec<PlannedImage>,
    projects: Vec<MissingProject>,
    problems: Vec<Problem>,
}

async fn look_at_images(
    registry: &Registry,
    images: &[WantedImage],
    repository: Option<&ChartRepository>,
    options: &SyncOptions,
) -> Looked {
    let projects::Looked { missing, mut problems } =
        projects::missing(registry, images, repository, options).await;
    problems.extend(check_rights(registry, images, &missing).await);
    let looks = images.iter().map(|image| plan_image(registry, image, &missing, options));
    let decided: Vec<_> = stream::iter(looks).buffered(LOOKS_AT_A_TIME).collect().await;
    let mut planned = Vec::new();
    for decision in decided {
        match decision {
            Ok(image) => planned.push(image),
            Err(problem) => problems.push(problem),
        }
    }
    Looked { images: planned, projects: missing, problems }
}

/// Whether we may push, in one repository of each project: a registry that says no should say so before anything is
/// sent. Some check the right only when something is written; those say no then.
async fn check_rights(
    registry: &Registry,
    images: &[WantedImage],
    missing: &[MissingProject],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for image in images {
        let name = image.target.repository();
        if is_missing(image, missing) || !seen.insert(project_of(image)) {
            continue;
        }
        let probed = match registry.repository(name) {
            Ok(repository) => repository.probe_push().await.map(drop),
            Err(error) => Err(error),
        };
        problems.extend(
            probed.err().map(|error| request_problem(&in_registry(registry, name), &error)),
        );
    }
    problems
}

/// Whether the image's project is to be created. There is nothing in it, and asking for it could be refused.
fn is_missing(image: &WantedImage, missing: &[MissingProject]) -> bool {
    let name = project_of(image);
    missing.iter().any(|project| matches!(project, MissingProject::Images(known) if known == name))
}

async fn plan_image(
    registry: &Registry,
    image: &WantedImage,
    missing: &[MissingProject],
    options: &SyncOptions,
) -> Result<PlannedImage, Problem> {
    let (source, target) = (image.source.clone(), image.target.clone());
    let subject = in_registry(registry, target.repository());
    let fail = |error: registry_client::Error| request_problem(&subject, &error);
    let repository = registry.repository(target.repository()).map_err(fail)?;
    let is_new = is_missing(image, missing);
    let remote = if is_new {
        Remote::Absent
    } else {
        survey(&repository, &manifest_id(&target), &image.wanted).await.map_err(fail)?
    };
    let mut decision = decide(&image.wanted, &remote, options.on_conflict)
        .map_err(|conflict| conflict_problem(&target, &conflict))?;
    for (digest, pinned) in &image.pins {
        if decision.provides(digest) {
            continue;
        }
        let id = ManifestId::Digest(digest.clone());
        if is_new || repository.resolve(&id).await.map_err(fail)?.is_none() {
            decision.put_beside(pinned);
        }
    }
    let pins = image.pins.keys().cloned().collect();
    Ok(PlannedImage { source, target, decision, pins, found: remote.digest().cloned() })
}

/// A pinned reference with a tag is put under the tag: the digest follows from the content.
pub(crate) fn manifest_id(target: &Reference) -> ManifestId {
    match (target.tag(), target.digest()) {
        (None, Some(digest)) => ManifestId::Digest(digest.clone()),
        (tag, _) => {
            let latest = || "latest".parse().expect("a tag");
            ManifestId::Tag(tag.cloned().unwrap_or_else(latest))
        }
    }
}

fn conflict_problem(target: &Reference, conflict: &Conflict) -> Problem {
    let platform =
        conflict.platform.as_ref().map_or_else(|| "its platform".into(), ToString::to_string);
    let detail =
        format!("for {platform} it holds {}, the package has {}", conflict.found, conflict.wanted);
    Problem::error(ProblemKind::TagConflict, target.to_string(), detail)
}
