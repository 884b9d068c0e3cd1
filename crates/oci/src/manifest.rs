//! Manifests and indexes. Bytes that came from outside are kept as they came: re-encoding would change the digest.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Descriptor, Digest, Platform, media_type};

/// More than any registry takes (distribution refuses above 4 MiB).
const MAX_MANIFEST: usize = 4 << 20;

/// An image manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// Docker requires it, OCI recommends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What kind of artifact this is, when it is not an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The blob that describes the rest.
    pub config: Descriptor,
    /// The blobs, base first.
    #[serde(deserialize_with = "null_is_default")]
    pub layers: Vec<Descriptor>,
    /// The manifest this one is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Free text by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// A list of manifests, one for each platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Always 2.
    pub schema_version: u32,
    /// Docker requires it, OCI recommends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What kind of artifact this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The manifests.
    #[serde(deserialize_with = "null_is_default")]
    pub manifests: Vec<Descriptor>,
    /// The manifest this one is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Free text by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// Either of the two, with the bytes it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "artifacts are few and short-lived")]
pub enum Artifact {
    /// An image or other artifact.
    Manifest {
        /// The bytes the digest is of.
        raw: Bytes,
        /// Their meaning.
        manifest: Manifest,
    },
    /// A list of manifests.
    Index {
        /// The bytes the digest is of.
        raw: Bytes,
        /// Their meaning.
        index: Index,
    },
}

/// The part of an image config that Ferry looks at.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ImageConfig {
    /// `GOARCH`.
    #[serde(default)]
    pub architecture: String,
    /// `GOOS`.
    #[serde(default)]
    pub os: String,
    /// `v7`, …
    #[serde(default)]
    pub variant: Option<String>,
    /// Windows only.
    #[serde(rename = "os.version", default)]
    pub os_version: Option<String>,
    /// The layers, uncompressed.
    #[serde(default, deserialize_with = "null_is_default")]
    pub rootfs: RootFs,
}

/// The uncompressed layers of an image config.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct RootFs {
    /// Their digests, base first.
    #[serde(default, deserialize_with = "null_is_default")]
    pub diff_ids: Vec<Digest>,
}

/// How a rebuilt Docker manifest is written down. The digest depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ManifestStyle {
    /// Indented by three spaces, as `docker push` did and charts-syncer does. A registry that charts-syncer filled
    /// already has these bytes.
    #[default]
    ThreeSpaces,
    /// No white space.
    Compact,
}

/// Bytes that are not a manifest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// Larger than a registry would take.
    #[error("the manifest has {0} bytes, more than 4 MiB")]
    TooLarge(usize),
    /// Not JSON, or not of the shape.
    #[error("the manifest is not valid JSON of its type")]
    Json(#[source] serde_json::Error),
    /// Schema 1, or something else.
    #[error("schemaVersion {0} is not supported, only 2")]
    SchemaVersion(u64),
    /// Both `layers` and `manifests`: one reader would see an image, the other an index (GHSA-qq97-vm5h-rrhg).
    #[error("the document has the fields of a manifest and of an index")]
    Ambiguous,
    /// Neither.
    #[error("the document has the fields of neither a manifest nor an index")]
    Neither,
    /// `mediaType` in the document and the type it was given under differ.
    #[error("mediaType is `{found}`, expected `{expected}`")]
    MediaType {
        /// What the document or its fields say.
        found: String,
        /// What it was announced as.
        expected: String,
    },
    /// The number of layers in the manifest and in the config differ.
    #[error("the manifest has {layers} layers, its config {diff_ids}")]
    LayerCount {
        /// In the manifest.
        layers: usize,
        /// In the config.
        diff_ids: usize,
    },
}

impl Artifact {
    /// Reads a manifest or index. `announced` is the type of the descriptor or the `Content-Type`, when there is one;
    /// it must agree with the document.
    pub fn parse(raw: impl Into<Bytes>, announced: Option<&str>) -> Result<Self, ManifestError> {
        let raw = raw.into();
        if raw.len() > MAX_MANIFEST {
            return Err(ManifestError::TooLarge(raw.len()));
        }
        let probe: Probe = serde_json::from_slice(&raw).map_err(ManifestError::Json)?;
        if probe.schema_version != 2 {
            return Err(ManifestError::SchemaVersion(probe.schema_version));
        }
        let has_image = probe.layers || probe.config.is_some();
        let is_index = match (has_image, probe.manifests) {
            (true, true) => return Err(ManifestError::Ambiguous),
            (false, false) => return Err(ManifestError::Neither),
            (_, is_index) => is_index,
        };
        let announced = announced.filter(|announced| media_type::is_manifest(announced));
        for stated in [probe.media_type.as_deref(), announced].into_iter().flatten() {
            let expected = announced.unwrap_or(stated);
            if stated != expected
                || media_type::is_index(stated) != is_index
                || !media_type::is_manifest(stated)
            {
                let found = probe.media_type.clone().unwrap_or_else(|| kind(is_index).to_owned());
                return Err(ManifestError::MediaType { found, expected: expected.to_owned() });
            }
        }
        if is_index {
            let index = serde_json::from_slice(&raw).map_err(ManifestError::Json)?;
            return Ok(Self::Index { raw, index });
        }
        let manifest: Manifest = serde_json::from_slice(&raw).map_err(ManifestError::Json)?;
        if media_type::is_layer(&manifest.config.media_type) {
            let found = manifest.config.media_type;
            return Err(ManifestError::MediaType { found, expected: "a config".into() });
        }
        Ok(Self::Manifest { raw, manifest })
    }

