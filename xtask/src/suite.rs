//! `cargo test` over the workspace, watched.

use std::io::{self, BufRead, BufReader};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Attempt, Failure, Result};
use crate::peers;
use crate::process::Bounded;
use crate::workspace;

/// Longer than this, a test is stuck: the whole of `cargo xtask test` has to stay under 45 minutes on two cores.
const LIMIT: Duration = Duration::from_mins(35);

/// One test and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    /// The test binary, as cargo announces it: `conformance`, `oci`, `doc-tests oci`.
    pub(crate) binary: String,
    /// The path of the test.
    pub(crate) name: String,
    /// `ok`, `FAILED`, `ignored`…
    pub(crate) verdict: String,
}

/// What `cargo test` said, added up over all test binaries.
#[derive(Default, Debug, PartialEq, Eq)]
pub(crate) struct Tests {
    /// Every test, in the order they ended.
    pub(crate) cases: Vec<Case>,
    /// What tests said they left out, and why.
    pub(crate) skipped: Vec<String>,
    passed: u64,
    failed: u64,
    ignored: u64,
    binaries: u64,
    /// The binary whose output is being read.
    current: String,
    succeeded: bool,
}

impl Tests {
    /// Takes in one line of `cargo test`.
    fn read(&mut self, line: &str) {
        let trimmed = line.trim_start();
        if let Some(counts) = line.strip_prefix("test result: ") {
            let count = |word: &str| {
                let part = counts.split([';', '.']).find_map(|part| part.trim().strip_suffix(word));
                part.and_then(|number| number.trim().parse::<u64>().ok()).unwrap_or(0)
            };
            self.passed += count("passed");
            self.failed += count("failed");
            self.ignored += count("ignored");
            self.binaries += 1;
        } else if let Some((_, skipped)) = line.split_once("SKIPPED: ") {
            // Two threads may share a line: the harness has begun it with the name of a test.
            self.skipped.push(skipped.to_owned());
        } else if let Some((name, verdict)) =
            line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... "))
        {
            let binary = self.current.clone();
            self.cases.push(Case { binary, name: name.to_owned(), verdict: verdict.to_owned() });
        } else if let Some(announced) = trimmed.strip_prefix("Running ") {
            self.current = binary_name(announced);
        } else if let Some(library) = trimmed.strip_prefix("Doc-tests ") {
            self.current = format!("doc-tests {library}");
        }
    }

    /// The sums, in the words of `cargo test`.
    pub(crate) fn line(&self) -> String {
        let Self { passed, failed, ignored, binaries, .. } = self;
        let verdict = if self.succeeded { "ok" } else { "FAILED" };
        format!(
            "all test binaries ({binaries}): {verdict}. {passed} passed; {failed} failed; {ignored} ignored"
        )
    }

    /// An error unless every test passed, and at least one was run.
    pub(crate) fn verdict(&self) -> Result<()> {
        match (self.succeeded, self.passed) {
            (true, 1..) => Ok(()),
            (true, 0) => Err(Failure::new("no test was run")),
            (false, _) => {
                Err(Failure::new(format!("{} tests failed, or did not build", self.failed)))
            }
        }
    }
}

/// `tiers` of `tests/tiers.rs (target/debug/deps/tiers-0123456789abcdef)`.
fn binary_name(announced: &str) -> String {
    let file = announced.rsplit('/').next().unwrap_or_default().trim_end_matches(')');
    file.rsplit_once('-').map_or(file, |(name, _)| name).to_owned()
}

/// `cargo test --workspace` with its output shown as it comes; `arguments` go to the test binaries.
pub(crate) fn run(arguments: &[&str]) -> Result<Tests> {
    let mut command = Command::new(workspace::cargo());
    command.args(["test", "--locked", "--workspace", "--no-fail-fast", "--"]).args(arguments);
    // Both streams in one pipe: cargo announces the binaries on stderr, the tests speak on stdout.
    let (reader, writer) = io::pipe().attempt(|| "cannot make a pipe".into())?;
    let twin = writer.try_clone().attempt(|| "cannot make a pipe".into())?;
    command.current_dir(workspace::root()).stdout(writer).stderr(twin);
    command.env("FERRY_PEERS", peers::directory());
    let mut child = Bounded::spawn(&mut command)?;
    // The command holds ends of the pipe; the reader would wait for them.
    drop(command);
    let tests = Arc::new(Mutex::new(Tests::default()));
    let watched = Arc::clone(&tests);
    let lines = thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n').map_while(std::result::Result::ok) {
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            watched.lock().expect("no one panics with the lock").read(&line);
        }
    });
    let status = child.wait(LIMIT);
    // A process that a test left behind keeps the pipe open; it must not keep us.
    let deadline = Instant::now() + Duration::from_secs(5);
    while !lines.is_finished() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(10));
    }
    let mut tests = std::mem::take(&mut *tests.lock().expect("no one panics with the lock"));
    tests.succeeded = status.attempt(|| "cargo test".into())?.success();
    Ok(tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_binaries_are_added_up() {
        let mut tests = Tests::default();
        for line in [
            "     Running unittests src/lib.rs (target/debug/deps/oci-f661bb61f224b3ca)",
            "running 2 tests",
            "test a::b ... ok",
            "test c ... FAILED",
            "SKIPPED: d: crane is missing: `cargo xtask peers`",
            "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "   Doc-tests oci",
            "test crates/oci/src/lib.rs - Digest (line 3) ... ignored",
            "test result: ok. 40 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 2.00s",
        ] {
            tests.read(line);
        }
        assert_eq!((tests.passed, tests.failed, tests.ignored, tests.binaries), (41, 1, 3, 2));
        let cases: Vec<_> =
            tests.cases.iter().map(|case| (&*case.binary, &*case.name, &*case.verdict)).collect();
        let doc = "crates/oci/src/lib.rs - Digest (line 3)";
        assert_eq!(
            cases,
            [("oci", "a::b", "ok"), ("oci", "c", "FAILED"), ("doc-tests oci", doc, "ignored")]
        );
        assert_eq!(tests.skipped, ["d: crane is missing: `cargo xtask peers`"]);
        assert!(tests.verdict().is_err());
    }

    #[test]
    fn a_run_without_tests_is_a_failure() {
        let none = Tests { succeeded: true, ..Tests::default() };
        assert!(none.verdict().is_err());
        let one = Tests { succeeded: true, passed: 1, ..Tests::default() };
        assert!(one.verdict().is_ok());
    }
}
