//! Finding the chart that is meant, and loading it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bundle::ChartContent;
use helm::{Chart, ChartError};

use super::load_error::{go_error, load_line, not_gzip_line};
use super::{Refusal, failed, refuse};
use crate::problem::{ProblemKind, chain};

/// The largest file that can be a chart: helm takes no more than this unpacked.
const MAX_ARCHIVE: u64 = 100 << 20;

/// A chart that was found on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    /// Where, absolute.
    pub(crate) path: PathBuf,
    /// Whether it is a directory.
    pub(crate) is_directory: bool,
}

/// Looks for a chart as helm does, as far as that needs no network. `directory` is the current one.
pub(crate) fn locate(name: &str, directory: &Path) -> Result<Located, Refusal> {
    let path = directory.join(name.trim());
    if !name.trim().is_empty()
        && let Ok(found) = fs::metadata(&path)
    {
        return Ok(Located { path: cleaned(&path), is_directory: found.is_dir() });
    }
    let name = name.trim();
    if name.starts_with(['.', '/']) {
        return Err(refuse(ProblemKind::ChartNotFound, name, format!("path \"{name}\" not found")));
    }
    let line = match name.split_once('/') {
        _ if name.contains("://") => format!("failed to download \"{name}\""),
        Some((repository, _)) => format!("repo {repository} not found"),
        None => {
            format!("non-absolute URLs should be in form of repo_name/path_to_chart, got: {name}")
        }
    };
    Err(refuse(ProblemKind::ChartNotLocal, name, line))
}

/// A path without `.` and without `..`, as Go's `filepath.Abs` leaves it.
fn cleaned(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            component => out.push(component),
        }
    }
    out
}

/// Loads a chart: a directory, an archive, or the chart of a package.
pub(crate) fn load(located: &Located) -> Result<Chart, Refusal> {
    let path = &located.path;
    let refused = |error: &ChartError| {
        let line = load_line(error, path, located.is_directory);
        failed(ProblemKind::ChartUnloadable, path.display().to_string(), line, chain(error))
    };
    if located.is_directory {
        return match Chart::from_directory(path) {
            Err(error @ ChartError::MissingChartYaml) => {
                of_package(path, || refused(&error)).unwrap_or_else(|| Err(refused(&error)))
            }
            outcome => outcome.map_err(|error| refused(&error)),
        };
    }
    let unreadable = |error: &io::Error| {
        let line = format!("open {}: {}", path.display(), go_error(error));
        refuse(ProblemKind::ChartUnloadable, path.display().to_string(), line)
    };
    let mut file = File::open(path).map_err(|error| unreadable(&error))?;
    let size = file.metadata().map_err(|error| unreadable(&error))?.len();
    let mut head = Vec::new();
    file.by_ref().take(512).read_to_end(&mut head).map_err(|error| unreadable(&error))?;
    let not_gzip = || {
        let line = not_gzip_line(path, &head);
        refuse(ProblemKind::ChartUnloadable, path.display().to_string(), line)
    };
    if !head.starts_with(b"\x1f\x8b") || size > MAX_ARCHIVE {
        return of_package(path, not_gzip).unwrap_or_else(|| Err(not_gzip()));
    }
    let mut archive = head.clone();
    file.read_to_end(&mut archive).map_err(|error| unreadable(&error))?;
    match Chart::from_archive(&archive) {
        Ok(chart) => Ok(chart),
        Err(error) => of_package(path, || refused(&error)).unwrap_or_else(|| Err(refused(&error))),
    }
}

/// The only chart of a package, if it is one.
fn of_package(path: &Path, refused: impl Fn() -> Refusal) -> Option<Result<Chart, Refusal>> {
    let package = bundle::open(path).ok()?;
    let charts: Vec<&ChartContent> =
        package.bundles().iter().filter_map(|bundle| bundle.chart.as_ref()).collect();
    let chart = match charts[..] {
        [] => return None,
        [ChartContent::Files(files)] => {
            let file = |file: &bundle::ChartFile| helm::File {
                path: file.path.clone(),
                data: file.bytes.clone(),
            };
            Chart::from_files(files.iter().map(file).collect())
        }
        [ChartContent::Archive(file)] => Chart::from_archive(&file.bytes),
        _ => {
            let line = format!("{} holds {} charts", path.display(), charts.len());
            let subject = path.display().to_string();
            return Some(Err(refuse(ProblemKind::ChartAmbiguous, subject, line)));
        }
    };
    Some(chart.map_err(|_| refused()))
}
