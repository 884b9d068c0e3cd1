use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use oci::Digest;

use super::*;
use crate::checksum_path;
use crate::ustar::BLOCK;

fn amd64() -> Kairship {
    Kairship::new(Version::V0_21_0, Arch::Amd64)
}

fn members(bytes: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(bytes);
    archive
        .entries()
        .unwrap()
        .map(|entry| String::from_utf8(entry.unwrap().path_bytes().into_owned()).unwrap())
        .collect()
}

#[test]
fn the_same_bytes_come_out_every_time_and_soon() {
    let start = Instant::now();
    let first = amd64().package().to_bytes();
    eprintln!("one package takes {:?}", start.elapsed());
    assert!(first == amd64().package().to_bytes());
    // The same on every machine. It changes with the files in `fixtures` and with nothing else.
    assert_eq!(Digest::of(&first).short(), "657abe5625ab");
}

#[test]
fn no_fixture_is_forgotten() {
    fn walk(dir: &Path, root: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kairship");
    let mut found = BTreeSet::new();
    walk(&root, &root, &mut found);
    let listed: BTreeSet<String> =
        chart::FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(found, listed);
}

#[test]
fn a_bundle_has_hints_then_the_chart_then_the_images() {
    let bytes = amd64().bundle_bytes();
    let names = members(&bytes);
    assert_eq!(names[0], "hints.yaml");
    assert_eq!(names.last().unwrap(), "images.tar");
    assert!(names[1..names.len() - 1].iter().all(|name| name.starts_with("original-chart/")));
    for name in
        ["Chart.yaml", "values.yaml", "crds/kairship.io_instances.yaml", ".relok8s-images.yaml"]
    {
        assert!(names.contains(&format!("original-chart/{name}")), "{name}");
    }
    assert!(bytes.ends_with(&[0; 2 * BLOCK]));
    assert!(!members(&amd64().skip_images().bundle_bytes()).contains(&"images.tar".to_owned()));
}

#[test]
fn hints_render_to_the_references_of_the_images() {
    for version in [Version::V0_20_0, Version::V0_21_0] {
        let kairship = Kairship::new(version, Arch::Amd64);
        let chart = kairship.chart();
        let hints = std::str::from_utf8(chart.get(".relok8s-images.yaml").unwrap()).unwrap();
        let hints: Vec<&str> = hints.lines().filter(|line| line.starts_with("- ")).collect();
        let references = kairship.references();
        assert_eq!(hints.len(), references.len());
        for (hint, reference) in hints.iter().zip(&references) {
            let key = hint.split("{{").nth(1).unwrap().trim_start();
            assert!(key.starts_with('.'), "{hint}");
            assert_eq!(reference.matches('/').count(), 2);
        }
        let images: Vec<String> =
            kairship.images().into_iter().map(|image| image.reference).collect();
        let mut sorted = references;
        sorted.sort();
        assert_eq!(images, sorted);
    }
}

#[test]
fn versions_share_what_did_not_change() {
    let digest = |version, name: &str| {
        let images = Kairship::new(version, Arch::Amd64).images();
        images.iter().find(|image| image.short_name() == name).unwrap().config_digest()
    };
    for (name, same) in
        [("etcd", true), ("kubectl", true), ("kairship-ui", false), ("kube-apiserver", false)]
    {
        assert_eq!(
            digest(Version::V0_20_0, name) == digest(Version::V0_21_0, name),
            same,
            "{name}"
        );
    }
}

#[test]
fn layers_are_shared_within_a_project_and_between_all() {
    let images = amd64().images();
    let unique = |at: usize| {
        images.iter().map(|image| &image.layers[at].digest).collect::<BTreeSet<_>>().len()
    };
    assert_eq!((unique(0), unique(1), unique(2), unique(3)), (1, 2, images.len(), images.len()));
}

#[test]
fn a_rebuilt_image_differs_in_one_layer_only() {
    let before = amd64().images();
    let after = amd64().with_rebuilt_image("kairship-proxy").images();
    let changed: Vec<_> = before.iter().zip(&after).filter(|(a, b)| a.config != b.config).collect();
    let [(old, new)] = changed.as_slice() else { panic!("{} changed", changed.len()) };
    assert_eq!(old.reference, new.reference);
    assert_eq!(old.layer_digests()[..3], new.layer_digests()[..3]);
    assert_ne!(old.layers[3].digest, new.layers[3].digest);
}

#[test]
fn images_can_be_missing_or_of_the_other_architecture() {
    let arm64 = Kairship::new(Version::V0_21_0, Arch::Arm64);
    let missing = arm64.clone().without_image("kairship-ui");
    assert_eq!(missing.images().len() + 1, missing.references().len());
    let foreign = arm64.with_foreign_image("kubectl");
    let wrong: Vec<_> =
        foreign.images().into_iter().filter(|image| image.arch == Arch::Amd64).collect();
    assert_eq!(wrong.len(), 1);
    assert!(String::from_utf8_lossy(&wrong[0].config).starts_with(r#"{"architecture":"amd64""#));
}

#[test]
fn downloads_come_in_two_layouts_with_one_or_two_bundles() {
    let names = |kairship: Kairship| members(&kairship.package().to_bytes());
    assert_eq!(names(amd64()), ["kairship.bundle.tar"]);
    assert_eq!(
        names(amd64().layout(Layout::Directory).bundle_name(BundleName::ChartVersion)),
        ["kairship_v0.21.0_amd64/kairship_0.21.0.bundle.tar"]
    );
    assert_eq!(
        names(amd64().companion(Companion::Identical)),
        ["kairship.bundle.tar", "copy/kairship.bundle.tar"]
    );
    assert_eq!(
        names(amd64().companion(Companion::OtherVersion)),
        ["kairship.bundle.tar", "kairship_0.20.0.bundle.tar"]
    );
}

#[test]
fn coreutils_agrees_with_the_checksum_file() {
    let dir = tempfile::tempdir().unwrap();
    let package = amd64().write_package(dir.path());
    let checksum = checksum_path(&package);
    assert!(checksum.ends_with("kairship_v0.21.0_amd64_checksum.sha512sum"));
    let check = || {
        Command::new("sha512sum").arg("-c").arg(&checksum).current_dir(dir.path()).output().unwrap()
    };
    assert!(check().status.success());
    amd64().checksum(ChecksumFile::Wrong).write_package(dir.path());
    assert!(!check().status.success());
}

#[test]
fn the_large_crd_is_larger_than_a_megabyte_and_within_etcd() {
    let chart = amd64().chart();
    let crd = chart.get("crds/kairship.io_workloadtemplates.yaml").unwrap();
    assert!((1_147_000..1_250_000).contains(&crd.len()), "{}", crd.len());
}

#[test]
fn the_installer_tree_has_the_chart_among_other_files() {
    let dir = tempfile::tempdir().unwrap();
    let offline = amd64().write_installer_tree(dir.path());
    let chart = fs::read(offline.join("dce5/kairship-0.21.0.tgz")).unwrap();
    assert!(chart == amd64().chart().tgz("kairship"));
    assert!(offline.join("utils/offline-clipper.sh").is_file());
}
