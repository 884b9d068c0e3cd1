//! Opening a package: the archive, its charts, the names of its images, and what is wrong with any of them.

mod lock;

use std::path::Path;
use std::sync::Arc;

use bundle::{Bundle, ChartContent, Finding, FindingKind, Package, PackageError};
use helm::Chart;
use oci::{ContentError, Platform, Reference};

use crate::problem::{Error, Phase, Problem, ProblemKind, Severity, chain};

/// A package with its charts loaded and its images named.
pub(crate) struct Opened {
    pub(crate) package: Arc<Package>,
    /// One for each bundle.
    pub(crate) contents: Vec<Contents>,
    /// What is wrong, as far as headers, charts and small files tell. Faults are among them.
    pub(crate) problems: Vec<Problem>,
}

/// A bundle that was looked into.
pub(crate) struct Contents {
    /// As it was found, but for the images: those of a wrap have the names its `Images.lock` gives them, and the
    /// platforms of one name are one image.
    pub(crate) bundle: Bundle,
    /// `None` when there is none or it cannot be loaded.
    pub(crate) chart: Option<Chart>,
    /// The images that `Images.lock` names, there or not.
    pub(crate) locked: Vec<Reference>,
    /// What stands in the way of its images.
    pub(crate) faults: Vec<Fault>,
}

/// Something that is wrong with images. A warning to those who do without these images, an error to the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The warning.
    pub(crate) problem: Problem,
    /// The only platform it matters for.
    pub(crate) platform: Option<Platform>,
}

impl Fault {
    /// Makes the warning an error.
    pub(crate) fn raise(&self, problems: &mut Vec<Problem>) {
        let raised = Problem { severity: Severity::Error, ..self.problem.clone() };
        match problems.iter_mut().find(|known| **known == self.problem || **known == raised) {
            Some(known) => *known = raised,
            None => problems.push(raised),
        }
    }

    /// Whether it matters for images of this platform; `None`: of any.
    pub(crate) fn concerns(&self, platform: Option<&Platform>) -> bool {
        match (&self.platform, platform) {
            (Some(own), Some(wanted)) => own.is_same(wanted),
            _ => true,
        }
    }
}

impl Opened {
    /// Each bundle with its chart.
    pub(crate) fn bundles(&self) -> impl Iterator<Item = (&Bundle, Option<&Chart>)> {
        self.contents.iter().map(|contents| (&contents.bundle, contents.chart.as_ref()))
    }

    /// What is wrong, for a report that says by itself what no checksum file covers.
    pub(crate) fn problems_but_checksums(&self) -> Vec<Problem> {
        let is_told = |problem: &&Problem| problem.kind != ProblemKind::ChecksumAbsent;
        self.problems.iter().filter(is_told).cloned().collect()
    }
}

/// Opens a package and loads its charts, away from the threads that answer the network.
pub(crate) async fn open_package(path: &Path) -> Result<Opened, Error> {
    open_then(path, load).await
}

/// Opens a package whose content will be asked for in any order: a compressed one gets seek points.
pub(crate) async fn open_for_serving(path: &Path) -> Result<Opened, Error> {
    open_then(path, |package| load(package.with_seek_points())).await
}

async fn open_then(path: &Path, load: fn(Package) -> Opened) -> Result<Opened, Error> {
    let path = path.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        bundle::open(&path).map(load).map_err(|error| package_error(&path, &error))
    });
    opened.await.map_err(|error| {
        Error::new(Phase::Read, Problem::error(ProblemKind::Internal, "open", error.to_string()))
    })?
}

fn load(package: Package) -> Opened {
    let mut problems: Vec<Problem> = package.findings().iter().map(finding_problem).collect();
    let mut contents = Vec::with_capacity(package.bundles().len());
    for bundle in package.bundles() {
        let chart = load_chart(bundle).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        let named = lock::name_images(bundle);
        problems.extend(named.notes);
        for fault in &named.faults {
            if !problems.contains(&fault.problem) {
                problems.push(fault.problem.clone());
            }
        }
        let mut bundle = bundle.clone();
        bundle.images = named.images;
        contents.push(Contents { bundle, chart, locked: named.locked, faults: named.faults });
    }
    problems.extend(platform_problems(&package, &contents));
    problems.extend(checksum_note(&package, &contents));
    Opened { package: Arc::new(package), contents, problems }
}

/// Images are checked by their digests whatever happens; charts and hints only by the checksum file of the package.
fn checksum_note(package: &Package, contents: &[Contents]) -> Option<Problem> {
    let has_charts = contents.iter().any(|contents| contents.bundle.chart.is_some());
    let is_covered = package.unchecked().is_empty() && !package.checksums().is_empty();
    if !has_charts || is_covered {
        return None;
    }
    let names: Vec<_> = package.unchecked().iter().map(|path| path.display().to_string()).collect();
    let detail = match names.as_slice() {
        [] => "a directory has no checksum".to_owned(),
        [only] if *only == package.path().display().to_string() => String::new(),
        names => names.join(", "),
    };
    let subject = package.path().display().to_string();
    Some(Problem::info(ProblemKind::ChecksumAbsent, subject, detail))
}

