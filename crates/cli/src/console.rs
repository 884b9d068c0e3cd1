//! The terminal as commands see it: reports go to stdout, everything else to stderr.

use std::io::{self, Write};

use ops::Problem;
use serde_json::{Value, json};

use crate::command_line::GlobalArgs;
use crate::environment::Environment;
use crate::exit_code::exit_code_of;
use crate::failure::{Failure, io_kind};
use crate::language::Language;
use crate::output::{
    ColorChoice, LogFormat, OutputFormat, enriched, json_line, json_text, yaml_text,
};
use crate::report;

/// How to speak, decided once from flags and surroundings.
#[derive(Clone, Debug)]
pub(crate) struct Console {
    /// In which language.
    pub language: Language,
    /// How reports are written.
    pub output: OutputFormat,
    /// How messages and progress are written.
    pub log: LogFormat,
    /// `-v` given this often.
    pub verbosity: u8,
    /// Whether stderr takes colours.
    pub has_color: bool,
    /// Whether a moving progress bar makes sense.
    pub has_bars: bool,
    /// Whether progress is shown at all.
    pub has_progress: bool,
}

impl Console {
    /// Decides how to speak.
    pub(crate) fn new(global: &GlobalArgs, language: Language, environment: &Environment) -> Self {
        let is_text = global.log_format == LogFormat::Text;
        let is_dumb = environment.variable("TERM").is_some_and(|term| term == "dumb");
        let has_color = match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                environment.stderr_is_terminal
                    && !is_dumb
                    && environment.variable("NO_COLOR").is_none()
            }
        };
        Self {
            language,
            output: global.output,
            log: global.log_format,
            verbosity: global.verbose,
            has_color: has_color && is_text,
            has_bars: environment.stderr_is_terminal && !is_dumb && is_text,
            has_progress: !global.no_progress,
        }
    }

    /// Writes to stdout.
    #[expect(clippy::unused_self, reason = "who prints has decided how to speak")]
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::BrokenPipe),
            Err(error) => {
                let kind = io_kind(&error);
                Err(Failure::problem(ops::Phase::Configure, kind, "stdout", error.to_string()))
            }
        }
    }

    /// Writes a report to stdout: `table` for people, the value itself for programs.
    pub(crate) fn print_report(
        &self,
        value: &impl serde::Serialize,
        table: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.output == OutputFormat::Table {
            return self.print(&table());
        }
        let value = serde_json::to_value(value).map_err(|error| {
            let kind = ops::ProblemKind::Internal;
            Failure::problem(ops::Phase::Configure, kind, "report", error.to_string())
        })?;
        self.print(&self.structured(&enriched(value, self.language)))
    }

    fn structured(&self, value: &Value) -> String {
        if self.output == OutputFormat::Yaml { yaml_text(value) } else { json_text(value) }
    }

    /// Writes lines to stderr. When nobody can read them there is nobody to tell.
    #[expect(clippy::unused_self, reason = "who prints has decided how to speak")]
    pub(crate) fn tell(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }

    /// Tells of problems that did not stop anything, one line each.
    pub(crate) fn note(&self, problems: &[Problem]) {
        match self.log {
            LogFormat::Text => self.tell(&report::notes(problems, self.language, self.paint())),
            LogFormat::Json => problems.iter().for_each(|problem| self.tell_json(problem)),
        }
    }

    /// Explains why a command failed: on stderr for people, on stdout too for programs that asked for JSON or YAML.
    pub(crate) fn explain(&self, error: &ops::Error) {
        self.explain_on_stderr(error);
        if self.output != OutputFormat::Table {
            let value = enriched(
                json!({ "error": {
                    "phase": error.phase,
                    "exit_code": exit_code_of(error).number(),
                    "language": self.language.as_str(),
                    "problems": error.problems,
                }}),
                self.language,
            );
            // The exit code says what a reader that has gone would not hear.
            let _ = self.print(&self.structured(&value));
        }
    }

    /// Explains what is wrong when the report on stdout has it already.
    pub(crate) fn explain_on_stderr(&self, error: &ops::Error) {
        match self.log {
            LogFormat::Text => {
                self.tell(&report::explanation(&error.problems, self.language, self.paint()));
            }
            LogFormat::Json => error.problems.iter().for_each(|problem| self.tell_json(problem)),
        }
    }

    fn tell_json(&self, problem: &Problem) {
        let value = enriched(json!(problem), self.language);
        let mut line = json!({ "time": crate::progress::timestamp(), "event": "problem" });
        line["problem"] = value;
        self.tell(&json_line(&line));
    }

    /// Colours for messages.
    fn paint(&self) -> report::Paint {
        if self.has_color { report::Paint::Ansi } else { report::Paint::None }
    }
}
