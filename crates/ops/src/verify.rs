//! `verify`: every byte of a package against what it should be. Names every fault at once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use oci::Source as _;
use serde::Serialize;

use crate::checksum::check_checksum;
use crate::open::{Opened, content_problem, file_state_problem, open_package};
use crate::{BlobOutcome, Error, Event, Phase, Problem, ProblemKind, Progress};

/// Blobs that are read and hashed at a time.
const PARALLEL: usize = 2;

/// The outcome of a verification. It is good when no problem is an error.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyReport {
    /// The package as it was named.
    pub path: String,
    /// Charts loaded.
    pub charts: usize,
    /// Images found.
    pub images: usize,
    /// Distinct blobs read.
    pub blobs: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What the checksum file beside the package says; with several, whether all agree.
    pub checksum: ChecksumOutcome,
    /// The tars inside compressed files whose checksum is that of the tar.
    pub checked_unpacked: Vec<String>,
    /// The archives without a checksum file.
    pub unchecked: Vec<String>,
    /// Every fault.
    pub problems: Vec<Problem>,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        Error::check(Phase::Read, &self.problems).is_ok()
    }
}

/// What came of a checksum file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChecksumOutcome {
    /// There is none.
    Absent,
    /// The package has that checksum.
    Matches,
    /// It does not.
    Differs,
}

/// Verifies a package: structure, hints and locks against images, platforms, every blob, the checksum file.
///
/// An error is returned when the package cannot be opened at all; what is wrong with an open one is in the report.
pub async fn verify(path: &Path, progress: &Progress) -> Result<VerifyReport, Error> {
    progress.emit(Event::Phase(Phase::Read));
    let opened = open_package(path).await?;
    let package = &opened.package;
    let bytes = package.blobs().iter().map(|blob| blob.descriptor.size).sum();
    let images = opened.bundles().map(|(bundle, _)| bundle.images.len()).sum();
    progress.emit(Event::Planned { images, blobs: package.blobs().len(), bytes });

    let mut problems = opened.problems_but_checksums();
    crate::sync::modules::check_images(&opened, &mut problems);
    let (damaged, checksum) =
        tokio::join!(verify_blobs(&opened, progress), verify_checksum(&opened));
    problems.extend(damaged);
    let (checksum, differing) = checksum;
    problems.extend(differing);
    problems.extend(file_state_problem(package));
    crate::sync::modules::check_rendered(&opened, &mut problems);
    Ok(VerifyReport {
        path: path.display().to_string(),
        charts: opened.bundles().filter(|(_, chart)| chart.is_some()).count(),
        images,
        blobs: package.blobs().len(),
        bytes,
        checksum,
        checked_unpacked: package
            .checksums()
            .iter()
            .filter_map(bundle::Checksum::of_unpacked)
            .collect(),
        unchecked: package.unchecked().iter().map(|path| path.display().to_string()).collect(),
        problems,
    })
}

async fn verify_blobs(opened: &Opened, progress: &Progress) -> Vec<Problem> {
    use futures_util::StreamExt as _;
    let parallel = if opened.package.access() == bundle::Access::Random { PARALLEL } else { 1 };
    let checks = opened.package.blobs().iter().map(|blob| verify_blob(opened, blob, progress));
    futures_util::stream::iter(checks)
        .buffered(parallel)
        .filter_map(std::future::ready)
        .collect()
        .await
}

async fn verify_blob(opened: &Opened, blob: &bundle::Blob, progress: &Progress) -> Option<Problem> {
    let digest = blob.descriptor.digest.clone();
    let (size, member) = (blob.descriptor.size, blob.member.clone());
    progress.emit(Event::BlobStarted { digest: digest.clone(), size, member: member.clone() });
    let problem = match opened.package.fetch(&blob.descriptor) {
        Err(error) => Some(Problem::error(
            ProblemKind::PackageUnreadable,
            member,
            crate::problem::chain(&error),
        )),
        Ok(mut content) => loop {
            match content.next().await {
                None => break None,
                Some(Err(error)) => break Some(content_problem(&error, &member)),
                Some(Ok(bytes)) => {
                    progress.emit(Event::BlobProgress {
                        digest: digest.clone(),
                        bytes: bytes.len() as u64,
                    });
                }
            }
        },
    };
    let outcome = if problem.is_some() { BlobOutcome::Damaged } else { BlobOutcome::Verified };
    progress.emit(Event::BlobDone { digest, outcome });
    problem
}

/// Compares every file of the package that has a checksum file beside it.
async fn verify_checksum(opened: &Opened) -> (ChecksumOutcome, Vec<Problem>) {
    let mut problems = Vec::new();
    for checksum in opened.package.checksums() {
        let never = Arc::new(AtomicBool::new(false));
        problems.extend(check_checksum(checksum.clone(), never).await.err());
    }
    let outcome = match (opened.package.checksums(), problems.as_slice()) {
        ([], _) => ChecksumOutcome::Absent,
        (_, []) => ChecksumOutcome::Matches,
        _ => ChecksumOutcome::Differs,
    };
    (outcome, problems)
}
