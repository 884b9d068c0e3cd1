//! Docker as the judge: it pulls what was pushed and what is served, and runs it.

use std::time::Duration;

use testkit::registry::RegistryKind;
use testkit::{Docker, Image, PORT, TestEnv};

use crate::site::{PATH, Site, environment, get_manifest, kairship};

/// Pulls `name`: the manifest is the one behind the tag, and the image is the vendor's.
fn assert_pulls(docker: &Docker, env: &TestEnv, name: &str, image: &Image) {
    let (host, path) = name.split_once('/').expect("a host");
    let (repository, tag) = path.rsplit_once(':').expect("a tag");
    let there = get_manifest(host, repository, tag).expect("it is there");
    let pulled = docker.run(env, &["pull", name]).success();
    let digest = format!("Digest: {}", there.digest);
    assert!(pulled.stdout().contains(&digest), "{digest}: {pulled:?}");
    let id = docker.run(env, &["image", "inspect", "--format", "{{.Id}}", name]).success();
    assert_eq!(id.stdout().trim(), image.config_digest().as_str(), "{name}");
}

/// Runs an image as a job and as a server.
fn assert_runs(docker: &Docker, env: &TestEnv, name: &str, image: &Image) {
    let _ = docker.run(env, &["run", "--rm", "--network", "none", name, "job"]).success();
    let server = ["run", "--detach", "--name", "server", "--network", "none", name];
    let _ = docker.run(env, &server).success();
    let (_, path) = image.reference.split_once('/').expect("a registry");
    let answer = docker.ask(env, "server", PORT).success();
    assert!(answer.stdout().starts_with("HTTP/1.1 200"), "{answer:?}");
    assert!(answer.stdout().ends_with(&format!("\r\n\r\n{path} amd64\n")), "{answer:?}");
    // It ends when it is asked to, not after the ten seconds that follow.
    let stopped = docker.run(env, &["stop", "server"]).success();
    assert!(stopped.elapsed() < Duration::from_secs(8), "{stopped:?}");
    let _ = docker.run(env, &["rm", "server"]).success();
}

#[test]
fn docker_pulls_every_image_that_was_pushed_and_runs_one() {
    let Some(docker) = Docker::start_or_skip() else { return };
    for kind in RegistryKind::ALL {
        let Some(site) = Site::new(kind) else { return };
        let (package, path) = kairship(&site.env);
        let _ = site.sync(&path, &[]).success();
        let name = |image: &Image| {
            let tag = image.reference.rsplit(':').next().expect("a tag");
            format!("{}/{PATH}/{}:{tag}", site.registry.host(), image.short_name())
        };
        let images = package.images();
        for image in &images {
            assert_pulls(&docker, &site.env, &name(image), image);
        }
        if cfg!(target_arch = "x86_64") {
            assert_runs(&docker, &site.env, &name(&images[0]), &images[0]);
        }
    }
}

#[test]
fn docker_pulls_every_image_of_a_package_that_is_served_and_runs_one() {
    let Some(docker) = Docker::start_or_skip() else { return };
    let env = environment();
    let (package, path) = kairship(&env);
    let listen = ["--listen", "127.0.0.1:0"];
    let mut running = env.start([&["serve", path.to_str().unwrap()], &listen[..]].concat());
    let line = running.wait_for("listening on http://");
    let host = line.rsplit("http://").next().unwrap().split_whitespace().next().unwrap();
    let images = package.images();
    for image in &images {
        assert_pulls(&docker, &env, &format!("{host}/{}", image.reference), image);
    }
    if cfg!(target_arch = "x86_64") {
        let last = images.last().unwrap();
        assert_runs(&docker, &env, &format!("{host}/{}", last.reference), last);
    }
    running.terminate();
    let _ = running.wait().success();
}
