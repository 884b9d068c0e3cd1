//! Templates that were parsed before.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use gotemplate::Set;

use super::host::Host;

/// How many sets are kept: with other values, other charts take part.
const MAX_SETS: usize = 8;

/// The sets of templates of a chart, by the full paths of the templates in them.
#[derive(Default)]
pub(crate) struct ParsedSets(Mutex<Vec<Entry>>);

type Entry = (Vec<Box<str>>, Set<Host>);

impl ParsedSets {
    pub(super) fn get(&self, paths: &[&str]) -> Option<Set<Host>> {
        let sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_wanted =
            |(known, _): &&Entry| known.iter().map(AsRef::as_ref).eq(paths.iter().copied());
        sets.iter().find(is_wanted).map(|(_, set)| set.clone())
    }

    pub(super) fn put(&self, paths: &[&str], set: &Set<Host>) {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sets.len() == MAX_SETS {
            sets.remove(0);
        }
        sets.push((paths.iter().map(|path| Box::from(*path)).collect(), set.clone()));
    }
}

impl fmt::Debug for ParsedSets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParsedSets").finish_non_exhaustive()
    }
}
