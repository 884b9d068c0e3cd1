//! Charts rendered by Ferry and by the real helm, side by side: the same bytes, the same exit code, the same `Error:`.
//!
//! The corpus is `../shared/corpus/charts` beside the checkout, or what `FERRY_CHART_CORPUS` names: `NAME/*.tgz` and
//! `NAME/values/*.yaml`. A normal run takes every eighth case, an ignored one takes all. Where helm's own two runs
//! differ, those lines are left out.

#[path = "charts/case.rs"]
mod case;
#[path = "charts/compare.rs"]
mod compare;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use case::{Case, corpus, look_alikes};
use testkit::{Peer, TestEnv};

const GAPS: &str = include_str!("charts/gaps.txt");
/// Of how many cases a normal run takes one.
const SLICE: usize = 8;
const THREADS: usize = 2;

/// helm, unless it is not there, which is said.
fn helm() -> Option<Peer> {
    match testkit::find_peer("helm@4.3.1") {
        Ok(peer) => Some(peer),
        Err(missing) => {
            tell(&format!("skipped: {missing}"));
            None
        }
    }
}

/// Past the harness, which keeps what a test prints to itself.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn gaps() -> BTreeMap<&'static str, &'static str> {
    let lines = GAPS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let gap = |line: &'static str| {
        let (case, reason) = line.split_once(char::is_whitespace).expect("a case and its reason");
        (case, reason.trim())
    };
    lines.map(gap).collect()
}

/// Compares all cases, prints the table, and fails if one differs that is no gap, or a gap does not.
fn compare(cases: &[Case]) {
    let Some(helm) = helm() else { return };
    let (gaps, next) = (gaps(), AtomicUsize::new(0));
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            let (sender, next, helm) = (sender.clone(), &next, &helm);
            scope.spawn(move || {
                let env = TestEnv::new(env!("CARGO_BIN_EXE_ferry"));
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let difference = compare::difference(&env, helm, case);
                    sender.send((case.name.clone(), difference)).expect("it is received");
                }
            });
        }
        drop(sender);
    });
    let mut faults = Vec::new();
    let mut identical = 0;
    for (name, difference) in receiver {
        match (difference, gaps.get(name.as_str())) {
            (None, None) => identical += 1,
            (None, Some(_)) => faults.push(format!("{name} is no gap any more: take it out")),
            (Some(_), Some(reason)) => tell(&format!("gap: {name}: {reason}")),
            (Some(difference), None) => faults.push(format!("{name}:\n{difference}")),
        }
    }
    faults.sort();
    tell(&format!("charts: {identical} identical / {} total", cases.len()));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_look_alike_is_rendered_as_helm_does() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    compare(&look_alikes(directory.path()));
}

#[test]
fn a_slice_of_the_corpus_is_rendered_as_helm_does() {
    let cases: Vec<Case> = corpus().into_iter().step_by(SLICE).collect();
    compare(&cases);
}

#[test]
#[ignore = "takes minutes: the whole corpus"]
fn the_corpus_is_rendered_as_helm_does() {
    let cases = corpus();
    assert!(!cases.is_empty(), "there is no corpus; FERRY_CHART_CORPUS says where one is");
    compare(&cases);
}

#[test]
fn gaps_have_reasons_and_exist() {
    let cases = corpus();
    for (case, reason) in gaps() {
        assert!(reason.len() > 10, "{case}: why?");
        let is_known = cases.is_empty() || cases.iter().any(|known| known.name == case);
        assert!(is_known, "{case} is no case");
    }
}

/// A difference must be found, or the comparison proves nothing.
#[test]
fn a_difference_is_a_difference() {
    let same = compare::text_difference("a\nb\n", || "a\nb\n".to_owned(), "a\nb\n");
    assert_eq!(same, None);
    let other = compare::text_difference("a\nb\n", || "a\nb\n".to_owned(), "a\nc\n");
    assert!(other.expect("it differs").contains("-b\n+c\n"));
    // What helm itself does not repeat is left out, what it does repeat is not.
    let random = compare::text_difference("a: 1\nb\n", || "a: 2\nb\n".to_owned(), "a: 3\nb\n");
    assert_eq!(random, None);
    let both = compare::text_difference("a: 1\nb\n", || "a: 2\nb\n".to_owned(), "a: 3\nc\n");
    assert!(both.expect("it differs").contains("-b\n+c\n"));
    let lines = compare::text_difference("a\nb\n", || "a\nb\n".to_owned(), "a\n");
    assert!(lines.expect("it differs").contains("-b\n"));
    // Only the words that helm does not repeat.
    let word = compare::text_difference("a: 1 x\n", || "a: 2 x\n".to_owned(), "a: 3 y\n");
    assert!(word.is_some());
}
