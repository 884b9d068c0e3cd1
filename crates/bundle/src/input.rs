//! Bytes read forward, once: from a file at any offset, or out of a decoder.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// One read brings the end of the padding, a header and the beginning of the content: enough to tell what it is.
const FILE_WINDOW: usize = 4 << 10;

/// Decoders are asked for more at a time.
const STREAM_WINDOW: usize = 64 << 10;

/// A reader with a position and a look ahead.
pub(crate) struct Input<'a> {
    origin: Origin<'a>,
    window: Box<[u8]>,
    /// The part of the window that was read and not yet taken.
    start: usize,
    end: usize,
    /// Of the byte at `start`.
    position: u64,
    has_failed: bool,
}

enum Origin<'a> {
    File(Arc<File>),
    Stream(Box<dyn Read + 'a>),
}

impl<'a> Input<'a> {
    pub(crate) fn file(file: Arc<File>) -> Self {
        Self::new(Origin::File(file), FILE_WINDOW)
    }

    pub(crate) fn stream(reader: Box<dyn Read + 'a>) -> Self {
        Self::new(Origin::Stream(reader), STREAM_WINDOW)
    }

    fn new(origin: Origin<'a>, window: usize) -> Self {
        Self {
            origin,
            window: vec![0; window].into_boxed_slice(),
            start: 0,
            end: 0,
            position: 0,
            has_failed: false,
        }
    }

    /// Whether going back is impossible and going forward costs.
    pub(crate) fn is_sequential(&self) -> bool {
        matches!(self.origin, Origin::Stream(_))
    }

    /// The offset of the next byte.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Whether a read below failed: nothing that follows can be trusted.
    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// The next bytes, at most `count`, fewer only at the end. They stay where they are.
    pub(crate) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let count = count.min(self.window.len());
        if self.end - self.start < count {
            self.window.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            while self.end < count {
                let at = self.position + self.end as u64;
                let got = read(&mut self.origin, &mut self.window[self.end..], at);
                let got = got.inspect_err(|_| self.has_failed = true)?;
                if got == 0 {
                    break;
                }
                self.end += got;
            }
        }
        Ok(&self.window[self.start..self.end.min(self.start + count)])
    }

    /// Fills the buffer or fails with [`io::ErrorKind::UnexpectedEof`].
    pub(crate) fn take_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.read_exact(buffer)
    }

    /// Goes forward to `position`. In a file this reads nothing.
    pub(crate) fn skip_to(&mut self, position: u64) -> io::Result<()> {
        loop {
            let distance = position.saturating_sub(self.position);
            let held = (self.end - self.start) as u64;
            let step = distance.min(held);
            self.start += usize::try_from(step).unwrap_or(0);
            self.position += step;
            if distance <= held {
                return Ok(());
            }
            if !self.is_sequential() {
                self.position = position;
                return Ok(());
            }
            if self.peek(1)?.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end && buffer.len() >= self.window.len() {
            let got = read(&mut self.origin, buffer, self.position);
            let got = got.inspect_err(|_| self.has_failed = true)?;
            self.position += got as u64;
            return Ok(got);
        }
        if self.start == self.end {
            self.peek(1)?;
        }
        let got = buffer.len().min(self.end - self.start);
        buffer[..got].copy_from_slice(&self.window[self.start..self.start + got]);
        self.start += got;
        self.position += got as u64;
        Ok(got)
    }
}

fn read(origin: &mut Origin<'_>, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    loop {
        let got = match origin {
            Origin::File(file) => file.read_at(buffer, at),
            Origin::Stream(reader) => reader.read(buffer),
        };
        match got {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            got => return got,
        }
    }
}

/// The bytes of an input up to `end`.
pub(crate) struct Section<'x, 'a> {
    pub(crate) input: &'x mut Input<'a>,
    pub(crate) end: u64,
}

impl Read for Section<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_sub(self.input.position());
        let count = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.input.read(&mut buffer[..count])
    }
}
