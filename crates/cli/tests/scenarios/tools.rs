//! regctl and oras as judges: they copy and fetch what was pushed, and compute digests of their own.

use std::collections::BTreeMap;
use std::path::Path;

use oci::Digest;
use serde_json::Value;
use testkit::registry::RegistryKind;
use testkit::{Arch, Image, Kairship, Version, peer_or_skip};

use crate::site::{PATH, Site, kairship};

/// Repository and tag that `sync` gave an image.
fn pushed(image: &Image) -> (String, String) {
    let tag = image.reference.rsplit(':').next().expect("a tag");
    (format!("{PATH}/{}", image.short_name()), tag.to_owned())
}

/// The blobs of an OCI layout by their names, each checked against its name.
fn blobs(layout: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(layout.join("blobs/sha256")).expect("a layout has blobs");
    let read = |entry: std::fs::DirEntry| {
        let name = format!("sha256:{}", entry.file_name().to_str().expect("hex"));
        let content = std::fs::read(entry.path()).expect("it is a file");
        assert_eq!(Digest::of(&content).as_str(), name);
        (name, content)
    };
    entries.flatten().map(read).collect()
}

#[test]
fn regctl_copies_every_image_into_a_layout() {
    for kind in RegistryKind::ALL {
        let Some(regctl) = peer_or_skip("regctl") else { return };
        let Some(site) = Site::new(kind) else { return };
        let (package, path) = kairship(&site.env);
        let _ = site.sync(&path, &[]).success();
        let host = site.registry.host();
        let setting = format!("reg={host},tls=disabled");
        for image in package.images() {
            let (repository, tag) = pushed(&image);
            let name = format!("{host}/{repository}:{tag}");
            let target = format!("ocidir://copied/{}:{tag}", image.short_name());
            let mut command = site.env.command_of(&regctl.path);
            command.args(["--host", &setting, "image", "copy", &name, &target]);
            let _ = site.env.run_command(command).success();
            let found = site.manifest(&repository, &tag).expect("it is there");
            let layout = site.env.work().join("copied").join(image.short_name());
            let index = std::fs::read(layout.join("index.json")).unwrap();
            let index: Value = serde_json::from_slice(&index).unwrap();
            assert_eq!(index["manifests"][0]["digest"], found.digest.as_str(), "{name}");
            let mut expected = vec![found.digest, image.config_digest()];
            expected.extend(image.layer_digests());
            expected.sort();
            let copied = blobs(&layout);
            assert!(copied.keys().map(String::as_str).eq(expected.iter().map(Digest::as_str)));
        }
    }
}

#[test]
fn oras_fetches_every_image_and_the_chart() {
    for kind in RegistryKind::ALL {
        let Some(oras) = peer_or_skip("oras") else { return };
        let Some(site) = Site::new(kind) else { return };
        let (package, path) = kairship(&site.env);
        let host = site.registry.host();
        let charts = format!("oci://{host}/charts");
        let _ = site.sync(&path, &["--to-repo", &charts]).success();
        let run = |arguments: &[&str]| {
            let mut command = site.env.command_of(&oras.path);
            command.args(arguments);
            site.env.run_command(command).success()
        };
        for image in package.images() {
            let (repository, tag) = pushed(&image);
            let name = format!("{host}/{repository}:{tag}");
            let found = site.manifest(&repository, &tag).expect("it is there");
            let descriptor = run(&["manifest", "fetch", "--plain-http", "--descriptor", &name]);
            let descriptor: Value = serde_json::from_str(descriptor.stdout()).unwrap();
            assert_eq!(descriptor["digest"], found.digest.as_str(), "{name}");
            let manifest = run(&["manifest", "fetch", "--plain-http", &name]);
            assert_eq!(Digest::of(manifest.stdout().as_bytes()), found.digest, "{name}");
            let layout = format!("fetched/{}:{tag}", image.short_name());
            let _ = run(&["copy", "--from-plain-http", "--to-oci-layout", &name, &layout]);
            let fetched = blobs(&site.env.work().join("fetched").join(image.short_name()));
            for digest in image.layer_digests().iter().chain([&image.config_digest()]) {
                assert!(fetched.contains_key(digest.as_str()), "{name} {digest}");
            }
        }
        // Charts have no file name in their manifest, so `oras pull` would leave them out: as with `helm push`.
        let found = site.manifest("charts/kairship", "0.21.0").expect("the chart is there");
        let layer = found.document["layers"][0]["digest"].as_str().unwrap();
        let name = format!("{host}/charts/kairship@{layer}");
        let _ = run(&["blob", "fetch", "--plain-http", &name, "--output", "chart.tgz"]);
        let chart = std::fs::read(site.env.work().join("chart.tgz")).unwrap();
        assert_eq!(Digest::of(&chart).as_str(), layer);
    }
}

#[test]
fn both_find_either_platform_behind_a_merged_tag() {
    let Some(regctl) = peer_or_skip("regctl") else { return };
    let Some(oras) = peer_or_skip("oras") else { return };
    let Some(site) = Site::new(RegistryKind::Distribution) else { return };
    let packages = [Arch::Amd64, Arch::Arm64].map(|arch| Kairship::new(Version::V0_21_0, arch));
    for package in &packages {
        let path = package.write_package(&site.env.work());
        let _ = site.sync(&path, &[]).success();
    }
    let host = site.registry.host();
    let setting = format!("reg={host},tls=disabled");
    for package in &packages {
        let image = &package.images()[0];
        let (repository, tag) = pushed(image);
        let name = format!("{host}/{repository}:{tag}");
        let platform = format!("linux/{}", image.arch.as_str());
        let mut asked = Vec::new();
        let mut command = site.env.command_of(&regctl.path);
        command.args(["--host", &setting, "manifest", "get", "--format", "raw-body", &name]);
        command.args(["--platform", &platform]);
        asked.push(site.env.run_command(command).success());
        let mut command = site.env.command_of(&oras.path);
        command.args(["manifest", "fetch", "--plain-http", &name, "--platform", &platform]);
        asked.push(site.env.run_command(command).success());
        for answer in asked {
            let manifest: Value = serde_json::from_str(answer.stdout()).unwrap();
            assert_eq!(manifest["config"]["digest"], image.config_digest().as_str(), "{answer:?}");
        }
    }
}
