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
        let (manifest, raw) = if let Some(Artifact::Manifest { raw, manifest }) = &image.original {
            (manifest.clone(), raw.clone())
        } else {
            let manifest = rebuild(&image.config, &image.layers);
            let raw = manifest.encode(ManifestStyle::ThreeSpaces);
            (manifest, raw)
        };
        let media_type = manifest.media_type.as_deref().unwrap_or(oci::media_type::OCI_MANIFEST);
        let mut descriptor = Descriptor::of(media_type, &raw);
        descriptor.platform.clone_from(&image.platform);
        Self { descriptor, raw, manifest }
    }

    fn platform(&self) -> Option<&Platform> {
        self.descriptor.platform.as_ref()
    }
}

/// Docker's manifest says gzip of every layer. A layer that is not gzip gets an OCI manifest, which can say so.
fn rebuild(config: &Descriptor, layers: &[Descriptor]) -> Manifest {
    use oci::media_type::{
        DOCKER_LAYER, OCI_CONFIG, OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD, OCI_MANIFEST,
    };
    let docker = Manifest::docker(config, layers);
    let oci_type = |layer: &Descriptor| match layer.media_type.as_str() {
        OCI_LAYER | DOCKER_LAYER => OCI_LAYER,
        OCI_LAYER_ZSTD => OCI_LAYER_ZSTD,
        _ => OCI_LAYER_GZIP,
    };
    if layers.iter().all(|layer| oci_type(layer) == OCI_LAYER_GZIP) {
        return docker;
    }
    let typed =
        |layer: &Descriptor| Descriptor::new(oci_type(layer), layer.digest.clone(), layer.size);
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

impl Wanted {
    /// What an image brings, for one platform or all; `None` when it has nothing for it. The package's own index is
    /// used only when all of it is there and meant.
    pub(crate) fn of(image: &bundle::Image, platform: Option<&Platform>) -> Option<Self> {
        let is_meant = |manifest: &&bundle::PlatformManifest| {
            platform.is_none_or(|wanted| {
                manifest.platform.as_ref().is_some_and(|have| have.is_same(wanted))
            })
        };
        let manifests: Vec<Built> =
            image.manifests.iter().filter(is_meant).map(Built::new).collect();
        let index = image.index.clone().filter(|_| platform.is_none() && image.missing.is_empty());
        (!manifests.is_empty()).then_some(Self { manifests, index })
    }

    /// Adds the platforms of another package. A platform that both have must be the same image: else it is handed
    /// back.
    pub(crate) fn join(&mut self, other: Self) -> Result<(), Box<Built>> {
        for built in other.manifests {
            if self.has(&built) {
                continue;
            }
            if self.manifests.iter().any(|known| compete(known.platform(), built.platform())) {
                return Err(Box::new(built));
            }
            self.manifests.push(built);
            // It is not the package's own index any more.
            self.index = None;
        }
        Ok(())
    }

    /// Whether this image is among them.
    pub(crate) fn has(&self, built: &Built) -> bool {
        self.manifests.iter().any(|known| known.manifest.is_same_image(&built.manifest))
    }

    /// The document for the tag, where nothing else is behind it.
    pub(crate) fn root(&self) -> Artifact {
        match (&self.index, self.manifests.as_slice()) {
            (Some(index), _) => index.clone(),
            (None, [only]) => {
                Artifact::Manifest { raw: only.raw.clone(), manifest: only.manifest.clone() }
            }
            (None, manifests) => {
                index_over(manifests.iter().map(|built| built.descriptor.clone()).collect())
            }
        }
    }
}

/// Whether two images would be for the same machines. One that does not say where it runs could be for any.
fn compete(a: Option<&Platform>, b: Option<&Platform>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.is_same(b),
        _ => true,
    }
}

fn index_over(entries: Vec<Descriptor>) -> Artifact {
    let index = Index::over(entries);
    Artifact::Index { raw: index.encode(), index }
}

/// What is behind a tag.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one for each tag, and short-lived")]
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
        /// Those of its entries that are there and for one of the wanted platforms.
        children: BTreeMap<Digest, Child>,
    },
}

impl Remote {
    /// The digest behind the tag.
    pub(crate) fn digest(&self) -> Option<&Digest> {
        match self {
            Self::Absent => None,
            Self::Manifest { descriptor, .. } | Self::Index { descriptor, .. } => {
                Some(&descriptor.digest)
            }
        }
    }
}

/// An entry of an index that is there.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every one is the large one")]
pub(crate) enum Child {
    /// An image.
    Manifest(Manifest),
    /// Something else, such as an index: not comparable, so never equal.
    Other,
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
    /// What is behind the tag afterwards: the image, or the entries of the index.
    pub(crate) entries: Vec<Descriptor>,
    /// The wanted manifests that are (or will be) behind the tag: their blobs have to be there.
    pub(crate) pushed: Vec<Built>,
}

