//! Every hostile file of the testkit, through the whole program: bounded time and memory, nothing written, a clean
//! error where there must be one.

use std::fs;
use std::time::Duration;

use testkit::hostile::{Expected, all_cases};
use testkit::{Output, TestEnv};

use crate::site::environment;

/// Address space of a run, in KiB: far more than Ferry uses, far less than a bomb wants.
const MEMORY: &str = "1000000";

fn run(env: &TestEnv, arguments: &[&str]) -> Output {
    let mut command = env.command_of("/bin/sh".as_ref());
    command.args(["-c", &format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"")]);
    command.arg(env!("CARGO_BIN_EXE_ferry")).args(arguments);
    env.run_command(command)
}

/// What is wrong with the outcome of one case, if anything.
fn fault(expected: Expected, output: &Output) -> Option<String> {
    let code = output.code();
    let is_clean_error = matches!(code, Some(2..=4)) && output.stderr().contains("error[E");
    let is_good = code == Some(0);
    let is_right = match expected {
        Expected::Rejected => is_clean_error,
        Expected::Accepted => is_good,
        Expected::NotInside
        | Expected::RejectedOrFirst
        | Expected::Bounded
        | Expected::RefusedByPlan => is_good || is_clean_error,
    };
    let is_printable = |text: &str| !text.contains(|c: char| c.is_control() && c != '\n');
    let is_safe = is_printable(output.stdout()) && is_printable(output.stderr());
    (!is_right || !is_safe).then(|| format!("{expected:?}: {output:?}"))
}

#[test]
fn hostile_files_are_refused_or_harmless() {
    let env = environment().limit(Duration::from_mins(2));
    let input = env.temporary();
    let mut faults = Vec::new();
    for case in all_cases() {
        let path = case.write(&input).expect("there is room");
        let before = files(&env);
        let output = run(&env, &["verify", path.to_str().expect("a plain name")]);
        if let Some(fault) = fault(case.expected, &output) {
            faults.push(format!("{} {}: {fault}", case.group, case.name));
        }
        if files(&env) != before {
            faults.push(format!("{} {}: something was written", case.group, case.name));
        }
        fs::remove_file(path).expect("it was just written");
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n\n"));
}

/// Everything below the working directory and the home.
fn files(env: &TestEnv) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![env.work(), env.home()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).expect("it is ours").flatten() {
            if entry.path().is_dir() {
                pending.push(entry.path());
            }
            found.push(entry.path());
        }
    }
    found.sort();
    found
}
