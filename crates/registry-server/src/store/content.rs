//! A store that only reads, from any source of content.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use oci::{Artifact, Content, Descriptor, Digest, ManifestError, Source, SourceError, Tag};

use crate::chart::{ChartRecord, Project, check_entry};
use crate::store::referrer::{referrer, subject};
use crate::store::{Blob, Store, StoreError, StoredManifest};

/// What a repository of a [`ContentStore`] holds. Its blobs are those that its manifests name.
#[derive(Clone, Debug, Default)]
pub struct RepositoryListing {
    /// Its name.
    pub name: String,
    /// Other names it answers to. They are in no catalog: who copies everything gets it once.
    pub aliases: Vec<String>,
    /// What its tags name: digests of `manifests`.
    pub tags: BTreeMap<Tag, Digest>,
    /// Its manifests and indexes.
    pub manifests: Vec<ManifestListing>,
    /// Blobs that no manifest names.
    pub blobs: Vec<Descriptor>,
}

/// A manifest of a [`ContentStore`].
#[derive(Clone, Debug)]
pub struct ManifestListing {
    /// Its type.
    pub media_type: String,
    /// Its bytes.
    pub raw: Bytes,
}

/// A chart of a [`ContentStore`]. Its archive comes from the source.
#[derive(Clone, Debug)]
pub struct ChartListing {
    /// The collection it appears in.
    pub project: Project,
    /// What is told about it.
    pub record: ChartRecord,
}

/// Why listings do not make a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentStoreError {
    /// A name no client could ask for.
    #[error("`{}` is not a repository", .0.escape_debug())]
    Repository(String),
    /// A repository that is listed twice.
    #[error("repository `{0}` is listed twice")]
    Twice(String),
    /// Bytes that are not a manifest of the stated type.
    #[error("a manifest of repository `{repository}` cannot be served")]
    Manifest {
        /// Where it is.
        repository: String,
        /// Why not.
        #[source]
        source: ManifestError,
    },
    /// A tag of a manifest that is not listed.
    #[error("tag `{tag}` of repository `{repository}` names {digest}, which is not listed")]
    Tag {
        /// Where it is.
        repository: String,
        /// Which one.
        tag: Tag,
        /// What it names.
        digest: Digest,
    },
    /// A chart whose name or version cannot be in a file name.
    #[error("a chart cannot be served: {0}")]
    Chart(String),
}

/// Serves content that stays where it is: a package, a layout. Nothing can be written.
///
/// Every byte is checked while it is sent, and the last ones of a damaged blob are never sent. A part of a blob costs
/// reading what comes before it.
pub struct ContentStore {
    source: Arc<dyn Source>,
    repositories: BTreeMap<String, Repository>,
    /// To names in `repositories`.
    aliases: BTreeMap<String, String>,
    charts: BTreeMap<Project, Vec<ChartRecord>>,
}

struct Repository {
    tags: BTreeMap<Tag, Digest>,
    manifests: BTreeMap<Digest, StoredManifest>,
    referrers: BTreeMap<Digest, Vec<Descriptor>>,
    blobs: BTreeMap<Digest, Descriptor>,
}

impl fmt::Debug for ContentStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentStore")
            .field("repositories", &self.repositories.len())
            .field("charts", &self.charts.len())
            .finish_non_exhaustive()
    }
}

impl ContentStore {
    /// A store over what is listed. Nothing is read from the source.
    pub fn new(
        source: Arc<dyn Source>,
        repositories: Vec<RepositoryListing>,
        charts: Vec<ChartListing>,
    ) -> Result<Self, ContentStoreError> {
        let (mut by_name, mut aliases) = (BTreeMap::new(), BTreeMap::new());
        for mut listing in repositories {
            let name = listing.name.clone();
            for alias in std::mem::take(&mut listing.aliases) {
                check_name(&alias)?;
                if aliases.insert(alias.clone(), name.clone()).is_some() {
                    return Err(ContentStoreError::Twice(alias));
                }
            }
            check_name(&name)?;
            if by_name.insert(name.clone(), Repository::new(listing)?).is_some() {
                return Err(ContentStoreError::Twice(name));
            }
        }
        let mut by_project: BTreeMap<Project, Vec<ChartRecord>> = BTreeMap::new();
        for chart in charts {
            check_entry(&chart.record.entry).map_err(ContentStoreError::Chart)?;
            by_project.entry(chart.project).or_default().push(chart.record);
        }
        Ok(Self { source, repositories: by_name, aliases, charts: by_project })
    }

