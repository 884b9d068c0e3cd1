//! The arrows between our crates, against the tiers of docs/architecture.md.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Every crate of the workspace, by directory name, with its tier. `cli` is the highest of the product's;
/// `testkit` and `xtask` stand above all of them and are no part of it.
const TIERS: &[(u8, &[&str])] = &[
    (0, &["goyaml", "gotemplate", "objects", "oci", "semver"]),
    (
        1,
        &[
            "sprig",
            "bundle",
            "registry-client",
            "registry-server",
            "chart-repository",
            "runtime",
            "cluster",
            "cluster-sandbox",
        ],
    ),
    (2, &["helm", "relocate"]),
    (3, &["release"]),
    (4, &["ops"]),
    (5, &["cli"]),
    (DEVELOPMENT, &["testkit", "xtask"]),
];

const DEVELOPMENT: u8 = 6;

/// The arrows inside one tier that the drawing shows.
const DRAWN: &[(&str, &str)] = &[
    ("objects", "goyaml"),
    ("relocate", "helm"),
    ("chart-repository", "registry-client"),
    ("xtask", "testkit"),
];

/// OCI content: nothing here knows Kubernetes releases.
const CONTENT: &[&str] =
    &["oci", "bundle", "registry-client", "registry-server", "chart-repository", "runtime"];

/// Kubernetes releases: nothing here knows OCI content.
const RELEASES: &[&str] =
    &["gotemplate", "objects", "sprig", "helm", "release", "cluster", "cluster-sandbox"];

/// Where the two halves may meet.
const MEETING: &[&str] = &["relocate", "ops", "cli", "testkit", "xtask"];

/// What a crate "must never" do, as far as a dependency shows it.
const NEVER: &[(&str, &[&str])] = &[
    ("goyaml", &["tokio", "reqwest", "hyper", "tar"]),
    ("oci", &["http", "hyper", "reqwest", "tar"]),
    ("bundle", &["http", "hyper", "reqwest"]),
    ("helm", &["tokio", "http", "hyper", "reqwest", "futures-util"]),
    ("relocate", &["tokio", "http", "hyper", "reqwest"]),
    ("ops", &["clap", "indicatif"]),
    ("cli", &["reqwest", "hyper", "tar"]),
];

/// How a dependency is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// In the code itself or its build script.
    Normal,
    /// In its tests only.
    Development,
}

/// One arrow from a crate of ours to another crate, of ours or not.
#[derive(Clone, Debug)]
struct Arrow {
    from: String,
    to: String,
    kind: Kind,
}

impl Arrow {
    fn new(from: &str, to: &str, kind: Kind) -> Self {
        Self { from: from.into(), to: to.into(), kind }
    }
}

fn tier(name: &str) -> Option<u8> {
    TIERS.iter().find(|(_, names)| names.contains(&name)).map(|(tier, _)| *tier)
}

/// The reason an arrow must not be, if there is one. Both ends are crates of ours.
fn forbidden(arrow: &Arrow) -> Option<String> {
    let Arrow { from, to, kind } = arrow;
    let (Some(above), Some(below)) = (tier(from), tier(to)) else {
        return Some(format!("{from} -> {to}: a crate that has no tier"));
    };
    if *kind == Kind::Development && to == "testkit" {
        return None;
    }
    let drawn = DRAWN.contains(&(from.as_str(), to.as_str()));
    if below == DEVELOPMENT && !drawn {
        return Some(format!("{from} -> {to}: {to} is for tests"));
    }
    // The tests of a crate may stand on its neighbours, never on what is built upon it.
    let too_high = if *kind == Kind::Development { below > above } else { below >= above };
    if too_high && !drawn {
        return Some(format!(
            "{from} (T{above}) -> {to} (T{below}): only a lower tier may be used"
        ));
    }
    let crosses =
        |one: &[&str], other: &[&str]| one.contains(&from.as_str()) && other.contains(&to.as_str());
    if crosses(CONTENT, RELEASES) || crosses(RELEASES, CONTENT) {
        return Some(format!(
            "{from} -> {to}: content and releases meet only in {}",
            MEETING.join(", ")
        ));
    }
    None
}

/// The reason a third-party crate must not be used there, if there is one.
fn out_of_place(arrow: &Arrow) -> Option<String> {
    let (_, never) = NEVER.iter().find(|(name, _)| *name == arrow.from)?;
    let is_used = arrow.kind == Kind::Normal && never.contains(&arrow.to.as_str());
    is_used.then(|| format!("{} -> {}: against what it must never do", arrow.from, arrow.to))
}

/// `cargo metadata` of this workspace, without anything third-party resolved.
fn metadata() -> Value {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("cargo metadata prints JSON")
}

/// Directory name of each package: the name the tiers know it by.
fn packages(metadata: &Value) -> BTreeMap<String, &Value> {
    let all = metadata["packages"].as_array().expect("packages");
    all.iter().map(|package| (directory(&package["manifest_path"], true), package)).collect()
}