fn load_chart(bundle: &Bundle) -> Result<Option<Chart>, Problem> {
    let chart = match &bundle.chart {
        None => return Ok(None),
        Some(ChartContent::Files(files)) => {
            Chart::from_files(files.iter().map(chart_file).collect())
        }
        Some(ChartContent::Archive(file)) => Chart::from_archive(&file.bytes),
    };
    chart
        .map(Some)
        .map_err(|error| Problem::error(ProblemKind::ChartInvalid, &bundle.origin, chain(&error)))
}

fn chart_file(file: &bundle::ChartFile) -> helm::File {
    helm::File { path: file.path.clone(), data: file.bytes.clone() }
}

/// Images for another architecture than the package's name promises. The name decides nothing: it is a warning.
fn platform_problems(package: &Package, contents: &[Contents]) -> Vec<Problem> {
    let name = package
        .path()
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let Some(promised) = architecture_in(&name) else { return Vec::new() };
    let images = contents.iter().flat_map(|contents| &contents.bundle.images);
    let mut problems = Vec::new();
    for image in images {
        let platforms: Vec<_> =
            image.manifests.iter().filter_map(|manifest| manifest.platform.as_ref()).collect();
        if !platforms.is_empty()
            && platforms.iter().all(|platform| platform.architecture != promised)
        {
            let subject = image.names.first().unwrap_or(&image.member).clone();
            let detail = format!("it is for {}, the package's name says {promised}", platforms[0]);
            problems.push(Problem::warning(ProblemKind::PlatformMismatch, subject, detail));
        }
    }
    problems
}

fn architecture_in(name: &str) -> Option<&'static str> {
    let words: Vec<&str> = name.split(['_', '-', '.']).collect();
    let has = |spellings: &[&str]| words.iter().any(|word| spellings.contains(word));
    match (has(&["amd64", "x86_64", "x64"]), has(&["arm64", "aarch64"])) {
        (true, false) => Some("amd64"),
        (false, true) => Some("arm64"),
        _ => None,
    }
}

/// That the package is still what was opened.
pub(crate) fn file_state_problem(package: &Package) -> Option<Problem> {
    package.files().iter().find_map(|file| {
        let same = std::fs::metadata(&file.path).is_ok_and(|now| {
            now.len() == file.size && now.modified().is_ok_and(|at| at == file.modified)
        });
        (!same).then(|| {
            Problem::error(ProblemKind::PackageChanged, file.path.display().to_string(), "")
        })
    })
}

/// A blob that is not what it should be, named by its member.
pub(crate) fn content_problem(error: &ContentError, member: &str) -> Problem {
    let kind = match error {
        ContentError::Digest { .. } => ProblemKind::BlobDigestMismatch,
        ContentError::Size { .. } => ProblemKind::BlobSizeMismatch,
        _ => ProblemKind::PackageUnreadable,
    };
    Problem::error(kind, member, chain(error))
}

fn package_error(path: &Path, error: &PackageError) -> Error {
    let subject = match error {
        PackageError::Io { member, .. }
        | PackageError::Truncated { member, .. }
        | PackageError::Corrupt { member, .. }
        | PackageError::UnsafeMember { member, .. }
        | PackageError::Duplicate { member }
        | PackageError::TooLarge { member, .. }
        | PackageError::Invalid { member, .. } => member.clone(),
        _ => path.display().to_string(),
    };
    Error::new(Phase::Read, Problem::error(package_error_kind(error), subject, chain(error)))
}

fn package_error_kind(error: &PackageError) -> ProblemKind {
    match error {
        PackageError::NotFound { .. } => ProblemKind::PackageNotFound,
        PackageError::NotAPackage { .. } => ProblemKind::NotAPackage,
        PackageError::NothingFound { .. } => ProblemKind::NothingFound,
        PackageError::Truncated { .. } => ProblemKind::ArchiveTruncated,
        PackageError::Corrupt { .. } => ProblemKind::ArchiveCorrupt,
        PackageError::UnsafeMember { .. } => ProblemKind::UnsafeMember,
        PackageError::Duplicate { .. } => ProblemKind::DuplicateMember,
        PackageError::TooLarge { .. } => ProblemKind::LimitExceeded,
        PackageError::Invalid { .. } => ProblemKind::ManifestInvalid,
        _ => ProblemKind::PackageUnreadable,
    }
}

fn finding_problem(finding: &Finding) -> Problem {
    let kind = match &finding.kind {
        FindingKind::NoChart => ProblemKind::ChartMissing,
        FindingKind::Missing(_)
        | FindingKind::ForeignLayer(_)
        | FindingKind::SparseIndex { .. } => ProblemKind::BlobMissing,
        FindingKind::Digest { .. } => ProblemKind::BlobDigestMismatch,
        FindingKind::Size { .. } => ProblemKind::BlobSizeMismatch,
        FindingKind::Platform { .. } => ProblemKind::PlatformMismatch,
        FindingKind::ChecksumName(_) => ProblemKind::ChecksumNamesOther,
        FindingKind::Checksum(_) => ProblemKind::ChecksumUnreadable,
        FindingKind::Unreferenced
        | FindingKind::Artifacts
        | FindingKind::NotAnArchive(_)
        | FindingKind::PassedOver(_)
        | FindingKind::Copy(_)
        | FindingKind::UnknownField(_) => ProblemKind::MemberIgnored,
        _ => ProblemKind::ManifestInvalid,
    };
    let detail = chain(&finding.kind);
    match finding.severity {
        bundle::Severity::Error => Problem::error(kind, &finding.member, detail),
        bundle::Severity::Warning => Problem::warning(kind, &finding.member, detail),
    }
}
