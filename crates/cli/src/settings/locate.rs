//! Where the configuration file is, and where the paths in it lead.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use ops::{Phase, ProblemKind};

use crate::environment::Environment;
use crate::failure::{Failure, io_kind};

/// What is looked for in the current directory, in this order.
const NAMES: [&str; 2] = ["load-image.yaml", "charts-syncer.yaml"];
/// More than any configuration has; a package given as one is not read to its end.
const MOST_BYTES: u64 = 1 << 20;

/// A configuration file.
#[derive(Clone, Debug)]
pub(crate) struct ConfigFile {
    /// As the user named it, for messages.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
}

/// The file that `--config` names, or the one that is found when neither file nor package is given: in the current
/// directory first, as charts-syncer's help says, then in the home directory.
pub(crate) fn find(
    config: Option<&Path>,
    environment: &Environment,
) -> Result<ConfigFile, Failure> {
    if let Some(path) = config {
        return open(path, environment);
    }
    let here = NAMES.iter().map(|name| environment.directory.join(name));
    let at_home = environment.home().map(|home| home.join(NAMES[1]));
    match here.chain(at_home).find(|path| path.is_file()) {
        Some(path) => {
            let name = path.strip_prefix(&environment.directory).unwrap_or(&path).to_owned();
            open(&name, environment)
        }
        None => Err(not_found(&environment.directory.join(NAMES[0]).display().to_string(), "")),
    }
}

/// Reads a file that is named.
pub(crate) fn open(path: &Path, environment: &Environment) -> Result<ConfigFile, Failure> {
    let name = path.display().to_string();
    let path = environment.absolute(path);
    let mut bytes = Vec::new();
    let outcome = std::fs::File::open(&path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
    if let Err(error) = outcome {
        return Err(match error.kind() {
            std::io::ErrorKind::NotFound => not_found(&name, ""),
            _ => Failure::problem(Phase::Configure, io_kind(&error), name, error.to_string()),
        });
    }
    if bytes.len() as u64 > MOST_BYTES {
        let kind = ProblemKind::ConfigSyntax;
        return Err(Failure::problem(Phase::Configure, kind, name, "larger than 1 MiB"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(ConfigFile { name, path, text }),
        Err(error) => {
            let detail = format!("not UTF-8 text at byte {}", error.utf8_error().valid_up_to());
            Err(Failure::problem(Phase::Configure, ProblemKind::ConfigSyntax, name, detail))
        }
    }
}

fn not_found(subject: &str, detail: &str) -> Failure {
    Failure::problem(Phase::Configure, ProblemKind::ConfigNotFound, subject, detail)
}

/// Where `intermediateBundlesPath` leads: seen from the current directory, as charts-syncer does, else from the
/// directory of the file. `None` when there is nothing at either place; it is never created.
pub(crate) fn bundles(path: &str, file: &Path, environment: &Environment) -> Option<PathBuf> {
    let here = PathBuf::from(path);
    if environment.absolute(&here).exists() {
        return Some(here);
    }
    let beside = file.parent()?.join(path);
    beside.exists().then_some(beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, Environment) {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(directory.path().join("home")).unwrap();
        std::fs::create_dir_all(directory.path().join("work")).unwrap();
        let home = directory.path().join("home");
        let mut environment = Environment::fixed(&[("HOME", home.to_str().unwrap())]);
        environment.directory = directory.path().join("work");
        (directory, environment)
    }

    #[test]
    fn the_current_directory_comes_before_the_home_directory() {
        let (root, environment) = place();
        let kind = |result: Result<ConfigFile, Failure>| match result {
            Err(Failure::Operation(error)) => error.problems[0].kind,
            other => panic!("{other:?}"),
        };
        assert_eq!(kind(find(None, &environment)), ProblemKind::ConfigNotFound);
        for (path, name) in [
            ("home/charts-syncer.yaml", "home/charts-syncer.yaml"),
            ("work/charts-syncer.yaml", "charts-syncer.yaml"),
            ("work/load-image.yaml", "load-image.yaml"),
        ] {
            std::fs::write(root.path().join(path), "{}").unwrap();
            assert!(find(None, &environment).unwrap().name.ends_with(name));
        }
        assert_eq!(
            kind(find(Some(Path::new("other.yaml")), &environment)),
            ProblemKind::ConfigNotFound
        );
    }

    #[test]
    fn what_is_no_configuration_is_not_read_to_its_end() {
        let (root, environment) = place();
        let path = root.path().join("work/big.yaml");
        std::fs::File::create(&path).unwrap().set_len(3 << 30).unwrap();
        assert!(matches!(open(Path::new("big.yaml"), &environment), Err(Failure::Operation(_))));
        std::fs::write(&path, [b'a', 0xff]).unwrap();
        assert!(matches!(open(Path::new("big.yaml"), &environment), Err(Failure::Operation(_))));
    }

    #[test]
    fn packages_are_looked_for_here_then_beside_the_file() {
        let (root, environment) = place();
        let file = root.path().join("home/load-image.yaml");
        assert_eq!(bundles("kairship", &file, &environment), None);
        std::fs::create_dir(root.path().join("home/kairship")).unwrap();
        assert_eq!(
            bundles("kairship", &file, &environment),
            Some(root.path().join("home/kairship"))
        );
        std::fs::create_dir(root.path().join("work/kairship")).unwrap();
        assert_eq!(bundles("kairship", &file, &environment), Some(PathBuf::from("kairship")));
    }
}
