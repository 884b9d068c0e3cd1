//! `ferry config`.

pub(crate) mod check;
mod replace;

use clap::{Args, Subcommand};

use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Work with configuration files
#[derive(Args, Clone, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum ConfigCommand {
    Check(check::CheckArgs),
}

pub(crate) const HELP: HelpTable = HelpTable { about: "处理配置文件", long: None, args: &[] };

pub(crate) fn run(
    args: &ConfigArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    match &args.command {
        ConfigCommand::Check(args) => check::run(args, console, environment),
    }
}
