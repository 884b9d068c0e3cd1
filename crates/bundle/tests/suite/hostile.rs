//! Groups A, B1, C and E of the bad inputs: each line a test.

use bundle::PackageError;
use oci::{Digest, media_type};
use serde_json::json;

use crate::build::*;
use crate::read::*;

/// A bundle that would be in order, and one member more, before everything else.
fn bundle_and(member: Tar) -> Vec<u8> {
    member.raw(&bundle()).0
}

/// The error when the archive is opened by itself, inside a download, and compressed: the same one.
fn refusal(bytes: &[u8]) -> PackageError {
    let error = open(bytes).unwrap_err();
    for wrapped in [Tar::default().file("x.bundle.tar", bytes).end(), gzip(bytes), zstd(bytes)] {
        let inner = open(&wrapped).unwrap_err();
        assert_eq!(
            std::mem::discriminant(&error),
            std::mem::discriminant(&inner),
            "{error} / {inner}"
        );
    }
    error
}

#[track_caller]
fn assert_unsafe(bytes: &[u8], part: &str) {
    match refusal(bytes) {
        PackageError::UnsafeMember { member, reason } => {
            let text = format!("{member}: {reason}");
            assert!(text.contains(part), "{text}");
            assert!(!text.contains(char::is_control), "{text:?}");
        }
        other => panic!("{other}"),
    }
}

