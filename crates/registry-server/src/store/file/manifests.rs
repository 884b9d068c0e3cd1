//! Manifests, tags and referrers of a repository.

use std::fs;
use std::io;

use oci::{Descriptor, Digest, Tag};

use super::blobs::Space;
use super::layout::parse_file_name;
use super::{durable, repositories};
use crate::store::referrer::{referrer, subject};
use crate::store::{NewManifest, StoreError, StoredManifest};

impl Space {
    pub(super) fn repositories(&self) -> Result<Vec<String>, StoreError> {
        let mut names =
            repositories::names(&self.layout).map_err(StoreError::io("list repositories"))?;
        names.retain(|name| repositories::has_manifest(&self.layout, name).unwrap_or(false));
        Ok(names)
    }

    pub(super) fn tags(&self, repository: &str) -> Result<Vec<Tag>, StoreError> {
        let failed = || StoreError::io("list tags");
        let names = repositories::children(&self.layout.tags(repository)).map_err(failed())?;
        let mut tags: Vec<Tag> = names.iter().filter_map(|name| name.parse().ok()).collect();
        if tags.is_empty()
            && !repositories::has_manifest(&self.layout, repository).map_err(failed())?
        {
            return Err(StoreError::RepositoryUnknown);
        }
        tags.sort_unstable();
        Ok(tags)
    }

    pub(super) fn resolve(&self, repository: &str, tag: &Tag) -> Result<Digest, StoreError> {
        let text =
            read_link(&self.layout.tag(repository, tag))?.ok_or(StoreError::ManifestUnknown)?;
        text.parse().map_err(|_| StoreError::Corrupt { what: "tag" })
    }

    pub(super) fn manifest(
        &self,
        repository: &str,
        digest: &Digest,
    ) -> Result<StoredManifest, StoreError> {
        let media_type = read_link(&self.layout.manifest_link(repository, digest))?
            .ok_or(StoreError::ManifestUnknown)?;
        let raw = self.read_content(digest)?.ok_or(StoreError::ManifestUnknown)?;
        Ok(StoredManifest { media_type, raw: raw.into() })
    }

    pub(super) fn put_manifest(
        &self,
        repository: &str,
        manifest: &NewManifest,
    ) -> Result<(), StoreError> {
        let failed = || StoreError::io("store a manifest");
        let _gate = self.linking();
        let digest = &manifest.digest;
        durable::write(&self.layout.blob(digest), &manifest.raw).map_err(failed())?;
        let link = self.layout.manifest_link(repository, digest);
        durable::write(&link, manifest.media_type.as_bytes()).map_err(failed())?;
        if let Some(subject) = &manifest.subject {
            durable::touch(&self.layout.referrer(repository, subject, digest)).map_err(failed())?;
        }
        if let Some(tag) = &manifest.tag {
            let path = self.layout.tag(repository, tag);
            durable::write(&path, digest.as_str().as_bytes()).map_err(failed())?;
        }
        Ok(())
    }

    pub(super) fn delete_manifest(
        &self,
        repository: &str,
        digest: &Digest,
    ) -> Result<(), StoreError> {
        let failed = || StoreError::io("remove a manifest");
        let _gate = self.removing();
        // Tags first: a tag never names a manifest that is gone.
        for tag in self.tags(repository).unwrap_or_default() {
            if self.resolve(repository, &tag).is_ok_and(|named| named == *digest) {
                durable::remove(&self.layout.tag(repository, &tag)).map_err(failed())?;
            }
        }
        if let Ok(stored) = self.manifest(repository, digest)
            && let Some(subject) = subject(&stored)
        {
            durable::remove(&self.layout.referrer(repository, &subject, digest))
                .map_err(failed())?;
        }
        let link = self.layout.manifest_link(repository, digest);
        if !durable::remove(&link).map_err(failed())? {
            return Err(StoreError::ManifestUnknown);
        }
        self.release(digest)
    }

    pub(super) fn delete_tag(&self, repository: &str, tag: &Tag) -> Result<(), StoreError> {
        let path = self.layout.tag(repository, tag);
        if durable::remove(&path).map_err(StoreError::io("remove a tag"))? {
            Ok(())
        } else {
            Err(StoreError::ManifestUnknown)
        }
    }

    pub(super) fn referrers(
        &self,
        repository: &str,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, StoreError> {
        let names = repositories::children(&self.layout.referrers(repository, subject))
            .map_err(StoreError::io("list referrers"))?;
        let mut digests: Vec<Digest> =
            names.iter().filter_map(|name| parse_file_name(name)).collect();
        digests.sort_unstable();
        let mut found = Vec::new();
        for digest in digests {
            match self.manifest(repository, &digest) {
                Ok(stored) => found.extend(referrer(&digest, &stored)),
                Err(StoreError::ManifestUnknown) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

/// The text of a small file. `None` when it is not there, or empty: a power failure may leave it so, and then the
/// client stores it again.
fn read_link(path: &std::path::Path) -> Result<Option<String>, StoreError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) =>
        {
            Ok(None)
        }
        Err(source) => Err(StoreError::Io { action: "read a link", source }),
    }
}
