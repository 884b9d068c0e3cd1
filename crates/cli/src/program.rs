//! From arguments to exit code.

use std::ffi::OsString;
use std::future::Future;
use std::time::Duration;

use ops::{Error, Phase, Problem, ProblemKind};

use crate::command_line::{Command, CommandLine, Parsed, parse, peek};
use crate::commands::{
    chart, completion, config, dependency, images, inspect, lint, man, package, pull, push,
    registry, repo, repository_failure, search, serve, show, sync, template, verify, version,
};
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::{ExitCode, exit_code_of};
use crate::failure::Failure;
use crate::language::Language;
use crate::output::{ColorChoice, LogFormat, OutputFormat};
use crate::progress::Stage;
use crate::{alias, logging};

/// Threads that answer the network, and read, hash and write what goes over it: more than a small machine has cores,
/// since some wait for the disk.
const WORKERS: usize = 8;
/// How long work that cannot be cancelled may delay the end.
const PATIENCE: Duration = Duration::from_millis(500);

/// Runs the program.
pub fn run(arguments: Vec<OsString>, environment: &Environment) -> ExitCode {
    let arguments = alias::rewritten(arguments);
    let language = match peek(&arguments, "--lang", None).as_deref() {
        Some("zh") => Language::Zh,
        Some("en") => Language::En,
        _ => Language::of_environment(environment),
    };
    match parse(arguments.clone(), language) {
        Parsed::Run(line) => {
            let language = line.global.lang.unwrap_or(language);
            let console = Console::new(&line.global, language, environment);
            logging::start(&console);
            finish_with(&console, execute(&line, &console, environment))
        }
        Parsed::Print(text) => {
            let console = early_console(&arguments, language, environment);
            finish_with(&console, console.print(&text).map(|()| ExitCode::Success))
        }
        Parsed::Mistake(failure) => {
            let console = early_console(&arguments, language, environment);
            repository_failure::mistake(&console, &arguments, &failure)
                .unwrap_or_else(|| finish_with(&console, Err(failure)))
        }
    }
}

/// How to speak while the arguments are not understood.
fn early_console(arguments: &[OsString], language: Language, environment: &Environment) -> Console {
    let global = crate::command_line::GlobalArgs {
        lang: None,
        output: match peek(arguments, "--output", Some("-o")).as_deref() {
            Some("json") => OutputFormat::Json,
            Some("yaml") => OutputFormat::Yaml,
            _ => OutputFormat::Table,
        },
        is_output_given: false,
        log_format: match peek(arguments, "--log-format", None).as_deref() {
            Some("json") => LogFormat::Json,
            _ => LogFormat::Text,
        },
        verbose: 0,
        color: ColorChoice::Auto,
        no_progress: true,
        help: None,
    };
    Console::new(&global, language, environment)
}

fn finish_with(console: &Console, outcome: Result<ExitCode, Failure>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(Failure::BrokenPipe) => ExitCode::Success,
        Err(Failure::Operation(error)) => {
            console.explain(&error);
            exit_code_of(&error)
        }
    }
}

fn execute(
    line: &CommandLine,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    match &line.command {
        Command::Sync(args) => sync::run(args, console, environment),
        Command::Inspect(args) => inspect::run(args, console),
        Command::Chart(args) => chart::run(args, console, environment),
        Command::Images(args) => {
            images::run(args, line.global.is_output_given, console, environment)
        }
        Command::Verify(args) => verify::run(args, console),
        Command::Serve(args) => serve::run(args, console, environment),
        Command::Show(args) => show::run(args, console, environment),
        Command::Lint(args) => lint::run(args, console, environment),
        Command::Dependency(args) => dependency::run(args, console, environment),
        Command::Package(args) => package::run(args, console, environment),
        Command::Template(args) => template::run(args, console, environment),
        Command::Repo(args) => repo::run(args, console, environment),
        Command::Search(args) => search::run(args, console, environment),
        Command::Pull(args) => pull::run(args, console, environment),
        Command::Push(args) => push::run(args, console, environment),
        Command::Registry(args) => registry::run(args, console, environment),
        Command::Config(args) => config::run(args, console, environment),
        Command::Completion(args) => completion::run(args, console),
        Command::Man(args) => man::run(args, console, environment),
        Command::Version(args) => version::run(args, console),
    }
}

/// Runs an operation to its end, or until a signal asks to stop; `stage` says then where it was. The only runtime of
/// the process: commands that need none pay for none.
pub(crate) fn finish<T>(
    operation: impl Future<Output = Result<T, Error>>,
    stage: impl FnOnce() -> Stage,
) -> Result<T, Error> {
    with_runtime(|runtime| {
        runtime.block_on(async {
            tokio::select! {
                outcome = operation => outcome,
                signal = stop_signal() => Err(interrupted(signal, stage())),
            }
        })
    })
}

/// Runs something that needs the runtime; what it leaves running is cut off soon.
pub(crate) fn with_runtime<T>(
    work: impl FnOnce(&tokio::runtime::Runtime) -> Result<T, Error>,
) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .map_err(|error| machine_error("threads", &error))?;
    let outcome = work(&runtime);
    runtime.shutdown_timeout(PATIENCE);
    outcome
}

fn machine_error(subject: &str, error: &std::io::Error) -> Error {
    let kind = crate::failure::io_kind(error);
    Error::new(Phase::Configure, Problem::error(kind, subject, error.to_string()))
}

fn interrupted(signal: &str, stage: Stage) -> Error {
    Error::new(stage.phase, Problem::error(ProblemKind::Interrupted, signal, stage.left))
}

/// Waits for `SIGINT` or `SIGTERM` and names it. The signals are caught from the call on, not from the first wait: one
/// that comes between must not end the process. Needs the runtime's context.
pub(crate) fn stop_signal() -> impl Future<Output = &'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async {
        match (interrupt, terminate) {
            (Ok(mut interrupt), Ok(mut terminate)) => tokio::select! {
                _ = interrupt.recv() => "SIGINT",
                _ = terminate.recv() => "SIGTERM",
            },
            // Without handlers the signals end the process by themselves.
            _ => std::future::pending().await,
        }
    }
}
