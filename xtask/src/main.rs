//! Tasks of this workspace: `cargo xtask NAME`.
#![expect(clippy::print_stdout, reason = "a task talks to the person who started it")]

mod bench;
mod check;
mod conformance;
mod demo;
mod dist;
mod failure;
mod http;
mod package;
mod peers;
mod process;
mod proof;
mod server;
mod sha256;
mod suite;
mod workspace;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Result;

/// Tasks of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install the real parts that tests and the bench run against
    Peers {
        /// Install system packages too (root; implied by CI=true)
        #[arg(long)]
        system: bool,
        /// Only these: `crane`, or `helm@3.17.3`
        names: Vec<String>,
    },
    /// Everything that has to hold: format, lints, documentation, tests
    Test {
        /// Install system packages too (root; implied by CI=true)
        #[arg(long)]
        system: bool,
    },
    /// Every test, also the long ones, and the dated table in docs/conformance.md
    Conformance {
        /// Install system packages too (root; implied by CI=true)
        #[arg(long)]
        system: bool,
    },
    /// The runbook's first half from end to end, on loopback
    Demo,
    /// Build the static binary that is shipped
    Dist,
    /// Compare with the real peers; figures are shown, never asserted
    Bench(bench::Options),
    /// The bare uploader that `bench` measures: package, registry address, prefix
    #[command(hide = true)]
    Limit { package: PathBuf, registry: SocketAddr, prefix: String },
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            println!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Peers { system, names } => peers::report(&peers::provide(&names, system)?),
        Task::Test { system } => check::run(system),
        Task::Conformance { system } => conformance::run(system),
        Task::Demo => demo::run(),
        Task::Dist => {
            let binary = dist::build()?;
            println!("{}: static, {} bytes", binary.display(), dist::size(&binary)?);
            Ok(())
        }
        Task::Bench(options) => bench::run(&options),
        Task::Limit { package, registry, prefix } => {
            bench::limit::upload(&package, registry, &prefix)
        }
    }
}
