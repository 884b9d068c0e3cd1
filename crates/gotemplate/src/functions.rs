//! The table of functions a template set is parsed with.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::builtin::Builtin;
use crate::function::Function;
use crate::parse::Cache;

/// The functions known to a template set: Go's builtins and the caller's. Built once, shared by clones.
pub struct Functions<H> {
    table: Arc<Table<H>>,
}

struct Table<H> {
    functions: Vec<Function<H>>,
    ids: HashMap<&'static str, FunctionId>,
    parsed: Cache,
}

/// A function, resolved when a template is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FunctionId {
    /// One of Go's own.
    Builtin(Builtin),
    /// The caller's, by its place in the table.
    Custom(u16),
}

impl<H> Functions<H> {
    /// Go's builtins and `functions`; a later function takes the place of an earlier one or a builtin of its name.
    pub fn new(functions: impl IntoIterator<Item = Function<H>>) -> Self {
        let functions: Vec<_> = functions.into_iter().collect();
        let mut ids: HashMap<_, _> = Builtin::ALL
            .iter()
            .map(|builtin| (builtin.name(), FunctionId::Builtin(*builtin)))
            .collect();
        for (index, function) in functions.iter().enumerate() {
            let index = u16::try_from(index).expect("a caller has fewer than 65536 functions");
            ids.insert(function.name, FunctionId::Custom(index));
        }
        Self { table: Arc::new(Table { functions, ids, parsed: Cache::default() }) }
    }

    /// Whether templates can call `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.table.ids.contains_key(name)
    }

    /// All names, Go's builtins included, in no order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.table.ids.keys().copied()
    }

    pub(crate) fn id(&self, name: &str) -> Option<FunctionId> {
        self.table.ids.get(name).copied()
    }

    /// What was parsed with this table.
    pub(crate) fn parsed(&self) -> &Cache {
        &self.table.parsed
    }

    pub(crate) fn custom(&self, index: u16) -> Function<H> {
        self.table.functions[usize::from(index)]
    }
}

impl<H> Clone for Functions<H> {
    fn clone(&self) -> Self {
        Self { table: Arc::clone(&self.table) }
    }
}

impl<H> Default for Functions<H> {
    fn default() -> Self {
        Self::new([])
    }
}

impl<H> fmt::Debug for Functions<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Functions").field("len", &self.table.ids.len()).finish_non_exhaustive()
    }
}