    /// The bytes.
    pub fn raw(&self) -> &Bytes {
        match self {
            Self::Manifest { raw, .. } | Self::Index { raw, .. } => raw,
        }
    }

    /// The type: what the document says, else the OCI type of its shape.
    pub fn media_type(&self) -> &str {
        match self {
            Self::Manifest { manifest, .. } => {
                manifest.media_type.as_deref().unwrap_or(media_type::OCI_MANIFEST)
            }
            Self::Index { index, .. } => {
                index.media_type.as_deref().unwrap_or(media_type::OCI_INDEX)
            }
        }
    }

    /// Describes the document.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::of(self.media_type(), self.raw())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Probe {
    #[serde(default)]
    schema_version: u64,
    media_type: Option<String>,
    config: Option<serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "is_there")]
    layers: bool,
    #[serde(default, deserialize_with = "is_there")]
    manifests: bool,
}

/// A key that stands there counts, even with `null`: Go writes that for an empty list.
fn is_there<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| true)
}

fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn kind(is_index: bool) -> &'static str {
    if is_index { "an index" } else { "a manifest" }
}

impl Manifest {
    /// The Docker manifest of a config and layers, as charts-syncer rebuilds it from a docker-archive: every layer is
    /// called gzip, whatever it is, and the fields stand in the order `docker push` wrote them.
    pub fn docker(config: &Descriptor, layers: &[Descriptor]) -> Self {
        let plain = |media_type: &str, of: &Descriptor| {
            Descriptor::new(media_type, of.digest.clone(), of.size)
        };
        Self {
            schema_version: 2,
            media_type: Some(media_type::DOCKER_MANIFEST.into()),
            artifact_type: None,
            config: plain(media_type::DOCKER_CONFIG, config),
            layers: layers
                .iter()
                .map(|layer| plain(media_type::DOCKER_LAYER_GZIP, layer))
                .collect(),
            subject: None,
            annotations: BTreeMap::new(),
        }
    }

    /// Writes the manifest down.
    pub fn encode(&self, style: ManifestStyle) -> Bytes {
        encode(self, style)
    }

    /// Whether both describe the same image: same config, same layers, whatever the media types and the spelling.
    pub fn is_same_image(&self, other: &Self) -> bool {
        self.config.digest == other.config.digest
            && self.layers.len() == other.layers.len()
            && self.layers.iter().zip(&other.layers).all(|(a, b)| a.digest == b.digest)
    }

    /// Config and layers: everything that must be there before the manifest.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        std::iter::once(&self.config).chain(&self.layers)
    }
}

impl Index {
    /// An index over manifests of one family: Docker's when all are Docker's, else OCI.
    pub fn over(manifests: Vec<Descriptor>) -> Self {
        let is_docker =
            manifests.iter().all(|manifest| manifest.media_type == media_type::DOCKER_MANIFEST);
        let media_type = if is_docker { media_type::DOCKER_INDEX } else { media_type::OCI_INDEX };
        Self {
            schema_version: 2,
            media_type: Some(media_type.into()),
            artifact_type: None,
            manifests,
            subject: None,
            annotations: BTreeMap::new(),
        }
    }

    /// Writes the index down.
    pub fn encode(&self) -> Bytes {
        encode(self, ManifestStyle::ThreeSpaces)
    }

    /// The manifest for a platform.
    pub fn find(&self, platform: &Platform) -> Option<&Descriptor> {
        self.manifests
            .iter()
            .find(|entry| entry.platform.as_ref().is_some_and(|have| have.is_same(platform)))
    }
}

fn encode<T: Serialize>(value: &T, style: ManifestStyle) -> Bytes {
    let mut bytes = Vec::new();
    let written = match style {
        ManifestStyle::Compact => serde_json::to_writer(&mut bytes, value),
        ManifestStyle::ThreeSpaces => {
            let formatter = serde_json::ser::PrettyFormatter::with_indent(b"   ");
            value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter))
        }
    };
    written.expect("a manifest has string keys and is written to memory");
    bytes.into()
}

