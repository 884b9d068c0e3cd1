//! `ferry repo index`.

use std::path::PathBuf;

use clap::Args;
use ops::RepoIndexOptions;

use crate::commands::repository_failure::{conclude, wrong_count};
use crate::commands::repository_flags::{HelmFileArgs, with_helm_files};
use crate::console::Console;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Write the index.yaml of a directory of packaged charts
#[derive(Args, Clone, Debug)]
pub(crate) struct RepoIndexArgs {
    /// The directory
    #[arg(value_name = "DIR")]
    arguments: Vec<PathBuf>,
    /// What the addresses of charts start with
    #[arg(long, value_name = "URL", default_value = "", hide_default_value = true)]
    url: String,
    /// Index whose entries are kept unless a chart of the directory replaces them
    #[arg(long, value_name = "FILE")]
    merge: Option<PathBuf>,
    /// Write JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    files: HelmFileArgs,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "为存放 chart 包的目录生成 index.yaml",
    long: None,
    args: with_helm_files! {
        "arguments" => "目录",
        "url" => "chart 地址的前缀",
        "merge" => "已有的索引文件：保留其中未被目录中的 chart 取代的条目",
        "json" => "输出 JSON",
    },
};

pub(crate) fn run(args: &RepoIndexArgs, console: &Console) -> Result<ExitCode, Failure> {
    let [directory] = args.arguments.as_slice() else {
        let failure = wrong_count("repo index", "requires 1 argument", "[DIR] [flags]");
        return conclude(console, &[], Err(failure));
    };
    let options = RepoIndexOptions {
        directory: directory.clone(),
        url: args.url.clone(),
        merge: args.merge.clone(),
        json: args.json,
    };
    let mut warnings = Vec::new();
    let outcome = ops::repo_index(&options, &mut warnings);
    conclude(console, &warnings, outcome)
}
