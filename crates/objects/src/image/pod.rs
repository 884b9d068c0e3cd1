//! Images of pods, and how a custom resource writes one down.

use goyaml::Value;

use super::walk::{each, join};
use super::{Place, Role};
use crate::text::text_of;

/// A pattern for where an object has images. Paths are those of [`each`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Pattern {
    /// Pod specifications (or something with their lists of containers).
    Pod(&'static str),
    /// Containers, one or in a list.
    Container(&'static str),
    /// Images as one text.
    Image(&'static str),
    /// Tables with the parts of an image.
    Parts { at: &'static str, parts: Parts },
    /// A registry and a tag that well-known names are put between.
    Hub { at: &'static str, names: &'static [&'static str] },
}

/// The keys that hold the parts of an image; the repository's is a must.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub(super) repository: &'static str,
    /// The first one that is there counts.
    pub(super) tag: &'static [&'static str],
    /// A SHA-256 without its prefix, which wins over the tag.
    pub(super) sha256: &'static str,
}

/// Arguments by which operators are told which image to run.
const ARGUMENTS: &[&str] = &[
    "--acme-http01-solver-image=",
    "--alertmanager-default-base-image=",
    "--config-reloader-image=",
    "--prometheus-config-reloader=",
    "--prometheus-default-base-image=",
    "--thanos-default-base-image=",
];

/// The prefix of variables by which operators are told which images to run, a rule of the Operator Lifecycle Manager.
const VARIABLES: &str = "RELATED_IMAGE_";

impl Pattern {
    /// Adds the images found in an object that lies at `at`.
    pub(super) fn visit(self, object: &Value, at: &str, places: &mut Vec<Place>) {
        match self {
            Self::Pod(path) => each(object, at, path, &mut |pod, at| visit_pod(pod, at, places)),
            Self::Container(path) => each(object, at, path, &mut |container, at| {
                visit_container(container, at, Role::Container, places);
            }),
            Self::Image(path) => each(object, at, path, &mut |image, at| {
                push(image, at.to_owned(), Role::Custom, places);
            }),
            Self::Parts { at: path, parts } => each(object, at, path, &mut |table, at| {
                visit_parts(table, at, parts, places);
            }),
            Self::Hub { at: path, names } => each(object, at, path, &mut |table, at| {
                visit_hub(table, at, names, places);
            }),
        }
    }
}

fn visit_pod(pod: &Value, at: &str, places: &mut Vec<Place>) {
    for (path, role) in [
        ("initContainers[]", Role::InitContainer),
        ("containers[]", Role::Container),
        ("ephemeralContainers[]", Role::EphemeralContainer),
    ] {
        each(pod, at, path, &mut |container, at| visit_container(container, at, role, places));
    }
    each(pod, at, "volumes[].image.reference", &mut |image, at| {
        push(image, at.to_owned(), Role::Volume, places);
    });
}

fn visit_container(container: &Value, at: &str, role: Role, places: &mut Vec<Place>) {
    if let Some(image) = container.get("image") {
        push(image, join(at, "image"), role, places);
    }
    for list in ["command[]", "args[]"] {
        each(container, at, list, &mut |argument, at| {
            let named = |text: &str| {
                ARGUMENTS.iter().find_map(|flag| Some(text.strip_prefix(flag)?.to_owned()))
            };
            if let Some(image) = argument.as_str().and_then(named) {
                places.push(Place { field: at.to_owned(), image, role: Role::Mentioned });
            }
        });
    }
    each(container, at, "env[]", &mut |variable, at| {
        let is_related = variable
            .get("name")
            .and_then(Value::as_str)
            .is_some_and(|name| name.starts_with(VARIABLES));
        if let (true, Some(image)) = (is_related, variable.get("value")) {
            push(image, join(at, "value"), Role::Mentioned, places);
        }
    });
}

fn visit_parts(table: &Value, at: &str, parts: Parts, places: &mut Vec<Place>) {
    let text = |key: &str| table.get(key).and_then(text_of).filter(|text| !text.is_empty());
    let Some(repository) = text(parts.repository) else { return };
    let suffix = match text(parts.sha256) {
        Some(hash) => format!("@sha256:{hash}"),
        None => parts
            .tag
            .iter()
            .find_map(|key| text(key))
            .map_or(String::new(), |tag| format!(":{tag}")),
    };
    let field = join(at, parts.repository);
    places.push(Place { field, image: format!("{repository}{suffix}"), role: Role::Custom });
}

fn visit_hub(table: &Value, at: &str, names: &[&str], places: &mut Vec<Place>) {
    let text = |key: &str| table.get(key).and_then(text_of).filter(|text| !text.is_empty());
    let Some(hub) = text("hub") else { return };
    let tag = text("tag").map_or(String::new(), |tag| format!(":{tag}"));
    for name in names {
        let image = format!("{hub}/{name}{tag}");
        places.push(Place { field: join(at, "hub"), image, role: Role::Custom });
    }
}

fn push(image: &Value, field: String, role: Role, places: &mut Vec<Place>) {
    if let Some(image) = text_of(image) {
        places.push(Place { field, image, role });
    }
}
