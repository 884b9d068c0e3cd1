//! The user's values over the defaults of charts.
//!
//! Done on maps that are shared by reference, as in Go: a subchart's table is the one its parent sees below its name, and
//! tables inside `global` are shared two levels down, so that defaults a subchart fills in there show everywhere. Charts
//! can see that.

use std::fmt;

use gotemplate::{Map, Str, Value};

use super::Table;
use crate::resolve::ResolvedChart;

/// What the result is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// For rendering: null takes a default away.
    Render,
    /// For going on with: null stays.
    Merge,
}

/// Values and what helm had to say about them.
#[derive(Clone, Debug)]
pub(crate) struct Coalesced {
    pub(crate) values: Map,
    pub(crate) warnings: Vec<Warning>,
}

/// Values that do not fit the charts. Displays as helm says it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CoalesceError {
    /// Where a subchart's values belong, something else than a table stands.
    #[error("type mismatch on {chart}: {found}")]
    NotTable {
        /// The subchart's name.
        chart: String,
        /// What stands there, as Go's `%t` prints it.
        found: String,
    },
}

/// Something helm mentions on its standard error and goes on. Displays as the line helm writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// `INFO` or `WARN`.
    pub level: &'static str,
    /// What it is about.
    pub message: String,
    /// More about it, by key.
    pub attributes: Vec<(&'static str, String)>,
}

impl Warning {
    pub(crate) fn info(message: impl Into<String>) -> Self {
        Self { level: "INFO", message: message.into(), attributes: Vec::new() }
    }

    pub(crate) fn warn(message: impl Into<String>) -> Self {
        Self { level: "WARN", message: message.into(), attributes: Vec::new() }
    }

    #[must_use]
    pub(crate) fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((key, value.into()));
        self
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "level={} msg={}", self.level, Attribute(&self.message))?;
        self.attributes.iter().try_for_each(|(key, value)| write!(f, " {key}={}", Attribute(value)))
    }
}

/// A value in Go's structured log: quoted where it would not be one word.
struct Attribute<'a>(&'a str);

impl fmt::Display for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_word = |c: char| !c.is_whitespace() && !c.is_control() && c != '"' && c != '=';
        if !self.0.is_empty() && self.0.chars().all(is_word) {
            return f.write_str(self.0);
        }
        f.write_str(&gotemplate::fmt::quote(self.0.as_bytes()))
    }
}

/// Fills the user's values, of which this is a copy, with the defaults of a chart and the charts in it.
pub(crate) fn coalesce(
    chart: &ResolvedChart,
    user: &Table,
    purpose: Purpose,
) -> Result<Coalesced, CoalesceError> {
    coalesce_map(chart, user.to_template(), purpose)
}

/// The same into a map that becomes the result.
pub(crate) fn coalesce_map(
    chart: &ResolvedChart,
    values: Map,
    purpose: Purpose,
) -> Result<Coalesced, CoalesceError> {
    let mut coalescer = Coalescer { purpose, warnings: Vec::new() };
    coalescer.chart(chart, &values, "")?;
    Ok(Coalesced { values, warnings: coalescer.warnings })
}

/// Fills one table with what another has.
pub(crate) fn coalesce_tables(values: &Map, defaults: &Map, purpose: Purpose) -> Vec<Warning> {
    let mut coalescer = Coalescer { purpose, warnings: Vec::new() };
    coalescer.tables(values, defaults, "", purpose);
    coalescer.warnings
}

const GLOBAL: &str = "global";

struct Coalescer {
    purpose: Purpose,
    warnings: Vec<Warning>,
}

impl Coalescer {
    fn chart(
        &mut self,
        chart: &ResolvedChart,
        values: &Map,
        prefix: &str,
    ) -> Result<(), CoalesceError> {
        let prefix = join(prefix, chart.name());
        self.defaults(chart, values, &prefix);
        for subchart in chart.dependencies() {
            let name = subchart.name();
            let table = match values.get(name) {
                Some(Value::Map(table)) => table,
                Some(other) => return Err(mismatch(name, &other)),
                None => {
                    let table = Map::new();
                    set(values, name, table.clone().into());
                    table
                }
            };
            self.globals(&table, values, &prefix);
            self.chart(subchart, &table, &prefix)?;
        }
        Ok(())
    }

    /// A chart's own defaults.
    fn defaults(&mut self, chart: &ResolvedChart, values: &Map, prefix: &str) {
        for (key, default) in chart.values().iter() {
            let default = || default.to_template();
            match (values.get(key.as_bytes()), default()) {
                (None, default) => self.fill(values, key, default),
                (Some(Value::Nil), _) if self.purpose == Purpose::Render => {
                    values.remove(key.as_bytes());
                }
                (Some(Value::Map(table)), Value::Map(default)) => {
                    // A table for a subchart keeps its nulls: they are for the subchart's defaults.
                    let is_subchart = chart.dependencies().iter().any(|sub| sub.name() == &**key);
                    let purpose = if is_subchart { Purpose::Merge } else { self.purpose };
                    if purpose == Purpose::Render {
                        remove_nulls(&default);
                    }
                    self.tables(&table, &default, &join(prefix, key), purpose);
                }
                (Some(Value::Map(_)), Value::Nil) => {}
                (Some(Value::Map(_)), _) => {
                    let message =
                        format!("warning: skipped value for {prefix}.{key}: Not a table.");
                    self.warnings.push(Warning::info(message));
                }
                (Some(_), _) => {}
            }
        }
    }

