//! `ferry registry logout`.

use clap::Args;

use crate::commands::repository_failure::{conclude, wrong_count};
use crate::commands::repository_flags::{HelmFileArgs, with_helm_files};
use crate::commands::repository_runtime::wait;
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Remove the stored credentials of a registry
#[derive(Args, Clone, Debug)]
pub(crate) struct RegistryLogoutArgs {
    /// The registry: HOST or HOST:PORT
    #[arg(value_name = "HOST")]
    arguments: Vec<String>,
    #[command(flatten)]
    files: HelmFileArgs,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "删除保存的镜像仓库凭据",
    long: None,
    args: with_helm_files! { "arguments" => "镜像仓库：HOST 或 HOST:PORT" },
};

pub(crate) fn run(
    args: &RegistryLogoutArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let Some(host) = args.arguments.first() else {
        let usage = "[host] [flags]";
        let failure = wrong_count("registry logout", "requires at least 1 argument", usage);
        return conclude(console, &[], Err(failure));
    };
    let outcome = wait(ops::registry_logout(host, &args.files.files(environment)));
    if outcome.is_ok() {
        console.print(&format!("Removing login credentials for {host}\n"))?;
    }
    conclude(console, &[], outcome)
}
