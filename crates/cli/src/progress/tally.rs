//! Sums over events.

use std::collections::HashMap;

use ops::{BlobOutcome, Digest, Event, Phase};

/// How far an operation is.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) phase: Option<Phase>,
    pub(super) images: usize,
    pub(super) images_done: usize,
    pub(super) charts_done: usize,
    pub(super) blobs: usize,
    pub(super) blobs_done: usize,
    pub(super) bytes: u64,
    pub(super) bytes_done: u64,
    under_way: HashMap<Digest, Blob>,
}

/// A blob that is being sent or read.
#[derive(Clone, Debug)]
pub(super) struct Blob {
    pub(super) member: String,
    pub(super) size: u64,
    pub(super) done: u64,
}

impl Tally {
    /// Counts an event. Returns the blob that a `BlobDone` ended.
    pub(super) fn count(&mut self, event: &Event) -> Option<Blob> {
        match event {
            Event::Phase(phase) => self.phase = Some(*phase),
            Event::Planned { images, blobs, bytes } => {
                (self.images, self.blobs, self.bytes) = (*images, *blobs, *bytes);
                // Of several packages one after the other, each counts from its beginning.
                (self.images_done, self.blobs_done, self.bytes_done) = (0, 0, 0);
            }
            Event::BlobStarted { digest, size, member } => {
                let blob = Blob { member: member.clone(), size: *size, done: 0 };
                // A repeated attempt counts from its beginning.
                if let Some(previous) = self.under_way.insert(digest.clone(), blob) {
                    self.bytes_done -= previous.done;
                }
            }
            Event::BlobProgress { digest, bytes } => {
                if let Some(blob) = self.under_way.get_mut(digest) {
                    let step = (*bytes).min(blob.size - blob.done);
                    blob.done += step;
                    self.bytes_done += step;
                }
            }
            Event::BlobDone { digest, outcome } => return self.end(digest, *outcome),
            Event::ImageDone { .. } => self.images_done += 1,
            Event::ChartDone { .. } => self.charts_done += 1,
            _ => {}
        }
        None
    }

    fn end(&mut self, digest: &Digest, outcome: BlobOutcome) -> Option<Blob> {
        self.blobs_done += 1;
        let mut blob = self.under_way.remove(digest)?;
        if outcome != BlobOutcome::Damaged {
            self.bytes_done += blob.size - blob.done;
            blob.done = blob.size;
        }
        Some(blob)
    }

    /// A blob that is under way.
    pub(super) fn blob(&self, digest: &Digest) -> Option<&Blob> {
        self.under_way.get(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_blob_is_not_counted_twice() {
        let digest: Digest = format!("sha256:{}", "0".repeat(64)).parse().unwrap();
        let mut tally = Tally::default();
        let started = Event::BlobStarted { digest: digest.clone(), size: 100, member: "m".into() };
        tally.count(&Event::Planned { images: 1, blobs: 1, bytes: 100 });
        tally.count(&started);
        tally.count(&Event::BlobProgress { digest: digest.clone(), bytes: 60 });
        tally.count(&started);
        tally.count(&Event::BlobProgress { digest: digest.clone(), bytes: 500 });
        assert_eq!(tally.bytes_done, 100);
        let done = tally.count(&Event::BlobDone { digest, outcome: BlobOutcome::Sent }).unwrap();
        assert_eq!((done.done, tally.blobs_done, tally.bytes_done), (100, 1, 100));
        tally.count(&Event::Planned { images: 1, blobs: 1, bytes: 100 });
        assert_eq!((tally.blobs_done, tally.bytes_done), (0, 0), "the next package");
    }
}
