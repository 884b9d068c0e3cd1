//! Images in memory, and the archives they travel in.

use std::sync::Arc;

use oci::{Digest, media_type};
use serde_json::{Value, json};

use crate::ustar::TarWriter;
use crate::{Arch, gzip};

/// A layer: a gzip-compressed tar.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Of the compressed bytes.
    pub digest: Digest,
    /// Of the tar.
    pub diff_id: Digest,
    /// The compressed bytes.
    pub blob: Arc<[u8]>,
}

/// A file of a layer.
#[derive(Clone, Debug)]
pub struct LayerFile<'a> {
    /// Without a leading slash.
    pub path: &'a str,
    /// Permission bits.
    pub mode: u32,
    /// The bytes.
    pub content: Vec<u8>,
}

/// An image with the name it has in the archive.
#[derive(Clone, Debug)]
pub struct Image {
    /// As the chart's values render it.
    pub reference: String,
    /// What the config says.
    pub arch: Arch,
    /// The config, JSON.
    pub config: Vec<u8>,
    /// Base first.
    pub layers: Vec<Layer>,
}

impl Layer {
    /// A layer of `files`.
    pub fn of_files(files: &[LayerFile<'_>]) -> Self {
        let mut tar = TarWriter::in_memory();
        let mut directories: Vec<&str> = Vec::new();
        for file in files {
            let parents = file.path.match_indices('/').map(|(slash, _)| &file.path[..=slash]);
            for directory in parents {
                if !directories.contains(&directory) {
                    tar.add_directory(directory);
                    directories.push(directory);
                }
            }
            tar.add_with_mode(file.path, &file.content, file.mode);
        }
        let tar = tar.into_bytes();
        let blob = gzip(&tar);
        Self { digest: Digest::of(&blob), diff_id: Digest::of(&tar), blob: blob.into() }
    }
}

impl Image {
    /// An image that runs `/server`.
    pub fn new(reference: &str, arch: Arch, layers: Vec<Layer>) -> Self {
        let diff_ids: Vec<&Digest> = layers.iter().map(|layer| &layer.diff_id).collect();
        let config = config(arch, &diff_ids);
        Self { reference: reference.to_owned(), arch, config, layers }
    }

    /// The digest of the config, which identifies the image wherever its manifest is written anew.
    pub fn config_digest(&self) -> Digest {
        Digest::of(&self.config)
    }

    /// The digests of the layers, base first.
    pub fn layer_digests(&self) -> Vec<Digest> {
        self.layers.iter().map(|layer| layer.digest.clone()).collect()
    }

    /// The last component of the repository, such as `kairship-ui`.
    pub fn short_name(&self) -> &str {
        short_name(&self.reference)
    }

    /// The manifest of the image in an OCI layout.
    pub fn oci_manifest(&self) -> Vec<u8> {
        let layers: Vec<Value> = self
            .layers
            .iter()
            .map(|layer| descriptor(media_type::OCI_LAYER_GZIP, &layer.blob))
            .collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "config": descriptor(media_type::OCI_CONFIG, &self.config),
            "layers": layers,
        });
        serde_json::to_vec(&manifest).expect("plain JSON")
    }
}

/// The config of an image that runs `/server`. Its length depends on the number of layers only.
pub(crate) fn config(arch: Arch, diff_ids: &[&Digest]) -> Vec<u8> {
    let history: Vec<Value> =
        diff_ids.iter().map(|_| json!({"created": EPOCH, "created_by": "ferry-testkit"})).collect();
    let diff_ids: Vec<&str> = diff_ids.iter().map(|digest| digest.as_str()).collect();
    let config = json!({
        "architecture": arch.as_str(),
        "config": {
            "Entrypoint": ["/server"],
            "Env": ["PATH=/"],
            "ExposedPorts": {format!("{}/tcp", crate::PORT): {}},
            "User": "65532:65532",
            "WorkingDir": "/",
        },
        "created": EPOCH,
        "history": history,
        "os": "linux",
        "rootfs": {"diff_ids": diff_ids, "type": "layers"},
    });
    serde_json::to_vec(&config).expect("plain JSON")
}

/// The last component of a reference's repository.
pub(crate) fn short_name(reference: &str) -> &str {
    let name = reference.rsplit('/').next().unwrap_or_default();
    name.split(':').next().unwrap_or_default()
}

const EPOCH: &str = "1970-01-01T00:00:00Z";

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": Digest::of(bytes).as_str(), "size": bytes.len()})
}

/// The images as `images.tar` of a bundle: what go-containerregistry's `MultiRefWrite` makes (`bundle-formats`, §1.3).
///
/// Configs are `sha256:<hex>`, layers `<hex>.tar.gz`, each layer once, `manifest.json` last and sorted by name. The
/// original's order of the blobs is random; ours is that of the manifest.
pub fn images_tar(images: &[Image]) -> Vec<u8> {
    let mut sorted: Vec<&Image> = images.iter().collect();
    sorted.sort_by(|a, b| a.reference.cmp(&b.reference));
    let mut tar = TarWriter::in_memory();
    let mut written: Vec<&Digest> = Vec::new();
    let mut manifest = Vec::new();
    for image in sorted {
        let config = image.config_digest();
        tar.add(config.as_str(), &image.config);
        for layer in &image.layers {
            if !written.contains(&&layer.digest) {
                tar.add(&layer_name(&layer.digest), &layer.blob);
                written.push(&layer.digest);
            }
        }
        let layers: Vec<String> =
            image.layers.iter().map(|layer| layer_name(&layer.digest)).collect();
        manifest.push(manifest_entry(&config, &image.reference, &layers));
    }
    tar.add("manifest.json", &serde_json::to_vec(&manifest).expect("plain JSON"));
    tar.into_bytes()
}

