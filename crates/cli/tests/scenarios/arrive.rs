//! What `sync` says has arrived is there, for everybody who looks.

use testkit::registry::{PASSWORD, RegistryAuth, RegistryKind, RegistryOptions, USERNAME};
use testkit::token_server::{Actions, TokenServer, TokenUser};
use testkit::{Arch, Kairship, Version, peer_or_skip};

use crate::site::{PATH, Site, environment, kairship, report, sync_to};

#[test]
fn every_image_and_the_chart_arrive_in_both_registries() {
    for kind in RegistryKind::ALL {
        let Some(site) = Site::new(kind) else { return };
        let (package, path) = kairship(&site.env);
        let out = site.sync(&path, &[]).success();
        site.assert_has(&package);
        let report = report(&out);
        assert_eq!(report["images"].as_array().unwrap().len(), package.images().len());
        assert!(
            report["totals"]["mounted"].as_u64() > Some(0),
            "shared layers are mounted: {out:?}"
        );
        assert!(site.env.work().join("charts/kairship-0.21.0.tgz").is_file());
        assert!(site.registry.unfinished_uploads().is_empty());
    }
}

#[test]
fn passwords_and_tokens_are_taken() {
    for kind in RegistryKind::ALL {
        let users = vec![TokenUser::new(USERNAME, PASSWORD).may(Actions::All, "")];
        let tokens = TokenServer::start(users).expect("loopback has a free port");
        for auth in [RegistryAuth::Basic, tokens.auth()] {
            let Some(registry) = RegistryOptions::new(kind).auth(auth.clone()).start_or_skip()
            else {
                return;
            };
            let env = environment();
            let (_, path) = kairship(&env);
            let wrong = env
                .variable("TARGET_CONTAINERS_AUTH_USERNAME", USERNAME)
                .variable("TARGET_CONTAINERS_AUTH_PASSWORD", "wrong");
            let out = sync_to(&wrong, &registry.host(), &path, &[]).exits_with(5);
            assert!(out.stderr().contains("E2021"), "{out:?}");
            assert!(!out.stderr().contains("wrong\""), "{out:?}");
            let right = wrong.variable("TARGET_CONTAINERS_AUTH_PASSWORD", PASSWORD);
            let out = sync_to(&right, &registry.host(), &path, &[]).success();
            assert_eq!(report(&out)["charts"][0]["action"], "publish", "{kind:?} {auth:?}");
            assert!(!out.stderr().contains(PASSWORD) && !out.stdout().contains(PASSWORD));
        }
    }
}

#[test]
fn two_architectures_end_behind_one_tag() {
    for kind in RegistryKind::ALL {
        let Some(site) = Site::new(kind) else { return };
        let packages = [Arch::Amd64, Arch::Arm64].map(|arch| Kairship::new(Version::V0_21_0, arch));
        let paths = packages.each_ref().map(|package| package.write_package(&site.env.work()));
        let _ = site.sync(&paths[0], &[]).success();
        let merged = report(&site.sync(&paths[1], &[]).success());
        assert!(
            merged["images"].as_array().unwrap().iter().all(|image| image["action"] == "merge"),
            "{merged}"
        );
        assert_eq!(merged["charts"][0]["action"], "up-to-date");
        for package in &packages {
            site.assert_has(package);
        }
        let before = site.state();
        for path in &paths {
            let again = report(&site.sync(path, &[]).success());
            assert_eq!(again["totals"]["sent_bytes"], 0);
            assert!(
                again["images"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|image| image["action"] == "up-to-date"),
                "{again}"
            );
        }
        assert_eq!(site.state(), before);
    }
}

#[test]
fn both_architectures_in_one_run_are_one_index_from_the_start() {
    let Some(site) = Site::new(RegistryKind::Distribution) else { return };
    let packages = [Arch::Amd64, Arch::Arm64].map(|arch| Kairship::new(Version::V0_21_0, arch));
    let paths = packages.each_ref().map(|package| package.write_package(&site.env.work()));
    let out = site.sync(&paths[0], &[paths[1].to_str().unwrap()]).success();
    for package in &packages {
        site.assert_has(package);
    }
    assert_eq!(report(&out)["charts"].as_array().unwrap().len(), 1);
}

#[test]
fn the_relocated_chart_renders_to_images_that_are_there() {
    let Some(site) = Site::new(RegistryKind::Distribution) else { return };
    let (_, path) = kairship(&site.env);
    let _ = site.sync(&path, &[]).success();
    for name in ["helm@4.3.1", "helm@3.17.3"] {
        let Some(helm) = peer_or_skip(name) else { return };
        let mut command = site.env.command_of(&helm.path);
        command.args([
            "template",
            "kairship",
            "charts/kairship-0.21.0.tgz",
            "-n",
            "kairship-system",
        ]);
        let out = site.env.run_command(command).success();
        let images: Vec<&str> = out
            .stdout()
            .lines()
            .filter_map(|line| line.trim_start_matches(['-', ' ']).strip_prefix("image: "))
            .map(|image| image.trim_matches('"'))
            .collect();
        assert!(images.len() >= 4, "{out:?}");
        for image in images {
            let rest = image
                .strip_prefix(&format!("{}/", site.registry.host()))
                .unwrap_or_else(|| panic!("{image}"));
            let (repository, tag) = rest.rsplit_once(':').unwrap();
            assert!(
                repository.starts_with(PATH) && site.manifest(repository, tag).is_some(),
                "{name}: {image}"
            );
        }
    }
}

#[test]
fn others_pull_what_was_pushed() {
    let Some(site) = Site::new(RegistryKind::Docker) else { return };
    let (package, path) = kairship(&site.env);
    let _ = site.sync(&path, &[]).success();
    for image in package.images() {
        let tag = image.reference.rsplit(':').next().unwrap();
        let name = format!("{}/{PATH}/{}:{tag}", site.registry.host(), image.short_name());
        if let Some(crane) = peer_or_skip("crane") {
            let mut command = site.env.command_of(&crane.path);
            command.args(["validate", "--remote", &name]);
            let _ = site.env.run_command(command).success();
        }
        if let Some(skopeo) = peer_or_skip("skopeo") {
            let mut command = site.env.command_of(&skopeo.path);
            let target = format!("dir:{}", site.env.work().join(image.short_name()).display());
            command.args([
                "copy",
                "--src-tls-verify=false",
                "--insecure-policy",
                &format!("docker://{name}"),
                &target,
            ]);
            let _ = site.env.run_command(command).success();
        }
    }
}
