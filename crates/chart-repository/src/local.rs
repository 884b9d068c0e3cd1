//! A directory of charts with an `index.yaml`, which any web server can hand out.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use oci::Digest;
use serde_json::{Map, Value};

use crate::Error;
use crate::chart::{
    Existing, Location, OnConflict, Outcome, PackagedChart, Published, decide, file_name,
};
use crate::error::Action;
use crate::index::{self, EditableIndex, MAX_INDEX};

const INDEX: &str = "index.yaml";
/// Larger files are no charts, in bytes.
const MAX_CHART: u64 = 512 << 20;
/// How long another process may hold the directory. Writing a chart takes less than a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tells what a `.tgz` holds, so that charts other tools put into the directory get into the index too. `None` for a
/// file that is no chart.
pub type DescribeArchive = Arc<dyn Fn(Bytes) -> Option<PackagedChart> + Send + Sync>;

/// A directory of charts.
#[derive(Clone)]
pub(crate) struct Local {
    directory: PathBuf,
    describe: Option<DescribeArchive>,
}

impl Local {
    pub(crate) fn new(directory: &str, describe: Option<DescribeArchive>) -> Result<Self, Error> {
        if directory.is_empty() {
            return Err(Error::Path { path: String::new(), reason: "it is empty" });
        }
        Ok(Self { directory: PathBuf::from(directory), describe })
    }

    pub(crate) fn location(&self, name: &str, version: &str) -> Location {
        Location::File { path: shown(&self.directory.join(file_name(name, version))) }
    }

    /// That charts can be written here. Nothing is: a directory that is missing is created with the first chart.
    pub(crate) fn check_access(&self) -> Result<(), Error> {
        self.check_index()?;
        let place = self.nearest_directory()?;
        let wanted = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
        rustix::fs::access(place, wanted)
            .map_err(|error| failed(Action::CheckAccess, place)(error.into()))
    }

