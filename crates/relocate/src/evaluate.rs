//! What a hint says with a chart's values.

use goyaml::Value;
use oci::Reference;

use crate::RelocateError;
use crate::hint::{Hint, Placeholder, Role, Segment};
use crate::scope::{Found, Lookup, Scope};

/// A hint with its values put in.
#[derive(Clone)]
pub(crate) struct Evaluated {
    /// The values of the placeholders, in order.
    pub(crate) parts: Vec<Part>,
    /// The name as it came out, in front of tag and digest.
    pub(crate) name: String,
    /// Tag and digest as they came out, with `:` and `@`.
    pub(crate) identifier: String,
    /// The part of the identifier that came with the value of the name.
    pub(crate) embedded: String,
    /// What it means.
    pub(crate) reference: Reference,
}

/// The value of a placeholder.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) found: Found,
    pub(crate) text: String,
    pub(crate) role: Role,
    /// What a Helm template prints instead, when the value is a number or a boolean that prints otherwise.
    pub(crate) printed: Option<String>,
}

/// Puts values into a hint.
///
/// Numbers keep the text of the source: a tag `1.30` is not 1.3. An empty registry in front of a slash is no registry,
/// and an empty digest is no digest, as charts treat them.
pub(crate) fn evaluate(hint: &Hint, scope: &Scope) -> Result<Evaluated, RelocateError> {
    let mut parts = Vec::new();
    let mut texts = [String::new(), String::new()];
    for (index, segment) in hint.segments.iter().enumerate() {
        let text = &mut texts[usize::from(index >= hint.name_segments)];
        match segment {
            Segment::Literal(literal) => text.push_str(literal),
            Segment::Placeholder(placeholder) => {
                let part = value_of(placeholder, hint, scope)?;
                text.push_str(&part.text);
                parts.push(part);
            }
        }
    }
    let [mut name, mut identifier] = texts;
    // A value may hold a whole reference, tag and all.
    let at = identifier_start(&name).unwrap_or(name.len());
    let embedded = name.split_off(at);
    identifier.insert_str(0, &embedded);
    let reference = read_reference(&name, &identifier, hint)?;
    Ok(Evaluated { parts, name, identifier, embedded, reference })
}

/// Reads what a hint says.
pub(crate) fn read_reference(
    name: &str,
    identifier: &str,
    hint: &Hint,
) -> Result<Reference, RelocateError> {
    let text =
        format!("{}{}", meant_name(name), identifier.strip_suffix('@').unwrap_or(identifier));
    let tag = identifier.split('@').next().unwrap_or("");
    if tag == ":" {
        return Err(RelocateError::EmptyTag { place: hint.place.clone(), text });
    }
    text.parse().map_err(|source| RelocateError::Reference {
        place: hint.place.clone(),
        text,
        source,
    })
}

/// The name without the slash that an empty registry leaves behind.
pub(crate) fn meant_name(name: &str) -> &str {
    name.strip_prefix('/').unwrap_or(name)
}

/// Where tag and digest start in a text: at the first `@`, or at the last colon behind the last slash before it.
pub(crate) fn identifier_start(text: &str) -> Option<usize> {
    let digest = text.find('@');
    let named = &text[..digest.unwrap_or(text.len())];
    let last = named.rfind('/').map_or(0, |at| at + 1);
    named[last..].find(':').map(|at| last + at).or(digest)
}

fn value_of(placeholder: &Placeholder, hint: &Hint, scope: &Scope) -> Result<Part, RelocateError> {
    let place = || hint.place.clone();
    let path = || placeholder.dotted();
    match scope.lookup(&placeholder.path) {
        Lookup::Found(found) => match (found.node.text(), found.node.to_value()) {
            (Some(text), Ok(value)) => Ok(Part {
                text: text.to_owned(),
                role: placeholder.role,
                printed: printed_otherwise(&value, text),
                found,
            }),
            (_, value) => Err(RelocateError::NotText {
                place: place(),
                path: path(),
                found: value.as_ref().map_or("no value", Value::type_name),
                line: found.node.line,
                file: found.file,
            }),
        },
        Lookup::Missing { is_null } => {
            Err(RelocateError::Missing { place: place(), path: path(), is_null })
        }
        Lookup::Blocked { file, line, depth } => {
            let stop = format!(".{}", placeholder.path[..depth].join("."));
            Err(RelocateError::Blocked { place: place(), path: path(), stop, file, line })
        }
    }
}

/// What Helm makes of a value that is no text, when that differs from what is written.
fn printed_otherwise(value: &Value, text: &str) -> Option<String> {
    match value {
        Value::String(_) => None,
        other => Some(other.to_string()).filter(|printed| printed != text),
    }
}
