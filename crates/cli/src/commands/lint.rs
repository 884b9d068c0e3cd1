//! `ferry lint`.

use clap::Args;
use ops::{LintOptions, LintReport, Refusal};

use super::chart_refusal::{refuse, usage};
use super::chart_values::{ValueArgs, chart_help};
use super::template::render_environment;
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Look for mistakes in charts, as Helm does
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of helm's")]
#[command(args_override_self = true)]
pub(crate) struct LintArgs {
    /// Chart: a directory or a .tgz (can be repeated)
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    #[command(flatten)]
    values: ValueArgs,
    /// Count warnings as mistakes
    #[arg(long)]
    strict: bool,
    /// Print only warnings and errors
    #[arg(long)]
    quiet: bool,
    /// Look at the charts inside by themselves too
    #[arg(long)]
    with_subcharts: bool,
    /// Kubernetes version of .Capabilities, and for versions of objects that are to go
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// Namespace of the release
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Do not check values against schemas
    #[arg(long)]
    skip_schema_validation: bool,
    /// Accepted as helm does
    #[arg(long)]
    debug: bool,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "像 Helm 一样检查 chart 中的错误",
    long: None,
    args: chart_help![
        ("paths", "chart：目录或 .tgz（可重复）"),
        ("strict", "将警告视为错误"),
        ("quiet", "只打印警告和错误"),
        ("with_subcharts", "同时单独检查内部的 chart"),
        ("kube_version", ".Capabilities 的 Kubernetes 版本，并据此判断即将移除的对象版本"),
        ("namespace", "release 的命名空间"),
        ("skip_schema_validation", "不按 schema 检查 values"),
        ("debug", "为兼容 helm 而接受"),
    ],
};

pub(crate) fn run(
    args: &LintArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    match lint(args, environment) {
        Err(refusal) => Ok(refuse(console, &refusal)),
        Ok(LintReport { output, refusal }) => {
            console.print(&output)?;
            Ok(refusal.map_or(ExitCode::Success, |refusal| refuse(console, &refusal)))
        }
    }
}

fn lint(args: &LintArgs, environment: &Environment) -> Result<LintReport, Refusal> {
    if args.paths.is_empty() {
        let line = "\"helm lint\" requires at least 1 argument\n\nUsage:  helm lint PATH [flags]";
        return Err(usage(line.to_owned()));
    }
    let namespace = args.namespace.clone().filter(|namespace| !namespace.is_empty());
    let namespace = namespace.or_else(|| environment.variable("HELM_NAMESPACE"));
    ops::lint(&LintOptions {
        paths: args.paths.clone(),
        directory: environment.directory.clone(),
        values: args.values.sources(environment),
        namespace: namespace.unwrap_or("default".to_owned()),
        kube_version: args.kube_version.clone(),
        strict: args.strict,
        quiet: args.quiet,
        with_subcharts: args.with_subcharts,
        skip_schema: args.skip_schema_validation,
        environment: render_environment(environment)?,
    })
}
