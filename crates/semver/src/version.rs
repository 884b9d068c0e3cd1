use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// The longest version that is read, in bytes.
pub const MAX_LENGTH: usize = 256;

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
    /// Where in `text` the pre-release and the build metadata are.
    spans: [Range<usize>; 2],
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Text(String),
}

/// Text that is not a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionError {
    text: String,
    kind: VersionErrorKind,
}

/// What is wrong with a text that is no version, as Masterminds tells them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionErrorKind {
    /// More than [`MAX_LENGTH`] bytes.
    TooLong,
    /// Not of the form of a version.
    Invalid,
    /// A number beyond 64 bits: its digits.
    Overflow(String),
    /// A number with a leading zero in the pre-release.
    LeadingZero,
}

/// Text that cannot be the pre-release or the metadata of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SegmentError {
    /// An empty identifier, or a character other than `0-9A-Za-z-`.
    Invalid,
    /// A number with a leading zero.
    LeadingZero,
}

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

    /// Compares by precedence (SemVer 2.0 §11) alone: metadata and spelling do not count.
    pub fn compare_precedence(&self, other: &Self) -> Ordering {
        self.precedence(other)
    }

    /// Whether it is a pre-release, which Helm passes over unless asked for.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    /// The first number.
    pub const fn major(&self) -> u64 {
        self.numbers[0]
    }

    /// The second number, 0 where it is left out.
    pub const fn minor(&self) -> u64 {
        self.numbers[1]
    }

    /// The third number, 0 where it is left out.
    pub const fn patch(&self) -> u64 {
        self.numbers[2]
    }

    /// The pre-release without its `-`, empty if there is none.
    pub fn prerelease(&self) -> &str {
        &self.text[self.spans[0].clone()]
    }

    /// The build metadata without its `+`, empty if there is none.
    pub fn metadata(&self) -> &str {
        &self.text[self.spans[1].clone()]
    }

    /// The version in full: three numbers without leading zeros and without a `v`.
    pub fn canonical(&self) -> String {
        written("", self.numbers, self.prerelease(), self.metadata())
    }

    /// The next patch version; of a pre-release, the version it precedes.
    #[must_use]
    pub fn next_patch(&self) -> Self {
        let [major, minor, patch] = self.numbers;
        let step = u64::from(!self.is_prerelease());
        self.with([major, minor, patch.wrapping_add(step)], "", "")
    }

    /// The next minor version.
    #[must_use]
    pub fn next_minor(&self) -> Self {
        self.with([self.numbers[0], self.numbers[1].wrapping_add(1), 0], "", "")
    }

    /// The next major version.
    #[must_use]
    pub fn next_major(&self) -> Self {
        self.with([self.numbers[0].wrapping_add(1), 0, 0], "", "")
    }

    /// The same version with another pre-release, or none if that is empty.
    pub fn with_prerelease(&self, prerelease: &str) -> Result<Self, SegmentError> {
        if !prerelease.is_empty() {
            prerelease.split('.').try_for_each(check_identifier)?;
        }
        Ok(self.with(self.numbers, prerelease, self.metadata()))
    }

    /// The same version with other build metadata, or none if that is empty.
    pub fn with_metadata(&self, metadata: &str) -> Result<Self, SegmentError> {
        if !metadata.is_empty() && !metadata.split('.').all(is_identifier) {
            return Err(SegmentError::Invalid);
        }
        Ok(self.with(self.numbers, self.prerelease(), metadata))
    }

    /// The same spelling (with or without `v`) of other parts, which are valid.
    fn with(&self, numbers: [u64; 3], prerelease: &str, metadata: &str) -> Self {
        let prefix = if self.text.starts_with('v') { "v" } else { "" };
        let text = written(prefix, numbers, prerelease, metadata);
        let metadata = text.len() - metadata.len()..text.len();
        let end = metadata.start - usize::from(!metadata.is_empty());
        let spans = [end - prerelease.len()..end, metadata];
        let prerelease = prerelease.split('.').filter_map(identifier).collect();
        Self { text, numbers, prerelease, spans }
    }
}

fn written(prefix: &str, numbers: [u64; 3], prerelease: &str, metadata: &str) -> String {
    let [major, minor, patch] = numbers;
    let dash = if prerelease.is_empty() { "" } else { "-" };
    let plus = if metadata.is_empty() { "" } else { "+" };
    format!("{prefix}{major}.{minor}.{patch}{dash}{prerelease}{plus}{metadata}")
}

impl FromStr for Version {
    type Err = VersionError;

    /// One to three numbers, a `v` in front if need be, leading zeros in them but not in numeric parts of a
    /// pre-release.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        read(text).map_err(|kind| VersionError { text: text.chars().take(120).collect(), kind })
    }
}

