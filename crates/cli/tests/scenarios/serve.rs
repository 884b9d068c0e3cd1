//! `ferry serve`: real clients against our own registry and chart repository.

use testkit::{Running, TestEnv, peer_or_skip};

use crate::site::{PATH, environment, get_manifest, kairship, sync_to};

struct Served {
    running: Running,
    host: String,
}

fn serve(env: &TestEnv, arguments: &[&str]) -> Served {
    let mut running = env.start([&["serve"], arguments, &["--listen", "127.0.0.1:0"]].concat());
    let line = running.wait_for("listening on http://");
    let host = line.rsplit("http://").next().unwrap().split_whitespace().next().unwrap().to_owned();
    Served { running, host }
}

impl Served {
    fn stop(self) {
        self.running.terminate();
        let _ = self.running.wait().success();
    }
}

#[test]
fn a_package_is_a_registry_without_being_unpacked() {
    let env = environment();
    let (package, path) = kairship(&env);
    let served = serve(&env, &[path.to_str().unwrap()]);
    for image in package.images() {
        let (name, tag) = image.reference.rsplit_once(':').unwrap();
        let short = name.split_once('/').unwrap().1;
        for repository in [name, short] {
            let found = get_manifest(&served.host, repository, tag)
                .unwrap_or_else(|| panic!("{repository}"));
            assert_eq!(found.document["config"]["digest"], image.config_digest().as_str());
        }
        if let Some(skopeo) = peer_or_skip("skopeo") {
            let mut command = env.command_of(&skopeo.path);
            let target = format!("dir:{}", env.work().join(image.short_name()).display());
            let source = format!("docker://{}/{short}:{tag}", served.host);
            command.args(["copy", "--src-tls-verify=false", "--insecure-policy", &source, &target]);
            let _ = env.run_command(command).success();
        }
    }
    served.stop();
}

#[test]
fn helm_reads_the_chart_repository_and_the_registry() {
    let env = environment();
    let (_, path) = kairship(&env);
    let served = serve(&env, &["registry"]);
    let repository = format!("http://{}/chartrepo/release.daocloud.io", served.host);
    let _ =
        sync_to(&env, &served.host, &path, &["--to-repo", &repository, "--to-repo-kind", "HARBOR"])
            .success();
    let oci = format!("oci://{}/charts", served.host);
    let _ =
        sync_to(&env, &served.host, &path, &["--to-repo", &oci, "--to-repo-kind", "OCI"]).success();
    for name in ["helm@4.3.1", "helm@3.17.3"] {
        let Some(helm) = peer_or_skip(name) else { return };
        let run = |arguments: &[&str]| {
            let mut command = env.command_of(&helm.path);
            command.args(arguments);
            env.run_command(command).success()
        };
        let _ = run(&["repo", "add", "kairship", &repository, "--force-update"]);
        let _ = run(&["repo", "update", "kairship"]);
        let found = run(&["search", "repo", "kairship/kairship", "--versions"]);
        assert!(found.stdout().contains("0.21.0"), "{found:?}");
        let values = run(&["show", "values", "kairship/kairship", "--version", "0.21.0"]);
        assert!(
            values.stdout().contains(&served.host) && values.stdout().contains(PATH),
            "{values:?}"
        );
        let pulled =
            run(&["pull", &format!("{oci}/kairship"), "--version", "0.21.0", "--plain-http"]);
        assert!(pulled.code() == Some(0));
    }
    served.stop();
}

#[test]
fn a_registry_is_served_read_only_without_a_write() {
    use std::os::unix::fs::PermissionsExt as _;
    let env = environment();
    let (package, path) = kairship(&env);
    let served = serve(&env, &["registry"]);
    let _ = sync_to(&env, &served.host, &path, &[]).success();
    served.stop();

    // As on a medium: no lock file, and no right to make one.
    let root = env.work().join("registry");
    std::fs::remove_file(root.join("lock")).unwrap();
    let mode = |mode| std::fs::set_permissions(&root, std::fs::Permissions::from_mode(mode));
    mode(0o500).unwrap();
    let served = serve(&env, &["registry", "--read-only"]);
    let beside = serve(&env, &["registry", "--read-only"]);
    for image in package.images() {
        let tag = image.reference.rsplit(':').next().unwrap();
        let repository = format!("{PATH}/{}", image.short_name());
        assert!(get_manifest(&served.host, &repository, tag).is_some(), "{repository}:{tag}");
    }
    let mut listed: Vec<_> =
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    listed.sort();
    assert_eq!(listed, ["blobs", "charts", "ferry-registry.json", "repositories", "uploads"]);
    beside.stop();
    served.stop();
    mode(0o700).unwrap();
}
