//! helm's `repositories.yaml` and the cache beside it, read and written as helm does, so that both tools can be used
//! in turn.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use goyaml::{Map, Value};
use registry_client::Secret;
use rustix::fs::FlockOperation;

/// How long helm waits for another process that holds the lock.
const PATIENCE: Duration = Duration::from_secs(30);

/// A repository as it is configured. Empty texts are settings that are not made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepositoryEntry {
    /// Its alias.
    pub name: String,
    /// Its address, as it was given.
    pub url: String,
    /// The user name.
    pub username: String,
    /// The password; in the file it stands in clear, as with helm.
    pub password: Option<Secret>,
    /// PEM file with the certificate we show.
    pub cert_file: String,
    /// PEM file with its key.
    pub key_file: String,
    /// PEM file with the authorities to trust.
    pub ca_file: String,
    /// Whether the server's certificate is not looked at.
    pub insecure_skip_tls_verify: bool,
    /// Whether user name and password go to other hosts too.
    pub pass_credentials_all: bool,
}

/// `repositories.yaml`.
#[derive(Clone, Debug, Default)]
pub struct RepositoriesFile {
    /// The repositories, in the order they were added.
    pub entries: Vec<RepositoryEntry>,
    api_version: String,
    generated: String,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepositoriesFileError {
    /// There is none.
    #[error("there is no file `{}`", .0.display())]
    Missing(PathBuf),
    /// The operating system refuses.
    #[error("`{}` cannot be {action}", .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// `read`, `written` or `locked`.
        action: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is no list of repositories.
    #[error("`{}` is not a list of repositories", .path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: goyaml::DecodeError,
    },
    /// Another process has held the lock for too long.
    #[error("another process holds the lock of `{}`", .0.display())]
    Locked(PathBuf),
}

/// Keeps other processes, helm among them, from changing the file as long as it lives.
#[derive(Debug)]
pub struct RepositoriesLock {
    _file: File,
}

impl RepositoriesFile {
    /// Reads the file. One that does not exist is [`RepositoriesFileError::Missing`].
    pub fn read(path: &Path) -> Result<Self, RepositoriesFileError> {
        let bytes = fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => RepositoriesFileError::Missing(path.to_owned()),
            _ => failed(path, "read")(source),
        })?;
        let map = goyaml::decode_map(&bytes)
            .map_err(|source| RepositoriesFileError::Content { path: path.to_owned(), source })?;
        let list = map.get("repositories").and_then(Value::as_list).unwrap_or_default();
        Ok(Self {
            entries: list.iter().filter_map(Value::as_map).map(entry).collect(),
            api_version: text(&map, "apiVersion"),
            generated: text(&map, "generated"),
        })
    }

    /// The file, or an empty one where there is none.
    pub fn read_or_new(path: &Path) -> Result<Self, RepositoriesFileError> {
        match Self::read(path) {
            Err(RepositoriesFileError::Missing(_)) => Ok(Self::default()),
            other => other,
        }
    }

    /// The repository of that alias.
    pub fn get(&self, name: &str) -> Option<&RepositoryEntry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// Adds a repository, or replaces the one of the same alias.
    pub fn update(&mut self, entry: RepositoryEntry) {
        match self.entries.iter_mut().find(|known| known.name == entry.name) {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
    }

    /// Removes the repository of that alias; `false` when there is none.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.name != name);
        self.entries.len() < before
    }

    /// Writes the file, in one step, readable by its owner only.
    pub fn write(&self, path: &Path) -> Result<(), RepositoriesFileError> {
        let mut map = Map::default();
        map.insert("apiVersion", Value::String(self.api_version.clone()));
        // Go's zero time, which helm keeps.
        let zero = "0001-01-01T00:00:00Z".to_owned();
        let generated = if self.generated.is_empty() { zero } else { self.generated.clone() };
        map.insert("generated", Value::String(generated));
        map.insert("repositories", Value::List(self.entries.iter().map(value).collect()));
        let text = goyaml::to_yaml(&Value::Map(map)).expect("texts and booleans can be written");
        let text = if text.ends_with('\n') { text } else { format!("{text}\n") };
        create_parent(path)?;
        write_atomically(path, text.as_bytes(), 0o600).map_err(failed(path, "written"))
    }

    /// Waits for the lock that helm takes: `repositories.lock` for `repositories.yaml`.
    pub fn lock(path: &Path) -> Result<RepositoriesLock, RepositoriesFileError> {
        create_parent(path)?;
        let lock = if path.extension().is_some() {
            path.with_extension("lock")
        } else {
            path.with_extension("")
        };
        let lock =
            if lock == path { PathBuf::from(format!("{}.lock", path.display())) } else { lock };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&lock)
            .map_err(failed(&lock, "locked"))?;
        let started = Instant::now();
        loop {
            match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(RepositoriesLock { _file: file }),
                Err(rustix::io::Errno::WOULDBLOCK) if started.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(rustix::io::Errno::WOULDBLOCK) => {
                    return Err(RepositoriesFileError::Locked(lock));
                }
                Err(error) => return Err(failed(&lock, "locked")(error.into())),
            }
        }
    }
}

