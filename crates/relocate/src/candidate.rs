//! Ways to make one hint name its target: which values its placeholders could get.

use oci::{Reference, Relocated, Relocation};

use crate::RelocateError;
use crate::evaluate::{Evaluated, identifier_start, meant_name};
use crate::hint::{Hint, Role, Segment};

/// Values for the placeholders of a hint's name, and what it says with them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// In the order of the placeholders.
    pub(crate) values: Vec<String>,
    /// Where the image goes.
    pub(crate) target: Reference,
    /// What the hint says then; the target, or the target pinned by digest.
    pub(crate) says: Reference,
    /// Whether the rules would have sent the image elsewhere, and the literal text of the hint did not let them.
    pub(crate) is_adjusted: bool,
}

/// One hint to find values for.
pub(crate) struct Wish<'a> {
    pub(crate) hint: &'a Hint,
    pub(crate) now: &'a Evaluated,
    pub(crate) relocation: &'a Relocation,
    /// `@sha256:…`, when the hint must end up pinned.
    pub(crate) pin: Option<String>,
}

/// A name a hint could say.
struct Name {
    text: String,
    target: Reference,
    is_adjusted: bool,
}

impl Wish<'_> {
    /// Every way, the best first.
    pub(crate) fn candidates(&self) -> Result<Vec<Candidate>, RelocateError> {
        let source = &self.now.reference;
        let relocated = self.relocation.apply(source);
        let target = relocated.reference(source).map_err(|error| RelocateError::Target {
            place: self.hint.place.clone(),
            image: Box::new(source.clone()),
            target: relocated.name(),
            source: error,
        })?;
        if target == *source && self.pin.is_none() {
            let (says, is_adjusted) = (target.clone(), false);
            return Ok(vec![Candidate { values: self.current(), target, says, is_adjusted }]);
        }
        let mut found = Vec::new();
        for name in self.names(&relocated, &target) {
            self.solve(&name, &relocated, &mut found);
        }
        if found.is_empty() && self.pin.is_some() {
            // Literal text at the end of the name leaves no place for a digest: the tag is kept then.
            return Wish { pin: None, ..*self }.candidates();
        }
        if found.is_empty() {
            return Err(self.unsolvable(&relocated));
        }
        Ok(found)
    }

    /// Ways that only rendering can show to be right: an empty registry that stays empty, and a name without its registry,
    /// which a template puts in front. The hint then reads as an image of Docker Hub.
    pub(crate) fn unlikely(&self) -> Vec<Candidate> {
        let source = &self.now.reference;
        let relocated = self.relocation.apply(source);
        let Ok(target) = relocated.reference(source) else { return Vec::new() };
        let current = self.current();
        let text = match &current[..] {
            [_] => relocated.repository.clone(),
            [first, _] if first.is_empty() => format!("/{}", relocated.name()),
            _ => return Vec::new(),
        };
        let mut found = Vec::new();
        self.solve(&Name { text, target, is_adjusted: false }, &relocated, &mut found);
        found
    }

    fn unsolvable(&self, relocated: &Relocated) -> RelocateError {
        let name_parts = self.hint.placeholders().filter(|part| is_name(part.role));
        RelocateError::Unsolvable {
            place: self.hint.place.clone(),
            image: Box::new(self.now.reference.clone()),
            target: relocated.name(),
            paths: name_parts.map(|part| format!("`{}`", part.dotted())).collect(),
            literal: self.literals().join("…"),
        }
    }

    /// The values the placeholders of the name have now.
    fn current(&self) -> Vec<String> {
        let names = self.now.parts.iter().filter(|part| is_name(part.role));
        names.map(|part| part.text.clone()).collect()
    }

    /// The literal texts around the placeholders of the name: one more than there are placeholders.
    fn literals(&self) -> Vec<String> {
        let mut literals = vec![String::new()];
        for segment in &self.hint.segments[..self.hint.name_segments] {
            match segment {
                Segment::Literal(text) => {
                    literals.last_mut().expect("starts with one").push_str(text);
                }
                Segment::Placeholder(_) => literals.push(String::new()),
            }
        }
        literals
    }

    /// The texts the name could have: as the rules say, spelled as the chart spells its registry when that stays; last,
    /// with the literal text of the hint kept in its place.
    fn names(&self, relocated: &Relocated, target: &Reference) -> Vec<Name> {
        let source = &self.now.reference;
        let mut texts = Vec::new();
        if relocated.registry == self.relocation.origin(source) {
            let slash = if self.now.name.starts_with('/') { "/" } else { "" };
            let spelled = match written_registry(meant_name(&self.now.name)) {
                Some(registry) => format!("{registry}/{}", relocated.repository),
                None => format!("{slash}{}", relocated.repository),
            };
            texts.push(spelled);
        }
        texts.push(relocated.name());
        let is_target = |text: &String| {
            let whole = format!("{}{}", meant_name(text), self.identifier());
            whole.parse::<Reference>().is_ok_and(|reference| reference == *target)
        };
        texts.retain(is_target);
        texts.dedup();
        let as_ruled =
            texts.into_iter().map(|text| Name { text, target: target.clone(), is_adjusted: false });
        let mut names: Vec<Name> = as_ruled.collect();
        names.extend(self.with_literals_kept(relocated));
        names
    }

    /// `containerRepository` keeps the last component only. Where a hint has more of the path in its literal text, the
    /// rule's path goes in front of that.
    fn with_literals_kept(&self, relocated: &Relocated) -> Option<Name> {
        let repository = self.relocation.rules().repository.as_ref()?;
        let literals = self.literals();
        let last = literals.last().map_or("", String::as_str);
        let kept = match &literals[..] {
            [_, between, _] if between.matches('/').count() > 1 => {
                let value = self.current().pop()?;
                let value = value[..identifier_start(&value).unwrap_or(value.len())].to_owned();
                let component = value.rsplit('/').next()?;
                format!("{between}{component}{last}")
            }
            _ => last.to_owned(),
        };
        let path = kept.get(kept.find('/')?..)?;
        let kept_as_ruled = Relocated {
            registry: relocated.registry.clone(),
            repository: format!("{repository}{path}"),
        };
        let target = kept_as_ruled.reference(&self.now.reference).ok()?;
        Some(Name { text: kept_as_ruled.name(), target, is_adjusted: true })
    }

    /// Tag and digest of what is asked for now, without an `@` that has nothing behind it.
    fn identifier(&self) -> &str {
        self.now.identifier.strip_suffix('@').unwrap_or(&self.now.identifier)
    }

    /// Every distribution of a name over the placeholders.
    fn solve(&self, name: &Name, relocated: &Relocated, found: &mut Vec<Candidate>) {
        let tail = self.pin.as_deref().unwrap_or(&self.now.embedded);
        let text = format!("{}{tail}", name.text);
        let identifier = self.pin.as_deref().unwrap_or(self.identifier());
        let Ok(says) = format!("{}{identifier}", meant_name(&name.text)).parse::<Reference>()
        else {
            return;
        };
        let literals = self.literals();
        let current = self.current();
        let (Some(first), Some(last)) = (literals.first(), literals.last()) else { return };
        let Some(inner) = text.strip_prefix(first.as_str()) else { return };
        let Some(inner) = inner.strip_suffix(last.as_str()) else { return };
        let mut ways: Vec<Vec<String>> = match &literals[..] {
            [_, between, _] => splits(inner, between, &current),
            _ => vec![vec![inner.to_owned()]],
        };
        ways.retain(|values| !values.last().is_none_or(String::is_empty));
        ways.sort_by_key(|values| rank(values, &current, &relocated.registry));
        for values in ways {
            let (target, says) = (name.target.clone(), says.clone());
            let candidate = Candidate { values, target, says, is_adjusted: name.is_adjusted };
            if !found.iter().any(|known| known.values == candidate.values) {
                found.push(candidate);
            }
        }
    }
}

