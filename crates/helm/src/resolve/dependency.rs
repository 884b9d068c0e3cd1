//! Which dependencies take part, under which names, and what they export.

use std::sync::Arc;

use gotemplate::{Map, Value};

use super::{ResolveError, ResolvedChart};
use crate::Dependency;
use crate::values::{
    Purpose, Table, Warning, coalesce, coalesce_map, coalesce_tables, lookup, table_at,
};

/// What lies under this key in a dependency can be imported by name.
const EXPORTS: &str = "exports";
/// A table of switches in the root of the values.
const TAGS: &str = "tags";

/// Switches dependencies, then imports values, in helm's order.
pub(super) fn process(
    chart: &mut ResolvedChart,
    user: &Table,
) -> Result<Vec<Warning>, ResolveError> {
    let mut warnings = Vec::new();
    switch(chart, &user.to_template(), "", &mut warnings)?;
    import(chart, &mut warnings)?;
    Ok(warnings)
}

/// Nothing is done, not even further down, in a chart that declares nothing.
fn switch(
    chart: &mut ResolvedChart,
    values: &Map,
    prefix: &str,
    warnings: &mut Vec<Warning>,
) -> Result<(), ResolveError> {
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    take_part(chart);
    // Every level gets the values of the root, its own defaults filled into them; hence the prefix for conditions.
    let copy = Table::from_template(values).to_template();
    let coalesced = coalesce_map(chart, copy, Purpose::Render)?;
    warnings.extend(coalesced.warnings);
    let values = coalesced.values;
    let tags = table_at(&values, TAGS).ok();
    for dependency in &mut chart.metadata.dependencies {
        dependency.enabled = true;
        if let Some(tags) = &tags {
            apply_tags(dependency, tags, warnings);
        }
    }
    for dependency in &mut chart.metadata.dependencies {
        apply_condition(dependency, &values, prefix, warnings);
    }
    let declared = &mut chart.metadata.dependencies;
    let off: Vec<String> = declared.iter().filter(|d| !d.enabled).map(|d| d.name.clone()).collect();
    declared.retain(|dependency| !off.contains(&dependency.name));
    chart.dependencies.retain(|dependency| !off.contains(&dependency.metadata.name));
    for dependency in &mut chart.dependencies {
        let prefix = format!("{prefix}{}.", dependency.metadata.name);
        switch(dependency, &values, &prefix, warnings)?;
    }
    Ok(())
}

/// Undeclared charts first, then one for each declared dependency that there is a chart for, under its alias.
fn take_part(chart: &mut ResolvedChart) {
    let present = std::mem::take(&mut chart.dependencies);
    let fits = |wanted: &Dependency, found: &ResolvedChart| {
        found.name() == wanted.name && is_compatible(&wanted.version, &found.metadata.version)
    };
    let declared = &mut chart.metadata.dependencies;
    let is_undeclared = |found: &&ResolvedChart| !declared.iter().any(|wanted| fits(wanted, found));
    let mut part: Vec<_> = present.iter().filter(is_undeclared).cloned().collect();
    for wanted in declared {
        if let Some(found) = present.iter().find(|found| fits(wanted, found)) {
            let mut found = found.clone();
            if !wanted.alias.is_empty() {
                found.metadata.name.clone_from(&wanted.alias);
            }
            part.push(found);
        }
        if !wanted.alias.is_empty() {
            wanted.name.clone_from(&wanted.alias);
        }
    }
    chart.dependencies = part;
    let path = std::mem::take(&mut chart.full_path);
    chart.set_path(path);
}

/// Whether a version is in a range. A range or version that is none is never.
fn is_compatible(range: &str, version: &str) -> bool {
    crate::constraint::matches(range, version)
}

fn apply_tags(dependency: &mut Dependency, tags: &Map, warnings: &mut Vec<Warning>) {
    let (mut has_true, mut has_false) = (false, false);
    for tag in &dependency.tags {
        match tags.get(tag) {
            Some(Value::Bool(true)) => has_true = true,
            Some(Value::Bool(false)) => has_false = true,
            Some(_) => warnings.push(non_bool("tag", tag, &dependency.name)),
            None => {}
        }
    }
    dependency.enabled = has_true || !has_false;
}

