//! gzip and zstd, decompressed as a stream with bounds on memory and growth.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::PackageError;
use crate::error::DecodeFault;

/// Content of packages is compressed already and grows little; text grows tenfold. Deflate cannot do more than about
/// 1030, so only what was made to be big is above this.
const MAX_RATIO: u64 = 200;

/// Below this many bytes the ratio is not looked at: a small archive of empty files is no danger. All decoders of one
/// opening count together, so that neither many small archives nor archives in archives add up to more.
const RATIO_FLOOR: u64 = 64 << 20;

/// The largest window of a zstd frame, as a power of two: 128 MiB, what `zstd` itself takes without `--long`. The
/// decoder must hold as much memory.
const MAX_WINDOW_LOG: u32 = 27;

const INPUT_WINDOW: usize = 64 << 10;

/// How something is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Gzip,
    Zstd,
}

/// How far the opening of a compressed package is, and a way to stop it. A plain package is open before anybody could
/// look.
#[derive(Debug, Default)]
pub struct Progress {
    read: AtomicU64,
    produced: AtomicU64,
    is_cancelled: AtomicBool,
}

impl Progress {
    /// Compressed bytes decompressed so far, of the files on disk.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Stops the opening with [`PackageError::Cancelled`].
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }
}

/// What a decoder needs to know about where it is.
pub(crate) struct Meter {
    /// Names the compressed file or member in faults.
    pub(crate) label: String,
    pub(crate) progress: Arc<Progress>,
    /// Whether the compressed bytes come from disk and not out of another decoder.
    pub(crate) reads_disk: bool,
}

/// A decompressing reader. A gzip file has exactly one member (what follows it could be seen by one reader and not by
/// another); a zstd file may have several frames, as parallel compressors write them.
pub(crate) struct Decoder<R: Read> {
    inner: Inner<R>,
    meter: Meter,
    /// Of the bytes consumed, those the meter knows.
    metered: u64,
    /// After a fault there is nothing more: a decoder that was fed wrong bytes may go on with anything.
    is_finished: bool,
    has_failed: bool,
}

/// A decoder that refuses windows it would take too much memory for.
pub(crate) fn zstd_decoder<R: BufRead>(
    reader: R,
) -> io::Result<zstd::stream::read::Decoder<'static, R>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
    decoder.window_log_max(MAX_WINDOW_LOG)?;
    Ok(decoder)
}

enum Inner<R: Read> {
    Gzip(Box<flate2::bufread::GzDecoder<Counted<R>>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, Counted<R>>>),
}

impl<R: Read> Decoder<R> {
    pub(crate) fn new(codec: Codec, reader: R, meter: Meter) -> io::Result<Self> {
        let counted = Counted::new(reader);
        let inner = match codec {
            Codec::Gzip => Inner::Gzip(Box::new(flate2::bufread::GzDecoder::new(counted))),
            Codec::Zstd => Inner::Zstd(Box::new(zstd_decoder(counted)?)),
        };
        Ok(Self { inner, meter, metered: 0, is_finished: false, has_failed: false })
    }

    fn counted(&mut self) -> &mut Counted<R> {
        match &mut self.inner {
            Inner::Gzip(decoder) => decoder.get_mut(),
            Inner::Zstd(decoder) => decoder.get_mut(),
        }
    }

    fn fail(&mut self, fault: PackageError) -> io::Error {
        self.has_failed = true;
        DecodeFault(fault).into()
    }

    fn account(&mut self, produced: usize) -> io::Result<()> {
        let consumed = self.counted().consumed;
        let news = if self.meter.reads_disk { consumed - self.metered } else { 0 };
        self.metered = consumed;
        let progress = &self.meter.progress;
        let read = progress.read.fetch_add(news, Ordering::Relaxed) + news;
        let produced = produced as u64;
        let produced = progress.produced.fetch_add(produced, Ordering::Relaxed) + produced;
        let member = self.meter.label.clone();
        if progress.is_cancelled.load(Ordering::Relaxed) {
            return Err(self.fail(PackageError::Cancelled { member }));
        }
        if produced <= RATIO_FLOOR || produced <= read.saturating_mul(MAX_RATIO) {
            return Ok(());
        }
        let what = "a decompressed to compressed size ratio";
        Err(self.fail(PackageError::TooLarge { member, what, limit: MAX_RATIO }))
    }

    /// That nothing follows the compressed data.
    fn check_end(&mut self) -> io::Result<()> {
        let counted = self.counted();
        let offset = counted.consumed;
        if counted.fill_buf()?.is_empty() {
            return Ok(());
        }
        let fault = PackageError::corrupt(
            &self.meter.label,
            offset,
            "there is data after the compressed data",
        );
        Err(self.fail(fault))
    }

