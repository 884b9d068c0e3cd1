//! A request on its way through the handlers.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode, header};
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::sync::Semaphore;

use crate::blocking::blocking;
use crate::chart::ChartReader;
use crate::error::{ApiError, Code};
use crate::options::{AccessMode, Limits};
use crate::query::Query;
use crate::session::Sessions;
use crate::store::{Store, StoreError, WritableStore};

/// How much of a refused request's body is still read, so that the client comes to read the reply, and for how long.
const DRAIN_BYTES: u64 = 16 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sessions: Sessions,
    pub(crate) access: AccessMode,
    pub(crate) chart_reader: Option<ChartReader>,
    /// Charts are held in memory while they are read: few at a time.
    pub(crate) chart_uploads: Semaphore,
    pub(crate) limits: Limits,
}

impl Shared {
    /// Asks the store, on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let store = Arc::clone(&self.store);
        blocking(move || ask(store.as_ref())).await.map_err(ApiError::from)
    }

    /// Changes the store, on a thread that may block.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&dyn WritableStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let store = Arc::clone(&self.store);
        let change = move || store.writer().map(change);
        blocking(change).await.ok_or_else(ApiError::read_only)?.map_err(ApiError::from)
    }

    /// Refuses when nothing may be written.
    pub(crate) fn check_writable(&self) -> Result<(), ApiError> {
        if self.access == AccessMode::ReadWrite && self.store.writer().is_some() {
            Ok(())
        } else {
            Err(ApiError::read_only().with_header(header::ALLOW, "GET, HEAD"))
        }
    }
}

/// One request.
pub(crate) struct Call {
    pub(crate) shared: Arc<Shared>,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Query,
    pub(crate) body: RequestBody,
}

impl Call {
    /// A header's text; one that is not ASCII is as good as none.
    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn is_read(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }
}

/// What a client sends. It must not fall silent. What is left of a body when it is dropped is read in the background
/// within limits: a client that is still sending would otherwise see its connection reset instead of the reply.
pub(crate) struct RequestBody {
    incoming: Option<Incoming>,
    idle: Duration,
    received: Arc<AtomicU64>,
}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming, idle: Duration, received: Arc<AtomicU64>) -> Self {
        Self { incoming: Some(incoming), idle, received }
    }

    /// The announced length, in bytes.
    pub(crate) fn announced(&self) -> Option<u64> {
        self.incoming.as_ref().map_or(Some(0), |incoming| incoming.size_hint().exact())
    }

    /// Closes the connection instead of reading on: the client waits for leave to send (`Expect: 100-continue`).
    pub(crate) fn abandon(&mut self) {
        self.incoming = None;
    }

    /// The next bytes, or `None` at the end. May be dropped and called again.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        loop {
            let Some(incoming) = &mut self.incoming else { return Ok(None) };
            let frame = poll_fn(|cx| Pin::new(&mut *incoming).poll_frame(cx));
            let frame = tokio::time::timeout(self.idle, frame).await;
            match frame {
                Ok(Some(Ok(frame))) => {
                    let Ok(bytes) = frame.into_data() else { continue };
                    self.received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    return Ok(Some(bytes));
                }
                Ok(None) => self.incoming = None,
                Ok(Some(Err(error))) => {
                    self.incoming = None;
                    return Err(ApiError::new(Code::SizeInvalid, "the request ends too early")
                        .with_cause(&error));
                }
                Err(_) => {
                    self.incoming = None;
                    return Err(ApiError::new(Code::Unknown, "the request came to a halt")
                        .with_status(StatusCode::REQUEST_TIMEOUT));
                }
            }
        }
    }

    /// Everything at once, unless it has more than `limit` bytes.
    pub(crate) async fn read_all(&mut self, limit: u64) -> Result<Bytes, ApiError> {
        let too_large = || {
            ApiError::new(Code::SizeInvalid, format!("the request has more than {limit} bytes"))
                .with_status(StatusCode::PAYLOAD_TOO_LARGE)
        };
        let announced = self.announced();
        if announced.is_some_and(|announced| announced > limit) {
            return Err(too_large());
        }
        let capacity = announced.and_then(|announced| usize::try_from(announced).ok());
        let mut all = BytesMut::with_capacity(capacity.unwrap_or_default());
        while let Some(bytes) = self.next().await? {
            if all.len() as u64 + bytes.len() as u64 > limit {
                return Err(too_large());
            }
            all.extend_from_slice(&bytes);
        }
        Ok(all.freeze())
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        let Some(incoming) = self.incoming.take() else { return };
        if !incoming.is_end_stream() {
            tokio::spawn(tokio::time::timeout(DRAIN_TIME, drain(incoming)));
        }
    }
}

async fn drain(mut incoming: Incoming) {
    let mut left = DRAIN_BYTES;
    while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut incoming).poll_frame(cx)).await {
        let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len) as u64) else {
            return;
        };
        left = rest;
    }
}
