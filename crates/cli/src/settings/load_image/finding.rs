//! One thing worth telling about the file.

use std::fmt::Write as _;

use goyaml::Node;
use ops::{Problem, ProblemKind, Severity};

use super::edit::Edit;
use crate::language::{Language, Sentence};
use crate::say;

/// What was found, where, and how the text can be corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// How bad.
    pub(crate) severity: Severity,
    /// What.
    pub(crate) kind: ProblemKind,
    /// From 1; 0 when it is about the whole file.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    /// Dotted path of the key.
    pub(crate) key: String,
    /// What is meant in particular.
    pub(crate) detail: Sentence,
    /// Changes of the text that correct it, all of them or none; empty when only the user can.
    pub(crate) edits: Vec<Edit>,
}

impl Finding {
    /// A finding at a node.
    pub(super) fn at(
        severity: Severity,
        kind: ProblemKind,
        node: &Node,
        key: &str,
        detail: Sentence,
    ) -> Self {
        let (line, column) = (node.line, node.column);
        Self { severity, kind, line, column, key: key.into(), detail, edits: Vec::new() }
    }

    /// The same with corrections.
    pub(super) fn with(mut self, edits: Vec<Edit>) -> Self {
        self.edits = edits;
        self
    }

    /// As it is told: the subject is `file:line:column: key`.
    pub(crate) fn problem(&self, file: &str, language: Language) -> Problem {
        let mut subject = file.to_owned();
        if self.line > 0 {
            let _ = write!(subject, ":{}:{}", self.line, self.column);
        }
        if !self.key.is_empty() {
            let _ = write!(subject, ": {}", self.key);
        }
        Problem {
            severity: self.severity,
            kind: self.kind,
            subject,
            detail: self.detail.get(language).to_owned(),
        }
    }
}

/// A file with `---` in the middle.
pub(super) fn second_document(root: &Node) -> Finding {
    let detail = say!(
        "a second document begins after `---`; one file is one configuration",
        "`---` 之后是第二个文档；一个文件只能有一份配置"
    );
    Finding::at(Severity::Error, ProblemKind::ConfigSyntax, root, "", detail)
}
