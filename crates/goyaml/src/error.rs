//! What can be wrong with a YAML text, and where.

use crate::source::Position;

/// Text that is not the YAML Go reads, with the place of the mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct Error {
    /// What kind of mistake it is.
    pub kind: ErrorKind,
    /// Line of the mistake, from 1.
    pub line: usize,
    /// Column of the mistake in characters, from 1.
    pub column: usize,
    /// Byte offset of the mistake in the source.
    pub offset: usize,
    /// What is wrong there, in the words of libyaml where it is libyaml that refuses.
    pub reason: String,
}

/// The kind of a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Not text: not UTF-8, or a control character.
    Encoding,
    /// Not YAML.
    Syntax,
    /// An alias without an anchor, or inside its own anchor.
    Alias,
    /// A value that cannot be what its tag or its place demands.
    Value,
    /// Larger, deeper or more repetitive than [`crate::Limits`] allows.
    Limit,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, at: Position, reason: impl Into<String>) -> Self {
        Self { kind, line: at.line, column: at.column, offset: at.offset, reason: reason.into() }
    }
}
