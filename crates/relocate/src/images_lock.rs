//! `Images.lock` of a `dt` wrap: the names of images that a wrap knows by digest.
//!
//! One entry says that a chart asks for an image, and which manifest that is on each platform (`bundle-formats`, §5.2).

use std::sync::Arc;

use goyaml::{Limits, Node, Value};
use oci::{Digest, DigestError, Platform, PlatformError, Reference, ReferenceError};

/// The only version there is.
const API_VERSION: &str = "v0";
/// What kind of document it must be.
const KIND: &str = "ImagesLock";
/// Entries of one lock. A chart with all its subcharts has a few dozen.
const MOST_IMAGES: usize = 5_000;
/// Platforms of one image. Docker's busiest images have about a dozen.
const MOST_DIGESTS: usize = 100;
/// Everything [`MOST_IMAGES`] with some platforms each can need; nothing in a lock is deep or repeated by aliases.
const LIMITS: Limits = Limits { bytes: 4 << 20, nodes: 500_000, depth: 16, expansion: 10_000 };

/// The entries of a lock, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImagesLock {
    /// The entries.
    pub images: Vec<LockedImage>,
}

/// An image that a chart asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedImage {
    /// The reference as the chart writes it.
    pub reference: Reference,
    /// The chart or subchart that asks. Empty in a wrap without a chart.
    pub chart: String,
    /// What the chart calls the image. May be empty.
    pub name: String,
    /// The manifest of each platform.
    pub digests: Vec<LockedDigest>,
    /// The line of the entry, from 1.
    pub line: usize,
}

/// The manifest of an image on one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedDigest {
    /// Of the manifest.
    pub digest: Digest,
    /// Where it runs. `dt` writes no variant.
    pub platform: Platform,
}

/// A lock that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct LockError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub kind: LockErrorKind,
}

/// What is wrong with a lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockErrorKind {
    /// Not YAML.
    #[error("not YAML: {0}")]
    Yaml(String),
    /// More than one document, or none.
    #[error("{0} documents where there must be one")]
    Documents(usize),
    /// Something of another type than the format has.
    #[error("`{key}` must be {expected}, this is {found}")]
    Type {
        /// The key; `Images.lock` for the document.
        key: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A key that must be there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A key that stands twice in one map.
    #[error("`{0}` stands here again")]
    Duplicate(String),
    /// Another `apiVersion` or `kind`.
    #[error("`{key}` is `{found}`, only `{expected}` is known")]
    Unknown {
        /// The key.
        key: &'static str,
        /// What is known.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// More entries than are read.
    #[error("more than {most} entries in `{key}`")]
    TooMany {
        /// The list.
        key: &'static str,
        /// How many are read.
        most: usize,
    },
    /// Not a reference.
    #[error("not an image: {0}")]
    Reference(ReferenceError),
    /// Not a digest.
    #[error("not a digest: {0}")]
    Digest(DigestError),
    /// Not a platform.
    #[error("not a platform: {0}")]
    Platform(PlatformError),
}

impl ImagesLock {
    /// Reads a lock. Keys nobody knows are passed over; what is known must have its shape. Every mistake is found, not
    /// only the first.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<LockError>> {
        let documents = goyaml::parse_with(bytes, LIMITS).map_err(|error| {
            vec![LockError { line: error.line, kind: LockErrorKind::Yaml(error.reason) }]
        })?;
        let [document] = documents.as_slice() else {
            let kind = LockErrorKind::Documents(documents.len());
            return Err(vec![LockError { line: 1, kind }]);
        };
        let mut reader = Reader::default();
        for twice in document.duplicate_keys() {
            reader.refuse(&twice.second, LockErrorKind::Duplicate(twice.key));
        }
        let images = reader.lock(&document.root);
        reader.errors.sort_by_key(|error| error.line);
        match images {
            Some(images) if reader.errors.is_empty() => Ok(Self { images }),
            _ => Err(reader.errors),
        }
    }
}

/// Collects mistakes. Whatever gives `None` has noted one.
#[derive(Default)]
struct Reader {
    errors: Vec<LockError>,
}

