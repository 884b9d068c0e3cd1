//! What should be behind a tag, from what the packages have.

use bytes::Bytes;
use oci::{Artifact, Descriptor, Index, Manifest, ManifestStyle, Platform};

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

    pub(crate) fn platform(&self) -> Option<&Platform> {
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
pub(crate) fn compete(a: Option<&Platform>, b: Option<&Platform>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.is_same(b),
        _ => true,
    }
}

pub(crate) fn index_over(entries: Vec<Descriptor>) -> Artifact {
    let index = Index::over(entries);
    Artifact::Index { raw: index.encode(), index }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn built(architecture: &str, content: &str) -> Built {
        let image = bundle::PlatformManifest {
            platform: Some(Platform::new("linux", architecture)),
            config: Descriptor::of("c", format!("{architecture} {content}").as_bytes()),
            layers: vec![Descriptor::of("l", content.as_bytes())],
            original: None,
        };
        Built::new(&image)
    }

    pub(crate) fn wanted(manifests: &[&Built]) -> Wanted {
        Wanted { manifests: manifests.iter().copied().cloned().collect(), index: None }
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
