//! Unfinished uploads between their requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedMutexGuard, watch};

use crate::blocking::blocking;
use crate::error::ApiError;
use crate::store::{Store, StoreError, Upload, UploadId};

/// The uploads that were used lately, kept open so that their hash goes on where it was. Others are opened again from
/// the store.
#[derive(Default)]
pub(crate) struct Sessions(Arc<Mutex<HashMap<UploadId, Arc<Slot>>>>);

struct Slot {
    repository: String,
    state: Arc<tokio::sync::Mutex<State>>,
    /// Counts the requests that wanted the upload. A request that sees it grow gives the upload up.
    claims: watch::Sender<u64>,
    used: Mutex<Instant>,
}

enum State {
    /// In the store only.
    Closed,
    Open(Box<dyn Upload>),
    /// Finished, discarded, or never there.
    Gone,
}

/// The right of one request to work on an upload.
pub(crate) struct Lease {
    slot: Arc<Slot>,
    state: OwnedMutexGuard<State>,
    claim: u64,
}

impl Sessions {
    fn slots(&self) -> MutexGuard<'_, HashMap<UploadId, Arc<Slot>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a new upload for the requests to come.
    pub(crate) fn keep(&self, repository: &str, upload: Box<dyn Upload>) {
        let id = upload.id().clone();
        self.slots().insert(id, Arc::new(Slot::new(repository, State::Open(upload))));
    }

    /// Takes an upload over. A request that still works on it stores what it has and stops: when a client comes again,
    /// its old connection is dead, whether the server has noticed or not.
    pub(crate) async fn claim(
        &self,
        store: &Arc<dyn Store>,
        repository: &str,
        id: &UploadId,
    ) -> Result<(Lease, Box<dyn Upload>), ApiError> {
        let slot = {
            let mut slots = self.slots();
            let slot = slots
                .entry(id.clone())
                .or_insert_with(|| Arc::new(Slot::new(repository, State::Closed)));
            Arc::clone(slot)
        };
        if slot.repository != repository {
            return Err(StoreError::UploadUnknown.into());
        }
        let mut claim = 0;
        slot.claims.send_modify(|claims| {
            *claims += 1;
            claim = *claims;
        });
        let mut state = Arc::clone(&slot.state).lock_owned().await;
        let upload = match std::mem::replace(&mut *state, State::Closed) {
            State::Open(upload) => upload,
            State::Closed => match reopen(store, repository, id).await {
                Ok(upload) => upload,
                Err(error) => {
                    *state = State::Gone;
                    self.forget(id, &slot);
                    return Err(error);
                }
            },
            State::Gone => {
                *state = State::Gone;
                return Err(StoreError::UploadUnknown.into());
            }
        };
        Ok((Lease { slot, state, claim }, upload))
    }

    /// Ends the session of an upload that was finished or discarded.
    pub(crate) fn end(&self, id: &UploadId, mut lease: Lease) {
        *lease.state = State::Gone;
        self.forget(id, &lease.slot);
    }

    fn forget(&self, id: &UploadId, slot: &Arc<Slot>) {
        let mut slots = self.slots();
        if slots.get(id).is_some_and(|kept| Arc::ptr_eq(kept, slot)) {
            slots.remove(id);
        }
    }

    /// Closes the uploads that no request used for `age`. They stay in the store.
    pub(crate) fn close_idle(&self, age: Duration) {
        self.slots().retain(|_, slot| Arc::strong_count(slot) > 1 || slot.idle_time() < age);
    }
}

async fn reopen(
    store: &Arc<dyn Store>,
    repository: &str,
    id: &UploadId,
) -> Result<Box<dyn Upload>, ApiError> {
    let (store, repository, id) = (Arc::clone(store), repository.to_owned(), id.clone());
    let reopened =
        blocking(move || store.writer().map(|writer| writer.resume_upload(&repository, &id)));
    reopened.await.ok_or_else(ApiError::read_only)?.map_err(ApiError::from)
}

impl Slot {
    fn new(repository: &str, state: State) -> Self {
        Self {
            repository: repository.into(),
            state: Arc::new(tokio::sync::Mutex::new(state)),
            claims: watch::Sender::new(0),
            used: Mutex::new(Instant::now()),
        }
    }

    fn idle_time(&self) -> Duration {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

impl Lease {
    /// Comes when another request takes the upload over.
    pub(crate) fn superseded(&self) -> impl Future<Output = ()> + Send + use<> {
        let (mut claims, own) = (self.slot.claims.subscribe(), self.claim);
        async move {
            // It fails when the slot is gone, and then the lease is gone too.
            let _ = claims.wait_for(|claims| *claims > own).await;
        }
    }

    /// Gives the upload back for the next request.
    pub(crate) fn give_back(mut self, upload: Box<dyn Upload>) {
        *self.state = State::Open(upload);
        *self.slot.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}
