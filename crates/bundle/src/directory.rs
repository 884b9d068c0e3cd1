//! Listing a directory, without ever following a link.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::PackageError;
use crate::listing::Listing;
use crate::name;
use crate::scan::{Found, Scanner};
use crate::store::Links;

/// Directories inside directories. A chart with subcharts in an installer's tree has about twelve.
const MAX_DIRECTORY_DEPTH: usize = 40;

impl Scanner {
    /// Lists everything below `root`, in the order of the names.
    pub(crate) fn directory(&mut self, root: &Path) -> Result<Listing, PackageError> {
        let mut listing = Listing::new(String::new());
        listing.is_directory = true;
        self.descend(root, "", &mut listing, 0)?;
        Ok(listing)
    }

    fn descend(
        &mut self,
        directory: &Path,
        prefix: &str,
        listing: &mut Listing,
        depth: usize,
    ) -> Result<(), PackageError> {
        if depth > MAX_DIRECTORY_DEPTH {
            let (member, limit) = (prefix.to_owned(), MAX_DIRECTORY_DEPTH as u64);
            return Err(PackageError::TooLarge { member, what: "a depth of directories", limit });
        }
        let children = children(directory)?;
        let is_image_archive = children.iter().any(|(name, _)| name == b"manifest.json");
        for (raw_name, path) in children {
            self.count(prefix)?;
            let name = match name::clean(&raw_name) {
                Ok(Some(name)) => name::within(prefix, &name),
                Ok(None) => continue,
                Err(reason) => {
                    listing.refuse(&[prefix.as_bytes(), b"/", &raw_name].concat(), reason);
                    continue;
                }
            };
            let kind = fs::symlink_metadata(&path)
                .map_err(|source| PackageError::Io { member: name.clone(), source })?
                .file_type();
            if kind.is_dir() {
                self.descend(&path, &name, listing, depth + 1)?;
            } else if kind.is_file() {
                let may_be_package = is_candidate(&name, is_image_archive);
                let found = |place| {
                    let label = name.clone();
                    Found { name, label, place, depth: 0, may_be_package }
                };
                let entry = self.disk_file(&path, Links::Refuse, found)?;
                listing.entries.push(entry);
            } else if kind.is_symlink() {
                listing.refuse(name.as_bytes(), "it is a symbolic link");
            } else {
                listing.refuse(name.as_bytes(), "it is neither a file nor a directory");
            }
        }
        Ok(())
    }
}

/// Whether a file may be a package. As in an archive, the blobs of images are not; but a file that merely has a digest
/// for a name is one unless it lies beside the `manifest.json` of an unpacked image archive.
fn is_candidate(path: &str, is_image_archive: bool) -> bool {
    let (dir, base) = name::split(path);
    let stem = base.split('.').next().unwrap_or(base);
    let is_named_by_digest = name::is_sha256_hex(stem);
    if is_named_by_digest && !is_image_archive && !dir.ends_with("blobs/sha256") {
        return true;
    }
    crate::scan::may_be_package(path)
}

fn children(directory: &Path) -> Result<Vec<(Vec<u8>, PathBuf)>, PackageError> {
    let fault = |source| PackageError::Io { member: directory.display().to_string(), source };
    let mut children = Vec::new();
    for child in fs::read_dir(directory).map_err(fault)? {
        let child = child.map_err(fault)?;
        children.push((child.file_name().as_bytes().to_vec(), child.path()));
    }
    children.sort();
    Ok(children)
}
