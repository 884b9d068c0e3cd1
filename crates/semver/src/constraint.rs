//! Constraints as Masterminds/semver 3.5 reads them: `>=1.2, <2 || ~3.1 || 4 - 5.x`.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::Version;

/// The longest constraint that is read, in bytes.
const MAX_LENGTH: usize = 512;

/// What versions have to fulfil: one of several groups, and of that group every comparison.
///
/// A pre-release fulfils a group only if some version in that group is written with a pre-release, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    groups: Vec<Vec<Comparison>>,
}

/// Text that is no constraint, as Masterminds tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConstraintError {
    /// More than 512 bytes.
    TooLong,
    /// Not of the form of a constraint: the group at fault, hyphen ranges written out.
    Improper(String),
    /// The form is right, but one of the versions is none.
    Version,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparison {
    operator: Operator,
    version: Version,
    precision: Precision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// How many numbers of the version count; the others are left out or wildcards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Precision {
    Any,
    Major,
    Minor,
    Full,
}

/// Longer operators first, so that the first match is the longest.
const OPERATORS: [(&str, Operator); 12] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
    ("", Operator::Equal),
];

impl Constraint {
    /// Whether the version fulfils it.
    pub fn matches(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| {
            let is_considered = !version.is_prerelease()
                || group.iter().any(|comparison| comparison.version.is_prerelease());
            is_considered && group.iter().all(|comparison| comparison.holds(version))
        })
    }
}

impl FromStr for Constraint {
    type Err = ConstraintError;

    fn from_str(text: &str) -> Result<Self, ConstraintError> {
        if text.len() > MAX_LENGTH {
            return Err(ConstraintError::TooLong);
        }
        let text = write_out_ranges(text);
        let groups = text.split("||").map(|group| {
            let comparisons =
                read_group(group).ok_or_else(|| ConstraintError::Improper(group.to_owned()))?;
            comparisons.into_iter().map(|(operator, raw)| raw.comparison(operator)).collect()
        });
        groups.collect::<Result<_, _>>().map(|groups| Self { groups })
    }
}

impl Comparison {
    fn holds(&self, version: &Version) -> bool {
        let order = version.compare_precedence(&self.version);
        match self.operator {
            Operator::Equal if self.precision == Precision::Full => order == Ordering::Equal,
            Operator::Equal | Operator::Tilde => self.is_near(version, order),
            Operator::NotEqual => self.is_outside(version, order),
            Operator::Greater => self.is_above(version, order),
            Operator::Less => order == Ordering::Less,
            Operator::GreaterOrEqual => order != Ordering::Less,
            Operator::LessOrEqual => self.is_at_most(version, order),
            Operator::Caret => self.is_compatible(version, order),
        }
    }

    /// `~`: the same minor version, or major version if that is all there is.
    fn is_near(&self, version: &Version, order: Ordering) -> bool {
        let zero = [self.version.major(), self.version.minor(), self.version.patch()] == [0; 3];
        let has_minor =
            matches!(self.precision, Precision::Any | Precision::Minor | Precision::Full);
        if order == Ordering::Less {
            return false;
        }
        // Masterminds lets ~0.0.0 mean anything, and ~x is read as ~0.0.0.
        if zero && matches!(self.precision, Precision::Any | Precision::Full) {
            return true;
        }
        version.major() == self.version.major()
            && (!has_minor || version.minor() == self.version.minor())
    }

    /// `!=`: not in the range that the numbers given span.
    fn is_outside(&self, version: &Version, order: Ordering) -> bool {
        let same_major = version.major() == self.version.major();
        let same_minor = same_major && version.minor() == self.version.minor();
        match self.precision {
            Precision::Any | Precision::Full => order != Ordering::Equal,
            Precision::Major => !same_major,
            Precision::Minor => !same_minor || version.prerelease() != self.version.prerelease(),
        }
    }

    /// `>`: beyond the range that the numbers given span.
    fn is_above(&self, version: &Version, order: Ordering) -> bool {
        match (self.precision, version.major().cmp(&self.version.major())) {
            (Precision::Major | Precision::Minor, Ordering::Greater) => true,
            (Precision::Major, _) | (Precision::Minor, Ordering::Less) => false,
            (Precision::Minor, Ordering::Equal) => version.minor() > self.version.minor(),
            (Precision::Any | Precision::Full, _) => order == Ordering::Greater,
        }
    }

    /// `<=`: up to the end of the range that the numbers given span.
    fn is_at_most(&self, version: &Version, order: Ordering) -> bool {
        let major = version.major().cmp(&self.version.major());
        match self.precision {
            Precision::Full => order != Ordering::Greater,
            Precision::Major => major != Ordering::Greater,
            Precision::Any | Precision::Minor => {
                major.then_with(|| version.minor().cmp(&self.version.minor())) != Ordering::Greater
            }
        }
    }

    /// `^`: no change of the first number that is not zero.
    fn is_compatible(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if order == Ordering::Less || version.major() != own.major() {
            return false;
        }
        if own.major() > 0 || self.precision == Precision::Major {
            return true;
        }
        if version.minor() != own.minor() {
            return false;
        }
        own.minor() > 0 || self.precision == Precision::Minor || version.patch() == own.patch()
    }
}

/// A version as a constraint writes it, `v1.x-0+m`, cut in parts.
struct Raw<'a> {
    text: &'a str,
    numbers: [Option<&'a str>; 3],
    prerelease: Option<&'a str>,
}

