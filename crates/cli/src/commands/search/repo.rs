//! `ferry search repo`.

use std::path::PathBuf;

use clap::Args;
use ops::{
    FoundChart, HelmAccess, HelmFailure, HelmWarning, Problem, ProblemKind, SearchOptions, Secret,
};

use crate::commands::repository_failure::conclude;
use crate::commands::repository_flags::{HelmFileArgs, access, with_helm_files};
use crate::commands::repository_runtime::wait;
use crate::commands::repository_table::{Setting, is_east_asian, json, yaml};
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;
use crate::output::OutputFormat;

/// Search the cached indexes of repositories, or list the versions of a chart in a registry
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of helm's")]
pub(crate) struct SearchRepoArgs {
    /// Words to look for; oci://host/path/chart lists that chart's versions
    #[arg(value_name = "KEYWORD")]
    keywords: Vec<String>,
    /// All versions, each on a line of its own
    #[arg(short = 'l', long)]
    versions: bool,
    /// Only versions that satisfy this constraint
    #[arg(long, value_name = "CONSTRAINT", default_value = "", hide_default_value = true)]
    version: String,
    /// Pre-releases too
    #[arg(long)]
    devel: bool,
    /// The keyword is a regular expression
    #[arg(short = 'r', long)]
    regexp: bool,
    /// The widest column of the table; 0 is no limit
    #[arg(long, value_name = "COLUMNS", default_value_t = 50)]
    max_col_width: usize,
    /// Fail when nothing is found
    #[arg(long)]
    fail_on_no_result: bool,
    /// User name of the registry
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    username: String,
    /// Password of the registry
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// PEM file with certificate authorities to trust
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Do not verify the registry's certificate
    #[arg(long)]
    insecure_skip_tls_verify: bool,
    /// Speak plain HTTP to the registry
    #[arg(long)]
    plain_http: bool,
    #[command(flatten)]
    files: HelmFileArgs,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "在已缓存的仓库索引中搜索，或列出镜像仓库中某个 chart 的版本",
    long: None,
    args: with_helm_files! {
        "keywords" => "关键字；oci://host/path/chart 则列出该 chart 的版本",
        "versions" => "列出所有版本，每个一行",
        "version" => "只列出满足此约束的版本",
        "devel" => "包括预发布版本",
        "regexp" => "关键字是正则表达式",
        "max_col_width" => "表格的最大列宽；0 表示不限",
        "fail_on_no_result" => "没有结果时以失败结束",
        "username" => "镜像仓库的用户名",
        "password" => "镜像仓库的密码",
        "ca_file" => "要信任的 CA 证书（PEM 文件）",
        "insecure_skip_tls_verify" => "不校验镜像仓库的证书",
        "plain_http" => "以明文 HTTP 访问镜像仓库",
    },
};

pub(crate) fn run(
    args: &SearchRepoArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let mut warnings = Vec::new();
    let found = match search(args, environment, &mut warnings) {
        Ok(found) if found.is_empty() && args.fail_on_no_result => {
            let problem =
                Problem::error(ProblemKind::SearchNothingFound, args.keywords.join(" "), "");
            Err(HelmFailure::new("no results found", problem))
        }
        other => other,
    };
    match found {
        Ok(found) => {
            console.print(&shown(&found, args, console, environment))?;
            conclude(console, &warnings, Ok(()))
        }
        Err(failure) => conclude(console, &warnings, Err(failure)),
    }
}

fn search(
    args: &SearchRepoArgs,
    environment: &Environment,
    warnings: &mut Vec<HelmWarning>,
) -> Result<Vec<FoundChart>, HelmFailure> {
    let options = SearchOptions {
        keyword: args.keywords.join(" "),
        regexp: args.regexp,
        versions: args.versions,
        devel: args.devel,
        version: args.version.clone(),
    };
    let files = args.files.files(environment);
    if !options.keyword.starts_with("oci://") {
        return ops::search_repositories(&options, &files, warnings);
    }
    let access = HelmAccess {
        username: args.username.clone(),
        password: args.password.clone().map(Secret::from),
        ca_file: args.ca_file.clone(),
        insecure: args.insecure_skip_tls_verify,
        plain_http: args.plain_http,
        ..access(environment)
    };
    wait(ops::search_registry(&options, &access, &files))
}

fn shown(
    found: &[FoundChart],
    args: &SearchRepoArgs,
    console: &Console,
    environment: &Environment,
) -> String {
    let row = |chart: &'_ FoundChart| {
        let FoundChart { name, version, app_version, description } = chart.clone();
        [
            ("name", name),
            ("version", version),
            ("app_version", app_version),
            ("description", description),
        ]
    };
    let rows: Vec<_> = found.iter().map(row).collect();
    let fields: Vec<Vec<(&str, &str)>> = rows
        .iter()
        .map(|row| row.iter().map(|(key, text)| (*key, text.as_str())).collect())
        .collect();
    match console.output {
        OutputFormat::Json => json(&fields),
        OutputFormat::Yaml => yaml(&fields),
        OutputFormat::Table if found.is_empty() => "No results found\n".to_owned(),
        OutputFormat::Table => {
            let heading =
                ["NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION"].map(str::to_owned).to_vec();
            let cells = rows.into_iter().map(|row| row.map(|(_, text)| text).to_vec());
            let table: Vec<Vec<String>> = std::iter::once(heading).chain(cells).collect();
            let is_east_asian = is_east_asian(environment);
            Setting { widest: args.max_col_width, is_east_asian }.table(&table)
        }
    }
}
