//! What to do with one tag: pure, from what the package has and what the registry has.

use std::collections::BTreeMap;

use bytes::Bytes;
use oci::{Artifact, Descriptor, Digest, Index, Manifest, ManifestStyle, Platform};

use crate::sync::options::ConflictPolicy;
use crate::sync::report::ImageAction;

/// An image manifest that the package has, in the bytes that will be pushed.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    /// Digest, size, type and platform of `raw`.
    pub(crate) descriptor: Descriptor,
    /// The bytes.
    pub(crate) raw: Bytes,
    /// Their meaning.
    pub(crate) manifest: Manifest,
}

impl Built {
    /// The manifest of an image in a package: the original bytes where the layout kept them, else rebuilt the way
    /// charts-syncer and `docker push` write them.
    pub(crate) fn new(image: &bundle::PlatformManifest) -> Self {
        let (manifest, raw, media_type) = match &image.original {
            Some(Artifact::Manifest { raw, manifest }) => {
                let media_type = manifest
                    .media_type
                    .clone()
                    .unwrap_or_else(|| oci::media_type::OCI_MANIFEST.into());
                (manifest.clone(), raw.clone(), media_type)
            }
            _ => {
                let manifest = rebuild(&image.config, &image.layers);
                let media_type = manifest.media_type.clone().unwrap_or_default();
                let raw = manifest.encode(ManifestStyle::ThreeSpaces);
                (manifest, raw, media_type)
            }
        };
        let mut descriptor = Descriptor::of(&media_type, &raw);
        descriptor.platform.clone_from(&image.platform);
        Self { descriptor, raw, manifest }
    }

    fn platform(&self) -> Option<&Platform> {
        self.descriptor.platform.as_ref()
    }
}

/// Docker's manifest says gzip of every layer. A layer that is not gzip gets an OCI manifest, which can say so.
fn rebuild(config: &Descriptor, layers: &[Descriptor]) -> Manifest {
    use oci::media_type::{OCI_CONFIG, OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD, OCI_MANIFEST};
    let docker = Manifest::docker(config, layers);
    if !layers.iter().any(|layer| matches!(layer.media_type.as_str(), OCI_LAYER | OCI_LAYER_ZSTD)) {
        return docker;
    }
    let typed = |layer: &Descriptor| {
        let media_type = match layer.media_type.as_str() {
            known @ (OCI_LAYER | OCI_LAYER_ZSTD) => known,
            _ => OCI_LAYER_GZIP,
        };
        Descriptor::new(media_type, layer.digest.clone(), layer.size)
    };
    Manifest {
        media_type: Some(OCI_MANIFEST.into()),
        config: Descriptor::new(OCI_CONFIG, config.digest.clone(), config.size),
        layers: layers.iter().map(typed).collect(),
        ..docker
    }
}

/// What should be behind a tag.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// One manifest for each platform, at least one.
    pub(crate) manifests: Vec<Built>,
    /// The package's own index over exactly these.
    pub(crate) index: Option<Artifact>,
}

/// What is behind it.
#[derive(Clone, Debug)]
pub(crate) enum Remote {
    /// The tag does not exist.
    Absent,
    /// One image.
    Manifest {
        /// As the registry describes it; the platform is of its config.
        descriptor: Descriptor,
        /// Its content.
        manifest: Manifest,
    },
    /// Several.
    Index {
        /// As the registry describes it.
        descriptor: Descriptor,
        /// Its content.
        index: Index,
        /// Those of its manifests that are there and for one of the wanted platforms.
        children: BTreeMap<Digest, Manifest>,
    },
}

/// What will be done.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) action: ImageAction,
    /// Manifests to put by digest first.
    pub(crate) children: Vec<Built>,
    /// The document to put under the tag; `None` when the tag is right.
    pub(crate) root: Option<Artifact>,
    /// The digest behind the tag afterwards.
    pub(crate) digest: Digest,
    /// The platforms behind the tag afterwards.
    pub(crate) platforms: Vec<Platform>,
    /// The wanted manifests that are (or will be) behind the tag: their blobs have to be there.
    pub(crate) pushed: Vec<Built>,
}

/// The same platform is there with other content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// `None` when the image there does not say.
    pub(crate) platform: Option<Platform>,
    /// What is there.
    pub(crate) found: Digest,
    /// What was wanted.
    pub(crate) wanted: Digest,
}