    fn explain(&mut self, error: io::Error) -> io::Error {
        let counted = self.counted();
        if counted.has_failed {
            self.has_failed = true;
            return error;
        }
        let offset = counted.consumed;
        let member = self.meter.label.clone();
        let fault = if error.kind() == io::ErrorKind::UnexpectedEof {
            PackageError::Truncated { member, offset }
        } else {
            PackageError::corrupt(member, offset, format!("decompression fails: {error}"))
        };
        self.fail(fault)
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_failed {
            return Err(io::Error::other("decompression failed before"));
        }
        if self.is_finished || buffer.is_empty() {
            return Ok(0);
        }
        let got = match &mut self.inner {
            Inner::Gzip(decoder) => decoder.read(buffer),
            Inner::Zstd(decoder) => decoder.read(buffer),
        };
        let got = got.map_err(|error| self.explain(error))?;
        self.account(got)?;
        if got == 0 {
            self.check_end()?;
            self.is_finished = true;
        }
        Ok(got)
    }
}

/// A buffered reader that knows how many bytes were used, and whether reading them failed.
pub(crate) struct Counted<R> {
    reader: R,
    window: Box<[u8]>,
    start: usize,
    end: usize,
    consumed: u64,
    has_failed: bool,
}

impl<R: Read> Counted<R> {
    pub(crate) fn new(reader: R) -> Self {
        let window = vec![0; INPUT_WINDOW].into_boxed_slice();
        Self { reader, window, start: 0, end: 0, consumed: 0, has_failed: false }
    }

    /// Bytes used so far.
    pub(crate) fn consumed(&self) -> u64 {
        self.consumed
    }
}

impl<R: Read> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.start == self.end {
            match self.reader.read(&mut self.window) {
                Ok(got) => {
                    (self.start, self.end) = (0, got);
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.has_failed = true;
                    return Err(error);
                }
            }
        }
        Ok(&self.window[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.consumed += count as u64;
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let held = self.fill_buf()?;
        let got = held.len().min(buffer.len());
        buffer[..got].copy_from_slice(&held[..got]);
        self.consume(got);
        Ok(got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn decode(codec: Codec, bytes: &[u8]) -> Result<Vec<u8>, PackageError> {
        let mut all = Vec::new();
        let progress = Arc::default();
        let meter = Meter { label: "x".into(), progress, reads_disk: true };
        let mut decoder = Decoder::new(codec, bytes, meter).unwrap();
        match decoder.read_to_end(&mut all) {
            Ok(_) => Ok(all),
            Err(error) => {
                assert!(decoder.read(&mut [0; 8]).is_err(), "a fault is final");
                Err(PackageError::reading("x", 0, error))
            }
        }
    }

    #[test]
    fn gives_back_what_was_compressed() {
        let data = b"abc".repeat(100_000);
        assert_eq!(decode(Codec::Gzip, &gzip(&data)).unwrap(), data);
        let frame = zstd::encode_all(&data[..], 3).unwrap();
        assert_eq!(decode(Codec::Zstd, &frame).unwrap(), data);
        let frames = [frame.clone(), frame].concat();
        assert_eq!(decode(Codec::Zstd, &frames).unwrap().len(), 2 * data.len());
    }

    #[test]
    fn cut_damaged_and_continued_streams_are_told_apart() {
        let data: Vec<u8> = (0..200_000u32).flat_map(|i| i.wrapping_mul(i).to_le_bytes()).collect();
        for (codec, packed) in
            [(Codec::Gzip, gzip(&data)), (Codec::Zstd, zstd::encode_all(&data[..], 3).unwrap())]
        {
            let half = &packed[..packed.len() / 2];
            assert!(
                matches!(decode(codec, half), Err(PackageError::Truncated { offset, .. }) if offset == half.len() as u64),
                "{codec:?}"
            );
            let garbage = [packed.as_slice(), b"garbage"].concat();
            assert!(matches!(decode(codec, &garbage), Err(PackageError::Corrupt { .. })));
        }
        let packed = gzip(&data);
        let mut flipped = packed.clone();
        flipped[packed.len() / 2] ^= 1;
        assert!(matches!(decode(Codec::Gzip, &flipped), Err(PackageError::Corrupt { .. })));
        let two = [packed.clone(), packed.clone()].concat();
        assert!(
            matches!(decode(Codec::Gzip, &two), Err(PackageError::Corrupt { offset, .. }) if offset == packed.len() as u64)
        );
    }

    #[test]
    fn bombs_and_giant_windows_are_refused() {
        let zeros = vec![0; 80 << 20];
        for (codec, packed) in
            [(Codec::Gzip, gzip(&zeros)), (Codec::Zstd, zstd::encode_all(&zeros[..], 1).unwrap())]
        {
            assert!(matches!(decode(codec, &packed), Err(PackageError::TooLarge { .. })));
        }
        // A frame header: no content size, no checksum, window descriptor 2^(10 + 21) bytes.
        let wide = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00];
        assert!(matches!(decode(Codec::Zstd, &wide), Err(PackageError::Corrupt { .. })));
    }
}
