//! How a command ends when it does not end well.

use ops::{Error, Phase, Problem, ProblemKind};

/// Why a command did not do what it should.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Problems to be explained.
    Operation(Error),
    /// Whoever read our output has gone (`| head`): nothing to say, and no failure.
    BrokenPipe,
}

impl Failure {
    /// One problem with the command line.
    pub(crate) fn usage(subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::problem(Phase::Configure, ProblemKind::Usage, subject, detail)
    }

    /// One problem.
    pub(crate) fn problem(
        phase: Phase,
        kind: ProblemKind,
        subject: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self::Operation(Error::new(phase, Problem::error(kind, subject, detail)))
    }

    /// An operating system error with a local file.
    pub(crate) fn local(path: &std::path::Path, error: &std::io::Error) -> Self {
        let kind = io_kind(error);
        Self::problem(Phase::Configure, kind, path.display().to_string(), error.to_string())
    }
}

/// The kind of problem behind an operating system error with one of our own files.
pub(crate) fn io_kind(error: &std::io::Error) -> ProblemKind {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            ProblemKind::PermissionDenied
        }
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            ProblemKind::DiskFull
        }
        _ => ProblemKind::LocalIo,
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Operation(error)
    }
}
