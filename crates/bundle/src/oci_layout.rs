//! OCI image layouts: `oci-layout`, `index.json`, `blobs/<algorithm>/<hex>` (image specification v1.1). `docker save`
//! from version 25 on writes one, with a `manifest.json` beside it.

use std::collections::BTreeMap;

use bytes::Bytes;
use oci::{Artifact, Descriptor, Digest, Index, Manifest, Platform, media_type};
use serde::Deserialize;

use crate::assemble::Assembler;
use crate::bundle::{Image, PlatformManifest};
use crate::docker::{MAX_CONFIG, config_digest};
use crate::error::InvalidDocument;
use crate::finding::{Finding, FindingKind};
use crate::member::{Document, Members};
use crate::{PackageError, name};

/// Registries take no manifest above 4 MiB. In bytes.
const MAX_DOCUMENT: u64 = 4 << 20;

/// A full reference (containerd, Docker).
const CONTAINERD_NAME: &str = "io.containerd.image.name";

/// A reference or a bare tag (image specification, "annotations").
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// On a descriptor of `index.json`: with the value `true`, the index it names may list manifests that are not in the
/// layout. Without it a missing manifest is a fault.
pub const SPARSE_ANNOTATION: &str = "ferry.index.sparse";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LayoutFile {
    image_layout_version: String,
}

/// A layout being read.
struct Reader<'a> {
    members: &'a Members<'a>,
    dir: &'a str,
}

impl Reader<'_> {
    fn path(&self, digest: &Digest) -> String {
        let blob = format!("blobs/{}/{}", digest.algorithm().as_str(), digest.hex());
        name::within(self.dir, &blob)
    }

    fn member(&self, digest: &Digest) -> String {
        self.members.listing.member(&self.path(digest))
    }
}

impl Assembler {
    /// The images of the layout below `dir`.
    pub(crate) fn oci_layout(
        &mut self,
        members: &Members<'_>,
        dir: &str,
    ) -> Result<Vec<Image>, PackageError> {
        let reader = Reader { members, dir };
        self.check_layout_file(&reader)?;
        let index_name = name::within(dir, "index.json");
        let member = members.listing.member(&index_name);
        let Some(entry) = members.get(&index_name) else {
            let kind = FindingKind::Missing("index.json".into());
            self.report(Finding::error(member, kind));
            return Ok(Vec::new());
        };
        let bytes = self.read(entry, &member, MAX_DOCUMENT)?;
        let index = parse_index(bytes)
            .map_err(|source| PackageError::Invalid { member: member.clone(), source })?;
        let saved = self.saved_names(members, dir)?;
        let mut images = Vec::<Image>::new();
        let mut known = BTreeMap::<&Digest, usize>::new();
        for descriptor in &index.manifests {
            let name = self.annotated_name(descriptor, &member);
            if let Some(at) = known.get(&descriptor.digest) {
                let names = &mut images[*at].names;
                let name = name.filter(|name| !names.contains(name));
                names.extend(name);
                continue;
            }
            let Some(mut image) = self.layout_image(&reader, descriptor)? else { continue };
            image.names = name.into_iter().collect();
            image.member.clone_from(&member);
            known.insert(&descriptor.digest, images.len());
            images.push(image);
        }
        Ok(images.into_iter().map(|image| with_saved_names(image, &saved)).collect())
    }

    fn check_layout_file(&mut self, reader: &Reader<'_>) -> Result<(), PackageError> {
        let path = name::within(reader.dir, "oci-layout");
        let member = reader.members.listing.member(&path);
        let Some(entry) = reader.members.get(&path) else {
            let kind = FindingKind::Missing("oci-layout".into());
            self.report(Finding::warning(member, kind));
            return Ok(());
        };
        let bytes = self.read(entry, &member, MAX_DOCUMENT)?;
        let source = match serde_json::from_slice::<LayoutFile>(&bytes) {
            Ok(file) if file.image_layout_version == "1.0.0" => return Ok(()),
            Ok(file) => InvalidDocument::LayoutVersion(file.image_layout_version),
            Err(error) => InvalidDocument::Json(error),
        };
        Err(PackageError::Invalid { member, source })
    }

