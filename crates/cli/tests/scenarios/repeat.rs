//! The second run: nothing is sent, everything is looked at, what is gone is repaired, what differs is never passed
//! over.

use std::path::PathBuf;

use testkit::fault_proxy::{Action, Answer, Rule, Times};
use testkit::registry::RegistryKind;
use testkit::{Arch, FaultProxy, Kairship, Version};

use crate::site::{PATH, Site, kairship, put_manifest, report, request, small_bundle, sync_to};

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

/// charts-syncer pins values that have no tag of their own.
#[test]
fn a_digest_that_the_chart_names_is_there_whatever_the_tag_holds() {
    for kind in RegistryKind::ALL {
        let Some(site) = Site::new(kind) else { return };
        let path = small_bundle(&site.env, "demo", &["quay.io/t/w:v1"]);
        let _ = site.sync(&path, &["--to-repo", "first"]).success();
        let (host, repository) = (site.registry.host(), format!("{PATH}/w"));
        let found = site.manifest(&repository, "v1").unwrap();
        // The same image as another tool spells it.
        let other = put_manifest(&host, &repository, "v1", &found.document);
        assert_ne!(other, found.digest);
        let delete = format!("/v2/{repository}/manifests/{}", found.digest);
        assert_eq!(request(&host, "DELETE", &delete).status, 202);
        let compat = ["--compat", "charts-syncer", "--to-repo", "second"];
        let out = report(&site.sync(&path, &compat).success());
        let value = out["charts"][0]["edits"][0]["after"].as_str().unwrap();
        let pinned = value.split_once('@').unwrap().1;
        assert!(site.manifest(&repository, pinned).is_some(), "{kind:?}: {pinned}");
        assert_eq!(site.manifest(&repository, "v1").unwrap().digest, other, "the tag stays");
        let again = report(&site.sync(&path, &compat).success());
        assert_eq!(again["images"][0]["action"], "up-to-date");
    }
}

#[test]
fn what_is_next_is_for_a_chart_that_is_there() {
    let Some(site) = Site::new(RegistryKind::Docker) else { return };
    let (_, path) = kairship(&site.env);
    let published = report(&site.sync(&path, &[]).success());
    let again = report(&site.sync(&path, &[]).success());
    assert_eq!(again["charts"][0]["action"], "up-to-date");
    assert_eq!(again["charts"][0]["edits"], published["charts"][0]["edits"]);
    assert_eq!((again["next"].as_array().unwrap().len(), &again["next"]), (1, &published["next"]));

    site.env.write("charts/kairship-0.21.0.tgz", "another one");
    for dry_run in [&["--dry-run"][..], &[]] {
        let more = [&["--on-conflict", "keep"], dry_run].concat();
        let kept = report(&site.sync(&path, &more).success());
        assert_eq!(kept["charts"][0]["action"], "keep");
        assert_eq!(kept["charts"][0]["edits"].as_array().unwrap().len(), 0, "it is not ours");
        assert_eq!(kept["next"].as_array().unwrap().len(), 0);
    }
    let registry = format!("{}/{PATH}", site.registry.host());
    let path = path.to_str().unwrap();
    let alone = site.env.run(["sync", path, "--to-registry", &registry, "-o", "json"]).success();
    let alone = report(&alone);
    assert_eq!(alone["charts"][0]["action"], "none");
    assert_eq!(alone["charts"][0]["edits"].as_array().unwrap().len(), 0);
    assert_eq!(alone["next"].as_array().unwrap().len(), 0);
}

#[test]
fn a_tag_that_was_up_to_date_and_changes_meanwhile_keeps_the_chart_back() {
    let Some(site) = Site::new(RegistryKind::Docker) else { return };
    let one = small_bundle(&site.env, "one", &["quay.io/t/w:v1"]);
    let _ = site.sync(&one, &[]).success();
    let both = small_bundle(&site.env, "both", &["quay.io/t/w:v1", "quay.io/t/x:v1"]);
    let gone = Action::Answer(Answer::status(404));
    let rule = Rule::on("HEAD", "*/w/manifests/v1", gone).times(Times::After(1));
    let proxy = FaultProxy::start(site.registry.address(), [rule]).unwrap();
    let out = sync_to(&site.env, &proxy.host(), &both, &[]).exits_with(4);
    assert!(out.stderr().contains("error[E1301]") && out.stderr().contains("/w:v1"), "{out:?}");
    assert!(!site.env.work().join("charts/both-1.0.0.tgz").exists());
    proxy.set_rules([]);
    let _ = sync_to(&site.env, &proxy.host(), &both, &[]).success();
}

#[test]
fn a_chart_does_not_take_the_tag_of_an_image() {
    let Some(site) = Site::new(RegistryKind::Docker) else { return };
    let path = small_bundle(&site.env, "demo", &["quay.io/t/demo:1.0.0"]);
    let to_repo = |path: &str| format!("oci://{}/{path}", site.registry.host());
    let out = site.sync(&path, &["--to-repo", &to_repo(PATH)]).exits_with(4);
    assert!(
        out.stderr().contains("error[E1204]") && out.stderr().contains("/demo:1.0.0"),
        "{out:?}"
    );
    assert!(site.state().is_empty());
    let _ = site.sync(&path, &["--to-repo", &to_repo("charts")]).success();
    assert_eq!(site.state().len(), 2);
}

#[test]
fn an_image_that_two_charts_name_is_sent_once() {
    let Some(site) = Site::new(RegistryKind::Docker) else { return };
    let one = small_bundle(&site.env, "one", &["quay.io/t/w:v1"]);
    let two = small_bundle(&site.env, "two", &["quay.io/t/w:v1"]);
    let out = report(&site.sync(&one, &[two.to_str().unwrap()]).success());
    let images = out["images"].as_array().unwrap();
    assert_eq!((images.len(), out["charts"].as_array().unwrap().len()), (1, 2));
    assert_eq!(out["totals"]["sent_bytes"], images[0]["sent"]);
    assert_eq!((&out["totals"]["blobs"], &out["totals"]["sent"]), (&2.into(), &2.into()));
}
