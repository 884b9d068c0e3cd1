//! Damage: whatever is flipped or cut, nothing panics, and nothing wrong passes for right.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use bundle::{ChartContent, Package};
use proptest::prelude::*;

use crate::build::*;
use crate::read::*;

/// Everything a package says, without charts and hints, which no digest covers.
fn said(package: &Package) -> String {
    let bundles: Vec<_> = package
        .bundles()
        .iter()
        .map(|bundle| {
            let images: Vec<_> =
                bundle.images.iter().map(|image| (&image.names, &image.manifests)).collect();
            let has = (bundle.hints.is_some(), bundle.has_images_member);
            format!("{:?} {:?} {has:?} {images:?}", bundle.layout, chart_paths(bundle))
        })
        .collect();
    let blobs: Vec<_> = package.blobs().iter().map(|blob| &blob.descriptor).collect();
    format!("{bundles:?} {blobs:?}")
}

/// What became of a damaged package: `None` when the damage was noticed.
fn outcome(bytes: &[u8]) -> Option<String> {
    outcome_of(&write("package", bytes).path)
}

fn outcome_of(path: &Path) -> Option<String> {
    let package = bundle::open(path).ok()?;
    if !package.findings().is_empty() || read_all(&package).is_err() {
        return None;
    }
    Some(said(&package))
}

/// Flips one bit of every byte, one after the other, and hands over what became of it.
fn flip_each(good: &[u8], mut check: impl FnMut(usize, String)) {
    let on_disk = write("package", good);
    let file = File::options().write(true).open(&on_disk.path).unwrap();
    for (at, byte) in good.iter().enumerate() {
        file.write_all_at(&[byte ^ (1 << (at % 8))], at as u64).unwrap();
        if let Some(said) = outcome_of(&on_disk.path) {
            check(at, said);
        }
        file.write_all_at(&[*byte], at as u64).unwrap();
    }
}

/// Where `part` lies.
fn find(bytes: &[u8], part: &[u8]) -> std::ops::Range<usize> {
    let at = bytes.windows(part.len()).position(|window| window == part).unwrap();
    at..at + part.len()
}

/// Charts, hints and image names are only covered by the checksum of the whole file.
fn uncovered(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut ranges = vec![find(bytes, HINTS.as_bytes())];
    ranges.extend(CHART.iter().map(|(_, content)| find(bytes, content.as_bytes())));
    ranges.extend([FIRST, SECOND].map(|name| find(bytes, name.as_bytes())));
    ranges
}

/// Small enough that every byte can be tried.
fn small() -> Vec<u8> {
    let base = Layer::new(1, 40);
    let config = config("amd64", &[&base]);
    let digest = oci::Digest::of(&config).to_string();
    let layer = format!("{}.tar.gz", base.digest().hex());
    let manifest = serde_json::json!([
        {"Config": digest, "RepoTags": [FIRST, SECOND], "Layers": [layer]},
    ]);
    let images = Tar::default()
        .file(&digest, &config)
        .file(&layer, &base.packed)
        .file("manifest.json", manifest.to_string().as_bytes())
        .end();
    bundle_with(&images)
}

#[test]
fn every_flipped_byte_is_noticed_or_changes_nothing() {
    let good = small();
    let expected = outcome(&good).unwrap();
    let uncovered = uncovered(&good);
    flip_each(&good, |at, said| {
        let is_uncovered = uncovered.iter().any(|range| range.contains(&at));
        assert!(said == expected || is_uncovered, "byte {at}: {said}");
    });
}

#[test]
fn every_cut_is_noticed() {
    let good = small();
    for len in (0..good.len()).step_by(97).chain(good.len() - 1030..good.len()) {
        assert_eq!(outcome(&good[..len]), None, "{len}");
    }
    for packed in [gzip(&good), zstd(&good)] {
        for len in (0..packed.len()).step_by(53).chain(packed.len() - 12..packed.len()) {
            assert_eq!(outcome(&packed[..len]), None, "{len}");
        }
    }
}

#[test]
fn flips_in_compressed_packages_are_noticed_or_change_nothing() {
    let good = small();
    let expected = outcome(&good).unwrap();
    flip_each(&gzip(&good), |at, said| assert_eq!(said, expected, "byte {at}"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Several changes at once, blocks moved about, cut anywhere, compressed or not.
    #[test]
    fn no_damage_makes_it_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        moves in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..3),
        cut in any::<prop::sample::Index>(),
        packing in 0..4,
    ) {
        let mut bytes = outer();
        let blocks = bytes.len() / 512;
        for (from, to) in moves {
            let (from, to) = (from.index(blocks) * 512, to.index(blocks) * 512);
            bytes.copy_within(from..from + 512, to);
        }
        let mut bytes = match packing { 0 => gzip(&bytes), 1 => zstd(&bytes), _ => bytes };
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if packing % 2 == 0 {
            let len = cut.index(bytes.len());
            bytes.truncate(len);
        }
        let result = catch_unwind(AssertUnwindSafe(|| outcome(&bytes)));
        prop_assert!(result.is_ok());
    }

    /// Anything at all behind a valid beginning.
    #[test]
    fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..3000), start in 0..4) {
        let mut all = match start {
            0 => header(b"manifest.json", bytes.len() as u64, b'0', b"").to_vec(),
            1 => header(b"x", bytes.len() as u64, b'x', b"").to_vec(),
            2 => vec![0x1f, 0x8b, 8, 0],
            _ => vec![0x28, 0xb5, 0x2f, 0xfd],
        };
        all.extend(&bytes);
        let result = catch_unwind(AssertUnwindSafe(|| outcome(&all)));
        prop_assert!(result.is_ok());
    }
}

#[test]
fn a_chart_is_handed_out_byte_for_byte() {
    let package = open(&bundle()).unwrap();
    let Some(ChartContent::Files(files)) = &only(&package).chart else { panic!() };
    for (file, (path, content)) in files.iter().zip(CHART) {
        assert_eq!((file.path.as_str(), file.bytes.as_ref()), (path, content.as_bytes()));
    }
}
