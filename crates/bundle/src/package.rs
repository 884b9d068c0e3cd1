//! An opened package: what it holds, and its content by digest.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use oci::{Content, Descriptor, Digest, Source, SourceError};

use crate::assemble::Assembler;
use crate::bundle::Bundle;
use crate::checksum::Checksum;
use crate::decode::Progress;
use crate::finding::{Finding, FindingKind};
use crate::listing::Archive;
use crate::member::{BlobEntry, Document};
use crate::scan::{Found, Scanner};
use crate::store::{Links, Store, Stores};
use crate::{PackageError, name};

/// An opened package. Content is read where it lies, by any number of readers; nothing is unpacked.
///
/// As a [`Source`] it hands out configs, layers, manifests and indexes. Every byte is checked against the digest on
/// its way ([`Content`]).
#[derive(Debug)]
pub struct Package {
    path: PathBuf,
    files: Vec<PackageFile>,
    access: Access,
    checksums: Vec<Checksum>,
    unchecked: Vec<PathBuf>,
    bundles: Vec<Bundle>,
    findings: Vec<Finding>,
    blobs: Vec<Blob>,
    places: BTreeMap<Digest, BlobEntry>,
    documents: BTreeMap<Digest, Document>,
    stores: Arc<Stores>,
}

/// A file on disk that a package was read from. When size and time of all of them are the same, the package is too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFile {
    /// Where.
    pub path: PathBuf,
    /// In bytes.
    pub size: u64,
    /// When it was written last.
    pub modified: SystemTime,
}

/// How content can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// In any order, several at once.
    Random,
    /// Compressed: in the order of [`Package::blobs`], one at a time. Going back decompresses again from the
    /// beginning, and several at once decompress once each; both are right, and slow.
    Sequential,
}

/// A blob of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// What it claims to be. The size is that of the member.
    pub descriptor: Descriptor,
    /// Where it is: `file › member › member`.
    pub member: String,
}

/// Opens a package of any layout, by its content: a download, a bundle, an image archive, an OCI layout, a `dt` wrap,
/// a chart, or a directory of these; plain, gzip or zstd.
///
/// Plain archives cost their headers and the small files that say what is in them. Compressed ones are decompressed
/// once, here; a second time when their content is fetched.
///
/// Look at [`Package::findings`]: what is faulty is not among what the package hands out.
pub fn open(path: &Path) -> Result<Package, PackageError> {
    open_watched(path, &Arc::default())
}

/// [`open`], with a look at how far it is and a way to stop it.
pub fn open_watched(path: &Path, progress: &Arc<Progress>) -> Result<Package, PackageError> {
    let metadata = fs::metadata(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => PackageError::NotFound { path: path.into() },
        _ => PackageError::Io { member: path.display().to_string(), source },
    })?;
    let mut scanner = Scanner::new(Arc::clone(progress));
    let archive = if metadata.is_dir() {
        let listing = scanner.directory(path)?;
        Archive { codec: None, place: None, raw: None, listing }
    } else if metadata.is_file() {
        file(&mut scanner, path)?
    } else {
        return Err(PackageError::NotAPackage { path: path.into(), seen: "a device or a pipe" });
    };
    let mut assembler = Assembler::new(Arc::new(Stores(scanner.stores)), title(path));
    if !assembler.contents(archive)? {
        let refused = assembler.findings.iter().find_map(|finding| match finding.kind {
            FindingKind::PassedOver(reason) => Some((finding.member.clone(), reason)),
            _ => None,
        });
        return Err(match refused {
            Some((member, reason)) => PackageError::UnsafeMember { member, reason },
            None => PackageError::NothingFound { path: path.into() },
        });
    }
    Ok(Package::new(path, assembler))
}

/// The name of a file or directory, for messages.
fn title(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name::excerpt(name.as_encoded_bytes())
}

fn file(scanner: &mut Scanner, path: &Path) -> Result<Archive, PackageError> {
    let label = title(path);
    let entry = scanner.disk_file(path, Links::Follow, |place| Found {
        name: label.clone(),
        label,
        place,
        depth: 0,
        may_be_package: true,
    })?;
    let seen = entry.head.describe();
    match entry.archive {
        Some(archive) => *archive,
        None => Err(PackageError::NotAPackage { path: path.into(), seen }),
    }
}