    /// The names that a `manifest.json` beside the layout gives, by config.
    fn saved_names(
        &mut self,
        members: &Members<'_>,
        dir: &str,
    ) -> Result<BTreeMap<String, Vec<String>>, PackageError> {
        let saved = self.saved_images(members, dir)?;
        let images = saved.into_iter().flat_map(|(_, images)| images);
        Ok(images
            .filter_map(|image| {
                let config = config_digest(&image.config)?.hex().to_owned();
                Some((config, image.repo_tags.unwrap_or_default()))
            })
            .collect())
    }

    fn annotated_name(&mut self, descriptor: &Descriptor, member: &str) -> Option<String> {
        let annotations = &descriptor.annotations;
        let name = annotations.get(CONTAINERD_NAME).or_else(|| annotations.get(REF_NAME));
        if let Some(name) = name
            && name.chars().any(char::is_control)
        {
            let kind = FindingKind::Name(name.clone());
            self.report(Finding::error(member, kind));
            return None;
        }
        name.cloned()
    }

    /// `None` when something is wrong with it: a finding says what.
    fn layout_image(
        &mut self,
        reader: &Reader<'_>,
        descriptor: &Descriptor,
    ) -> Result<Option<Image>, PackageError> {
        let Some(artifact) = self.document(reader, descriptor)? else { return Ok(None) };
        let mut image = Image {
            names: Vec::new(),
            manifests: Vec::new(),
            index: None,
            missing: Vec::new(),
            member: String::new(),
        };
        match &artifact {
            Artifact::Manifest { manifest, .. } => {
                let listed = descriptor.platform.as_ref();
                let Some(read) = self.layout_manifest(reader, manifest, &artifact, listed)? else {
                    return Ok(None);
                };
                image.manifests.push(read);
            }
            Artifact::Index { index, .. } => {
                let is_sparse = descriptor
                    .annotations
                    .get(SPARSE_ANNOTATION)
                    .is_some_and(|text| text == "true");
                if !self.children(reader, index, is_sparse, &mut image)? {
                    return Ok(None);
                }
                image.index = Some(artifact);
            }
        }
        Ok(Some(image))
    }

    /// The manifests of an index. Whether all that are there are in order.
    fn children(
        &mut self,
        reader: &Reader<'_>,
        index: &Index,
        is_sparse: bool,
        image: &mut Image,
    ) -> Result<bool, PackageError> {
        let mut is_whole = true;
        for child in &index.manifests {
            if media_type::is_index(&child.media_type) {
                let member = reader.member(&child.digest);
                self.report(Finding::error(member, FindingKind::NestedIndex));
                is_whole = false;
                continue;
            }
            if reader.members.get(&reader.path(&child.digest)).is_none() {
                if !is_sparse {
                    let (digest, platform) = (child.digest.clone(), child.platform.clone());
                    let kind = FindingKind::SparseIndex { digest, platform };
                    self.report(Finding::error(reader.member(&child.digest), kind));
                }
                image.missing.push(child.clone());
                continue;
            }
            let read = match self.document(reader, child)? {
                Some(artifact @ Artifact::Manifest { .. }) => {
                    let Artifact::Manifest { manifest, .. } = &artifact else { continue };
                    self.layout_manifest(reader, manifest, &artifact, child.platform.as_ref())?
                }
                _ => None,
            };
            is_whole &= read.is_some();
            image.manifests.extend(read);
        }
        Ok(is_whole)
    }

    /// A manifest or index of the layout, checked against its descriptor.
    fn document(
        &mut self,
        reader: &Reader<'_>,
        descriptor: &Descriptor,
    ) -> Result<Option<Artifact>, PackageError> {
        let member = reader.member(&descriptor.digest);
        let Some(bytes) = self.checked_blob(reader, descriptor, MAX_DOCUMENT)? else {
            return Ok(None);
        };
        match Artifact::parse(bytes.clone(), Some(&descriptor.media_type)) {
            Ok(artifact) => {
                self.documents.insert(descriptor.digest.clone(), Document { bytes, member });
                Ok(Some(artifact))
            }
            Err(error) => {
                self.report(Finding::error(member, FindingKind::Document(error)));
                Ok(None)
            }
        }
    }

