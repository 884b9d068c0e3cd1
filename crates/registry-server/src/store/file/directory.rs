//! Taking a directory into use.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::durable;
use super::layout::Layout;

/// The version of the layout that this code reads and writes.
const LAYOUT_VERSION: u32 = 1;

pub(super) const MARKER: &str = "ferry-registry.json";
const LOCK: &str = "lock";

#[derive(Serialize, Deserialize)]
struct Marker {
    layout: u32,
}

/// Why a directory cannot be a registry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileStoreError {
    /// A symbolic link could lead anywhere.
    #[error("`{}` is a symbolic link", path.display())]
    Symlink {
        /// Which path.
        path: PathBuf,
    },
    /// There is something else.
    #[error("`{}` is not a directory", path.display())]
    NotDirectory {
        /// Which path.
        path: PathBuf,
    },
    /// Somebody else could have put anything into it.
    #[error("`{}` belongs to another user (uid {owner})", path.display())]
    Owner {
        /// Which path.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// Everybody can put anything into it.
    #[error("`{}` can be written by everybody (mode {mode:03o})", path.display())]
    WorldWritable {
        /// Which path.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It has content that is not a registry's.
    #[error("`{}` is neither empty nor a registry made by ferry", path.display())]
    Foreign {
        /// Which path.
        path: PathBuf,
    },
    /// A later ferry made it.
    #[error("`{}` has layout {found}, this version reads layout {LAYOUT_VERSION}", path.display())]
    Layout {
        /// Which path.
        path: PathBuf,
        /// The layout it has.
        found: u32,
    },
    /// Another process serves it.
    #[error("`{}` is in use by another process", path.display())]
    Busy {
        /// Which path.
        path: PathBuf,
    },
    /// Something stored there cannot be understood.
    #[error("`{}` is damaged", path.display())]
    Corrupt {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The file system failed.
    #[error("cannot use `{}`", path.display())]
    Io {
        /// Which path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl FileStoreError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// Makes or checks the directory and takes it for this process, as long as the returned file is open.
pub(super) fn claim(root: &Path) -> Result<File, FileStoreError> {
    make_directory(root)?;
    let is_fresh = is_fresh(root)?;
    let lock = lock(root)?;
    let marker = root.join(MARKER);
    if is_fresh {
        let text = serde_json::json!({ "layout": LAYOUT_VERSION }).to_string();
        durable::write(&marker, text.as_bytes()).map_err(FileStoreError::io(&marker))?;
    } else {
        read_marker(root)?;
    }
    for name in Layout::DIRECTORIES {
        make_directory(&root.join(name))?;
    }
    Ok(lock)
}

/// Checks a directory that is only read, and writes nothing. The returned file keeps out whoever would write; there is
/// none where the file system has no lock to open, as on a read-only medium: nobody writes there either.
pub(super) fn visit(root: &Path) -> Result<Option<File>, FileStoreError> {
    check(root, &fs::symlink_metadata(root).map_err(FileStoreError::io(root))?, Visitor::Reader)?;
    if is_fresh(root)? {
        return Err(FileStoreError::Foreign { path: root.to_owned() });
    }
    let path = root.join(LOCK);
    let lock = match File::open(&path) {
        Ok(file) => match file.try_lock_shared() {
            Ok(()) => Some(file),
            Err(fs::TryLockError::WouldBlock) => {
                return Err(FileStoreError::Busy { path: root.to_owned() });
            }
            // Some network file systems lock only what is open for writing.
            Err(fs::TryLockError::Error(_)) => None,
        },
        Err(_) => None,
    };
    read_marker(root)?;
    for name in Layout::DIRECTORIES {
        let path = root.join(name);
        match fs::symlink_metadata(&path) {
            Ok(metadata) => check(&path, &metadata, Visitor::Reader)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(FileStoreError::io(&path)(error)),
        }
    }
    Ok(lock)
}

fn read_marker(root: &Path) -> Result<(), FileStoreError> {
    let marker = root.join(MARKER);
    let text = fs::read(&marker).map_err(FileStoreError::io(&marker))?;
    let found: Marker = serde_json::from_slice(&text)
        .map_err(|source| FileStoreError::Corrupt { path: marker, source })?;
    if found.layout == LAYOUT_VERSION {
        return Ok(());
    }
    Err(FileStoreError::Layout { path: root.to_owned(), found: found.layout })
}

fn make_directory(path: &Path) -> Result<(), FileStoreError> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .map_err(FileStoreError::io(path))?;
            fs::symlink_metadata(path)
        }
        metadata => metadata,
    };
    check(path, &metadata.map_err(FileStoreError::io(path))?, Visitor::Owner)
}

/// Who uses a directory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visitor {
    /// Its owner, who writes.
    Owner,
    /// Anybody who reads: a medium or a share may have been written by another user.
    Reader,
}

