//! What a failed request means to an operator.

use registry_client::{Error, ErrorKind};

use crate::problem::{Problem, ProblemKind, chain};

/// A failed request as a problem with `subject`.
pub(crate) fn request_problem(subject: &str, error: &Error) -> Problem {
    Problem::error(request_kind(error), subject, chain(error))
}

/// The kind of problem a failed request is.
pub(crate) fn request_kind(error: &Error) -> ProblemKind {
    match error.kind() {
        ErrorKind::Unreachable | ErrorKind::Proxy => ProblemKind::RegistryUnreachable,
        ErrorKind::Dns | ErrorKind::DnsUnavailable => ProblemKind::HostUnknown,
        ErrorKind::TlsUntrusted => ProblemKind::TlsUntrusted,
        ErrorKind::TlsHandshake => ProblemKind::TlsFailed,
        ErrorKind::SpeaksTls => ProblemKind::TlsExpected,
        ErrorKind::SpeaksPlainHttp => ProblemKind::PlainHttpRefused,
        ErrorKind::Unauthorized => ProblemKind::Unauthorized,
        ErrorKind::Forbidden => ProblemKind::Forbidden,
        ErrorKind::ProjectUnknown | ErrorKind::RepositoryUnknown => ProblemKind::ProjectMissing,
        ErrorKind::NotFound
        | ErrorKind::ManifestUnknown
        | ErrorKind::BlobUnknown
        | ErrorKind::UploadUnknown => ProblemKind::NotFound,
        ErrorKind::PayloadTooLarge => ProblemKind::PayloadTooLarge,
        ErrorKind::TooManyRequests => ProblemKind::TooManyRequests,
        ErrorKind::ServerError => ProblemKind::ServerFailed,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ProblemKind::StorageFull,
        ErrorKind::DigestRefused | ErrorKind::DigestMismatch | ErrorKind::ManifestRefused => {
            ProblemKind::UploadRefused
        }
        ErrorKind::UnexpectedAnswer => ProblemKind::UnexpectedAnswer,
        ErrorKind::RedirectRefused | ErrorKind::RealmRefused => ProblemKind::RedirectRefused,
        ErrorKind::ConnectionLost => ProblemKind::ConnectionLost,
        ErrorKind::Timeout => ProblemKind::TimedOut,
        ErrorKind::Content => content_kind(error),
        ErrorKind::Credentials => ProblemKind::CredentialsInvalid,
        ErrorKind::Configuration | ErrorKind::InvalidRequest => ProblemKind::ConfigValue,
        _ => ProblemKind::RequestRefused,
    }
}

fn content_kind(error: &Error) -> ProblemKind {
    match error.content_error() {
        Some(oci::ContentError::Digest { .. }) => ProblemKind::BlobDigestMismatch,
        Some(oci::ContentError::Size { .. }) => ProblemKind::BlobSizeMismatch,
        _ => ProblemKind::PackageUnreadable,
    }
}
