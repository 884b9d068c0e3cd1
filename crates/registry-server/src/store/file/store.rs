//! The store itself.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use oci::{Descriptor, Digest, Tag};

use super::blobs::Space;
use super::charts::Shelf;
use super::directory::{self, FileStoreError};
use super::layout::Layout;
use super::upload::{self, FileUpload};
use crate::chart::{ChartRecord, Project};
use crate::store::{
    Blob, NewChart, NewManifest, Store, StoreError, StoredManifest, Upload, UploadId, WritableStore,
};

/// A registry in a directory, which it makes when it is not there (mode 0700, files 0600).
///
/// Every file is written beside its place, made durable and moved there, so that a killed process leaves nothing half
/// done; two uploads of the same blob do not disturb each other. A blob's digest is checked when it comes in; what
/// leaves is checked by whoever receives it. One process at a time may use the directory.
#[derive(Debug)]
pub struct FileStore {
    space: Arc<Space>,
    is_writable: bool,
}

impl FileStore {
    /// Whether the directory is one of ours.
    pub fn is_store(root: &Path) -> bool {
        root.join(directory::MARKER).is_file()
    }

    /// Opens or makes the directory. Refuses one that others could have put content into.
    pub fn open(root: &Path) -> Result<Self, FileStoreError> {
        let lock = directory::claim(root)?;
        let layout = Layout::new(root);
        let shelf = Shelf::load(&layout)?;
        let space = Arc::new(Space::new(layout, shelf, Some(lock)));
        Ok(Self { space, is_writable: true })
    }

    /// Opens a directory that was made before, of whichever user, to read it: nothing is written, not even a lock, so
    /// that it may be on a read-only medium. Several processes may do so at once, but none beside one that writes.
    pub fn open_to_read(root: &Path) -> Result<Self, FileStoreError> {
        let lock = directory::visit(root)?;
        let layout = Layout::new(root);
        let shelf = Shelf::load(&layout)?;
        Ok(Self { space: Arc::new(Space::new(layout, shelf, lock)), is_writable: false })
    }
}

impl Store for FileStore {
    fn repositories(&self) -> Result<Vec<String>, StoreError> {
        self.space.repositories()
    }

    fn tags(&self, repository: &str) -> Result<Vec<Tag>, StoreError> {
        self.space.tags(repository)
    }

    fn resolve(&self, repository: &str, tag: &Tag) -> Result<Digest, StoreError> {
        self.space.resolve(repository, tag)
    }

    fn manifest(&self, repository: &str, digest: &Digest) -> Result<StoredManifest, StoreError> {
        self.space.manifest(repository, digest)
    }

    fn referrers(&self, repository: &str, subject: &Digest) -> Result<Vec<Descriptor>, StoreError> {
        self.space.referrers(repository, subject)
    }

    fn blob_size(&self, repository: &str, digest: &Digest) -> Result<u64, StoreError> {
        self.space.size(repository, digest)
    }

    fn open_blob(
        &self,
        repository: &str,
        digest: &Digest,
        part: Option<Range<u64>>,
    ) -> Result<Blob, StoreError> {
        self.space.open(repository, digest, part)
    }

    fn charts(&self, project: &Project) -> Result<Vec<ChartRecord>, StoreError> {
        Ok(self.space.charts(project))
    }

    fn open_chart(&self, _project: &Project, content: &Descriptor) -> Result<Blob, StoreError> {
        self.space.open_chart(content)
    }

    fn writer(&self) -> Option<&dyn WritableStore> {
        self.is_writable.then_some(self as &dyn WritableStore)
    }
}

impl WritableStore for FileStore {
    fn start_upload(&self, repository: &str) -> Result<Box<dyn Upload>, StoreError> {
        Ok(Box::new(FileUpload::start(&self.space, repository)?))
    }

    fn resume_upload(
        &self,
        repository: &str,
        id: &UploadId,
    ) -> Result<Box<dyn Upload>, StoreError> {
        Ok(Box::new(FileUpload::resume(&self.space, repository, id)?))
    }

    fn expire_uploads(&self, age: Duration) -> Result<usize, StoreError> {
        upload::expire(&self.space, age).map_err(StoreError::io("look for expired uploads"))
    }

    fn mount_blob(
        &self,
        from: Option<&str>,
        to: &str,
        digest: &Digest,
    ) -> Result<bool, StoreError> {
        self.space.mount(from, to, digest)
    }

    fn delete_blob(&self, repository: &str, digest: &Digest) -> Result<(), StoreError> {
        self.space.delete(repository, digest)
    }

    fn put_manifest(&self, repository: &str, manifest: &NewManifest) -> Result<(), StoreError> {
        self.space.put_manifest(repository, manifest)
    }

    fn delete_manifest(&self, repository: &str, digest: &Digest) -> Result<(), StoreError> {
        self.space.delete_manifest(repository, digest)
    }

    fn delete_tag(&self, repository: &str, tag: &Tag) -> Result<(), StoreError> {
        self.space.delete_tag(repository, tag)
    }

    fn put_chart(&self, project: &Project, chart: &NewChart) -> Result<(), StoreError> {
        self.space.put_chart(project, chart)
    }

    fn delete_chart(&self, project: &Project, name: &str, version: &str) -> Result<(), StoreError> {
        self.space.delete_chart(project, name, version)
    }
}