impl Package {
    fn new(path: &Path, mut assembler: Assembler) -> Self {
        let stores = assembler.stores;
        let (checksums, unchecked) = find_checksums(&stores, &mut assembler.findings);
        let files = stores.0.iter().filter_map(|store| match store {
            Store::Disk(disk) => Some(PackageFile {
                path: disk.path.clone(),
                size: disk.size,
                modified: disk.modified,
            }),
            Store::Packed(_) => None,
        });
        let mut ordered: Vec<_> = assembler.blobs.values().collect();
        ordered.sort_by_key(|blob| blob.order);
        let is_random = ordered.iter().all(|blob| stores.is_random(blob.place));
        let access = if is_random { Access::Random } else { Access::Sequential };
        let blob = |blob: &&BlobEntry| Blob {
            descriptor: blob.descriptor.clone(),
            member: blob.member.clone(),
        };
        Self {
            path: path.into(),
            files: files.collect(),
            access,
            checksums,
            unchecked,
            blobs: ordered.iter().map(blob).collect(),
            bundles: assembler.bundles,
            findings: assembler.findings,
            places: assembler.blobs,
            documents: assembler.documents,
            stores,
        }
    }

    /// Makes reading in any order affordable in a compressed package: places where decompression can go on are
    /// kept in memory as content is read (about 1.4 MiB for each gigabyte of gzip). For servers. A zstd file has such
    /// places only if it was written in several frames. A plain package needs none.
    #[must_use]
    pub fn with_seek_points(self) -> Self {
        self.stores.keep_seek_points();
        self
    }

    /// What was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every file on disk that was looked at.
    pub fn files(&self) -> &[PackageFile] {
        &self.files
    }

    /// How content is best read.
    pub fn access(&self) -> Access {
        self.access
    }

    /// The checksum of the package, when one lies beside it. A directory may have several: see
    /// [`Package::checksums`].
    pub fn checksum(&self) -> Option<&Checksum> {
        self.checksums.first()
    }

    /// The checksums of all archives on disk that have a checksum file beside them. A directory may hold several.
    pub fn checksums(&self) -> &[Checksum] {
        &self.checksums
    }

    /// The archives on disk that have none.
    pub fn unchecked(&self) -> &[PathBuf] {
        &self.unchecked
    }

    /// What was found, in the order of the package; the same bundle only once.
    pub fn bundles(&self) -> &[Bundle] {
        &self.bundles
    }

    /// Everything wrong with the package that leaves the rest readable.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The configs and layers of all images, each once, in the order of the package.
    pub fn blobs(&self) -> &[Blob] {
        &self.blobs
    }

    /// Where content is, for messages.
    pub fn member(&self, digest: &Digest) -> Option<&str> {
        let blob = self.places.get(digest).map(|blob| blob.member.as_str());
        blob.or_else(|| self.documents.get(digest).map(|document| document.member.as_str()))
    }
}

impl Source for Package {
    fn fetch(&self, descriptor: &Descriptor) -> Result<Content, SourceError> {
        let digest = &descriptor.digest;
        if let Some(document) = self.documents.get(digest) {
            return Ok(Content::from_bytes(descriptor, document.bytes.clone()));
        }
        let blob = self.places.get(digest).ok_or_else(|| SourceError::NotFound(digest.clone()))?;
        if let Some(bytes) = &blob.kept {
            return Ok(Content::from_bytes(descriptor, bytes.clone()));
        }
        let reader = self
            .stores
            .reader(blob.place)
            .map_err(|source| SourceError::Open { digest: digest.clone(), source })?;
        if self.stores.is_random(blob.place) {
            return Ok(Content::from_file(descriptor, reader));
        }
        Ok(Content::from_reader(descriptor, reader))
    }
}

/// The checksum files beside the archives on disk, and the archives that have none.
fn find_checksums(stores: &Stores, findings: &mut Vec<Finding>) -> (Vec<Checksum>, Vec<PathBuf>) {
    let (mut checksums, mut unchecked) = (Vec::new(), Vec::new());
    for store in &stores.0 {
        let Store::Disk(disk) = store else { continue };
        if !disk.is_archive {
            continue;
        }
        match Checksum::find(&disk.path) {
            Ok(None) => unchecked.push(disk.path.clone()),
            Ok(Some(checksum)) => {
                if !checksum.names_this_file {
                    let kind = FindingKind::ChecksumName(checksum.names.clone());
                    findings.push(Finding::warning(title(&checksum.path), kind));
                }
                checksums.push(checksum);
            }
            Err((path, reason)) => {
                findings.push(Finding::error(title(&path), FindingKind::Checksum(reason)));
            }
        }
    }
    (checksums, unchecked)
}