fn read(text: &str) -> Result<Version, VersionErrorKind> {
    use VersionErrorKind::{Invalid, LeadingZero, Overflow, TooLong};
    if text.len() > MAX_LENGTH {
        return Err(TooLong);
    }
    let (rest, build) = split(text, '+');
    let (core, prerelease) = split(rest, '-');
    let core = core.strip_prefix('v').unwrap_or(core);
    let parts: Vec<&str> = core.split('.').collect();
    let is_form = parts.len() <= 3 && parts.iter().all(|part| is_digits(part));
    let is_dotted = |text: Option<&str>| text.is_none_or(|text| text.split('.').all(is_identifier));
    if !is_form || !is_dotted(prerelease) || !is_dotted(build) {
        return Err(Invalid);
    }
    let mut numbers = [0; 3];
    for (number, part) in numbers.iter_mut().zip(parts) {
        *number = part.parse().map_err(|_| Overflow(part.to_owned()))?;
    }
    let identifiers = prerelease.map(|text| text.split('.').map(identifier).collect());
    let identifiers = identifiers.unwrap_or(Some(Vec::new())).ok_or(LeadingZero)?;
    let build = text.len() - build.map_or(0, str::len)..text.len();
    let spans = [rest.len() - prerelease.map_or(0, str::len)..rest.len(), build];
    Ok(Version { text: text.to_owned(), numbers, prerelease: identifiers, spans })
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn check_identifier(text: &str) -> Result<(), SegmentError> {
    match identifier(text) {
        Some(_) => Ok(()),
        None if is_identifier(text) => Err(SegmentError::LeadingZero),
        None => Err(SegmentError::Invalid),
    }
}

fn identifier(text: &str) -> Option<Identifier> {
    if is_digits(text) {
        let is_padded = text.len() > 1 && text.starts_with('0');
        // More digits than a number has are a text, as they are to Masterminds.
        let number =
            || text.parse().map_or_else(|_| Identifier::Text(text.to_owned()), Identifier::Number);
        return (!is_padded).then(number);
    }
    is_identifier(text).then(|| Identifier::Text(text.to_owned()))
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

impl VersionError {
    /// What is wrong.
    pub const fn kind(&self) -> &VersionErrorKind {
        &self.kind
    }
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a version", self.text.escape_debug())
    }
}

impl std::error::Error for VersionError {}

impl fmt::Display for SegmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid => "not dotted identifiers of `0-9A-Za-z-`",
            Self::LeadingZero => "a number starts with 0",
        })
    }
}

impl std::error::Error for SegmentError {}

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

    #[test]
    fn has_parts_and_neighbours() {
        let version: Version = "v1.02.3-a.1+b.2".parse().unwrap();
        let numbers = (version.major(), version.minor(), version.patch());
        assert_eq!((numbers, version.prerelease(), version.metadata()), ((1, 2, 3), "a.1", "b.2"));
        assert_eq!(version.canonical(), "1.2.3-a.1+b.2");
        assert_eq!(version.next_patch().as_str(), "v1.2.3");
        assert_eq!(version.next_patch().next_patch().as_str(), "v1.2.4");
        assert_eq!(version.next_minor().as_str(), "v1.3.0");
        assert_eq!(version.next_major().as_str(), "v2.0.0");
        let other = version.with_prerelease("x.0").unwrap();
        assert_eq!(
            (other.as_str(), other.prerelease(), other.metadata()),
            ("v1.2.3-x.0+b.2", "x.0", "b.2")
        );
        assert_eq!(
            version.with_prerelease("").unwrap().with_metadata("m").unwrap().canonical(),
            "1.2.3+m"
        );
        assert_eq!(version.with_prerelease("01"), Err(SegmentError::LeadingZero));
        assert_eq!(version.with_prerelease("a..b"), Err(SegmentError::Invalid));
        assert_eq!(version.with_metadata("ü"), Err(SegmentError::Invalid));
        let plain: Version = "1".parse().unwrap();
        assert_eq!((plain.prerelease(), plain.metadata(), plain.is_prerelease()), ("", "", false));
    }

    #[test]
    fn errors_say_what_masterminds_distinguishes() {
        for (text, kind) in [
            ("1.2.x", VersionErrorKind::Invalid),
            ("1.2.3-a..b", VersionErrorKind::Invalid),
            ("1.2.3-01", VersionErrorKind::LeadingZero),
            ("1.99999999999999999999.1", VersionErrorKind::Overflow("99999999999999999999".into())),
            (&format!("1.2.3-{}", "a".repeat(251)), VersionErrorKind::TooLong),
        ] {
            assert_eq!(text.parse::<Version>().unwrap_err().kind(), &kind, "{text}");
        }
    }
}