    fn repository(&self, name: &str) -> Result<&Repository, StoreError> {
        // A name of its own wins over an alias of another.
        let found = self.repositories.get(name);
        let by_alias = || self.repositories.get(self.aliases.get(name)?);
        found.or_else(by_alias).ok_or(StoreError::RepositoryUnknown)
    }

    fn fetch(&self, descriptor: &Descriptor) -> Result<Option<Content>, StoreError> {
        match self.source.fetch(descriptor) {
            Ok(content) => Ok(Some(content)),
            Err(SourceError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn check_name(name: &str) -> Result<(), ContentStoreError> {
    if oci::is_repository(name) {
        Ok(())
    } else {
        Err(ContentStoreError::Repository(name.to_owned()))
    }
}

impl Repository {
    fn new(listing: RepositoryListing) -> Result<Self, ContentStoreError> {
        let mut blobs: BTreeMap<_, _> =
            listing.blobs.into_iter().map(|blob| (blob.digest.clone(), blob)).collect();
        let mut manifests = BTreeMap::new();
        let mut referrers: BTreeMap<Digest, Vec<Descriptor>> = BTreeMap::new();
        for ManifestListing { media_type, raw } in listing.manifests {
            let artifact = Artifact::parse(raw.clone(), Some(&media_type)).map_err(|source| {
                ContentStoreError::Manifest { repository: listing.name.clone(), source }
            })?;
            if let Artifact::Manifest { manifest, .. } = &artifact {
                blobs.extend(manifest.blobs().map(|blob| (blob.digest.clone(), blob.clone())));
            }
            let digest = Digest::of(&raw);
            let stored = StoredManifest { media_type, raw };
            if let Some(subject) = subject(&stored) {
                referrers.entry(subject).or_default().extend(referrer(&digest, &stored));
            }
            manifests.insert(digest, stored);
        }
        for (tag, digest) in &listing.tags {
            if !manifests.contains_key(digest) {
                let (tag, digest) = (tag.clone(), digest.clone());
                return Err(ContentStoreError::Tag { repository: listing.name, tag, digest });
            }
        }
        Ok(Self { tags: listing.tags, manifests, referrers, blobs })
    }
}

impl Store for ContentStore {
    fn repositories(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.repositories.keys().cloned().collect())
    }

    fn tags(&self, repository: &str) -> Result<Vec<Tag>, StoreError> {
        Ok(self.repository(repository)?.tags.keys().cloned().collect())
    }

    fn resolve(&self, repository: &str, tag: &Tag) -> Result<Digest, StoreError> {
        self.repository(repository)?.tags.get(tag).cloned().ok_or(StoreError::ManifestUnknown)
    }

    fn manifest(&self, repository: &str, digest: &Digest) -> Result<StoredManifest, StoreError> {
        self.repository(repository)?
            .manifests
            .get(digest)
            .cloned()
            .ok_or(StoreError::ManifestUnknown)
    }

    fn referrers(&self, repository: &str, subject: &Digest) -> Result<Vec<Descriptor>, StoreError> {
        let repository = self.repository(repository).ok();
        let found = repository.and_then(|repository| repository.referrers.get(subject));
        Ok(found.cloned().unwrap_or_default())
    }

    fn blob_size(&self, repository: &str, digest: &Digest) -> Result<u64, StoreError> {
        let blob = self.repository(repository)?.blobs.get(digest);
        blob.map(|blob| blob.size).ok_or(StoreError::BlobUnknown)
    }

    fn open_blob(
        &self,
        repository: &str,
        digest: &Digest,
        part: Option<Range<u64>>,
    ) -> Result<Blob, StoreError> {
        let blob = self.repository(repository)?.blobs.get(digest).ok_or(StoreError::BlobUnknown)?;
        let content = self.fetch(blob)?.ok_or(StoreError::BlobUnknown)?;
        let part = part.unwrap_or(0..blob.size);
        let len = part.end.min(blob.size).saturating_sub(part.start);
        Ok(Blob::Content { content: content.skip(part.start), len })
    }

    fn charts(&self, project: &Project) -> Result<Vec<ChartRecord>, StoreError> {
        Ok(self.charts.get(project).cloned().unwrap_or_default())
    }

    fn open_chart(&self, _project: &Project, content: &Descriptor) -> Result<Blob, StoreError> {
        let len = content.size;
        let content = self.fetch(content)?.ok_or(StoreError::ChartUnknown)?;
        Ok(Blob::Content { content, len })
    }
}
