//! Seek points: places in compressed content where decompression can go on without what is before them.
//!
//! They are noted while content is read and kept in memory, so that a server reads any part of a compressed package
//! after having passed it once. In deflate a point is a copy of the decoder with its window; in zstd it is the
//! beginning of a frame, which costs nothing, and which most files have only one of.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};
use std::sync::{Arc, Mutex, PoisonError};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use crate::decode::{Codec, Counted, zstd_decoder};

/// Decompressed bytes between two points. A point of deflate takes 43 KiB, so ten gigabytes take 13 MiB of memory, and
/// going to any byte takes a tenth of a second.
const SPACING: u64 = 32 << 20;

/// The points of one compressed file or member, by decompressed position.
#[derive(Debug)]
pub(crate) struct SeekPoints {
    codec: Codec,
    spacing: u64,
    points: Mutex<BTreeMap<u64, Point>>,
}

#[derive(Clone)]
struct Point {
    /// Compressed bytes before it.
    input: u64,
    /// The decoder, for deflate.
    state: Option<Arc<InflateState>>,
}

impl std::fmt::Debug for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Point").field("input", &self.input).finish_non_exhaustive()
    }
}

/// Where to begin.
pub(crate) struct Start {
    /// The decompressed position it leads to.
    pub(crate) position: u64,
    point: Option<Point>,
}

impl Start {
    /// Compressed bytes that are left out.
    pub(crate) fn input(&self) -> u64 {
        self.point.as_ref().map_or(0, |point| point.input)
    }
}

impl SeekPoints {
    pub(crate) fn new(codec: Codec) -> Self {
        Self::spaced(codec, SPACING)
    }

    pub(crate) fn spaced(codec: Codec, spacing: u64) -> Self {
        Self { codec, spacing, points: Mutex::default() }
    }

    /// The last place before `offset` where decompression can begin.
    pub(crate) fn before(&self, offset: u64) -> Start {
        let points = self.points.lock().unwrap_or_else(PoisonError::into_inner);
        match points.range(..=offset).next_back() {
            Some((position, point)) => Start { position: *position, point: Some(point.clone()) },
            None => Start { position: 0, point: None },
        }
    }

    /// A decoder that begins at `start` and notes points as it goes. `reader` gives the compressed bytes from
    /// [`Start::input`] on.
    pub(crate) fn decoder<R: Read + Send + 'static>(
        self: &Arc<Self>,
        start: Start,
        reader: R,
    ) -> io::Result<Box<dyn Read + Send>> {
        let base = start.input();
        let mut input = Counted::new(reader);
        let (points, position) = (Arc::clone(self), start.position);
        match (self.codec, start.point) {
            (Codec::Zstd, _) => {
                let decoder = zstd_decoder(input)?.single_frame();
                Ok(Box::new(Frames { decoder: Some(decoder), base, position, points }))
            }
            (Codec::Gzip, point) => {
                let state = if let Some(state) = point.and_then(|point| point.state) {
                    Box::new((*state).clone())
                } else {
                    skip_gzip_header(&mut input)?;
                    InflateState::new_boxed(DataFormat::Raw)
                };
                Ok(Box::new(Inflate { input, base, state, position, points, is_finished: false }))
            }
        }
    }

    fn is_wanted(&self, position: u64) -> bool {
        let points = self.points.lock().unwrap_or_else(PoisonError::into_inner);
        let near = points.range(..=position).next_back().map_or(0, |(near, _)| *near);
        position - near >= self.spacing
    }

    fn note(&self, position: u64, point: Point) {
        self.points.lock().unwrap_or_else(PoisonError::into_inner).insert(position, point);
    }
}

/// Deflate, with a decoder that can be copied.
struct Inflate<R> {
    input: Counted<R>,
    base: u64,
    state: Box<InflateState>,
    position: u64,
    points: Arc<SeekPoints>,
    is_finished: bool,
}

impl<R: Read> Read for Inflate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_finished && !buffer.is_empty() {
            let available = self.input.fill_buf()?;
            let is_end = available.is_empty();
            let step = inflate(&mut self.state, available, buffer, MZFlush::None);
            self.input.consume(step.bytes_consumed);
            self.position += step.bytes_written as u64;
            match step.status {
                Ok(status) => self.is_finished = status == MZStatus::StreamEnd,
                Err(MZError::Buf) => {}
                Err(_) => return Err(io::Error::new(io::ErrorKind::InvalidData, "not deflate")),
            }
            if step.bytes_written > 0 {
                if self.points.is_wanted(self.position) {
                    let input = self.base + self.input.consumed();
                    let state = Some(Arc::new((*self.state).clone()));
                    self.points.note(self.position, Point { input, state });
                }
                return Ok(step.bytes_written);
            }
            if is_end && !self.is_finished {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}

/// zstd frame by frame.
struct Frames<R: Read> {
    /// `None` only while one frame ends and the next one begins.
    decoder: Option<zstd::stream::read::Decoder<'static, Counted<R>>>,
    base: u64,
    position: u64,
    points: Arc<SeekPoints>,
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(decoder) = &mut self.decoder {
            let got = decoder.read(buffer)?;
            self.position += got as u64;
            if got > 0 {
                return Ok(got);
            }
            let Some(ended) = self.decoder.take() else { break };
            let mut input = ended.finish();
            if input.fill_buf()?.is_empty() {
                break;
            }
            if self.points.is_wanted(self.position) {
                let point = Point { input: self.base + input.consumed(), state: None };
                self.points.note(self.position, point);
            }
            self.decoder = Some(zstd_decoder(input)?.single_frame());
        }
        Ok(0)
    }
}

