//! The journal of a sync: one line of JSON for each thing worth remembering when the run is killed.
//!
//! It makes a second run cheap and clean; it is never believed about what the registry holds. Lines are appended
//! without `fsync`: a killed process loses none of them, and after a power cut a shorter journal costs time only.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use oci::Digest;
use serde::{Deserialize, Serialize};

use crate::problem::{Error, Phase, Problem, ProblemKind, chain, io_kind};

/// An open, locked journal.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    /// Uploads that an earlier run began and did not finish, by repository and blob: where they go on.
    unfinished: BTreeMap<(String, Digest), String>,
    /// Files whose checksum was found right, as they were then.
    checked: Vec<CheckedFile>,
}

/// A file that had the checksum it should have. A changed file is a new file, and so is one with a new checksum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CheckedFile {
    path: PathBuf,
    size: u64,
    /// Nanoseconds since 1970. (Not 128 bits: serde cannot read those inside a tagged enum.)
    modified: u64,
    expected: Digest,
}

impl CheckedFile {
    /// The file of a checksum as it is now; `None` when it is gone.
    pub(crate) fn of(checksum: &bundle::Checksum) -> Option<Self> {
        let path = checksum.file.canonicalize().ok()?;
        let metadata = path.metadata().ok()?;
        let modified =
            metadata.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let modified = u64::try_from(modified).unwrap_or(u64::MAX);
        Some(Self { path, size: metadata.len(), modified, expected: checksum.expected.clone() })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    Checked { file: CheckedFile },
    Started { repository: String, digest: Digest, location: String },
    Finished { repository: String, digest: Digest },
}

impl Journal {
    /// Opens the journal of a target in `directory`, which is created for this user alone.
    pub(crate) fn open(directory: &Path, target: &str) -> Result<Self, Error> {
        prepare_directory(directory)?;
        let name = format!("sync-{}.jsonl", Digest::of(target.as_bytes()).short());
        let path = directory.join(name);
        let fail = |source: io::Error| local_error(&path, &source);
        let file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .mode(0o600)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(&path)
            .map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let detail = format!("the journal {} is in use", path.display());
                return Err(Error::new(
                    Phase::Plan,
                    Problem::error(ProblemKind::Locked, target, detail),
                ));
            }
            Err(TryLockError::Error(source)) => return Err(fail(source)),
        }
        let (unfinished, checked) = replay(&file).map_err(fail)?;
        // A kill can leave half a line. The next one starts on a line of its own.
        (&file).write_all(b"\n").map_err(fail)?;
        Ok(Self { path, file: Mutex::new(file), unfinished, checked })
    }

    /// Where an upload that an earlier run began goes on.
    pub(crate) fn unfinished(&self, repository: &str, digest: &Digest) -> Option<&str> {
        self.unfinished.get(&(repository.to_owned(), digest.clone())).map(String::as_str)
    }

    /// All of them: repository, blob, location.
    pub(crate) fn all_unfinished(&self) -> impl Iterator<Item = (&str, &Digest, &str)> {
        self.unfinished.iter().map(|((repository, digest), location)| {
            (repository.as_str(), digest, location.as_str())
        })
    }

    /// Whether an earlier run found the checksum of exactly this file right.
    pub(crate) fn is_checked(&self, file: &CheckedFile) -> bool {
        self.checked.contains(file)
    }

    /// The file has the checksum it should have.
    pub(crate) fn checked(&self, file: CheckedFile) -> Result<(), Error> {
        self.append(&Line::Checked { file })
    }

    /// An upload begins; it can be continued at `location`.
    pub(crate) fn started(
        &self,
        repository: &str,
        digest: &Digest,
        location: &str,
    ) -> Result<(), Error> {
        let (repository, digest, location) =
            (repository.to_owned(), digest.clone(), location.to_owned());
        self.append(&Line::Started { repository, digest, location })
    }

    /// An upload ended, one way or another: nothing is left to continue.
    pub(crate) fn finished(&self, repository: &str, digest: &Digest) -> Result<(), Error> {
        self.append(&Line::Finished { repository: repository.to_owned(), digest: digest.clone() })
    }

    /// The run is complete: only the checksums are worth keeping, of each file the last one.
    pub(crate) fn compact(&self, newly_checked: &[CheckedFile]) -> Result<(), Error> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.checked.iter().chain(newly_checked);
        let last: BTreeMap<&Path, &CheckedFile> =
            all.map(|checked| (checked.path.as_path(), checked)).collect();
        let lines: String = last
            .into_values()
            .map(|checked| encode(&Line::Checked { file: checked.clone() }))
            .collect();
        // Truncated in place, not replaced: the lock is on this very file.
        file.set_len(0)
            .and_then(|()| (&*file).write_all(lines.as_bytes()))
            .map_err(|e| local_error(&self.path, &e))
    }

    fn append(&self, line: &Line) -> Result<(), Error> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        (&*file)
            .write_all(encode(line).as_bytes())
            .map_err(|source| local_error(&self.path, &source))
    }
}

