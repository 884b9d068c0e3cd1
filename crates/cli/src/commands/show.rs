//! `ferry show`: what a chart says about itself.

use clap::{Args, Subcommand};
use ops::{Refusal, Shown};

use super::chart_refusal::{exactly_one, refuse};
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Show a chart's metadata, values, introduction or CRDs, as Helm does
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true, arg_required_else_help = true)]
pub(crate) struct ShowArgs {
    #[command(subcommand)]
    part: Part,
}

#[derive(Clone, Debug, Subcommand)]
enum Part {
    /// Show the metadata of a chart
    Chart(OneChart),
    /// Show the default values of a chart
    Values(ValuesOfChart),
    /// Show the introduction of a chart
    Readme(OneChart),
    /// Show the CRDs of a chart
    Crds(OneChart),
    /// Show all of it
    All(OneChart),
}

#[derive(Args, Clone, Debug)]
struct OneChart {
    /// Chart: a directory, a .tgz or a package
    #[arg(value_name = "CHART")]
    charts: Vec<String>,
    /// Without effect on a local chart
    #[arg(long, hide = true, value_name = "VERSION")]
    version: Option<String>,
    /// Without effect on a local chart
    #[arg(long, hide = true)]
    devel: bool,
    /// Refused: charts are local
    #[arg(long, hide = true, value_name = "URL")]
    repo: Option<String>,
}

#[derive(Args, Clone, Debug)]
struct ValuesOfChart {
    #[command(flatten)]
    chart: OneChart,
    /// Refused: print the values and take from them what you need
    #[arg(long, hide = true, value_name = "PATH")]
    jsonpath: Option<String>,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "像 Helm 一样显示 chart 的元数据、values、说明或 CRD",
    long: None,
    args: &[],
};
pub(crate) const HELP_CHART: HelpTable = one("显示 chart 的元数据");
pub(crate) const HELP_README: HelpTable = one("显示 chart 的说明");
pub(crate) const HELP_CRDS: HelpTable = one("显示 chart 的 CRD");
pub(crate) const HELP_ALL: HelpTable = one("显示以上全部内容");
pub(crate) const HELP_VALUES: HelpTable = HelpTable {
    about: "显示 chart 的默认 values",
    long: None,
    args: &[
        ("charts", "chart：目录、.tgz 或离线包"),
        ("version", "对本地 chart 没有影响"),
        ("devel", "对本地 chart 没有影响"),
        ("repo", "不支持：chart 须在本地"),
        ("jsonpath", "不支持：请打印 values 后再取所需内容"),
    ],
};

const fn one(about: &'static str) -> HelpTable {
    HelpTable {
        about,
        long: None,
        args: &[
            ("charts", "chart：目录、.tgz 或离线包"),
            ("version", "对本地 chart 没有影响"),
            ("devel", "对本地 chart 没有影响"),
            ("repo", "不支持：chart 须在本地"),
        ],
    }
}

pub(crate) fn run(
    args: &ShowArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    match text(&args.part, environment) {
        Ok(text) => {
            console.print(&String::from_utf8_lossy(&text))?;
            Ok(ExitCode::Success)
        }
        Err(refusal) => Ok(refuse(console, &refusal)),
    }
}

fn text(part: &Part, environment: &Environment) -> Result<Vec<u8>, Refusal> {
    let (word, chart, shown) = match part {
        Part::Chart(chart) => ("chart", chart, Shown::Chart),
        Part::Values(values) => ("values", &values.chart, Shown::Values),
        Part::Readme(chart) => ("readme", chart, Shown::Readme),
        Part::Crds(chart) => ("crds", chart, Shown::Crds),
        Part::All(chart) => ("all", chart, Shown::All),
    };
    if let Part::Values(ValuesOfChart { jsonpath: Some(path), .. }) = part
        && !path.is_empty()
    {
        return Err(Refusal::of_flag("--jsonpath", ""));
    }
    if chart.repo.is_some() {
        return Err(Refusal::of_flag("--repo", ""));
    }
    let usage = format!("helm show {word} [CHART] [flags]");
    let name = exactly_one(&chart.charts, &format!("helm show {word}"), &usage)?;
    ops::show(name, &environment.directory, shown)
}
