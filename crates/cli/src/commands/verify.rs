//! `ferry verify`.

use std::path::PathBuf;

use clap::Args;

use crate::console::Console;
use crate::exit_code::{ExitCode, exit_code_of};
use crate::failure::Failure;
use crate::help::HelpTable;
use crate::{program, progress, report};

/// Check every byte of packages against their digests, hints and checksum files
#[derive(Args, Clone, Debug)]
pub(crate) struct VerifyArgs {
    /// Package (can be repeated)
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "按摘要、镜像模板和校验文件检查离线包的每个字节",
    long: None,
    args: &[("paths", "离线包（可重复）")],
};

pub(crate) fn run(args: &VerifyArgs, console: &Console) -> Result<ExitCode, Failure> {
    let progress = progress::start(console);
    let listener = progress.listener();
    let operation = async {
        let mut reports = Vec::with_capacity(args.paths.len());
        for path in &args.paths {
            reports.push(ops::verify(path, &listener).await?);
        }
        Ok(reports)
    };
    let reports = program::finish(operation, || progress.stage())?;
    progress.finish();
    let problems: Vec<ops::Problem> =
        reports.iter().flat_map(|report| report.problems.clone()).collect();
    let table = || reports.iter().map(|one| report::verify_table(one, console.language)).collect();
    match &reports[..] {
        [one] => console.print_report(one, table)?,
        many => console.print_report(&many, table)?,
    }
    match ops::Error::check(ops::Phase::Read, &problems) {
        Ok(()) => {
            console.note(&problems);
            Ok(ExitCode::Success)
        }
        Err(error) => {
            console.explain_on_stderr(&error);
            Ok(exit_code_of(&error))
        }
    }
}
