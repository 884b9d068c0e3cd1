//! What `deny.toml` says, checked where cargo-deny is not installed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root").to_path_buf()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).expect("a file of the workspace")
}

/// One `[[package]]` of Cargo.lock.
#[derive(Default, Debug, PartialEq)]
struct Locked {
    name: String,
    source: Option<String>,
    checksum: Option<String>,
}

fn locked(lock: &str) -> Vec<Locked> {
    let value = |block: &str, key: &str| {
        let prefix = format!("{key} = \"");
        let line = block.lines().find_map(|line| line.strip_prefix(&prefix))?;
        line.strip_suffix('"').map(str::to_owned)
    };
    let package = |block| Locked {
        name: value(block, "name").expect("a locked package has a name"),
        source: value(block, "source"),
        checksum: value(block, "checksum"),
    };
    lock.split("[[package]]\n").skip(1).map(package).collect()
}

/// The names in `{ crate = "NAME", … }` of deny.toml.
fn banned(deny: &str) -> Vec<&str> {
    deny.lines()
        .filter_map(|line| line.trim().strip_prefix("{ crate = \""))
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// The strings of `allow = [ … ]` under `[licenses]`.
fn allowed_licences(deny: &str) -> BTreeSet<&str> {
    let section = deny.split("[licenses]").nth(1).expect("deny.toml has licences");
    let list = section.split("allow = [").nth(1).expect("an allow list");
    let list = list.split(']').next().expect("its end");
    list.split('"').skip(1).step_by(2).collect()
}

/// The crates whose licence deny.toml states itself.
fn clarified(deny: &str) -> BTreeSet<&str> {
    deny.split("[[licenses.clarify]]")
        .skip(1)
        .filter_map(|block| block.split("crate = \"").nth(1)?.split('"').next())
        .collect()
}

/// Whether an SPDX expression can be satisfied from the allowed licences alone.
///
/// `AND` binds tighter than `OR` (SPDX 2.3, annex D); an old `MIT/Apache-2.0` means `OR`.
fn satisfied(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let mut text = expression.replace('/', " OR ");
    // Innermost parentheses first: each becomes one word that is already decided.
    while let Some(close) = text.find(')') {
        let open = text[..close].rfind('(').expect("balanced parentheses");
        let word = if satisfied(&text[open + 1..close], allowed) { "YES" } else { "NO" };
        text.replace_range(open..=close, word);
    }
    let licence = |name: &str| match name.trim() {
        "YES" => true,
        "NO" => false,
        other => allowed.contains(other),
    };
    text.split(" OR ").any(|choice| choice.split(" AND ").all(licence))
}

#[test]
fn no_banned_crate_is_locked() {
    let deny = read("deny.toml");
    let banned = banned(&deny);
    for name in
        ["aws-lc-rs", "openssl-sys", "native-tls", "tokio-tar", "serde_yaml", "serde_yml", "cabac"]
    {
        assert!(banned.contains(&name), "deny.toml no longer bans {name}");
    }
    let lock = read("Cargo.lock");
    let locked = locked(&lock);
    assert!(locked.iter().any(|package| package.name == "serde"), "the lock file is read");
    let found: Vec<_> = locked
        .iter()
        .map(|package| package.name.as_str())
        .filter(|name| banned.contains(name))
        .collect();
    assert!(found.is_empty(), "banned crates are locked: {found:?}");
}

#[test]
fn everything_foreign_is_from_one_registry_with_a_checksum() {
    let lock = read("Cargo.lock");
    let mut registries = BTreeSet::new();
    for package in locked(&lock) {
        let Some(source) = package.source else {
            assert!(
                package.name == "xtask" || package.name.starts_with("ferry-"),
                "{} has no source and is none of ours",
                package.name
            );
            continue;
        };
        assert!(source.starts_with("registry+"), "{} comes from {source}", package.name);
        assert!(package.checksum.is_some(), "{} has no checksum", package.name);
        registries.insert(source);
    }
    assert_eq!(registries.len(), 1, "{registries:?}");
}

#[test]
fn every_licence_is_allowed() {
    let deny = read("deny.toml");
    let (allowed, clarified) = (allowed_licences(&deny), clarified(&deny));
    let out = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let metadata: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 50, "only {} packages", packages.len());
    let mut faults = Vec::new();
    for package in packages {
        let name = package["name"].as_str().expect("a name");
        match package["license"].as_str() {
            Some(licence) if satisfied(licence, &allowed) => {}
            None if clarified.contains(name) => {}
            licence => faults.push(format!("{name}: {}", licence.unwrap_or("no licence"))),
        }
    }
    assert!(
        faults.is_empty(),
        "licences that deny.toml does not allow:\n  {}",
        faults.join("\n  ")
    );
}

#[test]
fn a_licence_expression_is_evaluated() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0"]);
    for expression in
        ["MIT", "GPL-2.0 OR MIT", "MIT/Apache-2.0", "(GPL-2.0 OR Apache-2.0) AND Unicode-3.0"]
    {
        assert!(satisfied(expression, &allowed), "{expression}");
    }
    for expression in ["GPL-2.0", "MIT AND GPL-2.0", "(MIT OR ISC) AND LGPL-3.0", ""] {
        assert!(!satisfied(expression, &allowed), "{expression}");
    }
}

#[test]
fn a_lock_file_is_read_package_by_package() {
    let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"git+x\"\n\n\
                [[package]]\nname = \"b\"\nchecksum = \"00\"\n";
    let a = Locked { name: "a".into(), source: Some("git+x".into()), checksum: None };
    let b = Locked { name: "b".into(), source: None, checksum: Some("00".into()) };
    assert_eq!(locked(lock), [a, b]);
}
