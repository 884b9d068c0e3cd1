//! Chains of errors, walked in a loop: they can be as long as recursion is deep.

use crate::error::{Error, EvaluationError};
use crate::fmt::quote;
use crate::function::{Failure, limit_text};
use crate::limits::Limit;

/// One error of a chain.
#[derive(Clone, Copy)]
pub(crate) enum Link<'a> {
    Error(&'a Error),
    Failure(&'a Failure),
}

impl<'a> Link<'a> {
    /// This error and those inside of it.
    fn chain(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |link| link.next())
    }

    fn next(self) -> Option<Self> {
        match self {
            Self::Error(Error::Evaluation(error)) => error.cause.as_ref().map(Self::Failure),
            Self::Failure(Failure::Wrapped { source, .. }) => Some(Self::Failure(source)),
            Self::Failure(Failure::Execution(error)) => Some(Self::Error(error)),
            _ => None,
        }
    }

    /// Go's text of this error alone; none for what only holds another error.
    fn own_text(self) -> Option<String> {
        Some(match self {
            Self::Error(Error::NoTemplate { name, set }) => {
                let (name, set) = (quote(name.as_bytes()), quote(set.as_bytes()));
                format!("template: no template {name} associated with template {set}")
            }
            Self::Error(Error::Evaluation(error)) => error.own_text(),
            Self::Failure(Failure::Execution(_)) => return None,
            Self::Failure(Failure::Message(message) | Failure::Wrapped { message, .. }) => {
                message.clone()
            }
            Self::Failure(Failure::Parse(error)) => error.text(),
            Self::Failure(Failure::Limit(limit)) => limit_text(*limit).to_owned(),
        })
    }

    /// Go's full text, and where in it the text of each error of the chain begins: all texts end together.
    pub(crate) fn texts(self) -> (String, Vec<usize>) {
        let mut text = String::new();
        let mut starts = Vec::new();
        for own in self.chain().filter_map(Self::own_text) {
            if !starts.is_empty() {
                text.push_str(": ");
            }
            starts.push(text.len());
            text.push_str(&own);
        }
        (text, starts)
    }

    /// The texts one by one.
    pub(crate) fn chain_texts(self) -> Vec<String> {
        let (text, starts) = self.texts();
        starts.into_iter().map(|start| text[start..].to_owned()).collect()
    }

    pub(crate) fn limit(self) -> Option<Limit> {
        self.chain().find_map(|link| match link {
            Self::Error(Error::Evaluation(error)) => error.limit,
            Self::Failure(Failure::Limit(limit)) => Some(*limit),
            _ => None,
        })
    }

    pub(crate) fn innermost(self) -> Option<&'a EvaluationError> {
        let evaluation = |link| match link {
            Self::Error(Error::Evaluation(error)) => Some(&**error),
            _ => None,
        };
        self.chain().filter_map(evaluation).last()
    }
}
