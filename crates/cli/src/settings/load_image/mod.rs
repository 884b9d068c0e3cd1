//! `load-image.yaml`: what charts-syncer's configuration says, every mistake in it, and the corrected file.
//!
//! Stricter than YAML and kinder than charts-syncer: a key nobody knows or a key given twice is an error, a mistake
//! whose meaning is clear is understood and told. Nothing that stands at a `password` is ever repeated in a message.

mod charts;
mod check;
mod comment;
mod edit;
mod finding;
mod glyph;
mod mask;
mod nesting;
mod notation;
mod reader;
mod scalar;
mod section;
mod syntax;
mod target;
mod text;

use ops::{ChartFilter, ChartTargetKind, Platform, RegistryKind, Secret};

pub(crate) use finding::Finding;
pub(crate) use mask::masked;
pub(crate) use target::mistake_of_kind;

use super::address::RegistryAddress;
use crate::language::Sentence;

/// What the file says. Nothing in it is resolved against directories or the environment yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoadImage {
    /// `source.intermediateBundlesPath`.
    pub(crate) bundles_path: Option<String>,
    /// `target.containerRegistry`.
    pub(crate) registry: Option<RegistryAddress>,
    /// `target.containerRepository`.
    pub(crate) repository: Option<String>,
    /// `target.containerPrefixRegistry`.
    pub(crate) prefix_registry: Option<RegistryAddress>,
    /// `target.containerPrefixRepository`.
    pub(crate) prefix_repository: Option<String>,
    /// `target.appendOriginRegistry`.
    pub(crate) append_origin_registry: bool,
    /// `target.containers.kind`.
    pub(crate) registry_kind: RegistryKind,
    /// `target.containers.auth`.
    pub(crate) registry_auth: Auth,
    /// `target.repo`.
    pub(crate) repo: Option<Repo>,
    /// `charts`.
    pub(crate) charts: Vec<ChartFilter>,
    /// `skipCharts`.
    pub(crate) skip_charts: Vec<String>,
    /// `skipImages` of charts-syncer 2.
    pub(crate) skip_images: bool,
    /// `target.repo.auth`, also where the rest of `target.repo` cannot be used.
    pub(crate) repo_auth: Auth,
    /// The one entry of `containerPlatforms` of charts-syncer 2.
    pub(crate) platform: Option<Platform>,
}

/// `target.repo`.
#[derive(Clone, Debug)]
pub(crate) struct Repo {
    /// `kind`.
    pub(crate) kind: ChartTargetKind,
    /// `url`, or `path` as written for a local directory.
    pub(crate) url: String,
}

/// A user name and a password, either of which may come from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Auth {
    /// `username`.
    pub(crate) username: Option<String>,
    /// `password`.
    pub(crate) password: Option<Secret>,
    /// Which of them are written without a value.
    pub(crate) empty: Vec<Empty>,
    /// Whether one of them cannot be used, which is told already.
    pub(crate) is_unusable: bool,
}

/// A key that is written and has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Empty {
    /// Its dotted path.
    pub(crate) path: String,
    /// Where it stands, from 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    /// Why there is no value, which one may not see.
    pub(crate) why: Sentence,
}

/// A file that was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// What it says.
    pub(crate) config: LoadImage,
    /// What is wrong with it or worth knowing, in the order of the file.
    pub(crate) findings: Vec<Finding>,
    /// Where passwords stand in the text.
    pub(crate) secrets: Vec<std::ops::Range<usize>>,
    /// Whether the text is YAML as it stands.
    pub(crate) is_yaml: bool,
}

impl Reading {
    /// How far a text is from one that can be used: what is no YAML is further than any mistake in what is.
    fn faults(&self) -> usize {
        let errors = self.findings.iter().filter(|one| one.severity == ops::Severity::Error);
        errors.count() + if self.is_yaml { 0 } else { 1000 }
    }

    /// Whether a run can use it.
    pub(crate) fn is_accepted(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity < ops::Severity::Error)
    }
}

/// Reads the text of a file.
pub(crate) fn read(text: &str) -> Reading {
    let plain = read_yaml(text);
    let mut reading = if plain.is_accepted() { plain } else { notation::explained(text, plain) };
    reading.findings.sort_by_key(|finding| (finding.line, finding.column));
    reading
}

fn read_yaml(text: &str) -> Reading {
    let document = match goyaml::parse(text.as_bytes()) {
        Ok(mut documents) if documents.len() <= 1 => documents.pop(),
        Ok(documents) => return Reading::of(finding::second_document(&documents[1].root)),
        Err(error) => return Reading::of(syntax::finding(text, &error)),
    };
    let mut reader = reader::Reader::new(text);
    reader.byte_order_mark();
    if let Some(document) = &document {
        reader.file(&document.root);
    }
    reader.finish()
}

impl Reading {
    fn of(finding: Finding) -> Self {
        Self { findings: vec![finding], ..Self::default() }
    }
}

/// The text with everything corrected that can be, comments and all other bytes kept. Corrections that touch the same
/// place are made one after the other.
pub fn corrected(text: &str) -> String {
    const MOST_ROUNDS: usize = 20;
    let mut text = text.to_owned();
    if has_other_line_breaks(&text) {
        return text;
    }
    let mut reading = read(&text);
    for _ in 0..MOST_ROUNDS {
        let next = edit::apply(&text, reading.findings.iter().map(|finding| &finding.edits[..]));
        if next == text {
            break;
        }
        let again = read(&next);
        // A correction that is worse than the mistake is none.
        if reading.is_yaml && !again.is_yaml {
            break;
        }
        (text, reading) = (next, again);
    }
    text
}

/// YAML 1.1 knows line breaks that no editor shows as such. A file with one of them is left alone.
fn has_other_line_breaks(text: &str) -> bool {
    text.contains(['\u{85}', '\u{2028}', '\u{2029}']) || text.replace("\r\n", "").contains('\r')
}

#[cfg(test)]
mod tests;
