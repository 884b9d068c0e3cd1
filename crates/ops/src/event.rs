//! Progress, told while an operation runs. Events go one way: nobody answers them.

use std::sync::Arc;
use std::time::Duration;

use oci::Digest;

use crate::{Phase, Problem};

/// Something happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A new phase began.
    Phase(Phase),
    /// How much there is to do: distinct blobs to send and their bytes.
    Planned {
        /// Images in the plan.
        images: usize,
        /// Blobs that may have to be sent.
        blobs: usize,
        /// Their bytes.
        bytes: u64,
    },
    /// A blob is being sent (or read, by `verify`).
    BlobStarted {
        /// Which.
        digest: Digest,
        /// Its size in bytes.
        size: u64,
        /// The member of the package it comes from.
        member: String,
    },
    /// More of it went out.
    BlobProgress {
        /// Which.
        digest: Digest,
        /// Bytes since the last event.
        bytes: u64,
    },
    /// It is where it should be.
    BlobDone {
        /// Which.
        digest: Digest,
        /// How it got there.
        outcome: BlobOutcome,
    },
    /// An image has its tag.
    ImageDone {
        /// Its new name.
        target: String,
    },
    /// A chart is published.
    ChartDone {
        /// Where it can be had.
        url: String,
    },
    /// A request is tried again.
    Retry {
        /// What failed.
        subject: String,
        /// How often it was tried.
        attempt: u32,
        /// How long to wait.
        wait: Duration,
        /// Why.
        reason: String,
    },
    /// Something worth knowing that stops nothing.
    Note(Problem),
}

/// How a blob got to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BlobOutcome {
    /// It was there.
    Present,
    /// It was linked from another repository of the same registry.
    Mounted,
    /// It was sent.
    Sent,
    /// Its rest was sent; the beginning had arrived in an earlier run.
    Continued,
    /// It was read and is what its digest says (`verify`).
    Verified,
    /// It is damaged (`verify`).
    Damaged,
}

/// Who listens to events.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(Event) + Send + Sync>);

impl Progress {
    /// Calls `listener` for each event, from any thread.
    pub fn new(listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    /// Nobody listens.
    pub fn silent() -> Self {
        Self::new(|_| {})
    }

    pub(crate) fn emit(&self, event: Event) {
        (self.0)(event);
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}
