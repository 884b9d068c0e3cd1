//! Every layout, read by content.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, symlink};
use std::os::unix::net::UnixListener;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use bundle::{Access, ChartContent, Layout, PackageError};
use oci::{Digest, media_type};
use serde_json::json;

use crate::build::*;
use crate::read::*;

fn assert_is_the_bundle(package: &bundle::Package) {
    let bundle = only(package);
    assert_eq!(findings(package), Vec::<String>::new());
    assert_eq!(bundle.layout, Layout::Bundle);
    assert_eq!(chart_paths(bundle), CHART.map(|(path, _)| path));
    assert_eq!(bundle.hints.as_ref().unwrap().bytes, HINTS);
    assert_eq!(names(bundle), [FIRST, SECOND]);
    assert!(bundle.has_images_member);
    // Two configs, and three layers of which one is shared.
    assert_eq!(package.blobs().len(), 5);
    let manifest = &bundle.images[0].manifests[0];
    assert_eq!(manifest.platform.as_ref().unwrap().to_string(), "linux/amd64");
    assert_eq!(manifest.layers[0].media_type, media_type::DOCKER_LAYER_GZIP);
    assert_eq!(manifest.layers[0], bundle.images[1].manifests[0].layers[0]);
    read_all(package).unwrap();
}

#[test]
fn a_bundle_of_any_name() {
    let on_disk = write("big", &bundle());
    let package = bundle::open(&on_disk.path).unwrap();
    assert_is_the_bundle(&package);
    assert_eq!(package.access(), Access::Random);
    let images = Images::new();
    assert_eq!(
        package.member(&images.base.digest()).unwrap(),
        format!("big › images.tar › {}.tar.gz", images.base.digest().hex())
    );
    assert_eq!(package.files()[0].path, on_disk.path);
    assert_eq!(package.files()[0].size, bundle().len() as u64);
}

#[test]
fn the_download_with_and_without_a_directory() {
    let package = open(&outer()).unwrap();
    assert_is_the_bundle(&package);
    assert_eq!(only(&package).origin, "package › kairship_v0.21.0_amd64/kairship.bundle.tar");
    let flat = Tar::default().file("kairship.bundle.tar", &bundle()).end();
    assert_is_the_bundle(&open(&flat).unwrap());
    // One level more, as somebody packs it again.
    assert_is_the_bundle(&open(&Tar::default().file("x", &outer()).end()).unwrap());
}

#[test]
fn an_unpacked_bundle_and_directories_of_packages() {
    let directory = tempfile::tempdir().unwrap();
    let unpack = |dir: &str, images: &str, bytes: &[u8]| {
        let root = directory.path().join(dir);
        files(&root, &[("hints.yaml", HINTS.as_bytes()), (images, bytes)]);
        for (path, content) in CHART {
            files(&root.join("original-chart"), &[(path, content.as_bytes())]);
        }
        root
    };
    let images = Images::new().archive();
    let plain = unpack("plain", "images.tar", &images);
    assert_is_the_bundle(&bundle::open(&plain).unwrap());
    assert_is_the_bundle(&bundle::open(&unpack("gzip", "images.tar.gz", &gzip(&images))).unwrap());
    let package = bundle::open(&unpack("zstd", "images.tar", &zstd(&images))).unwrap();
    assert_is_the_bundle(&package);
    assert_eq!(package.access(), Access::Sequential);

    let downloads = tempfile::tempdir().unwrap();
    files(downloads.path(), &[("kairship_v0.21.0_amd64.tar", &outer()), ("readme.txt", b"hello")]);
    assert_is_the_bundle(&bundle::open(downloads.path()).unwrap());
}

#[test]
fn the_same_bundle_twice_is_read_once() {
    let other = bundle_with(&Tar::default().file("manifest.json", b"[]").end());
    let tar = Tar::default()
        .file("a.bundle.tar", &bundle())
        .file("b/a.bundle.tar", &bundle())
        .file("c.bundle.tar", &other)
        .end();
    let package = open(&tar).unwrap();
    assert_eq!(package.bundles().len(), 2);
    assert_eq!(package.bundles()[0].copies, ["package › b/a.bundle.tar"]);
    assert_eq!(package.blobs().len(), 5);
    assert_eq!(errors(&package), Vec::<String>::new());
}