    fn fill(&self, values: &Map, key: &str, default: Value) {
        if self.purpose == Purpose::Render {
            match &default {
                Value::Nil => return,
                Value::Map(table) => remove_nulls(table),
                _ => {}
            }
        }
        set(values, key, default);
    }

    /// Fills a table with what another has.
    fn tables(&mut self, table: &Map, defaults: &Map, prefix: &str, purpose: Purpose) {
        let mut taken_away = Vec::new();
        for (key, _) in table.entries().into_iter().filter(|(_, value)| matches!(value, Value::Nil))
        {
            let was_value = defaults.get(&key).is_some_and(|value| !matches!(value, Value::Nil));
            if purpose == Purpose::Render && was_value {
                table.remove(&key);
                taken_away.push(key.clone());
            }
            set(defaults, key, Value::Nil);
        }
        for (key, default) in defaults.entries() {
            let path = || join(prefix, &key.to_lossy());
            match (table.get(&key), &default) {
                (None, _) if taken_away.contains(&key) => {}
                (None, _) => set(table, key, default),
                (Some(Value::Map(mine)), Value::Map(theirs)) => {
                    self.tables(&mine, theirs, &path(), purpose);
                }
                (Some(_), Value::Map(_)) => {
                    let what = text(&default);
                    let message = format!(
                        "warning: cannot overwrite table with non table for {} ({what})",
                        path()
                    );
                    self.warnings.push(Warning::info(message));
                }
                (Some(Value::Map(_)), value) if !matches!(value, Value::Nil) => {
                    let what = text(&default);
                    let message = format!(
                        "warning: destination for {} is a table. Ignoring non-table value ({what})",
                        path()
                    );
                    self.warnings.push(Warning::info(message));
                }
                (Some(_), _) => {}
            }
        }
    }

    /// Hands a chart's globals down to a subchart. They win over the subchart's.
    fn globals(&mut self, subchart: &Map, chart: &Map, prefix: &str) {
        let Some(theirs) = self.global_table(subchart, "destination") else { return };
        let Some(mine) = self.global_table(chart, "source") else { return };
        for (key, value) in mine.entries() {
            match (value, theirs.get(&key)) {
                (Value::Map(table), None) => {
                    set(&theirs, key, copy(&table).into());
                }
                (Value::Map(table), Some(Value::Map(old))) => {
                    let table = copy(&table);
                    self.tables(&table, &old, &join(prefix, &key.to_lossy()), Purpose::Merge);
                    set(&theirs, key, table.into());
                }
                (Value::Map(_), Some(_)) => {
                    let key = gotemplate::fmt::quote(&key);
                    let message =
                        format!("Conflict: cannot merge map onto non-map for {key}. Skipping.");
                    self.warnings.push(Warning::info(message));
                }
                (_, Some(Value::Map(_))) => {
                    self.warnings.push(Warning::info(format!("key {key} is table. Skipping")));
                }
                (value, _) => set(&theirs, key, value),
            }
        }
        set(subchart, GLOBAL, theirs.into());
    }

    fn global_table(&mut self, values: &Map, which: &str) -> Option<Map> {
        match values.get(GLOBAL) {
            None => Some(Map::new()),
            Some(Value::Map(table)) => Some(table),
            Some(_) => {
                let message =
                    format!("warning: skipping globals because {which} global is not a table.");
                self.warnings.push(Warning::info(message));
                None
            }
        }
    }
}

/// A new map with the same entries; tables in it are shared.
fn copy(table: &Map) -> Map {
    table.entries().into_iter().collect()
}

fn remove_nulls(table: &Map) {
    for (key, value) in table.entries() {
        match value {
            Value::Nil => drop(table.remove(&key)),
            Value::Map(inner) => remove_nulls(&inner),
            _ => {}
        }
    }
}

fn set(table: &Map, key: impl Into<Str>, value: Value) {
    // Maps made here or from values are never Go's nil map.
    let _ = table.insert(key, value);
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

fn mismatch(chart: &str, found: &Value) -> CoalesceError {
    let found = gotemplate::fmt::sprintf(b"%t", std::slice::from_ref(found)).unwrap_or_default();
    CoalesceError::NotTable {
        chart: chart.to_owned(),
        found: String::from_utf8_lossy(&found).into_owned(),
    }
}

/// As Go's `%v` prints it.
fn text(value: &Value) -> String {
    gotemplate::fmt::value_text(value)
        .map_or_else(|_| String::new(), |text| text.to_lossy().into_owned())
}
