//! `ferry sync` into `ferry serve`.

use super::{LOCAL, Served, chinese, closed_port, environment, harbor_file, json, package};

#[test]
fn the_runbooks_file_brings_images_and_chart_over() {
    let env = chinese();
    let served = Served::start(&env, &[]);
    let package = package(&env);
    std::fs::create_dir(env.work().join("kairship")).unwrap();
    std::fs::rename(env.work().join(&package), env.work().join("kairship").join(&package)).unwrap();
    env.write("load-image.yaml", harbor_file(&served.host));

    let plan = env.run(["sync", "--config", "load-image.yaml", "--dry-run"]).success();
    assert!(plan.stdout().starts_with("计划（未写入任何内容）："), "{plan:?}");
    let out = env.run(["sync", "--config", "load-image.yaml", "-o", "json"]).success();
    let report = json(&out);
    assert_eq!(report["dry_run"], false);
    let images = report["images"].as_array().unwrap();
    assert!(images.iter().all(|image| image["action"] == "push"), "{out:?}");
    assert_eq!(report["charts"][0]["action"], "publish");
    let prefix = format!("{}/release.daocloud.io/kairship/", served.host);
    assert!(images.iter().all(|image| image["target"].as_str().unwrap().starts_with(&prefix)));
    assert!(!out.stderr().contains("错误") && out.stderr().contains("警告[E4009]"), "{out:?}");

    let again = json(&env.run(["sync", "-o", "json"]).success());
    assert_eq!(again["totals"]["sent_bytes"], 0);
    assert!(
        again["images"].as_array().unwrap().iter().all(|image| image["action"] == "up-to-date")
    );
    let _ = served.stop().success();
}

#[test]
fn a_local_directory_gets_the_chart_and_an_index() {
    let env = environment();
    let served = Served::start(&env, &[]);
    let name = package(&env);
    env.write("load-image.yaml", LOCAL.replace("10.16.10.111", &served.host));
    let out = env.run(["sync", &name, "--config", "load-image.yaml"]).success();
    assert!(out.stdout().contains("chart kairship 0.21.0: publish"), "{out:?}");
    for file in ["kairship-0.21.0.tgz", "index.yaml"] {
        assert!(env.work().join("local-repo").join(file).is_file(), "{file}");
    }
    let _ = served.stop().success();
}

#[test]
fn a_registry_that_is_not_there_is_explained() {
    let env = environment();
    let name = package(&env);
    let port = closed_port();
    let out = env.run(["sync", &name, "--to-registry", &port, "--no-progress"]).exits_with(5);
    assert!(
        out.stderr().starts_with(&format!("error[E2001]: the host does not answer: {port}")),
        "{out:?}"
    );
}

#[test]
fn images_can_be_listed_without_a_target() {
    let env = environment();
    let name = package(&env);
    let listed = env.run(["sync", &name, "--print-images"]).success();
    assert_eq!(listed.stdout(), env.run(["inspect", &name, "--images"]).success().stdout());
}

#[test]
fn stopping_a_server_is_a_success() {
    let env = environment();
    let served = Served::start(&env, &["--output", "json"]);
    let out = served.stop().success();
    assert!(out.stdout().starts_with("{\"listening\":\"http://127.0.0.1:"), "{out:?}");
    assert!(out.stderr().ends_with("stopped\n"), "{out:?}");
}
