//! `ferry package`: charts' directories as archives.

use clap::Args;
use ops::{PackageOptions, Refusal};

use super::chart_refusal::{refuse, usage};
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Pack charts as Helm does; the same chart gives the same bytes
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub(crate) struct PackageArgs {
    /// Directory of a chart (can be repeated)
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// Where the archives go
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    destination: String,
    /// Put this version into the chart
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Put this version of what it installs into the chart
    #[arg(long, value_name = "VERSION")]
    app_version: Option<String>,
    /// Refused: use `ferry dependency update`
    #[arg(short = 'u', long, hide = true)]
    dependency_update: bool,
    /// Refused: Ferry has no signing key
    #[arg(long, hide = true)]
    sign: bool,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "像 Helm 一样打包 chart；相同的 chart 得到相同的字节",
    long: None,
    args: &[
        ("paths", "chart 目录（可重复）"),
        ("destination", "归档的存放目录"),
        ("version", "写入 chart 的版本"),
        ("app_version", "写入 chart 的应用版本"),
        ("dependency_update", "不支持：请用 `ferry dependency update`"),
        ("sign", "不支持：ferry 没有签名密钥"),
    ],
};

pub(crate) fn run(
    args: &PackageArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    if let Err(refusal) = check(args) {
        return Ok(refuse(console, &refusal));
    }
    for path in &args.paths {
        let options = PackageOptions {
            path: path.clone(),
            directory: environment.directory.clone(),
            destination: args.destination.clone(),
            version: args.version.clone(),
            app_version: args.app_version.clone(),
        };
        match ops::package(&options) {
            Ok(path) => {
                let line = format!("Successfully packaged chart and saved it to: {path}\n");
                console.print(&line)?;
            }
            Err(refusal) => return Ok(refuse(console, &refusal)),
        }
    }
    Ok(ExitCode::Success)
}

fn check(args: &PackageArgs) -> Result<(), Refusal> {
    if args.paths.is_empty() {
        return Err(usage("need at least one argument, the path to the chart".to_owned()));
    }
    if args.dependency_update {
        return Err(Refusal::of_flag("--dependency-update", ""));
    }
    if args.sign {
        return Err(Refusal::of_flag("--sign", ""));
    }
    Ok(())
}
