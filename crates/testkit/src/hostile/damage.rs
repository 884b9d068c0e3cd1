//! A7: files that are shorter, longer or other than they say.

use flate2::Crc;

use super::builder::{HostileTar, bundle_with, honest_bundle};
use super::{Case, Expected};
use crate::gzip;
use crate::ustar::{BLOCK, Header};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = plain();
    cases.extend(compressed());
    cases
}

fn rejected(name: &str, bytes: Vec<u8>) -> Case {
    Case::new("A7", name, Expected::Rejected, bytes)
}

fn plain() -> Vec<Case> {
    let honest = honest_bundle();
    let cut = |at: usize| honest[..at].to_vec();
    let images = images_offset(&honest);
    let with_garbage = |garbage: &[u8]| [honest.as_slice(), garbage].concat();
    let short =
        HostileTar::new().entry(&Header::file("original-chart/x", 10), &[b'x'; 2000]).unfinished();
    let long =
        HostileTar::new().entry(&Header::file("original-chart/x", 50_000_000), b"x").unfinished();
    let zeros = vec![0; 20 * BLOCK];
    vec![
        rejected("empty", Vec::new()),
        rejected("zeros", zeros),
        rejected("not-an-archive", b"<!DOCTYPE html><html><body>404</body></html>".repeat(40)),
        rejected("size-smaller-than-data", bundle_with(&short)),
        rejected("size-larger-than-file", bundle_with(&long)),
        rejected("truncated-in-first-header", cut(300)),
        rejected("truncated-after-hints", cut(2 * BLOCK)),
        rejected("truncated-in-chart", cut(images / 2)),
        rejected("truncated-in-images-header", cut(images + 100)),
        rejected("truncated-in-images", cut(images + (honest.len() - images) / 2)),
        rejected("truncated-in-last-member", cut(honest.len() - 2 * BLOCK - 3000)),
        Case::new("A7", "without-end", Expected::Bounded, cut(honest.len() - 2 * BLOCK)),
        Case::new(
            "A7",
            "more-zeros-at-the-end",
            Expected::Accepted,
            with_garbage(&[0; 20 * BLOCK]),
        ),
        rejected("garbage-after-the-end", with_garbage(b"garbage")),
        rejected("garbage-block-after-the-end", with_garbage(&[b'g'; BLOCK])),
        rejected("two-archives", with_garbage(&honest)),
    ]
}

fn compressed() -> Vec<Case> {
    let honest = honest_bundle();
    let packed = gzip(&honest);
    let last = packed.len() - 1;
    let flipped = |at: usize| {
        let mut bytes = packed.clone();
        bytes[at] ^= 1;
        bytes
    };
    let zstd = zstd::encode_all(honest.as_slice(), 3).expect("memory takes everything");
    vec![
        Case::new("A7", "gzip", Expected::Accepted, packed.clone()),
        Case::new("A7", "zstd", Expected::Accepted, zstd.clone()),
        rejected("gzip-truncated", packed[..packed.len() / 2].to_vec()),
        rejected("gzip-without-trailer", packed[..packed.len() - 8].to_vec()),
        rejected("gzip-wrong-checksum", flipped(last - 7)),
        rejected("gzip-wrong-length", flipped(last - 3)),
        rejected("gzip-garbage-after-the-end", [packed.as_slice(), b"garbage"].concat()),
        rejected("gzip-two-archives", [packed.as_slice(), &packed].concat()),
        rejected("gzip-of-nothing", gzip(b"")),
        rejected("gzip-with-invalid-block", invalid_block()),
        rejected("zstd-truncated", zstd[..zstd.len() / 2].to_vec()),
        rejected("zstd-garbage-after-the-end", [zstd.as_slice(), b"garbage"].concat()),
        rejected("zstd-two-archives", [zstd.as_slice(), &zstd].concat()),
    ]
}

/// A deflate block of the reserved type 3.
fn invalid_block() -> Vec<u8> {
    let mut bytes = crate::deflate::GZIP_HEADER.to_vec();
    bytes.push(0b111);
    bytes.extend(crate::deflate::trailer(&Crc::new()));
    bytes
}

/// Where the header of `images.tar` is in the honest bundle.
pub(super) fn images_offset(bundle: &[u8]) -> usize {
    let name = b"images.tar\0";
    (0..bundle.len())
        .step_by(BLOCK)
        .find(|&at| bundle[at..].starts_with(name))
        .expect("it has images")
}
