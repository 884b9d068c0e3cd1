//! Hints for a chart that has none, from the images that came with it.
//!
//! A value is taken for the name of an image only when it says, exactly, one of those images. Keys called `repository`
//! that mean something else are therefore left alone, and so are images that no value names.

use std::collections::HashSet;
use std::sync::Arc;

use goyaml::{Kind, Node, Value};
use helm::Chart;
use oci::Reference;

use crate::RelocateError;
use crate::candidate::written_registry;
use crate::evaluate::{evaluate, identifier_start};
use crate::hint::{Hint, HintPlace, Hints, Placeholder, Role, Segment};
use crate::plan::printed;
use crate::scope::{Found, Lookup, Scope, VALUES};
use crate::sharing::effective;

/// Keys that hold the name of an image, with the rest of the reference beside them.
const NAMES: [&str; 2] = ["repository", "image"];
/// Keys beside a name that hold its tag.
const TAGS: [&str; 3] = ["tag", "imageTag", "version"];
/// Keys below `global` that charts put in front of every name.
const GLOBALS: [&[&str]; 3] = [&["imageRegistry"], &["image", "registry"], &["registry"]];
/// Values that are looked at. The largest real charts have some ten thousand.
const MOST_VALUES: usize = 2_000_000;
/// Values that are looked at closely.
const MOST_PLACES: usize = 20_000;

/// The hints that lead to the images `is_image` knows, in the order of the values.
///
/// Searched are the values of the chart and all its subcharts, as helm would put them together: maps with `repository`
/// (or `image`) and `registry`, `tag`, `digest` beside it, and texts that are whole references. Where a tag is empty the
/// chart's `appVersion` is tried, and where a registry is, the global one; a global one that says the same as the one
/// beside the name gets a hint of its own, for both must change. Members of lists have no path that a hint could give.
pub fn derive_hints(
    chart: &Chart,
    is_image: &dyn Fn(&Reference) -> bool,
) -> Result<Hints, Vec<RelocateError>> {
    let scope = Scope::read(chart)?;
    let mut places =
        Places { is_image, seen: HashSet::new(), found: Vec::new(), left: MOST_VALUES };
    places
        .in_chart(&scope, &mut Vec::new())
        .map_err(|TooMany| vec![RelocateError::TooManyValues { most: MOST_VALUES }])?;
    let search = Search { scope: &scope, is_image };
    let hints = places.found.iter().flat_map(|path| search.hints(path)).collect();
    Ok(Hints { member: VALUES.into(), hints })
}

/// Paths of values that might name an image.
struct Places<'a> {
    is_image: &'a dyn Fn(&Reference) -> bool,
    seen: HashSet<Vec<String>>,
    found: Vec<Vec<String>>,
    /// How many more values may be looked at.
    left: usize,
}

struct TooMany;

impl Places<'_> {
    /// `path` leads to the chart's values and is the same afterwards.
    fn in_chart(&mut self, scope: &Scope, path: &mut Vec<String>) -> Result<(), TooMany> {
        self.in_node(&scope.document.root, path)?;
        for (key, child) in scope.below() {
            path.push(key.clone());
            self.in_chart(child, path)?;
            path.pop();
        }
        Ok(())
    }

    fn in_node(&mut self, node: &Node, path: &mut Vec<String>) -> Result<(), TooMany> {
        self.left = self.left.checked_sub(1).ok_or(TooMany)?;
        match &node.resolved().kind {
            Kind::Mapping { .. } => {
                for (key, value, _) in effective(node.resolved()) {
                    path.push(key);
                    self.in_node(value, path)?;
                    path.pop();
                }
            }
            Kind::Scalar { .. } => {
                let is_name = path.last().is_some_and(|key| NAMES.contains(&key.as_str()));
                let is_wanted =
                    name_in(node).is_some_and(|text| is_name || self.is_whole_image(text));
                if is_wanted && self.seen.insert(path.clone()) {
                    self.found.push(path.clone());
                }
            }
            Kind::Sequence { .. } | Kind::Alias { .. } => {}
        }
        if self.found.len() > MOST_PLACES { Err(TooMany) } else { Ok(()) }
    }

    fn is_whole_image(&self, text: &str) -> bool {
        is_whole(text) && text.parse().is_ok_and(|reference| (self.is_image)(&reference))
    }
}

/// The text of a value that could be a name, or part of one.
fn name_in(node: &Node) -> Option<&str> {
    let text = node.text().filter(|text| !text.is_empty() && !text.contains("://"))?;
    matches!(node.to_value(), Ok(Value::String(_))).then_some(text)
}

/// Whether a text says enough to be an image and no other word: a tag, a digest or a registry.
fn is_whole(text: &str) -> bool {
    identifier_start(text).is_some() || written_registry(text).is_some()
}

struct Search<'a> {
    scope: &'a Scope,
    is_image: &'a dyn Fn(&Reference) -> bool,
}

