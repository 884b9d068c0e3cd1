//! `ferry search`.

pub(crate) mod repo;

use clap::{Args, Subcommand};

use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Search for charts
#[derive(Args, Clone, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct SearchArgs {
    #[command(subcommand)]
    command: SearchCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum SearchCommand {
    Repo(repo::SearchRepoArgs),
}

pub(crate) const HELP: HelpTable = HelpTable { about: "搜索 chart", long: None, args: &[] };

pub(crate) fn run(
    args: &SearchArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    match &args.command {
        SearchCommand::Repo(args) => repo::run(args, console, environment),
    }
}
