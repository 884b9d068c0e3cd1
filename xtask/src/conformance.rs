//! `cargo xtask conformance`: every test, also those that a normal run leaves out, and a dated table of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::failure::{Attempt, Result};
use crate::peers::{self, Outcome, PEERS, Peer};
use crate::process;
use crate::suite::{self, Case};
use crate::workspace;

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
    page += "\n## Scenarios with real parts\n\n| scenario | real parts | result |\n|---|---|---|\n";
    for case in cases {
        let used = parts_named_in(&case.name);
        if !used.is_empty() {
            let used = used.iter().map(Peer::label).collect::<Vec<_>>().join(", ");
            let scenario = format!("{}: {}", case.binary, words(&case.name));
            let _ = writeln!(page, "| {scenario} | {used} | {} |", case.verdict);
        }
    }
    page += "\n## Everything\n\n| tests | ok | not ok | left out |\n|---|---:|---:|---:|\n";
    for (binary, [ok, failed, ignored]) in per_binary(cases) {
        let _ = writeln!(page, "| {binary} | {ok} | {failed} | {ignored} |");
    }
    page
}

/// The real parts that the name of a test speaks of, such as `pushes_into_distribution_and_crane_pulls`.
fn parts_named_in(test: &str) -> Vec<Peer> {
    // Longer words first: `docker_registry` is no `docker`, `helm_3` is not just any helm.
    const WORDS: &[(&str, &str, &str)] = &[
        ("docker_registry", "docker-registry", ""),
        ("distribution", "registry", ""),
        ("helm_3", "helm", "3"),
        ("helm3", "helm", "3"),
        ("helm", "helm", "4"),
        ("kubectl", "kubectl", "1.37"),
        ("docker", "dockerd", ""),
        ("skopeo", "skopeo", ""),
        ("crane", "crane", ""),
        ("regctl", "regctl", ""),
        ("oras", "oras", ""),
    ];
    let mut left = test.to_lowercase();
    let mut found = Vec::new();
    for (word, name, version) in WORDS {
        let bounded = format!("_{}_", left.replace([':', ' '], "_"));
        if bounded.contains(&format!("_{word}_")) {
            left = left.replace(word, "");
            found.extend(
                PEERS.iter().find(|peer| peer.name == *name && peer.version.starts_with(version)),
            );
        }
    }
    found
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

    fn labels(test: &str) -> Vec<String> {
        parts_named_in(test).iter().map(Peer::label).collect()
    }

    #[test]
    fn parts_are_recognised_by_whole_words() {
        assert_eq!(
            labels("sync::into_distribution_then_crane_pulls"),
            ["registry 3.1.2", "crane 0.22.1"]
        );
        assert_eq!(labels("docker_registry_keeps_it"), ["docker-registry 2.8.2"]);
        assert_eq!(labels("helm_3_renders"), ["helm 3.17.3"]);
        assert_eq!(labels("helm_renders"), ["helm 4.3.1"]);
        assert_eq!(labels("a_docker_archive_with_oras"), ["dockerd 20.10.24", "oras 1.3.6"]);
        assert!(labels("orasian_helmets").is_empty());
    }

    #[test]
    fn every_case_is_in_a_sum() {
        let case = |verdict: &str| Case {
            binary: "wire".into(),
            name: "skopeo_pulls".into(),
            verdict: verdict.into(),
        };
        let cases = [case("ok"), case("FAILED"), case("ignored, slow")];
        assert_eq!(per_binary(&cases)["wire"], [1, 1, 1]);
        let page = page("2030-01-02", &[], &cases, "line");
        assert!(page.contains("on 2030-01-02"), "{page}");
        assert_eq!(page.matches("| wire: skopeo pulls | skopeo 1.9.3 |").count(), 3, "{page}");
    }
}
