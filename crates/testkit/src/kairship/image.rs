//! The images of the look-alike: a server that runs, and layers that are shared as those of real products are.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{Version, chart};
use crate::{Arch, Image, Layer, LayerFile, PORT, Random, server};

const REGISTRY: &str = "release.daocloud.io";

/// Which build of an image: they differ in content, not in name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Build {
    First,
    Second,
}

/// What the hints render to, in their order. `@mark@` as in the chart.
const REFERENCES: [&str; 18] = [
    "kairship/kairship-apiserver:v@version@",
    "kairship/kairship-controller-manager:v@version@",
    "kairship/kairship-proxy:v@version@",
    "kairship/kairship-ui:@ui@",
    "kairship/kairship-upgrade:v@version@",
    "kairship/cloudshell:0.50",
    "karmada/karmada-operator:v0.1.18",
    "karmada/kubectl:v1.25.3",
    "karmada/cfssl:v1.6.3",
    "karmada/karmada-scheduler:@karmada@",
    "karmada/karmada-webhook:@karmada@",
    "karmada/karmada-controller-manager:@karmada@",
    "karmada/karmada-aggregated-apiserver:@karmada@",
    "karmada/karmada-agent:@karmada@",
    "karmada/kube-controller-manager:@kubernetes@",
    "karmada/kube-apiserver:@kubernetes@",
    "karmada/karmada-search:@karmada@",
    "karmada/etcd:3.5.9-0",
];

pub(super) fn references(version: Version) -> Vec<String> {
    let render = |text: &str| {
        let path = chart::marks(version)
            .into_iter()
            .fold(text.to_owned(), |text, (mark, value)| text.replace(mark, value));
        format!("{REGISTRY}/{path}")
    };
    REFERENCES.into_iter().map(render).collect()
}

/// Four layers: a base that all images share, one that those of the same project share, the program, and data.
pub(super) fn build(reference: &str, arch: Arch, build: Build) -> Image {
    let path = reference.strip_prefix(REGISTRY).unwrap_or(reference).trim_start_matches('/');
    let project = path.split('/').next().unwrap_or_default();
    let layers = vec![
        base(arch),
        filler(&format!("{project}/{}", arch.as_str()), "usr/lib/project.so", 48 << 10),
        program(path, arch),
        data(path, arch, build),
    ];
    Image::new(reference, arch, layers)
}

/// Layers are made once in a process: most images share them, and tests make the same packages again and again.
fn once(key: String, make: impl FnOnce() -> Layer) -> Layer {
    static LAYERS: Mutex<BTreeMap<String, Layer>> = Mutex::new(BTreeMap::new());
    let mut layers = LAYERS.lock().unwrap_or_else(PoisonError::into_inner);
    layers.entry(key).or_insert_with(make).clone()
}

fn base(arch: Arch) -> Layer {
    once(format!("base {}", arch.as_str()), || make_base(arch))
}

fn make_base(arch: Arch) -> Layer {
    let text = |path, text: &str| LayerFile { path, mode: 0o644, content: text.into() };
    let library = Random::named(2, arch.as_str()).realistic(96 << 10);
    Layer::of_files(&[
        text("etc/os-release", "NAME=\"ferry testkit\"\nID=testkit\n"),
        text("etc/passwd", "root:x:0:0:root:/:/none\nnonroot:x:65532:65532:nonroot:/:/none\n"),
        LayerFile { path: "usr/lib/base.so", mode: 0o755, content: library },
    ])
}

fn filler(name: &str, path: &str, len: usize) -> Layer {
    once(format!("{path} {name}"), || {
        let content = Random::named(3, name).realistic(len);
        Layer::of_files(&[LayerFile { path, mode: 0o644, content }])
    })
}

fn program(path: &str, arch: Arch) -> Layer {
    let content = server(arch, PORT, &format!("{path} {}\n", arch.as_str()));
    Layer::of_files(&[LayerFile { path: "server", mode: 0o755, content }])
}

fn data(path: &str, arch: Arch, build: Build) -> Layer {
    let seed = if build == Build::First { "" } else { " built again" };
    let name = format!("{path} {}{seed}", arch.as_str());
    let len = 4096 + Random::named(4, path).index(24 << 10);
    filler(&name, "usr/share/data", len)
}
