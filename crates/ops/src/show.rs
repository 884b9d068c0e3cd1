//! `show`: what a chart says about itself.

use std::path::Path;

use helm::{Metadata, ResolvedChart};

use crate::chart::{Refusal, load, locate};
use crate::problem::ProblemKind;

/// What of a chart is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Its metadata.
    Chart,
    /// Its defaults.
    Values,
    /// Its introduction.
    Readme,
    /// Its CRDs and those of the charts in it.
    Crds,
    /// All of that.
    All,
}

/// The names an introduction may have, in any case.
const READMES: [&str; 3] = ["readme.md", "readme.txt", "readme"];
const SEPARATOR: &[u8] = b"---\n";

/// Gives the text that `helm show` prints. `directory` is the current one.
pub fn show(chart: &str, directory: &Path, shown: Shown) -> Result<Vec<u8>, Refusal> {
    let chart = load(&locate(chart, directory)?)?;
    let resolved = ResolvedChart::read(&chart).map_err(|error| {
        crate::chart::refuse(ProblemKind::ChartUnloadable, chart.name(), error.to_string())
    })?;
    let is_shown = |part| shown == part || shown == Shown::All;
    let mut out = Vec::new();
    if is_shown(Shown::Chart) {
        line(&mut out, metadata_yaml(&chart.metadata).as_bytes());
    }
    let readme = chart.files.iter().find(|file| is_readme(&file.path)).map(|file| &file.data);
    for (part, text) in [(Shown::Values, chart.file("values.yaml")), (Shown::Readme, readme)] {
        if let Some(text) = text.filter(|_| is_shown(part)) {
            if shown == Shown::All {
                out.extend_from_slice(SEPARATOR);
            }
            line(&mut out, text);
        }
    }
    if is_shown(Shown::Crds) {
        for (_, crd) in resolved.crds() {
            if !crd.data.starts_with(b"---") {
                out.extend_from_slice(SEPARATOR);
            }
            line(&mut out, &crd.data);
        }
    }
    Ok(out)
}

/// Metadata as helm writes them, with a line break at the end.
pub(crate) fn metadata_yaml(metadata: &Metadata) -> String {
    let value = goyaml::from_json(metadata.to_json().as_bytes()).expect("what was just written");
    let mut yaml = goyaml::to_yaml(&value).expect("JSON has nothing that YAML cannot say");
    if !yaml.ends_with('\n') {
        yaml.push('\n');
    }
    yaml
}

fn is_readme(path: &str) -> bool {
    READMES.iter().any(|name| path.eq_ignore_ascii_case(name))
}

fn line(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(text);
    out.push(b'\n');
}