impl Raw<'_> {
    fn comparison(&self, operator: Operator) -> Result<Comparison, ConstraintError> {
        let given = |at: usize| self.numbers[at].filter(|part| !matches!(*part, "x" | "X" | "*"));
        let (precision, numbers) = match (given(0), given(1), given(2)) {
            (None, ..) => (Precision::Any, "0.0.0".to_owned()),
            (Some(major), None, _) => (Precision::Major, format!("{major}.0.0")),
            (Some(major), Some(minor), None) => (Precision::Minor, format!("{major}.{minor}.0")),
            (Some(major), Some(minor), Some(patch)) => {
                (Precision::Full, format!("{major}.{minor}.{patch}"))
            }
        };
        let dash = if self.prerelease.is_some() { "-" } else { "" };
        let text = format!("{numbers}{dash}{}", self.prerelease.unwrap_or_default());
        if self.text.len() > crate::MAX_LENGTH {
            return Err(ConstraintError::Version);
        }
        let version = text.parse().map_err(|_| ConstraintError::Version)?;
        Ok(Comparison { operator, version, precision })
    }
}

/// Every `a - b` as `>= a, <= b `.
fn write_out_ranges(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some((range, after)) = read_range(rest) {
            out.push_str(&range);
            rest = after;
        } else {
            out.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    out
}

fn read_range(text: &str) -> Option<(String, &str)> {
    let (from, rest) = read_version(trim_start(text))?;
    let rest = trim_some(trim_some(rest)?.strip_prefix('-')?)?;
    let (to, rest) = read_version(rest)?;
    Some((format!(">= {}, <= {} ", from.text, to.text), trim_start(rest)))
}

/// A group of comparisons between which are spaces or one comma.
fn read_group(group: &str) -> Option<Vec<(Operator, Raw<'_>)>> {
    let mut comparisons = Vec::new();
    let mut rest = trim_start(group);
    loop {
        let (sign, operator) = OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign))?;
        let (version, after) = read_version(trim_start(&rest[sign.len()..]))?;
        comparisons.push((*operator, version));
        let next = trim_start(after);
        if next.is_empty() {
            return Some(comparisons);
        }
        rest = match next.strip_prefix(',') {
            Some(next) => trim_start(next),
            None if next.len() < after.len() => next,
            None => return None,
        };
    }
}

fn read_version(text: &str) -> Option<(Raw<'_>, &str)> {
    let is_number = |b: u8| b.is_ascii_digit() || matches!(b, b'x' | b'X' | b'*' | b'|');
    let (major, mut rest) = take(text.strip_prefix('v').unwrap_or(text), is_number)?;
    let mut numbers = [Some(major), None, None];
    for number in &mut numbers[1..] {
        let Some((part, after)) = rest.strip_prefix('.').and_then(|rest| take(rest, is_number))
        else {
            break;
        };
        (*number, rest) = (Some(part), after);
    }
    let (prerelease, rest) = read_dotted(rest, '-');
    let (_, rest) = read_dotted(rest, '+');
    let text = &text[..text.len() - rest.len()];
    Some((Raw { text, numbers, prerelease }, rest))
}

/// Dotted identifiers behind `sign`, if they are there.
fn read_dotted(text: &str, sign: char) -> (Option<&str>, &str) {
    let is_identifier = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let Some(start) = text.strip_prefix(sign) else { return (None, text) };
    let Some((_, mut rest)) = take(start, is_identifier) else { return (None, text) };
    while let Some((_, after)) = rest.strip_prefix('.').and_then(|rest| take(rest, is_identifier)) {
        rest = after;
    }
    (Some(&start[..start.len() - rest.len()]), rest)
}

/// The longest start of bytes that fit, which must not be empty, and what follows it.
fn take(text: &str, fits: impl Fn(u8) -> bool) -> Option<(&str, &str)> {
    let end = text.bytes().position(|b| !fits(b)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(['\t', '\n', '\u{c}', '\r', ' '])
}

fn trim_some(text: &str) -> Option<&str> {
    let rest = trim_start(text);
    (rest.len() < text.len()).then_some(rest)
}

impl fmt::Display for ConstraintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the version constraint is longer than {MAX_LENGTH} bytes"),
            Self::Improper(text) => {
                write!(f, "`{}` is not a version constraint", text.escape_debug())
            }
            Self::Version => {
                f.write_str("the version constraint contains something that is not a version")
            }
        }
    }
}

impl std::error::Error for ConstraintError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Constraint, version, and what `semverCompare` of helm 4.3.1 says.
    const CASES: &str = include_str!("../tests/data/constraints.txt");

    #[test]
    fn decides_as_helm_does() {
        let mut count = 0;
        for line in CASES.lines().filter(|line| !line.starts_with('#')) {
            let [constraint, version, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let result = match constraint.parse::<Constraint>() {
                Ok(constraint) => constraint.matches(&version.parse().unwrap()).to_string(),
                Err(ConstraintError::Improper(text)) => format!("improper {text}"),
                Err(ConstraintError::Version) => "version".to_owned(),
                Err(ConstraintError::TooLong) => "long".to_owned(),
            };
            assert_eq!(result, expected, "{constraint} {version}");
            count += 1;
        }
        assert!(count > 120, "{count}");
    }

    #[test]
    fn is_bounded() {
        assert_eq!(">=1 ".repeat(129).parse::<Constraint>(), Err(ConstraintError::TooLong));
        let long = format!(">=1-{}", "a".repeat(300));
        assert_eq!(long.parse::<Constraint>(), Err(ConstraintError::Version));
    }
}