impl RepositoryEntry {
    /// Where its index is kept.
    pub fn index_path(&self, cache: &Path) -> PathBuf {
        cache.join(format!("{}-index.yaml", self.name))
    }

    /// Where the names of its charts are kept, for completion.
    pub fn charts_path(&self, cache: &Path) -> PathBuf {
        cache.join(format!("{}-charts.txt", self.name))
    }
}

/// Writes a file next to its place and moves it there.
pub fn write_atomically(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new().prefix(".ferry-").tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn create_parent(path: &Path) -> Result<(), RepositoriesFileError> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => fs::DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(parent)
            .map_err(failed(parent, "written")),
        _ => Ok(()),
    }
}

fn failed(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> RepositoriesFileError {
    let path = path.to_owned();
    move |source| RepositoriesFileError::File { path, action, source }
}

fn text(map: &Map, key: &str) -> String {
    map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn entry(map: &Map) -> RepositoryEntry {
    let truth = |key| map.get(key).and_then(Value::as_bool).unwrap_or_default();
    let password = text(map, "password");
    RepositoryEntry {
        name: text(map, "name"),
        url: text(map, "url"),
        username: text(map, "username"),
        password: (!password.is_empty()).then(|| Secret::from(password)),
        cert_file: text(map, "certFile"),
        key_file: text(map, "keyFile"),
        ca_file: text(map, "caFile"),
        insecure_skip_tls_verify: truth("insecure_skip_tls_verify"),
        pass_credentials_all: truth("pass_credentials_all"),
    }
}

fn value(entry: &RepositoryEntry) -> Value {
    let mut map = Map::default();
    let password = entry.password.as_ref().map_or("", Secret::expose);
    for (key, text) in [
        ("name", entry.name.as_str()),
        ("url", &entry.url),
        ("username", &entry.username),
        ("password", password),
        ("certFile", &entry.cert_file),
        ("keyFile", &entry.key_file),
        ("caFile", &entry.ca_file),
    ] {
        map.insert(key, Value::String(text.to_owned()));
    }
    map.insert("insecure_skip_tls_verify", Value::Bool(entry.insecure_skip_tls_verify));
    map.insert("pass_credentials_all", Value::Bool(entry.pass_credentials_all));
    Value::Map(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As helm 4.3.1 writes it.
    const WRITTEN: &str = "apiVersion: \"\"\ngenerated: \"0001-01-01T00:00:00Z\"\nrepositories:\n- caFile: \"\"\n  \
        certFile: \"\"\n  insecure_skip_tls_verify: false\n  keyFile: \"\"\n  name: \"null\"\n  \
        pass_credentials_all: true\n  password: p\n  url: http://127.0.0.1:1/charts\n  username: u\n";

    #[test]
    fn the_file_is_helms_byte_for_byte() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("helm/repositories.yaml");
        let mut file = RepositoriesFile::read_or_new(&path).unwrap();
        let _lock = RepositoriesFile::lock(&path).unwrap();
        file.update(RepositoryEntry {
            name: "null".into(),
            url: "http://127.0.0.1:1/charts".into(),
            username: "u".into(),
            password: Some("p".into()),
            pass_credentials_all: true,
            ..RepositoryEntry::default()
        });
        file.write(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), WRITTEN);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(path.with_extension("lock").exists());
        let mut read = RepositoriesFile::read(&path).unwrap();
        assert_eq!(read.get("null"), file.get("null"));
        assert!(!format!("{read:?}").contains("\"p\""));
        assert!(read.remove("null") && !read.remove("null"));
    }

    #[test]
    fn what_is_missing_or_no_list_is_told_apart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("repositories.yaml");
        let error = RepositoriesFile::read(&path).unwrap_err();
        assert!(matches!(error, RepositoriesFileError::Missing(_)));
        fs::write(&path, "- a\n").unwrap();
        let error = RepositoriesFile::read(&path).unwrap_err();
        assert!(matches!(error, RepositoriesFileError::Content { .. }));
    }
}
