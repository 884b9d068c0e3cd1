//! Damaged and incomplete packages: nothing refers to them afterwards.

use std::path::Path;

use testkit::registry::RegistryKind;
use testkit::{Arch, ChecksumFile, Kairship, Random, Version};

use crate::site::{Site, environment, kairship};

fn nothing_is_published(site: &Site) {
    assert!(site.state().is_empty(), "{:?}", site.state());
    assert!(!site.env.work().join("charts/index.yaml").exists());
}

fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 0x01;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_flipped_byte_in_a_layer_stops_the_run_with_the_members_name() {
    for kind in RegistryKind::ALL {
        let Some(site) = Site::new(kind) else { return };
        let (package, path) = kairship(&site.env);
        std::fs::remove_file(testkit::checksum_path(&path)).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let layer = package.images()[0].layers.last().unwrap().clone();
        let at = bytes
            .windows(layer.blob.len())
            .position(|window| window == &layer.blob[..])
            .expect("the layer is in the package");
        flip(&path, at + layer.blob.len() - 3);
        let out = site.sync(&path, &[]).exits_with(3);
        assert!(out.stderr().contains(&format!("{}.tar.gz", layer.digest.hex())), "{out:?}");
        nothing_is_published(&site);
    }
}

/// One flipped byte anywhere, without a checksum file: every place that a header, a digest or a document covers.
#[test]
fn a_flipped_byte_anywhere_is_found_or_harmless() {
    let Some(site) = Site::new(RegistryKind::Distribution) else { return };
    let (package, path) = kairship(&site.env);
    let good = std::fs::read(&path).unwrap();
    let mut random = Random::new(7);
    for round in 0..12 {
        let at = usize::try_from(random.below(good.len() as u64)).unwrap();
        let mut bytes = good.clone();
        bytes[at] ^= 1 << random.below(8);
        std::fs::write(&path, &bytes).unwrap();
        // The checksum file covers every byte; the exit code is the package's.
        let out = site.sync(&path, &[]).exits_with(3);
        assert!(!out.stderr().is_empty(), "{round}: byte {at}");
        nothing_is_published(&site);
    }
    std::fs::write(&path, &good).unwrap();
    let _ = site.sync(&path, &[]).success();
    site.assert_has(&package);
}

#[test]
fn a_wrong_checksum_publishes_nothing_and_a_wrong_name_is_a_warning() {
    let Some(site) = Site::new(RegistryKind::Docker) else { return };
    let wrong = Kairship::new(Version::V0_21_0, Arch::Amd64).checksum(ChecksumFile::Wrong);
    let out = site.sync(&wrong.write_package(&site.env.work()), &[]).exits_with(3);
    assert!(out.stderr().contains("sha512"), "{out:?}");
    nothing_is_published(&site);
    let named =
        Kairship::new(Version::V0_21_0, Arch::Amd64).checksum(ChecksumFile::NamesAnotherFile);
    let out = site.sync(&named.write_package(&site.env.work()), &[]).success();
    assert!(out.stderr().contains("warning"), "{out:?}");
    site.assert_has(&named);
}

#[test]
fn a_missing_image_is_an_error_before_anything_is_written() {
    let Some(site) = Site::new(RegistryKind::Docker) else { return };
    let whole = Kairship::new(Version::V0_21_0, Arch::Amd64);
    let name = whole.images()[2].short_name().to_owned();
    let path = whole.without_image(&name).write_package(&site.env.work());
    let out = site.sync(&path, &[]).exits_with(3);
    assert!(out.stderr().contains(&name), "{out:?}");
    nothing_is_published(&site);
    assert!(site.registry.requests().iter().all(|request| !request.starts_with("POST")));
}

#[test]
fn a_truncated_package_names_the_place() {
    let env = environment();
    let (_, path) = kairship(&env);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let out = env.run(["verify", path.to_str().unwrap()]).exits_with(3);
    assert!(out.stderr().contains("byte"), "{out:?}");
}

#[test]
fn what_is_no_package_is_said_to_be_none() {
    let env = environment();
    for (name, content) in [("a.tar", &b""[..]), ("b.tar", b"hello"), ("c.tar", b"<html></html>")] {
        let path = env.write(name, content);
        let _ = env.run(["inspect", path.to_str().unwrap()]).exits_with(3);
    }
    let _ = env.run(["inspect", "nowhere.tar"]).exits_with(3);
}
