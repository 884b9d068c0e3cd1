//! `ferry chart diff`.

use std::path::PathBuf;

use clap::Args;
use ops::ChartDiffOptions;

use crate::commands::images::{ValuesArgs, values_help};
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;
use crate::progress::Stage;
use crate::{program, report};

/// Show what changes between two versions of a chart with the same values
///
/// Both are rendered as helm does it, and compared: objects field by field, images, custom resource definitions, the
/// keys of their values and their defaults, and which of the user's own keys the newer chart does not know. What a
/// Secret holds is not shown. --output json and yaml have every field.
#[derive(Args, Clone, Debug)]
pub(crate) struct DiffArgs {
    /// The older chart (directory or .tgz), or a package with one
    #[arg(value_name = "CHART1")]
    before: PathBuf,
    /// The newer one
    #[arg(value_name = "CHART2")]
    after: PathBuf,
    #[command(flatten)]
    values: ValuesArgs,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "用相同的 values 比较 chart 的两个版本",
    long: Some(
        "用相同的 values 比较 chart 的两个版本\n\n\
         按 helm 的方式渲染两者并比较：逐字段比较对象，以及镜像、CRD、values 的键和默认值，还有用户 values 中新 chart \
         不再认识的键。不显示 Secret 的内容。--output json 和 yaml 包含全部字段。",
    ),
    args: values_help![
        ("before", "旧 chart（目录或 .tgz），或含一个 chart 的离线包"),
        ("after", "新 chart"),
    ],
};

pub(crate) fn run(
    args: &DiffArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let options = ChartDiffOptions {
        before: args.before.clone(),
        after: args.after.clone(),
        arguments: args.values.arguments(environment),
    };
    let report = program::finish(ops::chart_diff(&options), || Stage::reading(console.language))?;
    console.print_report(&report, || report::chart_diff_text(&report, console.language))?;
    Ok(ExitCode::Success)
}
