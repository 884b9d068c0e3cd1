//! Bodies of replies.

use std::fs::File;
use std::future;
use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream;
use futures_util::{Stream, StreamExt as _};
use http_body::{Body, Frame, SizeHint};
use oci::{BufferPool, CHUNK_SIZE, Content};
use tokio::task::JoinHandle;

use crate::blocking::blocking;
use crate::error::{ApiError, Code};
use crate::store::Blob;

pub(crate) type BodyError = Box<dyn std::error::Error + Send + Sync>;

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>> + Send>>;

/// What a client receives, of known length.
pub(crate) enum ReplyBody {
    Full(Bytes),
    Chunks { chunks: Chunks, remaining: u64 },
}

impl ReplyBody {
    pub(crate) fn empty() -> Self {
        Self::Full(Bytes::new())
    }

    pub(crate) fn full(bytes: impl Into<Bytes>) -> Self {
        Self::Full(bytes.into())
    }

    /// The bytes of a blob. The first are read here: what fails at once can still be told with a status.
    pub(crate) async fn blob(blob: Blob) -> Result<Self, ApiError> {
        let (mut chunks, remaining): (Chunks, u64) = match blob {
            Blob::File { file, len } => (Box::pin(file_chunks(file, len)), len),
            Blob::Content { content, len } => (Box::pin(content_chunks(content, len)), len),
        };
        if remaining == 0 {
            return Ok(Self::empty());
        }
        let first = chunks.next().await.unwrap_or_else(|| Err(Box::new(short_content())));
        let first = first.map_err(|error| {
            ApiError::new(Code::Unknown, "the registry's content is damaged")
                .with_cause(error.as_ref())
        })?;
        let chunks = Box::pin(stream::once(future::ready(Ok(first))).chain(chunks));
        Ok(Self::Chunks { chunks, remaining })
    }

    pub(crate) fn remaining(&self) -> u64 {
        match self {
            Self::Full(bytes) => bytes.len() as u64,
            Self::Chunks { remaining, .. } => *remaining,
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            Self::Full(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Full(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Chunks { remaining: 0, .. } => Poll::Ready(None),
            Self::Chunks { chunks, remaining } => chunks.as_mut().poll_next(cx).map(|chunk| {
                let chunk = chunk.unwrap_or_else(|| Err(Box::new(short_content())));
                Some(chunk.map(|chunk| {
                    *remaining = remaining.saturating_sub(chunk.len() as u64);
                    Frame::data(chunk)
                }))
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.remaining() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining())
    }
}

fn short_content() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the content ends too early")
}

fn content_chunks(
    content: Content,
    len: u64,
) -> impl Stream<Item = Result<Bytes, BodyError>> + Send {
    stream::unfold((content, len), |(mut content, left)| async move {
        if left == 0 {
            return None;
        }
        let chunk = content.next().await?;
        let chunk = chunk.map(|mut chunk| {
            chunk.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            chunk
        });
        let sent = chunk.as_ref().map_or(left, |chunk| chunk.len() as u64);
        Some((chunk.map_err(Into::into), (content, left - sent)))
    })
}

/// The chunks of a file: while one is sent, the next is read.
fn file_chunks(file: File, len: u64) -> impl Stream<Item = Result<Bytes, BodyError>> + Send {
    let reader = FileReader { file, left: len, pool: BufferPool::default() };
    stream::unfold(Next::Start(reader), |next| async move {
        let (reader, chunk) = match next {
            Next::Start(reader) => blocking(|| reader.read()).await,
            Next::Reading(task) => task.await.ok()?,
            Next::End => return None,
        };
        let next = match &chunk {
            Ok(_) if reader.left > 0 => {
                Next::Reading(tokio::task::spawn_blocking(|| reader.read()))
            }
            _ => Next::End,
        };
        Some((chunk.map_err(Into::into), next))
    })
}

enum Next {
    Start(FileReader),
    Reading(JoinHandle<(FileReader, io::Result<Bytes>)>),
    End,
}

struct FileReader {
    file: File,
    left: u64,
    pool: BufferPool,
}

impl FileReader {
    fn read(mut self) -> (Self, io::Result<Bytes>) {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(CHUNK_SIZE);
        let mut buffer = self.pool.take(wanted);
        if let Err(error) = self.file.read_exact(&mut buffer) {
            return (self, Err(error));
        }
        self.left -= wanted as u64;
        let bytes = buffer.freeze(wanted);
        (self, Ok(bytes))
    }
}
