//! Archives put together block by block, and the honest files that the cases are made from.

use crate::ustar::{self, BLOCK, Header, TarWriter};
use crate::{Arch, Image, Layer, LayerFile, gzip, images_tar};

/// A tar whose entries are whatever one likes.
///
/// ```
/// use testkit::hostile::HostileTar;
/// use testkit::ustar::Header;
///
/// let bytes = HostileTar::new()
///     .file("hints.yaml", b"")
///     .entry(&Header::other(b'2', "original-chart/link", "/etc"), b"")
///     .file("original-chart/link/passwd", b"root")
///     .finish();
/// assert_eq!(bytes.len() % 512, 0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct HostileTar {
    bytes: Vec<u8>,
}

impl HostileTar {
    /// An archive without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// An honest file.
    #[must_use]
    pub fn file(self, name: &str, content: &[u8]) -> Self {
        self.blocks(&ustar::file_header(name, content.len() as u64)).content(content)
    }

    /// A header made by hand, and content that need not fit it.
    #[must_use]
    pub fn entry(self, header: &Header, content: &[u8]) -> Self {
        self.blocks(&header.encode()).content(content)
    }

    /// A PAX header before the next entry.
    #[must_use]
    pub fn pax(self, key: &str, value: &[u8]) -> Self {
        self.blocks(&ustar::pax_header(&ustar::pax_record(key, value)))
    }

    /// A GNU long name (`b'L'`) or long link (`b'K'`) before the next entry.
    #[must_use]
    pub fn gnu_long(self, kind: u8, text: &[u8]) -> Self {
        self.blocks(&ustar::gnu_long(kind, text))
    }

    /// Any bytes, as they are.
    #[must_use]
    pub fn blocks(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Content, padded to a block.
    #[must_use]
    pub fn content(mut self, content: &[u8]) -> Self {
        self.bytes.extend_from_slice(content);
        self.bytes.resize(self.bytes.len().next_multiple_of(BLOCK), 0);
        self
    }

    /// The archive with its end.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&[0; 2 * BLOCK]);
        self.bytes
    }

    /// The archive without its end.
    pub fn unfinished(self) -> Vec<u8> {
        self.bytes
    }
}

pub(super) const CHART_YAML: &str = "apiVersion: v2\nname: tiny\nversion: 0.1.0\nappVersion: v1\n";
pub(super) const VALUES_YAML: &str =
    "image:\n  registry: r.example\n  repository: tiny/app\n  tag: v1\n";
pub(super) const HINTS_YAML: &str =
    "---\n- \"{{ .image.registry }}/{{ .image.repository }}:{{ .image.tag }}\"\n";
const TEMPLATE: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: tiny}
spec:
  containers:
    - name: app
      image: \"{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}\"
";

/// The image of the honest bundle: two layers.
pub(super) fn image() -> Image {
    let file = |path, text: &str| LayerFile { path, mode: 0o644, content: text.into() };
    let layers = vec![
        Layer::of_files(&[file("etc/os-release", "ID=tiny\n")]),
        Layer::of_files(&[file("app", "a program\n")]),
    ];
    Image::new("r.example/tiny/app:v1", Arch::Amd64, layers)
}

pub(super) fn images() -> Vec<u8> {
    images_tar(&[image()])
}

/// The chart's files, without a directory.
pub(super) fn chart_files() -> Vec<(&'static str, &'static str)> {
    vec![
        (".relok8s-images.yaml", HINTS_YAML),
        ("Chart.yaml", CHART_YAML),
        ("templates/pod.yaml", TEMPLATE),
        ("values.yaml", VALUES_YAML),
    ]
}

/// The bundle before anything was done to it: chart `tiny` 0.1.0, one image.
pub fn honest_bundle() -> Vec<u8> {
    bundle_with(&[])
}

/// The honest bundle with these blocks between `hints.yaml` and the chart.
pub fn bundle_with(blocks: &[u8]) -> Vec<u8> {
    bundle(HINTS_YAML.as_bytes(), blocks, &chart_files(), &images())
}

/// A bundle of these parts.
pub(super) fn bundle(
    hints: &[u8],
    blocks: &[u8],
    chart: &[(&str, &str)],
    images: &[u8],
) -> Vec<u8> {
    let mut tar = HostileTar::new().file("hints.yaml", hints).blocks(blocks);
    for (path, content) in chart {
        tar = tar.file(&format!("original-chart/{path}"), content.as_bytes());
    }
    tar.file("images.tar", images).finish()
}

/// The honest bundle with another file of the chart, or one more.
pub(super) fn bundle_with_chart_file(path: &str, content: &str) -> Vec<u8> {
    let mut files = chart_files();
    files.retain(|(known, _)| *known != path);
    files.push((path, content));
    let hints = if path == ".relok8s-images.yaml" { content } else { HINTS_YAML };
    bundle(hints.as_bytes(), &[], &files, &images())
}

/// The honest bundle with another `images.tar`.
pub(super) fn bundle_with_images(images: &[u8]) -> Vec<u8> {
    bundle(HINTS_YAML.as_bytes(), &[], &chart_files(), images)
}

/// The honest bundle with these blocks in `images.tar`, before `manifest.json`.
pub fn images_with(blocks: &[u8]) -> Vec<u8> {
    let image = image();
    let mut tar = HostileTar::new().file(image.config_digest().as_str(), &image.config);
    for layer in &image.layers {
        tar = tar.file(&crate::image::layer_name(&layer.digest), &layer.blob);
    }
    let images = tar.blocks(blocks).file("manifest.json", manifest(&image).as_bytes()).finish();
    bundle_with_images(&images)
}

/// The honest `manifest.json`.
pub(super) fn manifest(image: &Image) -> String {
    let layers: Vec<String> =
        image.layers.iter().map(|layer| crate::image::layer_name(&layer.digest)).collect();
    let entry = crate::image::manifest_entry(&image.config_digest(), &image.reference, &layers);
    serde_json::json!([entry]).to_string()
}

/// The honest chart as `tiny-0.1.0.tgz`, with these blocks after `Chart.yaml`.
pub fn chart_with(blocks: &[u8]) -> Vec<u8> {
    let mut tar = TarWriter::in_memory();
    tar.add("tiny/Chart.yaml", CHART_YAML.as_bytes());
    tar.blocks(blocks).expect("memory takes everything");
    for (path, content) in chart_files() {
        if path != "Chart.yaml" {
            tar.add(&format!("tiny/{path}"), content.as_bytes());
        }
    }
    gzip(&tar.into_bytes())
}
