//! Bodies on their way out, and the watch over them.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Frame, SizeHint};
use oci::ContentError;
use tokio::time::Instant;

/// A stream of chunks whose total length is known.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, ContentError>> + Send>>;

/// A request's body. It is always sent with a `Content-Length`.
#[derive(Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// Bytes in memory, as one or several pieces that are not copied together. Can be sent again.
    Chunks(Vec<Bytes>),
    /// A stream of exactly `length` bytes. Can be sent once.
    Stream {
        /// The `Content-Length`.
        length: u64,
        /// The bytes.
        stream: ByteStream,
    },
}

impl Body {
    /// The number of bytes.
    pub fn length(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Chunks(chunks) => chunks.iter().map(|chunk| chunk.len() as u64).sum(),
            Self::Stream { length, .. } => *length,
        }
    }

    /// A second body with the same bytes, when that is possible.
    pub(crate) fn replay(&self) -> Option<Self> {
        match self {
            Self::Empty => Some(Self::Empty),
            Self::Chunks(chunks) => Some(Self::Chunks(chunks.clone())),
            Self::Stream { .. } => None,
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Chunks(vec![bytes])
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.length())
    }
}

/// What is known about a request under way. Shared by the body, which the connection owns, and the one who waits.
pub(crate) struct Flow {
    is_stopped: AtomicBool,
    phase: Mutex<(Phase, Instant)>,
    failure: Mutex<Option<ContentError>>,
}

/// Whom a request is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// For the network to take more.
    Network,
    /// For the disk to give more: no reason to give up on the network.
    Source,
    /// For the answer.
    Answer,
}

/// How long each phase may last without a step.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) network: Duration,
    pub(crate) answer: Duration,
}

impl Flow {
    fn new(length: u64) -> Self {
        let phase = if length == 0 { Phase::Answer } else { Phase::Network };
        Self {
            is_stopped: AtomicBool::new(false),
            phase: Mutex::new((phase, Instant::now())),
            failure: Mutex::new(None),
        }
    }

    /// The body's own failure, if it had one.
    pub(crate) fn take_failure(&self) -> Option<ContentError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Nobody waits for this request any more: the rest of the body is not sent and the connection is given up.
    pub(crate) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    fn enter(&self, phase: Phase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = (phase, Instant::now());
    }

    /// Returns when nothing has moved for longer than the phase allows.
    pub(crate) async fn stalled(&self, patience: Patience) {
        loop {
            let (phase, since) = *self.phase.lock().unwrap_or_else(PoisonError::into_inner);
            let deadline = match phase {
                Phase::Network => since + patience.network,
                Phase::Answer => since + patience.answer,
                Phase::Source => Instant::now() + patience.network,
            };
            if deadline <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(deadline).await;
        }
    }
}

/// The body as the connection reads it.
pub(crate) struct Outgoing {
    pieces: Pieces,
    remaining: u64,
    flow: Arc<Flow>,
}

enum Pieces {
    Ready(VecDeque<Bytes>),
    Stream(ByteStream),
}

/// Why a body ends early. What was wrong with the content stays in [`Flow`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the answer came before the end of the body")]
    Stopped,
    #[error("the content failed")]
    Content,
    #[error("the body has another length than announced")]
    Length,
}

impl Outgoing {
    pub(crate) fn new(body: Body) -> (Self, Arc<Flow>) {
        let length = body.length();
        let flow = Arc::new(Flow::new(length));
        let pieces = match body {
            Body::Empty => Pieces::Ready(VecDeque::new()),
            Body::Chunks(chunks) => {
                Pieces::Ready(chunks.into_iter().filter(|chunk| !chunk.is_empty()).collect())
            }
            Body::Stream { stream, .. } => Pieces::Stream(stream),
        };
        (Self { pieces, remaining: length, flow: Arc::clone(&flow) }, flow)
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, BodyError>> {
        match &mut self.pieces {
            Pieces::Ready(pieces) => Poll::Ready(Ok(pieces.pop_front())),
            Pieces::Stream(stream) => match stream.as_mut().poll_next(cx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => Poll::Ready(Ok(None)),
                Poll::Ready(Some(Ok(bytes))) => Poll::Ready(Ok(Some(bytes))),
                Poll::Ready(Some(Err(error))) => {
                    *self.flow.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    Poll::Ready(Err(BodyError::Content))
                }
            },
        }
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.remaining == 0 {
            return Poll::Ready(None);
        }
        if self.flow.is_stopped.load(Ordering::Relaxed) {
            return Poll::Ready(Some(Err(BodyError::Stopped)));
        }
        let bytes = match self.poll_piece(cx) {
            Poll::Pending => {
                self.flow.enter(Phase::Source);
                return Poll::Pending;
            }
            Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
            Poll::Ready(Ok(None)) => return Poll::Ready(Some(Err(BodyError::Length))),
            Poll::Ready(Ok(Some(bytes))) => bytes,
        };
        let Some(remaining) = self.remaining.checked_sub(bytes.len() as u64) else {
            return Poll::Ready(Some(Err(BodyError::Length)));
        };
        self.remaining = remaining;
        self.flow.enter(if remaining == 0 { Phase::Answer } else { Phase::Network });
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}
