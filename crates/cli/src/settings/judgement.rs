//! What a run would say about a configuration file. The same code decides both.

use clap::{Args as _, FromArgMatches as _};
use ops::{Problem, ProblemKind, Severity};

use super::locate::ConfigFile;
use super::sync::Resolver;
use crate::commands::sync::SyncArgs;
use crate::environment::Environment;
use crate::language::Language;

/// A file as `ferry sync --config FILE` takes it, in this directory and with these environment variables.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// Everything worth telling, notes that a run keeps to itself too.
    pub(crate) problems: Vec<Problem>,
}

impl Judgement {
    /// Whether a run would begin.
    pub(crate) fn is_accepted(&self) -> bool {
        self.count(Severity::Error) == 0
    }

    /// How many problems are of a severity.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|one| one.severity == severity).count()
    }
}

/// Judges a file.
pub(crate) fn judge(file: &ConfigFile, environment: &Environment, language: Language) -> Judgement {
    let args = no_arguments();
    let mut resolver = Resolver::new(&args, environment, language);
    resolver.take(file, file.read(), |_| true);
    resolver.options();
    let mut problems = resolver.problems;
    for problem in &mut problems {
        // It is no mistake of the file, and may be copied to its place later.
        if problem.kind == ProblemKind::PackageNotFound {
            problem.severity = Severity::Warning;
        }
    }
    Judgement { problems }
}

/// A command line without flags.
fn no_arguments() -> SyncArgs {
    let command = SyncArgs::augment_args(clap::Command::new("sync"));
    let matches = command.try_get_matches_from(["sync"]);
    matches
        .and_then(|matches| SyncArgs::from_arg_matches(&matches))
        .expect("no argument of sync is required: everything can be in the file")
}

#[cfg(test)]
mod tests {
    use super::super::locate;
    use super::super::sync::resolve;
    use super::*;

    const FILE: &str = "source:\n  intermediateBundlesPath: b\ntarget:\n  containerRegistry: r.io\n  repo:\n    kind: OCI\n    url: https://r.io/p\n    auth:\n      username: u\n      password: p\n  containers:\n    auth:\n      username: u\n      password: p\n";

    /// What makes a line another one, as operators do.
    const CHANGES: [(&str, &str); 24] = [
        ("password: p", "password: #p"),
        ("password: p", "password:"),
        ("password: p", "password: ''"),
        ("password: p", "password: ~"),
        ("password: p", "password: ***"),
        ("password: p", "password: \"***\""),
        ("password: p", "password: [p]"),
        ("username: u", "username: \"\""),
        ("username: u", "username: # u"),
        ("      username: u\n", ""),
        ("    auth:\n", "    auth: null\n"),
        ("b\n", "\n"),
        ("r.io\n", "\n"),
        ("r.io\n", "#r.io\n"),
        ("containerRegistry: r.io", "containerRepository: a/b"),
        ("containerRegistry: r.io", "containerRepository: A"),
        ("containerRegistry", "containerPrefixRegistry"),
        ("kind: OCI", "kind: LOCAL"),
        ("kind: OCI", "kind:"),
        ("url:", "path:"),
        ("https:", "oci:"),
        ("  repo:", "  repo: x"),
        ("  ", "\t"),
        ("target:\n", "target:\nskipImages: true\n"),
    ];

    #[test]
    fn a_run_takes_what_is_accepted_and_refuses_what_is_not() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("b")).unwrap();
        for variables in [&[][..], &[("TARGET_REPO_AUTH_PASSWORD", "p")]] {
            let mut environment = Environment::fixed(variables);
            environment.directory = directory.path().to_owned();
            let path = directory.path().join("f.yaml");
            let mut accepted = 0;
            for (from, to) in CHANGES {
                for text in [FILE.replace(from, to), FILE.replacen(from, to, 1)] {
                    std::fs::write(&path, &text).unwrap();
                    let file = locate::find(Some(&path), &environment, Language::En).unwrap();
                    let judged = judge(&file, &environment, Language::En);
                    let args = SyncArgs { config: Some(path.clone()), ..no_arguments() };
                    let run = resolve(&args, &environment, Language::En);
                    assert_eq!(judged.is_accepted(), run.is_ok(), "{text}\n{judged:#?}\n{run:#?}");
                    accepted += usize::from(run.is_ok());
                }
            }
            assert!(accepted >= 4, "{accepted}");
        }
    }

    #[test]
    fn a_package_that_is_not_there_yet_is_no_mistake_of_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let mut environment = Environment::fixed(&[]);
        environment.directory = directory.path().to_owned();
        std::fs::write(directory.path().join("f.yaml"), FILE).unwrap();
        let path = std::path::Path::new("f.yaml");
        let file = locate::find(Some(path), &environment, Language::En).unwrap();
        let judged = judge(&file, &environment, Language::En);
        assert!(judged.is_accepted());
        assert_eq!(judged.count(Severity::Warning), 1);
        assert_eq!(judged.problems[0].kind, ProblemKind::PackageNotFound);
    }
}
