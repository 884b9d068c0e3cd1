//! Image archives as `docker save` wrote them: `manifest.json`, configs, layers. Three families of names are read:
//!
//! - go-containerregistry (charts-syncer, crane, kaniko): config `sha256:<digest>`, layers `<digest>.tar.gz`, the digest
//!   being that of the member's bytes, whatever they are;
//! - Docker up to version 24: config `<digest>.json`, layers `<id>/layer.tar`, uncompressed; a layer that is there
//!   already is a link, which is read as another name of that layer and never followed on disk;
//! - skopeo, podman, jib, nix: configs by any name, layers `<digest>.tar` or `<id>/layer.tar`, uncompressed.
//!
//! An uncompressed layer's digest is the config's `diff_id`. A compressed layer whose name tells no digest is read and
//! hashed.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use oci::{Descriptor, Digest, ImageConfig, media_type};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::assemble::Assembler;
use crate::bundle::{Image, PlatformManifest};
use crate::decode::Codec;
use crate::error::InvalidDocument;
use crate::finding::{Finding, FindingKind};
use crate::head::Head;
use crate::listing::Entry;
use crate::member::Members;
use crate::{PackageError, name};

/// `manifest.json`, in bytes: about 80 for each layer of each image, so a thousand images of fifty layers.
const MAX_MANIFEST: u64 = 4 << 20;

/// An image config, in bytes. Registries take 4 MiB at most for a manifest; configs are about as big.
pub(crate) const MAX_CONFIG: u64 = 8 << 20;

/// One image of `manifest.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Saved {
    #[serde(rename = "Config")]
    pub(crate) config: String,
    #[serde(rename = "RepoTags", default)]
    pub(crate) repo_tags: Option<Vec<String>>,
    #[serde(rename = "Layers", default)]
    layers: Option<Vec<String>>,
    /// Layers that live at their own URLs, by `diff_id`.
    #[serde(rename = "LayerSources", default)]
    sources: Option<BTreeMap<Digest, Descriptor>>,
    #[serde(rename = "Parent", default)]
    _parent: Option<IgnoredAny>,
    #[serde(flatten)]
    #[expect(clippy::zero_sized_map_values, reason = "serde flattens into maps only")]
    unknown: BTreeMap<String, IgnoredAny>,
}

/// A config that was read and is what its name says.
pub(crate) struct CheckedConfig {
    pub(crate) descriptor: Descriptor,
    pub(crate) config: ImageConfig,
}

/// Layers and members of one image, as they are put together.
struct Draft<'a> {
    members: &'a Members<'a>,
    dir: &'a str,
    /// For findings: `… › manifest.json`.
    document: &'a str,
    referenced: &'a mut BTreeSet<String>,
}

impl<'a> Draft<'a> {
    /// The member that `manifest.json` names.
    fn find(&mut self, path: &str) -> Option<&'a Entry> {
        let path = name::within(self.dir, &name::clean(path.as_bytes()).ok()??);
        let entry = self.members.get(&path)?;
        self.referenced.insert(path);
        self.referenced.insert(entry.name.clone());
        Some(entry)
    }
}

impl Assembler {
    /// The images of the archive below `dir`.
    pub(crate) fn docker_archive(
        &mut self,
        members: &Members<'_>,
        dir: &str,
    ) -> Result<Vec<Image>, PackageError> {
        let Some((document, saved)) = self.saved_images(members, dir)? else {
            return Ok(Vec::new());
        };
        let mut referenced = BTreeSet::new();
        let mut images = Vec::new();
        for image in &saved {
            let draft = Draft { members, dir, document: &document, referenced: &mut referenced };
            images.extend(self.saved_image(draft, image)?);
        }
        self.find_unreferenced(members, dir, &referenced);
        Ok(images)
    }

    /// `manifest.json` and where it is.
    pub(crate) fn saved_images(
        &mut self,
        members: &Members<'_>,
        dir: &str,
    ) -> Result<Option<(String, Vec<Saved>)>, PackageError> {
        let Some(entry) = members.get(&name::within(dir, "manifest.json")) else { return Ok(None) };
        let member = members.listing.member(&entry.name);
        let bytes = self.read(entry, &member, MAX_MANIFEST)?;
        let saved: Vec<Saved> = serde_json::from_slice(&bytes).map_err(|error| {
            PackageError::Invalid { member: member.clone(), source: InvalidDocument::Json(error) }
        })?;
        for field in saved.iter().flat_map(|image| image.unknown.keys()) {
            let kind = FindingKind::UnknownField(field.clone());
            self.report(Finding::warning(member.clone(), kind));
        }
        for tag in saved.iter().flat_map(|image| image.repo_tags.iter().flatten()) {
            if tag.chars().any(char::is_control) {
                let kind = FindingKind::Name(tag.clone());
                self.report(Finding::error(member.clone(), kind));
            }
        }
        Ok(Some((member, saved)))
    }

