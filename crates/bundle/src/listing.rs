//! What an archive or a directory holds, before anybody says what it means.

use bytes::Bytes;

use crate::PackageError;
use crate::decode::Codec;
use crate::head::Head;
use crate::name;
use crate::root::find_roots;
use crate::store::Place;

/// The regular files of an archive or a directory.
#[derive(Debug)]
pub(crate) struct Listing {
    /// Where this is: `file › member`.
    pub(crate) label: String,
    /// In archive order; a directory's by name.
    pub(crate) entries: Vec<Entry>,
    /// Members that may not be in a package, the first of them. They are faults when this turns out to be one: an
    /// unrelated archive in a download may hold links.
    pub(crate) violations: Vec<Violation>,
    /// Whether this is a directory on disk.
    pub(crate) is_directory: bool,
}

/// A member that may not be in a package.
#[derive(Debug)]
pub(crate) struct Violation {
    /// Escaped.
    pub(crate) name: String,
    pub(crate) reason: &'static str,
}

/// One is enough to refuse an archive. In a directory those outside of packages are passed over, with a word for each.
const MAX_VIOLATIONS: usize = 64;

/// A regular file.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The clean name (see [`name::clean`]).
    pub(crate) name: String,
    pub(crate) place: Place,
    /// Grows along the reading order of the whole package.
    pub(crate) order: usize,
    pub(crate) head: Head,
    /// The content, when it was cheaper to keep it than to come back.
    pub(crate) kept: Option<Bytes>,
    /// What is inside, when it is an archive that was looked into, or what is wrong with it.
    pub(crate) archive: Option<Box<Result<Archive, PackageError>>>,
    /// For the one kind of link that is read: see [`crate::docker`].
    pub(crate) alias: Option<String>,
}

/// An archive, found in a file, in a member, or spread out in a directory.
#[derive(Debug)]
pub(crate) struct Archive {
    /// How it is compressed.
    pub(crate) codec: Option<Codec>,
    /// The archive itself, as it lies there; `None` for a directory.
    pub(crate) place: Option<Place>,
    /// Its bytes, when kept.
    pub(crate) raw: Option<Bytes>,
    pub(crate) listing: Listing,
}

impl Archive {
    /// Forgets the members of an archive that holds no package: an installation may come with whole file systems.
    pub(crate) fn without_unrelated(mut self) -> Result<Self, PackageError> {
        let entries = &self.listing.entries;
        let is_related = |entry: &Entry| entry.archive.is_some() || entry.is_called_archive();
        if !entries.iter().any(is_related) && find_roots(&self.listing)?.is_empty() {
            self.listing.entries = Vec::new();
        }
        Ok(self)
    }
}

impl Entry {
    /// Whether the name promises an archive.
    pub(crate) fn is_called_archive(&self) -> bool {
        [".tar", ".tgz", ".tar.gz", ".tar.zst", ".tzst"].iter().any(|end| self.name.ends_with(end))
    }
}

impl Listing {
    pub(crate) fn new(label: String) -> Self {
        Self { label, entries: Vec::new(), violations: Vec::new(), is_directory: false }
    }

    /// Notes a member that may not be in a package.
    pub(crate) fn refuse(&mut self, raw_name: &[u8], reason: &'static str) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(Violation { name: name::excerpt(raw_name), reason });
        }
    }

    /// `label › name`.
    pub(crate) fn member(&self, name: &str) -> String {
        name::join(&self.label, name)
    }
}
