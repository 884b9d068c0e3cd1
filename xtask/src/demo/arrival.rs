//! The chart, fetched with a client of our own, and everything once more with real clients where they are installed.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use crate::failure::{Attempt, Result};
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
    /// Reads the block below `  NAME:`. Enough for an index that we know has one chart in one version.
    fn read(index: &str, name: &str) -> Result<Self> {
        let mut lines = index.lines().skip_while(|line| line.trim() != format!("{name}:"));
        lines.next().attempt(|| format!("the index has no chart {name}:\n{index}"))?;
        let block: Vec<&str> = lines.collect();
        let shallowest = block.first().map_or(0, |line| indent(line));
        let value = |key: &str| {
            let prefix = format!("{key}:");
            let own = block.iter().filter(|line| indent(line) <= shallowest + 2);
            own.map(|line| line.trim_start_matches([' ', '-']))
                .find_map(|line| line.strip_prefix(&prefix))
                .map(|rest| rest.trim().trim_matches(['"', '\'']).to_owned())
                .attempt(|| format!("the index gives no {key} for {name}:\n{index}"))
        };
        let urls = block.iter().position(|line| line.trim_start_matches([' ', '-']) == "urls:");
        let url = urls
            .and_then(|at| block.get(at + 1))
            .attempt(|| format!("no URL for {name}:\n{index}"))?;
        let url = url.trim_start_matches([' ', '-']).trim_matches(['"', '\'']).to_owned();
        Ok(Self { version: value("version")?, digest: value("digest")?, url })
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
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
    fn an_index_entry_is_read_at_its_own_level() {
        let index = "apiVersion: v1\nentries:\n  kairship:\n  - apiVersion: v2\n    dependencies:\n    \
                     - name: common\n      version: 1.16.1\n    digest: abc\n    name: kairship\n    urls:\n    \
                     - charts/kairship-0.21.0.tgz\n    version: 0.21.0\n";
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
