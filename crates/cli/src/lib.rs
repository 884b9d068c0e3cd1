//! The command line of Ferry: arguments, settings, progress, tables, JSON, messages in Chinese and English, exit codes.
//!
//! Commands are thin: arguments, files and environment become the options of an operation of `ops`, which does the
//! work; what comes back is printed. Reports go to stdout, everything else to stderr.

mod alias;
mod command_line;
mod commands;
mod console;
mod environment;
mod exit_code;
mod failure;
mod help;
mod language;
mod logging;
mod message;
mod output;
mod program;
mod progress;
pub mod reference;
mod report;
mod settings;
mod usage_error;

pub use environment::Environment;
pub use exit_code::ExitCode;
pub use language::Language;
pub use program::run;
pub use settings::load_image::corrected as corrected_configuration;
