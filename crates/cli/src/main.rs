//! The `ferry` binary.

use ferry_cli::Environment;

fn main() -> std::process::ExitCode {
    ferry_cli::run(std::env::args_os().collect(), &Environment::of_process()).into()
}