/// Decides. A conflict is the same platform with other content; another platform is merged into an index.
pub(crate) fn decide(
    wanted: &Wanted,
    remote: &Remote,
    policy: ConflictPolicy,
) -> Result<Decision, Conflict> {
    match remote {
        Remote::Absent => Ok(fresh(wanted, ImageAction::Push)),
        Remote::Manifest { descriptor, manifest } => {
            beside_manifest(wanted, descriptor, manifest, policy)
        }
        Remote::Index { descriptor, index, children } => {
            let theirs = Theirs { descriptor, index, children };
            into_index(wanted, &theirs, policy)
        }
    }
}

/// The tag as if nothing were there.
fn fresh(wanted: &Wanted, action: ImageAction) -> Decision {
    let (children, root) = match (&wanted.index, wanted.manifests.as_slice()) {
        (Some(index), manifests) => (manifests.to_vec(), index.clone()),
        (None, [only]) => {
            let root =
                Artifact::Manifest { raw: only.raw.clone(), manifest: only.manifest.clone() };
            (Vec::new(), root)
        }
        (None, manifests) => {
            let index =
                Index::over(manifests.iter().map(|built| built.descriptor.clone()).collect());
            (manifests.to_vec(), Artifact::Index { raw: index.encode(), index })
        }
    };
    Decision {
        action,
        children,
        digest: Digest::of(root.raw()),
        root: Some(root),
        platforms: wanted.manifests.iter().filter_map(|built| built.platform().cloned()).collect(),
        pushed: wanted.manifests.clone(),
    }
}

/// Nothing changes.
fn unchanged(
    action: ImageAction,
    digest: &Digest,
    platforms: Vec<Platform>,
    pushed: Vec<Built>,
) -> Decision {
    Decision { action, children: Vec::new(), root: None, digest: digest.clone(), platforms, pushed }
}

fn beside_manifest(
    wanted: &Wanted,
    descriptor: &Descriptor,
    manifest: &Manifest,
    policy: ConflictPolicy,
) -> Result<Decision, Conflict> {
    let same = wanted.manifests.iter().find(|built| built.manifest.is_same_image(manifest));
    if let (Some(same), [_]) = (same, wanted.manifests.as_slice()) {
        let platforms = same.platform().cloned().into_iter().collect();
        return Ok(unchanged(
            ImageAction::UpToDate,
            &descriptor.digest,
            platforms,
            vec![same.clone()],
        ));
    }
    let rival = wanted.manifests.iter().find(|built| {
        match (built.platform(), descriptor.platform.as_ref()) {
            (Some(ours), Some(theirs)) => ours.is_same(theirs),
            // An image that does not say where it runs could be for any platform.
            _ => true,
        }
    });
    if let (None, Some(rival)) = (same, rival) {
        let conflict = Conflict {
            platform: descriptor.platform.clone(),
            found: descriptor.digest.clone(),
            wanted: rival.descriptor.digest.clone(),
        };
        return match policy {
            ConflictPolicy::Fail => Err(conflict),
            ConflictPolicy::Overwrite => Ok(fresh(wanted, ImageAction::Overwrite)),
            ConflictPolicy::Keep => {
                let platforms = descriptor.platform.clone().into_iter().collect();
                Ok(unchanged(ImageAction::Keep, &descriptor.digest, platforms, Vec::new()))
            }
        };
    }
    // The image that is there keeps its bytes; ours join it.
    let ours: Vec<Built> = wanted
        .manifests
        .iter()
        .filter(|built| !built.manifest.is_same_image(manifest))
        .cloned()
        .collect();
    let mut entries = vec![descriptor.clone()];
    entries.extend(ours.iter().map(|built| built.descriptor.clone()));
    Ok(with_index(ImageAction::Merge, Index::over(entries), ours, wanted))
}

fn with_index(
    action: ImageAction,
    index: Index,
    children: Vec<Built>,
    wanted: &Wanted,
) -> Decision {
    let platforms = index.manifests.iter().filter_map(|entry| entry.platform.clone()).collect();
    let raw = index.encode();
    let digest = Digest::of(&raw);
    let root = Some(Artifact::Index { raw, index });
    Decision { action, children, root, digest, platforms, pushed: wanted.manifests.clone() }
}

