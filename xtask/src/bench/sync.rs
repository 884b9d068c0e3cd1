//! `bench sync`: a cold push by every tool into both registries. `bench again`: the same once more.

use super::lab::{self, Lab};
use super::measure::Usage;
use super::pushers::{Bench, Tool};
use super::table::{Bar, Page, Series, megabytes, number, ratio};
use crate::failure::Result;
use testkit::registry::RegistryKind;

/// All runs of one tool into one registry.
struct Runs {
    tool: Tool,
    usages: Vec<Usage>,
}

impl Runs {
    fn wall(&self) -> Series {
        self.usages.iter().map(|usage| usage.wall.as_secs_f64()).collect()
    }

    fn series(&self, of: impl Fn(&Usage) -> f64) -> Series {
        self.usages.iter().map(of).collect()
    }
}

/// Cold pushes: `count` rounds, every tool once in each.
pub(crate) fn cold(bench: &Bench, lab: &Lab, count: usize) -> Result<Page> {
    let mut page = Page::new("Cold push, a fresh store per run");
    describe(&mut page, bench);
    for kind in lab::registries() {
        let all = rounds(bench, lab, kind, count)?;
        compare(&mut page, kind, &all);
    }
    account(&mut page, bench, lab)?;
    Ok(page)
}

/// What is pushed.
pub(crate) fn describe(page: &mut Page, bench: &Bench) {
    let package = &bench.package;
    page.say(&format!(
        "{} images, {} unique blobs of {} MB, {} MB if every image's are counted; the file as delivered has {} MB. \
         Times are wall seconds on a warm page cache; the peers push from content unpacked before.",
        package.images.len(),
        package.unique_blobs().len(),
        number(megabytes(package.unique_bytes())),
        number(megabytes(package.counted_bytes())),
        number(megabytes(package.size())),
    ));
    let missing: Vec<_> =
        Tool::PEERS.iter().filter(|tool| !tool.is_there()).map(|tool| tool.label()).collect();
    if !missing.is_empty() {
        page.say(&format!(
            "SKIPPED, not installed: {} (`cargo xtask peers --system`).",
            missing.join(", ")
        ));
    }
}

fn tools(bench: &Bench) -> Vec<Tool> {
    let mut tools = vec![Tool::Limit, Tool::Ferry];
    tools.extend(bench.download.as_ref().map(|_| Tool::FerryChecked));
    tools.extend(Tool::PEERS.into_iter().filter(|tool| tool.is_there()));
    tools
}

/// Rounds instead of blocks: what slows the machine for a while slows every tool. Every other round goes backwards, so
/// that none always runs behind the same.
fn rounds(bench: &Bench, lab: &Lab, kind: RegistryKind, count: usize) -> Result<Vec<Runs>> {
    let mut all: Vec<Runs> =
        tools(bench).into_iter().map(|tool| Runs { tool, usages: Vec::new() }).collect();
    lab::warm(&bench.package.path)?;
    let mut order: Vec<usize> = (0..all.len()).collect();
    for round in 1..=count {
        for &at in &order {
            let runs = &mut all[at];
            let fresh = lab.registry(kind)?;
            let usage = bench.push(runs.tool, fresh.registry.address(), &fresh.home)?;
            bench.prove(runs.tool, fresh.registry.address())?;
            let seconds = usage.wall.as_secs_f64();
            println!(
                "  {}, round {round}: {:<32} {seconds:.2} s",
                lab::label(kind),
                runs.tool.label()
            );
            runs.usages.push(usage);
        }
        order.reverse();
    }
    Ok(all)
}

fn compare(page: &mut Page, kind: RegistryKind, all: &[Runs]) {
    let of =
        |tool| all.iter().find(|runs| runs.tool == tool).map_or(0.0, |runs| runs.wall().median());
    let (limit, ferry) = (of(Tool::Limit), of(Tool::Ferry));
    let row = |runs: &Runs| {
        let wall = runs.wall();
        let mut row = vec![runs.tool.label().to_owned()];
        row.extend(wall.cells());
        row.push(number(wall.median() / limit));
        row.push(number(runs.series(|usage| usage.cpu.as_secs_f64()).median()));
        row.push(number(runs.series(|usage| megabytes(usage.peak_rss)).max()));
        row.push(number(runs.series(|usage| megabytes(usage.rchar)).median()));
        row.push(number(runs.series(|usage| megabytes(usage.write_bytes)).max()));
        row
    };
    page.say(&format!("**Into {}**", lab::label(kind)));
    let head = [
        "tool",
        "min",
        "median",
        "max",
        "× limit",
        "client CPU s",
        "peak RSS MB",
        "read MB",
        "written MB",
    ];
    page.table(&head, &all.iter().map(row).collect::<Vec<_>>());

    let mut bars = vec![judged("ferry / the limit", ferry / limit, Bar::AtMost(1.2))];
    let peers = all.iter().filter(|runs| Tool::PEERS.contains(&runs.tool));
    let best = peers.map(|runs| runs.wall().median()).min_by(f64::total_cmp);
    if let Some(best) = best {
        bars.push(judged("best peer / ferry", best / ferry, Bar::AtLeast(1.35)));
    }
    page.table(&["figure", "value", "bar"], &bars);
}

