//! `cargo xtask conformance`: every test, also those that a normal run leaves out, and a dated table of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::failure::{Attempt, Result};
use crate::peers::{self, Outcome};
use crate::process;
use crate::suite::{self, Case};
use crate::workspace;

/// The test binaries whose tests start the real parts of the first table.
const WITH_REAL_PARTS: [&str; 3] = ["scenarios", "real_parts", "charts"];

/// Runs everything and writes `docs/conformance.md`, whether or not all of it passes.
pub(crate) fn run(system: bool) -> Result<()> {
    let outcomes = peers::provide(&[], system)?;
    peers::report(&outcomes)?;
    let tests = suite::run(&["--include-ignored"])?;
    let date = process::run_ok(Command::new("date").args(["-u", "+%F"]), Duration::from_secs(5))?;
    let page = page(date.trim(), &outcomes, &tests.cases, &tests.line());
    let file = workspace::root().join("docs/conformance.md");
    fs::write(&file, page).attempt(|| format!("cannot write {}", file.display()))?;
    println!("\n{}\nwritten: {}", tests.line(), file.display());
    tests.verdict()
}

fn page(date: &str, outcomes: &[Outcome], cases: &[Case], line: &str) -> String {
    let mut page = format!(
        "# Conformance\n\nWritten by `cargo xtask conformance` on {date}. {line}.\n\n## Real parts\n\n"
    );
    let missing = peers::missing(outcomes);
    page += "| part | version | |\n|---|---|---|\n";
    for Outcome { peer, .. } in outcomes {
        let state =
            if missing.contains(&peer.label()) { "missing: what needs it was skipped" } else { "" };
        let _ = writeln!(page, "| {} | {} | {state} |", peer.name, peer.version);
    }
    page += "\n## Scenarios with real parts\n\n| scenario | result |\n|---|---|\n";
    for case in cases.iter().filter(|case| WITH_REAL_PARTS.contains(&case.binary.as_str())) {
        let _ = writeln!(page, "| {}: {} | {} |", case.binary, words(&case.name), case.verdict);
    }
    page += "\n## Everything\n\n| tests | ok | not ok | left out |\n|---|---:|---:|---:|\n";
    for (binary, [ok, failed, ignored]) in per_binary(cases) {
        let _ = writeln!(page, "| {binary} | {ok} | {failed} | {ignored} |");
    }
    page
}

fn words(test: &str) -> String {
    test.replace("::", ": ").replace('_', " ")
}

fn per_binary(cases: &[Case]) -> BTreeMap<&str, [usize; 3]> {
    let mut sums: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for case in cases {
        let at = match case.verdict.split(',').next().unwrap_or_default() {
            "ok" => 0,
            "ignored" => 2,
            _ => 1,
        };
        sums.entry(&case.binary).or_default()[at] += 1;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_in_a_sum() {
        let case = |verdict: &str| Case {
            binary: "scenarios".into(),
            name: "arrive::others_pull".into(),
            verdict: verdict.into(),
        };
        let cases = [case("ok"), case("FAILED"), case("ignored, slow")];
        assert_eq!(per_binary(&cases)["scenarios"], [1, 1, 1]);
        let page = page("2030-01-02", &[], &cases, "line");
        assert!(page.contains("on 2030-01-02"), "{page}");
        assert_eq!(page.matches("| scenarios: arrive: others pull |").count(), 3, "{page}");
    }
}