impl ImageConfig {
    /// Reads a config blob.
    pub fn parse(raw: &[u8]) -> Result<Self, ManifestError> {
        serde_json::from_slice(raw).map_err(ManifestError::Json)
    }

    /// Where the image runs; `None` for a config that does not say.
    pub fn platform(&self) -> Option<Platform> {
        let is_stated = !self.os.is_empty() && !self.architecture.is_empty();
        is_stated.then(|| Platform {
            architecture: self.architecture.clone(),
            os: self.os.clone(),
            os_version: self.os_version.clone(),
            variant: self.variant.clone().filter(|variant| !variant.is_empty()),
        })
    }

    /// That the manifest has as many layers as the config.
    pub fn check_layers(&self, layers: usize) -> Result<(), ManifestError> {
        let diff_ids = self.rootfs.diff_ids.len();
        if layers == diff_ids {
            Ok(())
        } else {
            Err(ManifestError::LayerCount { layers, diff_ids })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(hex: &str, size: u64) -> Descriptor {
        Descriptor::new("x/y", Digest::from_sha256_hex(hex).unwrap(), size)
    }

    /// The golden values of a real bundle's busybox, read out of a registry that charts-syncer had filled.
    #[test]
    fn a_rebuilt_manifest_has_the_digest_charts_syncer_pushes() {
        let config =
            descriptor("16ea53ea7c652456803632d67517b78a4f9075a10bfdc4fc6b7b4cbf2bc98497", 1456);
        let layer =
            descriptor("24fb2886d6f6c5d16481dd7608b47e78a8e92a13d6e64d87d57cb16d5f766d63", 767_322);
        let manifest = Manifest::docker(&config, &[layer]);
        assert_eq!(
            Digest::of(&manifest.encode(ManifestStyle::ThreeSpaces)).as_str(),
            "sha256:febcf61cd6e1ac9628f6ac14fa40836d16f3c6ddef3b303ff0321606e55ddd0b"
        );
        assert_eq!(
            Digest::of(&manifest.encode(ManifestStyle::Compact)).as_str(),
            "sha256:fec32035de6529ae53db1cea4a4885f9f980014a6a719535a49c23961d036035"
        );
        let tiny =
            descriptor("71de1148337f4d1845be01eb4caf15d78e4eb15a1ab96030809826698a5b7e30", 229);
        let tiny = Manifest::docker(&tiny, &[]);
        assert_eq!(
            Digest::of(&tiny.encode(ManifestStyle::ThreeSpaces)).as_str(),
            "sha256:adf10351862ad5351ac2e714e04a0afb020b9df658ac99a07cbf49c0e18f8e43"
        );
    }

    #[test]
    fn an_empty_list_may_be_null() {
        let config =
            br#"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":null}}"#;
        assert!(ImageConfig::parse(config).unwrap().check_layers(0).is_ok());
        let manifest = format!(
            r#"{{"schemaVersion":2,"config":{{"mediaType":"c","size":0,"digest":"{}"}},"layers":null}}"#,
            Digest::of(b"")
        );
        assert!(matches!(Artifact::parse(manifest, None), Ok(Artifact::Manifest { .. })));
    }

    #[test]
    fn refuses_type_confusion() {
        let both = br#"{"schemaVersion":2,"layers":[],"manifests":[]}"#;
        assert!(matches!(Artifact::parse(&both[..], None), Err(ManifestError::Ambiguous)));
        let index = br#"{"schemaVersion":2,"manifests":[]}"#;
        assert!(matches!(
            Artifact::parse(&index[..], Some(media_type::OCI_MANIFEST)),
            Err(ManifestError::MediaType { .. })
        ));
        let lies = br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]}"#;
        assert!(matches!(Artifact::parse(&lies[..], None), Err(ManifestError::MediaType { .. })));
        assert!(matches!(Artifact::parse(&b"{}"[..], None), Err(ManifestError::SchemaVersion(0))));
        assert!(matches!(
            Artifact::parse(vec![b' '; (4 << 20) + 1], None),
            Err(ManifestError::TooLarge(_))
        ));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(matches!(Artifact::parse(deep, None), Err(ManifestError::Json(_))));
    }

    #[test]
    fn an_index_is_found_by_platform() {
        let mut entry = descriptor(&"0".repeat(64), 1);
        entry.media_type = media_type::DOCKER_MANIFEST.into();
        entry.platform = Some(Platform::new("linux", "arm64"));
        let index = Index::over(vec![entry]);
        assert_eq!(index.media_type.as_deref(), Some(media_type::DOCKER_INDEX));
        assert!(index.find(&"linux/arm64/v8".parse().unwrap()).is_some());
        let read = Artifact::parse(index.encode(), Some(media_type::DOCKER_INDEX)).unwrap();
        assert_eq!(read.media_type(), media_type::DOCKER_INDEX);
    }
}
