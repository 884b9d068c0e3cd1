//! The fixtures as real programs see them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use testkit::fault_proxy::{Action, Answer, FaultProxy, Rule, Times};
use testkit::registry::{PASSWORD, RegistryAuth, RegistryKind, RegistryOptions, USERNAME};
use testkit::{
    Arch, BigBundle, Kairship, Peer, TestEnv, Version, images_tar, oci_layout, require_peer,
};

/// What `helm template` makes of a chart archive in the working directory.
fn template(helm: &Peer, env: &TestEnv, arguments: &[&str]) -> String {
    let mut command = env.command_of(&helm.path);
    command.args(["template", "kairship"]).args(arguments);
    env.run_command(command).success().stdout().to_owned()
}

/// Everything that looks like an image of `registry` in rendered text.
fn images<'a>(text: &'a str, registry: &str) -> BTreeSet<&'a str> {
    text.split(|c: char| c.is_whitespace() || c == '"')
        .filter(|word| word.starts_with(registry) && word.contains(':'))
        .collect()
}

fn the_look_alike_renders(name: &str) {
    let helm = require_peer!(name);
    let env = TestEnv::new(&helm.path);
    for version in [Version::V0_20_0, Version::V0_21_0] {
        let kairship = Kairship::new(version, Arch::Amd64);
        let chart = env.write("chart.tgz", kairship.chart().tgz("kairship"));
        let chart = chart.to_str().expect("a path of ours is UTF-8");
        let rendered = template(&helm, &env, &[chart, "--is-upgrade"]);
        let references = kairship.references();
        let known: BTreeSet<&str> = references.iter().map(String::as_str).collect();
        let found = images(&rendered, "release.daocloud.io/");
        assert_eq!(found.len(), 9, "{found:?}");
        assert!(found.is_subset(&known), "{found:?}");

        let set = ["--set", "global.imageRegistry=10.16.10.111/release.daocloud.io"];
        let moved = template(&helm, &env, &[chart, "--is-upgrade", set[0], set[1]]);
        assert_eq!(images(&moved, "10.16.10.111/release.daocloud.io/").len(), 9);
        assert_eq!(rendered.matches("helm.sh/hook: pre-upgrade").count(), 1);
        assert_eq!(rendered.matches("name: karmadadeployments.install.karmada.io").count(), 1);
        let with_crds = template(&helm, &env, &[chart, "--include-crds"]);
        assert_eq!(with_crds.matches("\nkind: CustomResourceDefinition").count(), 3);
    }
}

#[test]
fn helm_4_renders_the_look_alike_with_the_images_of_the_bundle() {
    the_look_alike_renders("helm@4.3.1");
}

#[test]
fn helm_3_renders_the_look_alike_with_the_images_of_the_bundle() {
    the_look_alike_renders("helm@3.17.3");
}

#[test]
fn helm_finds_the_lock_file_in_sync() {
    let helm = require_peer!("helm@4.3.1");
    let env = TestEnv::new(&helm.path);
    let kairship = Kairship::new(Version::V0_21_0, Arch::Amd64);
    let chart = kairship.chart();
    let build = |dir: &str| {
        let output = env.run(["dependency", "build", dir]).exits_with(1);
        output.stderr().contains("out of sync")
    };
    let write = |dir: &str, chart: testkit::ChartFiles| {
        for (path, content) in chart.iter() {
            env.write(Path::new(dir).join(path), content);
        }
    };
    let lock = String::from_utf8(chart.get("Chart.lock").unwrap().to_vec()).unwrap();
    write("right", chart.clone());
    write("wrong", chart.with("Chart.lock", lock.replace("sha256:c", "sha256:d")));
    // It fails either way, as no repository is configured: the question is at which check.
    assert!(!build("right"));
    assert!(build("wrong"));
}

#[test]
fn helm_renders_the_chart_of_a_big_bundle() {
    let helm = require_peer!("helm@4.3.1");
    let env = TestEnv::new(&helm.path);
    let written = BigBundle::bench().scaled(10_000).write_bundle(&env.work()).unwrap();
    let bytes = fs::read(&written.path).unwrap();
    let mut archive = tar::Archive::new(bytes.as_slice());
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
        env.write(name, content);
    }
    let rendered = template(&helm, &env, &["original-chart"]);
    let found = images(&rendered, "release.daocloud.io/");
    assert_eq!(found, written.images.iter().map(|image| image.reference.as_str()).collect());
}

