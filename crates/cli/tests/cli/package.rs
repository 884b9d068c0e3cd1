//! `ferry inspect` and `ferry verify`.

use super::{chinese, environment, json, package};

#[test]
fn inspect_shows_what_a_package_holds() {
    let env = environment();
    let name = package(&env);
    let out = env.run(["inspect", &name]).success();
    assert!(out.stdout().contains("chart kairship 0.21.0"), "{out:?}");
    let report = json(&env.run(["inspect", &name, "-o", "json"]).success());
    let images = report["bundles"][0]["images"].as_array().unwrap();
    assert!(!images.is_empty());
    let names = env.run(["inspect", &name, "--images"]).success();
    assert_eq!(names.stdout().lines().count(), images.len());
    for image in images {
        assert!(names.stdout().contains(image["names"][0].as_str().unwrap()));
    }
    let yaml = env.run(["inspect", &name, "-o", "yaml"]).success();
    assert!(yaml.stdout().contains("\nbundles:\n  - origin: "), "{yaml:?}");
}

#[test]
fn verify_says_that_a_package_is_good_and_names_what_is_not() {
    let env = chinese();
    let name = package(&env);
    let out = env.run(["verify", &name]).success();
    assert!(out.stdout().ends_with("：完好\n"), "{out:?}");

    let path = env.work().join(&name);
    let mut bytes = std::fs::read(&path).unwrap();
    // Inside of the last big blob.
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let out = env.run(["verify", &name]).exits_with(3);
    assert!(out.stdout().contains(" 处问题\n"), "{out:?}");
    assert!(out.stderr().contains("错误[E10"), "{out:?}");
    let report = json(&env.run(["verify", &name, "-o", "json"]).exits_with(3));
    assert!(report["problems"][0]["code"].as_str().unwrap().starts_with("E10"));
}
