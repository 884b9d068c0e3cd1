//! `cargo xtask test`: everything that has to hold, the cheap steps first.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};
use crate::peers;
use crate::process::{self, Bounded};
use crate::suite;
use crate::workspace;

/// Longer than this, a step is stuck: the whole has to stay under 45 minutes on two cores.
const STEP_LIMIT: Duration = Duration::from_mins(40);

/// Runs every step; the first that fails ends the run.
pub(crate) fn run(system: bool) -> Result<()> {
    let mut steps = Steps::default();
    let outcome = all(&mut steps, system);
    steps.print();
    outcome
}

fn all(steps: &mut Steps, system: bool) -> Result<()> {
    steps.time("format", || cargo(&["fmt", "--all", "--check"], &[], "rustfmt"))?;
    steps.time("clippy", || {
        let lint = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
        cargo(&lint, &[], "clippy")
    })?;
    steps.time("documentation", || {
        let doc = ["doc", "--locked", "--workspace", "--no-deps"];
        cargo(&doc, &[("RUSTDOCFLAGS", "-D warnings")], "rustdoc")
    })?;
    let outcomes = steps.time("real parts", || peers::provide(&[], system))?;
    peers::report(&outcomes)?;
    steps.skipped = peers::missing(&outcomes);
    let mut skipped = Vec::new();
    let outcome = steps.time("tests", || {
        let tests = suite::run(&[])?;
        println!("\n{}", tests.line());
        skipped.clone_from(&tests.skipped);
        tests.verdict()
    });
    steps.skipped.extend(skipped);
    outcome
}

/// How long each step took, and which parts were missing.
#[derive(Default)]
struct Steps {
    times: Vec<(&'static str, Duration, bool)>,
    skipped: Vec<String>,
}

impl Steps {
    fn time<T>(&mut self, name: &'static str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("==> {name}");
        let started = Instant::now();
        let outcome = step();
        self.times.push((name, started.elapsed(), outcome.is_ok()));
        outcome
    }

    fn print(&self) {
        println!("\nsteps:");
        for (name, time, passed) in &self.times {
            let verdict = if *passed { "ok" } else { "FAILED" };
            println!("  {name:<16} {:>7.1} s  {verdict}", time.as_secs_f64());
        }
        let total: Duration = self.times.iter().map(|(_, time, _)| *time).sum();
        println!("  {:<16} {:>7.1} s", "in all", total.as_secs_f64());
        for skipped in &self.skipped {
            println!("  SKIPPED: {skipped}");
        }
    }
}

/// Runs a cargo subcommand with its output shown. `component` is what rustup calls the tool behind it.
fn cargo(arguments: &[&str], environment: &[(&str, &str)], component: &str) -> Result<()> {
    let mut command = Command::new(workspace::cargo());
    command.args(arguments).current_dir(workspace::root()).envs(environment.iter().copied());
    let status = Bounded::spawn(&mut command)?.wait(STEP_LIMIT)?;
    if status.success() {
        return Ok(());
    }
    let hint = if tool_is_there(component) {
        String::new()
    } else {
        format!("; {component} is not installed: `rustup component add {component}`")
    };
    Err(Failure::new(format!("`{}` failed{hint}", process::shown(&command))))
}

fn tool_is_there(component: &str) -> bool {
    let probe = match component {
        "rustfmt" => ["fmt", "--version"],
        "clippy" => ["clippy", "--version"],
        _ => return true,
    };
    let mut command = Command::new(workspace::cargo());
    command.args(probe);
    process::run(&mut command, Duration::from_mins(1)).is_ok_and(|done| done.status.success())
}
