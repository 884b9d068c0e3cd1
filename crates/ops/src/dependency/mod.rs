//! `dependency`: the charts that a chart needs: which are there, and putting those from this machine into `charts/`.

mod fetch;
mod list;

use std::path::{Component, Path, PathBuf};

use helm::Chart;

pub use self::fetch::{DependencyOptions, build_dependencies, update_dependencies};
pub use self::list::list_dependencies;
use crate::chart::{Refusal, failed, go_error, load_line, refuse};
use crate::problem::{ProblemKind, chain};

/// A chart's directory, as it was named and where it is.
struct Root {
    shown: PathBuf,
    path: PathBuf,
    chart: Chart,
}

impl Root {
    fn load(name: &str, directory: &Path, not_found: fn(&str) -> String) -> Result<Self, Refusal> {
        let path = directory.join(name);
        if let Err(error) = std::fs::metadata(&path) {
            let line = format!("{}{}", not_found(name), go_error(&error));
            return Err(refuse(ProblemKind::ChartNotFound, name, line));
        }
        let loaded = if path.is_dir() {
            Chart::from_directory(&path)
        } else {
            std::fs::read(&path)
                .map_err(|source| helm::ChartError::Io { path: name.to_owned(), source })
                .and_then(|bytes| Chart::from_archive(&bytes))
        };
        let chart = loaded.map_err(|error| {
            let line = match &error {
                helm::ChartError::MissingChartYaml => "Chart.yaml file is missing".to_owned(),
                other => load_line(other, &path, path.is_dir()),
            };
            failed(ProblemKind::ChartUnloadable, name, line, chain(&error))
        })?;
        Ok(Self { shown: cleaned(Path::new(name)), path, chart })
    }
}

/// A path without `.` and without what `..` takes back, as Go's `filepath.Clean` leaves it.
fn cleaned(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir) => {}
                _ => out.push(".."),
            },
            component => out.push(component),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

/// Whether a version is one that is asked for. `None` where the question makes no sense.
fn satisfies(version: &str, wanted: &str) -> Option<bool> {
    let constraint: semver::Constraint = wanted.parse().ok()?;
    let version: semver::Version = version.parse().ok()?;
    Some(constraint.matches(&version))
}

/// Whether a file counts as a packed chart by its name, in lower case as helm wants it.
fn is_archive_name(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "tgz")
}
