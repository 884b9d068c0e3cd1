//! Functions that templates can call, and what they get.

use std::fmt;

use crate::error::{Error, EvaluationError, ParseError};
use crate::exec::{Chain, Context};
use crate::limits::{Budget, Limit};
use crate::link::Link;
use crate::set::Set;
use crate::value::{NilMapError, Type, Value};

/// A function that templates can call. `H` is the caller's host: clock, entropy, files, whatever functions need.
///
/// Arguments are counted, checked and converted as Go's templates do before the body runs, so the body can rely on
/// the kinds of `params` and `variadic`: a `Type::String` parameter is a [`Value::String`].
pub struct Function<H> {
    /// The name in templates.
    pub name: &'static str,
    /// The types of the fixed parameters.
    pub params: &'static [Type],
    /// The element type of the variadic last parameter.
    pub variadic: Option<Type>,
    /// What it does.
    pub body: fn(&mut Call<'_, H>, &[Value]) -> Result<Value, Failure>,
}

impl<H> Clone for Function<H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for Function<H> {}

impl<H> fmt::Debug for Function<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a function failed. The engine adds `error calling NAME: `.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Failure {
    /// An error or a panic, by its text.
    Message(String),
    /// An error around another one; its text is `message: source`.
    Wrapped {
        /// The text before the source's.
        message: String,
        /// The error inside.
        source: Box<Failure>,
    },
    /// A template executed by the function failed.
    Execution(Error),
    /// A template text could not be parsed.
    Parse(ParseError),
    /// A bound was reached.
    Limit(Limit),
}

impl Failure {
    /// A plain error.
    pub fn new(message: impl Into<String>) -> Self {
        Self::Message(message.into())
    }

    /// This error with a message before it: `message: self`.
    #[must_use]
    pub fn wrap(self, message: impl Into<String>) -> Self {
        Self::Wrapped { message: message.into(), source: Box::new(self) }
    }

    /// Go's full text.
    pub fn text(&self) -> String {
        Link::Failure(self).texts().0
    }

    /// The texts of Go's chain of errors, this one first.
    pub fn chain(&self) -> Vec<String> {
        Link::Failure(self).chain_texts()
    }

    /// The bound that was reached, here or further in.
    pub fn limit(&self) -> Option<Limit> {
        Link::Failure(self).limit()
    }

    /// The evaluation error at the bottom.
    pub fn innermost(&self) -> Option<&EvaluationError> {
        Link::Failure(self).innermost()
    }
}

/// The text for a bound that Go does not have.
pub(crate) const fn limit_text(limit: Limit) -> &'static str {
    match limit {
        Limit::Output => "output limit exceeded",
        Limit::Steps => "evaluation step limit exceeded",
        Limit::Depth => "exceeded maximum template depth",
        Limit::Stack => "templates nested too deeply",
    }
}

/// Own level only.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) | Self::Wrapped { message, .. } => f.write_str(message),
            Self::Execution(error) => fmt::Display::fmt(error, f),
            Self::Parse(error) => fmt::Display::fmt(error, f),
            Self::Limit(limit) => f.write_str(limit_text(*limit)),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Wrapped { source, .. } => Some(source),
            Self::Execution(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self::Message(message.to_owned())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Execution(error)
    }
}

impl From<ParseError> for Failure {
    fn from(error: ParseError) -> Self {
        Self::Parse(error)
    }
}

impl From<Limit> for Failure {
    fn from(limit: Limit) -> Self {
        Self::Limit(limit)
    }
}

impl From<NilMapError> for Failure {
    fn from(error: NilMapError) -> Self {
        Self::Message(error.to_string())
    }
}

/// One call of a [`Function`]: the caller's host, and the way back into the engine.
pub struct Call<'a, H> {
    /// The caller's host.
    pub host: &'a mut H,
    pub(crate) set: &'a Set<H>,
    pub(crate) budget: &'a mut Budget,
    pub(crate) chain: &'a Chain<'a>,
}

impl<'a, H> Call<'a, H> {
    /// The template set that is being executed. Clone it to parse more text (`tpl`); a clone is cheap.
    pub const fn set(&self) -> &'a Set<H> {
        self.set
    }

    /// Executes the template `name` of this set with `data` (`include`) and returns its output.
    pub fn execute(&mut self, name: &str, data: &Value) -> Result<Vec<u8>, Failure> {
        let set = self.set;
        self.execute_in(set, name, data)
    }

    /// Executes the template `name` of another set (`tpl`) and returns its output.
    pub fn execute_in(
        &mut self,
        set: &Set<H>,
        name: &str,
        data: &Value,
    ) -> Result<Vec<u8>, Failure> {
        let mut out = Vec::new();
        let chain = Some(self.chain);
        set.run(
            name,
            data,
            Context { host: self.host, budget: self.budget, chain, out: &mut out },
        )?;
        Ok(out)
    }

    /// Takes `bytes` from the output budget. To be called before a result is built whose size an argument decides
    /// (`repeat`), so that it ends in an error and not in exhausted memory.
    pub fn reserve(&mut self, bytes: usize) -> Result<(), Failure> {
        Ok(self.budget.take_output(bytes)?)
    }
}
