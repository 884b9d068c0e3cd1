//! The place where runs happen: every one in directories of its own, on a quiet disk.

use std::cell::Cell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::fs::{Advice, fadvise};
use testkit::FaultProxy;
use testkit::registry::{Registry, RegistryKind, RegistryOptions};

use super::table;
use crate::failure::{Attempt, Result};

/// Scratch space, removed at the end.
pub(crate) struct Lab {
    root: PathBuf,
    runs: Cell<u32>,
    _alone: File,
}

/// A registry with an empty store, and a home for its client. Gone when the run is over.
pub(crate) struct Fresh {
    /// The registry.
    pub(crate) registry: Registry,
    /// A home directory for the client.
    pub(crate) home: PathBuf,
    _dir: tempfile::TempDir,
}

impl Lab {
    /// Scratch space under the target directory: the same disk as everything else, never a tmpfs.
    pub(crate) fn new() -> Result<Self> {
        let root = table::directory().join("work");
        let what = || format!("cannot prepare {}", root.display());
        fs::create_dir_all(table::directory()).attempt(what)?;
        let alone = File::create(table::directory().join(".lock")).attempt(what)?;
        alone.try_lock().attempt(|| "another bench is running, and both would be wrong".into())?;
        if root.exists() {
            // A run that was interrupted cleans up nothing.
            fs::remove_dir_all(&root).attempt(what)?;
        }
        fs::create_dir(&root).attempt(what)?;
        Ok(Self { root, runs: Cell::new(0), _alone: alone })
    }

    /// A new directory for one run; what earlier runs wrote is on the disk before this returns, so that no run
    /// pays for another.
    pub(crate) fn directory(&self) -> Result<tempfile::TempDir> {
        rustix::fs::sync();
        self.runs.set(self.runs.get() + 1);
        tempfile::Builder::new()
            .prefix(&format!("run-{}-", self.runs.get()))
            .tempdir_in(&self.root)
            .attempt(|| "cannot create a directory for a run".into())
    }

    /// A path that lasts as long as the lab.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A registry with an empty store.
    pub(crate) fn registry(&self, kind: RegistryKind) -> Result<Fresh> {
        let dir = self.directory()?;
        let registry = RegistryOptions::new(kind)
            .start()
            .attempt(|| "there is no registry".into())?
            .attempt(|| format!("{} does not start", label(kind)))?;
        Ok(Fresh { registry, home: dir.path().join("home"), _dir: dir })
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// A proxy in front of a registry, for the runs whose bytes are wanted; timed runs never go through one.
pub(crate) fn proxy(fresh: &Fresh) -> Result<FaultProxy> {
    FaultProxy::start(fresh.registry.address(), []).attempt(|| "cannot start a proxy".into())
}

/// Bytes of blobs that came through a proxy.
pub(crate) fn blob_bytes(proxy: &FaultProxy) -> u64 {
    ["POST", "PATCH", "PUT"]
        .map(|method| proxy.request_bytes(method, "*/blobs/uploads/*"))
        .iter()
        .sum()
}

/// The registries that are installed.
pub(crate) fn registries() -> Vec<RegistryKind> {
    RegistryKind::ALL
        .into_iter()
        .filter(|kind| testkit::find_peer(kind.peer_name()).is_ok())
        .collect()
}

/// How tables call a registry.
pub(crate) fn label(kind: RegistryKind) -> &'static str {
    match kind {
        RegistryKind::Docker => "docker-registry 2.8.2",
        RegistryKind::Distribution => "distribution 3.1.2",
    }
}

/// Makes the kernel forget what it holds of a file, so that it has to be read from the disk.
pub(crate) fn forget(file: &Path) -> Result<()> {
    let open = File::open(file).attempt(|| format!("cannot open {}", file.display()))?;
    open.sync_all().attempt(|| format!("cannot write back {}", file.display()))?;
    fadvise(&open, 0, None, Advice::DontNeed).attempt(|| "cannot drop the page cache".into())
}

/// Brings a file into the page cache.
pub(crate) fn warm(file: &Path) -> Result<()> {
    let mut open = File::open(file).attempt(|| format!("cannot open {}", file.display()))?;
    std::io::copy(&mut open, &mut std::io::sink()).attempt(|| "cannot read the package".into())?;
    Ok(())
}