#[track_caller]
fn assert_corrupt_at(bytes: &[u8], expected: usize) {
    match refusal(bytes) {
        PackageError::Corrupt { offset, .. } | PackageError::Truncated { offset, .. } => {
            assert_eq!(offset, expected as u64);
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a1_names_that_lead_out() {
    for (name, part) in [
        (&b"../x"[..], "../x: its name leads out"),
        (b"original-chart/../../x", "leads out"),
        (b"/etc/x", "absolute"),
        (b"C:\\x", "backslash"),
        (b"C:x", "drive letter"),
        (b"a\\..\\..\\x", "backslash"),
        (b"a\nb", "a\\nb: its name holds a control character"),
        (b"a\x1b[31m", "control character"),
        (b"a\xff", "not UTF-8"),
    ] {
        assert_unsafe(&bundle_and(Tar::default().member(name, b'0', b"")), part);
        assert_unsafe(&bundle_and(Tar::default().member(name, b'5', b"")), part);
    }
    let directory = Tar::default().raw(&header(b"hints.yaml/", 3, b'0', b"")).content(b"abc");
    assert_unsafe(&bundle_and(directory), "the name of a directory");
    let nul = Tar::default().pax(&[("path", "hints.yaml\0x")]).member(b"x", b'0', b"");
    assert_unsafe(&bundle_and(nul), "control character");
    let long = "a/".repeat(2500);
    let pax = Tar::default().pax(&[("path", &long)]).member(b"x", b'0', b"");
    assert_unsafe(&bundle_and(pax), "longer than 4096");
    let gnu = Tar::default()
        .raw(&header(b"././@LongLink", 5000, b'L', b""))
        .content(long.as_bytes())
        .member(b"x", b'0', b"");
    assert!(matches!(refusal(&bundle_and(gnu)), PackageError::TooLarge { .. }));
}

#[test]
fn a2_symbolic_links() {
    for (name, target) in [
        (&b"original-chart/values.yaml"[..], &b"/etc/passwd"[..]),
        (b"original-chart/link", b"../../.."),
        (b"original-chart/inside", b"Chart.yaml"),
        (b"loop", b"loop"),
        (b"images.tar", b"other.tar"),
    ] {
        let tar = bundle_and(Tar::default().member(name, b'2', target));
        assert_unsafe(&tar, "it is a symbolic link");
    }
    // The one form that is read belongs in an image archive, and nowhere else.
    let id = "a".repeat(64);
    let name = format!("{id}/layer.tar");
    let alias =
        Tar::default().member(name.as_bytes(), b'2', format!("../{id}/layer.tar").as_bytes());
    assert_unsafe(&bundle_and(alias), "it is a symbolic link");
}

#[test]
fn a2_links_in_image_archives_lead_to_layers_of_the_same_archive_only() {
    let images = Images::new();
    let (id, other) = ("a".repeat(64), "b".repeat(64));
    let config = config("amd64", &[&images.base]);
    let config_name = format!("{}.json", Digest::of(&config).hex());
    let manifest = json!([{"Config": config_name, "RepoTags": ["a:1"], "Layers": [format!("{id}/layer.tar")]}]);
    let with_link = |target: &str| {
        Tar::default()
            .file(&config_name, &config)
            .member(format!("{id}/layer.tar").as_bytes(), b'2', target.as_bytes())
            .file("manifest.json", manifest.to_string().as_bytes())
            .end()
    };
    for target in ["/etc/passwd", "../../x", "../x/layer.tar", "../../etc/layer.tar"] {
        assert_unsafe(&with_link(target), "it is a symbolic link");
    }
    // A link to itself, and one to nothing.
    for target in [&id, &other] {
        let package = open(&with_link(&format!("../{target}/layer.tar"))).unwrap();
        assert_eq!(errors(&package).len(), 1);
        assert!(only(&package).images.is_empty());
    }
}

#[test]
fn a3_hard_links() {
    for target in ["/etc/passwd", "../x", "Cargo.toml", "hints.yaml"] {
        let tar = bundle_and(Tar::default().member(b"original-chart/x", b'1', target.as_bytes()));
        assert_unsafe(&tar, "original-chart/x: it is a hard link");
    }
    let with_content = Tar::default().raw(&header(b"x", 5, b'1', b"hints.yaml")).content(b"12345");
    assert_unsafe(&bundle_and(with_content), "content where none can be");
}

#[test]
fn a4_devices_pipes_and_sparse_files() {
    for (flag, part) in
        [(b'3', "device"), (b'4', "device"), (b'6', "pipe"), (b'S', "sparse"), (b'V', "of a kind")]
    {
        assert_unsafe(&bundle_and(Tar::default().member(b"x", flag, b"")), part);
    }
    let sparse = Tar::default()
        .pax(&[("GNU.sparse.major", "1"), ("GNU.sparse.name", "hints.yaml")])
        .member(b"x", b'0', b"");
    assert_unsafe(&bundle_and(sparse), "sparse");
}

#[test]
fn a4_overrides_that_readers_understand_differently() {
    // GNU and PAX name for one member; two of a kind; a global size; a name for nobody.
    let gnu = |tar: Tar, name: &[u8]| {
        tar.raw(&header(b"././@LongLink", name.len() as u64, b'L', b"")).content(name)
    };
    let both = gnu(Tar::default().pax(&[("path", "a")]), b"b\0").member(b"c", b'0', b"");
    assert_unsafe(&bundle_and(both), "GNU and a PAX name");
    let twice = gnu(gnu(Tar::default(), b"a\0"), b"b\0").member(b"c", b'0', b"");
    assert!(matches!(refusal(&bundle_and(twice)), PackageError::Corrupt { .. }));
    let record = pax_record("size", "3");
    let global = Tar::default()
        .raw(&header(b"g", record.len() as u64, b'g', b""))
        .content(record.as_bytes());
    assert!(matches!(refusal(&bundle_and(global)), PackageError::Corrupt { .. }));
    let dangling = Tar::default().pax(&[("path", "a")]).end();
    assert!(matches!(refusal(&dangling), PackageError::Corrupt { .. }));
    let huge = Tar::default().pax(&[("size", "9223372036854775807")]).member(b"x", b'0', b"");
    assert!(matches!(refusal(&bundle_and(huge)), PackageError::Truncated { .. }));
    // What git and others write at the beginning changes nothing.
    let record = pax_record("comment", "0123");
    let comment = Tar::default()
        .raw(&header(b"pax_global_header", record.len() as u64, b'g', b""))
        .content(record.as_bytes());
    assert!(errors(&open(&bundle_and(comment)).unwrap()).is_empty());
}

#[test]
fn a4_duplicates_and_case_twins() {
    let same = bundle_and(Tar::default().file("hints.yaml", HINTS.as_bytes()));
    for bytes in [same.clone(), gzip(&same)] {
        assert!(errors(&open(&bytes).unwrap()).is_empty());
    }
    for name in ["hints.yaml", "original-chart/values.yaml", "images.tar"] {
        let other = bundle_and(Tar::default().file(name, b"other"));
        let error = refusal(&other);
        assert!(
            matches!(&error, PackageError::Duplicate { member } if member.ends_with(name)),
            "{error}"
        );
    }
    let twin = bundle_and(Tar::default().file("original-chart/VALUES.yaml", b"other"));
    assert_unsafe(&twin, "upper and lower case");
    // go-containerregistry writes the config of an image again for its second name.
    let images = Images::new().archive();
    let config = config("amd64", &[&Images::new().base, &Images::new().first]);
    let again = Tar::default().file(Digest::of(&config).as_str(), &config).raw(&images).0;
    let package = open(&bundle_with(&again)).unwrap();
    assert!(errors(&package).is_empty());
    assert_eq!(package.blobs().len(), 5);
}

#[test]
fn a5_prefix_twins_are_not_inside() {
    let tar = bundle_and(
        Tar::default()
            .file("original-chart-evil/values.yaml", b"evil: 1")
            .file("original-chartX", b"evil: 1"),
    );
    let package = open(&tar).unwrap();
    assert_eq!(chart_paths(only(&package)), CHART.map(|(path, _)| path));
    assert_eq!(
        findings(&package),
        [
            "package › original-chart-evil/values.yaml: nothing refers to this member",
            "package › original-chartX: nothing refers to this member",
        ]
    );
}

#[test]
fn a6_mode_and_owner_mean_nothing() {
    let mut first = header(b"hints.yaml", HINTS.len() as u64, b'0', b"");
    let mut changed = tar::Header::from_byte_slice(&first).clone();
    changed.set_mode(0o6777);
    changed.set_uid(0);
    changed.set_cksum();
    first.copy_from_slice(changed.as_bytes());
    let tar = chart(Tar::default().raw(&first).content(HINTS.as_bytes()), "original-chart").end();
    assert_eq!(only(&open(&tar).unwrap()).hints.as_ref().unwrap().bytes, HINTS);
}

#[test]
fn a7_what_is_too_short_or_goes_on_is_named_with_its_offset() {
    let whole = bundle();
    // Without the end marker, without half of it, in the middle of a member, in the middle of a header.
    for cut in [whole.len() - 1024, whole.len() - 512, whole.len() / 2, 700] {
        assert_corrupt_at(&whole[..cut], cut);
    }
    let garbage = [&whole[..], b"garbage"].concat();
    assert_corrupt_at(&garbage, whole.len());
    let two = [whole.clone(), whole.clone()].concat();
    assert_corrupt_at(&two, whole.len());
    let filled = [&whole[..], &[0; 9 << 10]].concat();
    assert!(open(&filled).is_ok(), "packers fill up to a record");
    // A member that claims more than there is, in the download and in the bundle.
    let claims = Tar::default().raw(&header(b"hints.yaml", 1 << 40, b'0', b"")).raw(&whole).0;
    let error = open(&claims).unwrap_err();
    assert!(
        matches!(&error, PackageError::Truncated { member, offset } if member == "package › hints.yaml" && *offset == claims.len() as u64),
        "{error}"
    );
    let inside = Tar::default().file("x.bundle.tar", &claims).file("y", &[7; 5000]).end();
    let error = open(&inside).unwrap_err();
    assert!(
        matches!(&error, PackageError::Truncated { member, .. } if member == "package › x.bundle.tar › hints.yaml"),
        "{error}"
    );
    // One that claims less: what follows is no header.
    let mut short = Tar::default().raw(&header(b"hints.yaml", 3, b'0', b"")).content(&[b'x'; 600]);
    short = short.raw(&whole);
    assert_corrupt_at(&short.0, 515);
    let lone = [&Tar::default().file("a", b"b").0[..], &[0; 512], &whole].concat();
    assert_corrupt_at(&lone, 1024);
}

#[test]
fn a7_gzip_members_one_after_the_other() {
    let packed = gzip(&bundle());
    for tail in [&packed[..], b"garbage"] {
        let error = open(&[&packed[..], tail].concat()).unwrap_err();
        assert!(
            matches!(error, PackageError::Corrupt { offset, .. } if offset == packed.len() as u64),
            "{error}"
        );
    }
    for cut in [packed.len() - 1, packed.len() - 8, packed.len() / 2] {
        let error = open(&packed[..cut]).unwrap_err();
        assert!(
            matches!(error, PackageError::Truncated { offset, .. } if offset == cut as u64),
            "{error}"
        );
    }
}

#[test]
fn b1_bombs_are_stopped_early() {
    // A gibibyte of zeros in a mebibyte, as a member and as everything.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let start = Tar::default().raw(&header(b"hints.yaml", 1 << 30, b'0', b"")).0;
    std::io::Write::write_all(&mut encoder, &start).unwrap();
    for _ in 0..128 {
        std::io::Write::write_all(&mut encoder, &vec![0; 1 << 20]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    for bytes in [bomb.clone(), Tar::default().file("x.tar.gz", &bomb).end()] {
        let error = open(&bytes).unwrap_err();
        assert!(
            matches!(error, PackageError::TooLarge { what, .. } if what.contains("ratio")),
            "{error}"
        );
    }
}

#[test]
fn b1_bombs_do_not_add_up() {
    // Each is below what one archive may grow to.
    let zeros = vec![0; 4 << 20];
    let start = Tar::default().raw(&header(b"x", zeros.len() as u64, b'0', b"")).0;
    let small = |level| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
        std::io::Write::write_all(&mut encoder, &[&start[..], &zeros, &[0; 1024]].concat())
            .unwrap();
        encoder.finish().unwrap()
    };
    let small = small(flate2::Compression::best());
    let many = (0..60).fold(Tar::default(), |tar, at| tar.file(&format!("{at}.tgz"), &small)).end();
    for bytes in [many.clone(), gzip(&many)] {
        let error = open(&bytes).unwrap_err();
        assert!(
            matches!(error, PackageError::TooLarge { what, .. } if what.contains("ratio")),
            "{error}"
        );
    }
}

#[test]
fn an_opening_can_be_stopped() {
    let on_disk = write("x", &gzip(&bundle()));
    let progress = std::sync::Arc::new(bundle::Progress::default());
    bundle::open_watched(&on_disk.path, &progress).unwrap();
    assert_eq!(progress.bytes_read(), std::fs::metadata(&on_disk.path).unwrap().len());
    progress.cancel();
    let error = bundle::open_watched(&on_disk.path, &progress).unwrap_err();
    assert!(matches!(error, PackageError::Cancelled { .. }));
}

#[test]
fn two_images_of_one_name_are_told() {
    let images = Images::new();
    let config = config("amd64", &[&images.base]);
    let tar = archive_with(
        |manifest| {
            let mut second = manifest[0].clone();
            second["Config"] = "other.json".into();
            manifest.as_array_mut().unwrap().push(second);
        },
        &config,
    );
    let other = [&config[..], b"\n"].concat();
    let package = open(&Tar::default().file("other.json", &other).raw(&tar).0).unwrap();
    assert_eq!(
        errors(&package),
        ["package › manifest.json: the name `a/b:1` stands for two images of one platform"]
    );
}

#[test]
fn b1_too_many_too_big_too_deep() {
    let entry = Tar::default().file("a", b"").0;
    let many = Tar(entry.repeat(200_001)).end();
    assert!(matches!(open(&many), Err(PackageError::TooLarge { what: "a number of members", .. })));
    let mut deep = bundle();
    for _ in 0..5 {
        deep = Tar::default().file("x.tar", &deep).end();
    }
    assert!(matches!(open(&deep), Err(PackageError::TooLarge { .. })));
    let big_hints =
        chart(Tar::default().file("hints.yaml", &vec![b'#'; 2 << 20]), "original-chart");
    assert!(matches!(open(&big_hints.end()), Err(PackageError::TooLarge { .. })));
    let manifest = [b"[".to_vec(), vec![b' '; 17 << 20], b"]".to_vec()].concat();
    let big_manifest = Tar::default().file("manifest.json", &manifest).end();
    assert!(matches!(open(&big_manifest), Err(PackageError::TooLarge { .. })));
    let nested = "[".repeat(100_000);
    let deep_json = Tar::default().file("manifest.json", nested.as_bytes()).end();
    assert!(matches!(open(&deep_json), Err(PackageError::Invalid { .. })));
}

/// An image archive whose `manifest.json` and members are changed.
fn archive_with(change: impl FnOnce(&mut serde_json::Value), config: &[u8]) -> Vec<u8> {
    let images = Images::new();
    let mut manifest = json!([{
        "Config": Digest::of(config).to_string(),
        "RepoTags": ["a/b:1"],
        "Layers": [format!("{}.tar.gz", images.base.digest().hex())],
    }]);
    change(&mut manifest);
    Tar::default()
        .file(Digest::of(config).as_str(), config)
        .file(&format!("{}.tar.gz", images.base.digest().hex()), &images.base.packed)
        .file("manifest.json", manifest.to_string().as_bytes())
        .end()
}

#[test]
fn c1_content_that_is_not_what_its_name_says() {
    let images = Images::new();
    let config = config("amd64", &[&images.base]);
    // A layer: found when it is read.
    let good = archive_with(|_| {}, &config);
    let mut bad = good.clone();
    let at = good.windows(64).position(|window| window == &images.base.packed[100..164]).unwrap();
    bad[at] ^= 0x40;
    let package = open(&bad).unwrap();
    assert!(errors(&package).is_empty());
    assert!(read_all(&package).unwrap_err().contains("content has digest"));
    // A config: found at once.
    let mut bad = good;
    let at = bad.windows(5).position(|window| window == b"amd64").unwrap();
    bad[at] = b'A';
    let package = open(&bad).unwrap();
    assert!(errors(&package)[0].contains("the content has digest"));
    assert!(only(&package).images.is_empty());
}

#[test]
fn c1_names_that_are_no_digests_are_looked_up_and_not_found() {
    let config = config("amd64", &[&Images::new().base]);
    for name in ["../../etc/passwd", "/etc/passwd", "sha256:../../x", "a\u{1b}[2J", ""] {
        let changed = archive_with(|manifest| manifest[0]["Layers"][0] = name.into(), &config);
        let package = open(&changed).unwrap();
        let [error] = &errors(&package)[..] else { panic!("{:?}", findings(&package)) };
        assert!(error.contains("is named and is not in the package"), "{error}");
        assert!(!error.contains('\u{1b}'));
        assert!(only(&package).images.is_empty());
    }
    let changed =
        archive_with(|manifest| manifest[0]["RepoTags"][0] = "a\u{1b}[2J".into(), &config);
    let package = open(&changed).unwrap();
    assert!(errors(&package)[0].contains("control characters"));
    assert!(only(&package).images.is_empty());
}

#[test]
fn c2_layers_and_config_that_do_not_fit_together() {
    let base = Images::new().base;
    let two = config("amd64", &[&base, &base]);
    let package = open(&archive_with(|_| {}, &two)).unwrap();
    assert!(errors(&package)[0].contains("the document is not valid"));
    assert!(only(&package).images.is_empty());
    // All faults at once.
    let several = archive_with(
        |manifest| {
            let mut second = manifest[0].clone();
            second["Config"] = "sha256:gone".into();
            manifest.as_array_mut().unwrap().push(second);
        },
        &two,
    );
    assert_eq!(errors(&open(&several).unwrap()).len(), 2);
    let unknown =
        archive_with(|manifest| manifest[0]["Confic"] = 1.into(), &config("amd64", &[&base]));
    assert!(findings(&open(&unknown).unwrap())[0].contains("unknown field `Confic`"));
    for broken in [json!({}), json!([{"Config": 1}]), json!([{"Layers": []}]), json!([[]])] {
        let tar = archive_with(|manifest| *manifest = broken.clone(), &two);
        assert!(open(&tar).is_err(), "{broken}");
    }
}

#[test]
fn c2_documents_of_two_kinds() {
    let layout = |manifest: &serde_json::Value, announced: &str| {
        let text = manifest.to_string();
        let digest = Digest::of(text.as_bytes());
        let index = json!({"schemaVersion": 2, "manifests": [
            {"mediaType": announced, "digest": digest, "size": text.len()}]});
        Tar::default()
            .file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)
            .file("index.json", index.to_string().as_bytes())
            .file(&format!("blobs/sha256/{}", digest.hex()), text.as_bytes())
            .end()
    };
    let config = json!({"mediaType": "x/y", "digest": Digest::of(b""), "size": 0});
    let both = json!({"schemaVersion": 2, "config": config, "layers": [], "manifests": []});
    let index = json!({"schemaVersion": 2, "manifests": []});
    for (document, announced) in [
        (&both, media_type::OCI_MANIFEST),
        (&both, media_type::OCI_INDEX),
        (&index, media_type::OCI_MANIFEST),
    ] {
        let package = open(&layout(document, announced)).unwrap();
        assert!(errors(&package)[0].contains("the document is not valid"));
        assert!(only(&package).images.is_empty());
    }
    let bad_digest = Tar::default()
        .file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)
        .file("index.json", br#"{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:../../x","size":1}]}"#)
        .end();
    assert!(matches!(open(&bad_digest), Err(PackageError::Invalid { .. })));
    let version = Tar::default()
        .file("oci-layout", br#"{"imageLayoutVersion":"9"}"#)
        .file("index.json", br#"{"schemaVersion":2,"manifests":[]}"#)
        .end();
    assert!(matches!(open(&version), Err(PackageError::Invalid { .. })));
}

#[test]
fn e2_links_in_chart_archives() {
    let tar =
        chart(Tar::default(), "kairship").member(b"kairship/Chart.lock", b'2', b"/etc/passwd");
    // As a directory in a tar, and as `helm package` would write it.
    assert_unsafe(&tar.clone().end(), "kairship/Chart.lock: it is a symbolic link");
    let tree = Tar::default().file("offline/dce5/kairship-0.21.0.tgz", &gzip(&tar.end())).end();
    assert_unsafe(&tree, "kairship/Chart.lock: it is a symbolic link");
}

#[test]
fn a_download_with_an_unsafe_member_is_refused_with_everything_in_it() {
    for (tar, part) in [
        (Tar::default().file("../x", b"x"), "leads out"),
        (Tar::default().member(b"link", b'2', b"/etc"), "symbolic link"),
        (Tar::default().member(b"pipe", b'6', b""), "pipe"),
    ] {
        assert_unsafe(&tar.raw(&outer()).0, part);
    }
}

#[test]
fn an_unrelated_archive_with_links_does_not_spoil_the_download() {
    let rootfs = Tar::default().file("bin/sh", b"#!").member(b"bin/bash", b'2', b"sh").end();
    let tar = Tar::default().file("rootfs.tar", &rootfs).raw(&outer()).0;
    let package = open(&tar).unwrap();
    assert_eq!(
        findings(&package),
        ["package › rootfs.tar › bin/bash: it was passed over: it is a symbolic link"]
    );
    assert_eq!(package.bundles().len(), 1);
    // However large it is.
    let large = Tar(Tar::default().file("a", b"").0.repeat(150_000)).end();
    let tar = Tar::default().file("x.tar", &large).file("y.tar", &large).raw(&outer()).0;
    assert_eq!(findings(&open(&tar).unwrap()), Vec::<String>::new());
    // Alone, it is refused.
    assert!(matches!(open(&rootfs), Err(PackageError::UnsafeMember { .. })));
}

#[test]
fn what_is_no_package_is_told_by_its_kind() {
    for (bytes, part) in [
        (&b""[..], "an empty file"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"PK\x03\x04....", "a zip archive"),
        (&[0; 2048], "nothing but zeros"),
        (&gzip(b"hello"), "gzip data without a tar archive in it"),
        (b"hello", "a text"),
    ] {
        let error = open(bytes).unwrap_err();
        assert!(
            matches!(error, PackageError::NotAPackage { .. }) && error.to_string().contains(part),
            "{error}"
        );
    }
    let nothing = Tar::default().file("readme", b"hello").end();
    assert!(matches!(open(&nothing), Err(PackageError::NothingFound { .. })));
    let error = bundle::open("/nonexistent/x".as_ref()).unwrap_err();
    assert!(matches!(error, PackageError::NotFound { .. }));
    let error = bundle::open("/dev/null".as_ref()).unwrap_err();
    assert!(error.to_string().contains("a device"), "{error}");
    // A download that never arrived, beside one that did.
    let half = Tar::default().file("a.bundle.tar", b"").file("b.bundle.tar", &bundle()).end();
    assert_eq!(
        errors(&open(&half).unwrap()),
        ["package › a.bundle.tar: it is called like an archive and is an empty file"]
    );
}
