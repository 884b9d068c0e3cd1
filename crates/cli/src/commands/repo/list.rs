//! `ferry repo list`.

use clap::Args;

use crate::commands::repository_failure::{conclude, wrong_count};
use crate::commands::repository_flags::{HelmFileArgs, with_helm_files};
use crate::commands::repository_table::{Setting, is_east_asian, json, yaml};
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;
use crate::output::OutputFormat;

/// List chart repositories
#[derive(Args, Clone, Debug)]
pub(crate) struct RepoListArgs {
    /// Takes none
    #[arg(hide = true)]
    arguments: Vec<String>,
    /// Leave out the headings
    #[arg(long)]
    no_headers: bool,
    #[command(flatten)]
    files: HelmFileArgs,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "列出 chart 仓库",
    long: None,
    args: with_helm_files! {
        "arguments" => "不接受参数",
        "no_headers" => "不打印表头",
    },
};

pub(crate) fn run(
    args: &RepoListArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    if !args.arguments.is_empty() {
        let failure = wrong_count("repo list", "accepts no arguments", "[flags]");
        return conclude(console, &[], Err(failure));
    }
    let list = ops::repo_list(&args.files.files(environment));
    let rows: Vec<_> =
        list.iter().map(|entry| vec![("name", entry.name.as_str()), ("url", &entry.url)]).collect();
    let text = match console.output {
        OutputFormat::Json => json(&rows),
        OutputFormat::Yaml => yaml(&rows),
        OutputFormat::Table if rows.is_empty() => {
            // helm says so and does not call it a failure.
            console.tell("no repositories to show\n\n");
            let none = ops::Problem::info(ops::ProblemKind::RepositoriesNone, "", "");
            console.explain_on_stderr(&ops::Error::new(ops::Phase::Read, none));
            return Ok(ExitCode::Success);
        }
        OutputFormat::Table => {
            let heading = ["NAME", "URL"].map(str::to_owned).to_vec();
            let cells =
                |row: &Vec<(&str, &str)>| row.iter().map(|(_, cell)| (*cell).to_owned()).collect();
            let head = (!args.no_headers).then_some(heading);
            let table: Vec<Vec<String>> = head.into_iter().chain(rows.iter().map(cells)).collect();
            Setting { widest: 0, is_east_asian: is_east_asian(environment) }.table(&table)
        }
    };
    console.print(&text)?;
    Ok(ExitCode::Success)
}
