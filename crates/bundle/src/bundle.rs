//! What a package holds, as values.

use bytes::Bytes;
use oci::{Artifact, Descriptor, Platform};

/// One chart and its images, or either alone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Bundle {
    /// Where it was found: `file › member › directory`.
    pub origin: String,
    /// Where the same bundle was found again.
    pub copies: Vec<String>,
    /// How it is laid out.
    pub layout: Layout,
    /// The chart.
    pub chart: Option<ChartContent>,
    /// The image hints (`hints.yaml`), which may be empty.
    pub hints: Option<Hints>,
    /// The images that are there and in order.
    pub images: Vec<Image>,
    /// Whether there is an image archive at all. A bundle saved without images has none.
    pub has_images_member: bool,
    /// `Images.lock` of a wrap: its images are known by digest, and this says their names.
    pub images_lock: Option<Bytes>,
}

/// How a bundle is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// `hints.yaml`, `original-chart/` and `images.tar`, as charts-syncer writes them.
    Bundle,
    /// `chart/`, `images/` and `Images.lock`, as `dt` writes them.
    Wrap,
    /// A chart as `helm package` writes it.
    ChartArchive,
    /// The files of a chart.
    ChartDirectory,
    /// An OCI image layout, with or without the `manifest.json` of `docker save`.
    OciLayout,
    /// `manifest.json`, configs and layers, as `docker save` wrote them up to version 24.
    DockerArchive,
}

impl Layout {
    /// The name for people and for JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::Wrap => "dt wrap",
            Self::ChartArchive => "chart archive",
            Self::ChartDirectory => "chart directory",
            Self::OciLayout => "OCI layout",
            Self::DockerArchive => "docker-archive",
        }
    }
}

/// A chart, not looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartContent {
    /// Its files, in the order of the package.
    Files(Vec<ChartFile>),
    /// The `.tgz`.
    Archive(ChartFile),
}

/// A file of a chart, or the chart's archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartFile {
    /// Relative to the chart, with slashes; the archive's own file name.
    pub path: String,
    /// The content.
    pub bytes: Bytes,
}

/// The image hints of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hints {
    /// Where they were found.
    pub member: String,
    /// The YAML, not looked into.
    pub bytes: Bytes,
}

/// An image: one name or several, one platform or several.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Image {
    /// The references exactly as they are written down: `RepoTags` of a docker-archive, the ref names of a layout
    /// (which may be a bare tag). May be empty.
    pub names: Vec<String>,
    /// For each platform that is there.
    pub manifests: Vec<PlatformManifest>,
    /// The index, when there is one. It may list more than `manifests`: see `missing`.
    pub index: Option<Artifact>,
    /// Manifests of the index that are not in the package.
    pub missing: Vec<Descriptor>,
    /// Where the image is described.
    pub member: String,
}

/// The image for one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformManifest {
    /// What the config says; `None` when it does not say, or when this is no image.
    pub platform: Option<Platform>,
    /// The config. Its bytes were checked.
    pub config: Descriptor,
    /// The layers, base first. Sizes are those of the members; digests are claims until the content is read.
    pub layers: Vec<Descriptor>,
    /// The manifest as it was written. A docker-archive keeps none.
    pub original: Option<Artifact>,
}

impl Bundle {
    pub(crate) fn new(origin: String, layout: Layout) -> Self {
        Self {
            origin,
            copies: Vec::new(),
            layout,
            chart: None,
            hints: None,
            images: Vec::new(),
            has_images_member: false,
            images_lock: None,
        }
    }

    /// Whether both carry the same content, wherever they were found.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let hints = |bundle: &Self| bundle.hints.as_ref().map(|hints| hints.bytes.clone());
        self.layout == other.layout
            && self.chart == other.chart
            && hints(self) == hints(other)
            && self.images_lock == other.images_lock
            && self.has_images_member == other.has_images_member
            && self.images.len() == other.images.len()
            && self.images.iter().zip(&other.images).all(|(a, b)| a.is_same(b))
    }
}

impl Image {
    fn is_same(&self, other: &Self) -> bool {
        self.names == other.names
            && self.manifests == other.manifests
            && self.index == other.index
            && self.missing == other.missing
    }
}
