//! C1, C2, C3, C6: content that is not what its name says, in an `images.tar`.

use oci::Digest;
use serde_json::{Value, json};

use super::builder::{
    HostileTar, VALUES_YAML, bundle, bundle_with_images, chart_files, image, manifest,
};
use super::{Case, Expected};
use crate::image::{config, layer_name};
use crate::{Arch, Image, images_tar};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = wrong_bytes();
    cases.extend(wrong_names());
    cases.extend(wrong_counts());
    cases.extend(wrong_manifests());
    cases.extend(foreign());
    cases.push(colliding());
    cases
}

fn rejected(group: &'static str, name: &str, images: &[u8]) -> Case {
    Case::new(group, name, Expected::Rejected, bundle_with_images(images))
}

/// `images.tar` of the honest image, with its parts to be changed.
struct Parts {
    config_name: String,
    config: Vec<u8>,
    layers: Vec<(String, Vec<u8>)>,
    manifest: String,
}

impl Parts {
    fn honest() -> Self {
        let image = image();
        Self {
            config_name: image.config_digest().as_str().to_owned(),
            manifest: manifest(&image),
            layers: image
                .layers
                .iter()
                .map(|layer| (layer_name(&layer.digest), layer.blob.to_vec()))
                .collect(),
            config: image.config,
        }
    }

    fn tar(&self) -> Vec<u8> {
        let mut tar = HostileTar::new().file(&self.config_name, &self.config);
        for (name, blob) in &self.layers {
            tar = tar.file(name, blob);
        }
        tar.file("manifest.json", self.manifest.as_bytes()).finish()
    }

    /// The archive with a change to the one entry of its manifest.
    fn with_entry(mut self, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut manifest: Value = serde_json::from_str(&self.manifest).expect("our own JSON");
        change(&mut manifest[0]);
        self.manifest = manifest.to_string();
        self.tar()
    }
}

fn wrong_bytes() -> Vec<Case> {
    let mut layer = Parts::honest();
    layer.layers[1].1[20] ^= 1;
    let mut config = Parts::honest();
    let at = config.config.len() - 2;
    config.config[at] = b' ';
    let mut swapped = Parts::honest();
    let (first, second) = (swapped.layers[0].1.clone(), swapped.layers[1].1.clone());
    (swapped.layers[0].1, swapped.layers[1].1) = (second, first);
    let mut empty = Parts::honest();
    empty.layers[1].1.clear();
    let mut missing_layer = Parts::honest();
    missing_layer.layers.pop();
    let mut missing_config = Parts::honest();
    missing_config.config_name = "another".into();
    vec![
        rejected("C1", "layer-with-a-flipped-bit", &layer.tar()),
        rejected("C1", "config-with-other-bytes", &config.tar()),
        rejected("C1", "layers-swapped", &swapped.tar()),
        rejected("C1", "layer-empty", &empty.tar()),
        rejected("C1", "layer-missing", &missing_layer.tar()),
        rejected("C1", "config-missing", &missing_config.tar()),
    ]
}

fn wrong_names() -> Vec<Case> {
    let honest = Digest::of(b"x");
    let hex = honest.hex();
    let mut cases = Vec::new();
    for (what, name) in [
        ("with-a-path", "sha256:../../x".to_owned()),
        ("upper-case", format!("sha256:{}", hex.to_uppercase())),
        ("short", format!("sha256:{}", &hex[..63])),
        ("long", format!("sha256:{hex}0")),
        ("of-unknown-algorithm", format!("md5:{hex}")),
        ("without-algorithm", format!(":{hex}")),
        ("absolute", "/etc/passwd".to_owned()),
        ("empty", String::new()),
    ] {
        let config = Parts::honest().with_entry(|entry| entry["Config"] = json!(name));
        cases.push(rejected("C1", &format!("config-digest-{what}"), &config));
        let layer = Parts::honest()
            .with_entry(|entry| entry["Layers"][0] = json!(format!("{name}.tar.gz")));
        cases.push(rejected("C1", &format!("layer-digest-{what}"), &layer));
    }
    for (what, reference) in [
        ("with-a-path", "r.example/../../x:v1"),
        ("upper-case", "r.example/Tiny/App:v1"),
        ("with-a-control-character", "r.example/tiny/a\u{1b}[2Jpp:v1"),
        ("empty", ""),
        (
            "with-a-long-tag",
            "r.example/tiny/app:ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt",
        ),
    ] {
        let tar = Parts::honest().with_entry(|entry| entry["RepoTags"] = json!([reference]));
        cases.push(rejected("C1", &format!("reference-{what}"), &tar));
    }
    cases
}

