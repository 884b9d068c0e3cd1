//! `ferry repo`: helm's list of chart repositories.

pub(crate) mod add;
pub(crate) mod index;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod update;

use clap::{Args, Subcommand};

use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Add, list, remove, update and index chart repositories, as helm does
#[derive(Args, Clone, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct RepoArgs {
    #[command(subcommand)]
    command: RepoCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum RepoCommand {
    Add(add::RepoAddArgs),
    #[command(alias = "ls")]
    List(list::RepoListArgs),
    #[command(alias = "up")]
    Update(update::RepoUpdateArgs),
    #[command(alias = "rm")]
    Remove(remove::RepoRemoveArgs),
    Index(index::RepoIndexArgs),
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "添加、列出、删除、更新和索引 chart 仓库，用法与 helm 相同",
    long: None,
    args: &[],
};

pub(crate) fn run(
    args: &RepoArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    match &args.command {
        RepoCommand::Add(args) => add::run(args, console, environment),
        RepoCommand::List(args) => list::run(args, console, environment),
        RepoCommand::Update(args) => update::run(args, console, environment),
        RepoCommand::Remove(args) => remove::run(args, console, environment),
        RepoCommand::Index(args) => index::run(args, console),
    }
}
