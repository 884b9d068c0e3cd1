//! What `sync` decided and did, as values that are printed or written as JSON.

use oci::{Digest, Platform, Reference};
use serde::Serialize;

use crate::{BlobOutcome, Problem};

/// The result of a run; with `--dry-run` the plan, where nothing is done yet.
#[derive(Clone, Debug, Serialize)]
pub struct SyncReport {
    /// Whether anything was written.
    pub dry_run: bool,
    /// The images, in the order of the packages.
    pub images: Vec<ImageReport>,
    /// The charts.
    pub charts: Vec<ChartReport>,
    /// Sums over everything.
    pub totals: Totals,
    /// Warnings and information.
    pub notes: Vec<Problem>,
    /// What to run next, verbatim.
    pub next: Vec<String>,
}

/// One image of one chart.
#[derive(Clone, Debug, Serialize)]
pub struct ImageReport {
    /// The name in the package.
    pub source: Reference,
    /// The name in the registry.
    pub target: Reference,
    /// The digest behind the new name: of the manifest, or of the index when there are several platforms.
    pub digest: Digest,
    /// Its platforms after this run.
    pub platforms: Vec<Platform>,
    /// What happens or happened to it.
    pub action: ImageAction,
    /// Bytes sent for it; blobs shared by several images count for the first.
    pub sent: u64,
    /// Blobs linked from another repository.
    pub mounted: usize,
    /// Blobs that were there.
    pub present: usize,
}

/// What a run does with an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageAction {
    /// It is new.
    Push,
    /// Its platform joins those that are there.
    Merge,
    /// It is there already.
    UpToDate,
    /// Another image had the tag.
    Overwrite,
    /// Another image has the tag and keeps it.
    Keep,
}

/// One chart.
#[derive(Clone, Debug, Serialize)]
pub struct ChartReport {
    /// Chart name.
    pub name: String,
    /// Chart version.
    pub version: String,
    /// Where it comes from in the package.
    pub origin: String,
    /// The digest of the relocated archive.
    pub digest: Digest,
    /// Where it is; what `helm pull` takes.
    pub url: Option<String>,
    /// What happens or happened to it.
    pub action: ChartAction,
    /// The values that were rewritten in the chart that is there; none when it is not ours.
    pub edits: Vec<ValueEdit>,
}

/// What a run does with a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChartAction {
    /// It is new.
    Publish,
    /// It is there already.
    UpToDate,
    /// Another chart had the version.
    Overwrite,
    /// Another chart has the version and keeps it.
    Keep,
    /// No chart target was given.
    None,
}

impl ChartAction {
    /// Whether the chart that is there afterwards is the one of this run.
    pub fn is_ours(self) -> bool {
        !matches!(self, Self::Keep | Self::None)
    }
}

/// One scalar of a values file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ValueEdit {
    /// File inside the chart.
    pub file: String,
    /// Dotted path of the key.
    pub path: String,
    /// The text before; `None` when the key was inserted.
    pub before: Option<String>,
    /// The text after.
    pub after: String,
}

/// Sums of a run. Sizes are in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Distinct blobs of the plan.
    pub blobs: usize,
    /// Their bytes.
    pub blob_bytes: u64,
    /// Blobs sent.
    pub sent: usize,
    /// Blob bytes sent.
    pub sent_bytes: u64,
    /// Blobs linked.
    pub mounted: usize,
    /// Blobs that were there.
    pub present: usize,
}

impl Totals {
    pub(crate) fn count(&mut self, outcome: BlobOutcome, sent_bytes: u64) {
        match outcome {
            BlobOutcome::Present => self.present += 1,
            BlobOutcome::Mounted => self.mounted += 1,
            _ => self.sent += 1,
        }
        self.sent_bytes += sent_bytes;
    }
}
