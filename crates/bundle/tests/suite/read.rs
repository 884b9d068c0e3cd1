//! Opening what was built, and reading all of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bundle::{Bundle, ChartContent, Package, PackageError};
use oci::{Source, SourceError};

/// A package on disk, for as long as this lives.
pub(crate) struct OnDisk {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) path: PathBuf,
}

pub(crate) fn write(name: &str, bytes: &[u8]) -> OnDisk {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, bytes).unwrap();
    OnDisk { directory, path }
}

/// A name that says nothing about the content.
pub(crate) fn open(bytes: &[u8]) -> Result<Package, PackageError> {
    bundle::open(&write("package", bytes).path)
}

pub(crate) fn files(directory: &Path, files: &[(&str, &[u8])]) {
    for (name, content) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
    })
}

/// Reads every blob in order. The first thing that is wrong, as text.
pub(crate) fn read_all(package: &Package) -> Result<u64, String> {
    runtime().block_on(async {
        let mut sum = 0;
        for blob in package.blobs() {
            let content = package.fetch(&blob.descriptor).map_err(|error| error.to_string())?;
            let bytes = content.read_all().await.map_err(|error| error.to_string())?;
            assert_eq!(bytes.len() as u64, blob.descriptor.size);
            sum += blob.descriptor.size;
        }
        Ok(sum)
    })
}

/// Starts reading every blob before any of them is finished, the last one first.
pub(crate) fn read_at_once(package: &Package) -> Result<(), String> {
    runtime().block_on(async {
        let mut tasks = Vec::new();
        for blob in package.blobs().iter().rev() {
            let content = package.fetch(&blob.descriptor).map_err(|error| error.to_string())?;
            tasks.push(tokio::spawn(content.read_all()));
        }
        for task in tasks {
            task.await.unwrap().map_err(|error| error.to_string())?;
        }
        Ok(())
    })
}

pub(crate) fn read_one(package: &Package, at: usize) -> Result<Vec<u8>, String> {
    let descriptor = &package.blobs()[at].descriptor;
    let content = package.fetch(descriptor).map_err(|error: SourceError| error.to_string())?;
    runtime().block_on(content.read_all()).map(Vec::from).map_err(|error| error.to_string())
}

pub(crate) fn only(package: &Package) -> &Bundle {
    let [bundle] = package.bundles() else { panic!("{:?}", package.bundles()) };
    bundle
}

pub(crate) fn errors(package: &Package) -> Vec<String> {
    package
        .findings()
        .iter()
        .filter(|finding| finding.is_error())
        .map(ToString::to_string)
        .collect()
}

pub(crate) fn findings(package: &Package) -> Vec<String> {
    package.findings().iter().map(ToString::to_string).collect()
}

pub(crate) fn chart_paths(bundle: &Bundle) -> Vec<&str> {
    match &bundle.chart {
        Some(ChartContent::Files(files)) => files.iter().map(|file| file.path.as_str()).collect(),
        Some(ChartContent::Archive(file)) => vec![&file.path],
        None => Vec::new(),
    }
}

pub(crate) fn names(bundle: &Bundle) -> Vec<&str> {
    bundle.images.iter().flat_map(|image| &image.names).map(String::as_str).collect()
}
