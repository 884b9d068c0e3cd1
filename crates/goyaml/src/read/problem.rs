//! Mistakes in a text, and the lines yaml.v2 gives them.

use std::fmt;

/// A place in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) offset: usize,
    /// From 0.
    pub(super) line: usize,
    /// In characters, from 0.
    pub(super) column: usize,
}

/// A mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) reason: Reason,
    /// The line yaml.v2 prints, 0 when it prints none.
    line: usize,
    /// Where the mistake is.
    pub(super) mark: Option<Mark>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Fixed(&'static str),
    Text(String),
}

impl Problem {
    /// A mistake in the characters. yaml.v2 prints its line, but not the first one.
    pub(super) fn in_characters(at: Mark, reason: &'static str) -> Self {
        let line = if at.line > 0 { at.line + 1 } else { 0 };
        Self { reason: Reason::Fixed(reason), line, mark: Some(at) }
    }

    /// A mistake in the order of tokens. yaml.v2 counts its line from 0.
    pub(super) fn in_tokens(at: Mark, reason: &'static str) -> Self {
        Self { reason: Reason::Fixed(reason), line: at.line, mark: Some(at) }
    }

    /// A mistake that has no line in yaml.v2.
    pub(super) fn without_line(mark: Option<Mark>, reason: impl Into<String>) -> Self {
        Self { reason: Reason::Text(reason.into()), line: 0, mark }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        f.write_str(self.reason.as_str())
    }
}

impl Reason {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Reason::Fixed(text) => text,
            Reason::Text(text) => text,
        }
    }
}
