//! `ferry repo remove`.

use clap::Args;

use crate::commands::repository_failure::{conclude, wrong_count};
use crate::commands::repository_flags::{HelmFileArgs, with_helm_files};
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Remove chart repositories
#[derive(Args, Clone, Debug)]
pub(crate) struct RepoRemoveArgs {
    /// Aliases of repositories
    #[arg(value_name = "REPO")]
    repositories: Vec<String>,
    #[command(flatten)]
    files: HelmFileArgs,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "删除 chart 仓库",
    long: None,
    args: with_helm_files! { "repositories" => "仓库别名" },
};

pub(crate) fn run(
    args: &RepoRemoveArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    if args.repositories.is_empty() {
        let usage = "[REPO1 [REPO2 ...]] [flags]";
        let failure = wrong_count("repo remove", "requires at least 1 argument", usage);
        return conclude(console, &[], Err(failure));
    }
    match ops::repo_remove(&args.repositories, &args.files.files(environment)) {
        Ok(said) => {
            console.print(&said)?;
            Ok(ExitCode::Success)
        }
        Err(failure) => conclude(console, &[], Err(failure)),
    }
}
