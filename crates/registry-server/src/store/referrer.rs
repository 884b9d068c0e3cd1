//! Manifests that are about other manifests.

use oci::{Artifact, Descriptor, Digest};

use crate::store::StoredManifest;

/// What the manifest is about.
pub(crate) fn subject(stored: &StoredManifest) -> Option<Digest> {
    let subject = match Artifact::parse(stored.raw.clone(), Some(&stored.media_type)).ok()? {
        Artifact::Manifest { manifest, .. } => manifest.subject,
        Artifact::Index { index, .. } => index.subject,
    };
    subject.map(|subject| subject.digest)
}

/// How a list of referrers shows the manifest (distribution specification, "Listing referrers"): with its annotations,
/// and an image manifest without an `artifactType` with the type of its config.
pub(crate) fn referrer(digest: &Digest, stored: &StoredManifest) -> Option<Descriptor> {
    let (artifact_type, annotations) =
        match Artifact::parse(stored.raw.clone(), Some(&stored.media_type)).ok()? {
            Artifact::Manifest { manifest, .. } => {
                let stated = manifest.artifact_type.filter(|text| !text.is_empty());
                (stated.or(Some(manifest.config.media_type)), manifest.annotations)
            }
            Artifact::Index { index, .. } => (index.artifact_type, index.annotations),
        };
    let size = stored.raw.len() as u64;
    let descriptor = Descriptor::new(&stored.media_type, digest.clone(), size);
    Some(Descriptor { artifact_type, annotations, ..descriptor })
}
