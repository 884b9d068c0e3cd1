//! `ferry inspect` and `ferry verify`.

use testkit::{Arch, Kairship, Version};

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

#[test]
fn every_package_of_a_directory_has_its_checksum_shown() {
    let env = environment();
    let first = package(&env);
    let other = Kairship::new(Version::V0_21_0, Arch::Arm64).write_package(&env.work());
    let second = other.file_name().unwrap().to_string_lossy().into_owned();
    let all = json(&env.run(["inspect", ".", "-o", "json"]).success());
    let of = |at: usize| all["checksums"][at]["of"].as_str().unwrap().to_owned();
    assert_eq!([of(0), of(1)], [format!("./{first}"), format!("./{second}")]);
    assert_eq!(all["unchecked"], serde_json::json!([]));

    std::fs::remove_file(testkit::checksum_path(&other)).unwrap();
    let out = env.run(["inspect", "."]).success();
    assert!(out.stdout().contains(&format!("  ./{second}: none\n")), "{out:?}");
    let out = env.run(["verify", "."]).success();
    assert!(out.stdout().contains(&format!("no checksum file beside ./{second}, so")), "{out:?}");
    assert!(!out.stderr().contains("E1024"), "said once: {out:?}");
}

#[test]
fn reading_a_package_needs_no_lock_and_writes_nothing_beside_it() {
    let env = environment();
    let name = package(&env);
    let directory = env.work();
    let before = listing(&directory);
    for arguments in [["inspect", &name], ["verify", &name]] {
        let _ = env.run(arguments).success();
    }
    let mut running = env.start(["serve", &name, "--listen", "127.0.0.1:0"]);
    let _ = running.wait_for("listening on");
    running.terminate();
    let _ = running.wait().success();
    assert_eq!(listing(&directory), before);
}

fn listing(directory: &std::path::Path) -> Vec<std::ffi::OsString> {
    let entries = std::fs::read_dir(directory).expect("it is there");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("it can be read").file_name()).collect();
    names.sort();
    names
}
