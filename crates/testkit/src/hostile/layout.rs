//! C1, C2, C3, C4: OCI image layouts whose documents disagree.

use oci::{Digest, media_type};
use serde_json::{Value, json};

use super::builder::image;
use super::{Case, Expected, Form};
use crate::oci_layout;
use crate::ustar::TarWriter;

/// A layout to be changed: one image, its manifest, and the index that names it.
struct Parts {
    files: Vec<(String, Vec<u8>)>,
    manifest: Value,
    entry: Value,
}

impl Parts {
    fn honest() -> Self {
        let mut files = oci_layout(&[image()]);
        let (_, index) = files.pop().expect("the index is last");
        let mut index: Value = serde_json::from_slice(&index).expect("our own JSON");
        let entry = index["manifests"][0].take();
        let path = blob_path(entry["digest"].as_str().expect("our own digest"));
        let at = files.iter().position(|(known, _)| *known == path).expect("the manifest is there");
        let (_, manifest) = files.remove(at);
        Self { files, manifest: serde_json::from_slice(&manifest).expect("our own JSON"), entry }
    }

    /// The layout, with the manifest's digest and size in the index made right.
    fn consistent(mut self) -> Vec<u8> {
        let bytes = self.manifest.to_string().into_bytes();
        self.entry["digest"] = json!(Digest::of(&bytes).as_str());
        self.entry["size"] = json!(bytes.len());
        self.files.push((blob_path(Digest::of(&bytes).as_str()), bytes));
        self.tar()
    }

    /// The layout with whatever the index says.
    fn tar(mut self) -> Vec<u8> {
        let index = json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [self.entry]});
        self.files.push(("index.json".to_owned(), index.to_string().into_bytes()));
        let mut tar = TarWriter::in_memory();
        for (path, content) in &self.files {
            tar.add(path, content);
        }
        tar.into_bytes()
    }

    fn with_manifest(mut self, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        change(&mut self.manifest);
        self.consistent()
    }

    /// The manifest as it is, and something else said about it.
    fn with_entry(mut self, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let bytes = self.manifest.to_string().into_bytes();
        self.entry["digest"] = json!(Digest::of(&bytes).as_str());
        self.files.push((blob_path(Digest::of(&bytes).as_str()), bytes));
        change(&mut self.entry);
        self.tar()
    }
}

fn blob_path(digest: &str) -> String {
    format!("blobs/{}", digest.replace(':', "/"))
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases =
        vec![case("C2", "layout-honest", Expected::Accepted, Parts::honest().consistent())];
    cases.extend(types());
    cases.extend(descriptors());
    cases.extend(parts_elsewhere());
    cases
}

fn case(group: &'static str, name: &str, expected: Expected, bytes: Vec<u8>) -> Case {
    Case::new(group, name, expected, bytes).form(Form::OciLayout)
}

fn rejected(group: &'static str, name: &str, bytes: Vec<u8>) -> Case {
    case(group, name, Expected::Rejected, bytes)
}

fn types() -> Vec<Case> {
    vec![
        rejected(
            "C2",
            "layout-manifest-and-index-in-one",
            Parts::honest().with_manifest(|manifest| manifest["manifests"] = json!([])),
        ),
        rejected(
            "C2",
            "layout-manifest-says-index",
            Parts::honest()
                .with_manifest(|manifest| manifest["mediaType"] = json!(media_type::OCI_INDEX)),
        ),
        rejected(
            "C2",
            "layout-index-entry-says-index",
            Parts::honest().with_entry(|entry| entry["mediaType"] = json!(media_type::OCI_INDEX)),
        ),
        rejected(
            "C2",
            "layout-schema-version-1",
            Parts::honest().with_manifest(|manifest| manifest["schemaVersion"] = json!(1)),
        ),
        rejected(
            "C2",
            "layout-fewer-layers-than-the-config-says",
            Parts::honest().with_manifest(|manifest| {
                manifest["layers"].as_array_mut().expect("a list").pop();
            }),
        ),
        rejected(
            "C2",
            "layout-config-is-a-layer",
            Parts::honest()
                .with_manifest(|manifest| manifest["config"] = manifest["layers"][0].clone()),
        ),
    ]
}

fn descriptors() -> Vec<Case> {
    let hex = Digest::of(b"x").hex().to_owned();
    let mut cases = vec![
        rejected(
            "C1",
            "layout-manifest-size-lie",
            Parts::honest().with_entry(|entry| entry["size"] = json!(7)),
        ),
        rejected(
            "C1",
            "layout-manifest-size-negative",
            Parts::honest().with_entry(|entry| entry["size"] = json!(-1)),
        ),
        rejected(
            "C1",
            "layout-layer-size-lie",
            Parts::honest().with_manifest(|manifest| manifest["layers"][0]["size"] = json!(1)),
        ),
        rejected("C1", "layout-blob-with-other-bytes", other_bytes()),
    ];
    for (what, digest) in [
        ("with-a-path", "sha256:../../../x".to_owned()),
        ("upper-case", format!("sha256:{}", hex.to_uppercase())),
        ("short", "sha256:abc".to_owned()),
        ("of-unknown-algorithm", format!("md5:{hex}")),
    ] {
        let in_index = Parts::honest().with_entry(|entry| entry["digest"] = json!(digest));
        cases.push(rejected("C1", &format!("layout-manifest-digest-{what}"), in_index));
        let in_manifest = Parts::honest()
            .with_manifest(|manifest| manifest["layers"][0]["digest"] = json!(digest));
        cases.push(rejected("C1", &format!("layout-layer-digest-{what}"), in_manifest));
    }
    cases
}

fn other_bytes() -> Vec<u8> {
    let mut parts = Parts::honest();
    let layer =
        parts.manifest["layers"][0]["digest"].as_str().map(blob_path).expect("our own digest");
    let (_, content) =
        parts.files.iter_mut().find(|(path, _)| *path == layer).expect("the layer is there");
    content[12] ^= 1;
    parts.consistent()
}

fn parts_elsewhere() -> Vec<Case> {
    let mut missing = Parts::honest();
    let layer =
        missing.manifest["layers"][1]["digest"].as_str().map(blob_path).expect("our own digest");
    missing.files.retain(|(path, _)| *path != layer);
    let mut foreign = Parts::honest();
    foreign.files.retain(|(path, _)| *path != layer);
    let foreign = foreign.with_manifest(|manifest| {
        manifest["layers"][1]["mediaType"] =
            json!("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip");
        manifest["layers"][1]["urls"] = json!(["http://foreign.example/layer"]);
    });
    let mut childless = Parts::honest();
    childless.entry["digest"] = json!(Digest::of(b"a manifest that is not here").as_str());
    vec![
        rejected("C1", "layout-layer-missing", missing.consistent()),
        rejected("C3", "layout-foreign-layer-that-is-elsewhere", foreign),
        rejected("C4", "layout-child-missing", childless.tar()),
    ]
}
