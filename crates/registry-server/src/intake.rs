//! From a request's body into an upload.

use std::future::Future;
use std::pin::pin;

use tokio::task::JoinHandle;

use crate::error::ApiError;
use crate::request::RequestBody;
use crate::store::{StoreError, Upload};

/// How many bytes are hashed and written at a time. Small frames are gathered first: going to another thread for each
/// would cost more than the work.
const WRITE_SIZE: usize = 256 << 10;

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
/// buffers are all the memory it takes.
pub(crate) async fn receive(
    body: &mut RequestBody,
    upload: Box<dyn Upload>,
    superseded: impl Future<Output = ()>,
) -> (Box<dyn Upload>, Result<(), Stop>) {
    let mut superseded = pin!(superseded);
    let mut writer = Writer { state: State::Idle(upload), buffer: Vec::new(), failure: None };
    let outcome = loop {
        let bytes = tokio::select! {
            biased;
            () = &mut superseded => break Err(Stop::Superseded),
            bytes = body.next() => bytes,
        };
        match bytes {
            Ok(Some(bytes)) => writer.add(&bytes).await,
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
    buffer: Vec<u8>,
    failure: Option<StoreError>,
}

/// The upload, the buffer, and how it went.
type Written = (Box<dyn Upload>, Vec<u8>, Result<(), StoreError>);

enum State {
    Idle(Box<dyn Upload>),
    Writing(JoinHandle<Written>),
    /// Only while the state changes.
    Changing,
}

impl Writer {
    async fn add(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= WRITE_SIZE {
            self.write().await;
        }
    }

    /// Waits for the write before and starts the next.
    async fn write(&mut self) {
        let (mut upload, spare) = self.settle().await;
        if self.failure.is_some() {
            self.state = State::Idle(upload);
            return;
        }
        let buffer = std::mem::replace(&mut self.buffer, spare);
        self.state = State::Writing(tokio::task::spawn_blocking(move || {
            let written = upload.write(&buffer);
            (upload, buffer, written)
        }));
    }

    /// Waits for the write under way. Gives the upload and an empty buffer.
    async fn settle(&mut self) -> (Box<dyn Upload>, Vec<u8>) {
        match std::mem::replace(&mut self.state, State::Changing) {
            State::Idle(upload) => (upload, Vec::with_capacity(2 * WRITE_SIZE)),
            State::Writing(task) => {
                let (upload, mut buffer, written) = settled(task).await;
                self.failure = self.failure.take().or(written.err());
                buffer.clear();
                (upload, buffer)
            }
            State::Changing => {
                unreachable!("the state is set again before anything is awaited twice")
            }
        }
    }

    async fn finish(mut self) -> (Box<dyn Upload>, Option<StoreError>) {
        if !self.buffer.is_empty() {
            self.write().await;
        }
        let (upload, _) = self.settle().await;
        (upload, self.failure)
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
