//! Charts: a record for each version, the archives among the blobs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use oci::{Descriptor, Digest, media_type};

use super::blobs::Space;
use super::directory::FileStoreError;
use super::layout::Layout;
use super::{durable, repositories};
use crate::chart::{ChartRecord, Project};
use crate::store::{Blob, NewChart, OnExisting, StoreError};
use crate::timestamp::rfc3339;

/// The records by project and file name. The directory belongs to this process alone, so memory and disk agree.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<BTreeMap<Project, BTreeMap<String, ChartRecord>>>);

impl Shelf {
    pub(super) fn load(layout: &Layout) -> Result<Self, FileStoreError> {
        let mut projects: BTreeMap<Project, BTreeMap<String, ChartRecord>> = BTreeMap::new();
        for name in repositories::children(&layout.charts())
            .map_err(FileStoreError::io(&layout.charts()))?
        {
            let project = match name.parse() {
                Ok(project) => project,
                Err(_) if name == Layout::ROOT_PROJECT => Project::root(),
                Err(_) => continue,
            };
            let records = load_project(&layout.project(&project))?;
            projects.insert(project, records);
        }
        Ok(Self(Mutex::new(projects)))
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<Project, BTreeMap<String, ChartRecord>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn refers_to(&self, digest: &Digest) -> bool {
        self.records().values().flat_map(BTreeMap::values).any(|record| {
            let provenance = record.provenance.as_ref();
            record.archive.digest == *digest
                || provenance.is_some_and(|file| file.digest == *digest)
        })
    }
}

fn load_project(directory: &Path) -> Result<BTreeMap<String, ChartRecord>, FileStoreError> {
    let mut records = BTreeMap::new();
    for name in repositories::children(directory).map_err(FileStoreError::io(directory))? {
        let path = directory.join(name);
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = fs::read(&path).map_err(FileStoreError::io(&path))?;
        let record: ChartRecord = serde_json::from_slice(&text)
            .map_err(|source| FileStoreError::Corrupt { path, source })?;
        records.insert(record.entry.file_name(), record);
    }
    Ok(records)
}

impl Space {
    pub(super) fn charts(&self, project: &Project) -> Vec<ChartRecord> {
        self.shelf
            .records()
            .get(project)
            .map(|records| records.values().cloned().collect())
            .unwrap_or_default()
    }

    pub(super) fn open_chart(&self, content: &Descriptor) -> Result<Blob, StoreError> {
        self.open_content(&content.digest, None)?.ok_or(StoreError::ChartUnknown)
    }

    /// The content goes among the blobs; writing the record is the step that makes it a chart, or replaces one.
    pub(super) fn put_chart(&self, project: &Project, chart: &NewChart) -> Result<(), StoreError> {
        let failed = || StoreError::io("store a chart");
        let gate = self.linking();
        let file_name = chart.entry.file_name();
        let archive = Descriptor::of(media_type::HELM_CHART, &chart.archive);
        let provenance = chart.provenance.as_ref().map(|bytes| Descriptor::of(PROVENANCE, bytes));
        let mut projects = self.shelf.records();
        let existing = projects.get(project).and_then(|records| records.get(&file_name)).cloned();
        if let Some(existing) = &existing {
            let entry = &existing.entry;
            // `a-1` version `2` and `a` version `1-2` have the same file name: neither may replace the other.
            let is_same_chart =
                entry.name == chart.entry.name && entry.version == chart.entry.version;
            let may_replace = is_same_chart && chart.on_existing == OnExisting::Replace;
            let is_same = existing.archive.digest == archive.digest;
            if !is_same && !may_replace {
                let (name, version) = (entry.name.clone(), entry.version.clone());
                return Err(StoreError::ChartExists { name, version });
            }
            if is_same && (provenance.is_none() || provenance == existing.provenance) {
                return Ok(());
            }
        }
        let record = ChartRecord {
            entry: chart.entry.clone(),
            archive,
            provenance,
            created: rfc3339(SystemTime::now()),
        };
        let text = serde_json::to_vec(&record).map_err(|error| failed()(error.into()))?;
        durable::write(&self.layout.blob(&record.archive.digest), &chart.archive)
            .map_err(failed())?;
        if let (Some(descriptor), Some(bytes)) = (&record.provenance, &chart.provenance) {
            durable::write(&self.layout.blob(&descriptor.digest), bytes).map_err(failed())?;
        }
        let path = self.record_path(project, &file_name);
        durable::write(&path, &text).map_err(failed())?;
        projects.entry(project.clone()).or_default().insert(file_name, record);
        drop(projects);
        drop(gate);
        existing.map_or(Ok(()), |existing| self.release_chart(&existing))
    }

    pub(super) fn delete_chart(
        &self,
        project: &Project,
        name: &str,
        version: &str,
    ) -> Result<(), StoreError> {
        let mut projects = self.shelf.records();
        let records = projects.get_mut(project).ok_or(StoreError::ChartUnknown)?;
        let is_wanted =
            |record: &ChartRecord| record.entry.name == name && record.entry.version == version;
        let file_name = records
            .iter()
            .find_map(|(file_name, record)| is_wanted(record).then(|| file_name.clone()))
            .ok_or(StoreError::ChartUnknown)?;
        let path = self.record_path(project, &file_name);
        durable::remove(&path).map_err(StoreError::io("remove a chart"))?;
        let removed = records.remove(&file_name);
        drop(projects);
        removed.map_or(Ok(()), |removed| self.release_chart(&removed))
    }

    fn release_chart(&self, record: &ChartRecord) -> Result<(), StoreError> {
        let _gate = self.removing();
        self.release(&record.archive.digest)?;
        record.provenance.as_ref().map_or(Ok(()), |file| self.release(&file.digest))
    }

    fn record_path(&self, project: &Project, file_name: &str) -> std::path::PathBuf {
        self.layout.project(project).join(format!("{file_name}.json"))
    }
}

/// What a provenance file is called where types are asked for (Helm's own name for it).
const PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";