fn check(path: &Path, metadata: &Metadata, visitor: Visitor) -> Result<(), FileStoreError> {
    let path = path.to_owned();
    if metadata.is_symlink() {
        return Err(FileStoreError::Symlink { path });
    }
    if !metadata.is_dir() {
        return Err(FileStoreError::NotDirectory { path });
    }
    if visitor == Visitor::Owner && metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(FileStoreError::Owner { path, owner: metadata.uid() });
    }
    let mode = metadata.mode() & 0o777;
    if mode & 0o002 != 0 {
        return Err(FileStoreError::WorldWritable { path, mode });
    }
    Ok(())
}

/// Whether nothing is there yet. A lock without a marker is what a start leaves that was killed at once, `lost+found`
/// is a file system's own.
fn is_fresh(root: &Path) -> Result<bool, FileStoreError> {
    if root.join(MARKER).exists() {
        return Ok(false);
    }
    for entry in fs::read_dir(root).map_err(FileStoreError::io(root))? {
        let name = entry.map_err(FileStoreError::io(root))?.file_name();
        if name != LOCK && name != "lost+found" && !durable::is_temporary(&name) {
            return Err(FileStoreError::Foreign { path: root.to_owned() });
        }
    }
    Ok(true)
}

fn lock(root: &Path) -> Result<File, FileStoreError> {
    let path = root.join(LOCK);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(FileStoreError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(FileStoreError::Busy { path: root.to_owned() }),
        Err(fs::TryLockError::Error(source)) => Err(FileStoreError::Io { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_new_directory_is_private_and_can_be_used_again() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("a/registry");
        drop(claim(&root).unwrap());
        let lock = claim(&root).unwrap();
        assert_eq!(fs::metadata(&root).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(root.join(MARKER)).unwrap().mode() & 0o777, 0o600);
        assert!(matches!(claim(&root), Err(FileStoreError::Busy { .. })));
        drop(lock);
    }

    #[test]
    fn refuses_a_directory_that_others_could_have_filled() {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().join("real");
        fs::create_dir(&real).unwrap();
        let link = dir.path().join("link");
        symlink(&real, &link).unwrap();
        assert!(matches!(claim(&link), Err(FileStoreError::Symlink { .. })));

        fs::set_permissions(&real, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(claim(&real), Err(FileStoreError::WorldWritable { .. })));

        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(claim(&file), Err(FileStoreError::NotDirectory { .. })));

        let root = dir.path().join("inner");
        drop(claim(&root).unwrap());
        fs::remove_dir(root.join("uploads")).unwrap();
        symlink(&real, root.join("uploads")).unwrap();
        assert!(matches!(claim(&root), Err(FileStoreError::Symlink { .. })));
    }

    #[test]
    fn refuses_a_directory_that_holds_something_else() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("home");
        fs::create_dir(&root).unwrap();
        fs::write(root.join("notes.txt"), "x").unwrap();
        assert!(matches!(claim(&root), Err(FileStoreError::Foreign { .. })));
        assert_eq!(fs::read_dir(&root).unwrap().count(), 1, "nothing was added");

        let later = dir.path().join("later");
        fs::create_dir(&later).unwrap();
        fs::write(later.join(MARKER), r#"{"layout":7}"#).unwrap();
        assert!(matches!(claim(&later), Err(FileStoreError::Layout { found: 7, .. })));
    }

    #[test]
    fn a_reader_writes_nothing_and_keeps_writers_out() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("registry");
        assert!(matches!(visit(&root), Err(FileStoreError::Io { .. })));
        fs::create_dir(&root).unwrap();
        assert!(matches!(visit(&root), Err(FileStoreError::Foreign { .. })));
        assert_eq!(fs::read_dir(&root).unwrap().count(), 0, "nothing was added");

        let writer = claim(&root).unwrap();
        assert!(matches!(visit(&root), Err(FileStoreError::Busy { .. })));
        drop(writer);
        let (one, two) = (visit(&root).unwrap(), visit(&root).unwrap());
        assert!(one.is_some() && two.is_some());
        assert!(matches!(claim(&root), Err(FileStoreError::Busy { .. })));
        drop((one, two));

        // As on a medium that was written without it.
        fs::remove_file(root.join(LOCK)).unwrap();
        fs::remove_dir(root.join("uploads")).unwrap();
        assert!(visit(&root).unwrap().is_none());
        assert!(!root.join(LOCK).exists() && !root.join("uploads").exists());
    }

    #[test]
    fn refuses_the_directory_of_another_user() {
        let metadata = fs::metadata("/proc/1").unwrap();
        let is_root = metadata.uid() == rustix::process::geteuid().as_raw();
        let dir = tempfile::tempdir().unwrap();
        if is_root {
            std::os::unix::fs::chown(dir.path(), Some(12_345), None).unwrap();
            assert!(matches!(claim(dir.path()), Err(FileStoreError::Owner { owner: 12_345, .. })));
        } else {
            let found = check(Path::new("/proc/1"), &metadata, Visitor::Owner);
            assert!(matches!(found, Err(FileStoreError::Owner { .. })));
        }
    }
}
