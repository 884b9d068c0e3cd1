//! Edits of one values file: new texts for keys, every other byte and every other value staying what it is.

use std::collections::{BTreeMap, HashMap};

use goyaml::{Document, Kind, Node, Style, Value};

use crate::RelocateError;
use crate::insert::Insertions;
use crate::scalar::{Splice, apply, replace, write};
use crate::sharing::{Reach, User, users};

/// New texts by key.
pub(crate) type Changes = BTreeMap<Vec<String>, String>;

/// Edits a values file. The result holds exactly the changes: it is read again and compared.
pub(crate) fn edit(
    file: &str,
    source: &str,
    document: &Document,
    changes: &Changes,
) -> Result<String, RelocateError> {
    let splices = Editor { file, source, document, changes }.splices()?;
    refuse_overlaps(file, &splices)?;
    let edited = apply(source, &splices);
    check(file, document, &edited, changes)?;
    Ok(edited)
}

/// `.a.b`.
pub(crate) fn dotted(path: &[String]) -> String {
    format!(".{}", path.join("."))
}

struct Editor<'a> {
    file: &'a str,
    source: &'a str,
    document: &'a Document,
    changes: &'a Changes,
}

/// Keys that an alias of a map must have otherwise, by the place of the alias.
type Overrides<'a> = BTreeMap<usize, (&'a Node, Vec<(Vec<String>, String)>)>;

impl<'a> Editor<'a> {
    fn splices(&self) -> Result<Vec<Splice>, RelocateError> {
        let all = users(&self.document.root);
        let mut sharing: HashMap<usize, Vec<&User<'a>>> = HashMap::new();
        for user in &all {
            sharing.entry(user.scalar.start).or_default().push(user);
        }
        let mut affected: Vec<usize> = all
            .iter()
            .filter(|user| self.changes.contains_key(&user.path))
            // A null is nothing to replace: a key is put in its place.
            .filter(|user| !user.scalar.is_null())
            .map(|user| user.scalar.start)
            .collect();
        affected.sort_unstable();
        affected.dedup();
        let mut splices = Vec::new();
        let mut insertions = Insertions::new(self.source, self.document);
        let mut overrides = Overrides::new();
        for scalar in affected {
            self.rewrite(&sharing[&scalar], &mut splices, &mut insertions, &mut overrides)?;
        }
        for (alias, keys) in overrides.into_values() {
            splices.push(self.extend_alias(alias, &keys));
        }
        let known: HashMap<&[String], &User<'a>> =
            all.iter().map(|user| (user.path.as_slice(), user)).collect();
        for (path, text) in self.changes {
            if known.get(path.as_slice()).is_none_or(|user| user.scalar.is_null()) {
                insertions.add(path, text).map_err(|reason| self.no_place(path, reason))?;
            }
        }
        splices.extend(insertions.splices());
        Ok(splices)
    }

