//! Packages to test with.

use std::io::Write;

use oci::Digest;

/// A tar written byte by byte.
#[derive(Clone, Default)]
pub(crate) struct Tar(pub(crate) Vec<u8>);

impl Tar {
    pub(crate) fn file(mut self, name: &str, content: &[u8]) -> Self {
        if name.len() > 100 {
            self = self.pax(&[("path", name)]);
        }
        let short = &name.as_bytes()[..name.len().min(100)];
        self.0.extend(header(short, content.len() as u64, b'0', b""));
        self.content(content)
    }

    pub(crate) fn pax(self, records: &[(&str, &str)]) -> Self {
        let data: String = records.iter().map(|(key, value)| pax_record(key, value)).collect();
        let header = header(b"PaxHeaders/0", data.len() as u64, b'x', b"");
        self.raw(&header).content(data.as_bytes())
    }

    pub(crate) fn member(mut self, name: &[u8], flag: u8, link: &[u8]) -> Self {
        self.0.extend(header(name, 0, flag, link));
        self
    }

    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    pub(crate) fn content(mut self, content: &[u8]) -> Self {
        self.0.extend(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub(crate) fn end(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }
}

pub(crate) fn header(name: &[u8], size: u64, flag: u8, link: &[u8]) -> [u8; 512] {
    let mut header = tar::Header::new_ustar();
    let bytes = header.as_mut_bytes();
    bytes[..name.len()].copy_from_slice(name);
    bytes[156] = flag;
    bytes[157..157 + link.len()].copy_from_slice(link);
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    *header.as_bytes()
}

/// `length key=value`, the length counting itself.
pub(crate) fn pax_record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len() + 1;
    while length.to_string().len() + rest.len() > length {
        length += 1;
    }
    format!("{length}{rest}")
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// Bytes that do not compress, different for each seed.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    })
    .take(len)
    .collect()
}

/// A layer: an uncompressed tar and its gzip.
#[derive(Clone)]
pub(crate) struct Layer {
    pub(crate) plain: Vec<u8>,
    pub(crate) packed: Vec<u8>,
}

impl Layer {
    pub(crate) fn new(seed: u64, len: usize) -> Self {
        // Layers hold links, devices and names that a package must not hold. They are nobody's business.
        let plain = Tar::default()
            .file("bin/tool", &noise(seed, len))
            .member(b"bin/sh", b'2', b"/bin/tool")
            .member(b"../up", b'1', b"/etc/passwd")
            .file("hints.yaml", b"- not ours")
            .file("original-chart/Chart.yaml", b"name: not-ours")
            .end();
        let packed = gzip(&plain);
        Self { plain, packed }
    }

    pub(crate) fn diff_id(&self) -> Digest {
        Digest::of(&self.plain)
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.packed)
    }
}

/// An image config over layers.
pub(crate) fn config(architecture: &str, layers: &[&Layer]) -> Vec<u8> {
    let diff_ids: Vec<_> = layers.iter().map(|layer| layer.diff_id().to_string()).collect();
    serde_json::to_vec(&serde_json::json!({
        "architecture": architecture,
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }))
    .unwrap()
}

/// Two images that share a layer.
pub(crate) struct Images {
    pub(crate) base: Layer,
    pub(crate) first: Layer,
    pub(crate) second: Layer,
}

pub(crate) const FIRST: &str = "release.daocloud.io/kairship/apiserver:v0.21.0";
pub(crate) const SECOND: &str = "bitnami/redis:7";

impl Images {
    pub(crate) fn new() -> Self {
        Self { base: Layer::new(1, 9000), first: Layer::new(2, 3000), second: Layer::new(3, 100) }
    }

    pub(crate) fn all(&self) -> [(&'static str, Vec<&Layer>); 2] {
        [(FIRST, vec![&self.base, &self.first]), (SECOND, vec![&self.base, &self.second])]
    }

    /// As charts-syncer writes it.
    pub(crate) fn archive(&self) -> Vec<u8> {
        let mut tar = Tar::default();
        let mut written = Vec::new();
        let mut manifest = Vec::new();
        for (name, layers) in self.all() {
            let config = config("amd64", &layers);
            let config_name = Digest::of(&config).to_string();
            tar = tar.file(&config_name, &config);
            for layer in &layers {
                if !written.contains(&layer.digest()) {
                    written.push(layer.digest());
                    tar = tar.file(&format!("{}.tar.gz", layer.digest().hex()), &layer.packed);
                }
            }
            let names: Vec<_> =
                layers.iter().map(|layer| format!("{}.tar.gz", layer.digest().hex())).collect();
            manifest.push(serde_json::json!({
                "Config": config_name, "RepoTags": [name], "Layers": names,
            }));
        }
        tar.file("manifest.json", &serde_json::to_vec(&manifest).unwrap()).end()
    }
}

pub(crate) const HINTS: &str =
    "---\n- \"{{ .image.registry }}/{{ .image.repository }}:{{ .image.tag }}\"\n";

pub(crate) const CHART: [(&str, &str); 4] = [
    ("Chart.yaml", "apiVersion: v2\nname: kairship\nversion: 0.21.0\n"),
    ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"),
    ("templates/deployment.yaml", "kind: Deployment\n"),
    ("values.yaml", "# 镜像\nimage: {}\n"),
];

pub(crate) fn chart(mut tar: Tar, dir: &str) -> Tar {
    for (path, content) in CHART {
        tar = tar.file(&format!("{dir}/{path}"), content.as_bytes());
    }
    tar
}

/// `hints.yaml`, `original-chart/`, `images.tar`.
pub(crate) fn bundle() -> Vec<u8> {
    bundle_with(&Images::new().archive())
}

pub(crate) fn bundle_with(images: &[u8]) -> Vec<u8> {
    let tar = Tar::default().file("hints.yaml", HINTS.as_bytes());
    chart(tar, "original-chart").file("images.tar", images).end()
}

/// The download.
pub(crate) fn outer() -> Vec<u8> {
    Tar::default()
        .member(b"kairship_v0.21.0_amd64/", b'5', b"")
        .file("kairship_v0.21.0_amd64/kairship.bundle.tar", &bundle())
        .end()
}

pub(crate) fn chart_archive() -> Vec<u8> {
    gzip(&chart(Tar::default(), "kairship").end())
}
