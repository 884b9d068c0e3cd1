//! `dependency build` and `dependency update`, for charts of this machine.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use helm::{Chart, Dependency, Lock};
use serde::Serialize;

use super::{Root, cleaned, is_archive_name, satisfies};
use crate::chart::{Refusal, go_error, load_line, refuse};
use crate::package::{archive, write};
use crate::problem::ProblemKind;

/// Whose dependencies are put into its `charts/`.
#[derive(Clone, Debug)]
pub struct DependencyOptions {
    /// The chart's directory as it was named.
    pub chart: String,
    /// The current directory.
    pub directory: PathBuf,
    /// Now, RFC 3339, for the lock file.
    pub now: String,
}

/// Resolves the dependencies anew and writes the lock file. Gives what is printed.
pub fn update_dependencies(options: &DependencyOptions) -> Result<String, Refusal> {
    let root = root(options)?;
    let declared = &root.chart.metadata.dependencies;
    if declared.is_empty() {
        return Ok(String::new());
    }
    let locked = resolve(&root, declared)?;
    let out = save(&root, &locked)?;
    write_lock(&root, declared, &locked, &options.now)?;
    Ok(out)
}

/// Puts what the lock file says into `charts/`; without one, this is an update.
pub fn build_dependencies(options: &DependencyOptions) -> Result<String, Refusal> {
    let root = root(options)?;
    let declared = &root.chart.metadata.dependencies;
    let lock = Lock::read(&root.chart).map_err(|error| {
        let line = load_line(&error, &root.path, true);
        refuse(ProblemKind::ChartUnloadable, &options.chart, line)
    })?;
    let Some(lock) = lock else { return update_dependencies(options) };
    if !lock.is_for(declared) {
        let (lock, file) = files(&root.chart);
        let line = format!(
            "the lock file ({lock}) is out of sync with the dependencies file ({file}). Please update the dependencies with 'helm dependency update'"
        );
        return Err(refuse(ProblemKind::LockOutdated, lock, line));
    }
    if lock.dependencies.is_empty() {
        return Ok(String::new());
    }
    save(&root, &lock.dependencies)
}

fn root(options: &DependencyOptions) -> Result<Root, Refusal> {
    Root::load(&options.chart, &options.directory, |name| {
        format!("could not find {name}: stat {name}: ")
    })
}

/// Names of the lock file and of the file with the dependencies.
fn files(chart: &Chart) -> (&'static str, &'static str) {
    if chart.metadata.api_version == "v1" {
        ("requirements.lock", "requirements.yaml")
    } else {
        ("Chart.lock", "Chart.yaml")
    }
}

/// The one version of each dependency.
fn resolve(root: &Root, declared: &[Dependency]) -> Result<Vec<Dependency>, Refusal> {
    let mut locked = Vec::with_capacity(declared.len());
    let mut missing = Vec::new();
    for wanted in declared {
        let version = if wanted.repository.is_empty() {
            let chart = root.shown.join("charts").join(&wanted.name);
            local(root, &chart)?;
            wanted.version.clone()
        } else {
            let found = repository(root, wanted)?;
            if satisfies(found.version(), &wanted.version) != Some(true) {
                let Dependency { name, repository, version, .. } = wanted;
                missing.push(format!("{name:?} (repository {repository:?}, version {version:?})"));
                continue;
            }
            found.version().to_owned()
        };
        locked.push(Dependency {
            name: wanted.name.clone(),
            repository: wanted.repository.clone(),
            version,
            ..Dependency::default()
        });
    }
    if missing.is_empty() {
        return Ok(locked);
    }
    let (count, missing) = (missing.len(), missing.join(", "));
    let line = format!(
        "can't get a valid version for {count} subchart(s): {missing}. Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml"
    );
    Err(refuse(ProblemKind::DependencyUnresolved, missing, line))
}

/// The chart at a `file://` address.
fn repository(root: &Root, wanted: &Dependency) -> Result<Chart, Refusal> {
    let Some(path) = wanted.repository.strip_prefix("file://") else {
        let line = format!(
            "{} comes from {}, and only charts from file:// and charts/ are put together here",
            wanted.name, wanted.repository
        );
        return Err(refuse(ProblemKind::DependencyUnresolved, &wanted.name, line));
    };
    // An absolute path takes the place of the chart's own.
    local(root, &cleaned(&root.shown.join(path)))
}