    /// `None` when something is wrong with it: a finding says what.
    fn saved_image(
        &mut self,
        mut draft: Draft<'_>,
        saved: &Saved,
    ) -> Result<Option<Image>, PackageError> {
        let Some(entry) = draft.find(&saved.config) else {
            self.missing(&draft, &saved.config);
            return Ok(None);
        };
        let member = draft.members.listing.member(&entry.name);
        let bytes = self.read(entry, &member, MAX_CONFIG)?;
        let expected = config_digest(&entry.name);
        let Some(checked) = self.check_config(&bytes, expected, media_type::DOCKER_CONFIG, &member)
        else {
            return Ok(None);
        };
        let layers = saved.layers.as_deref().unwrap_or_default();
        if let Err(error) = checked.config.check_layers(layers.len()) {
            self.report(Finding::error(member, FindingKind::Document(error)));
            return Ok(None);
        }
        let mut descriptors = Vec::new();
        for (layer, diff_id) in layers.iter().zip(&checked.config.rootfs.diff_ids) {
            let source = saved.sources.as_ref().and_then(|sources| sources.get(diff_id));
            descriptors.push(self.saved_layer(&mut draft, layer, diff_id, source)?);
        }
        self.register(&checked.descriptor, entry, member);
        let Some(layers) = descriptors.into_iter().collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let names = saved.repo_tags.clone().unwrap_or_default();
        if names.iter().any(|name| name.chars().any(char::is_control)) {
            return Ok(None);
        }
        let platform = checked.config.platform();
        let config = checked.descriptor;
        let manifest = PlatformManifest { platform, config, layers, original: None };
        Ok(Some(Image {
            names,
            manifests: vec![manifest],
            index: None,
            missing: Vec::new(),
            member: draft.document.into(),
        }))
    }

    fn saved_layer(
        &mut self,
        draft: &mut Draft<'_>,
        path: &str,
        diff_id: &Digest,
        source: Option<&Descriptor>,
    ) -> Result<Option<Descriptor>, PackageError> {
        let Some(entry) = draft.find(path) else {
            return Ok(self.absent_layer(draft, path, source));
        };
        let member = draft.members.listing.member(&entry.name);
        let digest = match layer_digest(entry, diff_id) {
            Some(digest) => digest,
            None => self.hash(entry, &member)?,
        };
        let media_type = match entry.head {
            Head::Packed(Codec::Gzip) => media_type::DOCKER_LAYER_GZIP,
            Head::Packed(Codec::Zstd) => media_type::OCI_LAYER_ZSTD,
            _ => media_type::DOCKER_LAYER,
        };
        let mut descriptor = Descriptor::new(media_type, digest, entry.place.size);
        if let Some(source) = source.filter(|source| source.digest == descriptor.digest) {
            descriptor.media_type.clone_from(&source.media_type);
            descriptor.urls.clone_from(&source.urls);
        }
        self.register(&descriptor, entry, member);
        Ok(Some(descriptor))
    }

    fn absent_layer(
        &mut self,
        draft: &Draft<'_>,
        path: &str,
        source: Option<&Descriptor>,
    ) -> Option<Descriptor> {
        let foreign = source
            .filter(|source| media_type::is_foreign(&source.media_type) && !source.urls.is_empty());
        match foreign {
            Some(source) => {
                let kind = FindingKind::ForeignLayer(source.digest.clone());
                self.report(Finding::error(draft.document, kind));
            }
            None => self.missing(draft, path),
        }
        foreign.cloned()
    }

    fn missing(&mut self, draft: &Draft<'_>, path: &str) {
        let kind = FindingKind::Missing(name::excerpt(path.as_bytes()));
        self.report(Finding::error(draft.document, kind));
    }

    /// A config against its digest, if the name tells one, and against its shape.
    pub(crate) fn check_config(
        &mut self,
        bytes: &Bytes,
        expected: Option<Digest>,
        media_type: &str,
        member: &str,
    ) -> Option<CheckedConfig> {
        let descriptor = Descriptor::of(media_type, bytes);
        if let Some(expected) = expected
            && expected != descriptor.digest
        {
            let kind = FindingKind::Digest { expected, found: descriptor.digest };
            self.report(Finding::error(member, kind));
            return None;
        }
        match ImageConfig::parse(bytes) {
            Ok(config) => Some(CheckedConfig { descriptor, config }),
            Err(error) => {
                self.report(Finding::error(member, FindingKind::Document(error)));
                None
            }
        }
    }

    fn find_unreferenced(
        &mut self,
        members: &Members<'_>,
        dir: &str,
        referenced: &BTreeSet<String>,
    ) {
        for entry in &members.listing.entries {
            let Some(path) = name::below(dir, &entry.name) else { continue };
            let (_, base) = name::split(path);
            // What Docker adds for readers older than version 1.10.
            let is_known = matches!(path, "manifest.json" | "repositories")
                || matches!(base, "VERSION" | "json")
                || entry.alias.is_some();
            if !is_known && !referenced.contains(&entry.name) {
                let member = members.listing.member(&entry.name);
                self.report(Finding::warning(member, FindingKind::Unreferenced));
            }
        }
    }
}

/// The digest that the name of a config claims.
pub(crate) fn config_digest(path: &str) -> Option<Digest> {
    let (dir, base) = name::split(path);
    let hex = base
        .strip_prefix("sha256:")
        .or_else(|| base.strip_suffix(".json"))
        .or_else(|| dir.ends_with("blobs/sha256").then_some(base))?;
    Digest::from_sha256_hex(hex).ok()
}

/// The digest that the name of a layer or the config claims; `None` when neither can.
fn layer_digest(entry: &Entry, diff_id: &Digest) -> Option<Digest> {
    let (dir, base) = name::split(&entry.name);
    let hex = base
        .strip_suffix(".tar.gz")
        .or_else(|| dir.ends_with("blobs/sha256").then_some(base))
        .filter(|hex| name::is_sha256_hex(hex));
    match (hex, entry.head) {
        (Some(hex), _) => Digest::from_sha256_hex(hex).ok(),
        (None, Head::Packed(_)) => None,
        (None, _) => Some(diff_id.clone()),
    }
}
