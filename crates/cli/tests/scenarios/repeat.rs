//! The second run: nothing is sent, everything is looked at, what is gone is repaired, what differs is never passed
//! over.

use std::path::PathBuf;

use testkit::registry::RegistryKind;
use testkit::{Arch, Kairship, Version};

use crate::site::{PATH, Site, kairship, report, request};

#[test]
fn sends_nothing_and_asks_for_every_manifest() {
    for kind in RegistryKind::ALL {
        let Some(site) = Site::new(kind) else { return };
        let (package, path) = kairship(&site.env);
        let _ = site.sync(&path, &[]).success();
        let before = site.registry.requests().len();
        let again = report(&site.sync(&path, &[]).success());
        assert_eq!(again["totals"]["sent_bytes"], 0);
        let asked = site.registry.requests().split_off(before);
        for image in package.images() {
            let tag = image.reference.rsplit(':').next().unwrap();
            let manifest = format!("/v2/{PATH}/{}/manifests/{tag}", image.short_name());
            assert!(
                asked.iter().any(|request| request.ends_with(&manifest)),
                "{kind:?}: {manifest}: {asked:#?}"
            );
        }
        assert!(
            asked.iter().all(|request| !request.starts_with("PUT") && !request.starts_with("POST")),
            "{asked:#?}"
        );
    }
}

#[test]
fn a_deleted_manifest_is_repaired() {
    for kind in RegistryKind::ALL {
        let Some(site) = Site::new(kind) else { return };
        let (package, path) = kairship(&site.env);
        let _ = site.sync(&path, &[]).success();
        let before = site.state();
        let repository = format!("{PATH}/{}", package.images()[0].short_name());
        let (_, digest) =
            before.iter().find(|(tag, _)| tag.starts_with(&format!("{repository}:"))).unwrap();
        let host = site.registry.host();
        assert_eq!(
            request(&host, "DELETE", &format!("/v2/{repository}/manifests/{digest}")).status,
            202
        );
        let _ = site.sync(&path, &[]).success();
        site.assert_has(&package);
        assert_eq!(site.state(), before, "{kind:?}");
    }
}

#[test]
fn a_deleted_blob_is_found_by_deep() {
    for kind in RegistryKind::ALL {
        let Some(site) = Site::new(kind) else { return };
        let (package, path) = kairship(&site.env);
        let _ = site.sync(&path, &[]).success();
        let image = &package.images()[0];
        let repository = format!("{PATH}/{}", image.short_name());
        let digest = image.config_digest();
        let host = site.registry.host();
        assert_eq!(
            request(&host, "DELETE", &format!("/v2/{repository}/blobs/{digest}")).status,
            202
        );
        let shallow = report(&site.sync(&path, &[]).success());
        assert_eq!(
            shallow["totals"]["sent_bytes"], 0,
            "only --deep looks below a manifest that is there"
        );
        let deep = report(&site.sync(&path, &["--deep"]).success());
        assert_eq!(deep["totals"]["sent_bytes"], image.config.len(), "{kind:?}: {deep}");
        site.assert_has(&package);
    }
}

fn rebuilt(site: &Site) -> (Kairship, PathBuf) {
    let name = Kairship::new(Version::V0_21_0, Arch::Amd64).images()[0].short_name().to_owned();
    let package = Kairship::new(Version::V0_21_0, Arch::Amd64).with_rebuilt_image(&name);
    let directory = site.env.work().join("rebuilt");
    std::fs::create_dir(&directory).unwrap();
    let path = package.write_package(&directory);
    (package, path)
}

#[test]
fn a_tag_with_another_image_is_never_passed_over() {
    for kind in RegistryKind::ALL {
        let Some(site) = Site::new(kind) else { return };
        let (old, path) = kairship(&site.env);
        let _ = site.sync(&path, &[]).success();
        let (new, path) = rebuilt(&site);
        let before = (site.state(), site.registry.requests().len());
        let out = site.sync(&path, &[]).exits_with(4);
        assert!(out.stderr().contains("--on-conflict"), "{out:?}");
        assert_eq!(site.state(), before.0);
        let asked = site.registry.requests().split_off(before.1);
        assert!(
            asked.iter().all(|r| !r.starts_with("PUT")
                && !r.starts_with("POST")
                && !r.starts_with("PATCH")),
            "{asked:#?}"
        );

        let kept = report(&site.sync(&path, &["--on-conflict", "keep"]).success());
        assert_eq!(
            kept["images"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|image| image["action"] == "keep")
                .count(),
            1
        );
        site.assert_has(&old);
        let _ = site.sync(&path, &["--on-conflict", "overwrite"]).success();
        site.assert_has(&new);
    }
}

#[test]
fn a_dry_run_touches_nothing() {
    let Some(site) = Site::new(RegistryKind::Docker) else { return };
    let (_, path) = kairship(&site.env);
    let out = report(&site.sync(&path, &["--dry-run"]).success());
    assert_eq!(out["dry_run"], true);
    assert!(site.state().is_empty());
    assert!(
        site.registry
            .requests()
            .iter()
            .all(|request| request.starts_with("GET") || request.starts_with("HEAD"))
    );
    assert!(!site.env.work().join("charts").exists());
    assert!(
        std::fs::read_dir(site.env.home()).unwrap().next().is_none(),
        "not even a state directory"
    );
}
