//! Chart directories.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::budget::{Budget, ContentLimit};
use crate::error::Limit;
use crate::ignore::{IgnoreRules, Kind};
use crate::{ChartError, File, path};

/// Directories inside directories.
const MAX_DEPTH: usize = 128;
/// Larger ones are no rules, in bytes.
const MAX_IGNORE_FILE: u64 = 1 << 20;

/// The files of a directory that its `.helmignore` leaves, sorted by name directory by directory as helm walks them.
pub(crate) fn read(directory: &Path, budget: &mut Budget) -> Result<Vec<File>, ChartError> {
    let root = fs::canonicalize(directory).map_err(|source| failed(".", source))?;
    let rules = IgnoreRules::parse(&read_ignore_file(&root)?)?;
    let mut walk =
        Walk { root: &root, rules, budget, limit: ContentLimit::default(), files: vec![] };
    walk.visit(&root, "", &mut Vec::new())?;
    Ok(walk.files)
}

fn read_ignore_file(root: &Path) -> Result<String, ChartError> {
    const NAME: &str = ".helmignore";
    let place = root.join(NAME);
    match fs::symlink_metadata(&place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        Err(source) => return Err(failed(NAME, source)),
        Ok(_) => {}
    }
    let place = resolve(root, &place, NAME)?;
    let mut text = Vec::new();
    let file = open_regular(&place, NAME)?;
    file.take(MAX_IGNORE_FILE).read_to_end(&mut text).map_err(|source| failed(NAME, source))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

struct Walk<'a> {
    root: &'a Path,
    rules: IgnoreRules,
    budget: &'a mut Budget,
    limit: ContentLimit,
    files: Vec<File>,
}

impl Walk<'_> {
    /// Visits a directory. `above` holds the real places of the directories on the way here.
    fn visit(
        &mut self,
        place: &Path,
        prefix: &str,
        above: &mut Vec<PathBuf>,
    ) -> Result<(), ChartError> {
        if above.len() >= MAX_DEPTH {
            return Err(ChartError::Limit(Limit::Directories(MAX_DEPTH)));
        }
        above.push(place.to_owned());
        for name in self.sorted_names(place, prefix)? {
            let relative = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            self.visit_entry(place, &relative, above)?;
        }
        above.pop();
        Ok(())
    }

    fn visit_entry(
        &mut self,
        parent: &Path,
        relative: &str,
        above: &mut Vec<PathBuf>,
    ) -> Result<(), ChartError> {
        let name = relative.rsplit('/').next().unwrap_or(relative);
        let place = parent.join(name);
        let found = fs::symlink_metadata(&place).map_err(|source| failed(relative, source))?;
        let is_link = found.is_symlink();
        // The target decides what kind of thing a link is; a link that is ignored need not lead anywhere good.
        let kind = match fs::metadata(&place) {
            Ok(metadata) if metadata.is_dir() => Kind::Directory,
            _ => Kind::File,
        };
        if self.rules.is_ignored(relative, kind) {
            return Ok(());
        }
        let place = if is_link { resolve(self.root, &place, relative)? } else { place };
        let stray = |reason| ChartError::StrayLink { path: relative.to_owned(), reason };
        if kind == Kind::Directory {
            if above.contains(&place) {
                return Err(stray("that leads in a circle"));
            }
            return self.visit(&place, relative, above);
        }
        if is_link && matches!(name, "Chart.lock" | "requirements.lock") {
            return Err(stray("where a lock file must be"));
        }
        self.read_file(&place, relative)
    }

    fn sorted_names(&mut self, place: &Path, prefix: &str) -> Result<Vec<String>, ChartError> {
        let shown = if prefix.is_empty() { "." } else { prefix };
        let mut names = Vec::new();
        for entry in fs::read_dir(place).map_err(|source| failed(shown, source))? {
            let name = entry.map_err(|source| failed(shown, source))?.file_name();
            self.budget.take_file()?;
            names.push(name.into_string().map_err(|name| {
                let path = name.to_string_lossy().into_owned();
                ChartError::Path { path, fault: path::PathFault::NotUtf8 }
            })?);
        }
        names.sort_unstable();
        Ok(names)
    }

    fn read_file(&mut self, place: &Path, relative: &str) -> Result<(), ChartError> {
        let path = path::clean(relative)
            .map_err(|fault| ChartError::Path { path: relative.to_owned(), fault })?;
        let file = open_regular(place, relative)?;
        let mut data = Vec::new();
        // One byte more than is left: a file that grows while it is read is noticed.
        let left = self.limit.left() + 1;
        file.take(left).read_to_end(&mut data).map_err(|source| failed(relative, source))?;
        self.limit.take(data.len() as u64)?;
        self.budget.take_bytes(data.len() as u64)?;
        self.files.push(File { path, data: data.into() });
        Ok(())
    }
}

/// Where a link leads, if that is inside the chart.
fn resolve(root: &Path, place: &Path, relative: &str) -> Result<PathBuf, ChartError> {
    let resolved = fs::canonicalize(place).map_err(|source| failed(relative, source))?;
    if resolved.starts_with(root) {
        return Ok(resolved);
    }
    let reason = "that leads out of the chart";
    Err(ChartError::StrayLink { path: relative.to_owned(), reason })
}

