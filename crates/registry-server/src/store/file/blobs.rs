//! Blobs: stored once, linked from every repository that has them.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom};
use std::ops::Range;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use oci::{Digest, Hasher};

use super::charts::Shelf;
use super::layout::Layout;
use super::{durable, repositories};
use crate::store::{Blob, StoreError};

/// The directory and what is shared by everyone who works in it.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) layout: Layout,
    pub(super) shelf: Shelf,
    /// Whoever puts content in place and links it holds it for reading; whoever removes content that nothing links
    /// holds it for writing.
    gate: RwLock<()>,
    /// Keeps other processes out until the last upload is closed. None on a medium that cannot have one.
    _lock: Option<File>,
}

impl Space {
    pub(super) fn new(layout: Layout, shelf: Shelf, lock: Option<File>) -> Self {
        Self { layout, shelf, gate: RwLock::default(), _lock: lock }
    }

    pub(super) fn linking(&self) -> RwLockReadGuard<'_, ()> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn removing(&self) -> RwLockWriteGuard<'_, ()> {
        self.gate.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn size(&self, repository: &str, digest: &Digest) -> Result<u64, StoreError> {
        let failed = StoreError::io("look for a blob");
        if !self.layout.blob_link(repository, digest).exists() {
            return Err(StoreError::BlobUnknown);
        }
        match fs::metadata(self.layout.blob(digest)) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(StoreError::BlobUnknown),
            Err(error) => Err(failed(error)),
        }
    }

    pub(super) fn open(
        &self,
        repository: &str,
        digest: &Digest,
        part: Option<Range<u64>>,
    ) -> Result<Blob, StoreError> {
        if !self.layout.blob_link(repository, digest).exists() {
            return Err(StoreError::BlobUnknown);
        }
        self.open_content(digest, part)?.ok_or(StoreError::BlobUnknown)
    }

    /// Opens content without asking whose it is. `None` when it is not there.
    pub(super) fn open_content(
        &self,
        digest: &Digest,
        part: Option<Range<u64>>,
    ) -> Result<Option<Blob>, StoreError> {
        let mut file = match File::open(self.layout.blob(digest)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Io { action: "open a blob", source }),
        };
        let size = file.metadata().map_err(StoreError::io("look at a blob"))?.len();
        let part = part.unwrap_or(0..size);
        if part.start > 0 {
            file.seek(SeekFrom::Start(part.start)).map_err(StoreError::io("open a blob"))?;
        }
        Ok(Some(Blob::File { file, len: part.end.min(size).saturating_sub(part.start) }))
    }

    /// Reads small content and checks it.
    pub(super) fn read_content(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = match fs::read(self.layout.blob(digest)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Io { action: "read content", source }),
        };
        let mut hasher = Hasher::new(digest.algorithm());
        hasher.update(&bytes);
        if hasher.finish() == *digest {
            Ok(Some(bytes))
        } else {
            Err(StoreError::Corrupt { what: "content" })
        }
    }

    pub(super) fn mount(
        &self,
        from: Option<&str>,
        to: &str,
        digest: &Digest,
    ) -> Result<bool, StoreError> {
        let _gate = self.linking();
        let is_linked = from.is_none_or(|from| self.layout.blob_link(from, digest).exists());
        if !is_linked || !self.layout.blob(digest).exists() {
            return Ok(false);
        }
        durable::touch(&self.layout.blob_link(to, digest))
            .map_err(StoreError::io("link a blob"))?;
        Ok(true)
    }

    pub(super) fn delete(&self, repository: &str, digest: &Digest) -> Result<(), StoreError> {
        let _gate = self.removing();
        let link = self.layout.blob_link(repository, digest);
        if !durable::remove(&link).map_err(StoreError::io("remove a blob"))? {
            return Err(StoreError::BlobUnknown);
        }
        self.release(digest)
    }

    /// Removes content that nothing refers to any more. The caller holds the gate for writing.
    pub(super) fn release(&self, digest: &Digest) -> Result<(), StoreError> {
        let failed = || StoreError::io("remove content");
        if self.shelf.refers_to(digest) {
            return Ok(());
        }
        for repository in repositories::names(&self.layout).map_err(failed())? {
            if self.layout.blob_link(&repository, digest).exists()
                || self.layout.manifest_link(&repository, digest).exists()
            {
                return Ok(());
            }
        }
        durable::remove(&self.layout.blob(digest)).map_err(failed()).map(drop)
    }
}
