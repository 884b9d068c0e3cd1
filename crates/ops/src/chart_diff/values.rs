//! What differs between the values that two charts know.

use helm::{Chart, Table, Value, read_values};
use serde::Serialize;

/// What became of the values.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ValuesChange {
    /// Keys that are gone, with what their defaults were.
    pub gone: Vec<Setting>,
    /// Keys that are new, with their defaults.
    pub new: Vec<Setting>,
    /// Keys with another default.
    pub changed: Vec<DefaultChange>,
    /// Keys among those that are gone and new that look like the same one under another name.
    pub renamed: Vec<Renaming>,
    /// Keys in the user's values that the new chart does not know.
    pub unknown: Vec<UnknownKey>,
}

/// A key and its default.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// The keys, joined by dots.
    pub path: String,
    /// Its default.
    pub default: serde_json::Value,
}

/// A key with another default.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DefaultChange {
    /// The keys, joined by dots.
    pub path: String,
    /// The old default.
    pub before: serde_json::Value,
    /// The new one.
    pub after: serde_json::Value,
}

/// A key that seems to have another name now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Renaming {
    /// Its old name.
    pub before: String,
    /// The new one.
    pub after: String,
}

/// A key of the user's that has no effect any more.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnknownKey {
    /// The keys, joined by dots.
    pub path: String,
    /// Whether the old chart knew it. Else it is a mistake that is older.
    pub was_known: bool,
    /// What it seems to be called now.
    pub now: Option<String>,
}

/// What two charts know, side by side, and which of the user's keys lead nowhere in the new one.
pub(super) fn compare(before: &Chart, after: &Chart, user: &Table) -> ValuesChange {
    let (old, new) = (defaults(before), defaults(after));
    let mut change = ValuesChange::default();
    tables(&old, &new, &mut Vec::new(), &mut change);
    change.renamed = renamings(&change);
    let known = Known { old: &old, new: &new, before, after, renamed: &change.renamed };
    let mut unknown = Vec::new();
    known.in_table(user, &mut Vec::new(), &mut unknown);
    change.unknown = unknown;
    change
}

/// The defaults of a chart and of those in it, each under its key; what a parent says wins. A file that is no YAML has
/// none: rendering says so.
fn defaults(chart: &Chart) -> Table {
    let read = |text| read_values(text).unwrap_or_default();
    let own = chart.file("values.yaml").map(|text| read(text)).unwrap_or_default();
    let mut all = Table::new();
    for subchart in &chart.subcharts {
        let name = subchart.chart.name();
        let below = defaults(&subchart.chart);
        let asked = || chart.metadata.dependencies.iter().filter(|wanted| wanted.name == name);
        let aliases = asked().map(|wanted| wanted.alias.as_str()).filter(|alias| !alias.is_empty());
        for alias in aliases.clone() {
            all.insert(alias, below.clone());
        }
        if aliases.count() == 0 {
            all.insert(name, below);
        }
    }
    all.overlay(own);
    all
}

fn tables(old: &Table, new: &Table, path: &mut Vec<String>, change: &mut ValuesChange) {
    for (key, before) in old.iter() {
        path.push(key.to_string());
        match (before, new.get(key)) {
            (before, None) => {
                change.gone.push(Setting { path: path.join("."), default: before.to_json() });
            }
            (Value::Table(before), Some(Value::Table(after))) => {
                tables(before, after, path, change);
            }
            (before, Some(after)) if before != after => change.changed.push(DefaultChange {
                path: path.join("."),
                before: before.to_json(),
                after: after.to_json(),
            }),
            _ => {}
        }
        path.pop();
    }
    for (key, after) in new.iter().filter(|(key, _)| old.get(key).is_none()) {
        path.push(key.to_string());
        change.new.push(Setting { path: path.join("."), default: after.to_json() });
        path.pop();
    }
}

/// Of the keys that are gone and new, the pairs that are each other's best match and more alike than not.
fn renamings(change: &ValuesChange) -> Vec<Renaming> {
    let likeness = |gone: &Setting, new: &Setting| {
        let share = alike(&gone.default, &new.default);
        let last = |path: &str| path.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
        let (old, now) = (last(&gone.path), last(&new.path));
        let is_near =
            old.contains(&now) || now.contains(&old) || parent(&gone.path) == parent(&new.path);
        if is_near { share } else { 0 }
    };
    let best = |of: &Setting, among: &[Setting], score: &dyn Fn(&Setting, &Setting) -> usize| {
        let best = among.iter().map(|other| score(of, other)).max().filter(|best| *best > 50)?;
        let mut those = among.iter().filter(|other| score(of, other) == best);
        let first = those.next()?;
        those.next().is_none().then(|| first.path.clone())
    };
    let pair = |gone: &Setting| {
        let after = best(gone, &change.new, &|gone, new| likeness(gone, new))?;
        let new = change.new.iter().find(|new| new.path == after)?;
        let back = best(new, &change.gone, &|new, gone| likeness(gone, new))?;
        (back == gone.path).then(|| Renaming { before: gone.path.clone(), after })
    };
    change.gone.iter().filter_map(pair).collect()
}

fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

/// In percent: of all leaves of two trees, how many both have, half of that for those with other values. Texts and
/// numbers that say little are no evidence.
fn alike(a: &serde_json::Value, b: &serde_json::Value) -> usize {
    let (a, b) = (leaves(a), leaves(b));
    if let ([(_, one)], [(_, other)]) = (&a[..], &b[..]) {
        let says_something = one.as_str().is_some_and(|text| text.len() > 3) || one.is_number();
        return if one == other && says_something { 100 } else { 0 };
    }
    let shared = a.iter().filter_map(|(path, one)| {
        let (_, other) = b.iter().find(|(known, _)| known == path)?;
        Some(if one == other { 2 } else { 1 })
    });
    let (shared, in_common) = shared.fold((0, 0), |(sum, count), one| (sum + one, count + 1));
    let all = (a.len() + b.len()).saturating_sub(in_common).max(1);
    shared * 50 / all
}

