//! Where the configuration file is, and where the paths in it lead.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use ops::{Phase, ProblemKind};

use super::encoding::decode;
use super::load_image::{self, Finding, Reading};
use crate::environment::Environment;
use crate::failure::{Failure, io_kind};
use crate::language::Language;
use crate::say;

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
    /// What is stored there.
    pub(crate) bytes: Vec<u8>,
    /// Its text.
    pub(crate) text: String,
    /// What is to be told about how the text is stored.
    pub(crate) encoding: Option<Finding>,
}

impl ConfigFile {
    /// What it says.
    pub(crate) fn read(&self) -> Reading {
        let mut reading = load_image::read(&self.text);
        reading.findings.splice(0..0, self.encoding.clone());
        reading
    }
}

/// The file that `--config` names, or the one that is found when neither file nor package is given: in the current
/// directory first, as charts-syncer's help says, then in the home directory.
pub(crate) fn find(
    config: Option<&Path>,
    environment: &Environment,
    language: Language,
) -> Result<ConfigFile, Failure> {
    if let Some(path) = config {
        return open(path, environment, language);
    }
    let here = NAMES.iter().map(|name| environment.directory.join(name));
    let at_home = environment.home().map(|home| home.join(NAMES[1]));
    match here.chain(at_home).find(|path| path.is_file()) {
        Some(path) => {
            let name = path.strip_prefix(&environment.directory).unwrap_or(&path).to_owned();
            open(&name, environment, language)
        }
        None => Err(not_found(&environment.directory.join(NAMES[0]).display().to_string(), "")),
    }
}

/// Reads a file that is named.
fn open(path: &Path, environment: &Environment, language: Language) -> Result<ConfigFile, Failure> {
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
        let detail = say!("larger than 1 MiB", "大于 1 MiB");
        return Err(Failure::problem(Phase::Configure, kind, name, detail.get(language)));
    }
    match decode(&bytes) {
        Ok((text, encoding)) => Ok(ConfigFile { name, path, bytes, text, encoding }),
        Err(finding) => {
            let problem = finding.problem(&name, language);
            Err(ops::Error::new(Phase::Configure, problem).into())
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
        assert_eq!(kind(find(None, &environment, Language::En)), ProblemKind::ConfigNotFound);
        for (path, name) in [
            ("home/charts-syncer.yaml", "home/charts-syncer.yaml"),
            ("work/charts-syncer.yaml", "charts-syncer.yaml"),
            ("work/load-image.yaml", "load-image.yaml"),
        ] {
            std::fs::write(root.path().join(path), "{}").unwrap();
            assert!(find(None, &environment, Language::En).unwrap().name.ends_with(name));
        }
        assert_eq!(
            kind(find(Some(Path::new("other.yaml")), &environment, Language::En)),
            ProblemKind::ConfigNotFound
        );
    }

    #[test]
    fn what_is_no_configuration_is_not_read_to_its_end() {
        let (root, environment) = place();
        let path = root.path().join("work/big.yaml");
        std::fs::File::create(&path).unwrap().set_len(3 << 30).unwrap();
        let refused = || match open(Path::new("big.yaml"), &environment, Language::En) {
            Err(Failure::Operation(error)) => error.problems[0].subject.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(), "big.yaml");
        std::fs::write(&path, [b'a', 0xff]).unwrap();
        assert_eq!(refused(), "big.yaml:1:2");
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