/// The member of an `images.tar` that holds a layer.
pub(crate) fn layer_name(digest: &Digest) -> String {
    format!("{}.tar.gz", digest.hex())
}

/// One image in the `manifest.json` of an `images.tar`.
pub(crate) fn manifest_entry(config: &Digest, reference: &str, layers: &[String]) -> Value {
    json!({"Config": config.as_str(), "RepoTags": [reference], "Layers": layers})
}

/// The images as the files of an OCI image layout (image specification v1.1, "Image Layout"), by path.
///
/// Images of the same name become one index of several platforms.
pub fn oci_layout(images: &[Image]) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec())];
    let mut manifests: Vec<(String, Vec<Value>)> = Vec::new();
    for image in images {
        let manifest = image.oci_manifest();
        let mut entry = descriptor(media_type::OCI_MANIFEST, &manifest);
        entry["platform"] = json!({"architecture": image.arch.as_str(), "os": "linux"});
        for blob in [&manifest, &image.config] {
            add_blob(&mut files, blob);
        }
        for layer in &image.layers {
            add_blob(&mut files, &layer.blob);
        }
        match manifests.iter_mut().find(|(reference, _)| *reference == image.reference) {
            Some((_, entries)) => entries.push(entry),
            None => manifests.push((image.reference.clone(), vec![entry])),
        }
    }
    let mut top = Vec::new();
    for (reference, mut entries) in manifests {
        let mut entry = if entries.len() == 1 {
            entries.remove(0)
        } else {
            let index = index_of(&entries);
            add_blob(&mut files, &index);
            descriptor(media_type::OCI_INDEX, &index)
        };
        entry["annotations"] = json!({"org.opencontainers.image.ref.name": reference});
        top.push(entry);
    }
    files.push(("index.json".to_owned(), index_of(&top)));
    files
}

fn index_of(entries: &[Value]) -> Vec<u8> {
    let index =
        json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": entries});
    serde_json::to_vec(&index).expect("plain JSON")
}

fn add_blob(files: &mut Vec<(String, Vec<u8>)>, blob: &[u8]) {
    let path = format!("blobs/sha256/{}", Digest::of(blob).hex());
    if !files.iter().any(|(known, _)| *known == path) {
        files.push((path, blob.to_vec()));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn image(name: &str, arch: Arch) -> Image {
        let file = |path, text: &str| LayerFile { path, mode: 0o644, content: text.into() };
        let shared = Layer::of_files(&[file("etc/os-release", "ID=test\n")]);
        let own = Layer::of_files(&[file("a/b/name", name)]);
        Image::new(&format!("r.example/{name}:1"), arch, vec![shared, own])
    }

    #[test]
    fn names_in_images_tar_are_the_digests_of_what_they_hold() {
        let bytes = images_tar(&[image("b", Arch::Amd64), image("a", Arch::Amd64)]);
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut names = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            let digest = Digest::of(&content);
            match name.strip_suffix(".tar.gz") {
                Some(hex) => assert_eq!(hex, digest.hex()),
                None if name == "manifest.json" => {
                    assert!(content.starts_with(br#"[{"Config":"sha256:"#));
                }
                None => assert_eq!(name, digest.as_str()),
            }
            names.push(name);
        }
        assert_eq!(names.len(), 2 + 3 + 1, "the shared layer is there once");
        assert_eq!(names.last().unwrap(), "manifest.json");
    }

    #[test]
    fn a_layout_has_one_index_for_the_platforms_of_a_name() {
        let files = oci_layout(&[
            image("a", Arch::Amd64),
            image("a", Arch::Arm64),
            image("b", Arch::Amd64),
        ]);
        let (_, index) = files.last().unwrap();
        let index: oci::Index = serde_json::from_slice(index).unwrap();
        let kinds: Vec<&str> =
            index.manifests.iter().map(|entry| entry.media_type.as_str()).collect();
        assert_eq!(kinds, [media_type::OCI_INDEX, media_type::OCI_MANIFEST]);
        for (path, content) in &files {
            if let Some(hex) = path.strip_prefix("blobs/sha256/") {
                assert_eq!(hex, Digest::of(content).hex());
            }
        }
    }

    #[test]
    fn a_layer_lists_its_directories_first() {
        let layer = &image("x", Arch::Amd64).layers[1];
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(&*layer.blob).read_to_end(&mut tar).unwrap();
        assert_eq!(Digest::of(&tar), layer.diff_id);
        let mut archive = tar::Archive::new(tar.as_slice());
        let names: Vec<String> = archive
            .entries()
            .unwrap()
            .map(|entry| String::from_utf8(entry.unwrap().path_bytes().into_owned()).unwrap())
            .collect();
        assert_eq!(names, ["a/", "a/b/", "a/b/name"]);
    }
}
