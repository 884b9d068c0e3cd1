//! `ferry man`.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::command_line;
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Print the manual page, or write the pages of all commands
#[derive(Args, Clone, Debug)]
pub(crate) struct ManArgs {
    /// Write one page per command into this directory
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "打印手册页，或写出所有命令的手册页",
    long: None,
    args: &[("dir", "把每个命令的手册页写入该目录")],
};

pub(crate) fn run(
    args: &ManArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let mut command = command_line::command(console.language);
    command.build();
    match &args.dir {
        None => {
            let page =
                page(&command).map_err(|error| Failure::local(Path::new("stdout"), &error))?;
            console.print(&String::from_utf8_lossy(&page))?;
        }
        Some(directory) => {
            let directory = environment.absolute(directory);
            std::fs::create_dir_all(&directory)
                .map_err(|error| Failure::local(&directory, &error))?;
            write_pages(&command, "ferry", &directory)?;
        }
    }
    Ok(ExitCode::Success)
}

fn page(command: &clap::Command) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut out)?;
    Ok(out)
}

/// Writes `ferry.1`, `ferry-sync.1`, …
fn write_pages(command: &clap::Command, name: &str, directory: &Path) -> Result<(), Failure> {
    let path = directory.join(format!("{name}.1"));
    page(&command.clone().name(name.to_owned()))
        .and_then(|page| std::fs::write(&path, page))
        .map_err(|error| Failure::local(&path, &error))?;
    for sub in command.get_subcommands() {
        write_pages(sub, &format!("{name}-{}", sub.get_name()), directory)?;
    }
    Ok(())
}