/// One row of figure, value and verdict.
pub(crate) fn judged(figure: &str, value: f64, bar: Bar) -> Vec<String> {
    vec![figure.to_owned(), number(value), bar.judge(value)]
}

/// Bytes: what the client sent, read, wrote and held. Runs of their own, that are not timed.
fn account(page: &mut Page, bench: &Bench, lab: &Lab) -> Result<()> {
    let Some(&kind) = lab::registries().first() else {
        return Ok(());
    };
    let unique = bench.package.unique_bytes();
    let mut rows = Vec::new();
    for tool in tools(bench).into_iter().filter(|tool| *tool != Tool::Limit) {
        let fresh = lab.registry(kind)?;
        let proxy = lab::proxy(&fresh)?;
        bench.push(tool, proxy.address(), &fresh.home)?;
        let sent = lab::blob_bytes(&proxy);
        rows.push(vec![
            tool.label().to_owned(),
            number(megabytes(sent)),
            format!("{:.4}", ratio(sent, unique)),
        ]);
    }
    page.say("**Blob bytes sent**, counted by a proxy in runs of their own");
    page.table(&["tool", "sent MB", "/ unique"], &rows);
    let sent = rows[0][2].parse().unwrap_or(f64::NAN);

    lab::forget(&bench.package.path)?;
    let fresh = lab.registry(kind)?;
    let usage = bench.push(Tool::Ferry, fresh.registry.address(), &fresh.home)?;
    let size = bench.package.size();
    page.say("**ferry sync from a cold page cache**");
    page.table(
        &["figure", "value", "bar"],
        &[
            judged("bytes read (rchar) / file", ratio(usage.rchar, size), Bar::AtMost(1.02)),
            judged(
                "bytes from disk (read_bytes) / file",
                ratio(usage.read_bytes, size),
                Bar::AtMost(1.02),
            ),
            judged("bytes sent / unique bytes", sent, Bar::AtMost(1.01)),
            judged("peak RSS MiB", ratio(usage.peak_rss, 1 << 20), Bar::AtMost(32.0)),
            judged(
                "written to disk MB (journal, chart)",
                megabytes(usage.write_bytes),
                Bar::AtMost(1.0),
            ),
        ],
    );
    Ok(())
}

/// The second push of the same package into the same registry.
pub(crate) fn again(bench: &Bench, lab: &Lab, count: usize) -> Result<Page> {
    let mut page = Page::new("The same push again");
    describe(&mut page, bench);
    for kind in lab::registries() {
        let mut rows = Vec::new();
        for tool in tools(bench).into_iter().filter(|tool| *tool != Tool::Limit) {
            let fresh = lab.registry(kind)?;
            let proxy = lab::proxy(&fresh)?;
            bench.push(tool, proxy.address(), &fresh.home)?;
            proxy.clear_log();
            bench.push(tool, proxy.address(), &fresh.home)?;
            let sent = lab::blob_bytes(&proxy);
            let manifests =
                proxy.count("HEAD", "*/manifests/*") + proxy.count("GET", "*/manifests/*");
            // Another address is another target: what the client keeps about this one begins here.
            let home = fresh.home.join("direct");
            bench.push(tool, fresh.registry.address(), &home)?;
            let mut wall = Series::default();
            for _ in 0..count.max(5) {
                wall.push(bench.push(tool, fresh.registry.address(), &home)?.wall.as_secs_f64());
            }
            let mut row = vec![tool.label().to_owned()];
            row.extend(wall.cells());
            row.push(sent.to_string());
            row.push(manifests.to_string());
            let is_ferry = matches!(tool, Tool::Ferry | Tool::FerryChecked);
            row.push(if is_ferry { Bar::AtMost(0.07).judge(wall.median()) } else { String::new() });
            rows.push(row);
        }
        page.say(&format!("**Into {}**", lab::label(kind)));
        let head =
            ["tool", "min s", "median s", "max s", "blob bytes sent", "manifests asked for", "bar"];
        page.table(&head, &rows);
    }
    Ok(page)
}
