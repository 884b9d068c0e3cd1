//! `ferry config check`.

use std::path::{Path, PathBuf};

use clap::Args;
use ops::{Problem, Severity};
use serde_json::json;

use super::replace::{keep, replace};

use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;
use crate::output::{self, OutputFormat};
use crate::say;
use crate::settings::judgement::{Judgement, judge};
use crate::settings::load_image::{self, masked};
use crate::settings::locate::{self, ConfigFile};

/// Explain every mistake in a load-image.yaml and print the corrected file
///
/// Mistakes go to stderr with line and column, the corrected file to stdout with passwords shown as ***. --fix corrects
/// the file itself and keeps the old one as FILE.bak (FILE.bak.1 and so on when that exists); --fix-to writes another
/// file; --show-secrets prints passwords as they are. The exit code is 0 when `ferry sync` would accept the file as it
/// is, after --fix and --fix-to the corrected one.
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
         原文件保留为 FILE.bak（已存在时为 FILE.bak.1，依此类推）；--fix-to 写入另一个文件；\
         --show-secrets 按原样打印密码。如果 `ferry sync` 可以直接使用该文件（加 --fix 或 --fix-to 时为更正后的文件），\
         退出码为 0。",
    ),
    args: &[
        ("file", "配置文件；不指定时使用 `ferry sync` 会找到的文件"),
        ("fix", "直接更正该文件，原文件保留为 FILE.bak"),
        ("fix_to", "把更正后的文件写到这里"),
        ("show_secrets", "按原样打印密码"),
    ],
};

/// The file that was corrected, as it is now.
struct Corrected {
    /// As the user knows it.
    name: String,
    /// Where the old one is.
    backup: Option<String>,
    judgement: Judgement,
}

pub(crate) fn run(
    args: &CheckArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let named = args.file.clone().or_else(|| environment.path("FERRY_CONFIG"));
    let file = locate::find(named.as_deref(), environment, console.language)?;
    let judgement = judge(&file, environment, console.language);
    let text = load_image::corrected(&file.text);
    let is_changed = text.as_bytes() != file.bytes;
    console.explain_on_stderr(&ops::Error {
        phase: ops::Phase::Configure,
        problems: judgement.problems.clone(),
    });
    let corrected = write(args, &file, &text, environment, console)?;
    let is_accepted = corrected.as_ref().map_or(&judgement, |one| &one.judgement).is_accepted();
    let reading = load_image::read(&text);
    let shown = if args.show_secrets { text } else { masked(&text, &reading.secrets) };
    // In a text that is no YAML nobody knows where the passwords are.
    let shown = reading.is_yaml.then_some(shown);
    if console.output == OutputFormat::Table {
        tell_summary(&file.name, &judgement, console);
        match corrected {
            Some(corrected) => tell_corrected(&corrected, console),
            None if args.fix => tell_untouched(&judgement, console),
            None => print(&file.name, shown.as_deref(), is_changed, console)?,
        }
    } else {
        let report = json!({
            "file": file.name,
            "accepted": is_accepted,
            "changed": is_changed,
            "findings": judgement.problems,
            "corrected": shown,
            "written": corrected.as_ref().map(|one| &one.name),
            "backup": corrected.as_ref().and_then(|one| one.backup.as_ref()),
            "left": corrected.as_ref().map(|one| &one.judgement.problems),
        });
        console.print_report(&report, String::new)?;
    }
    Ok(if is_accepted { ExitCode::Success } else { ExitCode::Usage })
}

fn tell_summary(name: &str, judgement: &Judgement, console: &Console) {
    let name = output::printable(name);
    let (en, zh) = counts(judgement);
    let line = say!("{name}: {en}\n", "{name}：{zh}\n");
    console.tell(line.get(console.language));
}

fn counts(judgement: &Judgement) -> (String, String) {
    let errors = judgement.count(Severity::Error);
    let warnings = judgement.count(Severity::Warning);
    let notes = judgement.count(Severity::Info);
    let en = [
        output::count(errors, "error"),
        output::count(warnings, "warning"),
        output::count(notes, "note"),
    ];
    (en.join(", "), format!("{errors} 个错误，{warnings} 个警告，{notes} 个提示"))
}

/// Prints the corrected file when it was not written.
fn print(
    name: &str,
    text: Option<&str>,
    is_changed: bool,
    console: &Console,
) -> Result<(), Failure> {
    let Some(text) = text else { return Ok(()) };
    if is_changed {
        let name = output::printable(name);
        let line = say!(
            "corrected file (`ferry config check --fix {name}` writes it):\n",
            "更正后的文件（`ferry config check --fix {name}` 可写回）：\n"
        );
        console.tell(line.get(console.language));
    }
    console.print(text)
}

/// Says what was written, and what is left for the user.
fn tell_corrected(corrected: &Corrected, console: &Console) {
    let name = output::printable(&corrected.name);
    let (en, zh) = counts(&corrected.judgement);
    let line = match &corrected.backup {
        Some(backup) => {
            let backup = output::printable(backup);
            say!(
                "corrected {name}; the old file is {backup}; now: {en}\n",
                "已更正 {name}；原文件保留为 {backup}；现在：{zh}\n"
            )
        }
        None => say!("wrote {name}: {en}\n", "已写入 {name}：{zh}\n"),
    };
    let is_error = |problem: &&Problem| problem.severity == Severity::Error;
    let left: Vec<Problem> =
        corrected.judgement.problems.iter().filter(is_error).cloned().collect();
    if !left.is_empty() {
        let line = say!("left for you to correct:\n", "仍需手动更正：\n");
        console.tell(line.get(console.language));
        console.note(&left);
    }
    console.tell(line.get(console.language));
}

/// Says that there was nothing to write.
fn tell_untouched(judgement: &Judgement, console: &Console) {
    let line = if judgement.is_accepted() {
        say!("nothing to correct; the file was not touched\n", "没有需要更正的内容；文件未改动\n")
    } else {
        say!(
            "nothing that can be corrected automatically; the file was not touched\n",
            "没有可自动更正的内容；文件未改动\n"
        )
    };
    console.tell(line.get(console.language));
}

/// Writes the corrected text where it is wanted; `None` when it is not, or when nothing changes.
fn write(
    args: &CheckArgs,
    file: &ConfigFile,
    text: &str,
    environment: &Environment,
    console: &Console,
) -> Result<Option<Corrected>, Failure> {
    let (name, path, backup) = if let Some(path) = &args.fix_to {
        (path.display().to_string(), environment.absolute(path), None)
    } else if args.fix && text.as_bytes() != file.bytes {
        // The file that a link leads to is corrected; the link stays one.
        let path = file.path.canonicalize().unwrap_or_else(|_| file.path.clone());
        let backup = shown(&keep(&path, &file.bytes)?, environment);
        (file.name.clone(), path, Some(backup))
    } else {
        return Ok(None);
    };
    replace(&path, text.as_bytes())?;
    let (bytes, text) = (text.as_bytes().to_vec(), text.to_owned());
    let now = ConfigFile { name: name.clone(), path, bytes, text, encoding: None };
    let judgement = judge(&now, environment, console.language);
    Ok(Some(Corrected { name, backup, judgement }))
}

/// A path as one would type it here.
fn shown(path: &Path, environment: &Environment) -> String {
    let here = environment.directory.canonicalize();
    let here = here.as_deref().unwrap_or(&environment.directory);
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
