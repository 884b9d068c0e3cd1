//! What is rendered: the charts of a corpus with their values files, and the testkit's own.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use testkit::{Arch, Kairship, Version};

/// A chart and, if any, a values file.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// `NAME` or `NAME@VALUES`.
    pub(crate) name: String,
    pub(crate) chart: PathBuf,
    pub(crate) values: Option<PathBuf>,
}

/// The cases of the corpus, sorted; none if there is no corpus.
pub(crate) fn corpus() -> Vec<Case> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/charts");
    let directory = env::var_os("FERRY_CHART_CORPUS").map_or(beside, PathBuf::from);
    let mut cases = Vec::new();
    for chart in entries(&directory) {
        let name = chart.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for (at, archive) in entries(&chart).iter().filter(|path| ends(path, "tgz")).enumerate() {
            let name = if at == 0 { name.clone() } else { format!("{name}#{at}") };
            add(&mut cases, &name, archive, &chart.join("values"));
        }
    }
    if cases.is_empty() {
        super::tell(&format!("skipped: there are no charts in {}", directory.display()));
    }
    cases
}

fn add(cases: &mut Vec<Case>, name: &str, archive: &Path, values: &Path) {
    let plain = Case { name: name.to_owned(), chart: archive.to_owned(), values: None };
    let files = entries(values);
    let files = files.iter().filter(|path| ends(path, "yaml") || ends(path, "yml"));
    let with = |file: &PathBuf| Case {
        name: format!("{name}@{}", file.file_name().unwrap_or_default().to_string_lossy()),
        values: Some(file.clone()),
        ..plain.clone()
    };
    cases.push(plain.clone());
    cases.extend(files.map(with));
}

/// What is in a directory, sorted; nothing if there is none.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(directory).into_iter().flatten();
    let mut paths: Vec<PathBuf> = found.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

fn ends(path: &Path, extension: &str) -> bool {
    path.extension() == Some(OsStr::new(extension))
}

/// Both versions of the testkit's module, written below `directory`.
pub(crate) fn look_alikes(directory: &Path) -> Vec<Case> {
    [("0.20.0", Version::V0_20_0), ("0.21.0", Version::V0_21_0)]
        .into_iter()
        .map(|(version, kairship)| {
            let chart = directory.join(format!("kairship-{version}.tgz"));
            let archive = Kairship::new(kairship, Arch::Amd64).chart().tgz("kairship");
            fs::write(&chart, archive).expect("the directory is ours");
            Case { name: format!("kairship-{version}"), chart, values: None }
        })
        .collect()
}
