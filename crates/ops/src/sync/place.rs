//! One blob into every repository that needs it: sent once, mounted elsewhere.

use std::sync::{Arc, Mutex, PoisonError};

use oci::{Descriptor, Digest};
use registry_client::{Mount, Registry, UploadObserver, UploadSession};

use crate::network::request_problem;
use crate::open::Opened;
use crate::problem::{Error, Problem};
use crate::sync::jobs::BlobJob;
use crate::sync::journal::Journal;
use crate::{BlobOutcome, Event, Progress};

/// What happened to a blob in one repository.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) repository: String,
    pub(crate) outcome: BlobOutcome,
    /// Bytes sent.
    pub(crate) sent: u64,
}

/// Everything it takes to place blobs.
pub(crate) struct Placer<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) packages: &'a [Opened],
    pub(crate) journal: &'a Arc<Journal>,
    pub(crate) progress: &'a Progress,
}

impl Placer<'_> {
    /// Places a blob. The registry is asked first, whatever the journal remembers.
    pub(crate) async fn place(&self, job: &BlobJob) -> Result<(Digest, Vec<Placed>), Problem> {
        let digest = &job.descriptor.digest;
        let (size, member) = (job.descriptor.size, job.member.clone());
        self.progress.emit(Event::BlobStarted { digest: digest.clone(), size, member });
        let mut places: Vec<Placed> = Vec::new();
        for repository in &job.repositories {
            let from = places.first().map(|place| place.repository.clone());
            let place = self.place_in(job, repository, from.as_deref()).await?;
            places.push(place);
        }
        let outcome = places.first().map_or(BlobOutcome::Present, |place| place.outcome);
        self.progress.emit(Event::BlobDone { digest: digest.clone(), outcome });
        Ok((digest.clone(), places))
    }

    async fn place_in(
        &self,
        job: &BlobJob,
        name: &str,
        from: Option<&str>,
    ) -> Result<Placed, Problem> {
        let fail = |error: registry_client::Error| self.explain(name, job, &error);
        let placed = |outcome, sent| Placed { repository: name.to_owned(), outcome, sent };
        let repository = self.registry.repository(name).map_err(fail)?;
        let noted = self.journal.unfinished(name, &job.descriptor.digest).map(UploadSession::noted);
        // What was just placed elsewhere is linked without asking: the answer says whether that worked.
        let mount = match from {
            Some(from) => repository.mount(&job.descriptor, from).await.map_err(fail)?,
            None => Mount::NotMounted,
        };
        if mount == Mount::Mounted {
            return Ok(placed(BlobOutcome::Mounted, 0));
        }
        if repository.exists(&job.descriptor).await.map_err(fail)? {
            // Garbage in the registry's store: that it cannot be cleared changes nothing.
            for session in opened_by(mount).into_iter().chain(noted) {
                let _ = repository.cancel_upload(&session).await;
            }
            self.journal.finished(name, &job.descriptor.digest).map_err(Error::into_first)?;
            return Ok(placed(BlobOutcome::Present, 0));
        }
        let session = match (noted, opened_by(mount)) {
            (Some(noted), Some(opened)) => {
                let _ = repository.cancel_upload(&opened).await;
                Some(noted)
            }
            (noted, opened) => noted.or(opened),
        };
        let watch = Arc::new(Watch::new(self));
        let observer: Arc<dyn UploadObserver> = Arc::clone(&watch) as _;
        let source = &*self.packages[job.package].package;
        let push = repository
            .push_blob(&job.descriptor, source, session, &observer)
            .await
            .map_err(fail)?;
        watch.outcome()?;
        let outcome = if push.resumed_at > 0 { BlobOutcome::Continued } else { BlobOutcome::Sent };
        Ok(placed(outcome, push.sent_bytes))
    }

    /// A damaged blob is named by its member; everything else by where it was to go.
    fn explain(&self, repository: &str, job: &BlobJob, error: &registry_client::Error) -> Problem {
        match error.content_error() {
            Some(content) => crate::open::content_problem(content, &job.member),
            None => request_problem(&in_registry(self.registry, repository), error),
        }
    }
}

/// The upload a registry opens when it cannot mount.
fn opened_by(mount: Mount) -> Option<UploadSession> {
    match mount {
        Mount::Session(session) => Some(session),
        _ => None,
    }
}

/// `host/repository`.
pub(crate) fn in_registry(registry: &Registry, repository: &str) -> String {
    format!("{}/{repository}", registry.url().authority())
}

/// Writes the journal and tells progress while an upload runs.
struct Watch {
    journal: Arc<Journal>,
    progress: Progress,
    /// A journal that cannot be written fails the run when the upload is over.
    failure: Mutex<Option<Problem>>,
}

impl Watch {
    fn new(placer: &Placer<'_>) -> Self {
        let (journal, progress) = (Arc::clone(placer.journal), placer.progress.clone());
        Self { journal, progress, failure: Mutex::default() }
    }

    fn record(&self, written: Result<(), Error>) {
        if let Err(error) = written {
            let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            *failure = Some(error.into_first());
        }
    }

    fn outcome(&self) -> Result<(), Problem> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        failure.map_or(Ok(()), Err)
    }
}

impl UploadObserver for Watch {
    fn session_started(&self, repository: &str, descriptor: &Descriptor, location: &str) {
        self.record(self.journal.started(repository, &descriptor.digest, location));
    }

    fn progress(&self, descriptor: &Descriptor, bytes: u64) {
        self.progress.emit(Event::BlobProgress { digest: descriptor.digest.clone(), bytes });
    }

    fn session_finished(&self, repository: &str, descriptor: &Descriptor) {
        self.record(self.journal.finished(repository, &descriptor.digest));
    }
}
