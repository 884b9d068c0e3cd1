//! `ferry chart`.

pub(crate) mod diff;

use clap::{Args, Subcommand};

use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Work with charts
#[derive(Args, Clone, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct ChartArgs {
    #[command(subcommand)]
    command: ChartCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum ChartCommand {
    Diff(Box<diff::DiffArgs>),
}

pub(crate) const HELP: HelpTable = HelpTable { about: "处理 chart", long: None, args: &[] };

pub(crate) fn run(
    args: &ChartArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    match &args.command {
        ChartCommand::Diff(args) => diff::run(args, console, environment),
    }
}
