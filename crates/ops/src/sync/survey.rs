//! What the registry holds under the tags of a plan. Only looks.

use std::collections::BTreeMap;

use oci::{Artifact, Descriptor, Digest, Index, Manifest, media_type};
use registry_client::{Error, ManifestId, Repository};

use crate::sync::decide::{Child, Remote};
use crate::sync::wanted::Wanted;

/// A config above this size says nothing worth fetching it for.
const MAX_CONFIG: u64 = 4 << 20;

/// What is behind a tag, as far as it matters for what is wanted.
pub(crate) async fn survey(
    repository: &Repository,
    tag: &ManifestId,
    wanted: &Wanted,
) -> Result<Remote, Error> {
    let Some(found) = repository.resolve(tag).await? else { return Ok(Remote::Absent) };
    // The usual case of a second run: exactly our bytes are there, nothing has to be fetched.
    if let Some(ours) =
        wanted.manifests.iter().find(|built| built.descriptor.digest == found.digest)
    {
        return Ok(Remote::Manifest {
            descriptor: ours.descriptor.clone(),
            manifest: ours.manifest.clone(),
        });
    }
    let Some(fetched) = repository.manifest(tag).await? else { return Ok(Remote::Absent) };
    let descriptor = fetched.descriptor;
    match fetched.artifact {
        Artifact::Manifest { manifest, .. } => {
            let platform = platform_of(repository, &manifest).await?;
            Ok(Remote::Manifest { descriptor: Descriptor { platform, ..descriptor }, manifest })
        }
        Artifact::Index { index, .. } => {
            let children = children(repository, &index, wanted).await?;
            Ok(Remote::Index { descriptor, index, children })
        }
    }
}

/// The platform an image's config states. A config that is gone or is none states nothing.
async fn platform_of(
    repository: &Repository,
    manifest: &Manifest,
) -> Result<Option<oci::Platform>, Error> {
    let config = &manifest.config;
    let is_image =
        matches!(config.media_type.as_str(), media_type::DOCKER_CONFIG | media_type::OCI_CONFIG);
    if !is_image || config.size > MAX_CONFIG || !repository.exists(config).await? {
        return Ok(None);
    }
    // A config that does not arrive whole states nothing either: the comparison then treats the platform as unknown.
    let Ok(bytes) = repository.blob(config).await?.read_all().await else { return Ok(None) };
    Ok(oci::ImageConfig::parse(&bytes).ok().and_then(|config| config.platform()))
}

/// Those manifests of an index that are there and compete with a wanted one.
async fn children(
    repository: &Repository,
    index: &Index,
    wanted: &Wanted,
) -> Result<BTreeMap<Digest, Child>, Error> {
    let mut children = BTreeMap::new();
    for entry in &index.manifests {
        let id = ManifestId::Digest(entry.digest.clone());
        if let Some(ours) =
            wanted.manifests.iter().find(|built| built.descriptor.digest == entry.digest)
        {
            if repository.resolve(&id).await?.is_some() {
                children.insert(entry.digest.clone(), Child::Manifest(ours.manifest.clone()));
            }
            continue;
        }
        let competes = wanted.manifests.iter().any(|built| {
            match (&entry.platform, &built.descriptor.platform) {
                (Some(theirs), Some(ours)) => theirs.is_same(ours),
                _ => true,
            }
        });
        if competes && let Some(fetched) = repository.manifest(&id).await? {
            let child = match fetched.artifact {
                Artifact::Manifest { manifest, .. } => Child::Manifest(manifest),
                Artifact::Index { .. } => Child::Other,
            };
            children.insert(entry.digest.clone(), child);
        }
    }
    Ok(children)
}
