//! `cargo xtask dist`: the static binary, as it is shipped.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::failure::{Attempt, Failure, Result};
use crate::process::{self, Bounded};
use crate::workspace;

/// The only target whose standard library the toolchain brings; `crt-static` makes glibc part of the binary.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Thin LTO of the whole takes 4–6 minutes on two cores.
const LIMIT: Duration = Duration::from_mins(30);

/// Builds the binary, checks that it is static and runs, and returns where it is.
pub(crate) fn build() -> Result<PathBuf> {
    let mut cargo = Command::new(workspace::cargo());
    cargo.args(["build", "--locked", "--profile", "dist", "--target", TARGET, "-p", "ferry-cli"]);
    cargo.current_dir(workspace::root()).env("RUSTFLAGS", "-C target-feature=+crt-static");
    if !Bounded::spawn(&mut cargo)?.wait(LIMIT)?.success() {
        return Err(Failure::new(format!("`{}` failed", process::shown(&cargo))));
    }
    let binary = workspace::target().join(TARGET).join("dist/ferry");
    check_static(&binary)?;
    process::run_ok(Command::new(&binary).arg("--version"), Duration::from_secs(10))?;
    Ok(binary)
}

/// Size of a file in bytes.
pub(crate) fn size(file: &PathBuf) -> Result<u64> {
    Ok(fs::metadata(file).attempt(|| format!("cannot look at {}", file.display()))?.len())
}

fn check_static(binary: &PathBuf) -> Result<()> {
    let said = process::run(Command::new("ldd").arg(binary), Duration::from_secs(10))?.output;
    if is_static(&said) {
        return Ok(());
    }
    Err(Failure::new(format!("{} is not static; ldd says:\n{said}", binary.display())))
}

/// `ldd` has two sentences for a static binary, by whether it is position-independent.
fn is_static(ldd: &str) -> bool {
    ["statically linked", "not a dynamic executable"].iter().any(|words| ldd.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_libraries_is_not_static() {
        assert!(is_static("\tstatically linked\n"));
        assert!(is_static("\tnot a dynamic executable\n"));
        assert!(!is_static("\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n"));
        assert!(!is_static("ldd: no such file"));
    }
}