impl Reader {
    fn refuse(&mut self, node: &Node, kind: LockErrorKind) {
        self.errors.push(LockError { line: node.line, kind });
    }

    fn lock(&mut self, root: &Node) -> Option<Vec<LockedImage>> {
        if !root.is_mapping() {
            self.wrong_type(root, "Images.lock", "a map");
            return None;
        }
        self.constant(root, "apiVersion", API_VERSION);
        self.constant(root, "kind", KIND);
        let entries = self.list(root, "images", MOST_IMAGES)?;
        Some(entries.iter().filter_map(|entry| self.image(entry)).collect())
    }

    fn image(&mut self, entry: &Node) -> Option<LockedImage> {
        if !entry.is_mapping() {
            self.wrong_type(entry, "images", "a list of maps");
            return None;
        }
        let reference = self.parsed(entry, "image", LockErrorKind::Reference);
        let chart = self.text(entry, "chart").map(str::to_owned).unwrap_or_default();
        let name = self.text(entry, "name").map(str::to_owned).unwrap_or_default();
        let digests = self.list(entry, "digests", MOST_DIGESTS)?;
        let digests = digests.iter().filter_map(|digest| self.digest(digest)).collect();
        Some(LockedImage { reference: reference?, chart, name, digests, line: entry.line })
    }

    fn digest(&mut self, entry: &Node) -> Option<LockedDigest> {
        if !entry.is_mapping() {
            self.wrong_type(entry, "digests", "a list of maps");
            return None;
        }
        let digest = self.parsed(entry, "digest", LockErrorKind::Digest);
        let platform = self.parsed(entry, "arch", LockErrorKind::Platform);
        Some(LockedDigest { digest: digest?, platform: platform? })
    }

    fn constant(&mut self, map: &Node, key: &'static str, expected: &'static str) {
        match self.text(map, key) {
            Some(found) if found == expected => {}
            Some(found) => {
                let kind = LockErrorKind::Unknown { key, expected, found: found.to_owned() };
                self.refuse(map.get(key).map_or(map, |node| node), kind);
            }
            None => self.missing(map, key),
        }
    }