impl Search<'_> {
    /// The hints for what one value names: none, one, or two when a registry beside it and a global one say the same.
    fn hints(&self, path: &[String]) -> Vec<Hint> {
        let Some(name) = self.text(path) else { return Vec::new() };
        let Some((key, map)) = path.split_last() else { return Vec::new() };
        if !NAMES.contains(&key.as_str()) {
            return self.hint(None, path, &[]).into_iter().collect();
        }
        let beside = Beside { own: self.own_registries(map, key), globals: self.globals(path) };
        let identifiers = self.identifiers(map, &name.text);
        let mut ways =
            identifiers.iter().map(|way| self.with_registries(path, &name.text, &beside, way));
        ways.find(|hints| !hints.is_empty()).unwrap_or_default()
    }

    /// The hints for a name with what stands behind it.
    fn with_registries(
        &self,
        path: &[String],
        name: &str,
        beside: &Beside,
        identifier: &[Segment],
    ) -> Vec<Hint> {
        let hint = |registry: &Registry| self.hint(Some(&registry.path), path, identifier);
        let global = beside.globals.iter().find_map(hint);
        // Charts that know a global registry let it beat one that is empty.
        let mut own = beside.own.iter().filter(|registry| !registry.is_empty || global.is_none());
        let hints: Vec<Hint> = own.find_map(hint).into_iter().chain(global).collect();
        // A name of Docker Hub with another registry beside it is no name of Docker Hub.
        let is_alone =
            written_registry(name).is_some() || beside.own.iter().all(|registry| registry.is_empty);
        if !hints.is_empty() || !is_alone || (identifier.is_empty() && !is_whole(name)) {
            return hints;
        }
        self.hint(None, path, identifier).into_iter().collect()
    }

    /// The registries beside a name.
    fn own_registries(&self, map: &[String], key: &str) -> Vec<Registry> {
        // With `image` for the last component, `repository` is what stands in front of it.
        let keys: &[&str] =
            if key == "image" { &["registry", "repository"] } else { &["registry"] };
        keys.iter().filter_map(|key| self.registry(below(map, &[key]))).collect()
    }

    /// The global registries that the chart of a path sees, the one that wins first. Empty ones are none.
    fn globals(&self, path: &[String]) -> Vec<Registry> {
        let depths = 0..self.scope.owners(path).len();
        let paths = depths.flat_map(|depth| {
            GLOBALS.iter().map(move |keys| below(&below(&path[..depth], &["global"]), keys))
        });
        paths.filter_map(|path| self.registry(path)).filter(|found| !found.is_empty).collect()
    }

    fn registry(&self, path: Vec<String>) -> Option<Registry> {
        let text = self.text(&path)?.text;
        Some(Registry { path, is_empty: text.is_empty() })
    }

    /// What may stand behind a name, the likeliest first.
    fn identifiers(&self, map: &[String], name: &str) -> Vec<Vec<Segment>> {
        if identifier_start(name).is_some() {
            return vec![Vec::new()];
        }
        let part = |key: &str, mark: &str, role| {
            let path = below(map, &[key]);
            let text = self.text(&path)?.text;
            let placeholder = Placeholder { path, role, column: 1 };
            let segments = vec![Segment::Literal(mark.into()), Segment::Placeholder(placeholder)];
            (!text.is_empty()).then_some(segments)
        };
        let digest = part("digest", "@", Role::Digest);
        let tags = TAGS.iter().filter_map(|key| part(key, ":", Role::Tag));
        let mut found: Vec<Vec<Segment>> = tags.collect();
        if found.is_empty() {
            found = self.tags_of_chart(map);
        }
        let is_without_tag = TAGS.iter().all(|key| self.text(&below(map, &[key])).is_none());
        if digest.is_some() || is_without_tag {
            found.push(Vec::new());
        }
        // A digest beside the name is what is pulled, whatever the tag says.
        if let Some(digest) = digest {
            for segments in &mut found {
                segments.extend_from_slice(&digest);
            }
        }
        found
    }

    /// What templates take for a tag that is empty.
    fn tags_of_chart(&self, map: &[String]) -> Vec<Vec<Segment>> {
        let owner = self.scope.owners(map).last().map_or("", |scope| scope.app_version.as_str());
        if owner.is_empty() {
            return Vec::new();
        }
        [format!(":{owner}"), format!(":v{owner}")].map(|tag| vec![Segment::Literal(tag)]).into()
    }

    /// A scalar, with what else is known about it.
    fn text(&self, path: &[String]) -> Option<Text> {
        let Lookup::Found(found) = self.scope.lookup(path) else { return None };
        let text = found.node.text()?.to_owned();
        Some(Text { text, found })
    }

    /// The hint of these parts, if it says one of the images.
    fn hint(
        &self,
        registry: Option<&[String]>,
        name: &[String],
        identifier: &[Segment],
    ) -> Option<Hint> {
        let of = |path: &[String], role| {
            Segment::Placeholder(Placeholder { path: path.to_vec(), role, column: 1 })
        };
        let mut segments = match registry {
            Some(registry) => {
                let slash = Segment::Literal("/".into());
                vec![of(registry, Role::Registry), slash, of(name, Role::Repository)]
            }
            None => vec![of(name, Role::Name)],
        };
        let name_segments = segments.len();
        segments.extend_from_slice(identifier);
        let Text { found, .. } = self.text(name)?;
        let place = HintPlace {
            member: found.file,
            line: found.node.line,
            column: found.node.column,
            text: written(&segments),
        };
        let hint = Hint { place: Arc::new(place), segments, name_segments };
        let now = evaluate(&hint, self.scope).ok()?;
        let is_image = (self.is_image)(&now.reference)
            || printed(&hint, &now).is_some_and(|printed| (self.is_image)(&printed));
        is_image.then_some(hint)
    }
}

/// What might stand in front of a name.
struct Beside {
    own: Vec<Registry>,
    globals: Vec<Registry>,
}

struct Registry {
    path: Vec<String>,
    is_empty: bool,
}

struct Text {
    text: String,
    found: Found,
}

fn below(path: &[String], keys: &[&str]) -> Vec<String> {
    path.iter().cloned().chain(keys.iter().map(|key| (*key).to_owned())).collect()
}

/// The hint as one would write it.
fn written(segments: &[Segment]) -> String {
    let texts = segments.iter().map(|segment| match segment {
        Segment::Literal(text) => text.clone(),
        Segment::Placeholder(placeholder) => format!("{{{{ {} }}}}", placeholder.dotted()),
    });
    texts.collect()
}