    /// Gives every key that leads to one scalar the text it must have: the scalar itself first; then those that would
    /// follow it without wanting to are cut loose.
    fn rewrite(
        &self,
        sharing: &[&User<'a>],
        splices: &mut Vec<Splice>,
        insertions: &mut Insertions<'a>,
        overrides: &mut Overrides<'a>,
    ) -> Result<(), RelocateError> {
        let Some(scalar) = sharing.first().map(|user| user.scalar) else { return Ok(()) };
        let own = sharing.iter().find(|user| matches!(user.reach, Reach::Own));
        let written = own.and_then(|own| self.changes.get(&own.path));
        if let (Some(own), Some(text)) = (own, written) {
            let (range, text) = replace(self.source, scalar, text);
            splices.push(Splice { range, text, path: own.path.clone() });
        }
        for user in sharing {
            let wanted = self.changes.get(&user.path);
            if matches!(user.reach, Reach::Own) || wanted == written {
                continue;
            }
            let text = match wanted {
                Some(text) => write(text),
                None => self.as_written(scalar),
            };
            match user.reach {
                Reach::Alias(alias) => {
                    let path = user.path.clone();
                    splices.push(Splice { range: alias.span.clone(), text, path });
                }
                Reach::Merged(mapping) => insertions.override_in(mapping, &user.path, text),
                Reach::BelowAlias(alias) => {
                    let keys = &mut overrides.entry(alias.start).or_insert((alias, Vec::new())).1;
                    keys.push((user.path.clone(), text));
                }
                Reach::Own | Reach::Far => return Err(self.shared(user, sharing)),
            }
        }
        Ok(())
    }

    /// A scalar's text in the source, quotes and all; block scalars in quotes.
    fn as_written(&self, scalar: &Node) -> String {
        match &scalar.kind {
            Kind::Scalar { style: Style::Literal | Style::Folded, text } => write(text),
            _ => self.source[scalar.span.clone()].to_owned(),
        }
    }

    /// `*image` becomes `{<<: *image, registry: …}`.
    fn extend_alias(&self, alias: &Node, keys: &[(Vec<String>, String)]) -> Splice {
        let entries: Vec<String> = keys
            .iter()
            .map(|(path, text)| {
                format!("{}: {text}", write(path.last().map_or("", String::as_str)))
            })
            .collect();
        let text = format!("{{<<: {}, {}}}", &self.source[alias.span.clone()], entries.join(", "));
        Splice { range: alias.span.clone(), text, path: keys[0].0.clone() }
    }

    fn shared(&self, user: &User<'a>, sharing: &[&User<'a>]) -> RelocateError {
        let is_changed = |user: &User<'a>| self.changes.contains_key(&user.path);
        let other = sharing.iter().find(|other| is_changed(other) != is_changed(user));
        let other = other.map_or_else(String::new, |other| dotted(&other.path));
        let (path, other) = if is_changed(user) {
            (dotted(&user.path), other)
        } else {
            (other, dotted(&user.path))
        };
        RelocateError::Shared { file: self.file.into(), line: user.scalar.line, path, other }
    }

    fn no_place(&self, path: &[String], reason: &'static str) -> RelocateError {
        RelocateError::NoPlace { file: self.file.into(), path: dotted(path), reason }
    }
}

fn refuse_overlaps(file: &str, splices: &[Splice]) -> Result<(), RelocateError> {
    let mut ordered: Vec<&Splice> = splices.iter().collect();
    ordered.sort_by_key(|splice| (splice.range.start, splice.range.end));
    for pair in ordered.windows(2) {
        if pair[0].range.end > pair[1].range.start {
            return Err(RelocateError::Overlap {
                file: file.into(),
                first: dotted(&pair[0].path),
                second: dotted(&pair[1].path),
            });
        }
    }
    Ok(())
}

/// That the edited text has the changes and nothing else.
fn check(
    file: &str,
    before: &Document,
    edited: &str,
    changes: &Changes,
) -> Result<(), RelocateError> {
    let broken = |source| RelocateError::Yaml { file: file.into(), source };
    let after = crate::scope::read_document(edited.as_bytes(), file)?;
    let before = before.root.to_value().map_err(broken)?;
    let after = after.root.to_value().map_err(broken)?;
    let mut unplanned = None;
    compare(&before, &after, &mut Vec::new(), &mut |path| {
        if !changes.contains_key(path) && unplanned.is_none() {
            unplanned = Some(dotted(path));
        }
    });
    for (path, text) in changes {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        if after.at(&keys).and_then(Value::as_str) != Some(text) {
            unplanned.get_or_insert_with(|| dotted(path));
        }
    }
    match unplanned {
        Some(path) => Err(RelocateError::UnplannedChange { file: file.into(), path }),
        None => Ok(()),
    }
}

/// Calls back with every key that has another value.
fn compare(
    before: &Value,
    after: &Value,
    path: &mut Vec<String>,
    differs: &mut impl FnMut(&[String]),
) {
    let empty = Value::Map(goyaml::Map::default());
    let is_map = |value: &Value| matches!(value, Value::Map(_));
    match (before, after) {
        (Value::Map(old), Value::Map(new)) => {
            for (key, value) in new.iter() {
                path.push(key.to_owned());
                compare(old.get(key).unwrap_or(&Value::Null), value, path, differs);
                path.pop();
            }
            for key in old.keys().filter(|key| new.get(key).is_none()) {
                path.push(key.to_owned());
                differs(path);
                path.pop();
            }
        }
        // A map where there was nothing: its keys are what is new.
        (Value::Null, new) if is_map(new) => compare(&empty, new, path, differs),
        (Value::Float(old), Value::Float(new)) if old.text == new.text => {}
        (old, new) if old == new => {}
        _ => differs(path),
    }
}