#[test]
fn a_bundle_without_images_and_with_empty_hints() {
    let tar = chart(Tar::default().file("hints.yaml", b""), "original-chart").end();
    let package = open(&tar).unwrap();
    let bundle = only(&package);
    assert!(!bundle.has_images_member && bundle.images.is_empty());
    assert!(bundle.hints.as_ref().unwrap().bytes.is_empty());
    assert_eq!(findings(&package), Vec::<String>::new());
}

#[test]
fn a_bundle_without_a_chart_says_so() {
    let tar =
        Tar::default().file("hints.yaml", b"").file("images.tar", &Images::new().archive()).end();
    let package = open(&tar).unwrap();
    assert_eq!(errors(&package), ["package › original-chart: the chart has no Chart.yaml"]);
    assert_eq!(only(&package).images.len(), 2);
}

#[test]
fn charts_as_archive_as_directory_and_in_the_tree_of_the_installer() {
    let package = bundle::open(&write("kairship-0.21.0.tgz", &chart_archive()).path).unwrap();
    let Some(ChartContent::Archive(file)) = &only(&package).chart else { panic!() };
    assert_eq!(
        (file.path.as_str(), file.bytes.as_ref()),
        ("kairship-0.21.0.tgz", &chart_archive()[..])
    );
    assert_eq!(only(&package).layout, Layout::ChartArchive);
    assert!(!only(&package).has_images_member);

    let directory = tempfile::tempdir().unwrap();
    for (path, content) in CHART {
        files(directory.path(), &[(path, content.as_bytes())]);
    }
    let package = bundle::open(directory.path()).unwrap();
    assert_eq!(only(&package).layout, Layout::ChartDirectory);
    assert_eq!(chart_paths(only(&package)), CHART.map(|(path, _)| path));

    let other = gzip(
        &Tar::default()
            .file("ghippo/Chart.yaml", b"name: ghippo")
            .file("ghippo/charts/x.tgz", b"?")
            .end(),
    );
    let tree = Tar::default()
        .file("offline/dce5-installer", b"\x7fELF")
        .file("offline/dce5/kairship-0.21.0.tgz", &chart_archive())
        .file("offline/dce5/ghippo-1.0.0.tgz", &other)
        .file("offline/sample/manifest.yaml", b"kind: DCEManifest")
        .end();
    for bytes in [tree.clone(), gzip(&tree), zstd(&tree)] {
        let package = open(&bytes).unwrap();
        assert_eq!(package.bundles().len(), 2);
        assert_eq!(chart_paths(&package.bundles()[1]), ["ghippo-1.0.0.tgz"]);
        let Some(ChartContent::Archive(file)) = &package.bundles()[0].chart else { panic!() };
        assert_eq!(file.bytes, chart_archive());
        assert_eq!(findings(&package), Vec::<String>::new());
    }
}

/// Docker up to version 24, with its links, and skopeo, with its.
fn classic(links: bool) -> Vec<u8> {
    let images = Images::new();
    let (id, copy) = ("a".repeat(64), "b".repeat(64));
    let config = config("arm64", &[&images.base, &images.base, &images.first]);
    let skopeo = format!("{}.tar", images.first.diff_id().hex());
    let mut tar = Tar::default()
        .file(&format!("{id}/VERSION"), b"1.0")
        .file(&format!("{id}/layer.tar"), &images.base.plain)
        .file(&skopeo, &images.first.plain)
        .file(&format!("{}.json", Digest::of(&config).hex()), &config)
        .file("repositories", b"{}");
    if links {
        tar = tar.member(
            format!("{copy}/layer.tar").as_bytes(),
            b'2',
            format!("../{id}/layer.tar").as_bytes(),
        );
    }
    let second = if links { &copy } else { &id };
    let manifest = json!([{
        "Config": format!("{}.json", Digest::of(&config).hex()),
        "RepoTags": ["redis:7", "redis:latest"],
        "Layers": [format!("{id}/layer.tar"), format!("{second}/layer.tar"), skopeo],
    }]);
    tar.file("manifest.json", manifest.to_string().as_bytes()).end()
}

