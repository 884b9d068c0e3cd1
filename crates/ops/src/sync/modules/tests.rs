//! Packages in, what is wanted out; no target is asked.

mod beside;
mod bundles;
mod rendered;
mod served;
mod wraps;

use std::path::PathBuf;

use oci::{Digest, Relocation, RelocationRules};
use registry_client::NetworkOptions;
use testkit::{Arch, Bundle, ChartFiles, Image, Layer, LayerFile, images_tar};

use super::{Material, check_images, read};
use crate::open::open_package;
use crate::problem::{Error, Problem, ProblemKind, Severity};
use crate::sync::options::{
    ChartFilter, ConflictPolicy, RegistryKind, RegistryTarget, Selection, SyncOptions,
};

/// Packages in a directory of their own, and what is to be done with them.
struct Case {
    directory: tempfile::TempDir,
    options: SyncOptions,
}

impl Case {
    /// Images go to `r.example/<original path>`.
    fn new() -> Self {
        let rules = RelocationRules { registry: Some("r.example".into()), ..Default::default() };
        let directory = tempfile::tempdir().unwrap();
        let registry = RegistryTarget {
            host: "r.example".into(),
            scheme: None,
            credentials: None,
            kind: RegistryKind::Plain,
        };
        let options = SyncOptions {
            packages: Vec::new(),
            registry: Some(registry),
            charts: None,
            relocation: Relocation::new(rules).unwrap(),
            selection: Selection::default(),
            platform: None,
            skip_images: false,
            on_conflict: ConflictPolicy::Fail,
            dry_run: true,
            deep: false,
            create_projects: false,
            concurrency: 1,
            state_directory: directory.path().to_owned(),
            docker_config: None,
            network: NetworkOptions::default(),
        };
        Self { directory, options }
    }

    fn with(mut self, name: &str, bytes: &[u8]) -> Self {
        let path = self.directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        self.options.packages.push(path);
        self
    }

    fn rules(mut self, rules: RelocationRules) -> Self {
        self.options.relocation = Relocation::new(rules).unwrap();
        self
    }

    fn select(mut self, selection: Selection) -> Self {
        self.options.selection = selection;
        self
    }

    fn platform(mut self, platform: &str) -> Self {
        self.options.platform = Some(platform.parse().unwrap());
        self
    }

    fn read(&self) -> Result<Material, Error> {
        block_on(read(&self.options))
    }

    /// What `verify` says of the first package, apart from its blobs.
    fn verify(&self) -> Vec<Problem> {
        let opened = block_on(open_package(&self.options.packages[0])).unwrap();
        let mut problems = opened.problems.clone();
        check_images(&opened, &mut problems);
        problems
    }

    fn first(&self) -> &PathBuf {
        &self.options.packages[0]
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// An image whose content is `content`.
fn image(reference: &str, arch: Arch, content: &str) -> Image {
    let file = LayerFile { path: "content", mode: 0o644, content: content.into() };
    Image::new(reference, arch, vec![Layer::of_files(&[file])])
}

fn chart(version: &str, values: &str) -> ChartFiles {
    let metadata = format!("apiVersion: v2\nname: demo\nversion: {version}\n");
    ChartFiles::new([
        ("Chart.yaml".to_owned(), metadata.into_bytes()),
        ("values.yaml".to_owned(), values.into()),
    ])
}

fn bundle(hints: &str, chart: ChartFiles, images: &[Image]) -> Vec<u8> {
    Bundle { hints: hints.into(), chart, images: Some(images_tar(images)) }.to_bytes()
}

fn manifest_digest(image: &Image) -> Digest {
    Digest::of(&image.oci_manifest())
}

fn targets(material: &Material) -> Vec<String> {
    material.images.iter().map(|image| image.target.to_string()).collect()
}

fn versions(material: &Material) -> Vec<&str> {
    material.charts.iter().map(|chart| chart.chart.version()).collect()
}

/// Kind and subject of the problems that are at least this bad. That no package here has a checksum file is none.
fn at_least(severity: Severity, problems: &[Problem]) -> Vec<(ProblemKind, &str)> {
    let is_bad = |problem: &&Problem| {
        problem.severity >= severity && problem.kind != ProblemKind::ChecksumAbsent
    };
    let bad = problems.iter().filter(is_bad);
    bad.map(|problem| (problem.kind, problem.subject.as_str())).collect()
}

fn errors(outcome: Result<Material, Error>) -> Vec<(ProblemKind, String)> {
    let Err(error) = outcome else { panic!("it went well") };
    let bad = at_least(Severity::Error, &error.problems);
    bad.into_iter().map(|(kind, subject)| (kind, subject.to_owned())).collect()
}

fn filter(versions: &[&str], skip_images: bool) -> Selection {
    let versions = versions.iter().map(|version| (*version).to_owned()).collect();
    let charts = vec![ChartFilter { name: "demo".into(), versions, skip_images }];
    Selection { charts, ..Selection::default() }
}
