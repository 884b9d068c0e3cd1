//! The user's values, from files and flags.

use std::io::Read;
use std::path::{Path, PathBuf};

use helm::{Flag, Overlay, OverlayError, Table, ValuesFile};

use super::{Refusal, go_error, refuse};
use crate::problem::ProblemKind;

/// What reads standard input, for `-f -`.
pub type StandardInput = fn() -> Box<dyn Read>;

/// Values files and flags that set values, as they were given.
#[derive(Clone, Debug)]
pub struct ChartValues {
    /// Values files, in order; `-` is standard input.
    pub files: Vec<String>,
    /// Flags, in order within their kinds.
    pub flags: Vec<Flag>,
    /// The directory that relative paths start from.
    pub directory: PathBuf,
    /// Standard input.
    pub input: StandardInput,
}

impl ChartValues {
    /// Reads the files and lays everything over one another, in helm's order.
    pub(crate) fn resolve(&self) -> Result<Table, Refusal> {
        let mut files = Vec::with_capacity(self.files.len());
        for name in &self.files {
            let text = self.read(name).map_err(|line| {
                let kind = if is_remote(name) {
                    ProblemKind::ChartNotLocal
                } else {
                    ProblemKind::ValuesUnreadable
                };
                refuse(kind, name, line)
            })?;
            files.push(ValuesFile { name: name.clone(), text });
        }
        let overlay = Overlay { files, flags: self.flags.clone() };
        overlay.resolve(&mut |path| self.read(path)).map_err(|error| refused(&error))
    }

    /// The content of a file, or Go's words for why not.
    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        if name.trim() == "-" {
            let mut text = Vec::new();
            (self.input)().read_to_end(&mut text).map_err(|error| go_error(&error))?;
            return Ok(text);
        }
        if is_remote(name) {
            return Err(format!("{name} is not read from the network"));
        }
        std::fs::read(self.directory.join(Path::new(name)))
            .map_err(|error| format!("open {name}: {}", go_error(&error)))
    }
}

fn is_remote(name: &str) -> bool {
    name.starts_with("http://") || name.starts_with("https://")
}

fn refused(error: &OverlayError) -> Refusal {
    let subject = match error {
        OverlayError::File { name, .. } => name.clone(),
        OverlayError::Flag { flag, argument, .. } => format!("{flag} {argument}"),
        OverlayError::Json { argument, .. } => format!("--set-json {argument}"),
        _ => String::new(),
    };
    refuse(ProblemKind::ValuesInvalid, subject, error.to_string())
}
