//! `ferry registry`.

pub(crate) mod login;
pub(crate) mod logout;

use clap::{Args, Subcommand};

use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Log in to and out of registries
#[derive(Args, Clone, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct RegistryArgs {
    #[command(subcommand)]
    command: RegistryCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum RegistryCommand {
    Login(login::RegistryLoginArgs),
    Logout(logout::RegistryLogoutArgs),
}

pub(crate) const HELP: HelpTable =
    HelpTable { about: "登录和退出镜像仓库", long: None, args: &[] };

pub(crate) fn run(
    args: &RegistryArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    match &args.command {
        RegistryCommand::Login(args) => login::run(args, console, environment),
        RegistryCommand::Logout(args) => logout::run(args, console, environment),
    }
}
