//! Hostile and broken files: each one a case with a name, a group and what must happen.
//!
//! Every file is an honest bundle (or chart, or layout) with one thing wrong, so that a reader recognises it and gets
//! far enough to meet what is wrong.

mod bomb;
mod builder;
mod chart;
mod content;
mod damage;
mod entry;
mod layout;
mod name;

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

pub use builder::{HostileTar, bundle_with, chart_with, honest_bundle, images_with};

/// One file that nobody should have to trust.
pub struct Case {
    /// The group of bad input, such as `A1`.
    pub group: &'static str,
    /// Unique among all cases, good as a file name.
    pub name: String,
    /// What it is meant to be taken for.
    pub form: Form,
    /// What must happen.
    pub expected: Expected,
    content: Content,
}

/// What a file is meant to be taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A bundle, compressed or not.
    Bundle,
    /// A packaged chart.
    Chart,
    /// A tar of an OCI image layout.
    OciLayout,
}

/// What must happen when a file is read and checked (`verify`), not just listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// An error, in bounded time and memory, and nothing was written.
    Rejected,
    /// It is as good as the honest one; whatever is odd about it has no effect.
    Accepted,
    /// An error, or the odd entry is not there for the reader: it is not part of the chart or of an image.
    NotInside,
    /// An error, or the first of two is taken. Never the second, never both.
    RejectedOrFirst,
    /// An error, or it is read in bounded time and memory.
    Bounded,
    /// It can be read; the plan of a sync is an error.
    RefusedByPlan,
}

enum Content {
    Bytes(Vec<u8>),
    /// Too large to be held; written on demand.
    Written(fn(&mut File) -> io::Result<()>),
}

impl Case {
    fn new(
        group: &'static str,
        name: impl Into<String>,
        expected: Expected,
        bytes: Vec<u8>,
    ) -> Self {
        Self {
            group,
            name: name.into(),
            form: Form::Bundle,
            expected,
            content: Content::Bytes(bytes),
        }
    }

    fn written(
        group: &'static str,
        name: &str,
        expected: Expected,
        write: fn(&mut File) -> io::Result<()>,
    ) -> Self {
        Self { content: Content::Written(write), ..Self::new(group, name, expected, Vec::new()) }
    }

    fn form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// The file's bytes; none for those that are too large to be held (see [`Self::write`]).
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes),
            Content::Written(_) => None,
        }
    }

    /// Writes the file into `dir` and returns its path.
    pub fn write(&self, dir: &Path) -> io::Result<PathBuf> {
        let extension = match self.form {
            Form::Bundle => "bundle.tar",
            Form::Chart => "tgz",
            Form::OciLayout => "tar",
        };
        let path = dir.join(format!("{}.{extension}", self.name));
        let mut file = File::create(&path)?;
        match &self.content {
            Content::Bytes(bytes) => file.write_all(bytes)?,
            Content::Written(write) => write(&mut file)?,
        }
        Ok(path)
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({:?}): {:?}", self.group, self.name, self.form, self.expected)
    }
}

/// Every case, in the order of the groups. This is quick: large files are made by [`Case::write`].
pub fn all_cases() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(name::cases());
    cases.extend(entry::cases());
    cases.extend(damage::cases());
    cases.extend(bomb::cases());
    cases.extend(content::cases());
    cases.extend(layout::cases());
    cases.extend(chart::cases());
    cases.sort_by_key(|case| case.group);
    cases
}

#[cfg(test)]
mod tests;
