//! `inspect`: what a package holds, without reading the images.

use std::collections::BTreeMap;
use std::path::Path;

use oci::{Digest, Platform};
use serde::Serialize;

use crate::open::{Opened, open_package};
use crate::sync::decide::Built;
use crate::{Error, Problem};

/// What a package holds. Sizes are in bytes.
#[derive(Clone, Debug, Serialize)]
pub struct InspectReport {
    /// The package as it was named.
    pub path: String,
    /// Its size on disk.
    pub size: u64,
    /// Whether it is compressed as a whole: reading it takes two passes.
    pub compressed: bool,
    /// The checksum files beside its archives.
    pub checksums: Vec<ChecksumReport>,
    /// The archives without one.
    pub unchecked: Vec<String>,
    /// What is in it.
    pub bundles: Vec<BundleReport>,
    /// Sums.
    pub totals: InspectTotals,
    /// What is wrong with it, as far as can be told without reading the images.
    pub problems: Vec<Problem>,
}

/// A checksum file.
#[derive(Clone, Debug, Serialize)]
pub struct ChecksumReport {
    /// The archive it is for.
    pub of: String,
    /// The tar inside, when the sum is of that: `x.tar` for `x.tar.gz`.
    pub of_unpacked: Option<String>,
    /// Where it is.
    pub file: String,
    /// The file it names.
    pub names: String,
    /// Whether that is the archive, or the tar inside.
    pub names_package: bool,
}

/// A bundle of a package.
#[derive(Clone, Debug, Serialize)]
pub struct BundleReport {
    /// Where it is in the package.
    pub origin: String,
    /// What kind of bundle it is.
    pub layout: String,
    /// Its chart.
    pub chart: Option<ChartSummary>,
    /// How many hints it has; `None` without a hints file.
    pub hints: Option<usize>,
    /// Its images.
    pub images: Vec<InspectedImage>,
}

/// A chart in one line.
#[derive(Clone, Debug, Serialize)]
pub struct ChartSummary {
    /// Chart name.
    pub name: String,
    /// Chart version.
    pub version: String,
    /// Version of what it installs.
    pub app_version: Option<String>,
    /// What it is.
    pub description: Option<String>,
}

/// An image of a bundle; one for each platform.
#[derive(Clone, Debug, Serialize)]
pub struct InspectedImage {
    /// Its names in the package, as written.
    pub names: Vec<String>,
    /// Where it runs.
    pub platform: Option<Platform>,
    /// The digest of the manifest that will be pushed.
    pub digest: Digest,
    /// The digest of its config.
    pub config: Digest,
    /// Number of layers.
    pub layers: usize,
    /// Bytes of config and layers.
    pub size: u64,
    /// Bytes of layers that other images of the package use too.
    pub shared: u64,
}

/// Sums over a package. Sizes are in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InspectTotals {
    /// Images, one for each name and platform.
    pub images: usize,
    /// Distinct blobs.
    pub blobs: usize,
    /// Bytes of the distinct blobs: what has to be sent at most.
    pub unique_bytes: u64,
    /// Bytes if every image's layers were counted.
    pub counted_bytes: u64,
}

/// Looks into a package. Damaged parts that leave the rest readable are in [`InspectReport::problems`].
pub async fn inspect(path: &Path) -> Result<InspectReport, Error> {
    let opened = open_package(path).await?;
    Ok(report(path, &opened))
}

fn report(path: &Path, opened: &Opened) -> InspectReport {
    let package = &opened.package;
    let uses = layer_uses(package);
    let bundles: Vec<_> =
        opened.bundles().map(|(bundle, chart)| bundle_report(bundle, chart, &uses)).collect();
    let mut problems = opened.problems_but_checksums();
    crate::sync::modules::check_images(opened, &mut problems);
    let images = bundles.iter().flat_map(|bundle| &bundle.images);
    let totals = InspectTotals {
        images: images.clone().count(),
        blobs: package.blobs().len(),
        unique_bytes: package.blobs().iter().map(|blob| blob.descriptor.size).sum(),
        counted_bytes: images.map(|image| image.size).sum(),
    };
    InspectReport {
        path: path.display().to_string(),
        size: package.files().iter().map(|file| file.size).sum(),
        compressed: package.access() == bundle::Access::Sequential,
        checksums: package.checksums().iter().map(checksum_report).collect(),
        unchecked: package.unchecked().iter().map(|path| path.display().to_string()).collect(),
        bundles,
        totals,
        problems,
    }
}

fn checksum_report(checksum: &bundle::Checksum) -> ChecksumReport {
    ChecksumReport {
        of: checksum.file.display().to_string(),
        of_unpacked: checksum.of_unpacked(),
        file: checksum.path.display().to_string(),
        names: checksum.names.clone(),
        names_package: checksum.names_this_file,
    }
}

/// In how many images each layer is.
fn layer_uses(package: &bundle::Package) -> BTreeMap<Digest, usize> {
    let mut uses = BTreeMap::new();
    let images = package.bundles().iter().flat_map(|bundle| &bundle.images);
    for layer in images.flat_map(|image| &image.manifests).flat_map(|manifest| &manifest.layers) {
        *uses.entry(layer.digest.clone()).or_insert(0) += 1;
    }
    uses
}

fn bundle_report(
    bundle: &bundle::Bundle,
    chart: Option<&helm::Chart>,
    uses: &BTreeMap<Digest, usize>,
) -> BundleReport {
    let images = bundle
        .images
        .iter()
        .flat_map(|image| image.manifests.iter().map(|manifest| inspected(image, manifest, uses)));
    BundleReport {
        origin: bundle.origin.clone(),
        layout: bundle.layout.as_str().into(),
        chart: chart.map(|chart| ChartSummary {
            name: chart.name().into(),
            version: chart.version().into(),
            app_version: given(&chart.metadata.app_version),
            description: given(&chart.metadata.description),
        }),
        hints: bundle.hints.as_ref().map(|hints| {
            relocate::Hints::parse(&hints.bytes, &hints.member).map_or(0, |hints| hints.hints.len())
        }),
        images: images.collect(),
    }
}

fn inspected(
    image: &bundle::Image,
    manifest: &bundle::PlatformManifest,
    uses: &BTreeMap<Digest, usize>,
) -> InspectedImage {
    let layers = || manifest.layers.iter();
    InspectedImage {
        names: image.names.clone(),
        platform: manifest.platform.clone(),
        digest: Built::new(manifest).descriptor.digest,
        config: manifest.config.digest.clone(),
        layers: manifest.layers.len(),
        size: manifest.config.size + layers().map(|layer| layer.size).sum::<u64>(),
        shared: layers()
            .filter(|layer| uses.get(&layer.digest) > Some(&1))
            .map(|layer| layer.size)
            .sum(),
    }
}

/// A field that may be left out.
pub(crate) fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
