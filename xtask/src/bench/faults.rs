//! `bench killed` and `bench cut`: what a broken run costs.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::thread;

use testkit::FaultProxy;
use testkit::registry::RegistryKind;

use super::lab::{self, Lab};
use super::pushers::{Bench, LIMIT, Tool};
use super::table::{Bar, Page, megabytes, number, ratio};
use crate::failure::{Attempt, Failure, Result};
use crate::process::Bounded;

/// Killed when half of the unique bytes are sent, then run again. Peers: those that push with one process.
pub(crate) fn killed(bench: &Bench, lab: &Lab) -> Result<Page> {
    let mut page = Page::new("Killed (SIGKILL) at half, run again");
    super::sync::describe(&mut page, bench);
    let unique = bench.package.unique_bytes();
    let mut rows = Vec::new();
    for kind in lab::registries() {
        for tool in [Tool::Ferry, Tool::Skopeo].into_iter().filter(|tool| tool.is_there()) {
            let fresh = lab.registry(kind)?;
            let proxy = lab::proxy(&fresh)?;
            kill_at(bench, tool, &proxy, &fresh.home, unique / 2)?;
            let first = proxy.forwarded_bytes();
            bench.push(tool, proxy.address(), &fresh.home)?;
            bench.prove(tool, fresh.registry.address())?;
            let total = ratio(lab::blob_bytes(&proxy), unique);
            let left = fresh.registry.unfinished_uploads();
            let is_ferry = tool == Tool::Ferry;
            let judge = |bar: Bar, value| if is_ferry { bar.judge(value) } else { String::new() };
            rows.push(vec![
                format!("{}, {}", tool.label(), lab::label(kind)),
                number(megabytes(first)),
                format!("{total:.4}"),
                judge(Bar::AtMost(1.02), total),
                format!("{} ({} MB)", left.len(), number(megabytes(bytes_in(&left)))),
                judge(Bar::AtMost(0.0), if left.is_empty() { 0.0 } else { 1.0 }),
            ]);
        }
    }
    let head = [
        "tool",
        "sent when killed MB",
        "sent in all / unique",
        "bar",
        "unfinished uploads left",
        "bar",
    ];
    page.table(&head, &rows);
    Ok(page)
}

/// What the uploads in these directories hold.
fn bytes_in(uploads: &[std::path::PathBuf]) -> u64 {
    uploads
        .iter()
        .filter_map(|upload| fs::metadata(upload.join("data")).ok())
        .map(|data| data.len())
        .sum()
}

fn kill_at(bench: &Bench, tool: Tool, proxy: &FaultProxy, home: &Path, sent: u64) -> Result<()> {
    let mut commands = bench.commands(tool, proxy.address(), home)?;
    let log = File::create(home.join("killed.log")).attempt(|| "cannot create a log".into())?;
    let twin = log.try_clone().attempt(|| "cannot share a log".into())?;
    let command = commands.first_mut().attempt(|| "nothing to run".into())?;
    command.stdout(Stdio::from(log)).stderr(Stdio::from(twin));
    let mut child = Bounded::spawn(command)?;
    let reached = proxy.wait_for_bytes(sent, LIMIT);
    let was_running = child.child().try_wait().is_ok_and(|ended| ended.is_none());
    child.kill();
    if reached && was_running {
        return Ok(());
    }
    Err(Failure::new(format!("{} was not there to be killed at half", tool.label())))
}

/// The connection that carries one big blob is cut at half. `bench` must hold an image with one such blob.
pub(crate) fn cut(bench: &Bench, lab: &Lab) -> Result<Page> {
    let mut page = Page::new("The connection cut at half of one big blob");
    let kind = RegistryKind::Distribution;
    let unique = bench.package.unique_bytes();
    page.say(&format!("One image of {} MB into {}.", number(megabytes(unique)), lab::label(kind)));
    let mut rows = Vec::new();
    for tool in [Tool::Ferry].into_iter().chain(Tool::PEERS).filter(|tool| tool.is_there()) {
        let fresh = lab.registry(kind)?;
        let proxy = lab::proxy(&fresh)?;
        let first = thread::scope(|scope| {
            scope.spawn(|| {
                if proxy.wait_for_bytes(unique / 2, LIMIT) {
                    proxy.cut_all();
                }
            });
            bench.push(tool, proxy.address(), &fresh.home)
        });
        let by_itself = first.is_ok();
        if !by_itself {
            bench.push(tool, proxy.address(), &fresh.home)?;
        }
        bench.prove(tool, fresh.registry.address())?;
        let twice = ratio(lab::blob_bytes(&proxy).saturating_sub(unique), 1 << 20);
        rows.push(vec![
            tool.label().to_owned(),
            if by_itself { "by itself" } else { "when run again" }.to_owned(),
            number(twice),
            if tool == Tool::Ferry { Bar::AtMost(32.0).judge(twice) } else { String::new() },
        ]);
    }
    page.table(&["tool", "went on", "sent twice MiB", "bar"], &rows);
    Ok(page)
}