/// RFC 1952: ten bytes, and what their flags announce.
fn skip_gzip_header(input: &mut impl BufRead) -> io::Result<()> {
    let mut fixed = [0; 10];
    input.read_exact(&mut fixed)?;
    let flags = fixed[3];
    if flags & 4 != 0 {
        let mut length = [0; 2];
        input.read_exact(&mut length)?;
        let mut extra = vec![0; usize::from(u16::from_le_bytes(length))];
        input.read_exact(&mut extra)?;
    }
    // File name and comment end with a NUL.
    for flag in [8, 16] {
        if flags & flag != 0 {
            skip_text(input)?;
        }
    }
    if flags & 2 != 0 {
        input.read_exact(&mut [0; 2])?;
    }
    Ok(())
}

fn skip_text(input: &mut impl BufRead) -> io::Result<()> {
    let mut byte = [1];
    while byte != [0] {
        input.read_exact(&mut byte)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Half text, half noise, so that blocks of all kinds come up.
    fn data() -> Vec<u8> {
        let mut state = 7u32;
        (0..600_000u32)
            .map(|at| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if (at / 5000) % 2 == 0 {
                    b"abcdefgh"[at as usize % 8]
                } else {
                    (state >> 24) as u8
                }
            })
            .collect()
    }

    fn from(points: &Arc<SeekPoints>, packed: &[u8], offset: u64, count: usize) -> Vec<u8> {
        let start = points.before(offset);
        let skip = offset - start.position;
        let rest = packed[usize::try_from(start.input()).unwrap()..].to_vec();
        let mut decoder = points.decoder(start, io::Cursor::new(rest)).unwrap();
        io::copy(&mut decoder.by_ref().take(skip), &mut io::sink()).unwrap();
        let mut bytes = vec![0; count];
        decoder.read_exact(&mut bytes).unwrap();
        bytes
    }

    fn assert_seeks(codec: Codec, packed: &[u8], at_least: usize) {
        let data = data();
        let points = Arc::new(SeekPoints::spaced(codec, 20_000));
        let mut all = Vec::new();
        let start = points.before(0);
        let mut decoder = points.decoder(start, io::Cursor::new(packed.to_vec())).unwrap();
        decoder.read_to_end(&mut all).unwrap();
        assert!(all == data);
        let count = points.points.lock().unwrap().len();
        assert!(count >= at_least, "{count}");
        for offset in (0..data.len() - 100).step_by(9973) {
            assert_eq!(from(&points, packed, offset as u64, 100), data[offset..offset + 100]);
        }
        let count = points.points.lock().unwrap().len();
        assert!(count <= 2 * data.len() / 20_000, "points do not pile up: {count}");
    }

    #[test]
    fn deflate_goes_on_from_copies_of_the_decoder() {
        let mut encoder = flate2::GzBuilder::new()
            .filename("name.tar")
            .comment("a comment")
            .extra(vec![1, 2, 3])
            .write(Vec::new(), flate2::Compression::default());
        encoder.write_all(&data()).unwrap();
        assert_seeks(Codec::Gzip, &encoder.finish().unwrap(), 5);
    }

    #[test]
    fn zstd_goes_on_from_frames() {
        let frames: Vec<u8> =
            data().chunks(30_000).flat_map(|part| zstd::encode_all(part, 3).unwrap()).collect();
        assert_seeks(Codec::Zstd, &frames, 10);
        assert_seeks(Codec::Zstd, &zstd::encode_all(&data()[..], 3).unwrap(), 0);
    }

    #[test]
    fn damage_is_an_error() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&data()).unwrap();
        let packed = encoder.finish().unwrap();
        for bytes in [packed[..packed.len() / 2].to_vec(), vec![0xff; 4000]] {
            let points = Arc::new(SeekPoints::new(Codec::Gzip));
            let result = points
                .decoder(points.before(0), io::Cursor::new(bytes))
                .and_then(|mut decoder| decoder.read_to_end(&mut Vec::new()));
            assert!(result.is_err());
        }
    }
}