struct Theirs<'a> {
    descriptor: &'a Descriptor,
    index: &'a Index,
    children: &'a BTreeMap<Digest, Manifest>,
}

fn into_index(
    wanted: &Wanted,
    theirs: &Theirs<'_>,
    policy: ConflictPolicy,
) -> Result<Decision, Conflict> {
    let mut index = theirs.index.clone();
    let (mut children, mut kept, mut action) = (Vec::new(), Vec::new(), ImageAction::UpToDate);
    for built in &wanted.manifests {
        let at = index.manifests.iter().position(|entry| {
            match (entry.platform.as_ref(), built.platform()) {
                (Some(theirs), Some(ours)) => theirs.is_same(ours),
                _ => entry.digest == built.descriptor.digest,
            }
        });
        let Some(at) = at else {
            index.manifests.push(built.descriptor.clone());
            children.push(built.clone());
            action = stronger(action, ImageAction::Merge);
            continue;
        };
        let entry = &index.manifests[at];
        match theirs.children.get(&entry.digest) {
            Some(manifest) if manifest.is_same_image(&built.manifest) => {}
            Some(_) if policy == ConflictPolicy::Fail => {
                return Err(Conflict {
                    platform: entry.platform.clone(),
                    found: entry.digest.clone(),
                    wanted: built.descriptor.digest.clone(),
                });
            }
            Some(_) if policy == ConflictPolicy::Keep => {
                action = stronger(action, ImageAction::Keep);
                kept.push(built.descriptor.digest.clone());
            }
            found => {
                // Other content to overwrite, or an entry whose manifest is gone: repair it.
                let step = if found.is_some() { ImageAction::Overwrite } else { ImageAction::Push };
                action = stronger(action, step);
                index.manifests[at] = built.descriptor.clone();
                children.push(built.clone());
            }
        }
    }
    let pushed: Vec<Built> = wanted
        .manifests
        .iter()
        .filter(|built| !kept.contains(&built.descriptor.digest))
        .cloned()
        .collect();
    if children.is_empty() {
        let platforms = index.manifests.iter().filter_map(|entry| entry.platform.clone()).collect();
        return Ok(unchanged(action, &theirs.descriptor.digest, platforms, pushed));
    }
    Ok(Decision { pushed, ..with_index(action, index, children, wanted) })
}

