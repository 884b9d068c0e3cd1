//! Charts ready to be rendered: files sorted by what they are, defaults read, dependencies switched on and off.

mod dependency;
mod error;

use std::sync::Arc;

use bytes::Bytes;

pub use self::error::ResolveError;
use crate::render::ParsedSets;
use crate::values::{Table, Warning, read_values};
use crate::{Chart, File, Metadata};

/// A chart with its defaults, and the charts in it that take part.
///
/// What it was read from is shared between copies: one that is used twice under two names costs little.
#[derive(Clone, Debug)]
pub struct ResolvedChart {
    metadata: Metadata,
    content: Arc<Content>,
    values: Arc<Table>,
    dependencies: Vec<ResolvedChart>,
    full_path: String,
    is_root: bool,
}

/// The files of a chart by what they are.
#[derive(Debug, Default)]
struct Content {
    templates: Vec<File>,
    files: Vec<File>,
    schema: Option<Bytes>,
    parsed: ParsedSets,
}

impl ResolvedChart {
    /// Sorts a chart's files, reads its defaults, and does the same with every chart in it. No dependency is switched
    /// off yet; see [`ResolvedChart::resolve`].
    pub fn read(chart: &Chart) -> Result<Self, ResolveError> {
        let mut read = Self::read_one(chart)?;
        read.is_root = true;
        let name = read.metadata.name.clone();
        read.set_path(name);
        Ok(read)
    }

    fn read_one(chart: &Chart) -> Result<Self, ResolveError> {
        let values = match chart.file("values.yaml") {
            Some(text) => read_values(text).map_err(ResolveError::Values)?,
            None => Table::new(),
        };
        let mut dependencies = Vec::with_capacity(chart.subcharts.len());
        for subchart in &chart.subcharts {
            let read = Self::read_one(&subchart.chart);
            dependencies.push(read.map_err(|source| ResolveError::Subchart {
                directory: subchart.directory.clone(),
                parent: chart.metadata.name.clone(),
                source: Box::new(source),
            })?);
        }
        Ok(Self {
            metadata: chart.metadata.clone(),
            content: Arc::new(Content::of(chart)),
            values: Arc::new(values),
            dependencies,
            full_path: String::new(),
            is_root: false,
        })
    }

    /// Switches dependencies on and off for the user's values, gives them their aliases and brings up what they export,
    /// as helm does before it renders. Gives what helm has to say about it.
    pub fn resolve(&mut self, user: &Table) -> Result<Vec<Warning>, ResolveError> {
        dependency::process(self, user)
    }

    /// The names of dependencies that no chart is there for, in the order they are declared.
    pub fn missing_dependencies(&self) -> Vec<&str> {
        let is_missing = |name: &&str| !self.dependencies.iter().any(|found| found.name() == *name);
        self.metadata
            .dependencies
            .iter()
            .map(|wanted| wanted.name.as_str())
            .filter(is_missing)
            .collect()
    }

    /// Its name, or the alias it goes by.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Its metadata. The name is the alias if it has one, and only dependencies that take part are in the list.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Its defaults, with those its dependencies export.
    pub fn values(&self) -> &Table {
        &self.values
    }

    /// Puts other defaults in place of its own.
    pub fn set_values(&mut self, values: Table) {
        self.values = Arc::new(values);
    }

    /// The charts in it that take part.
    pub fn dependencies(&self) -> &[ResolvedChart] {
        &self.dependencies
    }

    /// `root/charts/child`, by names and aliases.
    pub fn full_path(&self) -> &str {
        &self.full_path
    }

    /// Whether it is the chart that was asked for, not one inside it.
    pub fn is_root(&self) -> bool {
        self.is_root
    }

    /// Its templates, partials included, with paths relative to it.
    pub fn templates(&self) -> &[File] {
        &self.content.templates
    }

    /// The files that templates see as `.Files`, in the order they were read.
    pub fn files(&self) -> &[File] {
        &self.content.files
    }

    /// Templates that were parsed before.
    pub(crate) fn parsed(&self) -> &ParsedSets {
        &self.content.parsed
    }

    /// `values.schema.json`.
    pub fn schema(&self) -> Option<&Bytes> {
        self.content.schema.as_ref()
    }

    /// The CRDs of the chart and those in it, with their full paths: what lies below `crds/` and is called YAML or JSON.
    pub fn crds(&self) -> Vec<(String, &File)> {
        let is_crd = |file: &&File| {
            let extension = file.path.rsplit_once('.').map_or("", |(_, extension)| extension);
            let is_manifest =
                ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known));
            file.path.starts_with("crds/") && is_manifest
        };
        let path = |file: &File| format!("{}/{}", self.full_path, file.path);
        let own = self.content.files.iter().filter(is_crd).map(|file| (path(file), file));
        own.chain(self.dependencies.iter().flat_map(Self::crds)).collect()
    }

    /// Gives the chart a place, and the charts in it theirs.
    fn set_path(&mut self, path: String) {
        self.full_path = path;
        for dependency in &mut self.dependencies {
            let path = format!("{}/charts/{}", self.full_path, dependency.metadata.name);
            dependency.set_path(path);
        }
    }
}

impl Content {
    fn of(chart: &Chart) -> Self {
        let mut content = Self::default();
        let keeps_requirements = chart.metadata.api_version == "v1";
        for file in &chart.files {
            match file.path.as_str() {
                "Chart.yaml" | "Chart.lock" | "values.yaml" => {}
                "values.schema.json" => content.schema = Some(file.data.clone()),
                "requirements.yaml" | "requirements.lock" if !keeps_requirements => {}
                path if path.starts_with("templates/") => content.templates.push(file.clone()),
                _ => content.files.push(file.clone()),
            }
        }
        content
    }
}

#[cfg(test)]
mod tests;
