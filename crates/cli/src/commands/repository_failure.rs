//! How commands with helm's names end when something is wrong: helm's line, then why and what to do. The exit code is
//! helm's, 1 for everything.

use std::ffi::OsString;
use std::fmt::Write as _;

use ops::{HelmFailure, HelmWarning, Phase, Problem, ProblemKind};

use crate::console::Console;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::LogFormat;
use crate::say;

/// The commands that have helm's name, flags, output and exit codes.
const HELMS: [&str; 11] = [
    "repo",
    "search",
    "pull",
    "push",
    "registry",
    "template",
    "lint",
    "show",
    "package",
    "dependency",
    "dep",
];

/// What a command with helm's name comes to.
pub(crate) type Outcome = Result<(), HelmFailure>;

/// Says what helm says, then what it means.
pub(crate) fn conclude(
    console: &Console,
    warnings: &[HelmWarning],
    outcome: Outcome,
) -> Result<ExitCode, Failure> {
    let is_text = console.log == LogFormat::Text;
    if is_text {
        let lines = warnings.iter().fold(String::new(), |mut lines, warning| {
            let _ = writeln!(lines, "{warning}");
            lines
        });
        console.tell(&lines);
    }
    let Err(failure) = outcome else { return Ok(ExitCode::Success) };
    if !failure.said.is_empty() {
        console.print(&failure.said)?;
    }
    if is_text {
        let gap = if failure.problems.is_empty() { "" } else { "\n" };
        console.tell(&format!("Error: {}\n{gap}", failure.line));
    }
    if !failure.problems.is_empty() {
        console.explain_on_stderr(&ops::Error { phase: Phase::Read, problems: failure.problems });
    }
    Ok(ExitCode::Failure)
}

/// A mistake in the number of arguments, in helm's words.
pub(crate) fn wrong_count(command: &str, wants: &str, usage: &str) -> HelmFailure {
    let line = format!("\"helm {command}\" {wants}\n\nUsage:  helm {command} {usage}");
    HelmFailure::new(
        line,
        Problem::error(ProblemKind::Usage, format!("ferry {command} {usage}"), ""),
    )
}

/// Ends a command of helm's whose flags were not understood as helm would. `None` for our own commands.
pub(crate) fn mistake(
    console: &Console,
    arguments: &[OsString],
    failure: &Failure,
) -> Option<ExitCode> {
    let Failure::Operation(error) = failure else { return None };
    let mut words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    let command = words.find(|word| !word.starts_with('-'))?;
    if command == "update" {
        return Some(updated(console, error));
    }
    if !HELMS.contains(&command) {
        return None;
    }
    let problem = error.problems.first()?;
    if console.log == LogFormat::Text {
        console.tell(&format!("Error: {}\n\n", helms_line(problem)));
    }
    console.explain_on_stderr(error);
    Some(ExitCode::Failure)
}

/// `helm update repo`, as many runbooks have it: that was never a command.
fn updated(console: &Console, error: &ops::Error) -> ExitCode {
    let hint = say!("did you mean `ferry repo update`?", "您是否想写 `ferry repo update`？");
    let mut error = error.clone();
    for problem in &mut error.problems {
        hint.get(console.language).clone_into(&mut problem.detail);
    }
    if console.log == LogFormat::Text {
        console.tell("Error: unknown command \"update\" for \"helm\"\n\n");
    }
    console.explain_on_stderr(&error);
    ExitCode::Failure
}

/// A mistake in helm's words, where it has such: our own text names the argument between backquotes.
fn helms_line(problem: &Problem) -> String {
    let mut named = problem.subject.split('`').skip(1).step_by(2);
    let (first, second) = (named.next().unwrap_or_default(), named.next());
    let is = |texts: [&str; 2]| texts.iter().any(|text| problem.subject.contains(text));
    let flag = |text: &str| text.split([' ', '<', '=']).next().unwrap_or_default().to_owned();
    if is(["there is no argument", "没有参数"]) {
        return format!("unknown flag: {first}");
    }
    if is(["needs a value", "需要一个值"]) {
        return format!("flag needs an argument: {}", flag(first));
    }
    match second {
        Some(argument) if argument.contains("--output") => {
            format!("invalid argument {first:?} for \"-o, --output\" flag: invalid format type")
        }
        Some(argument) if argument.contains("--max-col-width") => format!(
            "invalid argument {first:?} for \"--max-col-width\" flag: strconv.ParseUint: parsing {first:?}: invalid syntax"
        ),
        Some(argument) if argument.starts_with("--") => {
            format!("invalid argument {first:?} for {:?} flag", flag(argument))
        }
        _ => problem.subject.clone(),
    }
}