/// Loads a chart by a path that starts where the root's name does.
fn local(root: &Root, shown: &Path) -> Result<Chart, Refusal> {
    // The root's name is relative to the directory that its path begins with.
    let path = if shown.is_absolute() {
        shown.to_owned()
    } else {
        let depth = root.shown.components().filter(|part| part.as_os_str() != ".").count();
        let base = root.path.ancestors().nth(depth).unwrap_or(&root.path);
        base.join(shown)
    };
    let subject = shown.display().to_string();
    if !path.is_dir() {
        let line = format!("directory {subject} not found");
        return Err(refuse(ProblemKind::DependencyUnresolved, subject, line));
    }
    Chart::from_directory(&path).map_err(|error| {
        let line = load_line(&error, &path, true);
        refuse(ProblemKind::ChartUnloadable, subject, line)
    })
}

/// Packs every chart first, then puts the archives into `charts/` and takes out those that are not wanted any more.
fn save(root: &Root, locked: &[Dependency]) -> Result<String, Refusal> {
    let mut out = format!("Saving {} charts\n", locked.len());
    let mut archives = Vec::new();
    for wanted in locked {
        if wanted.repository.is_empty() {
            local(root, &root.shown.join("charts").join(&wanted.name))?;
            let _ = writeln!(
                out,
                "Dependency {} did not declare a repository. Assuming it exists in the charts directory",
                wanted.name
            );
            continue;
        }
        let chart = repository(root, wanted)?;
        if satisfies(chart.version(), &wanted.version) != Some(true) {
            let line = format!(
                "dependency {} at version {} does not satisfy the constraint {}",
                wanted.name,
                chart.version(),
                wanted.version
            );
            return Err(refuse(ProblemKind::DependencyUnresolved, &wanted.name, line));
        }
        let bytes = archive(&chart)
            .map_err(|line| refuse(ProblemKind::PackagingFailed, &wanted.name, line))?;
        archives.push((format!("{}-{}.tgz", chart.name(), chart.version()), bytes));
    }
    let charts = root.path.join("charts");
    for (name, bytes) in &archives {
        let path = charts.join(name);
        write(&path, bytes).map_err(|error| unwritable(&path, &error))?;
    }
    out.push_str("Deleting outdated charts\n");
    remove_others(&charts, &archives);
    Ok(out)
}

/// Takes out archives of charts that are not among the new ones. What is no chart stays.
fn remove_others(charts: &Path, archives: &[(String, Vec<u8>)]) {
    for entry in fs::read_dir(charts).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_new = archives.iter().any(|(known, _)| *known == name);
        let is_archive =
            entry.file_type().is_ok_and(|kind| kind.is_file()) && is_archive_name(&name);
        if is_archive
            && !is_new
            && fs::read(entry.path()).is_ok_and(|bytes| Chart::from_archive(&bytes).is_ok())
        {
            // One that cannot be taken out is seen by `dependency list`.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A lock file as helm writes it.
#[derive(Serialize)]
struct LockFile<'a> {
    dependencies: Vec<LockedEntry<'a>>,
    digest: String,
    generated: &'a str,
}

#[derive(Serialize)]
struct LockedEntry<'a> {
    name: &'a str,
    repository: &'a str,
    version: &'a str,
}

fn write_lock<'a>(
    root: &Root,
    declared: &[Dependency],
    locked: &'a [Dependency],
    now: &'a str,
) -> Result<(), Refusal> {
    let digest = Lock::digest_of(declared, locked);
    if Lock::read(&root.chart).ok().flatten().is_some_and(|lock| lock.digest == digest) {
        return Ok(());
    }
    let entry = |dependency: &'a Dependency| {
        let Dependency { name, repository, version, .. } = dependency;
        LockedEntry { name, repository, version }
    };
    let file =
        LockFile { dependencies: locked.iter().map(entry).collect(), digest, generated: now };
    let json = serde_json::to_vec(&file).expect("texts and lists");
    let value = goyaml::from_json(&json).expect("what was just written");
    let yaml = goyaml::to_yaml(&value).expect("JSON has nothing that YAML cannot say");
    let yaml = if yaml.ends_with('\n') { yaml } else { yaml + "\n" };
    let path = root.path.join(files(&root.chart).0);
    write(&path, yaml.as_bytes()).map_err(|error| unwritable(&path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Refusal {
    let path = path.display().to_string();
    let line = format!("open {path}: {}", go_error(error));
    refuse(ProblemKind::DependencyUnresolved, path, line)
}
