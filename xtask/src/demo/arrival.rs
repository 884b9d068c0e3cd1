//! The chart, fetched with a client of our own, and everything once more with real clients where they are installed.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::failure::{Attempt, Failure, Result};
use crate::package::Package;
use crate::peers;
use crate::process;
use crate::proof::{self, same};
use crate::sha256;

/// The runbook's account.
pub(super) const USER: &str = "admin";
/// Its password.
pub(super) const PASSWORD: &str = "Harbor12345";
/// Both, as HTTP sends them.
pub(super) const AUTHORIZATION: &str = "Basic YWRtaW46SGFyYm9yMTIzNDU=";

const PEER_LIMIT: Duration = Duration::from_mins(1);

/// A chart that came back from the repository.
pub(super) struct Chart {
    name: String,
    version: String,
    repository: String,
}

/// Fetches the repository's index and the one chart that was published, and compares its digest.
pub(super) fn chart(server: SocketAddr, repository: &str, name: &str) -> Result<Chart> {
    let mut connection = proof::connect(server, Some(AUTHORIZATION))?;
    let (_, index) = connection.get(&format!("{repository}/index.yaml"))?;
    let index = String::from_utf8_lossy(&index).into_owned();
    let entry = Entry::read(&index, name)?;
    let path = match entry.url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]).to_owned(),
        None => format!("{repository}/{}", entry.url),
    };
    let (_, archive) = connection.get(&path)?;
    let digest = sha256::digest_of(&archive);
    same(&path, digest.trim_start_matches("sha256:"), entry.digest.trim_start_matches("sha256:"))?;
    println!(
        "  {name} {}: http://{server}{path}  {} bytes, digest as in the index",
        entry.version,
        archive.len()
    );
    Ok(Chart {
        name: name.to_owned(),
        version: entry.version,
        repository: format!("http://{server}{repository}"),
    })
}

/// What `index.yaml` says about the only version of a chart.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    version: String,
    digest: String,
    url: String,
}

impl Entry {
    /// Reads the only version of a chart from the index of `ferry serve`, which is written as JSON (so it is YAML too).
    fn read(index: &str, name: &str) -> Result<Self> {
        let parsed: Value = serde_json::from_str(index).attempt(|| "the index".into())?;
        let versions = parsed["entries"][name].as_array().cloned().unwrap_or_default();
        let [entry] = versions.as_slice() else {
            let count = versions.len();
            return Err(Failure::new(format!(
                "the index has {count} versions of {name} instead of one:\n{index}"
            )));
        };
        let text = |value: &Value| {
            let text = value.as_str().map(str::to_owned);
            text.attempt(|| format!("something is missing in the index:\n{index}"))
        };
        Ok(Self {
            version: text(&entry["version"])?,
            digest: text(&entry["digest"])?,
            url: text(&entry["urls"][0])?,
        })
    }
}

/// The same with crane and helm, where `cargo xtask peers` has put them.
pub(super) fn with_peers(
    package: &Package,
    (registry, prefix): (SocketAddr, &str),
    chart: &Chart,
) -> Result<()> {
    let home = tempfile::tempdir().attempt(|| "cannot create a directory".into())?;
    let quiet = |command: &mut Command| {
        command.env("HOME", home.path()).current_dir(home.path());
        process::run_ok(command, PEER_LIMIT).map(drop)
    };
    if let Some(crane) = peers::find("crane") {
        let login = ["auth", "login", "-u", USER, "-p", PASSWORD];
        quiet(Command::new(&crane).args(login).arg(registry.to_string()))?;
        for image in &package.images {
            let reference = format!("{registry}/{prefix}/{}:{}", image.name, image.tag);
            quiet(
                Command::new(&crane).args(["validate", "--insecure", "--remote"]).arg(reference),
            )?;
        }
        println!("  crane validates all {} images", package.images.len());
    }
    if let Some(helm) = peers::find("helm") {
        let mut pull = Command::new(helm);
        pull.args(["pull", &chart.name, "--version", &chart.version, "--repo", &chart.repository]);
        quiet(pull.args(["--username", USER, "--password", PASSWORD]))?;
        println!("  helm pulls {} {}", chart.name, chart.version);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_version_of_a_chart_is_read() {
        let index = r#"{"entries": {"kairship": [
            {"version": "0.21.0", "digest": "abc", "urls": ["charts/kairship-0.21.0.tgz"]}]}}"#;
        let entry = Entry::read(index, "kairship").unwrap();
        let expected = Entry {
            version: "0.21.0".into(),
            digest: "abc".into(),
            url: "charts/kairship-0.21.0.tgz".into(),
        };
        assert_eq!(entry, expected);
        assert!(Entry::read(index, "karmada").is_err());
    }
}
