//! What to do with one tag: pure, from what the package has and what the registry has.

use std::collections::BTreeMap;

use oci::{Artifact, Descriptor, Digest, Index, Manifest, Platform};

use crate::sync::options::ConflictPolicy;
use crate::sync::report::ImageAction;
pub(crate) use crate::sync::wanted::{Built, Wanted};
use crate::sync::wanted::{compete, index_over};

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
    /// The wanted manifests that are (or will be) there: their blobs have to be there.
    pub(crate) pushed: Vec<Built>,
    /// Indexes to put by digest, beside the tag.
    pub(crate) beside: Vec<Artifact>,
}

impl Decision {
    /// Whether a digest is there afterwards.
    pub(crate) fn provides(&self, digest: &Digest) -> bool {
        self.digest == *digest
            || self.entries.iter().any(|entry| entry.digest == *digest)
            || self.children.iter().any(|child| child.descriptor.digest == *digest)
            || self.beside.iter().any(|index| Digest::of(index.raw()) == *digest)
    }

    /// Puts an image by its digest, whatever is behind the tag: a chart names it so.
    pub(crate) fn put_beside(&mut self, pinned: &Wanted) {
        for built in &pinned.manifests {
            if !self.provides(&built.descriptor.digest) {
                self.children.push(built.clone());
                self.pushed.push(built.clone());
            }
        }
        if let index @ Artifact::Index { .. } = pinned.root() {
            self.beside.push(index);
        }
        self.action = stronger(self.action, ImageAction::Push);
    }

    /// Whether anything is to be put.
    pub(crate) fn is_change(&self) -> bool {
        self.root.is_some() || !self.children.is_empty() || !self.beside.is_empty()
    }

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
        beside: Vec::new(),
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
        let rival = self.rival(built);
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
                self.replace(at, built);
                // An entry whose manifest is gone stands for nothing: ours takes its place.
                self.put(built, if is_there { ImageAction::Overwrite } else { ImageAction::Push });
            }
        }
        Ok(())
    }

    /// The entry whose place the image would take: the one for its platform, rather one that is there; without one,
    /// the first that could be for any.
    fn rival(&self, built: &Built) -> Option<usize> {
        let own = built.platform();
        let is_there = |entry: &Descriptor| self.there.contains_key(&entry.digest);
        let find = |is_rival: &dyn Fn(&Descriptor) -> bool| self.entries.iter().position(is_rival);
        find(&|entry| is_exact(entry, own) && is_there(entry))
            .or_else(|| find(&|entry| is_exact(entry, own)))
            .or_else(|| find(&|entry| compete(entry.platform.as_ref(), own)))
    }

    /// Puts the image in the place of another. One image is left for its platform: which of two a node would take is
    /// anybody's guess.
    fn replace(&mut self, at: usize, built: &Built) {
        self.entries[at] = built.descriptor.clone();
        let mut places = 0..;
        let mut is_at = || places.next() == Some(at);
        self.entries.retain(|entry| is_at() || !is_exact(entry, built.platform()));
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
                beside: Vec::new(),
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
            beside: Vec::new(),
        }
    }
}

/// Whether an entry says that it is for this platform.
fn is_exact(entry: &Descriptor, own: Option<&Platform>) -> bool {
    entry.platform.as_ref().zip(own).is_some_and(|(theirs, ours)| theirs.is_same(ours))
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
    use oci::ManifestStyle;

    use super::*;
    use crate::sync::wanted::tests::{built, wanted};

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
    fn what_a_chart_names_by_digest_is_put_beside_another_spelling() {
        let (amd, arm) = (built("amd64", "x"), built("arm64", "y"));
        let mut compact = Descriptor::of(
            oci::media_type::DOCKER_MANIFEST,
            &amd.manifest.encode(ManifestStyle::Compact),
        );
        compact.platform.clone_from(&amd.descriptor.platform);
        let remote =
            Remote::Manifest { descriptor: compact.clone(), manifest: amd.manifest.clone() };
        let one = wanted(&[&amd]);
        let mut decision = decide(&one, &remote, ConflictPolicy::Fail).unwrap();
        assert!(!decision.provides(&amd.descriptor.digest) && !decision.is_change());
        decision.put_beside(&one);
        assert!(decision.provides(&amd.descriptor.digest) && decision.is_change());
        assert_eq!((decision.action, &decision.digest), (ImageAction::Push, &compact.digest));
        assert!(decision.root.is_none() && decision.beside.is_empty());

        // An index that the tag does not get: it and all below it.
        let both = wanted(&[&amd, &arm]);
        let index = Digest::of(both.root().raw());
        let mut decision = decide(&both, &remote, ConflictPolicy::Fail).unwrap();
        assert!(!decision.provides(&index) && decision.provides(&arm.descriptor.digest));
        decision.put_beside(&both);
        assert!(decision.provides(&index) && decision.provides(&amd.descriptor.digest));
        assert_eq!(decision.children.len(), 2);
        assert_ne!(decision.digest, index);
    }

    #[test]
    fn a_tag_that_is_kept_does_not_keep_the_named_digest_away() {
        let (old, new) = (built("amd64", "old"), built("amd64", "new"));
        let one = wanted(&[&new]);
        let mut decision = decide(&one, &there(&old), ConflictPolicy::Keep).unwrap();
        decision.put_beside(&one);
        assert_eq!((decision.action, decision.pushed.len()), (ImageAction::Keep, 1));
        assert!(decision.root.is_none() && decision.provides(&new.descriptor.digest));
    }

    #[test]
    fn what_is_overwritten_is_the_image_of_this_platform() {
        let (first, second) = (built("amd64", "first"), built("amd64", "second"));
        let (mut note, arm, new) = (built("note", "n"), built("arm64", "y"), built("amd64", "new"));
        note.descriptor.platform = None;
        let all = [&note, &first, &arm, &second];
        let remote = index_of(&all, &[&note, &arm, &second]);
        let conflict = decide(&wanted(&[&new]), &remote, ConflictPolicy::Fail).unwrap_err();
        assert_eq!(conflict.found, second.descriptor.digest, "the first is gone");
        let remote = index_of(&all, &all);
        let conflict = decide(&wanted(&[&new]), &remote, ConflictPolicy::Fail).unwrap_err();
        assert_eq!(conflict.found, first.descriptor.digest);
        let decision = decide(&wanted(&[&new]), &remote, ConflictPolicy::Overwrite).unwrap();
        let digests: Vec<_> =
            root_index(&decision).manifests.iter().map(|entry| &entry.digest).collect();
        let expected = [&note, &new, &arm].map(|built| &built.descriptor.digest);
        assert_eq!(digests, expected);
    }
}