/// The first path that leads to a boolean decides.
fn apply_condition(
    dependency: &mut Dependency,
    values: &Map,
    prefix: &str,
    warnings: &mut Vec<Warning>,
) {
    for path in dependency.condition.trim().split(',').filter(|path| !path.is_empty()) {
        match lookup(values, &format!("{prefix}{path}")) {
            Some(Value::Bool(is_on)) => {
                dependency.enabled = is_on;
                return;
            }
            Some(_) => warnings.push(non_bool("path", path, &dependency.name)),
            None => {}
        }
    }
}

fn non_bool(key: &'static str, value: &str, chart: &str) -> Warning {
    Warning::warn("returned non-bool value").with(key, value).with("chart", chart)
}

/// Brings up what dependencies export, children first. Only defaults are looked at, never the user's values.
fn import(chart: &mut ResolvedChart, warnings: &mut Vec<Warning>) -> Result<(), ResolveError> {
    for dependency in &mut chart.dependencies {
        import(dependency, warnings)?;
    }
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    let coalesced = coalesce(chart, &Table::new(), Purpose::Merge)?;
    warnings.extend(coalesced.warnings);
    let values = coalesced.values;
    let imported = Map::new();
    for dependency in &mut chart.metadata.dependencies {
        for import in &mut dependency.import_values {
            let Some(pair) = Import::read(import) else { continue };
            *import = pair.to_json();
            match table_at(&values, &format!("{}.{}", dependency.name, pair.child)) {
                Ok(table) => {
                    let table = nest(&pair.parent, Table::from_template(&table)).to_template();
                    warnings.extend(coalesce_tables(&imported, &table, Purpose::Merge));
                }
                Err(key) => warnings.push(pair.missing(&dependency.name, &key)),
            }
        }
        dependency.import_values.retain(|import| Import::read(import).is_some());
    }
    // The chart's own defaults, those of its dependencies among them, win over what is imported.
    let values = Table::from_template(&values).to_template();
    warnings.extend(coalesce_tables(&values, &imported, Purpose::Merge));
    chart.values = Arc::new(Table::from_template(&values));
    Ok(())
}

/// One of a dependency's `import-values`.
struct Import {
    child: String,
    parent: String,
    is_named: bool,
}

impl Import {
    fn read(import: &serde_json::Value) -> Option<Self> {
        match import {
            serde_json::Value::String(name) => Some(Self {
                child: format!("{EXPORTS}.{name}"),
                parent: ".".to_owned(),
                is_named: true,
            }),
            serde_json::Value::Object(fields) => {
                let field = |key| fields.get(key).map_or_else(|| "<nil>".to_owned(), printed);
                Some(Self { child: field("child"), parent: field("parent"), is_named: false })
            }
            _ => None,
        }
    }

    fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "child": self.child, "parent": self.parent })
    }

    fn missing(&self, chart: &str, key: &str) -> Warning {
        let error = format!("{} is not a table", gotemplate::fmt::quote(key.as_bytes()));
        if self.is_named {
            return Warning::warn("ImportValues missing table").with("error", error);
        }
        Warning::warn("ImportValues missing table from chart")
            .with("chart", chart)
            .with("error", error)
    }
}

/// As Go's `%v` prints it.
fn printed(value: &serde_json::Value) -> String {
    let value = crate::Value::from_json(value.clone()).to_template();
    gotemplate::fmt::value_text(&value)
        .map_or_else(|_| String::new(), |text| text.to_lossy().into_owned())
}

/// A table below a dotted path; `.` is no path.
fn nest(path: &str, table: Table) -> Table {
    if path == "." {
        return table;
    }
    path.rsplit('.').fold(table, |inner, key| [(key, inner.into())].into_iter().collect())
}
