//! `ferry chart diff`.

use testkit::{Arch, Kairship, Version};

use super::{environment, json, package};

fn older(env: &testkit::TestEnv) {
    let chart = Kairship::new(Version::V0_20_0, Arch::Amd64).chart();
    env.write("old.tgz", chart.tgz("kairship"));
}

#[test]
fn two_versions_are_compared_with_the_same_values() {
    let env = environment();
    let new = package(&env);
    older(&env);
    let out = env.run(["chart", "diff", "old.tgz", &new]).success();
    let text = out.stdout();
    assert!(text.starts_with("kairship 0.20.0"), "{text}");
    for line in [
        "  ~ release.daocloud.io/kairship/kairship-ui  v0.15.1 → v0.16.0\n",
        "  ~ Deployment.apps ",
        "  ~ instances.kairship.io",
        "  ~ ui.image.tag: v0.15.1 → v0.16.0\n",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let same = env.run(["chart", "diff", "old.tgz", "old.tgz"]).success();
    assert!(same.stdout().contains("the rendered objects are the same"), "{same:?}");
}

#[test]
fn keys_that_nobody_knows_are_told() {
    let env = environment();
    let new = package(&env);
    older(&env);
    env.write("bak.yaml", "ui:\n  image:\n    tag: v0.15.1\n  replicaz: 2\n");
    let line = ["chart", "diff", "old.tgz", &new, "-f", "bak.yaml", "-o", "json"];
    let report = json(&env.run(line).success());
    let unknown = report["values"]["unknown"].as_array().unwrap();
    assert_eq!(unknown.len(), 1, "{report}");
    assert_eq!(unknown[0]["path"], "ui.replicaz");
    // The tag of the backup pins the old image.
    let images = report["images"].as_array().unwrap();
    assert!(images.iter().all(|image| !image["name"].as_str().unwrap().ends_with("kairship-ui")));
}
