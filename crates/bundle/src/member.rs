//! Members of an archive by name, their content, and the blobs among them.

use std::collections::BTreeMap;
use std::io::Read;

use bytes::Bytes;
use oci::{Algorithm, Descriptor, Digest, Hasher};

use crate::assemble::Assembler;
use crate::finding::{Finding, FindingKind};
use crate::listing::{Entry, Listing};
use crate::store::Place;
use crate::{PackageError, name};

/// All charts, hints, manifests and configs of a package together, in bytes. An installation of everything has about
/// seventy charts of up to 2 MiB.
const MAX_TAKEN: u64 = 256 << 20;

/// A blob and where it is.
#[derive(Debug)]
pub(crate) struct BlobEntry {
    pub(crate) descriptor: Descriptor,
    pub(crate) place: Place,
    pub(crate) order: usize,
    pub(crate) member: String,
    /// The content, when going back for it would cost a decompression.
    pub(crate) kept: Option<Bytes>,
}

/// A manifest or index.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) bytes: Bytes,
    pub(crate) member: String,
}

/// The regular files below a directory of a listing, by name.
pub(crate) struct Members<'a> {
    pub(crate) listing: &'a Listing,
    by_name: BTreeMap<&'a str, &'a Entry>,
}

impl<'a> Members<'a> {
    pub(crate) fn new(listing: &'a Listing, dir: &str) -> Self {
        let inside = listing.entries.iter().filter(|entry| name::below(dir, &entry.name).is_some());
        // Of two members of one name the first counts; they were found equal.
        let by_name = inside.rev().map(|entry| (entry.name.as_str(), entry)).collect();
        Self { listing, by_name }
    }

    /// The entry of that name. A layer's other name (see [`crate::archive`]) leads to the layer, never further.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Entry> {
        let entry = *self.by_name.get(name)?;
        match &entry.alias {
            None => Some(entry),
            Some(target) => {
                self.by_name.get(target.as_str()).copied().filter(|entry| entry.alias.is_none())
            }
        }
    }
}

impl Assembler {
    /// The content of a small member.
    pub(crate) fn read(
        &mut self,
        entry: &Entry,
        member: &str,
        limit: u64,
    ) -> Result<Bytes, PackageError> {
        match &entry.kept {
            Some(bytes) if bytes.len() as u64 <= limit => Ok(bytes.clone()),
            _ => self.read_limited(entry.place, member, limit),
        }
    }

    pub(crate) fn read_limited(
        &mut self,
        place: Place,
        member: &str,
        limit: u64,
    ) -> Result<Bytes, PackageError> {
        if place.size > limit {
            return Err(PackageError::TooLarge {
                member: member.into(),
                what: "a size in bytes",
                limit,
            });
        }
        self.taken += place.size;
        if self.taken > MAX_TAKEN {
            let what = "a size in bytes, together with what was read before,";
            return Err(PackageError::TooLarge { member: member.into(), what, limit: MAX_TAKEN });
        }
        self.read_place(place, member)
    }

    pub(crate) fn read_place(&self, place: Place, member: &str) -> Result<Bytes, PackageError> {
        let fault = |error| PackageError::reading(member, place.offset, error);
        let mut bytes = Vec::with_capacity(usize::try_from(place.size).unwrap_or(0));
        self.stores.reader(place).map_err(fault)?.read_to_end(&mut bytes).map_err(fault)?;
        if (bytes.len() as u64) < place.size {
            let offset = place.offset + bytes.len() as u64;
            return Err(PackageError::Truncated { member: member.into(), offset });
        }
        Ok(bytes.into())
    }

    /// The digest of content that no name tells the digest of. This reads all of it.
    pub(crate) fn hash(&self, entry: &Entry, member: &str) -> Result<Digest, PackageError> {
        let fault = |error| PackageError::reading(member, entry.place.offset, error);
        let mut reader = self.stores.reader(entry.place).map_err(fault)?;
        let mut hasher = Hasher::new(Algorithm::Sha256);
        let mut buffer = vec![0; oci::CHUNK_SIZE];
        loop {
            match reader.read(&mut buffer).map_err(fault)? {
                0 => return Ok(hasher.finish()),
                got => hasher.update(&buffer[..got]),
            }
        }
    }

    /// Takes down where a blob is. The first place counts; another one must at least have the same size.
    pub(crate) fn register(&mut self, descriptor: &Descriptor, entry: &Entry, member: String) {
        match self.blobs.get(&descriptor.digest) {
            Some(have) if have.descriptor.size != descriptor.size => {
                let kind =
                    FindingKind::Size { expected: have.descriptor.size, found: descriptor.size };
                self.report(Finding::error(member, kind));
            }
            Some(_) => {}
            None => {
                let kept = entry.kept.clone().filter(|_| !self.stores.is_random(entry.place));
                let blob = BlobEntry {
                    descriptor: descriptor.clone(),
                    place: entry.place,
                    order: entry.order,
                    member,
                    kept,
                };
                self.blobs.insert(descriptor.digest.clone(), blob);
            }
        }
    }
}