#[test]
fn skopeo_pushes_every_image_of_the_archive_to_real_registries() {
    let skopeo = require_peer!("skopeo");
    let env = TestEnv::new(&skopeo.path);
    let images = Kairship::new(Version::V0_21_0, Arch::Amd64).images();
    env.write("images.tar", images_tar(&images));
    for kind in RegistryKind::ALL {
        let options = RegistryOptions::new(kind).auth(RegistryAuth::Basic);
        let Some(registry) = options.start_or_skip() else { continue };
        for image in [&images[0], images.last().unwrap()] {
            let from = format!("docker-archive:images.tar:{}", image.reference);
            let to = format!("docker://{}/x/{}", registry.host(), image.short_name());
            let credentials = format!("{USERNAME}:{PASSWORD}");
            let mut arguments =
                vec!["copy", "--insecure-policy", "--dest-tls-verify=false", "--dest-creds"];
            arguments.extend([credentials.as_str(), &from, &to]);
            let _output = env.run(arguments).success();
        }
        let uploads =
            registry.requests().iter().filter(|request| request.starts_with("PUT ")).count();
        assert!(uploads >= 2, "{:?}", registry.requests());
        assert!(registry.unfinished_uploads().is_empty());
    }
}

#[test]
fn skopeo_reads_the_layout_with_both_platforms() {
    let skopeo = require_peer!("skopeo");
    let env = TestEnv::new(&skopeo.path);
    let mut images = Kairship::new(Version::V0_21_0, Arch::Amd64).images();
    images.extend(Kairship::new(Version::V0_21_0, Arch::Arm64).images());
    for (path, content) in oci_layout(&images) {
        env.write(Path::new("layout").join(path), content);
    }
    for arch in [Arch::Amd64, Arch::Arm64] {
        let reference = &images[0].reference;
        let arguments =
            ["--override-arch", arch.as_str(), "inspect", &format!("oci:layout:{reference}")];
        let output = env.run(arguments).success();
        assert!(
            output.stdout().contains(&format!("\"Architecture\": \"{}\"", arch.as_str())),
            "{output:?}"
        );
    }
}

#[test]
fn a_push_through_the_fault_proxy_is_the_same_push() {
    let skopeo = require_peer!("skopeo");
    let env = TestEnv::new(&skopeo.path);
    let images = Kairship::new(Version::V0_21_0, Arch::Amd64).images();
    env.write("images.tar", images_tar(&images));
    let from = format!("docker-archive:images.tar:{}", images[0].reference);
    for kind in RegistryKind::ALL {
        let Some(registry) = RegistryOptions::new(kind).start_or_skip() else { continue };
        let refused = Answer::registry_error(403, "DENIED", "not this one");
        let rules = [
            Rule::on("PUT", "/v2/refused/manifests/*", Action::Answer(refused)),
            Rule::on("GET", "/v2/", Action::CutAtOnce).times(Times::Only(2)),
        ];
        let proxy = FaultProxy::start(registry.address(), rules).unwrap();
        let push = |name: &str| {
            let to = format!("docker://{}/{name}:1", proxy.host());
            env.run(["copy", "--insecure-policy", "--dest-tls-verify=false", &from, &to])
        };
        let _output = push("good").success();
        assert_eq!(proxy.count("PUT", "/v2/good/manifests/1"), 1);
        let sent = proxy.request_bytes("PATCH", "/v2/good/*")
            + proxy.request_bytes("PUT", "/v2/good/blobs/*");
        let layers: u64 = images[0].layers.iter().map(|layer| layer.blob.len() as u64).sum();
        // skopeo compresses the layers anew; about the same number of bytes arrives.
        assert!(sent > layers / 2, "{sent} of {layers}");
        assert_eq!(push("good").code(), Some(1), "the connection is cut");
        let output = push("refused").exits_with(1);
        assert!(output.stderr().contains("denied"), "{output:?}");
        assert!(registry.requests().iter().all(|request| !request.contains("refused/manifests/1")));
    }
}
