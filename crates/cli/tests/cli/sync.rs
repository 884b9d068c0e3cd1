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
    let told = json(&out);
    assert!(told["listening"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{out:?}");
    assert!(out.stderr().ends_with("stopped\n"), "{out:?}");
}

#[test]
fn what_is_served_to_whom_is_said_before_the_address() {
    let env = environment();
    let name = package(&env);
    let mut running = env.start(["serve", &name, "--listen", "127.0.0.1:0", "-o", "json"]);
    let _ = running.wait_for("listening on");
    running.terminate();
    let out = running.wait().success();
    let images =
        json(&env.run(["inspect", &name, "-o", "json"]).success())["totals"]["images"].take();
    let line = format!(
        "serving {name} (package, read-only): {images} images, 1 chart; open to everyone, without TLS\n"
    );
    assert!(out.stderr().contains(&line), "{out:?}");
    let told = json(&out);
    assert_eq!((&told["images"], &told["charts"]), (&images, &1.into()));
    assert_eq!((&told["read_only"], &told["auth"]), (&true.into(), &false.into()));

    env.write("serve.pw", "secret");
    let served = Served::start(&env, &["--username", "u", "--password-file", "serve.pw"]);
    let out = served.stop().success();
    let line = "serving registry (directory, writable): 0 images, 0 charts; with user name and password, without TLS\n";
    assert!(out.stderr().contains(line), "{out:?}");
}

#[test]
fn a_registry_counts_what_it_was_given() {
    let env = environment();
    let name = package(&env);
    let served = Served::start(&env, &[]);
    let registry = format!("http://{}/kairship", served.host);
    let charts = format!("http://{}/chartrepo/kairship", served.host);
    let out =
        env.run(["sync", &name, "--to-registry", &registry, "--to-repo", &charts, "-o", "json"]);
    let images = json(&out.success())["images"].as_array().unwrap().len();
    let _ = served.stop().success();
    let out = Served::start(&env, &[]).stop().success();
    assert!(out.stderr().contains(&format!(": {images} images, 1 chart; ")), "{out:?}");
}

#[test]
fn a_server_is_told_what_is_wrong_with_its_arguments() {
    let env = environment();
    let out = env.run(["serve", "a", "b"]).exits_with(2);
    assert!(out.stderr().contains("`b` is one argument too many\n"), "{out:?}");
    assert!(out.stderr().contains("put several packages into one directory"), "{out:?}");

    env.write("good.pem", "not a certificate");
    for (cert, key, named) in
        [("good.pem", "good.pem", "good.pem"), ("none.pem", "good.pem", "none.pem")]
    {
        let line = ["serve", "r", "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key];
        let out = env.run(line).exits_with(2);
        assert!(out.stderr().starts_with("error[E4022]"), "{out:?}");
        assert!(out.stderr().lines().next().unwrap().ends_with(&format!(": {named}")), "{out:?}");
    }
}

#[test]
fn charts_that_no_checksum_covers_are_said_to_be_unchecked() {
    let env = environment();
    let name = package(&env);
    let served = Served::start(&env, &[]);
    let registry = format!("http://{}/kairship", served.host);
    let plan = ["sync", &name, "--to-registry", &registry, "--dry-run"];
    let out = env.run(plan).success();
    assert!(!out.stdout().contains("no checksum file"), "{out:?}");
    std::fs::remove_file(testkit::checksum_path(&env.work().join(&name))).unwrap();
    let out = env.run(plan).success();
    let line = format!("no checksum file for {name}: charts and hints are not checked");
    assert_eq!(out.stdout().matches(&line).count(), 1, "{out:?}");
    assert!(!out.stderr().contains("E1024"), "{out:?}");
    let report = json(&env.run([&plan[..], &["-o", "json"]].concat()).success());
    assert_eq!(report["without_checksum"], serde_json::json!([name]));
    let _ = served.stop().success();
}

#[test]
fn a_log_file_gets_few_lines_however_many_blobs_there_are() {
    let env = environment();
    let name = package(&env);
    let served = Served::start(&env, &[]);
    let registry = format!("http://{}/kairship", served.host);
    let out = env.run(["sync", &name, "--to-registry", &registry]).success();
    let lines: Vec<&str> = out.stderr().lines().collect();
    assert!(lines.len() < 20, "{lines:#?}");
    assert!(lines.last().unwrap().starts_with("done in "), "{lines:#?}");
    let _ = served.stop().success();
}

#[test]
fn causes_are_chinese_with_the_original_behind_them() {
    let env = chinese();
    let name = package(&env);
    let port = closed_port();
    let out = env.run(["sync", &name, "--to-registry", &port, "--no-progress"]).exits_with(5);
    let refused = "连接被拒绝（Connection refused (os error 111)）";
    assert!(out.stderr().contains(refused), "{out:?}");
    assert!(out.stderr().contains("无法建立连接（no connection）"), "{out:?}");
}