/// Opens a regular file. The kind is asked for first: opening a pipe would wait for a writer.
fn open_regular(place: &Path, relative: &str) -> Result<fs::File, ChartError> {
    let metadata = fs::metadata(place).map_err(|source| failed(relative, source))?;
    if !metadata.is_file() {
        return Err(ChartError::Irregular { path: relative.to_owned() });
    }
    fs::File::open(place).map_err(|source| failed(relative, source))
}

fn failed(path: &str, source: io::Error) -> ChartError {
    ChartError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use tempfile::TempDir;

    use super::*;
    use crate::hostile::CHART_YAML;

    fn chart(files: &[(&str, &str)]) -> TempDir {
        let directory = TempDir::new().unwrap();
        for (path, data) in [("Chart.yaml", CHART_YAML)].iter().chain(files) {
            let place = directory.path().join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, data).unwrap();
        }
        directory
    }

    fn paths(directory: &Path) -> Result<Vec<String>, ChartError> {
        let files = read(directory, &mut Budget::default())?;
        Ok(files.into_iter().map(|file| file.path).collect())
    }

    #[test]
    fn walks_sorted_and_applies_the_rules() {
        let chart = chart(&[
            (".helmignore", "*.bak\nsecret/\n"),
            ("values.yaml", ""),
            ("values.yaml.bak", ""),
            ("secret/key", ""),
            ("templates/b.yaml", ""),
            ("templates/a.yaml", ""),
            ("templates/.hidden", ""),
            ("charts/sub/Chart.yaml", CHART_YAML),
        ]);
        let walked = [
            ".helmignore",
            "Chart.yaml",
            "charts/sub/Chart.yaml",
            "templates/a.yaml",
            "templates/b.yaml",
            "values.yaml",
        ];
        assert_eq!(paths(chart.path()).unwrap(), walked);
    }

    #[test]
    fn links_inside_are_followed_and_others_are_errors() {
        let chart = chart(&[("real/x.txt", "x"), ("values.yaml", "a: 1\n")]);
        let at = |name: &str| chart.path().join(name);
        symlink("values.yaml", at("same.yaml")).unwrap();
        symlink("real", at("ld")).unwrap();
        let walked = ["Chart.yaml", "ld/x.txt", "real/x.txt", "same.yaml", "values.yaml"];
        assert_eq!(paths(chart.path()).unwrap(), walked);

        for (name, target) in [
            ("out", "/etc"),
            ("up", "../.."),
            ("passwd", "/etc/passwd"),
            ("Chart.lock", "values.yaml"),
            ("real/loop", ".."),
        ] {
            symlink(target, at(name)).unwrap();
            let error = paths(chart.path()).unwrap_err();
            assert!(
                matches!(&error, ChartError::StrayLink { path, .. } if name.ends_with(path.trim_start_matches("ld/"))),
                "{error}"
            );
            fs::remove_file(at(name)).unwrap();
        }
        symlink("nowhere", at("broken")).unwrap();
        symlink("self", at("self")).unwrap();
        assert!(
            matches!(paths(chart.path()), Err(ChartError::Io { path, .. }) if path == "broken")
        );
        fs::write(at(".helmignore"), "broken\nself\n").unwrap();
        assert!(paths(chart.path()).is_ok());
    }

    #[test]
    fn a_chain_of_links_that_ends_outside_is_an_error() {
        let outside = chart(&[("x", "secret")]);
        let chart = chart(&[]);
        symlink(outside.path(), chart.path().join("a")).unwrap();
        symlink("a/x", chart.path().join("b")).unwrap();
        fs::write(chart.path().join(".helmignore"), "a\n").unwrap();
        let error = paths(chart.path()).unwrap_err();
        assert!(matches!(&error, ChartError::StrayLink { path, .. } if path == "b"), "{error}");
    }

    #[test]
    fn a_socket_is_not_read() {
        let chart = chart(&[]);
        let _socket = UnixListener::bind(chart.path().join("s")).unwrap();
        let error = paths(chart.path()).unwrap_err();
        assert!(matches!(&error, ChartError::Irregular { path } if path == "s"), "{error}");
    }

    #[test]
    fn more_than_helm_takes_is_an_error() {
        let chart = chart(&[]);
        let big = fs::File::create(chart.path().join("big")).unwrap();
        big.set_len(104_857_601).unwrap();
        let error = paths(chart.path()).unwrap_err();
        assert!(matches!(error, ChartError::Limit(Limit::ArchiveBytes(_))), "{error}");
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error() {
        let error = paths(Path::new("/nonexistent/chart")).unwrap_err();
        assert!(matches!(error, ChartError::Io { .. }), "{error}");
        let mut deep = TempDir::new().unwrap().keep();
        let root = deep.clone();
        for _ in 0..=MAX_DEPTH {
            deep.push("d");
        }
        fs::create_dir_all(&deep).unwrap();
        let error = paths(&root).unwrap_err();
        fs::remove_dir_all(&root).unwrap();
        assert!(matches!(error, ChartError::Limit(Limit::Directories(_))), "{error}");
    }
}
