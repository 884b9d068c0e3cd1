//! Template sets: texts parsed into one namespace of templates.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ParseError};
use crate::exec::{self, Context};
use crate::functions::Functions;
use crate::limits::Budget;
use crate::parse;
use crate::tree::Tree;
use crate::value::Value;

/// What a missing map key evaluates to: Go's option `missingkey`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// No value at all, printed as `<no value>`.
    #[default]
    Default,
    /// The zero value of the map's element type; for `map[string]interface {}` that prints as `<no value>`, too.
    Zero,
    /// An error: `map has no entry for key "x"`.
    Error,
}

/// Templates that can invoke each other by name. Parsed templates are immutable and shared: cloning a set is cheap,
/// and sets can be sent to and used from several threads.
pub struct Set<H> {
    name: Arc<str>,
    functions: Functions<H>,
    missing_key: MissingKey,
    templates: Arc<HashMap<Arc<str>, Arc<Tree>>>,
}

impl<H> Set<H> {
    /// An empty set. `name` appears in the error for a template that does not exist.
    pub fn new(name: &str, functions: Functions<H>) -> Self {
        Self {
            name: name.into(),
            functions,
            missing_key: MissingKey::default(),
            templates: Arc::default(),
        }
    }

    /// Sets what a missing map key evaluates to.
    #[must_use]
    pub fn with_missing_key(mut self, missing_key: MissingKey) -> Self {
        self.missing_key = missing_key;
        self
    }

    /// What a missing map key evaluates to.
    pub const fn missing_key(&self) -> MissingKey {
        self.missing_key
    }

    /// The functions that texts are parsed with.
    pub const fn functions(&self) -> &Functions<H> {
        &self.functions
    }

    /// Parses `text` as the template `name`, adding what it defines. A template replaces an earlier one of its name,
    /// unless it is empty (white space and comments only) and the earlier one is not.
    ///
    /// On an error the set is unchanged.
    pub fn parse(&mut self, name: &str, text: impl AsRef<[u8]>) -> Result<(), ParseError> {
        let trees = parse::parse(name, text.as_ref(), &self.functions)?;
        let templates = Arc::make_mut(&mut self.templates);
        for tree in trees {
            let keeps =
                templates.get(&tree.name).is_some_and(|old| tree.is_empty() && !old.is_empty());
            if !keeps {
                templates.insert(Arc::clone(&tree.name), Arc::new(tree));
            }
        }
        Ok(())
    }

    /// Whether there is a template of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.templates.contains_key(name)
    }

    /// The names of all templates, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.templates.keys().map(AsRef::as_ref)
    }

    /// Executes the template `name` with `data` and returns its output.
    pub fn execute(
        &self,
        name: &str,
        data: &Value,
        host: &mut H,
        budget: &mut Budget,
    ) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        self.run(name, data, Context { host, budget, chain: None, out: &mut out })?;
        Ok(out)
    }

    pub(crate) fn run(
        &self,
        name: &str,
        data: &Value,
        context: Context<'_, H>,
    ) -> Result<(), Error> {
        let Some(tree) = self.template(name) else {
            return Err(Error::NoTemplate { name: name.to_owned(), set: Arc::clone(&self.name) });
        };
        exec::run(self, tree, data, context)
    }

    pub(crate) fn template(&self, name: &str) -> Option<&Arc<Tree>> {
        self.templates.get(name)
    }
}

impl<H> Clone for Set<H> {
    fn clone(&self) -> Self {
        Self {
            name: Arc::clone(&self.name),
            functions: self.functions.clone(),
            missing_key: self.missing_key,
            templates: Arc::clone(&self.templates),
        }
    }
}

impl<H> fmt::Debug for Set<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Set")
            .field("name", &self.name)
            .field("templates", &self.templates.len())
            .finish_non_exhaustive()
    }
}
