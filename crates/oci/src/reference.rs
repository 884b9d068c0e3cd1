//! References: `registry/repository:tag@digest`, with Docker's rules for what is left out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Digest, DigestError};

/// The registry of a reference that names none.
pub const DOCKER_HUB: &str = "docker.io";

/// A full reference. `nginx` is `docker.io/library/nginx:latest`: a first component is a registry when it holds a dot
/// or a colon or is `localhost` (the rule of distribution/reference), single names of Docker Hub get `library/`, and
/// `index.docker.io` is `docker.io`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

/// A tag: `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(String);

/// Text that is not a reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Empty, or nothing but a registry.
    #[error("`{0}` names no repository")]
    NoRepository(String),
    /// A bad host.
    #[error("`{0}` is not a registry: write host or host:port")]
    Registry(String),
    /// A bad path.
    #[error(
        "`{0}` is not a repository: lower-case letters, digits and single separators (. _ __ - /) only"
    )]
    Repository(String),
    /// A bad tag.
    #[error(
        "`{0}` is not a tag: letters, digits, `_`, `.` and `-`, at most 128, not starting with `.` or `-`"
    )]
    Tag(String),
    /// A bad digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

impl Tag {
    /// The tag Helm gives a chart version in a registry: `+` is not allowed in a tag and becomes `_`.
    pub fn from_chart_version(version: &str) -> Result<Self, ReferenceError> {
        version.replace('+', "_").parse()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
        let is_tag = (1..=128).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.starts_with(['.', '-']);
        if is_tag { Ok(Self(text.into())) } else { Err(ReferenceError::Tag(excerpt(text))) }
    }
}

impl TryFrom<String> for Tag {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, ReferenceError> {
        text.parse()
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Reference {
    /// Puts a reference together from parts that are checked here.
    pub fn new(
        registry: &str,
        repository: &str,
        tag: Option<Tag>,
        digest: Option<Digest>,
    ) -> Result<Self, ReferenceError> {
        if !is_registry(registry) {
            return Err(ReferenceError::Registry(excerpt(registry)));
        }
        if !is_repository(repository) {
            return Err(ReferenceError::Repository(excerpt(repository)));
        }
        let registry = if registry == "index.docker.io" { DOCKER_HUB } else { registry };
        Ok(Self { registry: registry.into(), repository: repository.into(), tag, digest })
    }

    /// `host` or `host:port`.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The path below the registry.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The last component of the repository.
    pub fn name(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or(&self.repository)
    }

    /// The tag. `latest` when the text had neither tag nor digest.
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The digest, when the reference is pinned.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// What the distribution API wants in a manifest's path: the digest if there is one, else the tag.
    pub fn identifier(&self) -> &str {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.as_str(),
            (None, Some(tag)) => tag.as_str(),
            (None, None) => "latest",
        }
    }

    /// `registry/repository`.
    pub fn without_identifier(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.parse()?)),
            None => (text, None),
        };
        // A colon is a tag's only after the last slash: before it, it is a port.
        let slash = rest.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match rest[slash..].find(':') {
            Some(at) => (&rest[..slash + at], Some(rest[slash + at + 1..].parse()?)),
            None => (rest, None),
        };
        if name.is_empty() {
            return Err(ReferenceError::NoRepository(excerpt(text)));
        }
        let (registry, repository) = match name.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
                (first, rest.to_owned())
            }
            Some(_) => (DOCKER_HUB, name.to_owned()),
            None => (DOCKER_HUB, format!("library/{name}")),
        };
        let repository = if is_hub(registry) && !repository.contains('/') && !repository.is_empty()
        {
            format!("library/{repository}")
        } else {
            repository
        };
        let tag = match (tag, &digest) {
            (None, None) => Some(Tag("latest".into())),
            (tag, _) => tag,
        };
        Self::new(registry, &repository, tag, digest)
    }
}

impl TryFrom<String> for Reference {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, ReferenceError> {
        text.parse()
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.to_string()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

fn is_hub(registry: &str) -> bool {
    matches!(registry, "docker.io" | "index.docker.io")
}

/// Host or `host:port`; IPv6 in brackets.
fn is_registry(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, rest)) => {
                let is_address = !address.is_empty()
                    && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
                if !is_address {
                    return false;
                }
                ("ipv6", rest)
            }
            None => return false,
        },
        None => match text.find(':') {
            Some(at) => text.split_at(at),
            None => (text, ""),
        },
    };
    let is_port = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|digits| digits.parse::<u16>().is_ok_and(|port| port > 0));
    is_port
        && host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

/// Whether the text is a repository path: components of lower-case letters and digits joined by `.`, `_`, `__` or
/// hyphens, 255 bytes at most (distribution specification, "pull").
pub fn is_repository(text: &str) -> bool {
    text.len() <= 255 && text.split('/').all(is_component)
}

fn is_component(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    alphanumeric(*first)
        && alphanumeric(*last)
        && text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).all(|separator| {
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-')
        })
}

/// Enough of a hostile text for a message.
fn excerpt(text: &str) -> String {
    text.chars().take(120).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_what_is_left_out() {
        for (text, full) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
            ("docker.io/nginx:1", "docker.io/library/nginx:1"),
            ("index.docker.io/library/nginx:1", "docker.io/library/nginx:1"),
            ("localhost/x:1", "localhost/x:1"),
            ("localhost:5000/x", "localhost:5000/x:latest"),
            (
                "10.16.10.111/release.daocloud.io/kairship/a:v1",
                "10.16.10.111/release.daocloud.io/kairship/a:v1",
            ),
            ("[::1]:5000/a/b__c:1", "[::1]:5000/a/b__c:1"),
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), full);
        }
        let hash = "0".repeat(64);
        let pinned: Reference = format!("a/b@sha256:{hash}").parse().unwrap();
        assert_eq!(pinned.tag(), None);
        assert_eq!(pinned.identifier(), format!("sha256:{hash}"));
    }

    #[test]
    fn refuses_what_is_not_one() {
        for text in [
            "",
            "/",
            "a//b",
            "A/b",
            "reg.io/",
            "reg.io/A",
            "a:",
            "a:b/c:",
            "a/../b",
            "a/.b",
            "a/b-",
            "a/b...c",
            "http://reg.io/a",
            "reg.io:port/a",
            "a b",
            "a:t@sha256:1",
            "a/b:<no value>",
            "reg.io:70000/a",
            "a___b",
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_chart_version_becomes_a_tag() {
        assert_eq!(Tag::from_chart_version("0.21.0-rc1+b1").unwrap().as_str(), "0.21.0-rc1_b1");
        assert!(Tag::from_chart_version("../x").is_err());
    }
}
