//! `ferry version`.

use clap::Args;
use serde::Serialize;

use crate::console::Console;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Print the version
#[derive(Args, Clone, Debug)]
pub(crate) struct VersionArgs {}

pub(crate) const HELP: HelpTable = HelpTable { about: "打印版本", long: None, args: &[] };

#[derive(Serialize)]
struct VersionReport {
    name: &'static str,
    version: &'static str,
    os: &'static str,
    architecture: &'static str,
}

pub(crate) fn run(_: &VersionArgs, console: &Console) -> Result<ExitCode, Failure> {
    let report = VersionReport {
        name: "ferry",
        version: env!("CARGO_PKG_VERSION"),
        os: std::env::consts::OS,
        architecture: std::env::consts::ARCH,
    };
    console.print_report(&report, || {
        format!("{} {} ({}/{})\n", report.name, report.version, report.os, report.architecture)
    })?;
    Ok(ExitCode::Success)
}