    /// A text that must be there and mean something.
    fn parsed<T: std::str::FromStr>(
        &mut self,
        map: &Node,
        key: &'static str,
        kind: fn(T::Err) -> LockErrorKind,
    ) -> Option<T> {
        let Some(text) = self.text(map, key) else {
            self.missing(map, key);
            return None;
        };
        match text.parse() {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                let node = map.get(key).map_or(map, |node| node);
                self.refuse(node, kind(error));
                None
            }
        }
    }

    /// A text. No key and a null are nothing.
    fn text<'a>(&mut self, map: &'a Node, key: &'static str) -> Option<&'a str> {
        let node = map.get(key).filter(|node| !node.is_null())?;
        if matches!(node.to_value(), Ok(Value::String(_))) {
            return node.text();
        }
        self.wrong_type(node, key, "a text");
        None
    }

    /// A list. An empty one may be written as null, as Go does.
    fn list<'a>(
        &mut self,
        map: &'a Node,
        key: &'static str,
        most: usize,
    ) -> Option<&'a [Arc<Node>]> {
        let Some(node) = map.get(key) else {
            self.missing(map, key);
            return None;
        };
        let items = node.items();
        if items.is_empty() && !node.is_null() && !matches!(node.to_value(), Ok(Value::List(_))) {
            self.wrong_type(node, key, "a list");
            return None;
        }
        if items.len() > most {
            self.refuse(node, LockErrorKind::TooMany { key, most });
            return None;
        }
        Some(items)
    }

    /// Notes that a key is missing, unless it is there and something else was wrong with it.
    fn missing(&mut self, map: &Node, key: &'static str) {
        if map.get(key).is_none_or(|node| node.is_null()) {
            self.refuse(map, LockErrorKind::Missing(key));
        }
    }

    fn wrong_type(&mut self, node: &Node, key: &'static str, expected: &'static str) {
        let found = node.to_value().map_or("no value", |value| value.type_name());
        self.refuse(node, LockErrorKind::Type { key, expected, found });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "apiVersion: v0\nkind: ImagesLock\n";

    fn hex(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    fn errors(text: &str) -> Vec<String> {
        let errors = ImagesLock::parse(text.as_bytes()).unwrap_err();
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn entries_with_their_platforms_are_read() {
        let text = format!(
            "{HEAD}metadata:\n  generatedAt: \"2024-01-01T00:00:00.1Z\"\n  generatedBy: x\nchart:\n  name: wordpress\n  version: 1.0.0\nimages:\n  - name: mariadb\n    image: bitnami/mariadb:10.11.4\n    chart: mariadb\n    digests:\n      - digest: {}\n        arch: linux/amd64\n      - digest: {}\n        arch: linux/arm64\n  - {{image: quay.io/a/b:1, digests: []}}\n",
            hex('a'),
            hex('b'),
        );
        let lock = ImagesLock::parse(text.as_bytes()).unwrap();
        let [mariadb, other] = lock.images.as_slice() else { panic!("{lock:?}") };
        assert_eq!(mariadb.reference.to_string(), "docker.io/bitnami/mariadb:10.11.4");
        assert_eq!((mariadb.chart.as_str(), mariadb.name.as_str()), ("mariadb", "mariadb"));
        let platforms: Vec<String> =
            mariadb.digests.iter().map(|locked| locked.platform.to_string()).collect();
        assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
        assert_eq!(mariadb.digests[1].digest.as_str(), hex('b'));
        assert_eq!((mariadb.line, other.line), (10, 18));
        assert_eq!((other.chart.as_str(), other.digests.len()), ("", 0));
    }

    #[test]
    fn a_lock_without_images_is_empty() {
        for images in ["images: []", "images: null", "images:"] {
            let lock = ImagesLock::parse(format!("{HEAD}{images}\n").as_bytes()).unwrap();
            assert!(lock.images.is_empty(), "{images}");
        }
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let text = "apiVersion: v1\nkind: ImagesLock\nimages:\n- name: a\n  image: 'UPPER/x'\n  digests:\n  - {digest: sha256:12, arch: linux/amd64}\n  - {digest: 5, arch: linux}\n- image: a\n- b\n";
        let found = errors(text);
        let starts: Vec<&str> = found.iter().map(|error| &error[..8]).collect();
        assert_eq!(
            starts,
            ["line 1: ", "line 5: ", "line 7: ", "line 8: ", "line 8: ", "line 9: ", "line 10:"],
            "{found:#?}"
        );
        assert_eq!(found[0], "line 1: `apiVersion` is `v1`, only `v0` is known");
        assert_eq!(found[5], "line 9: `digests` is missing");
        assert_eq!(found[6], "line 10: `images` must be a list of maps, this is a text");
    }

    #[test]
    fn other_documents_are_refused() {
        for (text, expected) in [
            ("", "line 1: 0 documents"),
            ("- a\n", "line 1: `Images.lock` must be a map, this is a list"),
            ("a: b: c\n", "line 1: not YAML"),
            ("kind: ImagesLock\n", "line 1: `apiVersion` is missing"),
            ("apiVersion: v0\nkind: [x]\nimages: []\n", "line 2: `kind` must be a text"),
            ("apiVersion: v0\nkind: ImagesLock\nimages: {}\n", "line 3: `images` must be a list"),
            ("apiVersion: v0\nkind: ImagesLock\nkind: ImagesLock\nimages: []\n", "line 3: `kind`"),
            ("apiVersion: v0\n---\nkind: ImagesLock\n", "line 1: 2 documents"),
        ] {
            let found = errors(text);
            assert!(found[0].starts_with(expected), "{text:?}: {found:?}");
        }
        let many = "- {image: a, digests: []}\n".repeat(MOST_IMAGES + 1);
        let found = errors(&format!("{HEAD}images:\n{many}"));
        assert_eq!(found, ["line 4: more than 5000 entries in `images`"]);
    }
}
