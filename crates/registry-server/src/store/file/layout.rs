//! Where things are in the directory.
//!
//! ```text
//! ferry-registry.json                                   the version of this layout
//! lock                                                  held by the process that serves the directory
//! blobs/<algorithm>/<hex>                               blobs, manifests, charts: once each (as in an OCI layout)
//! repositories/<name>/_blobs/<algorithm>/<hex>          empty: the repository has the blob
//! repositories/<name>/_manifests/<algorithm>/<hex>      its media type: the repository has the manifest
//! repositories/<name>/_tags/<tag>                       the digest it names
//! repositories/<name>/_referrers/<algorithm>-<hex>/<algorithm>-<hex>     empty: the second's subject is the first
//! uploads/<id>, uploads/<id>.repository                 an unfinished upload, and where it goes
//! charts/_root/<file>.json, charts/<project>/<file>.json     a chart's record
//! ```
//!
//! A component of a repository or project begins with a letter or digit, so that no name meets one with `_`.

use std::path::{Path, PathBuf};

use oci::{Digest, Tag};

use crate::chart::Project;
use crate::store::UploadId;

/// The names above below a directory. Only checked names come in.
#[derive(Debug)]
pub(super) struct Layout(PathBuf);

impl Layout {
    pub(super) const DIRECTORIES: [&str; 4] = ["blobs", "repositories", "uploads", "charts"];

    pub(super) fn new(root: &Path) -> Self {
        Self(root.to_owned())
    }

    pub(super) fn blob(&self, digest: &Digest) -> PathBuf {
        below(&self.0.join("blobs"), digest)
    }

    pub(super) fn repositories(&self) -> PathBuf {
        self.0.join("repositories")
    }

    pub(super) fn repository(&self, name: &str) -> PathBuf {
        self.repositories().join(name)
    }

    pub(super) fn blob_link(&self, repository: &str, digest: &Digest) -> PathBuf {
        below(&self.repository(repository).join("_blobs"), digest)
    }

    pub(super) fn manifests(&self, repository: &str) -> PathBuf {
        self.repository(repository).join("_manifests")
    }

    pub(super) fn manifest_link(&self, repository: &str, digest: &Digest) -> PathBuf {
        below(&self.manifests(repository), digest)
    }

    pub(super) fn tags(&self, repository: &str) -> PathBuf {
        self.repository(repository).join("_tags")
    }

    pub(super) fn tag(&self, repository: &str, tag: &Tag) -> PathBuf {
        self.tags(repository).join(tag.as_str())
    }

    pub(super) fn referrers(&self, repository: &str, subject: &Digest) -> PathBuf {
        self.repository(repository).join("_referrers").join(file_name(subject))
    }

    pub(super) fn referrer(&self, repository: &str, subject: &Digest, digest: &Digest) -> PathBuf {
        self.referrers(repository, subject).join(file_name(digest))
    }

    pub(super) fn uploads(&self) -> PathBuf {
        self.0.join("uploads")
    }

    pub(super) fn upload(&self, id: &UploadId) -> PathBuf {
        self.uploads().join(id.as_str())
    }

    pub(super) fn upload_repository(&self, id: &UploadId) -> PathBuf {
        self.uploads().join(format!("{id}.repository"))
    }

    pub(super) fn charts(&self) -> PathBuf {
        self.0.join("charts")
    }

    pub(super) fn project(&self, project: &Project) -> PathBuf {
        self.charts().join(project.name().unwrap_or(Self::ROOT_PROJECT))
    }

    /// The directory of the charts at `/index.yaml`.
    pub(super) const ROOT_PROJECT: &str = "_root";
}

fn below(directory: &Path, digest: &Digest) -> PathBuf {
    directory.join(digest.algorithm().as_str()).join(digest.hex())
}

fn file_name(digest: &Digest) -> String {
    format!("{}-{}", digest.algorithm().as_str(), digest.hex())
}

/// The digest in the name of a file.
pub(super) fn parse_file_name(name: &str) -> Option<Digest> {
    name.replacen('-', ":", 1).parse().ok()
}
