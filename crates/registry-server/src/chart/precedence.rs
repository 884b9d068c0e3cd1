//! The order of chart versions.

use std::cmp::Ordering;

use crate::range::number;

/// Compares versions by the precedence of SemVer 2.0 (§11), as far as they have its form; a leading `v` and missing
/// numbers are forgiven, and what has no form at all comes first. Build metadata breaks ties, so that the order is
/// total.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    key(a).cmp(&key(b)).then_with(|| a.cmp(b))
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    core: Option<[u64; 3]>,
    // A release comes after its pre-releases.
    is_release: bool,
    pre_release: Vec<Identifier>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Text(String),
}

fn key(version: &str) -> Key {
    let version = version.strip_prefix('v').unwrap_or(version);
    let version = version.split_once('+').map_or(version, |(version, _)| version);
    let (core, pre_release) = version.split_once('-').unwrap_or((version, ""));
    let pre_release: Vec<_> =
        pre_release.split('.').filter(|part| !part.is_empty()).map(identifier).collect();
    Key { core: core_numbers(core), is_release: pre_release.is_empty(), pre_release }
}

fn core_numbers(text: &str) -> Option<[u64; 3]> {
    let mut numbers = [0; 3];
    let mut parts = text.split('.');
    for slot in &mut numbers {
        let Some(part) = parts.next() else { break };
        *slot = number(part)?;
    }
    parts.next().is_none().then_some(numbers)
}

fn identifier(text: &str) -> Identifier {
    number(text).map_or_else(|| Identifier::Text(text.into()), Identifier::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_as_the_specification_says() {
        let ordered = [
            "nonsense",
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.0+b1",
            "v1.2",
            "1.10.0",
        ];
        for pair in ordered.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
    }
}
