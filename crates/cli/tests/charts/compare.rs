//! One case, rendered by both.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use testkit::{Output, Peer, TestEnv};

use super::case::Case;

/// Lines of a diff that are shown.
const SHOWN: usize = 40;
/// How much later helm is asked again: more than the second that many clocks in charts count.
const APART: Duration = Duration::from_millis(1100);

/// What differs, if anything does.
pub(crate) fn difference(env: &TestEnv, helm: &Peer, case: &Case) -> Option<String> {
    let started = Instant::now();
    let theirs = run(env, env.command_of(&helm.path), case);
    let ours = run(env, env.command(), case);
    if theirs.code() != ours.code() {
        let (theirs, ours) = ((theirs.code(), theirs.stderr()), (ours.code(), ours.stderr()));
        return Some(format!("helm ends with {theirs:?}\nferry ends with {ours:?}"));
    }
    let again = || {
        thread::sleep(APART.saturating_sub(started.elapsed()));
        run(env, env.command_of(&helm.path), case)
    };
    if theirs.code() != Some(0) {
        let (wanted, found) = (error_of(&theirs), error_of(&ours));
        return text_difference(&wanted, || error_of(&again()), &found);
    }
    let again = || again().stdout().to_owned();
    text_difference(theirs.stdout(), again, ours.stdout())
}

fn run(env: &TestEnv, mut command: Command, case: &Case) -> Output {
    command.args(["template", "rel"]).arg(&case.chart).arg("--include-crds");
    if let Some(values) = &case.values {
        command.args([Path::new("-f"), values]);
    }
    env.run_command(command)
}

/// helm's message: from `Error:` to the end, or in Ferry's to its explanation, which begins behind an empty line with an
/// indented place or a code.
fn error_of(output: &Output) -> String {
    let lines = output.stderr().lines().skip_while(|line| !line.starts_with("Error: "));
    let is_ours = |line: &&str| !line.starts_with("error[E") && !line.starts_with("  at ");
    let lines: Vec<&str> = lines.take_while(is_ours).collect();
    lines.join("\n").trim_end().to_owned()
}

/// The lines in which ours differ from what helm says in two runs. Fields of a line that helm does not repeat are left
/// out; the second run is made only if there is need for it.
pub(crate) fn text_difference(
    wanted: &str,
    again: impl FnOnce() -> String,
    found: &str,
) -> Option<String> {
    if wanted == found {
        return None;
    }
    let again = again();
    let (wanted, again, found) = (lines(wanted), lines(&again), lines(found));
    if wanted.len() != again.len() {
        let (first, second) = (wanted.len(), again.len());
        return Some(format!("helm's own runs have {first} and {second} lines"));
    }
    let same =
        |at: usize| found.get(at).is_some_and(|found| is_same_line(wanted[at], again[at], found));
    if wanted.len() == found.len() && (0..wanted.len()).all(same) {
        return None;
    }
    Some(diff(&wanted, &again, &found))
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Whether a line is helm's where helm repeats itself: the start and the end that its two lines share.
fn is_same_line(wanted: &str, again: &str, found: &str) -> bool {
    if wanted == again {
        return wanted == found;
    }
    let shared = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| {
        a.zip(b).take_while(|(a, b)| a == b).count()
    };
    let start = shared(&mut wanted.chars(), &mut again.chars());
    // A random word may begin or end alike by chance, so only whole words count.
    let is_edge = |c: char| c.is_whitespace() || "\"':,{}[]".contains(c);
    let head: String = wanted.chars().take(start).collect();
    let head = head.rfind(is_edge).map_or("", |at| &head[..=at]);
    let end = shared(&mut wanted.chars().rev(), &mut again.chars().rev());
    let tail: String =
        wanted.chars().skip(wanted.chars().count() - end.min(wanted.chars().count())).collect();
    let tail = tail.find(is_edge).map_or("", |at| &tail[at..]);
    found.len() >= head.len() + tail.len() && found.starts_with(head) && found.ends_with(tail)
}

/// A short unified diff: what differs between the first and the last line that do.
fn diff(wanted: &[&str], again: &[&str], found: &[&str]) -> String {
    let is_same = |at: usize, other: usize| {
        is_same_line(wanted[at], again.get(at).unwrap_or(&wanted[at]), found[other])
    };
    let shorter = wanted.len().min(found.len());
    let start = (0..shorter).take_while(|at| is_same(*at, *at)).count();
    let end = (0..shorter - start)
        .take_while(|back| is_same(wanted.len() - 1 - back, found.len() - 1 - back))
        .count();
    let mut out = format!("@@ line {} @@\n", start + 1);
    let source = wanted[..start].iter().rev().find(|line| line.starts_with("# Source: "));
    out.push_str(source.copied().unwrap_or_default());
    for line in &wanted[start.saturating_sub(2)..start] {
        let _ = write!(out, " {line}");
    }
    for (sign, lines) in
        [('-', &wanted[start..wanted.len() - end]), ('+', &found[start..found.len() - end])]
    {
        for line in lines.iter().take(SHOWN / 2) {
            let _ = write!(out, "{sign}{line}");
            if !line.ends_with('\n') {
                out.push('\n');
            }
        }
        if lines.len() > SHOWN / 2 {
            let _ = writeln!(out, "{sign} … {} more lines", lines.len() - SHOWN / 2);
        }
    }
    out
}
