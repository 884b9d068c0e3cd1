//! Why a chart cannot be published or looked for.

use std::io;

use oci::Digest;
use registry_client::RedactedUrl;

use crate::IndexError;

/// What did not work with a chart repository. Everything the explanation needs is in the fields; the answer of a server
/// is behind [`Error::network`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address does not fit the kind of repository.
    #[error("`{}` is not the address of a {kind} chart repository: {reason}", .address.escape_debug())]
    Address {
        /// The kind, as in the configuration: `HARBOR`.
        kind: &'static str,
        /// The address, without user name and password.
        address: String,
        /// What is missing or too much.
        reason: &'static str,
    },
    /// A kind that can be read only.
    #[error("a chart repository of kind HELM can be read only")]
    ReadOnly,
    /// Credentials that only a registry understands.
    #[error("a chart repository needs a user name and a password")]
    CredentialKind,
    /// A chart that cannot be published under its name and version.
    #[error("the chart `{}` cannot be published: {reason}", .chart.escape_debug())]
    Chart {
        /// Name and version, as far as known.
        chart: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Its name cannot be part of a reference in a registry.
    #[error("the chart `{}` cannot have a reference in a registry", .chart.escape_debug())]
    Reference {
        /// Name and version.
        chart: String,
        /// Why.
        #[source]
        source: oci::ReferenceError,
    },
    /// The server did not answer or refused.
    #[error("{action} failed")]
    Network {
        /// What was attempted.
        action: Action,
        /// The request and the answer.
        #[source]
        source: registry_client::Error,
    },
    /// There is an answer, but it is no chart repository's.
    #[error("{url} is not the index of a chart repository")]
    NotAnIndex {
        /// Which document.
        url: RedactedUrl,
        /// How it starts, in readable characters; at most 160.
        excerpt: String,
        /// Why it is none.
        #[source]
        source: IndexError,
    },
    /// The server answers, but has no chart repository at this address.
    #[error("there is no chart repository at {url}")]
    NoRepository {
        /// Which address.
        url: RedactedUrl,
    },
    /// The project does not exist, or this user does not see it.
    #[error("the Harbor at {host} has no project `{}`", .project.escape_debug())]
    ProjectMissing {
        /// The Harbor.
        host: String,
        /// The project.
        project: String,
    },
    /// The version is there with other content, and the policy says to fail.
    #[error("{chart} exists at {url} with other content")]
    Conflict {
        /// Name and version.
        chart: String,
        /// Where it is.
        url: String,
        /// What is there, when that can be told.
        existing: Option<Digest>,
        /// What was to be published.
        ours: Digest,
    },
    /// The version is there with other content, and the server does not let us replace it.
    #[error("the chart repository does not allow {chart} to be replaced")]
    OverwriteRefused {
        /// Name and version.
        chart: String,
        /// The answer.
        #[source]
        source: registry_client::Error,
    },
    /// The upload was accepted, and yet the repository does not show the chart.
    #[error("{chart} was accepted, but {url} does not show it")]
    NotConfirmed {
        /// Name and version.
        chart: String,
        /// Where it should be.
        url: String,
        /// What was published.
        expected: Digest,
        /// What is there instead.
        found: Option<Digest>,
    },
    /// A path that cannot be a chart repository.
    #[error("`{}` cannot be a chart repository: {reason}", .path.escape_debug())]
    Path {
        /// The path as given.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The file system does not let us.
    #[error("{action} failed for `{}`", .path.escape_debug())]
    File {
        /// What was attempted.
        action: Action,
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The `index.yaml` in a directory is not one. It is left alone.
    #[error("`{}` is not an index; it is left as it is", .path.escape_debug())]
    LocalIndex {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: IndexError,
    },
    /// Another process has been writing into the directory for too long.
    #[error("another process is writing into `{}`", .path.escape_debug())]
    Busy {
        /// Which directory.
        path: String,
    },
}

/// What was attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Reading the list of charts.
    ReadIndex,
    /// Finding out what the server is.
    Detect,
    /// Looking whether charts may be uploaded.
    CheckAccess,
    /// Looking for a chart.
    Find,
    /// Reading a chart to compare it.
    Download,
    /// Uploading a chart.
    Upload,
    /// Creating a project.
    CreateProject,
    /// Creating a repository of an Artifactory.
    CreateRepository,
    /// Creating a directory.
    CreateDirectory,
    /// Reading a file.
    ReadFile,
    /// Writing a file.
    WriteFile,
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ReadIndex => "reading the index",
            Self::Detect => "finding out about the server",
            Self::CheckAccess => "checking the access",
            Self::Find => "looking for the chart",
            Self::Download => "reading the chart",
            Self::Upload => "uploading the chart",
            Self::CreateProject => "creating the project",
            Self::CreateRepository => "creating the repository",
            Self::CreateDirectory => "creating the directory",
            Self::ReadFile => "reading the file",
            Self::WriteFile => "writing the file",
        })
    }
}

impl Error {
    /// The request that failed and its answer, when it is about one.
    pub fn network(&self) -> Option<&registry_client::Error> {
        match self {
            Self::Network { source, .. } | Self::OverwriteRefused { source, .. } => Some(source),
            _ => None,
        }
    }

    pub(crate) fn during(action: Action) -> impl Fn(registry_client::Error) -> Self {
        move |source| Self::Network { action, source }
    }
}
