//! `ferry repo update`.

use std::fmt::Write as _;

use clap::Args;
use ops::{HelmFailure, HelmWarning, RepoUpdated};

use crate::commands::repository_failure::conclude;
use crate::commands::repository_flags::{HelmFileArgs, access, limited, with_helm_files};
use crate::commands::repository_runtime::wait;
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Read the indexes of chart repositories anew
#[derive(Args, Clone, Debug)]
pub(crate) struct RepoUpdateArgs {
    /// Aliases of repositories; without any, all of them
    #[arg(value_name = "REPO")]
    repositories: Vec<String>,
    /// How long to wait for an index, such as 2m0s
    #[arg(long, value_name = "DURATION")]
    timeout: Option<String>,
    #[command(flatten)]
    files: HelmFileArgs,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "重新读取 chart 仓库的索引",
    long: None,
    args: with_helm_files! {
        "repositories" => "仓库别名；不给出则更新全部",
        "timeout" => "等待索引的时间，例如 2m0s",
    },
};

pub(crate) fn run(
    args: &RepoUpdateArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let mut warnings = Vec::new();
    match update(args, environment, &mut warnings) {
        Ok(updated) => {
            let (said, outcome) = told(&updated);
            console.print(&said)?;
            conclude(console, &warnings, outcome)
        }
        Err(failure) => conclude(console, &warnings, Err(failure)),
    }
}

fn update(
    args: &RepoUpdateArgs,
    environment: &Environment,
    warnings: &mut Vec<HelmWarning>,
) -> Result<Vec<RepoUpdated>, HelmFailure> {
    let access = limited(access(environment), args.timeout.as_deref())?;
    wait(ops::repo_update(&args.repositories, &access, &args.files.files(environment), warnings))
}

fn told(updated: &[RepoUpdated]) -> (String, Result<(), HelmFailure>) {
    let mut said =
        "Hang tight while we grab the latest from your chart repositories...\n".to_owned();
    let (mut problems, mut urls) = (Vec::new(), Vec::new());
    for RepoUpdated { name, url, failure } in updated {
        let _ = match failure {
            None => {
                writeln!(said, "...Successfully got an update from the {name:?} chart repository")
            }
            Some((line, problem)) => {
                problems.push(problem.clone());
                urls.push(url.as_str());
                writeln!(
                    said,
                    "...Unable to get an update from the {name:?} chart repository ({url}):\n\t{line}"
                )
            }
        };
    }
    if problems.is_empty() {
        said.push_str("Update Complete. ⎈Happy Helming!⎈\n");
        return (said, Ok(()));
    }
    let line = format!("failed to update the following repositories: [{}]", urls.join(" "));
    (said, Err(HelmFailure { line, problems, said: String::new() }))
}
