//! The order of versions in an index: semantic versions from new to old, what is none at the end.

use std::cmp::Ordering;

/// A version as far as its place in an index goes. Build metadata do not count.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Precedence<'a> {
    numbers: [u64; 3],
    prerelease: Option<Vec<Identifier<'a>>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier<'a> {
    Number(u64),
    Text(&'a str),
}

impl<'a> Precedence<'a> {
    /// Reads a version as leniently as helm does: `v1`, `1.2` and `01.2.3` are versions too.
    pub(crate) fn of(version: &'a str) -> Option<Self> {
        let text = version.strip_prefix('v').unwrap_or(version);
        let text = text.split_once('+').map_or(text, |(before, _)| before);
        let (core, prerelease) = match text.split_once('-') {
            Some((core, prerelease)) => (core, Some(prerelease)),
            None => (text, None),
        };
        let mut numbers = [0; 3];
        for (index, part) in core.split('.').enumerate() {
            *numbers.get_mut(index)? = number(part)?;
        }
        let prerelease = prerelease.map(|part| part.split('.').map(identifier).collect());
        Some(Self { numbers, prerelease })
    }
}

impl Ord for Precedence<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let prereleases = match (&self.prerelease, &other.prerelease) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(ours), Some(theirs)) => ours.cmp(theirs),
        };
        self.numbers.cmp(&other.numbers).then(prereleases)
    }
}

impl PartialOrd for Precedence<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Newest first. Equal versions that are spelled differently keep a fixed order.
pub(crate) fn newest_first(a: &str, b: &str) -> Ordering {
    Precedence::of(b).cmp(&Precedence::of(a)).then_with(|| a.cmp(b))
}

fn number(text: &str) -> Option<u64> {
    let is_digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if is_digits { text.parse().ok() } else { None }
}

fn identifier(text: &str) -> Identifier<'_> {
    number(text).map_or(Identifier::Text(text), Identifier::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_as_semantic_versioning_says() {
        let newest = [
            "2",
            "v1.10.0",
            "1.9.0",
            "1.0.0+b2",
            "1.0.0-rc.1",
            "1.0.0-beta.11",
            "1.0.0-beta.2",
            "1.0.0-beta",
            "1.0.0-alpha.beta",
            "1.0.0-alpha.1",
            "1.0.0-alpha",
            "1.0.0-0",
            "latest",
            "x1",
        ];
        let mut sorted = newest;
        sorted.reverse();
        sorted.sort_by(|a, b| newest_first(a, b));
        assert_eq!(sorted, newest);
        assert_eq!(Precedence::of("1.2.3.4"), None);
        assert_eq!(newest_first("1.0.0", "v1.0.0"), Ordering::Less);
    }
}
