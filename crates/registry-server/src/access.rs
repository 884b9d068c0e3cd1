//! The access log.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Response;
use http_body::{Body, Frame, SizeHint};

use crate::body::{BodyError, ReplyBody};
use crate::error::Refusal;

/// One request and its reply. It holds neither headers nor the query, so no credentials.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessRecord {
    /// Who asked.
    pub peer: SocketAddr,
    /// How.
    pub method: String,
    /// For what, as it stood in the request.
    pub path: String,
    /// The status of the reply.
    pub status: u16,
    /// Bytes of the request's body that were taken.
    pub bytes_in: u64,
    /// Bytes of the reply's body that were handed to the connection.
    pub bytes_out: u64,
    /// From the request's head to the reply's end.
    pub duration: Duration,
    /// Whether the reply was handed over to its end.
    pub is_complete: bool,
    /// Why the request was refused or the reply broke off.
    pub error: Option<String>,
}

/// Called once for each request, when its reply has ended or broken off. It must not block.
pub type AccessLog = Arc<dyn Fn(&AccessRecord) + Send + Sync>;

/// A request under way.
pub(crate) struct Entry {
    log: Option<AccessLog>,
    record: AccessRecord,
    started: Instant,
    received: Arc<AtomicU64>,
}

impl Entry {
    pub(crate) fn new(
        log: Option<AccessLog>,
        peer: SocketAddr,
        head: &http::request::Parts,
        received: Arc<AtomicU64>,
    ) -> Self {
        let record = AccessRecord {
            peer,
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            status: 0,
            bytes_in: 0,
            bytes_out: 0,
            duration: Duration::ZERO,
            is_complete: false,
            error: None,
        };
        Self { log, record, started: Instant::now(), received }
    }

    /// Watches the reply until its end.
    pub(crate) fn watch(mut self, reply: Response<ReplyBody>) -> Response<LoggedBody> {
        self.record.status = reply.status().as_u16();
        self.record.error = reply.extensions().get::<Refusal>().map(|refusal| refusal.0.clone());
        reply.map(|body| LoggedBody { body, entry: self })
    }
}

/// A body that tells the access log about its end.
pub(crate) struct LoggedBody {
    body: ReplyBody,
    entry: Entry,
}

impl Body for LoggedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let frame = Pin::new(&mut this.body).poll_frame(cx);
        match &frame {
            Poll::Ready(Some(Ok(frame))) => {
                let sent = frame.data_ref().map_or(0, Bytes::len);
                this.entry.record.bytes_out += sent as u64;
            }
            Poll::Ready(Some(Err(error))) => this.entry.record.error = Some(error.to_string()),
            _ => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for LoggedBody {
    fn drop(&mut self) {
        let Some(log) = self.entry.log.take() else { return };
        let record = &mut self.entry.record;
        record.is_complete = self.body.is_end_stream();
        record.duration = self.entry.started.elapsed();
        record.bytes_in = self.entry.received.load(Ordering::Relaxed);
        log(record);
    }
}