    /// The bytes of a small blob, if they have its size and digest.
    fn checked_blob(
        &mut self,
        reader: &Reader<'_>,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Option<Bytes>, PackageError> {
        let member = reader.member(&descriptor.digest);
        let Some(entry) = reader.members.get(&reader.path(&descriptor.digest)) else {
            let kind = FindingKind::Missing(descriptor.digest.to_string());
            self.report(Finding::error(member, kind));
            return Ok(None);
        };
        if entry.place.size != descriptor.size {
            let kind = FindingKind::Size { expected: descriptor.size, found: entry.place.size };
            self.report(Finding::error(member, kind));
            return Ok(None);
        }
        let bytes = self.read(entry, &member, limit)?;
        let mut verifier = oci::Verifier::new(descriptor);
        match verifier.update(&bytes).and_then(|()| verifier.finish()) {
            Ok(()) => Ok(Some(bytes)),
            Err(oci::ContentError::Digest { expected, found }) => {
                let kind = FindingKind::Digest { expected, found };
                self.report(Finding::error(member, kind));
                Ok(None)
            }
            Err(_) => Ok(None),
        }
    }

    fn layout_manifest(
        &mut self,
        reader: &Reader<'_>,
        manifest: &Manifest,
        artifact: &Artifact,
        listed: Option<&Platform>,
    ) -> Result<Option<PlatformManifest>, PackageError> {
        let mut platform = None;
        let mut is_whole = self.layout_blob(reader, &manifest.config);
        let is_image = matches!(
            &*manifest.config.media_type,
            media_type::OCI_CONFIG | media_type::DOCKER_CONFIG
        );
        if is_whole && is_image {
            let member = reader.member(&manifest.config.digest);
            let Some(bytes) = self.checked_blob(reader, &manifest.config, MAX_CONFIG)? else {
                return Ok(None);
            };
            let Some(checked) =
                self.check_config(&bytes, None, &manifest.config.media_type, &member)
            else {
                return Ok(None);
            };
            if let Err(error) = checked.config.check_layers(manifest.layers.len()) {
                self.report(Finding::error(member.clone(), FindingKind::Document(error)));
                is_whole = false;
            }
            platform = checked.config.platform();
            self.compare_platforms(listed, platform.as_ref(), member);
        }
        for layer in &manifest.layers {
            is_whole &= self.layout_blob(reader, layer);
        }
        Ok(is_whole.then(|| PlatformManifest {
            platform,
            config: manifest.config.clone(),
            layers: manifest.layers.clone(),
            original: Some(artifact.clone()),
        }))
    }

    fn compare_platforms(
        &mut self,
        listed: Option<&Platform>,
        config: Option<&Platform>,
        member: String,
    ) {
        if let (Some(index), Some(config)) = (listed, config)
            && (index.os != config.os || index.architecture != config.architecture)
        {
            let (index, config) = (index.clone(), config.clone());
            let kind = FindingKind::Platform { index, config };
            self.report(Finding::error(member, kind));
        }
    }

    /// Takes a blob down. Whether it is there, or may be elsewhere.
    fn layout_blob(&mut self, reader: &Reader<'_>, descriptor: &Descriptor) -> bool {
        let member = reader.member(&descriptor.digest);
        let Some(entry) = reader.members.get(&reader.path(&descriptor.digest)) else {
            let is_foreign =
                media_type::is_foreign(&descriptor.media_type) && !descriptor.urls.is_empty();
            let finding = if is_foreign {
                Finding::error(member, FindingKind::ForeignLayer(descriptor.digest.clone()))
            } else {
                Finding::error(member, FindingKind::Missing(descriptor.digest.to_string()))
            };
            self.report(finding);
            return is_foreign;
        };
        if entry.place.size != descriptor.size {
            let kind = FindingKind::Size { expected: descriptor.size, found: entry.place.size };
            self.report(Finding::error(member, kind));
            return false;
        }
        self.register(descriptor, entry, member);
        true
    }
}

fn parse_index(bytes: Bytes) -> Result<Index, InvalidDocument> {
    match Artifact::parse(bytes, None)? {
        Artifact::Index { index, .. } => Ok(index),
        Artifact::Manifest { .. } => Err(InvalidDocument::NotAnIndex),
    }
}

/// A bare tag as a name tells less than the `RepoTags` of the same image.
fn with_saved_names(mut image: Image, saved: &BTreeMap<String, Vec<String>>) -> Image {
    let configs = image.manifests.iter().map(|manifest| manifest.config.digest.hex());
    let tags: Vec<String> =
        configs.filter_map(|config| saved.get(config)).flatten().cloned().collect();
    let is_bare = image.names.iter().all(|name| !name.contains(['/', ':']));
    if is_bare && !tags.is_empty() {
        image.names = tags;
    }
    image
}
