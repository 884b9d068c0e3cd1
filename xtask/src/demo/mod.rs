//! `cargo xtask demo`: the runbook's 方式一 from end to end, on loopback, with nothing but this workspace.

mod arrival;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use testkit::{Arch, Kairship, Version};

use crate::failure::{Attempt, Failure, Result};
use crate::package::Package;
use crate::process::{self, Bounded};
use crate::proof::{self, Depth};
use crate::server;
use crate::workspace;

/// The runbook's own file, byte for byte, with the `auth` that is not nested.
const LOAD_IMAGE: &str = include_str!("load-image.yaml");

/// The address that stands in [`LOAD_IMAGE`].
const RUNBOOK_ADDRESS: &str = "10.16.10.111";

const BUILD_LIMIT: Duration = Duration::from_mins(20);
const LOOK_LIMIT: Duration = Duration::from_secs(30);
const SYNC_LIMIT: Duration = Duration::from_mins(2);

/// Runs the demo; every step that fails ends it.
pub(crate) fn run() -> Result<()> {
    heading("building ferry");
    let ferry = build()?;
    let dir = tempfile::tempdir().attempt(|| "cannot create a directory".into())?;

    heading("making the package as it would be downloaded");
    let package = make_package(&dir.path().join("kairship"));
    println!(
        "  {} ({} bytes)",
        package.display(),
        fs::metadata(&package).map_or(0, |file| file.len())
    );

    heading("what it would run: ferry images");
    let listed = shown(&ferry, dir.path(), &["images".as_ref(), package.as_os_str()])?;
    println!("{}", indented(&listed));
    let before = dir.path().join("kairship-0.20.0.tgz");
    let chart = Kairship::new(Version::V0_20_0, Arch::Amd64).chart().tgz("kairship");
    fs::write(&before, chart).attempt(|| "cannot write the older chart".into())?;

    heading("what changes from the version before: ferry chart diff");
    let line = ["chart".as_ref(), "diff".as_ref(), before.as_os_str(), package.as_os_str()];
    let changes = shown(&ferry, dir.path(), &line)?;
    println!("{}", indented(&changes));
    told(&changes)?;

    heading("starting a registry and chart repository: ferry serve");
    let account = Some((arrival::USER, arrival::PASSWORD));
    let server = server::start_ferry(&ferry, &dir.path().join("registry"), dir.path(), account)?;
    println!("  listening on http://{}, for {} only", server.address(), arrival::USER);

    heading("the runbook's load-image.yaml, only the address is another");
    let config = LOAD_IMAGE.replace(RUNBOOK_ADDRESS, &server.address().to_string());
    fs::write(dir.path().join("load-image.yaml"), &config)
        .attempt(|| "cannot write load-image.yaml".into())?;
    println!("{}", indented(&config));

    heading("ferry sync --config load-image.yaml");
    sync(&ferry, dir.path())?;

    heading("pulling all of it back");
    let package = Package::open(&package)?;
    let target = (server.address(), "release.daocloud.io/kairship");
    let compared = proof::images(&package, target, Some(arrival::AUTHORIZATION), Depth::Fetched)?;
    println!(
        "  {} images, {} blobs, {} bytes: digests and sizes as in the package",
        package.images.len(),
        compared.blobs,
        compared.bytes
    );
    let chart = arrival::chart(server.address(), "/chartrepo/release.daocloud.io", "kairship")?;
    arrival::with_peers(&package, target, &chart)?;
    server.stop();
    println!("\nall of it arrived");
    Ok(())
}

/// What a command that only looks prints.
fn shown(ferry: &Path, dir: &Path, line: &[&OsStr]) -> Result<String> {
    let mut command = Command::new(ferry);
    command.args(line).current_dir(dir).env("HOME", dir.join("home")).env("LANG", "C");
    process::run_ok(&mut command, LOOK_LIMIT)
}

/// That the comparison names what the look-alike's two versions differ in.
fn told(changes: &str) -> Result<()> {
    let expected = ["kairship-ui  v0.15.1 → v0.16.0", "instances.kairship.io", "ui.image.tag"];
    match expected.iter().find(|part| !changes.contains(**part)) {
        None => Ok(()),
        Some(part) => Err(Failure::new(format!("ferry chart diff does not tell of {part}"))),
    }
}

fn heading(text: &str) {
    println!("\n==> {text}");
}

fn indented(text: &str) -> String {
    text.lines().map(|line| ["  ", line, "\n"].concat()).collect()
}

/// The dev profile: the tests use it too, so nothing is compiled twice, and hashing and gzip are optimised in it.
fn build() -> Result<PathBuf> {
    let mut cargo = Command::new(workspace::cargo());
    cargo.args(["build", "--locked", "--package", "ferry-cli"]).current_dir(workspace::root());
    if !Bounded::spawn(&mut cargo)?.wait(BUILD_LIMIT)?.success() {
        return Err(Failure::new(format!("`{}` failed", process::shown(&cargo))));
    }
    Ok(workspace::target().join("debug/ferry"))
}

fn make_package(dir: &Path) -> PathBuf {
    Kairship::new(Version::V0_21_0, Arch::Amd64).write_package(dir)
}

/// With a home directory of its own: what the demo leaves behind goes with it.
fn sync(ferry: &Path, dir: &Path) -> Result<()> {
    let mut command = Command::new(ferry);
    command
        .args(["sync", "--config", "load-image.yaml"])
        .current_dir(dir)
        .env("HOME", dir.join("home"));
    for variable in ["XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "DOCKER_CONFIG"] {
        command.env_remove(variable);
    }
    let status = Bounded::spawn(&mut command)?.wait(SYNC_LIMIT)?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("ferry sync ended with {status}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runbooks_file_still_has_its_mistake() {
        assert!(LOAD_IMAGE.contains("    auth:\n    username: \"admin\""));
        assert_eq!(LOAD_IMAGE.matches(RUNBOOK_ADDRESS).count(), 2);
    }
}
