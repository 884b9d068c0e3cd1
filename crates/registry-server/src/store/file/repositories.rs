//! Which repositories there are.

use std::fs;
use std::io;
use std::path::Path;

use super::layout::Layout;

/// The names of all directories that are or could be a repository, in ascending order: also those that hold blobs only.
pub(super) fn names(layout: &Layout) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut open = vec![String::new()];
    while let Some(name) = open.pop() {
        for child in children(&layout.repository(&name))? {
            let child = if name.is_empty() { child } else { format!("{name}/{child}") };
            if oci::is_repository(&child) {
                open.push(child.clone());
                names.push(child);
            }
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The names in a directory that are UTF-8. No directory, no names.
pub(super) fn children(directory: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        if let Ok(name) = entry?.file_name().into_string() {
            names.push(name);
        }
    }
    Ok(names)
}

/// Whether the repository holds a manifest.
pub(super) fn has_manifest(layout: &Layout, repository: &str) -> io::Result<bool> {
    for algorithm in children(&layout.manifests(repository))? {
        if !children(&layout.manifests(repository).join(algorithm))?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
