//! What the server asks of a store.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use oci::{Content, Descriptor, Digest, SourceError, Tag};

use crate::chart::{ChartEntry, ChartRecord, Project};
use crate::store::UploadId;

/// Content by name: the reading half. Names are checked by the server before they come here (`oci::is_repository`,
/// [`Tag`], [`Digest`], [`Project`]).
///
/// The methods may block: the server calls them on threads made for that.
pub trait Store: Send + Sync + 'static {
    /// The repositories that hold a manifest, in ascending order.
    fn repositories(&self) -> Result<Vec<String>, StoreError>;

    /// The tags of a repository, in ascending order.
    fn tags(&self, repository: &str) -> Result<Vec<Tag>, StoreError>;

    /// What a tag names.
    fn resolve(&self, repository: &str, tag: &Tag) -> Result<Digest, StoreError>;

    /// A manifest or index of the repository.
    fn manifest(&self, repository: &str, digest: &Digest) -> Result<StoredManifest, StoreError>;

    /// The manifests of the repository whose `subject` is `subject`, as a referrers list shows them.
    fn referrers(&self, repository: &str, subject: &Digest) -> Result<Vec<Descriptor>, StoreError>;

    /// The size of a blob of the repository, in bytes.
    fn blob_size(&self, repository: &str, digest: &Digest) -> Result<u64, StoreError>;

    /// Opens a blob of the repository, all of it or a part that lies within it.
    fn open_blob(
        &self,
        repository: &str,
        digest: &Digest,
        part: Option<Range<u64>>,
    ) -> Result<Blob, StoreError>;

    /// The charts of a project, in no particular order.
    fn charts(&self, project: &Project) -> Result<Vec<ChartRecord>, StoreError>;

    /// Opens a chart archive or provenance file that a record of the project names.
    fn open_chart(&self, project: &Project, content: &Descriptor) -> Result<Blob, StoreError>;

    /// The writing half, for a store that has one.
    fn writer(&self) -> Option<&dyn WritableStore> {
        None
    }
}

/// The writing half of a store.
pub trait WritableStore: Send + Sync {
    /// Starts an upload into a repository.
    fn start_upload(&self, repository: &str) -> Result<Box<dyn Upload>, StoreError>;

    /// Opens an unfinished upload again. It was started for the same repository, and is not open anywhere.
    fn resume_upload(&self, repository: &str, id: &UploadId)
    -> Result<Box<dyn Upload>, StoreError>;

    /// Removes the unfinished uploads that nothing was added to for `age`; tells how many.
    fn expire_uploads(&self, age: Duration) -> Result<usize, StoreError>;

    /// Makes a blob of `from` (of any repository, when that is `None`) a blob of `to` as well. `false` when there is
    /// no such blob.
    fn mount_blob(&self, from: Option<&str>, to: &str, digest: &Digest)
    -> Result<bool, StoreError>;

    /// Removes a blob from a repository.
    fn delete_blob(&self, repository: &str, digest: &Digest) -> Result<(), StoreError>;

    /// Stores a manifest and sets its tag. The server has checked that everything it names is there.
    fn put_manifest(&self, repository: &str, manifest: &NewManifest) -> Result<(), StoreError>;

    /// Removes a manifest and the tags that name it.
    fn delete_manifest(&self, repository: &str, digest: &Digest) -> Result<(), StoreError>;

    /// Removes a tag and leaves the manifest.
    fn delete_tag(&self, repository: &str, tag: &Tag) -> Result<(), StoreError>;

    /// Stores a chart. The same content again is no conflict.
    fn put_chart(&self, project: &Project, chart: &NewChart) -> Result<(), StoreError>;

    /// Removes a version of a chart.
    fn delete_chart(&self, project: &Project, name: &str, version: &str) -> Result<(), StoreError>;
}

/// An upload on its way. Dropped, it keeps what it has and can be resumed.
pub trait Upload: Send {
    /// Its name.
    fn id(&self) -> &UploadId;

    /// How many bytes it has.
    fn offset(&self) -> u64;

    /// Adds bytes at the end: all of them, or none when it fails.
    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError>;

    /// Makes the bytes a blob of the repository, if they have that digest; else throws them away.
    fn commit(self: Box<Self>, digest: &Digest) -> Result<(), StoreError>;

    /// Throws the bytes away.
    fn discard(self: Box<Self>) -> Result<(), StoreError>;
}

/// A manifest or index with the type it was stored under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredManifest {
    /// Its type.
    pub media_type: String,
    /// Its bytes. They have the digest it was asked for by.
    pub raw: Bytes,
}

/// A manifest to be stored.
#[derive(Clone, Debug)]
pub struct NewManifest {
    /// The digest of `raw`, checked.
    pub digest: Digest,
    /// Its type.
    pub media_type: String,
    /// Its bytes.
    pub raw: Bytes,
    /// The manifest it is about.
    pub subject: Option<Digest>,
    /// The tag that shall name it.
    pub tag: Option<Tag>,
}

/// A chart to be stored.
#[derive(Clone, Debug)]
pub struct NewChart {
    /// What the chart says about itself, checked.
    pub entry: ChartEntry,
    /// The archive.
    pub archive: Bytes,
    /// The provenance file.
    pub provenance: Option<Bytes>,
    /// What to do when the version is there with other content.
    pub on_existing: OnExisting,
}

/// What to do with a chart version that exists with other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnExisting {
    /// Leave it and fail.
    Refuse,
    /// Put the new content in its place.
    Replace,
}

/// An opened blob.
#[derive(Debug)]
#[non_exhaustive]
pub enum Blob {
    /// Bytes of a file from its current position.
    File {
        /// The file.
        file: File,
        /// How many bytes.
        len: u64,
    },
    /// The first `len` bytes of what a content hands out.
    Content {
        /// The content, with what comes before skipped.
        content: Content,
        /// How many bytes.
        len: u64,
    },
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No such repository.
    #[error("there is no such repository")]
    RepositoryUnknown,
    /// The repository has no such manifest or tag.
    #[error("there is no such manifest")]
    ManifestUnknown,
    /// The repository has no such blob.
    #[error("there is no such blob")]
    BlobUnknown,
    /// There is no such upload, or it belongs to another repository.
    #[error("there is no such upload")]
    UploadUnknown,
    /// The project has no such chart.
    #[error("there is no such chart")]
    ChartUnknown,
    /// A chart archive of this file name exists with other content.
    #[error("`{name}` version `{version}` exists with other content")]
    ChartExists {
        /// The chart's name.
        name: String,
        /// Its version.
        version: String,
    },
    /// An upload has another digest than was announced.
    #[error("the upload has digest {found}, expected {expected}")]
    Digest {
        /// What was announced.
        expected: Digest,
        /// What the bytes are.
        found: Digest,
    },
    /// Something stored is not what it was.
    #[error("the stored {what} is damaged")]
    Corrupt {
        /// What it is.
        what: &'static str,
    },
    /// The source behind the store failed.
    #[error("the source failed")]
    Source(#[from] SourceError),
    /// The file system failed.
    #[error("cannot {action}")]
    Io {
        /// What was attempted.
        action: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
}

impl StoreError {
    /// For `map_err`: an I/O failure during `action`.
    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, source }
    }
}
