//! Opening a package: the archive, its charts, and what is wrong with either.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bundle::{Bundle, ChartContent, ChecksumError, Finding, FindingKind, Package, PackageError};
use helm::Chart;
use oci::ContentError;

use crate::problem::{Error, Phase, Problem, ProblemKind, chain};

/// A package with its charts loaded.
pub(crate) struct Opened {
    pub(crate) package: Arc<Package>,
    /// For each bundle its chart; `None` when it has none or it cannot be loaded.
    charts: Vec<Option<Chart>>,
    /// What is wrong, as far as headers, charts and small files tell.
    pub(crate) problems: Vec<Problem>,
}

impl Opened {
    /// Each bundle with its chart.
    pub(crate) fn bundles(&self) -> impl Iterator<Item = (&Bundle, Option<&Chart>)> {
        self.package
            .bundles()
            .iter()
            .zip(&self.charts)
            .map(|(bundle, chart)| (bundle, chart.as_ref()))
    }
}

/// Opens a package and loads its charts, away from the threads that answer the network.
pub(crate) async fn open_package(path: &Path) -> Result<Opened, Error> {
    let path = path.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        let package = bundle::open(&path).map_err(|error| package_error(&path, &error))?;
        Ok(load(package))
    });
    opened.await.map_err(|error| {
        Error::new(Phase::Read, Problem::error(ProblemKind::Internal, "open", error.to_string()))
    })?
}

fn load(package: Package) -> Opened {
    let mut problems: Vec<Problem> = package.findings().iter().map(finding_problem).collect();
    let charts = package.bundles().iter().map(|bundle| {
        let chart = match bundle.chart.as_ref()? {
            ChartContent::Files(files) => Chart::from_files(files.iter().map(chart_file).collect()),
            ChartContent::Archive(file) => Chart::from_archive(&file.bytes),
        };
        chart
            .map_err(|error| {
                problems.push(Problem::error(
                    ProblemKind::ChartInvalid,
                    &bundle.origin,
                    chain(&error),
                ))
            })
            .ok()
    });
    let charts = charts.collect();
    problems.extend(platform_problems(&package));
    Opened { package: Arc::new(package), charts, problems }
}

fn chart_file(file: &bundle::ChartFile) -> helm::File {
    helm::File { path: file.path.clone(), data: file.bytes.clone() }
}

/// Images for another architecture than the package's name promises. The name decides nothing: it is a warning.
fn platform_problems(package: &Package) -> Vec<Problem> {
    let name = package
        .path()
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let Some(promised) = architecture_in(&name) else { return Vec::new() };
    let images = package.bundles().iter().flat_map(|bundle| &bundle.images);
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

/// Compares every file of a package with the checksum file beside it. Reads those files whole; `cancel` ends that early.
pub(crate) async fn check_checksums(
    package: Arc<Package>,
    cancel: Arc<AtomicBool>,
) -> Result<(), Problem> {
    let subject = package.path().display().to_string();
    let checked = tokio::task::spawn_blocking(move || {
        package.checksums().iter().try_for_each(|checksum| checksum.verify(&checksum.file, &cancel))
    });
    match checked.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            let kind = match &error {
                ChecksumError::Mismatch { .. } => ProblemKind::ChecksumMismatch,
                ChecksumError::Cancelled { .. } => ProblemKind::Interrupted,
                _ => ProblemKind::PackageUnreadable,
            };
            Err(Problem::error(kind, subject, chain(&error)))
        }
        Err(error) => Err(Problem::error(ProblemKind::Internal, subject, error.to_string())),
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
