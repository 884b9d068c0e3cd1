//! The bytes of one connection.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A TCP or TLS stream.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection that lets the other side have the last word.
///
/// A server that refuses an upload (413, 401) answers and closes while we are still writing. Our next write then fails
/// although the answer has arrived, and reporting that failure would turn "too large" into "broken pipe". So a write
/// that finds the connection closed waits for the reader: it finds the answer, or the end of the connection, and only
/// after that the write fails.
pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    is_read_closed: bool,
    is_proxied: bool,
    /// The writer that found the connection closed and waits for the reader.
    parked: Option<Waker>,
}

impl Wire {
    pub(crate) fn new(stream: Box<dyn Stream>) -> Self {
        Self { stream, is_read_closed: false, is_proxied: false, parked: None }
    }

    /// Marks a connection to a proxy that wants whole URLs in the request line.
    pub(crate) fn to_proxy(stream: Box<dyn Stream>) -> Self {
        Self { is_proxied: true, ..Self::new(stream) }
    }

    fn settle<T>(&mut self, written: Poll<io::Result<T>>, cx: &Context<'_>) -> Poll<io::Result<T>> {
        match written {
            Poll::Ready(Err(error)) if is_closed(&error) && !self.is_read_closed => {
                if self.parked.replace(cx.waker().clone()).is_none() {
                    tracing::debug!(%error, "the other side stopped reading");
                    // Once more round for the reader, which may share the task and has not seen this yet.
                    cx.waker().wake_by_ref();
                }
                Poll::Pending
            }
            other => other,
        }
    }
}

fn is_closed(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionReset | ConnectionAborted)
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        let is_end = match &result {
            Poll::Ready(Ok(())) => buf.filled().len() == before && buf.remaining() > 0,
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        if is_end {
            self.is_read_closed = true;
            self.parked.take().inspect(Waker::wake_by_ref);
        }
        result
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.settle(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.settle(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.settle(flushed, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.is_proxied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    #[tokio::test]
    async fn an_early_answer_survives_failed_writes() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"too large").await.unwrap();
            // Closing with unread bytes resets the connection.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        });
        let wire = Wire::new(Box::new(TcpStream::connect(address).await.unwrap()));
        let (mut reader, mut writer) = tokio::io::split(wire);
        writer.write_all(b"some of the body").await.unwrap();
        server.await.unwrap();
        let writing = tokio::spawn(async move {
            loop {
                if let Err(error) = writer.write_all(&[0; 16_384]).await {
                    return error.kind();
                }
            }
        });
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let mut answer = [0; 9];
        reader.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"too large");
        assert!(!writing.is_finished());
        let rest = reader.read(&mut answer).await;
        assert!(matches!(rest, Ok(0) | Err(_)));
        let end = tokio::time::timeout(std::time::Duration::from_secs(5), writing).await;
        assert!(end.is_ok(), "the write fails once the reader has seen the end");
    }
}
