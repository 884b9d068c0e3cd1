//! Versions as Helm reads and orders them: semantic versions with the leniency of Masterminds/semver 3.5
//! (`NewVersion`), which is not that of Cargo's.
//!
//! ```
//! use semver::Version;
//!
//! let old: Version = "v0.20".parse().unwrap();
//! let new: Version = "0.21.0-rc1+b2".parse().unwrap();
//! assert!(old < new && new < "0.21".parse().unwrap());
//! assert_eq!(new.to_string(), "0.21.0-rc1+b2");
//! ```

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Longer ones are nobody's, in bytes. A tag has 128 at most.
const MAX_LENGTH: usize = 256;

/// Compares texts by the precedence of the versions they are. What is no version comes before all that are, and texts
/// of the same precedence are equal.
pub fn compare(a: &str, b: &str) -> Ordering {
    let [a, b] = [a, b].map(|text| text.parse::<Version>().ok());
    match (&a, &b) {
        (Some(a), Some(b)) => a.precedence(b),
        _ => a.is_some().cmp(&b.is_some()),
    }
}

/// A version. It prints as it was written; it is ordered by precedence (SemVer 2.0 §11), and versions that differ in
/// build metadata or spelling only by their text, so that the order is total.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    text: String,
    numbers: [u64; 3],
    prerelease: Vec<Identifier>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Text(String),
}

/// Text that is not a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionError(String);

impl Version {
    /// The text it was read from.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn precedence(&self, other: &Self) -> Ordering {
        let prereleases = || match (self.is_prerelease(), other.is_prerelease()) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            _ => self.prerelease.cmp(&other.prerelease),
        };
        self.numbers.cmp(&other.numbers).then_with(prereleases)
    }

    /// Whether it is a pre-release, which Helm passes over unless asked for.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }
}

impl FromStr for Version {
    type Err = VersionError;

    /// One to three numbers, a `v` in front if need be, leading zeros in them but not in numeric parts of a
    /// pre-release.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        read(text).ok_or_else(|| VersionError(text.chars().take(120).collect()))
    }
}

fn read(text: &str) -> Option<Version> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let rest = text.strip_prefix('v').unwrap_or(text);
    let (rest, build) = split(rest, '+');
    let (core, prerelease) = split(rest, '-');
    let mut numbers = [0; 3];
    for (at, part) in core.split('.').enumerate() {
        *numbers.get_mut(at)? = number(part)?;
    }
    if !build.is_none_or(|build| build.split('.').all(is_identifier)) {
        return None;
    }
    let identifiers =
        prerelease.map(|text| text.split('.').map(identifier).collect::<Option<Vec<_>>>());
    let prerelease = match identifiers {
        Some(identifiers) => identifiers?,
        None => Vec::new(),
    };
    Some(Version { text: text.to_owned(), numbers, prerelease })
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn identifier(text: &str) -> Option<Identifier> {
    let is_padded = text.len() > 1 && text.starts_with('0');
    match number(text) {
        Some(_) if is_padded => None,
        Some(number) => Some(Identifier::Number(number)),
        // More digits than a number has are a text, as they are to Masterminds.
        None => is_identifier(text).then(|| Identifier::Text(text.to_owned())),
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.precedence(other).then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a version", self.0.escape_debug())
    }
}

impl std::error::Error for VersionError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_as_lenient_as_helm_and_no_more() {
        for text in [
            "1",
            "1.2",
            "v1.2.3",
            "1.02.3",
            "1.2.3-rc1+b.1",
            "1.0.0-0",
            "1-2",
            "1.2.3--",
            "1.2.3+01",
        ] {
            assert!(text.parse::<Version>().is_ok(), "{text}");
        }
        for text in [
            "", "v", "1.", "1.2.3.4", "1.2.3-", "1.2.3+", "1.2.3-01", "V1", "1.2.x", "1.2.3-ä",
            " 1", "1..2",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
        assert!("1".repeat(300).parse::<Version>().is_err());
    }

    #[test]
    fn is_ordered_by_precedence() {
        let ordered = [
            "0.9",
            "v0.17.0-rc2",
            "0.17.0",
            "0.18.0-rc4",
            "0.18.0-rc5",
            "0.18.0",
            "1.0.0-1",
            "1.0.0-2",
            "1.0.0-11",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0",
        ];
        for pair in ordered.windows(2) {
            let [a, b] = [pair[0], pair[1]].map(|text| text.parse::<Version>().unwrap());
            assert!(a < b, "{a} {b}");
        }
        assert_eq!(compare("1.0.0+a", "v1"), Ordering::Equal);
        assert_eq!(compare("latest", "0.0.0-0"), Ordering::Less);
    }
}
