//! What went wrong in a task, told to the person who ran it.

use std::fmt;

/// Result of a task.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// A sentence about what was attempted, over the chain of what stopped it.
///
/// Tasks print their failure once and exit; nobody matches on it, so it is text.
pub(crate) struct Failure(String);

impl Failure {
    /// A failure of our own making.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Says what was attempted when the attempt fails.
pub(crate) trait Attempt<T> {
    /// Puts `what` in front of the error.
    fn attempt(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: fmt::Display> Attempt<T> for std::result::Result<T, E> {
    fn attempt(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Failure(format!("{}: {source}", what())))
    }
}

impl<T> Attempt<T> for Option<T> {
    fn attempt(self, what: impl FnOnce() -> String) -> Result<T> {
        self.ok_or_else(|| Failure(what()))
    }
}