pub(crate) fn is_name(role: Role) -> bool {
    matches!(role, Role::Registry | Role::Repository | Role::Name)
}

/// The registry a name starts with, if it says one.
pub(crate) fn written_registry(name: &str) -> Option<&str> {
    let (first, _) = name.split_once('/')?;
    (first.contains(['.', ':']) || first == "localhost").then_some(first)
}

/// The two values that a literal text between them divides a name into.
fn splits(name: &str, between: &str, current: &[String]) -> Vec<Vec<String>> {
    let places: Vec<usize> = if between.is_empty() {
        name.char_indices().map(|(at, _)| at).collect()
    } else {
        name.match_indices(between).map(|(at, _)| at).collect()
    };
    let shape = |text: &str| (text.starts_with('/'), text.ends_with('/'));
    places
        .into_iter()
        .map(|at| vec![name[..at].to_owned(), name[at + between.len()..].to_owned()])
        .filter(|values| values.iter().zip(current).all(|(new, old)| shape(new) == shape(old)))
        .filter(|values| !values[0].is_empty() || current[0].is_empty())
        .collect()
}

/// How much a way is wanted; less is better. A registry that is only that gets the new registry. One that holds a path
/// shares that path with other hints, so their repositories stay as they are.
fn rank(values: &[String], current: &[String], registry: &str) -> usize {
    let ([first, second], [old_first, old_second]) = (values, current) else { return 0 };
    let is_canonical = first == registry;
    let wishes = if old_first.contains('/') {
        [second == old_second, first == old_first, is_canonical]
    } else {
        [is_canonical, first == old_first, second == old_second]
    };
    wishes.iter().position(|is_met| *is_met).unwrap_or(wishes.len())
}
