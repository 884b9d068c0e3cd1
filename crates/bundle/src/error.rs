//! Why a package cannot be read.

use std::io;
use std::path::PathBuf;

use oci::ManifestError;

/// A fault that stops the reading of a package. What leaves the rest readable is a [`crate::Finding`].
///
/// `member` names the place as `file › member › member`. `offset` is in bytes: in the file on disk, or, below a
/// compressed file or member, in its decompressed content (the faults of the compression itself count compressed
/// bytes).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// There is no such file or directory.
    #[error("there is no `{}`", path.display())]
    NotFound {
        /// What was asked for.
        path: PathBuf,
    },
    /// The operating system says no.
    #[error("`{member}` cannot be read")]
    Io {
        /// Where.
        member: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Something else than a package.
    #[error("`{}` is {seen}, not a package", path.display())]
    NotAPackage {
        /// The file.
        path: PathBuf,
        /// What its first bytes look like, with an article.
        seen: &'static str,
    },
    /// An archive or directory in order, with no chart and no image in it.
    #[error("`{}` holds no bundle, no chart and no images", path.display())]
    NothingFound {
        /// What was opened.
        path: PathBuf,
    },
    /// There are fewer bytes than announced: a download or a copy that was cut.
    #[error("`{member}` ends too early, at byte {offset}")]
    Truncated {
        /// Where.
        member: String,
        /// Where it ends, or where the part that is not complete begins.
        offset: u64,
    },
    /// Bytes that cannot be right.
    #[error("`{member}` is damaged at byte {offset}: {reason}")]
    Corrupt {
        /// Where.
        member: String,
        /// Which byte.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// A name or a kind of member that no honest package has: it leads out of the package, or means different things
    /// to different readers.
    #[error("`{member}` is refused: {reason}")]
    UnsafeMember {
        /// Which one, with control characters escaped.
        member: String,
        /// Why.
        reason: &'static str,
    },
    /// Two members of one name with different content: readers disagree on which one counts.
    #[error("`{member}` is there twice, with different content")]
    Duplicate {
        /// The name.
        member: String,
    },
    /// More than any real package has.
    #[error("`{member}` has {what} above the limit of {limit}")]
    TooLarge {
        /// Where.
        member: String,
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: u64,
    },
    /// The caller stopped it (see [`crate::Progress`]).
    #[error("the opening was stopped at `{member}`")]
    Cancelled {
        /// Where.
        member: String,
    },
    /// A document of the package does not say what it should.
    #[error("`{member}` is not valid")]
    Invalid {
        /// Which document.
        member: String,
        /// What is wrong with it.
        #[source]
        source: InvalidDocument,
    },
}

/// What is wrong with a document.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDocument {
    /// Not JSON, or JSON of another shape.
    #[error("it is not the JSON it should be")]
    Json(#[source] serde_json::Error),
    /// Not a manifest or index.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// `index.json` of a layout holds a manifest.
    #[error("it is a manifest where an index must be")]
    NotAnIndex,
    /// The layout has another version than `1.0.0`.
    #[error("its layout version is `{0}`, only 1.0.0 is known")]
    LayoutVersion(String),
}

impl PackageError {
    pub(crate) fn corrupt(
        member: impl Into<String>,
        offset: u64,
        reason: impl Into<String>,
    ) -> Self {
        Self::Corrupt { member: member.into(), offset, reason: reason.into() }
    }

    /// The error for a failed read of `member` at `offset`.
    pub(crate) fn reading(member: &str, offset: u64, error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return Self::Truncated { member: member.into(), offset };
        }
        let error = match error.downcast::<DecodeFault>() {
            Ok(fault) => return fault.0,
            Err(error) => error,
        };
        Self::Io { member: member.into(), source: error }
    }
}

/// A [`PackageError`] on its way through [`io::Read`].
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct DecodeFault(pub(crate) PackageError);

impl From<DecodeFault> for io::Error {
    fn from(fault: DecodeFault) -> Self {
        Self::new(io::ErrorKind::InvalidData, fault)
    }
}
