//! `dependency list`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use helm::{Chart, Dependency};

use super::{Root, is_archive_name, satisfies};
use crate::chart::Refusal;

/// What is printed: every declared dependency and how it stands. `widest` bounds the columns, 0 does not.
pub fn list_dependencies(name: &str, directory: &Path, widest: usize) -> Result<String, Refusal> {
    let root = Root::load(name, directory, |name| format!("stat {name}: "))?;
    let declared = &root.chart.metadata.dependencies;
    if declared.is_empty() {
        let charts = root.shown.join("charts");
        return Ok(format!("WARNING: no dependencies at {}\n", charts.display()));
    }
    let mut rows = vec![["NAME", "VERSION", "REPOSITORY", "STATUS"].map(str::to_owned)];
    for dependency in declared {
        let Dependency { name, version, repository, .. } = dependency;
        let status = status(&root, dependency).to_owned();
        rows.push([name.clone(), version.clone(), repository.clone(), status]);
    }
    let mut out = table(&rows, widest);
    out.push('\n');
    out.push_str(&surplus(&root));
    Ok(out)
}

fn status(root: &Root, wanted: &Dependency) -> &'static str {
    let charts = root.path.join("charts");
    let archives = archives(&charts, &wanted.name);
    let archive = match &archives[..] {
        [] => return unpacked_status(&root.chart, wanted),
        [one] => one.clone(),
        many => {
            let is_version = |name: &&String| {
                let version = name[wanted.name.len() + 1..].trim_end_matches(".tgz");
                version.parse::<semver::Version>().is_ok()
            };
            let mut found = many.iter().filter(is_version);
            match (found.next(), found.next()) {
                (Some(one), None) => one.clone(),
                _ => return "too many matches",
            }
        }
    };
    let loaded = fs::read(charts.join(archive)).ok();
    let Some(Ok(chart)) = loaded.map(|bytes| Chart::from_archive(&bytes)) else {
        return "corrupt";
    };
    if chart.name() != wanted.name {
        return "misnamed";
    }
    version_status(chart.version(), wanted, "ok")
}

fn unpacked_status(chart: &Chart, wanted: &Dependency) -> &'static str {
    let mut charts = chart.subcharts.iter().map(|subchart| &subchart.chart);
    match charts.rfind(|chart| chart.name() == wanted.name) {
        Some(chart) => version_status(chart.version(), wanted, "unpacked"),
        None => "missing",
    }
}

fn version_status(version: &str, wanted: &Dependency, good: &'static str) -> &'static str {
    if version == wanted.version {
        return good;
    }
    match satisfies(version, &wanted.version) {
        Some(true) => good,
        Some(false) => "wrong version",
        None => "invalid version",
    }
}

/// Archives that could be of a chart, by name, sorted.
fn archives(charts: &Path, name: &str) -> Vec<String> {
    let entries = fs::read_dir(charts).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|file| {
            file.strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('-'))
                .is_some_and(is_archive_name)
        })
        .collect();
    names.sort();
    names
}

/// Columns with a tab between them, as wide as their widest cell.
fn table(rows: &[[String; 4]], widest: usize) -> String {
    let cut = |cell: &str| match widest {
        0 => cell.to_owned(),
        widest if cell.chars().count() > widest => {
            let kept = cell.chars().take(widest.saturating_sub(3)).collect::<String>();
            format!("{kept}...")
        }
        _ => cell.to_owned(),
    };
    let rows: Vec<[String; 4]> =
        rows.iter().map(|row| row.each_ref().map(|cell| cut(cell))).collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    let line = |row: &[String; 4]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("\t") + "\n"
    };
    rows.iter().map(line).collect()
}

/// What lies in `charts/` without being declared, or without being a chart.
fn surplus(root: &Root) -> String {
    let mut names: Vec<_> = fs::read_dir(root.path.join("charts"))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            is_directory || entry.path().extension().is_some_and(|end| end == "tgz")
        })
        .collect();
    names.sort_by_key(fs::DirEntry::file_name);
    let declared = &root.chart.metadata.dependencies;
    let mut out = String::new();
    for entry in names {
        let shown = root.shown.join("charts").join(entry.file_name());
        let shown = shown.display().to_string();
        let path = entry.path();
        let loaded = if path.is_dir() {
            Chart::from_directory(&path).ok()
        } else {
            fs::read(&path).ok().and_then(|bytes| Chart::from_archive(&bytes).ok())
        };
        match loaded {
            None => {
                let _ = writeln!(out, "WARNING: {shown:?} is not a chart.");
            }
            Some(chart) if !declared.iter().any(|wanted| wanted.name == chart.name()) => {
                let _ = writeln!(out, "WARNING: {shown:?} is not in Chart.yaml.");
            }
            Some(_) => {}
        }
    }
    out
}
