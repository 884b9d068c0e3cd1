//! Writes the fixtures into a directory, to look at them:
//! `cargo run -p ferry-testkit --example fixtures -- DIR [DIVISOR]`. With a divisor, the bench bundle too, so many times
//! smaller.

use std::fs;
use std::path::PathBuf;

use testkit::{Arch, BigBundle, Kairship, Version};

fn main() {
    let dir = PathBuf::from(std::env::args_os().nth(1).expect("give a directory"));
    for version in [Version::V0_20_0, Version::V0_21_0] {
        for arch in [Arch::Amd64, Arch::Arm64] {
            let kairship = Kairship::new(version, arch);
            let package = kairship.write_package(&dir);
            kairship.bundle().write_unpacked(&package.with_extension("unpacked"));
        }
        let tgz = Kairship::new(version, Arch::Amd64).chart().tgz("kairship");
        fs::write(dir.join(format!("kairship-{}.tgz", version.as_str())), tgz)
            .expect("the directory is writable");
    }
    if let Some(divisor) = std::env::args().nth(2) {
        let divisor = divisor.parse().expect("the divisor is a number");
        BigBundle::bench().scaled(divisor).write_package(&dir).expect("the directory is writable");
    }
}
