//! Why a command with helm's name did not do its work: helm's own line, and what we know besides.

use super::TemplateView;
use crate::problem::{Problem, ProblemKind};

/// What helm would have said, and our view of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The text helm writes behind `Error: `. It may have several lines.
    pub line: String,
    /// The same, for an explanation.
    pub problem: Problem,
    /// The place in the chart, where there is one.
    pub view: Option<Box<TemplateView>>,
    /// What helm has on its standard error before it fails, line by line.
    pub said: Vec<String>,
}

impl Refusal {
    /// A refusal without a place in a template.
    pub fn new(line: impl Into<String>, problem: Problem) -> Self {
        Self { line: line.into(), problem, view: None, said: Vec::new() }
    }

    /// A flag that only makes sense where there is a network or a cluster.
    pub fn of_flag(flag: &str, detail: impl Into<String>) -> Self {
        let line = format!("{flag} is not supported");
        Self::new(line, Problem::error(ProblemKind::FlagUnsupported, flag, detail))
    }

    /// Puts what was said before in front.
    pub(crate) fn after(mut self, mut said: Vec<String>) -> Self {
        said.append(&mut self.said);
        self.said = said;
        self
    }
}

/// A refusal whose line needs no further detail.
pub(crate) fn refuse(kind: ProblemKind, subject: impl Into<String>, line: String) -> Refusal {
    Refusal::new(line, Problem::error(kind, subject, ""))
}

/// A refusal that says more than helm's line.
pub(crate) fn failed(
    kind: ProblemKind,
    subject: impl Into<String>,
    line: String,
    detail: String,
) -> Refusal {
    Refusal::new(line, Problem::error(kind, subject, detail))
}
