//! What an operator should know about a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use oci::Reference;

use crate::ImagePlan;
use crate::evaluate::Evaluated;
use crate::hint::{HintPlace, Hints};
use crate::scope::{Lookup, Scope};
use crate::variable::outer_globals;

/// Different images for one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision {
    /// The name both would get.
    pub target: Reference,
    /// The images, each with a hint that names it.
    pub sources: Vec<(Reference, Arc<HintPlace>)>,
}

/// Something that is right as planned and might surprise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// A number without quotes that helm prints otherwise. It is put into quotes, or the chart would ask for another
    /// image than is pushed.
    Misprinted {
        /// The file.
        file: String,
        /// The line of the value.
        line: usize,
        /// The key.
        path: String,
        /// As it is written.
        written: String,
        /// As helm prints it.
        printed: String,
    },
    /// A subchart's `global` value that helm covers with the one of a chart around it, which differs.
    ShadowedGlobal {
        /// The hint.
        place: Arc<HintPlace>,
        /// The key in the hint.
        path: String,
        /// The file of the value that covers it.
        file: String,
        /// The line there.
        line: usize,
        /// The value that covers it.
        value: String,
    },
    /// An image whose target is not what the rules alone would give: the hint's literal path is kept.
    Adjusted {
        /// The hint.
        place: Arc<HintPlace>,
        /// Where the image goes.
        target: Reference,
    },
}

pub(crate) fn misprints(evaluated: &[Evaluated], hints: &Hints) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (now, hint) in evaluated.iter().zip(&hints.hints) {
        for (part, placeholder) in now.parts.iter().zip(hint.placeholders()) {
            let Some(printed) = &part.printed else { continue };
            if seen.insert((part.found.file.clone(), part.found.path.clone())) {
                findings.push(Finding::Misprinted {
                    file: part.found.file.clone(),
                    line: part.found.node.line,
                    path: placeholder.dotted(),
                    written: part.text.clone(),
                    printed: printed.clone(),
                });
            }
        }
    }
    findings
}

/// Globals that helm covers, once everything is written.
pub(crate) fn shadows(hints: &Hints, after: &Scope) -> Vec<Finding> {
    let mut findings = Vec::new();
    for hint in &hints.hints {
        for placeholder in hint.placeholders() {
            let inner = match after.lookup(&placeholder.path) {
                Lookup::Found(found) => found.node.text().map(str::to_owned),
                _ => None,
            };
            for outer in outer_globals(&placeholder.path, after) {
                let value = outer.node.text().unwrap_or("").to_owned();
                if !value.is_empty() && inner.as_ref() != Some(&value) {
                    findings.push(Finding::ShadowedGlobal {
                        place: hint.place.clone(),
                        path: placeholder.dotted(),
                        file: outer.file,
                        line: outer.node.line,
                        value,
                    });
                }
            }
        }
    }
    findings
}

pub(crate) fn collisions(images: &[ImagePlan]) -> Vec<Collision> {
    let mut sources: BTreeMap<&Reference, Vec<(Reference, Arc<HintPlace>)>> = BTreeMap::new();
    for image in images {
        let known = sources.entry(&image.target).or_default();
        if !known.iter().any(|(source, _)| *source == image.source) {
            known.push((image.source.clone(), image.place.clone()));
        }
    }
    let colliding = sources.into_iter().filter(|(_, sources)| sources.len() > 1);
    colliding.map(|(target, sources)| Collision { target: target.clone(), sources }).collect()
}

/// Images whose targets are not what the rules alone would give.
pub(crate) fn adjustments(images: &[ImagePlan]) -> impl Iterator<Item = Finding> + '_ {
    images
        .iter()
        .filter(|image| image.is_adjusted)
        .map(|image| Finding::Adjusted { place: image.place.clone(), target: image.target.clone() })
}
