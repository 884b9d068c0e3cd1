//! `package`: a chart's directory as an archive. The same chart gives the same bytes.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use helm::{Chart, ResolvedChart};

use crate::chart::{Located, Refusal, go_error, load, refuse};
use crate::problem::ProblemKind;
use crate::show::metadata_yaml;

/// Which chart, and what is changed about it.
#[derive(Clone, Debug)]
pub struct PackageOptions {
    /// The chart's directory as it was named.
    pub path: String,
    /// The current directory.
    pub directory: PathBuf,
    /// Where the archive goes, as it was named.
    pub destination: String,
    /// Another version.
    pub version: Option<String>,
    /// Another version of what the chart installs.
    pub app_version: Option<String>,
}

/// Packs a chart. Gives the path of the archive as helm names it.
pub fn package(options: &PackageOptions) -> Result<String, Refusal> {
    let path = options.directory.join(&options.path);
    fs::metadata(&path).map_err(|error| {
        let line = format!("stat {}: {}", options.path, go_error(&error));
        refuse(ProblemKind::ChartNotFound, &options.path, line)
    })?;
    let mut chart = load_directory(&path)?;
    if let Some(version) = options.version.as_deref().filter(|version| !version.is_empty()) {
        if version.parse::<semver::Version>().is_err() {
            let line = "invalid semantic version".to_owned();
            return Err(refuse(ProblemKind::PackagingFailed, version, line));
        }
        version.clone_into(&mut chart.metadata.version);
    }
    if let Some(version) = options.app_version.as_deref().filter(|version| !version.is_empty()) {
        version.clone_into(&mut chart.metadata.app_version);
    }
    check_dependencies(&chart)?;
    let archive = archive(&chart)
        .map_err(|line| refuse(ProblemKind::PackagingFailed, &options.path, line))?;
    let name = format!("{}-{}.tgz", chart.metadata.name, chart.metadata.version);
    let destination = match options.destination.as_str() {
        "." => options.directory.clone(),
        other => PathBuf::from(other),
    };
    let shown = destination.join(name);
    write(&options.directory.join(&shown), &archive).map_err(|error| {
        let line = match error.kind() {
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                format!("failed to save: is not a directory: {}", options.destination)
            }
            _ => format!("failed to save: open {}: {}", shown.display(), go_error(&error)),
        };
        refuse(ProblemKind::PackagingFailed, shown.display().to_string(), line)
    })?;
    Ok(shown.display().to_string())
}

/// Only a directory can be packed.
fn load_directory(path: &Path) -> Result<Chart, Refusal> {
    if path.is_dir() {
        return load(&Located { path: path.to_owned(), is_directory: true });
    }
    let file = path.join("Chart.yaml");
    let file = file.display();
    let line = format!("unable to detect chart at {file}: open {file}: not a directory");
    Err(refuse(ProblemKind::ChartUnloadable, path.display().to_string(), line))
}

fn check_dependencies(chart: &Chart) -> Result<(), Refusal> {
    let resolved = ResolvedChart::read(chart)
        .map_err(|error| refuse(ProblemKind::ChartUnloadable, chart.name(), error.to_string()))?;
    let missing = resolved.missing_dependencies().join(", ");
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("found in Chart.yaml, but missing in charts/ directory: {missing}");
    Err(refuse(ProblemKind::ChartDependencyMissing, missing, line))
}

/// The chart as helm lays it out: metadata written anew, charts inside it unpacked below their names.
pub(crate) fn archive(chart: &Chart) -> Result<Vec<u8>, String> {
    relocate::package(&laid_out(chart)).map_err(|error| error.to_string())
}

fn laid_out(chart: &Chart) -> Chart {
    let mut out = chart.clone();
    let mut metadata = chart.metadata.clone();
    if metadata.api_version == "v1" {
        // They stand in requirements.yaml, which stays.
        metadata.dependencies.clear();
    } else {
        out.remove_file("requirements.yaml");
    }
    out.set_file("Chart.yaml", metadata_yaml(&metadata));
    for subchart in &mut out.subcharts {
        subchart.chart = laid_out(&subchart.chart);
        subchart.directory = format!("charts/{}", subchart.chart.name());
    }
    out
}

/// Writes a file that is there in full or not at all.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    const MODE: u32 = 0o644;
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let mut file = tempfile::NamedTempFile::new_in(parent)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(fs::Permissions::from_mode(MODE))?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use helm::File;

    use super::*;

    fn chart(directory: &Path, chart_yaml: &str) -> PathBuf {
        let path = directory.join("c");
        fs::create_dir_all(path.join("templates")).unwrap();
        fs::write(path.join("Chart.yaml"), chart_yaml).unwrap();
        fs::write(path.join("values.yaml"), "a: 1\n").unwrap();
        path
    }

    fn options(directory: &Path) -> PackageOptions {
        PackageOptions {
            path: "c".to_owned(),
            directory: directory.to_owned(),
            destination: ".".to_owned(),
            version: None,
            app_version: None,
        }
    }

    #[test]
    fn the_same_chart_gives_the_same_bytes_and_loads_again() {
        let directory = tempfile::tempdir().unwrap();
        chart(directory.path(), "apiVersion: v2\nname: c\nversion: 0.1.0\n# x\n");
        let first = package(&options(directory.path())).unwrap();
        assert!(first.ends_with("/c-0.1.0.tgz"));
        let bytes = fs::read(&first).unwrap();
        assert_eq!(package(&options(directory.path())).unwrap(), first);
        assert_eq!(fs::read(&first).unwrap(), bytes);
        let loaded = Chart::from_archive(&bytes).unwrap();
        assert_eq!(
            loaded.file("Chart.yaml").unwrap(),
            "apiVersion: v2\nname: c\nversion: 0.1.0\n".as_bytes()
        );
    }

    #[test]
    fn versions_are_changed_and_checked() {
        let directory = tempfile::tempdir().unwrap();
        chart(directory.path(), "apiVersion: v2\nname: c\nversion: 0.1.0\n");
        let mut changed = options(directory.path());
        changed.version = Some("1.2.3+b".to_owned());
        changed.app_version = Some("9".to_owned());
        changed.destination = "out/x".to_owned();
        assert_eq!(package(&changed).unwrap(), "out/x/c-1.2.3+b.tgz");
        let bytes = fs::read(directory.path().join("out/x/c-1.2.3+b.tgz")).unwrap();
        let loaded = Chart::from_archive(&bytes).unwrap();
        assert_eq!((loaded.version(), loaded.metadata.app_version.as_str()), ("1.2.3+b", "9"));
        changed.version = Some("x".to_owned());
        assert_eq!(package(&changed).unwrap_err().line, "invalid semantic version");
    }

    #[test]
    fn packed_subcharts_are_unpacked_below_their_names() {
        let inner = vec![File::new("Chart.yaml", "name: s\nversion: 1.0.0\n")];
        let mut chart =
            Chart::from_files(vec![File::new("Chart.yaml", "name: c\nversion: 1.0.0\n")]).unwrap();
        chart.subcharts.push(helm::Subchart {
            directory: "charts/s-1.0.0.tgz".to_owned(),
            chart: Chart::from_files(inner).unwrap(),
        });
        let loaded = Chart::from_archive(&archive(&chart).unwrap()).unwrap();
        assert_eq!(loaded.subcharts[0].directory, "charts/s");
    }
}
