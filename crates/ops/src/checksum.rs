//! The sha512 of a download, beside it in a file of its own.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bundle::{Checksum, ChecksumError};

use crate::problem::{Problem, ProblemKind, chain};

/// Reads the file a checksum is for and compares. `cancel` ends that early.
pub(crate) async fn check_checksum(
    checksum: Checksum,
    cancel: Arc<AtomicBool>,
) -> Result<(), Problem> {
    let subject = checksum.file.display().to_string();
    let checked =
        tokio::task::spawn_blocking(move || checksum.verify(&checksum.file, &cancel)).await;
    match checked {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Problem::error(kind(&error), subject, chain(&error))),
        Err(error) => Err(Problem::error(ProblemKind::Internal, subject, error.to_string())),
    }
}

fn kind(error: &ChecksumError) -> ProblemKind {
    match error {
        ChecksumError::Mismatch { .. } => ProblemKind::ChecksumMismatch,
        ChecksumError::Cancelled { .. } => ProblemKind::Interrupted,
        _ => ProblemKind::PackageUnreadable,
    }
}