    /// The directory, or the one it would be created in.
    fn nearest_directory(&self) -> Result<&Path, Error> {
        for place in self.directory.ancestors() {
            let place = if place.as_os_str().is_empty() { Path::new(".") } else { place };
            match fs::metadata(place) {
                Ok(found) if found.is_dir() => return Ok(place),
                Ok(_) => return Err(refuse(place, "it is a file")),
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed(Action::CheckAccess, place)(error));
                }
                Err(_) if fs::symlink_metadata(place).is_ok() => {
                    return Err(refuse(place, "it is a link that leads nowhere"));
                }
                Err(_) => {}
            }
        }
        Err(refuse(&self.directory, "no part of it exists"))
    }

    pub(crate) fn find(&self, name: &str, version: &str) -> Result<Option<Existing>, Error> {
        let place = self.directory.join(file_name(name, version));
        let Some(data) = Self::read_regular(&place, MAX_CHART)? else { return Ok(None) };
        Ok(Some(Existing { digest: Some(Digest::of(&data)), url: shown(&place) }))
    }

    /// Writes the archive and brings the index up to date; each appears under its name when it is complete. Looking,
    /// deciding and writing happen while no other writer can come in between.
    pub(crate) fn publish(
        &self,
        chart: &PackagedChart,
        on_conflict: OnConflict,
    ) -> Result<Published, Error> {
        // A conflict should not leave an empty directory behind, and a bad index no new chart.
        self.check_index()?;
        let _lock = self.prepare()?;
        let existing = self.find(chart.name(), chart.version())?;
        let outcome = decide(existing.as_ref(), chart, on_conflict)?;
        let location = self.location(chart.name(), chart.version());
        let mut published = Published::new(chart, outcome, location);
        if outcome == Outcome::Kept {
            return Ok(published);
        }
        if outcome != Outcome::AlreadyThere {
            self.write(&chart.file_name(), chart.archive())?;
        }
        published.unreadable = self.update_index(chart)?;
        self.confirm(chart)?;
        Ok(published)
    }

    /// That the files say what they should.
    fn confirm(&self, chart: &PackagedChart) -> Result<(), Error> {
        let found = self.find(chart.name(), chart.version())?.and_then(|existing| existing.digest);
        let index = self.read_index()?.unwrap_or_default();
        let listed = index::find(&index, chart.name(), chart.version());
        let listed = listed.map_err(|source| self.bad_index(source))?;
        let is_listed =
            listed.and_then(|listed| listed.sha256).as_deref() == Some(chart.digest().hex());
        if found.as_ref() == Some(chart.digest()) && is_listed {
            return Ok(());
        }
        let url = shown(&self.directory.join(INDEX));
        Err(Error::NotConfirmed {
            chart: chart.title(),
            url,
            expected: chart.digest().clone(),
            found,
        })
    }

    /// Creates the directory and keeps other writers out of it until the handle is dropped.
    fn prepare(&self) -> Result<File, Error> {
        fs::DirBuilder::new().recursive(true).mode(0o755).create(&self.directory).map_err(
            |source| match source.kind() {
                io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                    refuse(&self.directory, "it is a file")
                }
                _ => failed(Action::CreateDirectory, &self.directory)(source),
            },
        )?;
        let handle =
            File::open(&self.directory).map_err(failed(Action::ReadFile, &self.directory))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match handle.try_lock() {
                Ok(()) => return Ok(handle),
                Err(fs::TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(fs::TryLockError::WouldBlock) => {
                    return Err(Error::Busy { path: shown(&self.directory) });
                }
                // Some network file systems have no locks; one writer is then the operator's promise.
                Err(fs::TryLockError::Error(_)) => return Ok(handle),
            }
        }
    }

    fn update_index(&self, chart: &PackagedChart) -> Result<Vec<String>, Error> {
        let before = self.read_index()?;
        let mut index = match &before {
            Some(bytes) => EditableIndex::parse(bytes).map_err(|source| self.bad_index(source))?,
            None => EditableIndex::new(),
        };
        let unreadable = self.add_others(&mut index, &chart.file_name())?;
        index.insert(chart.name(), chart.version(), entry(chart, &chart.file_name()));
        let after = index.to_yaml();
        if before.as_deref() != Some(after.as_bytes()) {
            self.write(INDEX, after.as_bytes())?;
        }
        Ok(unreadable)
    }

    /// Adds the charts of the directory that no entry is about.
    fn add_others(&self, index: &mut EditableIndex, ours: &str) -> Result<Vec<String>, Error> {
        let Some(describe) = &self.describe else { return Ok(Vec::new()) };
        let mut unreadable = Vec::new();
        for name in self.archives()? {
            if name == ours || index.lists_file(&name) {
                continue;
            }
            let data = Self::read_regular(&self.directory.join(&name), MAX_CHART).ok().flatten();
            match data.and_then(|data| describe(data)) {
                Some(chart) => index.insert(chart.name(), chart.version(), entry(&chart, &name)),
                None => unreadable.push(name),
            }
        }
        Ok(unreadable)
    }

    /// The names that end in `.tgz`, sorted.
    fn archives(&self) -> Result<Vec<String>, Error> {
        let failed = failed(Action::ReadFile, &self.directory);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(&failed)? {
            let name = entry.map_err(&failed)?.file_name();
            if let Ok(name) = name.into_string()
                && Path::new(&name).extension().is_some_and(|extension| extension == "tgz")
                && !name.starts_with('.')
            {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// That the index, if there is one, can be read and written.
    fn check_index(&self) -> Result<(), Error> {
        match self.read_index() {
            Ok(Some(bytes)) => {
                EditableIndex::parse(&bytes).map(|_| ()).map_err(|source| self.bad_index(source))
            }
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn read_index(&self) -> Result<Option<Vec<u8>>, Error> {
        let place = self.directory.join(INDEX);
        Ok(Self::read_regular(&place, MAX_INDEX as u64)?.map(Vec::from))
    }

    fn bad_index(&self, source: crate::IndexError) -> Error {
        Error::LocalIndex { path: shown(&self.directory.join(INDEX)), source }
    }

    /// The bytes of a file that is no link; `None` when it is not there.
    fn read_regular(place: &Path, limit: u64) -> Result<Option<Bytes>, Error> {
        let failed = failed(Action::ReadFile, place);
        let found = match fs::symlink_metadata(place) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(refuse(place, "a part of it is a file"));
            }
            Err(error) => return Err(failed(error)),
        };
        if found.is_symlink() {
            return Err(refuse(place, "it is a link, and links are not followed here"));
        }
        if !found.is_file() {
            return Err(refuse(place, "it is not a regular file"));
        }
        let mut data = Vec::new();
        let file = File::open(place).map_err(&failed)?;
        file.take(limit + 1).read_to_end(&mut data).map_err(&failed)?;
        if data.len() as u64 > limit {
            return Err(refuse(place, "it is too large"));
        }
        Ok(Some(data.into()))
    }

    /// Writes beside the name first, so that a reader, a full disk or a kill never leaves half a file under it.
    fn write(&self, name: &str, data: &[u8]) -> Result<(), Error> {
        let place = self.directory.join(name);
        let failed = failed(Action::WriteFile, &place);
        let mut file = tempfile::Builder::new()
            .prefix(".ferry-")
            .tempfile_in(&self.directory)
            .map_err(&failed)?;
        file.write_all(data).map_err(&failed)?;
        let permissions = fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(permissions).map_err(&failed)?;
        file.as_file().sync_all().map_err(&failed)?;
        file.persist(&place).map_err(|error| failed(error.error))?;
        // The name lasts only once the directory is on the disk; where that cannot be asked for, it need not be.
        let _ = File::open(&self.directory).and_then(|directory| directory.sync_all());
        Ok(())
    }
}

impl std::fmt::Debug for Local {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Local").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// What the index says about a chart. There is no `created`: the same charts give the same index.
fn entry(chart: &PackagedChart, file: &str) -> Value {
    let mut entry: Map<String, Value> = chart.metadata().clone();
    entry.insert("digest".into(), chart.digest().hex().into());
    entry.insert("urls".into(), Value::from(vec![file]));
    Value::Object(entry)
}

fn failed(action: Action, place: &Path) -> impl Fn(io::Error) -> Error {
    let path = shown(place);
    move |source| Error::File { action, path: path.clone(), source }
}

fn refuse(place: &Path, reason: &'static str) -> Error {
    Error::Path { path: shown(place), reason }
}

fn shown(place: &Path) -> String {
    place.display().to_string()
}