fn leaves(value: &serde_json::Value) -> Vec<(String, &serde_json::Value)> {
    fn walk<'v>(
        value: &'v serde_json::Value,
        path: &str,
        found: &mut Vec<(String, &'v serde_json::Value)>,
    ) {
        match value {
            serde_json::Value::Object(fields) if !fields.is_empty() => {
                for (key, value) in fields {
                    walk(value, &format!("{path}.{key}"), found);
                }
            }
            leaf => found.push((path.to_owned(), leaf)),
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}

/// What charts know of keys.
struct Known<'a> {
    old: &'a Table,
    new: &'a Table,
    before: &'a Chart,
    after: &'a Chart,
    renamed: &'a [Renaming],
}

impl Known<'_> {
    /// The outermost keys that lead nowhere.
    fn in_table(&self, user: &Table, path: &mut Vec<String>, unknown: &mut Vec<UnknownKey>) {
        for (key, value) in user.iter() {
            path.push(key.to_string());
            let keys: Vec<&str> = path.iter().map(String::as_str).collect();
            match (knows(self.new, &keys), value) {
                (Knowledge::Table, Value::Table(below)) => self.in_table(below, path, unknown),
                (Knowledge::None, _) if !is_used(self.after, &keys) => {
                    let was_known =
                        knows(self.old, &keys) != Knowledge::None || is_used(self.before, &keys);
                    let path = path.join(".");
                    let now = self.new_name(&path);
                    unknown.push(UnknownKey { path, was_known, now });
                }
                _ => {}
            }
            path.pop();
        }
    }

    fn new_name(&self, path: &str) -> Option<String> {
        self.renamed.iter().find_map(|renaming| {
            let rest = path.strip_prefix(&renaming.before)?;
            (rest.is_empty() || rest.starts_with('.')).then(|| format!("{}{rest}", renaming.after))
        })
    }
}

/// What a table says of a path.
#[derive(PartialEq, Eq)]
enum Knowledge {
    /// Nothing.
    None,
    /// It is a table with keys of its own.
    Table,
    /// It is a value, or below one that takes anything.
    Value,
}

fn knows(table: &Table, path: &[&str]) -> Knowledge {
    let Some((first, rest)) = path.split_first() else { return Knowledge::Table };
    match table.get(first) {
        None => Knowledge::None,
        Some(Value::Table(below)) if below.is_empty() => Knowledge::Value,
        Some(Value::Table(below)) => knows(below, rest),
        Some(_) => Knowledge::Value,
    }
}

/// Whether a template asks for a key that has no default.
fn is_used(chart: &Chart, path: &[&str]) -> bool {
    let is_in = |chart: &Chart, path: &[&str]| {
        let wanted = format!(".Values.{}", path.join("."));
        chart.files.iter().filter(|file| file.path.starts_with("templates/")).any(|file| {
            String::from_utf8_lossy(&file.data).match_indices(&wanted).any(|(at, found)| {
                let next = file.data.get(at + found.len()).copied().unwrap_or(b' ');
                !next.is_ascii_alphanumeric() && !matches!(next, b'_' | b'-')
            })
        })
    };
    if is_in(chart, path) {
        return true;
    }
    let [first, rest @ ..] = path else { return false };
    let below = chart.subcharts.iter().map(|subchart| &subchart.chart);
    let is_global = *first == "global";
    below.into_iter().any(|subchart| {
        let is_alias = chart
            .metadata
            .dependencies
            .iter()
            .any(|wanted| wanted.name == subchart.name() && wanted.alias == *first);
        (is_global && is_used(subchart, path))
            || ((subchart.name() == *first || is_alias)
                && !rest.is_empty()
                && is_used(subchart, rest))
    })
}

#[cfg(test)]
mod tests {
    use helm::File;

    use super::*;

    fn chart(values: &str, template: &str) -> Chart {
        Chart::from_files(vec![
            File::new("Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
            File::new("values.yaml", values.to_owned()),
            File::new("templates/a.yaml", template.to_owned()),
        ])
        .unwrap()
    }

    #[test]
    fn keys_that_are_gone_new_changed_and_renamed() {
        let old =
            "keycloak:\n  image: {tag: '1', repository: q/k}\n  on: true\nkept: 1\nlost: {}\n";
        let new =
            "keycloakx:\n  image: {tag: '2', repository: q/k}\n  on: true\nkept: 2\nmore: x\n";
        let user = read_values(
            b"keycloak:\n  image: {tag: '9'}\nkept: 3\ntypo: 1\nasked: 1\nlost: {any: 1}\n",
        )
        .unwrap();
        let change =
            compare(&chart(old, ""), &chart(new, "{{ .Values.asked }}{{ .Values.typos }}"), &user);
        let paths = |list: &[Setting]| list.iter().map(|one| one.path.clone()).collect::<Vec<_>>();
        assert_eq!(paths(&change.gone), ["keycloak", "lost"]);
        assert_eq!(paths(&change.new), ["keycloakx", "more"]);
        assert_eq!(change.changed[0].path, "kept");
        let renaming = Renaming { before: "keycloak".into(), after: "keycloakx".into() };
        assert_eq!(change.renamed, [renaming]);
        let unknown: Vec<_> = change
            .unknown
            .iter()
            .map(|one| (one.path.as_str(), one.was_known, one.now.as_deref()))
            .collect();
        assert_eq!(
            unknown,
            [("keycloak", true, Some("keycloakx")), ("lost", true, None), ("typo", false, None)]
        );
    }
}
