//! Errors with Go's texts and our own view of the place.

use std::fmt;
use std::sync::Arc;

use crate::fmt::quote;
use crate::function::Failure;
use crate::limits::Limit;
use crate::link::Link;

/// A place in the text of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name the text was parsed under, in helm the path of the file.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column in bytes, from 0 as Go counts it.
    pub column: usize,
    /// The byte offset of the place in the text.
    pub offset: usize,
    /// Where the expression at fault begins and ends, in bytes.
    pub span: std::ops::Range<usize>,
}

impl Place {
    /// The place of `offset` in `text`. `span` is what to underline there.
    pub(crate) fn new(
        file: &Arc<str>,
        text: &[u8],
        offset: usize,
        span: std::ops::Range<usize>,
    ) -> Self {
        let before = &text[..offset.min(text.len())];
        let line = line_of(text, offset);
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        Self { file: Arc::clone(file), line, column, offset, span }
    }
}

/// The line, from 1, on which the byte at `offset` is.
pub(crate) fn line_of(text: &[u8], offset: usize) -> usize {
    text[..offset.min(text.len())].split(|byte| *byte == b'\n').count()
}

/// One level of the chain of templates that led to an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The template that was being executed.
    pub template: Arc<str>,
    /// Where in it the next template was invoked.
    pub place: Place,
}

/// A template's text could not be parsed.
#[derive(Clone, Debug)]
pub struct ParseError {
    /// Where. `line` is the one that Go reports, `offset` is where the parser stood.
    pub place: Place,
    /// What: Go's text without its `template: NAME:LINE: `.
    pub message: String,
}

impl ParseError {
    /// Go's full text: `template: NAME:LINE: MESSAGE`.
    pub fn text(&self) -> String {
        format!("template: {}:{}: {}", self.place.file, self.place.line, self.message)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}

/// A template could not be executed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No template has the name.
    #[error("no template {name:?} associated with template {set:?}")]
    NoTemplate {
        /// The name that was asked for.
        name: String,
        /// The name of the template set.
        set: Arc<str>,
    },
    /// Evaluation failed at a place.
    #[error(transparent)]
    Evaluation(Box<EvaluationError>),
}

/// Evaluation failed. Displays as its own message; [`Error::text`] is Go's full text.
#[derive(Clone, Debug)]
pub struct EvaluationError {
    /// Where.
    pub place: Place,
    /// The template being executed.
    pub template: Arc<str>,
    /// The expression as Go shows it in `at <…>`.
    pub context: String,
    /// What: Go's text without place and cause, such as `nil pointer evaluating interface {}.x` or
    /// `error calling include`.
    pub message: String,
    /// Why the function called there failed.
    pub cause: Option<Failure>,
    /// The invocations that led to `template`, outermost first; those of the causes are longer.
    pub stack: Vec<Frame>,
    /// The bound that was reached, if that is the error.
    pub limit: Option<Limit>,
}

impl EvaluationError {
    /// Go's text without the cause.
    pub(crate) fn own_text(&self) -> String {
        let Place { file, line, column, .. } = &self.place;
        let name = quote(self.template.as_bytes());
        let (context, message) = (&self.context, &self.message);
        format!("template: {file}:{line}:{column}: executing {name} at <{context}>: {message}")
    }
}

/// Chains can be as long as recursion is deep, so they are taken apart in a loop.
impl Drop for EvaluationError {
    fn drop(&mut self) {
        let mut next = self.cause.take();
        while let Some(failure) = next {
            next = match failure {
                Failure::Wrapped { source, .. } => Some(*source),
                Failure::Execution(Error::Evaluation(mut error)) => error.cause.take(),
                _ => None,
            };
        }
    }
}

impl fmt::Display for EvaluationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EvaluationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}

impl Error {
    /// Go's full text: `template: NAME:LINE:COLUMN: executing "NAME" at <CONTEXT>: MESSAGE`, causes included.
    pub fn text(&self) -> String {
        Link::Error(self).texts().0
    }

    /// [`Error::text`], and where in it the text of each error of Go's chain (`errors.Unwrap`) begins; all of them end
    /// where it ends. In size linear in the length of the chain.
    pub fn chain_offsets(&self) -> (String, Vec<usize>) {
        Link::Error(self).texts()
    }

    /// The texts of Go's chain of errors (`errors.Unwrap`), this one first, each different from the one before. In size
    /// quadratic in the length of the chain: prefer [`Error::chain_offsets`] where recursion may have failed.
    pub fn chain(&self) -> Vec<String> {
        Link::Error(self).chain_texts()
    }

    /// The bound that was reached, here or in a cause.
    pub fn limit(&self) -> Option<Limit> {
        Link::Error(self).limit()
    }

    /// The evaluation error at the bottom of the chain: the place that a chart's author has to look at.
    pub fn innermost(&self) -> Option<&EvaluationError> {
        Link::Error(self).innermost()
    }
}
