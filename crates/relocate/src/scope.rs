//! A chart's values as hints see them: each chart's own values.yaml, and which of them a path of keys leads to.
//!
//! The outermost chart that defines a path has the say: what a parent writes below a subchart's key beats the subchart's
//! own values. A null defines nothing. Conditions and tags are not looked at: a chart that is off today may be on
//! tomorrow.

use std::sync::Arc;

use goyaml::{Document, Kind, Node};
use helm::Chart;

use crate::RelocateError;

/// The file that holds a chart's values.
pub(crate) const VALUES: &str = "values.yaml";

/// A chart's values.yaml, and those of the charts below.
pub(crate) struct Scope {
    /// Positions in `Chart::subcharts`, from the top.
    pub(crate) route: Vec<usize>,
    /// The file, from the top: `charts/mariadb/values.yaml`.
    pub(crate) file: String,
    pub(crate) document: Document,
    /// The chart's `appVersion`, which templates put where a tag is empty.
    pub(crate) app_version: String,
    children: Vec<Child>,
}

struct Child {
    name: String,
    /// The keys its values have in the parent, when they are not under its name: the aliases of its dependencies.
    aliases: Vec<String>,
    /// Whether a dependency without an alias asks for it too, or none at all.
    is_plain: bool,
    scope: Scope,
}

/// Where a value is.
#[derive(Clone)]
pub(crate) struct Found {
    /// Positions in `Chart::subcharts` of the chart whose file has it.
    pub(crate) route: Vec<usize>,
    /// That file.
    pub(crate) file: String,
    /// The keys within that file.
    pub(crate) path: Vec<String>,
    /// The node, or the alias of it.
    pub(crate) node: Arc<Node>,
    /// Where a value for this hint alone would go, when several keys lead to that file: the top of the chart.
    pub(crate) is_shared: bool,
}

/// What a path leads to.
pub(crate) enum Lookup {
    Found(Found),
    /// Nothing; `is_null` when something was written, but null.
    Missing {
        is_null: bool,
    },
    /// A key on the way is no map.
    Blocked {
        file: String,
        line: usize,
        depth: usize,
    },
}

impl Scope {
    /// Reads the values of a chart and of every chart below.
    pub(crate) fn read(chart: &Chart) -> Result<Self, Vec<RelocateError>> {
        let mut errors = Vec::new();
        let scope = read_scope(chart, Vec::new(), "", &mut errors);
        if errors.is_empty() { Ok(scope) } else { Err(errors) }
    }

    /// Looks a path up from this chart's point of view.
    pub(crate) fn lookup(&self, path: &[String]) -> Lookup {
        let mut outcome = own(self, path);
        if !matches!(outcome, Lookup::Missing { .. }) {
            return outcome;
        }
        let [key, rest @ ..] = path else { return outcome };
        if rest.is_empty() {
            return outcome;
        }
        let mut below = self.children.iter().filter(|child| child.answers_to(key));
        let Some(child) = below.next() else { return outcome };
        // Of two charts with one name helm picks by version; a value above them is right for either.
        let has_twin = below.next().is_some();
        // relok8s goes by a chart's name. helm goes by the alias, where there is one; its values are the chart's.
        if let Some(alias) = child.alias_behind(key) {
            let mut path = path.to_vec();
            path[0].clone_from(alias);
            let at_alias = own(self, &path);
            if !matches!(at_alias, Lookup::Missing { .. }) {
                return at_alias;
            }
        }
        let inner = child.scope.lookup(rest);
        match (&mut outcome, inner) {
            (_, Lookup::Found(found)) => {
                let is_shared = found.is_shared || child.is_shared() || has_twin;
                return Lookup::Found(Found { is_shared, ..found });
            }
            (Lookup::Missing { is_null }, Lookup::Missing { is_null: inner }) => *is_null |= inner,
            (_, Lookup::Blocked { file, line, depth }) => {
                return Lookup::Blocked { file, line, depth: depth + 1 };
            }
            _ => {}
        }
        outcome
    }

    /// The charts right below, each under every key that leads to its values: two for one with two aliases.
    pub(crate) fn below(&self) -> impl Iterator<Item = (&String, &Scope)> {
        self.children.iter().flat_map(|child| child.keys().map(|key| (key, &child.scope)))
    }

