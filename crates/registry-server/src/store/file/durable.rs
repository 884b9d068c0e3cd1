//! Files that are there completely or not at all.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// No name of a tag, digest, chart or repository begins so.
const TEMPORARY: &str = ".new-";

/// Writes a file (mode 0600) beside its place, makes it durable and moves it there. Directories are made as needed.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file =
        with_parent(parent, || tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(parent))?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    file.persist(path)?;
    Ok(())
}

/// Makes an empty file (mode 0600), if it is not there. Directories are made as needed.
pub(super) fn touch(path: &Path) -> io::Result<()> {
    let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let open = || OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    with_parent(parent, open).map(drop)
}

/// Moves a file. Directories are made as needed.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let parent = to.parent().ok_or(io::ErrorKind::InvalidInput)?;
    // A missing source looks the same as a missing directory: then the second attempt fails as the first did.
    with_parent(parent, || fs::rename(from, to))
}

/// Whether the name is one that a killed [`write`] leaves behind.
pub(super) fn is_temporary(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes())
}

/// Makes directories (mode 0700).
pub(super) fn make_directories(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Removes a file; tells whether it was there.
pub(super) fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn with_parent<T>(parent: &Path, attempt: impl Fn() -> io::Result<T>) -> io::Result<T> {
    match attempt() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_directories(parent)?;
            attempt()
        }
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn a_file_is_private_replaced_in_one_step_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/c");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn touching_keeps_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x/y");
        touch(&path).unwrap();
        fs::write(&path, "kept").unwrap();
        touch(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"kept");
        assert!(remove(&path).unwrap() && !remove(&path).unwrap());
    }
}
