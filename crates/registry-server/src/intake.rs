//! From a request's body into an upload.

use std::future::Future;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use tokio::task::JoinHandle;

use crate::error::ApiError;
use crate::request::RequestBody;
use crate::store::{StoreError, Upload};

/// How many bytes are gathered from small frames before they are hashed and written: going to another thread for each
/// would cost more than the work.
const WRITE_SIZE: usize = 256 << 10;

/// A frame of this size is worth a write of its own, without being copied.
const LARGE_FRAME: usize = 64 << 10;

/// Why a body did not come in to its end.
pub(crate) enum Stop {
    /// Another request took the upload over.
    Superseded,
    /// The client fell silent or went away.
    Body(ApiError),
    /// The store failed.
    Store(StoreError),
}

/// Adds a body to an upload, as far as it comes. While bytes are hashed and written, the next ones are received; two
/// writes' bytes and what the connection has read are all the memory it takes.
pub(crate) async fn receive(
    body: &mut RequestBody,
    upload: Box<dyn Upload>,
    superseded: impl Future<Output = ()>,
) -> (Box<dyn Upload>, Result<(), Stop>) {
    let mut superseded = pin!(superseded);
    let mut writer =
        Writer { state: State::Idle(upload), gathered: BytesMut::new(), failure: None };
    let outcome = loop {
        let bytes = tokio::select! {
            biased;
            () = &mut superseded => break Err(Stop::Superseded),
            bytes = body.next() => bytes,
        };
        match bytes {
            Ok(Some(bytes)) => writer.add(bytes).await,
            Ok(None) => break Ok(()),
            Err(error) => break Err(Stop::Body(error)),
        }
        if writer.failure.is_some() {
            break Ok(());
        }
    };
    let (upload, failure) = writer.finish().await;
    (upload, failure.map_or(outcome, |failure| Err(Stop::Store(failure))))
}

struct Writer {
    state: State,
    gathered: BytesMut,
    failure: Option<StoreError>,
}

enum State {
    Idle(Box<dyn Upload>),
    Writing(JoinHandle<(Box<dyn Upload>, Result<(), StoreError>)>),
    /// Only while the state changes.
    Changing,
}

impl Writer {
    async fn add(&mut self, bytes: Bytes) {
        if self.gathered.is_empty() && bytes.len() >= LARGE_FRAME {
            return self.write(bytes).await;
        }
        self.gathered.extend_from_slice(&bytes);
        if self.gathered.len() >= WRITE_SIZE {
            let gathered = self.gathered.split().freeze();
            self.write(gathered).await;
        }
    }

    /// Waits for the write before and starts the next.
    async fn write(&mut self, bytes: Bytes) {
        let mut upload = self.settle().await;
        if self.failure.is_some() {
            self.state = State::Idle(upload);
            return;
        }
        self.state = State::Writing(tokio::task::spawn_blocking(move || {
            let written = upload.write(&bytes);
            (upload, written)
        }));
    }

    /// Waits for the write under way.
    async fn settle(&mut self) -> Box<dyn Upload> {
        match std::mem::replace(&mut self.state, State::Changing) {
            State::Idle(upload) => upload,
            State::Writing(task) => {
                let (upload, written) = settled(task).await;
                self.failure = self.failure.take().or(written.err());
                upload
            }
            State::Changing => {
                unreachable!("the state is set again before anything is awaited twice")
            }
        }
    }

    async fn finish(mut self) -> (Box<dyn Upload>, Option<StoreError>) {
        if !self.gathered.is_empty() {
            let gathered = self.gathered.split().freeze();
            self.write(gathered).await;
        }
        (self.settle().await, self.failure)
    }
}

async fn settled<T>(task: JoinHandle<T>) -> T {
    match task.await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}
