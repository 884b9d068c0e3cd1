//! Files that take the place of others: as a whole, with their mode and owner, and never at the cost of a backup.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Backups beside one file. Who has so many has a script that runs wild.
const MOST_BACKUPS: usize = 1000;

/// Keeps what a file holds under a name that is free, `FILE.bak`, `FILE.bak.1` and so on, with the file's mode and
/// owner.
pub(super) fn keep(path: &Path, bytes: &[u8]) -> Result<PathBuf, Failure> {
    for number in 0..MOST_BACKUPS {
        let suffix = if number == 0 { ".bak".to_owned() } else { format!(".bak.{number}") };
        let backup = with_suffix(path, &suffix);
        match write_new(&backup, bytes, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Failure::local(&backup, &error)),
            Ok(()) => return Ok(backup),
        }
    }
    let backup = with_suffix(path, ".bak");
    Err(Failure::local(&backup, &io::ErrorKind::AlreadyExists.into()))
}

/// Puts a file in place at once: whoever opens it finds the old or the new text. Mode and owner are those of the file
/// that was there; a new one is readable by its owner alone, since it holds passwords.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let temporary = with_suffix(path, &format!(".{}.tmp", std::process::id()));
    let outcome = write_new(&temporary, bytes, path).and_then(|()| {
        std::fs::rename(&temporary, path).inspect_err(|_| {
            // When even that fails, the first error is the one to tell.
            let _ = std::fs::remove_file(&temporary);
        })
    });
    outcome.map_err(|error| Failure::local(path, &error))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// Writes a file that must not exist yet, like another one if that exists. What cannot be written whole is taken away.
fn write_new(path: &Path, bytes: &[u8], like: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let outcome =
        file.write_all(bytes).and_then(|()| resemble(&file, like)).and_then(|()| file.sync_all());
    outcome.inspect_err(|_| {
        let _ = std::fs::remove_file(path);
    })
}

/// Gives a file the owner, where that is possible, and the mode of another one.
fn resemble(file: &File, like: &Path) -> io::Result<()> {
    let Ok(other) = std::fs::metadata(like) else { return Ok(()) };
    let has_group = fchown(file, Some(other.uid()), Some(other.gid())).is_ok()
        || fchown(file, None, Some(other.gid())).is_ok();
    // What one group may read is nothing for another one.
    let allowed = if has_group { 0o777 } else { 0o707 };
    file.set_permissions(Permissions::from_mode(other.mode() & allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn no_backup_takes_the_place_of_an_older_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("f.yaml");
        std::fs::write(&path, "now").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        for (text, name) in [("1", "f.yaml.bak"), ("2", "f.yaml.bak.1"), ("3", "f.yaml.bak.2")] {
            let kept = keep(&path, text.as_bytes()).unwrap();
            assert_eq!(kept, directory.path().join(name));
            assert_eq!(mode(&kept), 0o640);
        }
        assert_eq!(std::fs::read_to_string(directory.path().join("f.yaml.bak")).unwrap(), "1");
    }

    #[test]
    fn the_mode_stays_and_nothing_is_left_beside() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("f.yaml");
        replace(&path, b"new").unwrap();
        assert_eq!(mode(&path), 0o600);
        std::fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
        replace(&path, b"newer").unwrap();
        assert_eq!((mode(&path), std::fs::read(&path).unwrap()), (0o444, b"newer".to_vec()));
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(replace(&directory.path().join("none/f.yaml"), b"x").is_err());
    }
}