/// The more telling of two actions on one tag.
fn stronger(a: ImageAction, b: ImageAction) -> ImageAction {
    let rank = |action| match action {
        ImageAction::UpToDate => 0,
        ImageAction::Push => 1,
        ImageAction::Merge => 2,
        ImageAction::Keep => 3,
        ImageAction::Overwrite => 4,
    };
    if rank(b) > rank(a) { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(architecture: &str, content: &str) -> Built {
        let image = bundle::PlatformManifest {
            platform: Some(Platform::new("linux", architecture)),
            config: Descriptor::of("c", format!("{architecture} {content}").as_bytes()),
            layers: vec![Descriptor::of("l", content.as_bytes())],
            original: None,
        };
        Built::new(&image)
    }

    fn wanted(manifests: &[&Built]) -> Wanted {
        Wanted { manifests: manifests.iter().copied().cloned().collect(), index: None }
    }

    fn there(built: &Built) -> Remote {
        Remote::Manifest { descriptor: built.descriptor.clone(), manifest: built.manifest.clone() }
    }

    fn index_of(entries: &[&Built], present: &[&Built]) -> Remote {
        let index = Index::over(entries.iter().map(|built| built.descriptor.clone()).collect());
        let children =
            present.iter().map(|b| (b.descriptor.digest.clone(), b.manifest.clone())).collect();
        Remote::Index {
            descriptor: Descriptor::of(oci::media_type::DOCKER_INDEX, &index.encode()),
            index,
            children,
        }
    }

    fn root_index(decision: &Decision) -> &Index {
        match &decision.root {
            Some(Artifact::Index { index, .. }) => index,
            other => panic!("not an index: {other:?}"),
        }
    }

    #[test]
    fn a_new_tag_gets_the_manifest_itself() {
        let amd = built("amd64", "x");
        let decision = decide(&wanted(&[&amd]), &Remote::Absent, ConflictPolicy::Fail).unwrap();
        assert_eq!(
            (decision.action, &decision.digest),
            (ImageAction::Push, &amd.descriptor.digest)
        );
        assert!(decision.children.is_empty());
    }

    #[test]
    fn the_same_image_in_another_spelling_is_up_to_date() {
        let amd = built("amd64", "x");
        let compact = amd.manifest.encode(ManifestStyle::Compact);
        let descriptor = Descriptor::of(oci::media_type::DOCKER_MANIFEST, &compact);
        let remote =
            Remote::Manifest { descriptor: descriptor.clone(), manifest: amd.manifest.clone() };
        let decision = decide(&wanted(&[&amd]), &remote, ConflictPolicy::Fail).unwrap();
        assert_eq!((decision.action, decision.digest), (ImageAction::UpToDate, descriptor.digest));
        assert!(decision.root.is_none());
    }

    #[test]
    fn another_platform_is_merged_and_then_up_to_date() {
        let (amd, arm) = (built("amd64", "x"), built("arm64", "y"));
        let merged = decide(&wanted(&[&arm]), &there(&amd), ConflictPolicy::Fail).unwrap();
        assert_eq!(merged.action, ImageAction::Merge);
        let digests: Vec<_> =
            root_index(&merged).manifests.iter().map(|entry| &entry.digest).collect();
        assert_eq!(digests, [&amd.descriptor.digest, &arm.descriptor.digest]);

        let remote = index_of(&[&amd, &arm], &[&amd, &arm]);
        for ours in [&amd, &arm] {
            let again = decide(&wanted(&[ours]), &remote, ConflictPolicy::Fail).unwrap();
            assert_eq!(again.action, ImageAction::UpToDate);
            assert_eq!(again.platforms.len(), 2);
        }
    }

    #[test]
    fn the_same_platform_with_other_content_is_a_conflict() {
        let (old, new, arm) = (built("amd64", "old"), built("amd64", "new"), built("arm64", "y"));
        for remote in [there(&old), index_of(&[&old, &arm], &[&old, &arm])] {
            let conflict = decide(&wanted(&[&new]), &remote, ConflictPolicy::Fail).unwrap_err();
            assert_eq!(
                (conflict.found, conflict.wanted),
                (old.descriptor.digest.clone(), new.descriptor.digest.clone())
            );
            let kept = decide(&wanted(&[&new]), &remote, ConflictPolicy::Keep).unwrap();
            assert_eq!(kept.action, ImageAction::Keep);
            assert!(kept.root.is_none() && kept.pushed.is_empty());
            let over = decide(&wanted(&[&new]), &remote, ConflictPolicy::Overwrite).unwrap();
            assert_eq!(over.action, ImageAction::Overwrite);
        }
        let remote = index_of(&[&old, &arm], &[&old, &arm]);
        let over = decide(&wanted(&[&new]), &remote, ConflictPolicy::Overwrite).unwrap();
        assert_eq!(
            root_index(&over).manifests[1].digest,
            arm.descriptor.digest,
            "the other platform stays"
        );
    }

    #[test]
    fn a_deleted_manifest_below_an_index_is_repaired() {
        let (amd, arm) = (built("amd64", "x"), built("arm64", "y"));
        let remote = index_of(&[&amd, &arm], &[&arm]);
        let decision = decide(&wanted(&[&amd]), &remote, ConflictPolicy::Fail).unwrap();
        assert_eq!(decision.children.len(), 1);
        assert!(decision.root.is_some());
    }

    #[test]
    fn a_layer_that_is_not_gzip_is_called_by_its_name() {
        let image = bundle::PlatformManifest {
            platform: None,
            config: Descriptor::of("c", b"c"),
            layers: vec![
                Descriptor::of(oci::media_type::OCI_LAYER_ZSTD, b"z"),
                Descriptor::of("l", b"g"),
            ],
            original: None,
        };
        let built = Built::new(&image);
        assert_eq!(built.descriptor.media_type, oci::media_type::OCI_MANIFEST);
        assert_eq!(built.manifest.layers[0].media_type, oci::media_type::OCI_LAYER_ZSTD);
        assert_eq!(built.manifest.layers[1].media_type, oci::media_type::OCI_LAYER_GZIP);
    }
}
