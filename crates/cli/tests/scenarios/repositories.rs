//! The runbook's lines about charts, with `ferry` in helm's place and beside it: `ferry serve` as the Harbor, real
//! registries for `oci://`.

use std::fs;

use testkit::registry::{PASSWORD, RegistryAuth, RegistryKind, RegistryOptions, USERNAME};
use testkit::{Arch, Kairship, Output, Version, peer_or_skip};

use crate::site::{Site, environment};

/// The charts of both versions as files, oldest first.
fn charts(env: &testkit::TestEnv) -> Vec<String> {
    [Version::V0_20_0, Version::V0_21_0]
        .into_iter()
        .map(|version| {
            let chart = Kairship::new(version, Arch::Amd64).chart();
            let file = format!("kairship-{}.tgz", version.as_str());
            env.write(&file, chart.tgz("kairship"));
            file
        })
        .collect()
}

#[test]
fn a_module_goes_through_the_runbook_without_helm() {
    let env = environment();
    let mut served = env.start(["serve", "registry", "--listen", "127.0.0.1:0"]);
    let told = served.wait_for("://");
    let (_, rest) = told.split_once("://").expect("it was waited for");
    let host = rest.split(['"', ' ']).next().unwrap_or(rest).to_owned();
    let repository = format!("http://{host}/chartrepo/release.daocloud.io");
    for file in charts(&env) {
        let out = env.run(["push", &file, &repository]).success();
        assert!(out.stdout().starts_with(&format!("Pushed: {repository}/{file}\nDigest: sha256:")));
    }
    let _ = env.run(["repo", "add", "kairship", &repository]).success();
    let _ = env.run(["repo", "update", "kairship"]).success();
    let out = env.run(["search", "repo", "kairship/kairship", "--versions"]).success();
    let versions: Vec<&str> = out
        .stdout()
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').nth(1))
        .map(str::trim)
        .collect();
    assert_eq!(versions, ["0.21.0", "0.20.0"]);
    let _ = env.run(["pull", "kairship/kairship", "--version", "0.21.0", "--untar"]).success();
    let metadata = fs::read_to_string(env.work().join("kairship/Chart.yaml")).unwrap();
    assert!(metadata.contains("version: 0.21.0"));
    let pushed = fs::read(env.work().join("kairship-0.20.0.tgz")).unwrap();
    let _ = env.run(["pull", "kairship/kairship", "--version", "0.20.0", "-d", "."]).success();
    assert_eq!(fs::read(env.work().join("kairship-0.20.0.tgz")).unwrap(), pushed);
    served.terminate();
    let _ = served.wait();
}

#[test]
fn charts_go_to_registries_and_come_back_as_with_helm() {
    for kind in RegistryKind::ALL {
        let Some(helm) = peer_or_skip("helm@4.3.1") else { return };
        let Some(site) = Site::new(kind) else { return };
        let (env, host) = (&site.env, site.registry.host());
        let run_helm = |words: &[&str]| -> Output {
            let mut command = env.command_of(&helm.path);
            command.args(words);
            env.run_command(command)
        };
        let (ours, theirs) = (format!("oci://{host}/ours"), format!("oci://{host}/theirs"));
        for file in charts(env) {
            let out = env.run(["push", &file, &ours, "--plain-http"]).success();
            let helm = run_helm(&["push", &file, &theirs, "--plain-http"]).success();
            // The digest is printed: the manifests are the same to the byte.
            assert_eq!(out.stdout().replace("/ours/", "/theirs/"), helm.stdout());
        }
        let versions = ["", "0.20.0", "^0.20", ">=0.20", "9.0.0", ">=9", "foo"];
        for version in versions {
            for chart in ["kairship", "missing"] {
                let name = format!("{ours}/{chart}");
                let mut line = vec!["pull", &name, "--plain-http"];
                if !version.is_empty() {
                    line.extend(["--version", version]);
                }
                let (out, helm) = (env.run(&line), run_helm(&line));
                assert_eq!(out.code(), helm.code(), "{line:?}\n{out:?}\n{helm:?}");
                assert_eq!(out.stdout(), helm.stdout(), "{line:?}");
            }
        }
        let name = format!("{ours}/kairship");
        let out = env
            .run(["search", "repo", &name, "--versions", "--plain-http", "-o", "json"])
            .success();
        let found: serde_json::Value = serde_json::from_str(out.stdout()).unwrap();
        assert_eq!(
            (&found[0]["version"], &found[1]["version"]),
            (&"0.21.0".into(), &"0.20.0".into())
        );
    }
}

#[test]
fn credentials_are_checked_before_they_are_stored_and_both_tools_use_them() {
    let Some(helm) = peer_or_skip("helm@4.3.1") else { return };
    let options = RegistryOptions::new(RegistryKind::Distribution).auth(RegistryAuth::Basic);
    let Some(registry) = options.start_or_skip() else { return };
    let (env, host) = (environment(), registry.host());
    let stored = env.home().join(".config/helm/registry/config.json");
    let login = |password: &str| {
        env.run(["registry", "login", &host, "-u", USERNAME, "-p", password, "--plain-http"])
    };
    let out = login("wrong").exits_with(1);
    assert!(out.stderr().contains("E2002") || out.stderr().contains("401"), "{out:?}");
    assert!(!stored.exists());
    assert_eq!(login(PASSWORD).success().stdout(), "Login Succeeded\n");
    let file = charts(&env).remove(0);
    let target = format!("oci://{host}/charts");
    let _ = env.run(["push", &file, &target, "--plain-http"]).success();
    let mut command = env.command_of(&helm.path);
    command.args(["pull", &format!("{target}/kairship"), "--plain-http"]);
    let _ = env.run_command(command).success();
    let out = env.run(["registry", "logout", &host]).success();
    assert_eq!(out.stdout(), format!("Removing login credentials for {host}\n"));
    let text = fs::read_to_string(stored).unwrap();
    assert!(!text.contains(&host), "{text}");
    let _ = env.run(["pull", &format!("{target}/kairship"), "--plain-http"]).exits_with(1);
}