impl Decision {
    /// The platforms behind the tag afterwards.
    pub(crate) fn platforms(&self) -> Vec<Platform> {
        self.entries.iter().filter_map(|entry| entry.platform.clone()).collect()
    }
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
) -> Result<Decision, Box<Conflict>> {
    let mut merge = match remote {
        Remote::Absent => return Ok(fresh(wanted, ImageAction::Push)),
        Remote::Manifest { descriptor, manifest } => {
            let child = (descriptor.digest.clone(), Child::Manifest(manifest.clone()));
            Merge::new(vec![descriptor.clone()], BTreeMap::from([child]), policy)
        }
        Remote::Index { index, children, .. } => {
            Merge::new(index.manifests.clone(), children.clone(), policy)
        }
    };
    for built in &wanted.manifests {
        merge.add(built)?;
    }
    Ok(merge.finish(wanted, remote))
}

/// The tag as if nothing were there.
fn fresh(wanted: &Wanted, action: ImageAction) -> Decision {
    let root = wanted.root();
    let children = match root {
        Artifact::Manifest { .. } => Vec::new(),
        Artifact::Index { .. } => wanted.manifests.clone(),
    };
    Decision {
        action,
        children,
        digest: Digest::of(root.raw()),
        root: Some(root),
        entries: wanted.manifests.iter().map(|built| built.descriptor.clone()).collect(),
        pushed: wanted.manifests.clone(),
    }
}

/// Wanted manifests on their way into what is there.
struct Merge {
    entries: Vec<Descriptor>,
    there: BTreeMap<Digest, Child>,
    policy: ConflictPolicy,
    action: ImageAction,
    children: Vec<Built>,
    pushed: Vec<Built>,
}

impl Merge {
    fn new(
        entries: Vec<Descriptor>,
        there: BTreeMap<Digest, Child>,
        policy: ConflictPolicy,
    ) -> Self {
        Self {
            entries,
            there,
            policy,
            action: ImageAction::UpToDate,
            children: Vec::new(),
            pushed: Vec::new(),
        }
    }

    fn add(&mut self, built: &Built) -> Result<(), Box<Conflict>> {
        let is_same = |entry: &&Descriptor| match self.there.get(&entry.digest) {
            Some(Child::Manifest(manifest)) => manifest.is_same_image(&built.manifest),
            _ => false,
        };
        if self.entries.iter().any(|entry| is_same(&entry)) {
            self.pushed.push(built.clone());
            return Ok(());
        }
        let rival = self
            .entries
            .iter()
            .position(|entry| compete(entry.platform.as_ref(), built.platform()));
        let Some(at) = rival else {
            self.entries.push(built.descriptor.clone());
            self.put(built, ImageAction::Merge);
            return Ok(());
        };
        let entry = &self.entries[at];
        let is_there = self.there.contains_key(&entry.digest);
        match self.policy {
            ConflictPolicy::Fail if is_there => {
                return Err(Box::new(Conflict {
                    platform: entry.platform.clone(),
                    found: entry.digest.clone(),
                    wanted: built.descriptor.digest.clone(),
                }));
            }
            ConflictPolicy::Keep if is_there => {
                self.action = stronger(self.action, ImageAction::Keep);
            }
            _ => {
                self.entries[at] = built.descriptor.clone();
                // An entry whose manifest is gone stands for nothing: ours takes its place.
                self.put(built, if is_there { ImageAction::Overwrite } else { ImageAction::Push });
            }
        }
        Ok(())
    }

    fn put(&mut self, built: &Built, action: ImageAction) {
        self.action = stronger(self.action, action);
        self.children.push(built.clone());
        self.pushed.push(built.clone());
    }

    fn finish(self, wanted: &Wanted, remote: &Remote) -> Decision {
        let Self { entries, action, children, pushed, .. } = self;
        if let (true, Some(found)) = (children.is_empty(), remote.digest()) {
            return Decision {
                action,
                children,
                root: None,
                digest: found.clone(),
                entries,
                pushed,
            };
        }
        let root = match remote {
            Remote::Index { index, .. } => {
                let index = Index { manifests: entries.clone(), ..index.clone() };
                Artifact::Index { raw: index.encode(), index }
            }
            // What was there alone is gone: the tag is as if it were new.
            _ if children.len() == entries.len() => return fresh(wanted, action),
            _ => index_over(entries.clone()),
        };
        Decision {
            action,
            children,
            digest: Digest::of(root.raw()),
            root: Some(root),
            entries,
            pushed,
        }
    }
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
        let children = present
            .iter()
            .map(|b| (b.descriptor.digest.clone(), Child::Manifest(b.manifest.clone())))
            .collect();
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
            assert_eq!(again.platforms().len(), 2);
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
    fn keeping_one_platform_does_not_lose_another() {
        let (old, new, arm) = (built("amd64", "old"), built("amd64", "new"), built("arm64", "y"));
        let decision = decide(&wanted(&[&new, &arm]), &there(&old), ConflictPolicy::Keep).unwrap();
        assert_eq!(decision.action, ImageAction::Keep);
        let digests: Vec<_> =
            root_index(&decision).manifests.iter().map(|entry| &entry.digest).collect();
        assert_eq!(digests, [&old.descriptor.digest, &arm.descriptor.digest]);
    }

    #[test]
    fn packages_are_joined_by_platform() {
        let (amd, arm, other) = (built("amd64", "x"), built("arm64", "y"), built("amd64", "z"));
        let mut all = wanted(&[&amd]);
        all.join(wanted(&[&arm, &amd])).unwrap();
        assert_eq!(all.manifests.len(), 2);
        assert_eq!(all.join(wanted(&[&other])).unwrap_err().descriptor, other.descriptor);
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
