//! What surrounds the process, looked at once: variables, directories, terminals.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// A snapshot of the surroundings. Commands and settings read this and never the process itself, so that tests can
/// hand them another one.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
    /// The current directory.
    pub directory: PathBuf,
    /// Whether stdout is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether stderr is a terminal.
    pub stderr_is_terminal: bool,
}

impl Environment {
    /// The surroundings of this process.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        Self {
            variables,
            directory: std::env::current_dir().unwrap_or_default(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// A variable that is set, not empty and text.
    pub fn variable(&self, name: &str) -> Option<String> {
        let value = self.variables.get(name)?.to_str()?;
        if value.is_empty() { None } else { Some(value.to_owned()) }
    }

    /// A variable that holds a path and is not empty.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let value = self.variables.get(name)?;
        if value.is_empty() { None } else { Some(value.into()) }
    }

    /// The home directory, where there is one.
    pub fn home(&self) -> Option<PathBuf> {
        self.path("HOME")
    }

    /// A path as the user wrote it, seen from the current directory; `~/` is the home directory.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), self.home()) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => self.directory.join(path),
        }
    }

    /// Surroundings made of the given variables, without terminals.
    #[cfg(test)]
    pub(crate) fn fixed(pairs: &[(&str, &str)]) -> Self {
        let variables = pairs.iter().map(|(k, v)| ((*k).to_owned(), v.into())).collect();
        Self { variables, directory: std::env::temp_dir(), ..Self::default() }
    }
}
