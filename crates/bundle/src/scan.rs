//! The one pass over a package: every header is read, every archive inside is looked into, nothing is unpacked.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use crate::PackageError;
use crate::decode::{Codec, Decoder, Meter, Progress};
use crate::head::{HEAD, Head};
use crate::input::{Input, Section};
use crate::listing::{Archive, Entry};
use crate::name;
use crate::store::{Disk, Links, Packed, Place, Store};

/// Archives inside archives. The deepest known is download › bundle › images, and one more for whoever packed that
/// again.
const MAX_DEPTH: usize = 4;

/// Members of all archives and files of all directories, without those of archives that hold no package. The largest
/// known package (a full offline installation) has some thousands; each one costs about 200 bytes of memory.
const MAX_MEMBERS: usize = 200_000;

/// Content kept while a compressed package streams by, in bytes: charts, hints, manifests and configs. What finds no
/// room is read again later.
const MAX_KEPT: u64 = 64 << 20;

/// A single kept file that is not part of a chart, in bytes. Configs and manifests are far smaller.
const MAX_KEPT_DOCUMENT: u64 = 1 << 20;

/// A compressed chart, in bytes. Helm stores the compressed release in a 1 MiB object; the largest public charts with
/// their CRDs are below 2 MiB.
pub(crate) const MAX_CHART_ARCHIVE: u64 = 32 << 20;

/// A file of a chart, in bytes. Helm refuses files above 5 MiB in an archive.
pub(crate) const MAX_CHART_FILE: u64 = 16 << 20;

/// Archives of a directory that stay open. The usual limit of a process is 1024 files.
const MAX_OPEN: usize = 64;

/// Collects the stores while it reads.
#[derive(Default)]
pub(crate) struct Scanner {
    pub(crate) stores: Vec<Store>,
    /// Members seen.
    order: usize,
    /// Members remembered.
    members: usize,
    kept: u64,
    open: usize,
    progress: Arc<Progress>,
}

/// The stretch of a store that an archive takes.
pub(crate) struct Region {
    pub(crate) store: usize,
    pub(crate) start: u64,
    /// `None` in a decompressed stream: known when it is over.
    pub(crate) end: Option<u64>,
    pub(crate) label: String,
    /// How many archives this one is inside of.
    pub(crate) depth: usize,
}

/// A regular file that was found and may be an archive.
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) place: Place,
    pub(crate) depth: usize,
    pub(crate) may_be_package: bool,
}

impl Scanner {
    pub(crate) fn new(progress: Arc<Progress>) -> Self {
        Self { progress, ..Self::default() }
    }

    /// Counts one more member.
    pub(crate) fn count(&mut self, member: &str) -> Result<usize, PackageError> {
        self.members += 1;
        if self.members > MAX_MEMBERS {
            let limit = MAX_MEMBERS as u64;
            return Err(PackageError::TooLarge {
                member: member.into(),
                what: "a number of members",
                limit,
            });
        }
        self.order += 1;
        Ok(self.order)
    }

    /// Looks at a file on disk.
    pub(crate) fn disk_file(
        &mut self,
        path: &Path,
        links: Links,
        found: impl FnOnce(Place) -> Found,
    ) -> Result<Entry, PackageError> {
        let store = self.stores.len();
        let (disk, file) = Disk::open(path, links)
            .map_err(|source| PackageError::Io { member: path.display().to_string(), source })?;
        let found = found(Place { store, offset: 0, size: disk.size });
        self.stores.push(Store::Disk(disk));
        let mut input = Input::file(Arc::clone(&file));
        let entry = self.look(&mut input, found)?;
        self.keep_open(store, &entry, file);
        Ok(entry)
    }

    fn keep_open(&mut self, store: usize, entry: &Entry, file: Arc<File>) {
        if let Store::Disk(disk) = &mut self.stores[store]
            && entry.archive.is_some()
        {
            disk.is_archive = true;
            disk.handle = (self.open < MAX_OPEN).then_some(file);
            self.open += 1;
        }
    }

    /// Looks at the content that begins at the input's position: what it is, and what is inside if it is an archive.
    /// Leaves the input somewhere before the content's end.
    pub(crate) fn look(
        &mut self,
        input: &mut Input<'_>,
        found: Found,
    ) -> Result<Entry, PackageError> {
        let order = self.count(&found.label)?;
        let fault = |error| PackageError::reading(&found.label, found.place.offset, error);
        let count = HEAD.min(usize::try_from(found.place.size).unwrap_or(HEAD));
        let head = Head::of(input.peek(count).map_err(fault)?);
        let before = self.members;
        let archive = match head {
            Head::Tar if found.may_be_package => Some(self.plain(input, &found)),
            Head::Packed(codec) if found.may_be_package => {
                self.packed(input, &found, codec).transpose()
            }
            _ => None,
        };
        let archive = match archive {
            // What is wrong below the member ends with the member; what is wrong with the stream it comes from, or
            // with the package as a whole, does not.
            Some(Err(error)) if input.has_failed() || self.members > MAX_MEMBERS => {
                return Err(error);
            }
            archive => archive,
        };
        let archive = archive.map(|archive| {
            let archive = archive.and_then(Archive::without_unrelated);
            if archive.as_ref().is_ok_and(|archive| archive.listing.entries.is_empty()) {
                self.members = before;
            }
            Box::new(archive)
        });
        let kept = if input.is_sequential() && archive.is_none() {
            self.keep(input, &found, head).map_err(fault)?
        } else {
            None
        };
        Ok(Entry { name: found.name, place: found.place, order, head, kept, archive, alias: None })
    }

