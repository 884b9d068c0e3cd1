//! What is wrong with a package that can be read.

use std::fmt;

use oci::{Digest, ManifestError, Platform};

/// One thing that is wrong. All of them are collected, so that they can be named at once.
#[derive(Debug)]
pub struct Finding {
    /// Whether the package may be used in spite of it.
    pub severity: Severity,
    /// Where: `file › member › member`, or the name of an image.
    pub member: String,
    /// What.
    pub kind: FindingKind,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Warning,
    /// Content is missing, damaged or contradicts itself. **Nothing may be published from such a package**: the image
    /// or chart in question is not among what the package hands out.
    Error,
}

/// What a [`Finding`] is about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindingKind {
    /// A chart directory of a bundle without `Chart.yaml`.
    #[error("the chart has no Chart.yaml")]
    NoChart,
    /// A member that the image or layout names is not there.
    #[error("`{0}` is named and is not in the package")]
    Missing(String),
    /// A blob that is checked when the package is opened (manifest, index or config) has other bytes than its digest
    /// says.
    #[error("the content has digest {found}, expected {expected}")]
    Digest {
        /// What it is called.
        expected: Digest,
        /// What it is.
        found: Digest,
    },
    /// A descriptor and the member it names differ in size.
    #[error("the content has {found} bytes, expected {expected}")]
    Size {
        /// What the descriptor says.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// A manifest, index or config that cannot be one.
    #[error("the document is not valid")]
    Document(#[source] ManifestError),
    /// An index in an index in a layout.
    #[error("the index lists another index")]
    NestedIndex,
    /// An index lists a manifest that the layout does not have, and nothing says that this is meant (see
    /// [`crate::SPARSE_ANNOTATION`]).
    #[error("the index lists {digest}{}, which is not in the package", for_platform(platform.as_ref()))]
    SparseIndex {
        /// The missing manifest.
        digest: Digest,
        /// What it is for.
        platform: Option<Platform>,
    },
    /// The index says one platform, the config another.
    #[error("the index says {index}, the image config {config}")]
    Platform {
        /// In the index.
        index: Platform,
        /// In the config.
        config: Platform,
    },
    /// A layer that must be had from its `urls`, which an air gap does not let pass.
    #[error("the layer {0} is not in the package and lives elsewhere")]
    ForeignLayer(Digest),
    /// An image name with control characters.
    #[error("an image name holds control characters: `{}`", .0.escape_debug())]
    Name(String),
    /// Two images of one bundle and one platform have the same name.
    #[error("the name `{0}` stands for two images of one platform")]
    AmbiguousName(String),
    /// A field that image archives do not have.
    #[error("the unknown field `{}` was not looked at", .0.escape_debug())]
    UnknownField(String),
    /// A member that nothing refers to and that does not belong to the format.
    #[error("nothing refers to this member")]
    Unreferenced,
    /// Signatures and metadata of a wrap, which are not carried on.
    #[error("signatures and metadata of a wrap are not looked at")]
    Artifacts,
    /// A file called like an archive that is none.
    #[error("it is called like an archive and is {0}")]
    NotAnArchive(&'static str),
    /// A link or the like, in an archive that is no package or beside the packages in a directory.
    #[error("it was passed over: {0}")]
    PassedOver(&'static str),
    /// The same bundle is there again.
    #[error("this is the same bundle as `{0}`")]
    Copy(String),
    /// The checksum file is for another name.
    #[error("the checksum is for `{}`", .0.escape_debug())]
    ChecksumName(String),
    /// The checksum file cannot be used.
    #[error("the checksum file cannot be used: {0}")]
    Checksum(&'static str),
}

fn for_platform(platform: Option<&Platform>) -> String {
    platform.map_or_else(String::new, |platform| format!(" for {platform}"))
}

impl Finding {
    pub(crate) fn error(member: impl Into<String>, kind: FindingKind) -> Self {
        Self { severity: Severity::Error, member: member.into(), kind }
    }

    pub(crate) fn warning(member: impl Into<String>, kind: FindingKind) -> Self {
        Self { severity: Severity::Warning, member: member.into(), kind }
    }

    /// Whether it forbids to publish anything from the package.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.member, self.kind)
    }
}