#[test]
fn a_classic_docker_archive_with_its_links() {
    for links in [false, true] {
        let package = open(&classic(links)).unwrap();
        let bundle = only(&package);
        assert_eq!(bundle.layout, Layout::DockerArchive);
        assert_eq!(names(bundle), ["redis:7", "redis:latest"]);
        let images = Images::new();
        let digests: Vec<_> =
            bundle.images[0].manifests[0].layers.iter().map(|layer| layer.digest.clone()).collect();
        let base = images.base.diff_id();
        assert_eq!(digests, [base.clone(), base, images.first.diff_id()]);
        assert_eq!(bundle.images[0].manifests[0].layers[0].media_type, media_type::DOCKER_LAYER);
        assert_eq!(findings(&package), Vec::<String>::new());
        read_all(&package).unwrap();
    }
}

#[test]
fn a_layer_whose_name_tells_nothing_is_hashed() {
    let images = Images::new();
    let config = config("amd64", &[&images.base]);
    let manifest =
        json!([{"Config": "config.json", "RepoTags": null, "Layers": ["0001/layer.tar.gz"]}]);
    let tar = Tar::default()
        .file("config.json", &config)
        .file("0001/layer.tar.gz", &images.base.packed)
        .file("manifest.json", manifest.to_string().as_bytes())
        .end();
    for bytes in [tar.clone(), gzip(&tar)] {
        let package = open(&bytes).unwrap();
        assert_eq!(only(&package).images[0].manifests[0].layers[0].digest, images.base.digest());
        assert!(only(&package).images[0].names.is_empty());
        assert_eq!(findings(&package), Vec::<String>::new());
        read_all(&package).unwrap();
    }
}

