//! The keys that may be written, numbered: one for every place in a values file that a hint's name leads to.

use std::collections::HashMap;

use crate::evaluate::Part;
use crate::hint::Placeholder;
use crate::scope::{Found, Lookup, Scope};

/// A key in a values file.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// Positions in `Chart::subcharts` of the chart whose file it is written into.
    pub(crate) route: Vec<usize>,
    /// That file.
    pub(crate) file: String,
    /// The keys there.
    pub(crate) path: Vec<String>,
    /// Its text now.
    pub(crate) text: String,
    /// The line of the value; none when it is not in that file yet.
    pub(crate) line: Option<usize>,
    /// Whether a Helm template prints something else than the text: it must be put into quotes.
    pub(crate) is_misprinted: bool,
}

/// Keys by number.
#[derive(Default)]
pub(crate) struct Variables {
    pub(crate) all: Vec<Variable>,
    numbers: HashMap<(Vec<usize>, Vec<String>), usize>,
}

impl Variables {
    /// The key that a placeholder's value is to be written under: where it is, or at the top of the chart when its file
    /// is also read under another key.
    pub(crate) fn number(&mut self, placeholder: &Placeholder, part: &Part, top: &Scope) -> usize {
        let Part { found, text, printed, .. } = part;
        let variable = if found.is_shared {
            Variable {
                route: Vec::new(),
                file: top.file.clone(),
                path: placeholder.path.clone(),
                text: text.clone(),
                line: None,
                is_misprinted: printed.is_some(),
            }
        } else {
            of(found, text, printed.is_some())
        };
        self.add(variable)
    }

    /// The keys that beat a subchart's `global` one: helm hands a parent's globals down over it. Only those with the
    /// same text now are meant to be the same.
    pub(crate) fn companions(
        &mut self,
        placeholder: &Placeholder,
        part: &Part,
        top: &Scope,
    ) -> Vec<usize> {
        let outer = outer_globals(&placeholder.path, top).into_iter();
        outer
            .filter_map(|found| {
                let text = found.node.text()?.to_owned();
                (text == part.text).then(|| self.add(of(&found, &text, false)))
            })
            .collect()
    }

    fn add(&mut self, variable: Variable) -> usize {
        let identity = (variable.route.clone(), variable.path.clone());
        let next = self.all.len();
        let number = *self.numbers.entry(identity).or_insert(next);
        if number == next {
            self.all.push(variable);
        } else {
            self.all[number].is_misprinted |= variable.is_misprinted;
        }
        number
    }
}

fn of(found: &Found, text: &str, is_misprinted: bool) -> Variable {
    Variable {
        route: found.route.clone(),
        file: found.file.clone(),
        path: found.path.clone(),
        text: text.to_owned(),
        line: Some(found.node.line),
        is_misprinted,
    }
}

/// What stands under `global` in the charts around the one that a path's `global` belongs to.
pub(crate) fn outer_globals(path: &[String], top: &Scope) -> Vec<Found> {
    let Some(at) = path.iter().position(|key| key == "global").filter(|at| *at > 0) else {
        return Vec::new();
    };
    (0..at)
        .filter_map(|depth| {
            let outer: Vec<String> = path[..depth].iter().chain(&path[at..]).cloned().collect();
            match top.lookup(&outer) {
                Lookup::Found(found) => Some(found),
                _ => None,
            }
        })
        .collect()
}
