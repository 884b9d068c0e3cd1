//! Content on its way into a request.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use oci::{Content, ContentError, Descriptor, Source};

use crate::error::BoxError;
use crate::{ByteStream, Error, ErrorKind};

/// When the content fails with no more than this left to send, zeros are sent instead, so that the request ends in
/// order and the upload can be deleted.
const FILL: u64 = 1 << 20;

/// A piece of the zeros.
static ZEROS: [u8; 16 << 10] = [0; 16 << 10];

/// Told how many bytes leave.
type Count = Box<dyn Fn(u64) + Send + Sync>;

/// What became of the content of a stream.
#[derive(Clone, Default)]
pub(crate) struct Verdict(Arc<Mutex<Option<ContentError>>>);

impl Verdict {
    /// Why the content failed, if it did.
    pub(crate) fn take(&self) -> Option<ContentError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, error: ContentError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

/// Opens the content and reads its first chunk.
pub(crate) async fn from(
    source: &dyn Source,
    descriptor: &Descriptor,
    offset: u64,
    count: Count,
) -> Result<(ByteStream, Verdict), Error> {
    let mut content = open(source, descriptor)?.skip(offset);
    let first = match content.next().await {
        Some(Ok(chunk)) => Some(chunk),
        Some(Err(error)) => return Err(wrong(descriptor, error)),
        None => None,
    };
    let verdict = Verdict::default();
    let chunks = futures_util::stream::unfold(content, async |mut content: Content| {
        let chunk = content.next().await?;
        Some((chunk, content))
    });
    let left = descriptor.size.saturating_sub(offset);
    let stream = Outflow {
        first,
        chunks: Box::pin(chunks),
        left,
        is_filling: false,
        count,
        verdict: verdict.clone(),
    };
    Ok((Box::pin(stream), verdict))
}

/// The whole content, checked.
pub(crate) async fn collect(
    source: &dyn Source,
    descriptor: &Descriptor,
) -> Result<Vec<Bytes>, Error> {
    let mut content = open(source, descriptor)?;
    let mut chunks = Vec::new();
    while let Some(chunk) = content.next().await {
        chunks.push(chunk.map_err(|error| wrong(descriptor, error))?);
    }
    Ok(chunks)
}

fn open(source: &dyn Source, descriptor: &Descriptor) -> Result<Content, Error> {
    source.fetch(descriptor).map_err(|error| wrong(descriptor, error))
}

fn wrong(descriptor: &Descriptor, error: impl Into<BoxError>) -> Error {
    Error::caused_by(ErrorKind::Content, error).about(&descriptor.digest)
}

struct Outflow {
    first: Option<Bytes>,
    chunks: ByteStream,
    left: u64,
    is_filling: bool,
    count: Count,
    verdict: Verdict,
}

impl Outflow {
    fn send(&mut self, chunk: Bytes) -> Poll<Option<Result<Bytes, ContentError>>> {
        let length = chunk.len() as u64;
        self.left = self.left.saturating_sub(length);
        (self.count)(length);
        Poll::Ready(Some(Ok(chunk)))
    }

    fn fill(&mut self) -> Poll<Option<Result<Bytes, ContentError>>> {
        let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(ZEROS.len());
        if count == 0 { Poll::Ready(None) } else { self.send(Bytes::from_static(&ZEROS[..count])) }
    }
}

impl Stream for Outflow {
    type Item = Result<Bytes, ContentError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_filling {
            return self.fill();
        }
        if let Some(first) = self.first.take() {
            return self.send(first);
        }
        match self.chunks.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(chunk))) => self.send(chunk),
            Poll::Ready(Some(Err(error))) if self.left <= FILL => {
                self.verdict.set(error);
                self.is_filling = true;
                self.fill()
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