    fn plain(&mut self, input: &mut Input<'_>, found: &Found) -> Result<Archive, PackageError> {
        let region = Region {
            store: found.place.store,
            start: found.place.offset,
            end: Some(found.place.offset + found.place.size),
            label: found.label.clone(),
            depth: check_depth(found)?,
        };
        let listing = self.tar(input, &region)?;
        Ok(Archive { codec: None, place: Some(found.place), raw: None, listing })
    }

    /// `None` when there is no tar in it.
    fn packed(
        &mut self,
        input: &mut Input<'_>,
        found: &Found,
        codec: Codec,
    ) -> Result<Option<Archive>, PackageError> {
        let depth = check_depth(found)?;
        let fault = |error| PackageError::reading(&found.label, 0, error);
        let end = found.place.offset + found.place.size;
        // A chart is handed out as it is. From a stream its bytes must be kept now.
        let size = found.place.size;
        let may_be_chart = input.is_sequential() && size <= MAX_CHART_ARCHIVE;
        let raw = if may_be_chart && self.kept + size <= MAX_KEPT {
            Some(take(input, size).map_err(fault)?)
        } else {
            None
        };
        let (label, progress) = (found.label.clone(), Arc::clone(&self.progress));
        let meter = Meter { label, progress, reads_disk: !input.is_sequential() };
        let reader: Box<dyn Read + '_> = match &raw {
            Some(raw) => Box::new(&raw[..]),
            None => Box::new(Section { input, end }),
        };
        let decoder = Decoder::new(codec, reader, meter).map_err(fault)?;
        let mut inner = Input::stream(Box::new(decoder));
        if Head::of(inner.peek(HEAD).map_err(fault)?) != Head::Tar {
            return Ok(None);
        }
        let store = self.stores.len();
        self.stores.push(Store::Packed(Packed::new(found.place, codec, &found.label)));
        let region = Region { store, start: 0, end: None, label: found.label.clone(), depth };
        let listing = self.tar(&mut inner, &region)?;
        drop(inner);
        let raw = raw.filter(|_| {
            listing.entries.iter().any(|entry| name::split(&entry.name).1 == "Chart.yaml")
        });
        self.kept += raw.as_ref().map_or(0, |_| size);
        Ok(Some(Archive { codec: Some(codec), place: Some(found.place), raw, listing }))
    }

    /// Keeps small content of a stream that will be asked for.
    fn keep(
        &mut self,
        input: &mut Input<'_>,
        found: &Found,
        head: Head,
    ) -> io::Result<Option<Bytes>> {
        let size = found.place.size;
        let in_chart = found.name.split('/').any(|part| matches!(part, "original-chart" | "chart"));
        let is_document = matches!(head, Head::Array | Head::Object)
            || matches!(name::split(&found.name).1, "hints.yaml" | "Images.lock");
        let is_wanted =
            (in_chart && size <= MAX_CHART_FILE) || (is_document && size <= MAX_KEPT_DOCUMENT);
        if !is_wanted || self.kept + size > MAX_KEPT {
            return Ok(None);
        }
        self.kept += size;
        take(input, size).map(Some)
    }
}

fn check_depth(found: &Found) -> Result<usize, PackageError> {
    let depth = found.depth + 1;
    if depth > MAX_DEPTH {
        let (member, limit) = (found.label.clone(), MAX_DEPTH as u64);
        return Err(PackageError::TooLarge {
            member,
            what: "a depth of archives in archives",
            limit,
        });
    }
    Ok(depth)
}

/// Reads `count` bytes, growing with what is there and not with what is announced.
fn take(input: &mut Input<'_>, count: u64) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    input.take(count).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < count {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes.into())
}

/// Whether a member may be a package of its own. The blobs of an image archive are not: layers are tars, and what
/// they hold is nobody's business here. Neither are the archives inside a chart.
pub(crate) fn may_be_package(path: &str) -> bool {
    let (dir, base) = name::split(path);
    let stem = base.split('.').next().unwrap_or(base);
    let (above, parent) = name::split(dir);
    let is_blob = base == "layer.tar"
        || (matches!(parent, "sha256" | "sha512") && name::split(above).1 == "blobs")
        // Old wraps keep image archives under the digest of the image, in `images/`.
        || (name::is_sha256_hex(stem) && parent != "images");
    !is_blob && !dir.split('/').any(|part| part == "original-chart")
}
