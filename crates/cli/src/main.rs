//! The `ferry` binary.

use ferry_cli::Environment;

/// Rendering makes and drops many small values; glibc's allocator, the one a static binary has, took a quarter of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    ferry_cli::run(std::env::args_os().collect(), &Environment::of_process()).into()
}