fn encode(line: &Line) -> String {
    let mut text = serde_json::to_string(line).expect("a journal line has string keys");
    text.push('\n');
    text
}

type Replayed = (BTreeMap<(String, Digest), String>, Vec<CheckedFile>);

/// Reads a journal. A line that cannot be understood (a torn last line) is as if it had not been written.
fn replay(file: &File) -> io::Result<Replayed> {
    let (mut unfinished, mut checked) = (BTreeMap::new(), Vec::new());
    for line in BufReader::new(file).split(b'\n') {
        match serde_json::from_slice(&line?) {
            Ok(Line::Checked { file }) => checked.push(file),
            Ok(Line::Started { repository, digest, location }) => {
                unfinished.insert((repository, digest), location);
            }
            Ok(Line::Finished { repository, digest }) => {
                unfinished.remove(&(repository, digest));
            }
            Err(_) => {}
        }
    }
    Ok((unfinished, checked))
}

/// Makes the directory, or refuses one that somebody else could have prepared (bad-inputs F4).
fn prepare_directory(directory: &Path) -> Result<(), Error> {
    let fail = |source: io::Error| local_error(directory, &source);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(fail)?;
    let metadata = fs::symlink_metadata(directory).map_err(fail)?;
    let reason = if !metadata.is_dir() {
        "it is not a directory"
    } else if metadata.uid() != rustix::process::geteuid().as_raw() {
        "it belongs to another user"
    } else if metadata.mode() & 0o022 != 0 {
        "others may write to it"
    } else {
        return Ok(());
    };
    let problem = Problem::error(ProblemKind::StateUnsafe, directory.display().to_string(), reason);
    Err(Error::new(Phase::Plan, problem))
}

fn local_error(path: &Path, source: &io::Error) -> Error {
    let kind = io_kind(source);
    Error::new(Phase::Plan, Problem::error(kind, path.display().to_string(), chain(source)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(n: u8) -> Digest {
        Digest::of(&[n])
    }

    #[test]
    fn remembers_uploads_that_were_not_finished() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let journal = Journal::open(&state, "reg.io").unwrap();
        journal.started("a", &digest(1), "/v2/a/blobs/uploads/1").unwrap();
        journal.started("a", &digest(2), "/v2/a/blobs/uploads/2").unwrap();
        journal.finished("a", &digest(1)).unwrap();
        drop(journal);
        // A torn last line, as a kill in the middle of a write leaves it.
        let path = fs::read_dir(&state).unwrap().next().unwrap().unwrap().path();
        OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(br#"{"event":"finis"#)
            .unwrap();

        let journal = Journal::open(&state, "reg.io").unwrap();
        assert_eq!(journal.unfinished("a", &digest(2)), Some("/v2/a/blobs/uploads/2"));
        assert_eq!(journal.all_unfinished().count(), 1);
        journal.compact(&[]).unwrap();
        drop(journal);
        assert_eq!(Journal::open(&state, "reg.io").unwrap().all_unfinished().count(), 0);
    }

    #[test]
    fn trusts_a_checksum_until_the_file_changes() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let package = directory.path().join("p.tar");
        fs::write(&package, "content").unwrap();
        let checksum = |text: &str| bundle::Checksum {
            path: "p.sha512sum".into(),
            file: package.clone(),
            expected: Digest::of(text.as_bytes()),
            names: "p.tar".into(),
            names_this_file: true,
        };
        let file = CheckedFile::of(&checksum("a")).unwrap();
        let journal = Journal::open(&state, "reg.io").unwrap();
        assert!(!journal.is_checked(&file));
        journal.checked(file.clone()).unwrap();
        journal.compact(std::slice::from_ref(&file)).unwrap();
        drop(journal);
        let journal = Journal::open(&state, "reg.io").unwrap();
        assert!(journal.is_checked(&file));
        assert!(!journal.is_checked(&CheckedFile::of(&checksum("b")).unwrap()));
        fs::write(&package, "other content").unwrap();
        assert!(!journal.is_checked(&CheckedFile::of(&checksum("a")).unwrap()));
    }

    #[test]
    fn two_runs_on_one_target_exclude_each_other() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let first = Journal::open(&state, "reg.io").unwrap();
        let error = Journal::open(&state, "reg.io").unwrap_err();
        assert_eq!(error.problems[0].kind, ProblemKind::Locked);
        Journal::open(&state, "other.io").unwrap();
        drop(first);
        Journal::open(&state, "reg.io").unwrap();
    }

    #[test]
    fn refuses_a_directory_that_others_can_write_to() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let error = Journal::open(directory.path(), "reg.io").unwrap_err();
        assert_eq!(error.problems[0].kind, ProblemKind::StateUnsafe);
    }
}