    /// The charts a path leads through, outermost first: the last one is the one whose templates see what is there.
    pub(crate) fn owners(&self, path: &[String]) -> Vec<&Scope> {
        let mut owners = vec![self];
        let mut scope = self;
        for key in path {
            let Some(child) = scope.children.iter().find(|child| child.answers_to(key)) else {
                break;
            };
            scope = &child.scope;
            owners.push(scope);
        }
        owners
    }

    /// This scope or one below, by its route.
    pub(crate) fn at(&self, route: &[usize]) -> Option<&Scope> {
        if self.route == route {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.scope.at(route))
    }
}

impl Child {
    fn answers_to(&self, key: &str) -> bool {
        self.name == key || self.aliases.iter().any(|alias| alias == key)
    }

    /// The key helm uses, when a hint names a chart that is only there under another.
    fn alias_behind(&self, key: &str) -> Option<&String> {
        if self.is_plain || self.aliases.iter().any(|alias| alias == key) {
            return None;
        }
        self.aliases.first()
    }

    /// The keys its values have in the parent.
    fn keys(&self) -> impl Iterator<Item = &String> {
        self.aliases.iter().chain(self.is_plain.then_some(&self.name))
    }

    fn is_shared(&self) -> bool {
        self.aliases.len() + usize::from(self.is_plain) > 1
    }
}

fn read_scope(
    chart: &Chart,
    route: Vec<usize>,
    directory: &str,
    errors: &mut Vec<RelocateError>,
) -> Scope {
    let file = format!("{directory}{VALUES}");
    let bytes = chart.file(VALUES).map_or(&[][..], AsRef::as_ref);
    let document = read_document(bytes, &file).unwrap_or_else(|error| {
        errors.push(error);
        goyaml::parse_one(b"").expect("an empty text is a document")
    });
    let mut children = Vec::with_capacity(chart.subcharts.len());
    for (index, subchart) in chart.subcharts.iter().enumerate() {
        let mut route = route.clone();
        route.push(index);
        let below = format!("{directory}{}/", subchart.directory);
        let name = subchart.chart.name().to_owned();
        let of_it = || chart.metadata.dependencies.iter().filter(|entry| entry.name == name);
        let aliases: Vec<String> =
            of_it().map(|entry| entry.alias.clone()).filter(|alias| !alias.is_empty()).collect();
        let is_plain = aliases.is_empty() || of_it().any(|entry| entry.alias.is_empty());
        let scope = read_scope(&subchart.chart, route, &below, errors);
        children.push(Child { name, aliases, is_plain, scope });
    }
    let app_version = chart.metadata.app_version.clone();
    Scope { route, file, document, app_version, children }
}

/// Reads a values file: one document with a map in it, or nothing.
pub(crate) fn read_document(bytes: &[u8], file: &str) -> Result<Document, RelocateError> {
    let documents =
        goyaml::parse(bytes).map_err(|source| RelocateError::Yaml { file: file.into(), source })?;
    let mut filled = documents.iter().filter(|document| !document.is_empty);
    let first = filled.next().or(documents.first()).cloned();
    if let Some(second) = filled.next() {
        let line = second.root.line;
        return Err(RelocateError::SeveralDocuments { file: file.into(), line });
    }
    let document = match first {
        Some(document) => document,
        None => goyaml::parse_one(bytes)
            .map_err(|source| RelocateError::Yaml { file: file.into(), source })?,
    };
    let root = &document.root;
    if !(root.is_mapping() || root.is_null()) {
        return Err(RelocateError::NotAMap { file: file.into(), line: root.line });
    }
    Ok(document)
}

/// Looks a path up in one file.
fn own(scope: &Scope, path: &[String]) -> Lookup {
    let mut node = &scope.document.root;
    for (depth, key) in path.iter().enumerate() {
        if node.is_null() {
            return Lookup::Missing { is_null: depth > 0 };
        }
        if !matches!(node.resolved().kind, Kind::Mapping { .. }) {
            return Lookup::Blocked { file: scope.file.clone(), line: node.line, depth };
        }
        match node.get(key) {
            Some(value) => node = value,
            None => return Lookup::Missing { is_null: false },
        }
    }
    if node.is_null() {
        return Lookup::Missing { is_null: true };
    }
    Lookup::Found(Found {
        route: scope.route.clone(),
        file: scope.file.clone(),
        path: path.to_vec(),
        node: Arc::clone(node),
        is_shared: false,
    })
}
