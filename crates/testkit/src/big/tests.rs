use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::time::Instant;

use super::*;

fn small() -> BigBundle {
    BigBundle::bench().scaled(1000)
}

/// Paths and contents of the members of an archive.
fn members(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(bytes);
    archive
        .entries()
        .unwrap()
        .map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), content)
        })
        .collect()
}

#[test]
fn the_bench_bundle_has_the_published_shape() {
    let bench = BigBundle::bench();
    let sizes = bench.layer_sizes();
    let own = &sizes[4..];
    assert_eq!(sizes.len(), 52);
    assert!(own.iter().all(|size| (5_000_000..=150_000_000).contains(size)), "{own:?}");
    let megabytes = |bytes: u64| (bytes + 500_000) / 1_000_000;
    assert_eq!(megabytes(sizes.iter().sum()), 2506);
    let counted =
        (0..bench.images).flat_map(|image| bench.layers_of(image)).map(|layer| sizes[layer]).sum();
    assert_eq!(megabytes(counted), 3707);
}

#[test]
fn the_same_bytes_come_out_every_time() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let files: Vec<Vec<u8>> = dirs
        .iter()
        .map(|dir| fs::read(small().write_bundle(dir.path()).unwrap().path).unwrap())
        .collect();
    assert!(files[0] == files[1]);
    assert_eq!(Digest::of(&files[0]).short(), "c5118238dcca");
    let other = small().seed(1).write_bundle(dirs[0].path()).unwrap();
    assert!(fs::read(other.path).unwrap() != files[0]);
}

#[test]
fn every_name_is_the_digest_of_the_content_and_every_layer_unpacks() {
    let dir = tempfile::tempdir().unwrap();
    let written = small().write_bundle(dir.path()).unwrap();
    let bundle = members(&fs::read(&written.path).unwrap());
    let (name, images) = bundle.last().unwrap();
    assert_eq!((bundle[0].0.as_str(), name.as_str()), ("hints.yaml", "images.tar"));
    let images = members(images);
    let mut raw_bytes = 0;
    let mut packed_bytes = 0;
    for (name, content) in &images {
        let digest = Digest::of(content);
        if let Some(hex) = name.strip_suffix(".tar.gz") {
            assert_eq!(hex, digest.hex());
            let mut tar = Vec::new();
            flate2::read::GzDecoder::new(content.as_slice()).read_to_end(&mut tar).unwrap();
            assert_eq!(members(&tar).len(), 1);
            raw_bytes += tar.len();
            packed_bytes += content.len();
        } else if name != "manifest.json" {
            assert_eq!(name, digest.as_str());
        }
    }
    assert!(
        (1300..1550).contains(&(raw_bytes * 1000 / packed_bytes)),
        "{raw_bytes} in {packed_bytes}"
    );
    assert_eq!(images.len(), 24 + 52 + 1);
    let manifest: Vec<serde_json::Value> =
        serde_json::from_slice(&images.last().unwrap().1).unwrap();
    for (entry, image) in manifest.iter().zip(&written.images) {
        assert_eq!(entry["RepoTags"][0], image.reference.as_str());
        assert_eq!(entry["Config"], image.config.0.as_str());
        let layers: Vec<String> =
            image.layers.iter().map(|(digest, _)| layer_file(digest)).collect();
        assert_eq!(entry["Layers"], serde_json::json!(layers));
    }
    let shared = 20 * small().base_size;
    assert!(written.counted_bytes() - written.unique_bytes() > shared - 100_000);
}

fn layer_file(digest: &Digest) -> String {
    format!("{}.tar.gz", digest.hex())
}

#[test]
fn a_download_holds_the_bundle_and_has_a_right_checksum() {
    let dir = tempfile::tempdir().unwrap();
    let package = small().write_package(dir.path()).unwrap();
    let bundle = small().write_bundle(dir.path()).unwrap();
    let outer = fs::read(&package.path).unwrap();
    assert_eq!(outer.len() as u64, package.size);
    let inner = members(&outer);
    assert_eq!(inner.len(), 1);
    assert_eq!(inner[0].0, layout::BUNDLE_NAME);
    assert!(inner[0].1 == fs::read(&bundle.path).unwrap());
    let line = fs::read_to_string(checksum_path(&package.path)).unwrap();
    assert_eq!(line, format!("{}  big_v0.1.0_amd64.tar\n", sha512_of_file(&package.path).unwrap()));
}

#[test]
fn a_sparse_bundle_of_ten_gigabytes_takes_no_room() {
    let dir = tempfile::tempdir().unwrap();
    let mut shape = BigBundle::bench();
    (shape.base_size, shape.own_size, shape.own_total) =
        (240_000_000, (20_000_000, 600_000_000), 9_040_000_000);
    let start = Instant::now();
    let written = shape.write_sparse(dir.path()).unwrap();
    let metadata = fs::metadata(&written.path).unwrap();
    assert_eq!(metadata.len(), written.size);
    assert!(written.size > 10_000_000_000);
    assert!(metadata.blocks() * 512 < 4_000_000, "{} blocks", metadata.blocks());
    assert!(start.elapsed().as_secs() < 10);

    let mut archive = tar::Archive::new(File::open(&written.path).unwrap());
    let mut entries = archive.entries_with_seek().unwrap().map(|entry| {
        let entry = entry.unwrap();
        (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), entry.size())
    });
    let images = entries.find(|(name, _)| name == "images.tar").unwrap();
    assert!(images.1 > 8 << 30, "the size is in a PAX record");
    assert!(entries.next().is_none());
}
