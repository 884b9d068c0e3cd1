//! `ferry dependency`: the charts that a chart needs.

use std::time::SystemTime;

use clap::{Args, Subcommand};
use ops::{DependencyOptions, Refusal};

use super::chart_refusal::{refuse, usage};
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// List, build or update the charts that a chart needs, as Helm does
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true, arg_required_else_help = true)]
pub(crate) struct DependencyArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// List the dependencies of a chart and how they stand
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Put into charts/ what the lock file says
    Build(FetchArgs),
    /// Put into charts/ what Chart.yaml says, and write the lock file
    #[command(visible_alias = "up")]
    Update(FetchArgs),
}

#[derive(Args, Clone, Debug)]
struct ListArgs {
    /// Chart's directory; default: the current one
    #[arg(value_name = "CHART")]
    charts: Vec<String>,
    /// Widest column; 0: as wide as need be
    #[arg(long, value_name = "NUMBER", default_value_t = 80)]
    max_col_width: usize,
}

#[derive(Args, Clone, Debug)]
struct FetchArgs {
    /// Chart's directory; default: the current one
    #[arg(value_name = "CHART")]
    charts: Vec<String>,
    /// Without effect: nothing is refreshed
    #[arg(long, hide = true)]
    skip_refresh: bool,
    /// Refused: charts are local
    #[arg(long, hide = true)]
    verify: bool,
}

pub(crate) const HELP: HelpTable =
    HelpTable {
        about: "像 Helm 一样列出、构建或更新 chart 的依赖", long: None, args: &[]
    };
pub(crate) const HELP_LIST: HelpTable = HelpTable {
    about: "列出 chart 的依赖及其状态",
    long: None,
    args: &[("charts", "chart 目录；默认为当前目录"), ("max_col_width", "最大列宽；0 表示不限")],
};
pub(crate) const HELP_BUILD: HelpTable = fetch("按锁文件放入 charts/");
pub(crate) const HELP_UPDATE: HelpTable = fetch("按 Chart.yaml 放入 charts/，并写入锁文件");

const fn fetch(about: &'static str) -> HelpTable {
    HelpTable {
        about,
        long: None,
        args: &[
            ("charts", "chart 目录；默认为当前目录"),
            ("skip_refresh", "没有影响：不刷新任何内容"),
            ("verify", "不支持：chart 须在本地"),
        ],
    }
}

pub(crate) fn run(
    args: &DependencyArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    match output(&args.what, environment) {
        Ok(output) => {
            console.print(&output)?;
            Ok(ExitCode::Success)
        }
        Err(refusal) => Ok(refuse(console, &refusal)),
    }
}

fn output(what: &What, environment: &Environment) -> Result<String, Refusal> {
    let directory = &environment.directory;
    match what {
        What::List(args) => {
            ops::list_dependencies(one(&args.charts, "list")?, directory, args.max_col_width)
        }
        What::Build(args) => ops::build_dependencies(&options(args, "build", environment)?),
        What::Update(args) => ops::update_dependencies(&options(args, "update", environment)?),
    }
}

fn options(
    args: &FetchArgs,
    word: &str,
    environment: &Environment,
) -> Result<DependencyOptions, Refusal> {
    if args.verify {
        return Err(Refusal::of_flag("--verify", ""));
    }
    Ok(DependencyOptions {
        chart: one(&args.charts, word)?.to_owned(),
        directory: environment.directory.clone(),
        now: humantime::format_rfc3339_nanos(SystemTime::now()).to_string(),
    })
}

/// The chart that is named, or the current directory.
fn one<'a>(charts: &'a [String], word: &str) -> Result<&'a str, Refusal> {
    match charts {
        [] => Ok("."),
        [chart] => Ok(chart),
        _ => Err(usage(format!(
            "\"helm dependency {word}\" accepts at most 1 argument\n\nUsage:  helm dependency {word} CHART [flags]"
        ))),
    }
}
