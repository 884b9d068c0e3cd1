//! Replacement texts: `$1`, `${name}`, `$$`.

use std::borrow::Cow;

use regex_automata::util::captures::Captures;

use super::Regex;
use super::class::{is_digit, is_letter};

/// A replacement text, cut in parts.
pub(super) struct Replacement<'a> {
    parts: Vec<Part<'a>>,
}

enum Part<'a> {
    Literal(Cow<'a, [u8]>),
    Group(usize),
    Name(&'a str),
}

impl<'a> Replacement<'a> {
    pub(super) fn parse(text: &'a [u8]) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.iter().position(|b| *b == b'$') {
            parts.push(Part::Literal(rest[..at].into()));
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(b"$") {
                parts.push(Part::Literal(b"$"[..].into()));
                rest = after;
            } else if let Some((name, after)) = group_name(rest) {
                parts.push(group_number(name).map_or(Part::Name(name), Part::Group));
                rest = after;
            } else {
                parts.push(Part::Literal(b"$"[..].into()));
            }
        }
        parts.push(Part::Literal(rest.into()));
        Self { parts }
    }

    /// The text for one match; a group that does not exist or did not match is empty.
    pub(super) fn write(&self, regex: &Regex, text: &[u8], captures: &Captures, out: &mut Vec<u8>) {
        for part in &self.parts {
            let span = match part {
                Part::Literal(literal) => {
                    out.extend_from_slice(literal);
                    continue;
                }
                Part::Group(index) => captures.get_group(*index),
                Part::Name(name) => {
                    let groups = regex.names.iter().filter(|(known, _)| **known == **name);
                    groups.into_iter().find_map(|(_, index)| captures.get_group(*index))
                }
            };
            if let Some(span) = span {
                out.extend_from_slice(&text[span.range()]);
            }
        }
    }
}

/// The name at the start of what follows a `$`, braced or as long as it gets.
fn group_name(text: &[u8]) -> Option<(&str, &[u8])> {
    let (inner, is_braced) = text.strip_prefix(b"{").map_or((text, false), |inner| (inner, true));
    let valid = match str::from_utf8(inner) {
        Ok(valid) => valid,
        Err(error) => str::from_utf8(&inner[..error.valid_up_to()]).unwrap_or_default(),
    };
    let is_word = |c: char| c == '_' || is_letter(c) || is_digit(c);
    let name = &valid[..valid.find(|c| !is_word(c)).unwrap_or(valid.len())];
    let rest = &inner[name.len()..];
    let rest = if is_braced { rest.strip_prefix(b"}")? } else { rest };
    (!name.is_empty()).then_some((name, rest))
}

/// The number a name is, unless it has leading zeros.
fn group_number(name: &str) -> Option<usize> {
    let is_number = name.bytes().all(|b| b.is_ascii_digit());
    let is_padded = name.len() > 1 && name.starts_with('0');
    if is_number && !is_padded { name.parse().ok() } else { None }
}
