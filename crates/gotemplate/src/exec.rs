//! Evaluation: a walk over the tree.

mod call;
mod convert;
mod field;
mod pipeline;
mod place;
mod print;
mod range;
mod slot;
mod walk;

use std::sync::Arc;

use self::place::At;
pub(crate) use self::place::Chain;
pub(crate) use self::slot::Slot;
use crate::error::{Error, EvaluationError};
use crate::function::{Failure, limit_text};
use crate::limits::{Budget, Limit};
use crate::set::Set;
use crate::tree::{Expr, Tree};
use crate::value::Value;

/// What an execution works with.
pub(crate) struct Context<'a, H> {
    pub(crate) host: &'a mut H,
    pub(crate) budget: &'a mut Budget,
    pub(crate) chain: Option<&'a Chain<'a>>,
    pub(crate) out: &'a mut Vec<u8>,
}

/// Executes a template.
pub(crate) fn run<H>(
    set: &Set<H>,
    tree: &Tree,
    data: &Value,
    context: Context<'_, H>,
) -> Result<(), Error> {
    let outer = context.budget.enter();
    // `template` nests deeper only within one execution.
    let depth = std::mem::replace(&mut context.budget.depth, 0);
    let Context { host, budget, chain, out } = context;
    let mut exec = Exec::new(set, tree, Context { host, budget, chain, out });
    let result = exec.template(&Slot::concrete(data.clone()));
    budget.leave(outer);
    budget.depth = depth;
    result.map_err(Error::Evaluation)
}

/// What a function, method or field is given besides its receiver.
struct Arguments<'d, 'e> {
    /// Dot where the arguments are evaluated.
    dot: &'d Slot,
    /// The operands after the first.
    list: &'e [Expr],
    /// What the stage before gave, which is the last argument.
    last: Option<Slot>,
}

impl<'d> Arguments<'d, '_> {
    const fn none(dot: &'d Slot) -> Self {
        Self { dot, list: &[], last: None }
    }

    const fn is_empty(&self) -> bool {
        self.list.is_empty() && self.last.is_none()
    }

    fn count(&self) -> usize {
        self.list.len() + usize::from(self.last.is_some())
    }
}

/// An error on its way up.
type Thrown = Box<EvaluationError>;

type Outcome<T> = Result<T, Thrown>;

/// The state of one template's execution.
struct Exec<'e, H> {
    set: &'e Set<H>,
    tree: &'e Tree,
    host: &'e mut H,
    budget: &'e mut Budget,
    out: &'e mut Vec<u8>,
    /// The invocations that led here.
    chain: Option<&'e Chain<'e>>,
    /// Variables in the order of declaration; a name means the last one of that name.
    variables: Vec<(&'e str, Slot)>,
    /// Arguments of the calls being prepared, innermost last.
    values: Vec<Value>,
    /// The same for builtins that look at how a value is held.
    slots: Vec<Slot>,
    /// What is being evaluated, for errors.
    at: At<'e>,
}

impl<'e, H> Exec<'e, H> {
    const fn new(set: &'e Set<H>, tree: &'e Tree, context: Context<'e, H>) -> Self {
        let Context { host, budget, chain, out } = context;
        Self {
            set,
            tree,
            host,
            budget,
            out,
            chain,
            variables: Vec::new(),
            values: Vec::new(),
            slots: Vec::new(),
            at: At::Start,
        }
    }

    /// Executes the whole template with `dot`.
    fn template(&mut self, dot: &Slot) -> Outcome<()> {
        self.variables.push(("$", dot.clone()));
        self.list(dot, &self.tree.root).map(drop)
    }

    fn error(&self, message: impl Into<String>) -> Thrown {
        Box::new(EvaluationError {
            place: self.at.place(&self.tree.source),
            template: Arc::clone(&self.tree.name),
            context: self.at.text(),
            message: message.into(),
            cause: None,
            stack: self.chain.map(Chain::frames).unwrap_or_default(),
            limit: None,
        })
    }

    /// The error of a function or method that failed.
    fn call_error(&self, name: &str, failure: Failure) -> Thrown {
        if let Failure::Limit(limit) = failure {
            return self.limit_error(limit);
        }
        let mut error = self.error(format!("error calling {name}"));
        error.cause = Some(failure);
        error
    }

    fn limit_error(&self, limit: Limit) -> Thrown {
        let mut error = self.error(limit_text(limit));
        error.limit = Some(limit);
        error
    }

    fn step(&mut self) -> Outcome<()> {
        self.budget.take_step().map_err(|limit| self.limit_error(limit))
    }

    fn write(&mut self, bytes: &[u8]) -> Outcome<()> {
        self.budget.take_output(bytes.len()).map_err(|limit| self.limit_error(limit))?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }
}
