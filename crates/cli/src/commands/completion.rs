//! `ferry completion`.

use clap::Args;
use clap_complete::Shell;

use crate::command_line;
use crate::console::Console;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Print a shell completion script
#[derive(Args, Clone, Debug)]
pub(crate) struct CompletionArgs {
    /// For which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(crate) const HELP: HelpTable =
    HelpTable {
        about: "打印 shell 补全脚本", long: None, args: &[("shell", "用于哪种 shell")]
    };

pub(crate) fn run(args: &CompletionArgs, console: &Console) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    let mut command = command_line::command(console.language);
    clap_complete::generate(args.shell, &mut command, "ferry", &mut script);
    console.print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Success)
}
