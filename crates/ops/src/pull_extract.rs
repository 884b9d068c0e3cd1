//! Unpacking a chart into a directory.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;

use crate::repo_access::io_failure;
use crate::{HelmFailure, Problem, ProblemKind};

/// Unpacks a chart below `directory`, into a directory of the chart's own name, which must not exist. The chart is
/// loaded first: what the loader refuses (links, devices, `..`, bombs) never reaches the disk.
pub(crate) fn extract(
    archive: &Bytes,
    reference: &str,
    directory: &Path,
    file_name: &str,
) -> Result<PathBuf, HelmFailure> {
    refuse_existing(reference, directory)?;
    let chart = helm::Chart::from_archive(archive).map_err(|error| {
        let detail = crate::problem::chain(&error);
        let line = if archive.starts_with(&[0x1f, 0x8b]) {
            detail.clone()
        } else {
            "gzip: invalid header".to_owned()
        };
        HelmFailure::new(line, Problem::error(ProblemKind::ChartInvalid, file_name, detail))
    })?;
    let target = directory.join(chart.name());
    if fs::symlink_metadata(&target).is_ok_and(|found| !found.is_dir()) {
        return Err(existing(&target));
    }
    fs::create_dir_all(&target).map_err(|error| io_failure("mkdir", &target, &error))?;
    let mut entries = tar::Archive::new(flate2::read::MultiGzDecoder::new(archive.as_ref()));
    let broken = |error: std::io::Error| {
        let problem = Problem::error(ProblemKind::ChartInvalid, file_name, error.to_string());
        HelmFailure::new(error.to_string(), problem)
    };
    for entry in entries.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path().map_err(broken)?.into_owned();
        let Some(inner) = below_root(&path) else { continue };
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(broken)?;
        write(&target.join(inner), &content)?;
    }
    Ok(target)
}

/// The path without the archive's top directory; `None` for what lies elsewhere.
fn below_root(path: &Path) -> Option<PathBuf> {
    let mut inner = PathBuf::new();
    let mut parts = path.components().filter(|part| !matches!(part, Component::CurDir));
    parts.next()?;
    for part in parts {
        match part {
            Component::Normal(name) => inner.push(name),
            _ => return None,
        }
    }
    (!inner.as_os_str().is_empty()).then_some(inner)
}

fn write(path: &Path, content: &[u8]) -> Result<(), HelmFailure> {
    let failed = |error: std::io::Error| io_failure("open", path, &error);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    // A link that lies there from before is not written through.
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        return Err(existing(path));
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o644)
        .open(path)
        .map_err(failed)?;
    std::io::Write::write_all(&mut file, content).map_err(failed)
}

/// helm looks for the last part of the reference below the directory before it unpacks anything.
fn refuse_existing(reference: &str, directory: &Path) -> Result<(), HelmFailure> {
    let name = reference.rsplit('/').next().unwrap_or_default();
    let target = directory.join(name);
    if fs::symlink_metadata(&target).is_ok() { Err(existing(&target)) } else { Ok(()) }
}

fn existing(target: &Path) -> HelmFailure {
    let shown = target.display().to_string();
    let shown = shown.trim_start_matches("./").to_owned();
    let line = format!("failed to untar: a file or directory with the name {shown} already exists");
    HelmFailure::new(line, Problem::error(ProblemKind::UntarTargetExists, shown, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_below_the_top_directory_is_written() {
        let below = |path: &str| below_root(Path::new(path));
        assert_eq!(below("c/templates/a.yaml"), Some(PathBuf::from("templates/a.yaml")));
        assert_eq!(below("./c/Chart.yaml"), Some(PathBuf::from("Chart.yaml")));
        for path in ["c", "Chart.yaml", "c/../../x"] {
            assert_eq!(below(path), None, "{path}");
        }
    }
}
