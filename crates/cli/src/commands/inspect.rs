//! `ferry inspect`.

use std::path::PathBuf;

use clap::Args;
use ops::InspectReport;

use crate::console::Console;
use crate::exit_code::{ExitCode, exit_code_of};
use crate::failure::Failure;
use crate::help::HelpTable;
use crate::output::printable;
use crate::progress::Stage;
use crate::{program, report};

/// Show what a package holds: charts, images, platforms, sizes, faults
#[derive(Args, Clone, Debug)]
pub(crate) struct InspectArgs {
    /// Package: a download, a bundle, a directory, an image archive or a chart
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Print the names of the images only, one per line
    #[arg(long)]
    images: bool,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "显示离线包的内容：chart、镜像、平台、大小和问题",
    long: None,
    args: &[
        ("path", "离线包：下载包、bundle、目录、镜像归档或 chart"),
        ("images", "只打印镜像名称，每行一个"),
    ],
};

pub(crate) fn run(args: &InspectArgs, console: &Console) -> Result<ExitCode, Failure> {
    let stage = || Stage::reading(console.language);
    let report = program::finish(ops::inspect(&args.path), stage)?;
    if args.images {
        console.print(&image_names(&report))?;
    } else {
        console.print_report(&report, || report::inspect_table(&report, console.language))?;
    }
    Ok(conclude(&report.problems, console))
}

/// Tells what is wrong, and ends as bad as the worst of it.
pub(crate) fn conclude(problems: &[ops::Problem], console: &Console) -> ExitCode {
    match ops::Error::check(ops::Phase::Read, problems) {
        Ok(()) => {
            console.note(problems);
            ExitCode::Success
        }
        Err(error) => {
            console.explain_on_stderr(&error);
            exit_code_of(&error)
        }
    }
}

/// The names of all images, each once, in the order of the package.
pub(crate) fn image_names(report: &InspectReport) -> String {
    let mut seen = std::collections::HashSet::new();
    let names =
        report.bundles.iter().flat_map(|bundle| &bundle.images).flat_map(|image| &image.names);
    names.filter(|name| seen.insert(name.as_str())).fold(String::new(), |mut out, name| {
        out.push_str(&printable(name));
        out.push('\n');
        out
    })
}
