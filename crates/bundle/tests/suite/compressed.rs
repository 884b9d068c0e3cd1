//! Compressed packages: the same content, in order, out of order and all at once.

use bundle::{Access, Package};

use crate::build::*;
use crate::read::*;

fn variants() -> Vec<(&'static str, Vec<u8>)> {
    let images = Images::new().archive();
    let in_bundle = |images: &[u8]| bundle_with(images);
    let in_outer = |bundle: &[u8]| Tar::default().file("x/a.bundle.tar.gz", bundle).end();
    let frames: Vec<u8> = bundle().chunks(4000).flat_map(zstd).collect();
    vec![
        ("bundle.tar.gz", gzip(&bundle())),
        ("bundle.tar.zst", zstd(&bundle())),
        ("bundle.tar.zst in frames", frames),
        ("outer.tar.gz", gzip(&outer())),
        ("outer.tar.zst", zstd(&outer())),
        ("bundle.tar.gz in a tar", in_outer(&gzip(&bundle()))),
        ("bundle.tar.zst in a tar", in_outer(&zstd(&bundle()))),
        ("images.tar.gz in a bundle", in_bundle(&gzip(&images))),
        ("bundle.tar.gz in a tar.zst", zstd(&in_outer(&gzip(&bundle())))),
        ("images.tar.zst in a bundle.tar.gz", gzip(&in_bundle(&zstd(&images)))),
    ]
}

fn assert_same(package: &Package, plain: &Package, name: &str) {
    assert_eq!(package.access(), Access::Sequential, "{name}");
    assert_eq!(findings(package), Vec::<String>::new(), "{name}");
    assert_eq!(names(only(package)), names(only(plain)), "{name}");
    assert_eq!(chart_paths(only(package)), chart_paths(only(plain)), "{name}");
    let digests = |package: &Package| -> Vec<_> {
        package.blobs().iter().map(|blob| blob.descriptor.clone()).collect()
    };
    assert_eq!(digests(package), digests(plain), "{name}");
}

#[test]
fn every_combination_reads_the_same() {
    let plain = open(&bundle()).unwrap();
    for (name, bytes) in variants() {
        let on_disk = write("x", &bytes);
        let package = bundle::open(&on_disk.path).unwrap();
        assert_same(&package, &plain, name);
        read_all(&package).unwrap();
        // Again from the beginning, then backwards.
        read_all(&package).unwrap();
        for at in (0..package.blobs().len()).rev() {
            assert_eq!(read_one(&package, at), read_one(&plain, at), "{name}");
        }
    }
}

#[test]
fn seek_points_change_nothing_but_the_time() {
    let plain = open(&bundle()).unwrap();
    for (name, bytes) in variants() {
        let on_disk = write("x", &bytes);
        let package = bundle::open(&on_disk.path).unwrap().with_seek_points();
        for at in [4, 0, 3, 1, 2, 4, 0] {
            assert_eq!(read_one(&package, at), read_one(&plain, at), "{name}");
        }
        read_at_once(&package).unwrap();
    }
}

#[test]
fn several_readers_at_once_do_not_wait_for_each_other() {
    for (name, bytes) in variants() {
        let on_disk = write("x", &bytes);
        let package = bundle::open(&on_disk.path).unwrap();
        read_at_once(&package).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn a_package_that_changes_under_a_reader_is_noticed() {
    let on_disk = write("x", &gzip(&bundle()));
    let package = bundle::open(&on_disk.path).unwrap();
    let other = noise(9, usize::try_from(package.files()[0].size).unwrap());
    std::fs::write(&on_disk.path, other).unwrap();
    assert!(read_all(&package).is_err());
}
