//! `--output-dir`: what was rendered as files.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use ops::OutputFile;

use crate::console::Console;
use crate::environment::Environment;
use crate::failure::Failure;

/// Writes each file, named as helm names it, and says so. Pieces of one file are put behind one another; a file of an
/// earlier run is replaced.
pub(super) fn write(
    directory: &str,
    release: Option<&str>,
    files: &[OutputFile],
    console: &Console,
    environment: &Environment,
) -> Result<(), Failure> {
    let mut started = HashSet::new();
    let base = match release {
        Some(name) => Path::new(directory).join(name),
        None => directory.into(),
    };
    for file in files {
        let shown = base.join(&file.path);
        let path = environment.directory.join(&shown);
        let is_first = started.insert(&file.path);
        write_one(&path, &file.data, is_first).map_err(|error| Failure::local(&path, &error))?;
        console.print(&format!("wrote {}\n", shown.display()))?;
    }
    Ok(())
}

fn write_one(path: &Path, data: &[u8], is_first: bool) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut options = OpenOptions::new();
    options.create(true);
    if is_first {
        options.write(true).truncate(true);
    } else {
        options.append(true);
    }
    options.open(path)?.write_all(data)
}