/// A layout with one index of two platforms.
fn layout(leave_out_arm: bool, annotations: &serde_json::Value) -> Vec<(String, Vec<u8>)> {
    let images = Images::new();
    let mut files = vec![("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec())];
    let mut blob = |bytes: &[u8], is_kept: bool| {
        let digest = Digest::of(bytes);
        if is_kept {
            files.push((format!("blobs/sha256/{}", digest.hex()), bytes.to_vec()));
        }
        json!({"digest": digest, "size": bytes.len()})
    };
    let with = |mut descriptor: serde_json::Value, more: serde_json::Value| {
        descriptor.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        descriptor
    };
    let mut children = Vec::new();
    for (architecture, layers) in
        [("amd64", [&images.base, &images.first]), ("arm64", [&images.base, &images.second])]
    {
        let is_kept = architecture == "amd64" || !leave_out_arm;
        let config = config(architecture, &layers);
        let config = with(blob(&config, is_kept), json!({"mediaType": media_type::OCI_CONFIG}));
        let layers: Vec<_> = layers
            .iter()
            .map(|layer| {
                with(blob(&layer.packed, is_kept), json!({"mediaType": media_type::OCI_LAYER_GZIP}))
            })
            .collect();
        let manifest = json!({"schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "config": config, "layers": layers});
        let platform = json!({"os": "linux", "architecture": architecture});
        let child = blob(manifest.to_string().as_bytes(), is_kept);
        children.push(with(
            child,
            json!({"mediaType": media_type::OCI_MANIFEST, "platform": platform}),
        ));
    }
    let index =
        json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": children});
    let index = with(
        blob(index.to_string().as_bytes(), true),
        json!({"mediaType": media_type::OCI_INDEX, "annotations": annotations}),
    );
    let index = json!({"schemaVersion": 2, "manifests": [index]});
    files.push(("index.json".into(), index.to_string().into_bytes()));
    files.sort();
    files.dedup();
    files
}

fn pack(files: &[(String, Vec<u8>)], dir: &str) -> Tar {
    files.iter().fold(Tar::default(), |tar, (name, bytes)| tar.file(&format!("{dir}{name}"), bytes))
}

#[test]
fn an_oci_layout_as_directory_and_as_tar() {
    let name = "org.opencontainers.image.ref.name";
    let layout = layout(false, &json!({name: "quay.io/a/b:1"}));
    let directory = tempfile::tempdir().unwrap();
    for (path, content) in &layout {
        files(directory.path(), &[(path, content)]);
    }
    let tar = write("x", &pack(&layout, "some/dir/").end());
    for path in [directory.path(), &tar.path] {
        let package = bundle::open(path).unwrap();
        let bundle = only(&package);
        assert_eq!(bundle.layout, Layout::OciLayout);
        assert_eq!(names(bundle), ["quay.io/a/b:1"]);
        let platforms: Vec<_> = bundle.images[0]
            .manifests
            .iter()
            .map(|manifest| manifest.platform.as_ref().unwrap().to_string())
            .collect();
        assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
        let index = bundle.images[0].index.as_ref().unwrap();
        assert_eq!(findings(&package), Vec::<String>::new());
        read_all(&package).unwrap();
        // Manifests and indexes can be fetched, too.
        assert!(package.member(&index.descriptor().digest).is_some());
        let original = bundle.images[0].manifests[1].original.as_ref().unwrap().descriptor();
        assert!(oci::Source::fetch(&package, &original).is_ok());
    }
}

#[test]
fn a_missing_child_of_an_index_is_a_fault_unless_the_layout_says_it_is_meant() {
    let package = open(&pack(&layout(true, &json!({})), "").end()).unwrap();
    let [error] = &errors(&package)[..] else { panic!("{:?}", findings(&package)) };
    assert!(error.contains("for linux/arm64, which is not in the package"), "{error}");
    let image = &only(&package).images[0];
    assert_eq!((image.manifests.len(), image.missing.len()), (1, 1));

    let marked = layout(true, &json!({bundle::SPARSE_ANNOTATION: "true"}));
    let package = open(&pack(&marked, "").end()).unwrap();
    assert_eq!(findings(&package), Vec::<String>::new());
    assert_eq!(only(&package).images[0].missing.len(), 1);
}

#[test]
fn docker_save_of_today_is_a_layout_with_names_beside_it() {
    let mut files = layout(false, &json!({"org.opencontainers.image.ref.name": "1"}));
    let images = Images::new();
    let config = Digest::of(&config("amd64", &[&images.base, &images.first]));
    let manifest = json!([{
        "Config": format!("blobs/sha256/{}", config.hex()), "RepoTags": ["quay.io/a/b:1"], "Layers": [],
    }]);
    files.push(("manifest.json".into(), manifest.to_string().into_bytes()));
    let package = open(&pack(&files, "").end()).unwrap();
    assert_eq!(only(&package).layout, Layout::OciLayout);
    assert_eq!(names(only(&package)), ["quay.io/a/b:1"]);
    assert_eq!(findings(&package), Vec::<String>::new());
}

#[test]
fn a_foreign_layer_keeps_its_urls() {
    let images = Images::new();
    let config = config("amd64", &[&images.base]);
    let config_name = Digest::of(&config).to_string();
    let layer = format!("{}.tar.gz", images.base.digest().hex());
    let source = json!({
        "mediaType": media_type::DOCKER_FOREIGN_LAYER,
        "size": images.base.packed.len(),
        "digest": images.base.digest(),
        "urls": ["https://example.com/layer"],
    });
    let sources = json!({images.base.diff_id().to_string(): source});
    let manifest = json!([{
        "Config": config_name, "RepoTags": ["a:1"], "Layers": [layer], "LayerSources": sources,
    }]);
    let without = Tar::default()
        .file(&config_name, &config)
        .file("manifest.json", manifest.to_string().as_bytes());
    let with = Tar::default().file(&layer, &images.base.packed).raw(&without.0);
    for (tar, count) in [(with, 2), (without, 1)] {
        let package = open(&tar.end()).unwrap();
        let layer = &only(&package).images[0].manifests[0].layers[0];
        assert_eq!(layer.media_type, media_type::DOCKER_FOREIGN_LAYER);
        assert_eq!(layer.urls, ["https://example.com/layer"]);
        assert_eq!(package.blobs().len(), count);
        assert_eq!(findings(&package).len(), 2 - count);
        assert_eq!(errors(&package).len(), 2 - count, "nobody behind the gap can fetch it");
    }
}

#[test]
fn checksums_beside_the_package_are_found() {
    let on_disk = write("k_v1_amd64.tar", &outer());
    let beside = |text: &str| {
        files(on_disk.directory.path(), &[("k_v1_amd64_checksum.sha512sum", text.as_bytes())]);
    };
    assert!(bundle::open(&on_disk.path).unwrap().checksum().is_none());
    let mut hasher = oci::Hasher::new(oci::Algorithm::Sha512);
    hasher.update(&outer());
    let hex = hasher.finish().hex().to_owned();
    beside(&format!("{hex}  k_v0_amd64.tar"));
    for path in [&*on_disk.path, on_disk.directory.path()] {
        let package = bundle::open(path).unwrap();
        let checksum = package.checksum().unwrap();
        assert_eq!(checksum.file, on_disk.path);
        checksum.verify(&checksum.file, &AtomicBool::new(false)).unwrap();
        assert_eq!(
            findings(&package),
            ["k_v1_amd64_checksum.sha512sum: the checksum is for `k_v0_amd64.tar`"]
        );
        assert!(errors(&package).is_empty());
    }
    beside("d41d8cd98f00b204e9800998ecf8427e  k_v1_amd64.tar");
    assert_eq!(errors(&bundle::open(&on_disk.path).unwrap()).len(), 1);
}

#[test]
fn a_wrap_of_today_and_one_of_old() {
    let hex = "c".repeat(64);
    let today = layout(false, &json!({})).into_iter().fold(
        chart(Tar::default(), "kairship-0.21.0/chart")
            .file("kairship-0.21.0/chart/Images.lock", b"lock"),
        |tar, (name, bytes)| {
            tar.file(&format!("kairship-0.21.0/images/{hex}.layout/{name}"), &bytes)
        },
    );
    let today = today.file("kairship-0.21.0/artifacts/images/x/y/1.sig/oci-layout", b"{}");
    let package = open(&gzip(&today.end())).unwrap();
    let bundle = only(&package);
    assert_eq!(bundle.layout, Layout::Wrap);
    assert_eq!(bundle.images_lock.as_deref(), Some(&b"lock"[..]));
    assert_eq!(chart_paths(bundle).len(), 5);
    assert_eq!(bundle.images.len(), 1);
    assert_eq!(errors(&package), Vec::<String>::new());
    assert_eq!(package.access(), Access::Sequential);
    read_all(&package).unwrap();

    let old = chart(Tar::default(), "k/chart")
        .file("k/chart/Images.lock", b"lock")
        .file(&format!("k/images/{hex}.tar"), &Images::new().archive())
        .end();
    let package = open(&gzip(&old)).unwrap();
    assert_eq!(names(only(&package)), [FIRST, SECOND]);
    read_all(&package).unwrap();
}

#[test]
fn long_names_of_gnu_and_pax_and_binary_sizes() {
    let long = format!("original-chart/{}/values.yaml", "深".repeat(60));
    let mut gnu = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(5);
    gnu.append_data(&mut header, &long, &b"a: 1\n"[..]).unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_size(6);
    gnu.append_data(&mut header, "./original-chart/Chart.yaml", &b"name: "[..]).unwrap();
    let mut pax = tar::Builder::new(Vec::new());
    pax.append_pax_extensions([("path", long.as_bytes()), ("size", b"5")]).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_path("short").unwrap();
    header.set_size(0);
    header.set_cksum();
    pax.append(&header, &b"a: 1\n"[..]).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_path("original-chart/Chart.yaml").unwrap();
    header.set_size(6);
    header.set_cksum();
    pax.append(&header, &b"name: "[..]).unwrap();
    for bytes in [gnu.into_inner().unwrap(), pax.into_inner().unwrap()] {
        let package = open(&bytes).unwrap();
        assert!(chart_paths(only(&package))[0].ends_with("深/values.yaml"));
        let Some(ChartContent::Files(files)) = &only(&package).chart else { panic!() };
        assert_eq!(files[0].bytes, "a: 1\n");
    }
}

/// Ten gibibytes that are not there: one image whose layer is a hole, with sizes in PAX and base-256.
#[test]
fn ten_gibibytes_are_opened_by_their_headers() {
    let size: u64 = 10 << 30;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("big.bundle.tar");
    let hex = "d".repeat(64);
    let config = br#"{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":["sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"]}}"#;
    let config_name = Digest::of(config).to_string();
    let manifest = json!([{"Config": config_name, "RepoTags": ["a/b:1"], "Layers": [format!("{hex}.tar.gz")]}]);
    let head = Tar::default()
        .file(&config_name, config)
        .raw(&header(format!("{hex}.tar.gz").as_bytes(), size, b'0', b""))
        .0;
    let tail = Tar::default().file("manifest.json", manifest.to_string().as_bytes()).end();
    let images = head.len() as u64 + size + tail.len() as u64;
    let front = chart(Tar::default().file("hints.yaml", b""), "original-chart")
        .pax(&[("size", &images.to_string())])
        .raw(&header(b"images.tar", 0, b'0', b""))
        .0;
    let mut file = File::create(&path).unwrap();
    file.write_all(&front).unwrap();
    file.write_all(&head).unwrap();
    file.seek(SeekFrom::Current(i64::try_from(size).unwrap())).unwrap();
    file.write_all(&tail).unwrap();
    file.write_all(&[0; 1024]).unwrap();

    let before = bytes_read();
    let started = Instant::now();
    let package = bundle::open(&path).unwrap();
    let elapsed = started.elapsed();
    let read = bytes_read() - before;
    assert!(elapsed.as_millis() < 100, "{elapsed:?}");
    assert_eq!(only(&package).images[0].manifests[0].layers[0].size, size);
    assert_eq!(package.access(), Access::Random);
    // Other tests of this process read meanwhile; the layer alone would be ten thousand times this.
    assert!(read < 1 << 30, "{read}");
}

fn bytes_read() -> u64 {
    let io = fs::read_to_string("/proc/self/io").unwrap();
    io.lines().next().unwrap().strip_prefix("rchar: ").unwrap().parse().unwrap()
}

#[test]
fn the_named_link_is_followed_and_those_inside_are_not() {
    let on_disk = write("real.tar", &bundle());
    let link = on_disk.directory.path().join("latest");
    symlink(&on_disk.path, &link).unwrap();
    assert_is_the_bundle(&bundle::open(&link).unwrap());
    // A link beside the package is left alone, with a word; one inside an unpacked bundle refuses it.
    let package = bundle::open(on_disk.directory.path()).unwrap();
    assert_eq!(package.bundles().len(), 1);
    assert_eq!(findings(&package), ["latest: it was passed over: it is a symbolic link"]);
    assert!(errors(&package).is_empty());
    let directory = tempfile::tempdir().unwrap();
    files(directory.path(), &[("original-chart/Chart.yaml", b"name: x")]);
    symlink("/etc/passwd", directory.path().join("original-chart/values.yaml")).unwrap();
    let error = bundle::open(directory.path()).unwrap_err();
    assert!(
        matches!(error, PackageError::UnsafeMember { ref member, .. } if member == "original-chart/values.yaml"),
        "{error}"
    );
}

#[test]
fn sockets_and_the_like_in_a_directory_are_passed_over() {
    let on_disk = write("real.tar", &bundle());
    let _listener = UnixListener::bind(on_disk.directory.path().join("socket")).unwrap();
    let package = bundle::open(on_disk.directory.path()).unwrap();
    assert_eq!(
        findings(&package),
        ["socket: it was passed over: it is neither a file nor a directory"]
    );
}

#[test]
fn a_file_of_a_layout_that_changes_is_noticed() {
    let layout = layout(false, &json!({}));
    let directory = tempfile::tempdir().unwrap();
    for (path, content) in &layout {
        files(directory.path(), &[(path, content)]);
    }
    let package = bundle::open(directory.path()).unwrap();
    let digest = package.blobs()[0].descriptor.digest.clone();
    let path = directory.path().join("blobs/sha256").join(digest.hex());
    let file = File::options().write(true).open(&path).unwrap();
    file.write_at(b"#", 0).unwrap();
    file.set_len(7).unwrap();
    assert!(read_one(&package, 0).is_err());
}
