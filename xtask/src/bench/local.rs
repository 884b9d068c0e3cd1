//! `bench inspect`, `serve`, `pull` and `size`: what needs no registry of others, or pulls from one.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use testkit::registry::RegistryKind;

use super::lab::{self, Lab};
use super::measure;
use super::pushers::{Bench, LIMIT, Tool};
use super::sync::judged;
use super::table::{Bar, Page, Series, megabytes, ratio};
use crate::dist;
use crate::failure::{Attempt, Result};
use crate::http::Connection;
use crate::peers;
use crate::server;

/// `ferry inspect` of a big package.
pub(crate) fn inspect(ferry: &Path, package: &Path, lab: &Lab, count: usize) -> Result<Page> {
    let mut page = Page::new("inspect");
    let size = fs::metadata(package).map_or(0, |metadata| metadata.len());
    page.say(&format!("A package of {:.1} GB, made sparse.", megabytes(size) / 1000.0));
    let home = lab.directory()?;
    let (mut wall, mut rss) = (Series::default(), Series::default());
    for _ in 0..count.max(5) {
        let mut command = Command::new(ferry);
        command.arg("inspect").arg(package).env_clear().env("HOME", home.path());
        let usage = measure::run(&mut command, LIMIT)?;
        wall.push(usage.wall.as_secs_f64());
        rss.push(ratio(usage.peak_rss, 1 << 20));
    }
    page.table(
        &["figure", "value", "bar"],
        &[
            judged("median s", wall.median(), Bar::AtMost(0.1)),
            judged("peak RSS MiB", rss.max(), Bar::AtMost(32.0)),
        ],
    );
    Ok(page)
}

/// A cold sync into `ferry serve` and into docker-registry.
pub(crate) fn serve(bench: &Bench, lab: &Lab, count: usize) -> Result<Page> {
    let mut page = Page::new("Cold sync into ferry serve");
    super::sync::describe(&mut page, bench);
    let own = || {
        let dir = lab.directory()?;
        let store = dir.path().join("store");
        let server = server::start_ferry(&bench.ferry, &store, dir.path(), None)?;
        let usage = bench.push(Tool::Ferry, server.address(), &dir.path().join("home"))?;
        server.stop();
        Ok(usage.wall.as_secs_f64())
    };
    let other = || {
        let fresh = lab.registry(RegistryKind::Docker)?;
        let usage = bench.push(Tool::Ferry, fresh.registry.address(), &fresh.home)?;
        Ok(usage.wall.as_secs_f64())
    };
    let (own, other) = rounds(bench, count, own, other)?;
    against(&mut page, "ferry serve", &own, &other, 0.6);
    Ok(page)
}

/// skopeo pulling everything from `ferry serve PACKAGE` and from docker-registry.
pub(crate) fn pull(bench: &Bench, lab: &Lab, count: usize) -> Result<Page> {
    let mut page = Page::new("skopeo pulling all images");
    super::sync::describe(&mut page, bench);
    let Some(skopeo) = peers::find("skopeo") else {
        page.say("SKIPPED: skopeo is not installed.");
        return Ok(page);
    };
    let own = || {
        let dir = lab.directory()?;
        let server = server::start_ferry(&bench.ferry, &bench.package.path, dir.path(), None)?;
        let seconds = pull_all(&skopeo, server.address(), &dir.path().join("pulled"))?;
        server.stop();
        Ok(seconds)
    };
    let other = || {
        let fresh = lab.registry(RegistryKind::Docker)?;
        bench.push(Tool::Limit, fresh.registry.address(), &fresh.home)?;
        rustix::fs::sync();
        pull_all(&skopeo, fresh.registry.address(), &fresh.home.join("pulled"))
    };
    let (own, other) = rounds(bench, count, own, other)?;
    against(&mut page, "ferry serve, straight from the package", &own, &other, 1.0);
    Ok(page)
}

/// Runs ours and docker-registry's side by side, in seconds. Each goes first every other round, with the package in the
/// page cache: what a disk still has to do for the one before must not always hit the same.
fn rounds(
    bench: &Bench,
    count: usize,
    own: impl Fn() -> Result<f64>,
    other: impl Fn() -> Result<f64>,
) -> Result<(Series, Series)> {
    let has_other = lab::registries().contains(&RegistryKind::Docker);
    let (mut ours, mut others) = (Series::default(), Series::default());
    for round in 0..count {
        for is_ours in [round % 2 == 0, round % 2 != 0] {
            lab::warm(&bench.package.path)?;
            if is_ours {
                ours.push(own()?);
            } else if has_other {
                others.push(other()?);
            }
        }
    }
    Ok((ours, others))
}

fn against(page: &mut Page, label: &str, own: &Series, other: &Series, bar: f64) {
    let row = |name: &str, series: &Series| {
        let mut row = vec![name.to_owned()];
        row.extend(series.cells());
        row
    };
    let mut rows = vec![row(label, own)];
    if !other.is_empty() {
        rows.push(row(lab::label(RegistryKind::Docker), other));
    }
    page.table(&["server", "min s", "median s", "max s"], &rows);
    if other.is_empty() {
        page.say(&format!("SKIPPED: {} is not installed.", lab::label(RegistryKind::Docker)));
    } else {
        let ratio = own.median() / other.median();
        page.table(
            &["figure", "value", "bar"],
            &[judged("ratio of the medians", ratio, Bar::AtMost(bar))],
        );
    }
}

/// Pulls every tag of a registry into directories; wall seconds.
fn pull_all(skopeo: &Path, registry: SocketAddr, into: &Path) -> Result<f64> {
    fs::create_dir_all(into).attempt(|| format!("cannot create {}", into.display()))?;
    let copy = |(number, reference): (usize, String)| {
        let mut command = Command::new(skopeo);
        command.args(["--insecure-policy", "copy", "--src-tls-verify=false", "--quiet"]);
        command.arg(format!("docker://{registry}/{reference}"));
        command.arg(format!("dir:{}", into.join(number.to_string()).display()));
        command.env("HOME", into);
        command
    };
    let commands: Vec<Command> = tags(registry)?.into_iter().enumerate().map(copy).collect();
    Ok(measure::run_all(commands, 1, LIMIT)?.wall.as_secs_f64())
}

/// Every `repository:tag` of a registry.
fn tags(registry: SocketAddr) -> Result<Vec<String>> {
    let mut connection = Connection::open(registry)?;
    let mut list = |path: &str, key: &str| -> Result<Vec<String>> {
        let (_, bytes) = connection.get(path)?;
        let answer: Value =
            serde_json::from_slice(&bytes).attempt(|| format!("answer to {path}"))?;
        let names = answer[key].as_array().cloned().unwrap_or_default();
        Ok(names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
    };
    let mut all = Vec::new();
    for repository in list("/v2/_catalog?n=1000", "repositories")? {
        let tags = list(&format!("/v2/{repository}/tags/list"), "tags")?;
        all.extend(tags.iter().map(|tag| format!("{repository}:{tag}")));
    }
    Ok(all)
}

/// Size of the static binary.
pub(crate) fn size() -> Result<Page> {
    let mut page = Page::new("The static binary");
    let size = dist::size(&dist::build()?)?;
    page.table(
        &["figure", "value", "bar"],
        &[judged("size MB", megabytes(size), Bar::AtMost(15.0))],
    );
    Ok(page)
}