fn directory(path: &Value, of_manifest: bool) -> String {
    let path = std::path::Path::new(path.as_str().expect("a path"));
    let path = if of_manifest { path.parent().expect("a manifest has a directory") } else { path };
    path.file_name().expect("a crate has a directory").to_string_lossy().into_owned()
}

/// Arrows of all packages: first those between our own crates, then those that leave the workspace.
fn arrows(packages: &BTreeMap<String, &Value>) -> (Vec<Arrow>, Vec<Arrow>) {
    let (mut own, mut foreign) = (Vec::new(), Vec::new());
    for (from, package) in packages {
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let is_dev = dependency["kind"].as_str() == Some("dev");
            let kind = if is_dev { Kind::Development } else { Kind::Normal };
            if dependency["path"].is_string() {
                own.push(Arrow::new(from, &directory(&dependency["path"], false), kind));
            } else {
                foreign.push(Arrow::new(from, dependency["name"].as_str().expect("a name"), kind));
            }
        }
    }
    (own, foreign)
}

#[test]
fn no_arrow_goes_against_the_tiers() {
    let metadata = metadata();
    let packages = packages(&metadata);
    let (own, foreign) = arrows(&packages);
    let without_tier = packages.keys().filter(|name| tier(name).is_none());
    let mut faults: Vec<String> =
        without_tier.map(|name| format!("{name}: a crate that has no tier")).collect();
    faults.extend(own.iter().filter_map(forbidden));
    faults.extend(foreign.iter().filter_map(out_of_place));
    assert!(faults.is_empty(), "arrows against the tiers:\n  {}", faults.join("\n  "));
}

#[test]
fn the_arrows_are_really_read() {
    let metadata = metadata();
    let (own, foreign) = arrows(&packages(&metadata));
    let has = |arrows: &[Arrow], from: &str, to: &str| {
        arrows.iter().any(|arrow| arrow.from == from && arrow.to == to)
    };
    assert!(has(&own, "cli", "ops"), "{own:?}");
    assert!(has(&own, "relocate", "helm"), "{own:?}");
    assert!(has(&foreign, "oci", "serde"), "{foreign:?}");
}

#[test]
fn packages_are_named_after_their_directory() {
    let metadata = metadata();
    for (directory, package) in packages(&metadata) {
        let name = package["name"].as_str().expect("a name");
        let expected = if directory == "xtask" { directory } else { format!("ferry-{directory}") };
        assert_eq!(name, expected);
    }
}

#[test]
fn an_arrow_upwards_or_sideways_is_a_fault() {
    for (from, to) in [
        ("oci", "bundle"),
        ("bundle", "registry-client"),
        ("helm", "relocate"),
        ("registry-client", "chart-repository"),
        ("ops", "cli"),
        ("oci", "oci-next"),
    ] {
        assert!(forbidden(&Arrow::new(from, to, Kind::Normal)).is_some(), "{from} -> {to}");
    }
}

#[test]
fn the_drawn_arrows_are_allowed_one_way() {
    for (from, to) in DRAWN {
        assert_eq!(forbidden(&Arrow::new(from, to, Kind::Normal)), None);
        assert!(forbidden(&Arrow::new(to, from, Kind::Normal)).is_some(), "{to} -> {from}");
    }
}

#[test]
fn the_two_halves_do_not_meet_below_relocate_and_ops() {
    for (from, to) in
        [("helm", "oci"), ("release", "bundle"), ("cluster", "oci"), ("runtime", "objects")]
    {
        assert!(forbidden(&Arrow::new(from, to, Kind::Normal)).is_some(), "{from} -> {to}");
    }
    assert_eq!(forbidden(&Arrow::new("relocate", "oci", Kind::Normal)), None);
    assert_eq!(forbidden(&Arrow::new("ops", "release", Kind::Normal)), None);
}

#[test]
fn testkit_is_only_for_tests() {
    assert!(forbidden(&Arrow::new("cli", "testkit", Kind::Normal)).is_some());
    assert_eq!(forbidden(&Arrow::new("oci", "testkit", Kind::Development)), None);
}

#[test]
fn tests_may_use_a_neighbour_but_nothing_above() {
    let wire = Arrow::new("registry-client", "registry-server", Kind::Development);
    assert_eq!(forbidden(&wire), None);
    assert!(forbidden(&Arrow::new("oci", "ops", Kind::Development)).is_some());
}

#[test]
fn a_foreign_crate_out_of_place_is_a_fault() {
    assert!(out_of_place(&Arrow::new("helm", "tokio", Kind::Normal)).is_some());
    assert!(out_of_place(&Arrow::new("oci", "tar", Kind::Normal)).is_some());
    assert_eq!(out_of_place(&Arrow::new("oci", "tar", Kind::Development)), None);
    assert_eq!(out_of_place(&Arrow::new("bundle", "tar", Kind::Normal)), None);
}
