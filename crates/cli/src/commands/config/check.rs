//! `ferry config check`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use ops::{Problem, Severity};
use serde_json::json;

use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;
use crate::output::{self, OutputFormat};
use crate::say;
use crate::settings::load_image::{self, Reading, masked};
use crate::settings::locate::{self, ConfigFile};

/// Explain every mistake in a load-image.yaml and print the corrected file
///
/// Mistakes go to stderr with line and column, the corrected file to stdout with passwords shown as ***. --fix corrects
/// the file itself and keeps the old one as FILE.bak; --fix-to writes another file; --show-secrets prints passwords
/// as they are. The exit code is 0 when `ferry sync` would accept the file as it is.
#[derive(Args, Clone, Debug)]
pub(crate) struct CheckArgs {
    /// Configuration file; without it, the one that `ferry sync` would find
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Correct the file itself and keep the old one as FILE.bak
    #[arg(long, conflicts_with = "fix_to")]
    fix: bool,
    /// Write the corrected file here
    #[arg(long, value_name = "FILE")]
    fix_to: Option<PathBuf>,
    /// Print passwords as they are
    #[arg(long)]
    show_secrets: bool,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "解释 load-image.yaml 中的每个错误，并打印更正后的文件",
    long: Some(
        "解释 load-image.yaml 中的每个错误，并打印更正后的文件\n\n\
         错误连同行号和列号输出到标准错误，更正后的文件输出到标准输出，密码显示为 ***。--fix 直接更正该文件，\
         原文件保留为 FILE.bak；--fix-to 写入另一个文件；--show-secrets 按原样打印密码。\
         如果 `ferry sync` 可以直接使用该文件，退出码为 0。",
    ),
    args: &[
        ("file", "配置文件；不指定时使用 `ferry sync` 会找到的文件"),
        ("fix", "直接更正该文件，原文件保留为 FILE.bak"),
        ("fix_to", "把更正后的文件写到这里"),
        ("show_secrets", "按原样打印密码"),
    ],
};

pub(crate) fn run(
    args: &CheckArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let file = locate::find(args.file.as_deref(), environment)?;
    let mut reading = load_image::read(&file.text);
    if reading.is_accepted() {
        reading.findings.extend(load_image::missing(&reading.config));
    }
    let problems: Vec<Problem> =
        reading.findings.iter().map(|one| one.problem(&file.name, console.language)).collect();
    let corrected = load_image::corrected(&file.text);
    console.explain_on_stderr(&ops::Error {
        phase: ops::Phase::Configure,
        problems: problems.clone(),
    });
    write(args, &file, &corrected, environment)?;
    let shown = if args.show_secrets { corrected.clone() } else { mask(&corrected) };
    let printed = reading.is_yaml().then_some(&shown);
    if console.output == OutputFormat::Table {
        tell_summary(&file, &reading, &corrected, console);
        // A file that was written is not printed too; in one that is no YAML nobody knows where the passwords are.
        if !args.fix && args.fix_to.is_none() && reading.is_yaml() {
            console.print(&shown)?;
        }
    } else {
        let report = json!({
            "file": file.name,
            "accepted": reading.is_accepted(),
            "changed": corrected != file.text,
            "findings": problems,
            "corrected": printed,
        });
        console.print_report(&report, String::new)?;
    }
    Ok(if reading.is_accepted() { ExitCode::Success } else { ExitCode::Usage })
}

fn mask(text: &str) -> String {
    masked(text, &load_image::read(text).secrets)
}

fn tell_summary(file: &ConfigFile, reading: &Reading, corrected: &str, console: &Console) {
    let count = |severity| reading.findings.iter().filter(|one| one.severity == severity).count();
    let (errors, warnings, notes) =
        (count(Severity::Error), count(Severity::Warning), count(Severity::Info));
    let name = output::printable(&file.name);
    let (some_errors, some_warnings, some_notes) = (
        output::count(errors, "error"),
        output::count(warnings, "warning"),
        output::count(notes, "note"),
    );
    let summary = say!(
        "{name}: {some_errors}, {some_warnings}, {some_notes}\n",
        "{name}：{errors} 个错误，{warnings} 个警告，{notes} 个提示\n"
    );
    console.tell(summary.get(console.language));
    if corrected != file.text {
        let line = say!(
            "corrected file (`ferry config check --fix {name}` writes it):\n",
            "更正后的文件（`ferry config check --fix {name}` 可写回）：\n"
        );
        console.tell(line.get(console.language));
    }
}

fn write(
    args: &CheckArgs,
    file: &ConfigFile,
    corrected: &str,
    environment: &Environment,
) -> Result<(), Failure> {
    if let Some(path) = &args.fix_to {
        return replace(&environment.absolute(path), corrected);
    }
    if args.fix && corrected != file.text {
        let mut backup = file.path.clone().into_os_string();
        backup.push(".bak");
        replace(Path::new(&backup), &file.text)?;
        replace(&file.path, corrected)?;
    }
    Ok(())
}

/// Puts a file in place as a whole, readable by its owner alone: it holds passwords.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let outcome = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&temporary, path));
    outcome.map_err(|error| {
        // Only what this call made; when even that fails, the first error is the one to tell.
        let _ = std::fs::remove_file(&temporary);
        Failure::local(path, &error)
    })
}
