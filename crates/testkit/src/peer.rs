//! Real programs to test against: where they are, and what happens when they are not there.
//!
//! `cargo xtask peers` puts them under `target/peers/<name>/<version>/bin/`; system packages are found on the `PATH`.

use std::env;
use std::fmt;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

/// A program that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Such as `registry`.
    pub name: String,
    /// Such as `3.1.2`; unknown for what is on the `PATH`.
    pub version: Option<String>,
    /// The executable.
    pub path: PathBuf,
}

/// A program that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// As it was asked for.
    pub name: String,
    /// What a person types.
    pub how_to_get: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is missing: {}", self.name, self.how_to_get)
    }
}

impl std::error::Error for Missing {}

/// Finds a program: `helm` (the newest), or `helm@3.17.3`.
pub fn find_peer(name: &str) -> Result<Peer, Missing> {
    let path = env::var_os("PATH").unwrap_or_default();
    find_in(
        name,
        &peers_directory(),
        env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]),
    )
    .ok_or_else(|| Missing { name: name.to_owned(), how_to_get: how_to_get(name) })
}

/// `FERRY_PEERS`, which `cargo xtask` sets, or `peers` in cargo's target directory.
fn peers_directory() -> PathBuf {
    if let Some(peers) = env::var_os("FERRY_PEERS") {
        return peers.into();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("crates/testkit is two levels down");
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root.join(target).join("peers")
}

fn find_in(name: &str, peers: &Path, path: impl Iterator<Item = PathBuf>) -> Option<Peer> {
    let (name, wanted) = match name.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (name, None),
    };
    let versions = std::fs::read_dir(peers.join(name)).into_iter().flatten().flatten();
    let mut found: Vec<Peer> = versions
        .map(|entry| Peer {
            name: name.to_owned(),
            version: Some(entry.file_name().to_string_lossy().into_owned()),
            path: entry.path().join("bin").join(name),
        })
        .filter(|peer| peer.path.is_file())
        .filter(|peer| wanted.is_none_or(|wanted| peer.version.as_deref() == Some(wanted)))
        .collect();
    found.sort_by_key(|peer| peer.version.as_deref().map(numbers));
    found.pop().or_else(|| {
        // Nothing is known of the version of a program on the PATH, so it cannot be what was asked for by version.
        let mut files = path.map(|dir| dir.join(name)).filter(|_| wanted.is_none());
        let path = files.find(|file| file.is_file())?;
        Some(Peer { name: name.to_owned(), version: None, path })
    })
}

fn numbers(version: &str) -> Vec<u64> {
    version.split(['.', '-']).map(|part| part.parse().unwrap_or(0)).collect()
}

fn how_to_get(name: &str) -> String {
    match name {
        "docker-registry" | "skopeo" => {
            format!("`cargo xtask peers --system` as root, or `apt-get install {name}`")
        }
        "docker" | "dockerd" => {
            "`cargo xtask peers --system` as root, or `apt-get install docker.io`".into()
        }
        "unshare" => "`apt-get install util-linux`".into(),
        "containerd" | "ctr" => "`apt-get install containerd`".into(),
        _ => "`cargo xtask peers`".into(),
    }
}

/// The program, or the reason for not running the test that is under way.
///
/// Without the program this prints `SKIPPED: <test>: <program> is missing: <how to get it>` and returns `None`; under
/// `CI=true` the test fails instead. Use [`require_peer!`](crate::require_peer).
pub fn peer_or_skip(name: &str) -> Option<Peer> {
    match find_peer(name) {
        Ok(peer) => Some(peer),
        Err(missing) => {
            skip(&missing);
            None
        }
    }
}

/// Says why the test that is under way is not run; under `CI=true` it fails instead.
pub(crate) fn skip(reason: &dyn fmt::Display) {
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    assert!(!is_ci(), "{test}: {reason}");
    let line = format!("SKIPPED: {test}: {reason}\n");
    // Not `eprintln!`: the test harness would keep that to itself, as the test passes. In one piece, as other tests
    // write at the same time.
    io::stderr().write_all(line.as_bytes()).expect("stderr is open");
}

fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

/// Evaluates to the [`Peer`] of that name, or ends the test that is under way as skipped (under `CI=true`: as failed).
///
/// ```no_run
/// fn helm_renders_it() {
///     let helm = testkit::require_peer!("helm@4.3.1");
///     assert!(helm.path.is_file());
/// }
/// ```
#[macro_export]
macro_rules! require_peer {
    ($name:expr) => {
        match $crate::peer_or_skip($name) {
            Some(peer) => peer,
            None => return,
        }
    };
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn put(dir: &Path, path: &str) {
        fs::create_dir_all(dir.join(path).parent().unwrap()).unwrap();
        fs::write(dir.join(path), "").unwrap();
    }

    #[test]
    fn the_newest_version_is_found_unless_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        for version in ["3.9.0", "3.17.3", "4.3.1"] {
            put(dir.path(), &format!("helm/{version}/bin/helm"));
        }
        put(dir.path(), "helm/5.0.0/unfinished");
        let find =
            |name| find_in(name, dir.path(), std::iter::empty()).and_then(|peer| peer.version);
        assert_eq!(find("helm").as_deref(), Some("4.3.1"));
        assert_eq!(find("helm@3.17.3").as_deref(), Some("3.17.3"));
        assert_eq!(find("helm@3.18.0"), None);
    }

    #[test]
    fn the_path_serves_what_is_asked_for_without_a_version() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "bin/skopeo");
        let find = |name| find_in(name, dir.path(), [dir.path().join("bin")].into_iter());
        assert_eq!(find("skopeo").unwrap().path, dir.path().join("bin/skopeo"));
        assert_eq!(find("skopeo@1.9.3"), None);
    }

    #[test]
    fn what_is_missing_says_how_to_get_it() {
        let missing = find_peer("no-such-program").unwrap_err();
        assert_eq!(missing.to_string(), "no-such-program is missing: `cargo xtask peers`");
        let missing = find_peer("skopeo@0.0.0").unwrap_err();
        assert!(missing.how_to_get.contains("cargo xtask peers"));
    }
}
