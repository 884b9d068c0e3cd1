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
        while let Err(fs::TryLockError::WouldBlock) = handle.try_lock() {
            if Instant::now() >= deadline {
                return Err(Error::Busy { path: shown(&self.directory) });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        // Locked; or on a network file system without locks, where one writer is the operator's promise.
        Ok(handle)
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;
    use crate::fake::chart;

    fn local(directory: &Path) -> Local {
        Local::new(directory.to_str().unwrap(), None).unwrap()
    }

    fn publish(directory: &Path, chart: &PackagedChart) -> Result<Published, Error> {
        local(directory).publish(chart, OnConflict::Fail)
    }

    fn index(directory: &Path) -> String {
        fs::read_to_string(directory.join(INDEX)).unwrap()
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn mode(place: &Path) -> u32 {
        fs::metadata(place).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_chart_and_an_index_are_written() {
        let root = TempDir::new().unwrap();
        let directory = root.path().join("a/local-repo");
        local(&directory).check_access().unwrap();
        assert!(names(root.path()).is_empty());
        let ours = chart("c", "1.0.0-rc1", "archive");
        let published = publish(&directory, &ours).unwrap();
        assert_eq!(published.outcome, Outcome::Created);
        let file = directory.join("c-1.0.0-rc1.tgz");
        assert_eq!(published.location, Location::File { path: shown(&file) });
        assert_eq!(fs::read(&file).unwrap(), b"archive");
        assert_eq!(names(&directory), ["c-1.0.0-rc1.tgz", INDEX]);
        assert_eq!((mode(&file), mode(&directory.join(INDEX))), (0o644, 0o644));
        let expected = format!(
            "apiVersion: \"v1\"\nentries:\n  c:\n  - apiVersion: \"v2\"\n    digest: \"{}\"\n    name: \"c\"\n    urls:\n    - \"c-1.0.0-rc1.tgz\"\n    version: \"1.0.0-rc1\"\n",
            ours.digest().hex()
        );
        assert_eq!(index(&directory), expected);
        let again = publish(&directory, &ours).unwrap();
        assert_eq!(again.outcome, Outcome::AlreadyThere);
        assert_eq!(index(&directory), expected);
    }

    #[test]
    fn another_archive_under_the_same_version_is_up_to_the_policy() {
        let root = TempDir::new().unwrap();
        let local = local(root.path());
        local.publish(&chart("c", "1.0.0", "theirs"), OnConflict::Fail).unwrap();
        let before = index(root.path());
        let ours = chart("c", "1.0.0", "ours");
        let error = local.publish(&ours, OnConflict::Fail).unwrap_err();
        assert!(matches!(error, Error::Conflict { .. }), "{error}");
        assert_eq!(local.publish(&ours, OnConflict::Keep).unwrap().outcome, Outcome::Kept);
        assert_eq!(index(root.path()), before);
        let replaced = local.publish(&ours, OnConflict::Overwrite).unwrap();
        assert_eq!(replaced.outcome, Outcome::Overwritten);
        assert!(index(root.path()).contains(ours.digest().hex()));
        assert_eq!(fs::read(root.path().join("c-1.0.0.tgz")).unwrap(), b"ours");
    }

    #[test]
    fn what_others_put_there_is_kept_and_listed() {
        let root = TempDir::new().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::write(at("d-v1.2.3-rc1.tgz"), "d v1.2.3-rc1").unwrap();
        fs::write(at("notes.tgz"), "nothing").unwrap();
        fs::write(at("c-0.9.0.tgz"), "c 0.9.0").unwrap();
        symlink("/etc/passwd", at("link.tgz")).unwrap();
        fs::write(
            at(INDEX),
            "apiVersion: v1\nentries:\n  c:\n  - {name: c, version: 0.9.0, urls: [./c-0.9.0.tgz], digest: as-it-was}\n  z:\n  - name: z\n    version: 2.0.0\n    urls: [http://elsewhere/z.tgz]\ngenerated: \"2020-01-01T00:00:00Z\"\n",
        )
        .unwrap();
        let describe: DescribeArchive = Arc::new(|data| {
            let text = std::str::from_utf8(&data).ok()?;
            let (name, version) = text.split_once(' ')?;
            let metadata = serde_json::json!({"name": name, "version": version}).to_string();
            PackagedChart::new(data.clone(), metadata).ok()
        });
        let local = Local::new(root.path().to_str().unwrap(), Some(describe)).unwrap();
        let published = local.publish(&chart("c", "1.0.0", "a"), OnConflict::Fail).unwrap();
        assert_eq!(published.unreadable, ["link.tgz", "notes.tgz"]);
        let text = index(root.path());
        let read = goyaml::from_slice(text.as_bytes()).unwrap();
        let versions = |name: &str| -> Vec<String> {
            let entries = read.at(&["entries", name]).unwrap().as_list().unwrap();
            entries.iter().map(|entry| entry.get("version").unwrap().to_string()).collect()
        };
        assert_eq!(versions("c"), ["1.0.0", "0.9.0"]);
        assert_eq!(versions("d"), ["v1.2.3-rc1"]);
        assert_eq!(versions("z"), ["2.0.0"]);
        assert!(text.contains("as-it-was") && text.contains("2020-01-01T00:00:00Z"));
        assert_eq!(names(root.path()).len(), 6);
    }

    #[test]
    fn paths_that_are_no_directory_are_refused() {
        let root = TempDir::new().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "x").unwrap();
        symlink("nowhere", root.path().join("dangling")).unwrap();
        for place in [file.clone(), file.join("below"), root.path().join("dangling")] {
            let error = local(&place).check_access().unwrap_err();
            assert!(matches!(error, Error::Path { .. }), "{error}");
            assert!(publish(&place, &chart("c", "1.0.0", "a")).is_err());
        }
        assert!(Local::new("", None).is_err());
        assert_eq!(fs::read(&file).unwrap(), b"x");
    }

    #[test]
    fn links_in_the_place_of_files_are_refused() {
        let root = TempDir::new().unwrap();
        let victim = TempDir::new().unwrap();
        let target = victim.path().join("victim");
        fs::write(&target, "apiVersion: v1\nentries: {}\n").unwrap();
        for name in [INDEX, "c-1.0.0.tgz"] {
            let link = root.path().join(name);
            symlink(&target, &link).unwrap();
            let error = publish(root.path(), &chart("c", "1.0.0", "a")).unwrap_err();
            assert!(matches!(error, Error::Path { .. }), "{error}");
            fs::remove_file(link).unwrap();
        }
        assert_eq!(fs::read(&target).unwrap(), b"apiVersion: v1\nentries: {}\n");
    }

    #[test]
    fn an_index_that_is_none_is_left_alone() {
        let root = TempDir::new().unwrap();
        for text in ["not: [an index", "my notes", "apiVersion: v1\nentries: {c: 5}\n"] {
            fs::write(root.path().join(INDEX), text).unwrap();
            for error in [
                local(root.path()).check_access().unwrap_err(),
                publish(root.path(), &chart("c", "1.0.0", "a")).unwrap_err(),
            ] {
                assert!(matches!(error, Error::LocalIndex { .. }), "{error}");
            }
            assert_eq!(index(root.path()), text);
        }
        assert_eq!(names(root.path()), [INDEX]);
    }

    #[test]
    fn several_writers_lose_nothing() {
        let root = TempDir::new().unwrap();
        let versions: Vec<String> = (0..12).map(|patch| format!("1.0.{patch}")).collect();
        std::thread::scope(|scope| {
            for version in &versions {
                scope.spawn(|| publish(root.path(), &chart("c", version, "a")).unwrap());
            }
        });
        let text = index(root.path());
        assert!(versions.iter().all(|version| text.contains(&format!("\"{version}\""))));
        assert_eq!(names(root.path()).len(), 13);
        // Whoever wrote last, the bytes are the same.
        fs::remove_file(root.path().join(INDEX)).unwrap();
        for version in &versions {
            publish(root.path(), &chart("c", version, "a")).unwrap();
        }
        assert_eq!(index(root.path()), text);
    }

    #[tokio::test]
    async fn names_from_outside_do_not_become_paths() {
        let root = TempDir::new().unwrap();
        let location = root.path().join("repo").display().to_string();
        let repository = crate::fake::repository(crate::Kind::Local, &location);
        assert!(matches!(repository.find("../x", "1.0.0").await, Err(Error::Chart { .. })));
        assert_eq!(repository.find("c", "1.0.0").await.unwrap(), None);
        let published = repository.publish(&chart("c", "1.0.0", "a"), OnConflict::Fail).await;
        assert_eq!(published.unwrap().outcome, Outcome::Created);
        assert!(repository.find("c", "1.0.0").await.unwrap().is_some());
    }
}
