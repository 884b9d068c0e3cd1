//! `bench render`: `ferry template` beside the real helm, chart by chart, and the engine alone.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::measure;
use super::pushers::LIMIT;
use super::sync::judged;
use super::table::{Bar, Page, Series, ratio};
use crate::failure::{Attempt, Failure, Result};
use crate::{peers, process, workspace};

/// The chart with a bar of its own.
const LARGE: &str = "kube-prometheus-stack";

/// Renders every chart of the corpus with both tools in turn.
pub(crate) fn render(ferry: &Path, count: usize) -> Result<Page> {
    let mut page = Page::new("Rendering, whole process");
    let Some(corpus) = corpus() else {
        page.say("SKIPPED: no charts; name a directory of charts in FERRY_CHART_CORPUS.");
        return Ok(page);
    };
    let mut rows = Vec::new();
    match peers::find("helm") {
        Some(helm) => rows.extend(beside_helm(&mut page, ferry, &helm, &corpus, count)?),
        None => page.say("SKIPPED: helm is not installed (`cargo xtask peers`)."),
    }
    rows.push(judged("`ferry --version`, ms", version(ferry, count)?, Bar::AtMost(3.0)));
    let (cases, seconds) = in_one_process(&corpus)?;
    let label = format!("{cases} renders in one process, s");
    rows.push(judged(&label, seconds, Bar::AtMost(1.0)));
    page.table(&["figure", "value", "bar"], &rows);
    Ok(page)
}

/// Where charts are: `NAME/*.tgz`, with values files in `NAME/values/`.
fn corpus() -> Option<PathBuf> {
    let named = env::var_os("FERRY_CHART_CORPUS").map(PathBuf::from);
    let beside = workspace::root().parent().map(|parent| parent.join("shared/corpus/charts"));
    named.or(beside).filter(|path| path.is_dir())
}

fn beside_helm(
    page: &mut Page,
    ferry: &Path,
    helm: &Path,
    corpus: &Path,
    count: usize,
) -> Result<Vec<Vec<String>>> {
    let home = tempfile::tempdir().attempt(|| "cannot create a directory".into())?;
    let mut ratios = Series::default();
    let mut large = None;
    let (mut helms, mut ferries) = (Series::default(), Series::default());
    let mut left_out = 0;
    for chart in charts(corpus) {
        if measure::run(&mut template(helm, &chart, home.path()), LIMIT).is_err() {
            left_out += 1;
            continue;
        }
        let (ours, theirs) = pair(ferry, helm, &chart, home.path(), count)?;
        ratios.push(theirs.wall / ours.wall);
        helms.push(theirs.wall);
        ferries.push(ours.wall);
        if chart.to_string_lossy().contains(LARGE) {
            large = Some((theirs.wall / ours.wall, ours.rss / theirs.rss));
        }
    }
    if left_out > 0 {
        page.say(&format!(
            "Left out: {left_out} of the charts, which helm refuses to render with their defaults."
        ));
    }
    let row = |name: &str, series: &Series| {
        let mut row = vec![name.to_owned()];
        row.extend(series.cells());
        row
    };
    page.table(
        &["seconds per chart", "min", "median", "max"],
        &[row("helm template", &helms), row("ferry template", &ferries)],
    );
    let mut rows =
        vec![judged("helm / ferry, median of all charts", ratios.median(), Bar::AtLeast(12.0))];
    if let Some((wall, rss)) = large {
        rows.push(judged(&format!("helm / ferry, {LARGE}"), wall, Bar::AtLeast(8.0)));
        rows.push(judged(&format!("peak RSS, ferry / helm, {LARGE}"), rss, Bar::AtMost(0.25)));
    }
    Ok(rows)
}

fn charts(corpus: &Path) -> Vec<PathBuf> {
    let list = |path: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let is_archive = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "tgz");
    list(corpus).iter().filter_map(|folder| list(folder).into_iter().find(is_archive)).collect()
}

/// Medians of one tool on one chart.
struct Cost {
    wall: f64,
    rss: f64,
}

/// Both tools in turn, so that what slows the machine slows both. helm needs no cluster and finds none.
fn pair(
    ferry: &Path,
    helm: &Path,
    chart: &Path,
    home: &Path,
    count: usize,
) -> Result<(Cost, Cost)> {
    let mut sums = [(Series::default(), Series::default()), (Series::default(), Series::default())];
    for _ in 0..count {
        for (sum, tool) in sums.iter_mut().zip([ferry, helm]) {
            let usage = measure::run(&mut template(tool, chart, home), LIMIT)?;
            sum.0.push(usage.wall.as_secs_f64());
            sum.1.push(ratio(usage.peak_rss, 1));
        }
    }
    let [ours, theirs] = sums.map(|(wall, rss)| Cost { wall: wall.median(), rss: rss.max() });
    Ok((ours, theirs))
}

fn template(tool: &Path, chart: &Path, home: &Path) -> Command {
    let mut command = Command::new(tool);
    command.args(["template", "rel"]).arg(chart).arg("--include-crds");
    command.env_clear().env("HOME", home).env("KUBECONFIG", home.join("none"));
    command
}

/// Milliseconds to start and end.
fn version(ferry: &Path, count: usize) -> Result<f64> {
    let mut wall = Series::default();
    for _ in 0..count.max(20) {
        let usage = measure::run(Command::new(ferry).arg("--version"), LIMIT)?;
        wall.push(usage.wall.as_secs_f64() * 1000.0);
    }
    Ok(wall.median())
}

/// Every chart and values file by the engine alone, on one thread: how many, and seconds, the median of three processes.
fn in_one_process(corpus: &Path) -> Result<(u32, f64)> {
    let mut seconds = Series::default();
    let mut cases = 0;
    for _ in 0..3 {
        let mut cargo = Command::new(workspace::cargo());
        cargo.args(["run", "--quiet", "--release", "--locked", "-p", "ferry-helm"]);
        cargo.args(["--example", "render_corpus", "--"]).arg(corpus).current_dir(workspace::root());
        let said = process::run_ok(&mut cargo, Duration::from_mins(20))?;
        let fields: Vec<&str> = said.split_whitespace().collect();
        let [count, _failed, time] = fields[..] else {
            return Err(Failure::new(format!("the example said `{said}`")));
        };
        cases = count.parse().attempt(|| format!("no count: {count}"))?;
        seconds.push(time.parse().attempt(|| format!("no time: {time}"))?);
    }
    Ok((cases, seconds.median()))
}