fn wrong_counts() -> Vec<Case> {
    let fewer = Parts::honest().with_entry(|entry| {
        entry["Layers"].as_array_mut().expect("a list").pop();
    });
    let more = Parts::honest().with_entry(|entry| {
        let first = entry["Layers"][0].clone();
        entry["Layers"].as_array_mut().expect("a list").push(first);
    });
    let image = image();
    let diff_ids = [&image.layers[1].diff_id, &image.layers[0].diff_id];
    let swapped = Image { config: config(Arch::Amd64, &diff_ids), ..image.clone() };
    vec![
        rejected("C2", "fewer-layers-than-the-config-says", &fewer),
        rejected("C2", "more-layers-than-the-config-says", &more),
        // Only unpacking the layers would show it, and nothing that is done with them here depends on it.
        Case::new(
            "C2",
            "diff-ids-swapped",
            Expected::Bounded,
            bundle_with_images(&images_tar(&[swapped])),
        ),
    ]
}

fn wrong_manifests() -> Vec<Case> {
    let with = |text: &str| {
        let mut parts = Parts::honest();
        text.clone_into(&mut parts.manifest);
        parts.tar()
    };
    let honest = Parts::honest();
    let twice = honest.manifest.replacen("\"Config\":", "\"Config\":\"sha256:x\",\"Config\":", 1);
    let no_tags = Parts::honest().with_entry(|entry| entry["RepoTags"] = Value::Null);
    let mut without = Parts::honest();
    without.manifest.clear();
    let tar = HostileTar::new().file(&without.config_name, &without.config).finish();
    vec![
        rejected("C2", "manifest-json-empty", &with("")),
        rejected("C2", "manifest-json-of-nothing", &with("[]")),
        rejected(
            "C2",
            "manifest-json-is-an-object",
            &with(r#"{"schemaVersion":2,"layers":[],"manifests":[]}"#),
        ),
        rejected("C2", "manifest-json-cut", &with(&honest.manifest[..honest.manifest.len() - 5])),
        rejected("C2", "manifest-json-with-garbage", &with(&format!("{}x", honest.manifest))),
        rejected("C2", "manifest-json-with-a-double-key", &with(&twice)),
        rejected("C2", "manifest-json-missing", &tar),
        // A digest reference was saved: the image is anonymous, so the hint has no image.
        rejected("C2", "image-without-a-name", &no_tags),
    ]
}

fn foreign() -> Vec<Case> {
    let image = image();
    let layer = &image.layers[1];
    let source = json!({
        "mediaType": oci::media_type::DOCKER_FOREIGN_LAYER,
        "size": layer.blob.len(),
        "digest": layer.digest.as_str(),
        "urls": ["http://foreign.example/layer"],
    });
    let mut absent = Parts::honest();
    absent.layers.pop();
    let sources = json!({layer.diff_id.as_str(): source});
    let absent = absent.with_entry(|entry| entry["LayerSources"] = sources.clone());
    let present = Parts::honest().with_entry(|entry| entry["LayerSources"] = sources.clone());
    vec![
        rejected("C3", "foreign-layer-that-is-elsewhere", &absent),
        Case::new(
            "C3",
            "foreign-layer-that-is-here",
            Expected::Bounded,
            bundle_with_images(&present),
        ),
    ]
}

/// Two images that a sync with `containerRepository` gives the same name.
fn colliding() -> Case {
    let first = Image { reference: "docker.io/a/b:1".into(), ..image() };
    let other = super::builder::image();
    let second = Image {
        reference: "quay.io/c/b:1".into(),
        layers: other.layers[..1].to_vec(),
        config: config(Arch::Amd64, &[&other.layers[0].diff_id]),
        ..other
    };
    let values = format!(
        "{VALUES_YAML}one: {{registry: docker.io, repository: a/b, tag: \"1\"}}\ntwo: {{registry: quay.io, repository: c/b, tag: \"1\"}}\n"
    );
    let hint = |key| {
        format!(
            "- \"{{{{ .{key}.registry }}}}/{{{{ .{key}.repository }}}}:{{{{ .{key}.tag }}}}\"\n"
        )
    };
    let hints = hint("one") + &hint("two");
    let mut files = chart_files();
    files.retain(|(path, _)| !matches!(*path, "values.yaml" | ".relok8s-images.yaml"));
    files.push((".relok8s-images.yaml", &hints));
    files.push(("values.yaml", &values));
    let bytes = bundle(hints.as_bytes(), &[], &files, &images_tar(&[first, second]));
    Case::new("C6", "two-sources-one-target", Expected::RefusedByPlan, bytes)
}
