//! Content on its way: bytes that are hashed where they are read, and held back until the hash is known to be right.

use std::fmt;
use std::io::{self, Read};

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::{BufferPool, Descriptor, Digest, Hasher};

/// How much is read, hashed and sent at a time, in bytes.
pub const CHUNK_SIZE: usize = 128 << 10;

/// Chunks under way between a reading thread and the receiver. With [`CHUNK_SIZE`] this bounds the memory of one
/// transfer to about half a mebibyte.
const CHUNKS_IN_FLIGHT: usize = 2;

/// A stream of bytes that must have a descriptor's size and digest.
///
/// **The last chunk is handed out only after the digest of everything was found right**, so a receiver that needs all
/// bytes to finish (an upload) cannot finish with wrong ones.
///
/// A file is read and hashed where its bytes are awaited ([`Content::from_file`]); what takes longer to read has a
/// thread of its own ([`Content::from_reader`]): one core decompresses while another sends.
pub struct Content {
    size: u64,
    skipped: u64,
    chunks: Chunks,
}

enum Chunks {
    Ready(Option<Result<Bytes, ContentError>>),
    /// Read where they are asked for.
    Direct(Option<Box<Pump>>),
    Pumped {
        receiver: Option<mpsc::Receiver<Result<Bytes, ContentError>>>,
        start: Option<Box<Pump>>,
    },
}

struct Pump {
    reader: Box<dyn Read + Send>,
    verifier: Verifier,
    skip: u64,
    pool: BufferPool,
}

