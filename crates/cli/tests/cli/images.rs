//! `ferry images`.

use testkit::{Arch, Kairship, Version};

use super::{Served, chinese, environment, json, package};

#[test]
fn every_image_that_renders_is_on_a_line_of_its_own() {
    let env = environment();
    let name = package(&env);
    let out = env.run(["images", &name]).success();
    let lines: Vec<&str> = out.stdout().lines().collect();
    assert!(lines.contains(&"release.daocloud.io/kairship/kairship-apiserver:v0.21.0"), "{out:?}");
    // The hook, a subchart's operator.
    assert!(lines.contains(&"release.daocloud.io/kairship/kairship-upgrade:v0.21.0"), "{out:?}");
    assert!(lines.contains(&"release.daocloud.io/karmada/karmada-operator:v0.1.18"), "{out:?}");
    assert_eq!(out.stderr(), "");
    // The chart alone gives the same.
    let chart = Kairship::new(Version::V0_21_0, Arch::Amd64).chart();
    env.write("kairship.tgz", chart.tgz("kairship"));
    assert_eq!(env.run(["images", "kairship.tgz"]).success().stdout(), out.stdout());
    for (path, content) in chart.iter() {
        env.write(format!("unpacked/{path}"), content);
    }
    assert_eq!(env.run(["images", "unpacked"]).success().stdout(), out.stdout());
}

#[test]
fn each_image_says_where_it_comes_from() {
    let env = environment();
    let name = package(&env);
    let report = json(&env.run(["images", &name, "-o", "json"]).success());
    let images = report["charts"][0]["images"].as_array().unwrap();
    let find = |part: &str| {
        let is_it = |image: &&serde_json::Value| image["image"].as_str().unwrap().contains(part);
        images.iter().find(is_it).unwrap_or_else(|| panic!("{part}: {report}"))
    };
    let place = &find("kairship-apiserver")["places"][0];
    assert_eq!(place["kind"], "Deployment.apps");
    assert_eq!(place["field"], "spec.template.spec.containers[0].image");
    assert_eq!(place["template"], "kairship/templates/apiserver-deployment.yaml");
    // The deployment is made by a helper; that is where the image is written.
    assert_eq!(place["written_at"]["file"], "kairship/templates/_helpers.tpl");
    let values = ["registry", "repository", "tag"].map(|key| format!("apiserver.image.{key}"));
    assert_eq!(place["values"], serde_json::json!(values));
    let hook = &find("kairship-upgrade")["places"][0];
    assert_eq!(hook["hook"][0], "pre-upgrade");
    let table = env.run(["images", &name, "--output", "table"]).success();
    assert!(table.stdout().contains("kairship/templates/_helpers.tpl:"), "{table:?}");
    assert!(chinese().run(["images", "--help"]).success().stdout().contains("列出 chart 的对象"));
}

#[test]
fn values_are_those_of_the_user() {
    let env = environment();
    let name = package(&env);
    env.write("v.yaml", "apiserver:\n  image:\n    tag: v9\n");
    let set = "ui.image.tag=v8,global.imageRegistry=r.example";
    let out = env.run(["images", &name, "-f", "v.yaml", "--set", set]).success();
    assert!(out.stdout().contains("r.example/kairship/kairship-apiserver:v9\n"), "{out:?}");
    assert!(out.stdout().contains("r.example/kairship/kairship-ui:v8\n"), "{out:?}");
    let report = json(&env.run(["images", &name, "--set", set, "-o", "json"]).success());
    let places = &report["charts"][0]["images"][0]["places"][0];
    assert_eq!(places["values"][0], "global.imageRegistry", "{report}");
    let out = env.run(["images", &name, "-f", "none.yaml"]).exits_with(1);
    assert!(out.stderr().contains("none.yaml"), "{out:?}");
    let _ = env.run(["images", &name, "--kube-version", "x"]).exits_with(2);
}

#[test]
fn a_chart_that_does_not_render_is_named_in_helms_words() {
    let env = environment();
    let chart = testkit::ChartFiles::new([
        ("Chart.yaml".to_owned(), b"apiVersion: v2\nname: a\nversion: 1.0.0\n".to_vec()),
        ("templates/a.yaml".to_owned(), b"a: {{ required \"give b\" .Values.b }}\n".to_vec()),
    ]);
    env.write("a.tgz", chart.tgz("a"));
    let out = env.run(["images", "a.tgz"]).exits_with(3);
    assert!(out.stderr().contains("E1221") && out.stderr().contains("give b"), "{out:?}");
    assert_eq!(env.run(["images", "a.tgz", "--set", "b=1"]).success().stdout(), "");
}

#[test]
fn what_is_missing_in_a_package_is_listed() {
    let env = environment();
    let name = package(&env);
    assert_eq!(env.run(["images", &name, "--check", &name]).success().stdout(), "");
    let lacking = Kairship::new(Version::V0_21_0, Arch::Arm64).without_image("kairship-ui");
    let lacking = lacking.write_package(&env.work());
    let lacking = lacking.file_name().unwrap().to_str().unwrap();
    let out = env.run(["images", &name, "--check", lacking]).exits_with(3);
    assert_eq!(out.stdout(), "release.daocloud.io/kairship/kairship-ui:v0.16.0\n");
    assert!(out.stderr().contains("E1222"), "{out:?}");
    let report = json(&env.run(["images", &name, "--check", lacking, "-o", "json"]).exits_with(3));
    let missing: Vec<_> = report["charts"][0]["images"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|image| image["is_there"] == false)
        .collect();
    assert_eq!(missing.len(), 1);
    let _ = env.run(["images", &name, "--check", "nothing.tar"]).exits_with(3);
}

#[test]
fn what_is_missing_in_a_registry_is_listed_under_its_new_name() {
    let env = environment();
    let name = package(&env);
    let served = Served::start(&env, &[]);
    let registry = format!("http://{}/release.daocloud.io/kairship", served.host);
    let out = env.run(["images", &name, "--check", &registry]).exits_with(5);
    assert!(out.stdout().lines().count() > 5 && out.stderr().contains("E2071"), "{out:?}");
    let new_name = format!("{}/release.daocloud.io/kairship/kairship-ui:v0.16.0", served.host);
    assert!(out.stderr().contains(&new_name), "{out:?}");
    let _ = env.run(["sync", &name, "--to-registry", &registry]).success();
    let out = env.run(["images", &name, "--check", &registry]).success();
    assert_eq!(out.stdout(), "");
    let _ = served.stop();
}