/// Content that is not what it was said to be, or cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// The bytes hash to something else.
    #[error("content has digest {found}, expected {expected}")]
    Digest {
        /// What the descriptor says.
        expected: Digest,
        /// What the bytes are.
        found: Digest,
    },
    /// There are more or fewer bytes.
    #[error("content {digest} has {found} bytes, expected {expected}")]
    Size {
        /// Which content.
        digest: Digest,
        /// What the descriptor says.
        expected: u64,
        /// How many there were, at least.
        found: u64,
    },
    /// Reading failed.
    #[error("content {digest} cannot be read")]
    Read {
        /// Which content.
        digest: Digest,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Content {
    /// Content in memory. It is checked here and now.
    pub fn from_bytes(descriptor: &Descriptor, bytes: Bytes) -> Self {
        let mut verifier = Verifier::new(descriptor);
        let checked = verifier.update(&bytes).and_then(|()| verifier.finish()).map(|()| bytes);
        Self { size: descriptor.size, skipped: 0, chunks: Chunks::Ready(Some(checked)) }
    }

    /// Content read from `reader` on a thread of its own, from its first byte. Nothing is read before the first
    /// [`Content::next`].
    pub fn from_reader(descriptor: &Descriptor, reader: impl Read + Send + 'static) -> Self {
        let start = Some(Pump::new(descriptor, reader));
        let chunks = Chunks::Pumped { receiver: None, start };
        Self { size: descriptor.size, skipped: 0, chunks }
    }

    /// Content of a file on disk, read where [`Content::next`] is awaited: going to another thread for every chunk costs
    /// more than reading it, and what was hashed is sent while it is still in the cache of this core.
    pub fn from_file(descriptor: &Descriptor, reader: impl Read + Send + 'static) -> Self {
        let chunks = Chunks::Direct(Some(Pump::new(descriptor, reader)));
        Self { size: descriptor.size, skipped: 0, chunks }
    }

    /// Leaves out the first `count` bytes: they are read and hashed, not handed out. For an upload that goes on where
    /// an earlier one ended. Call it before the first [`Content::next`].
    #[must_use]
    pub fn skip(mut self, count: u64) -> Self {
        self.skipped = count.min(self.size);
        match &mut self.chunks {
            Chunks::Ready(Some(Ok(bytes))) => {
                let count = usize::try_from(self.skipped).unwrap_or(usize::MAX).min(bytes.len());
                *bytes = bytes.slice(count..);
            }
            Chunks::Ready(_) => {}
            Chunks::Direct(start) | Chunks::Pumped { start, .. } => {
                if let Some(pump) = start {
                    pump.skip = self.skipped;
                }
            }
        }
        self
    }

    /// How many bytes [`Content::next`] will hand out in all.
    pub fn remaining(&self) -> u64 {
        self.size - self.skipped
    }

    /// The next chunk, or `None` at the end. After an error there is nothing more.
    pub async fn next(&mut self) -> Option<Result<Bytes, ContentError>> {
        match &mut self.chunks {
            Chunks::Ready(chunk) => chunk.take(),
            Chunks::Direct(pump) => {
                let chunk = pump.as_mut()?.next_chunk();
                if !matches!(chunk, Some(Ok(_))) {
                    *pump = None;
                }
                chunk
            }
            Chunks::Pumped { receiver, start } => {
                if let Some(pump) = start.take() {
                    *receiver = Some(pump.start());
                }
                receiver.as_mut()?.recv().await
            }
        }
    }

    /// Everything at once, for manifests and configs. The caller has looked at the descriptor's size.
    pub async fn read_all(mut self) -> Result<Bytes, ContentError> {
        let mut all = Vec::new();
        while let Some(chunk) = self.next().await {
            let chunk = chunk?;
            if all.is_empty() && chunk.len() as u64 == self.remaining() {
                return Ok(chunk);
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.into())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("size", &self.size)
            .field("skipped", &self.skipped)
            .finish_non_exhaustive()
    }
}

impl Pump {
    fn new(descriptor: &Descriptor, reader: impl Read + Send + 'static) -> Box<Self> {
        let (reader, verifier) = (Box::new(reader), Verifier::new(descriptor));
        Box::new(Self { reader, verifier, skip: 0, pool: BufferPool::default() })
    }

    fn start(self: Box<Self>) -> mpsc::Receiver<Result<Bytes, ContentError>> {
        let (sender, receiver) = mpsc::channel(CHUNKS_IN_FLIGHT);
        tokio::task::spawn_blocking(move || self.run(&sender));
        receiver
    }

    fn run(mut self, sender: &mpsc::Sender<Result<Bytes, ContentError>>) {
        while let Some(chunk) = self.next_chunk() {
            let is_error = chunk.is_err();
            // A receiver that is gone does not want to know.
            if sender.blocking_send(chunk).is_err() || is_error {
                return;
            }
        }
    }

    /// The next chunk without what is to be skipped; `None` when everything was read and is right. The last chunk comes
    /// only when the digest is settled and the reader has nothing more.
    fn next_chunk(&mut self) -> Option<Result<Bytes, ContentError>> {
        loop {
            match self.read_chunk() {
                Ok(Some(chunk)) if chunk.is_empty() => {}
                other => return other.transpose(),
            }
        }
    }

    fn read_chunk(&mut self) -> Result<Option<Bytes>, ContentError> {
        let mut buffer = self.pool.take(CHUNK_SIZE);
        let filled = fill(&mut self.reader, &mut buffer)
            .map_err(|source| self.verifier.read_error(source))?;
        self.verifier.update(&buffer[..filled])?;
        if filled < buffer.len() {
            self.verifier.finish()?;
        } else if self.verifier.is_complete() {
            self.expect_end()?;
            self.verifier.check_digest()?;
        }
        if filled == 0 {
            return Ok(None);
        }
        let skip = usize::try_from(self.skip).unwrap_or(usize::MAX).min(filled);
        self.skip -= skip as u64;
        Ok(Some(buffer.freeze(filled).slice(skip..)))
    }

    /// That there is nothing behind the last byte.
    fn expect_end(&mut self) -> Result<(), ContentError> {
        let more =
            fill(&mut self.reader, &mut [0]).map_err(|source| self.verifier.read_error(source))?;
        self.verifier.update(&[0][..more])
    }
}

/// Reads until the buffer is full or the reader ends.
fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Counts and hashes bytes against a descriptor. For callers that have the bytes in hand; [`Content`] uses it too.
#[derive(Clone, Debug)]
pub struct Verifier {
    expected: Digest,
    size: u64,
    seen: u64,
    hasher: Option<Hasher>,
}

impl Verifier {
    /// Expects the descriptor's size and digest.
    pub fn new(descriptor: &Descriptor) -> Self {
        let expected = descriptor.digest.clone();
        let hasher = Some(Hasher::new(expected.algorithm()));
        Self { expected, size: descriptor.size, seen: 0, hasher }
    }

    /// Adds bytes. Fails as soon as there are too many.
    pub fn update(&mut self, bytes: &[u8]) -> Result<(), ContentError> {
        self.seen += bytes.len() as u64;
        if self.seen > self.size {
            return Err(self.size_error());
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        Ok(())
    }

    /// Whether as many bytes were added as expected.
    pub fn is_complete(&self) -> bool {
        self.seen == self.size
    }

    /// That size and digest are right.
    pub fn finish(&mut self) -> Result<(), ContentError> {
        if !self.is_complete() {
            return Err(self.size_error());
        }
        self.check_digest()
    }

    /// Settles the digest once; a second call has nothing left to do.
    fn check_digest(&mut self) -> Result<(), ContentError> {
        let Some(hasher) = self.hasher.take() else { return Ok(()) };
        let found = hasher.finish();
        if found == self.expected {
            return Ok(());
        }
        Err(ContentError::Digest { expected: self.expected.clone(), found })
    }

    fn size_error(&self) -> ContentError {
        ContentError::Size { digest: self.expected.clone(), expected: self.size, found: self.seen }
    }

    fn read_error(&self, source: io::Error) -> ContentError {
        ContentError::Read { digest: self.expected.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(len: usize) -> Vec<u8> {
        (0..len).map(|i| u8::try_from(i % 251).unwrap()).collect()
    }

    async fn drain(mut content: Content) -> (Vec<u8>, Option<ContentError>) {
        let mut all = Vec::new();
        while let Some(chunk) = content.next().await {
            match chunk {
                Ok(chunk) => all.extend_from_slice(&chunk),
                Err(error) => return (all, Some(error)),
            }
        }
        (all, None)
    }

    #[tokio::test]
    async fn hands_out_what_it_reads() {
        for len in [0, 1, CHUNK_SIZE, 3 * CHUNK_SIZE + 7] {
            let data = bytes(len);
            let descriptor = Descriptor::of("x", &data);
            let (all, error) =
                drain(Content::from_reader(&descriptor, io::Cursor::new(data.clone()))).await;
            assert!(error.is_none() && all == data, "{len}");
            let skip = len as u64 / 2;
            let (rest, error) =
                drain(Content::from_reader(&descriptor, io::Cursor::new(data.clone())).skip(skip))
                    .await;
            assert!(error.is_none() && rest == data[len / 2..], "{len}");
        }
    }

    #[tokio::test]
    async fn never_hands_out_the_last_chunk_of_wrong_bytes() {
        let mut data = bytes(2 * CHUNK_SIZE + 5);
        let descriptor = Descriptor::of("x", &data);
        data[3] ^= 1;
        let (all, error) =
            drain(Content::from_reader(&descriptor, io::Cursor::new(data.clone()))).await;
        assert!(matches!(error, Some(ContentError::Digest { .. })));
        assert!(all.len() < data.len());
        let (all, error) = drain(Content::from_bytes(&descriptor, data.into())).await;
        assert!(all.is_empty() && error.is_some());
    }

    #[tokio::test]
    async fn refuses_more_or_fewer_bytes_than_announced() {
        for len in [10, 12] {
            let descriptor = Descriptor { size: 11, ..Descriptor::of("x", &bytes(len)) };
            let (_, error) =
                drain(Content::from_reader(&descriptor, io::Cursor::new(bytes(len)))).await;
            assert!(matches!(error, Some(ContentError::Size { .. })), "{len}");
        }
    }
}
