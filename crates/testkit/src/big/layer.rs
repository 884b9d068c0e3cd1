//! Layers of any size, made faster than a compressor could: pieces that were compressed once are strung together,
//! each followed by bytes that are in no other place.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use flate2::Crc;
use oci::{Algorithm, Hasher};

use super::LayerDigests;
use crate::Random;
use crate::deflate::{GZIP_HEADER, piece, stored_length, trailer};
use crate::ustar::{self, BLOCK};

/// How many different pieces there are.
const PIECES: usize = 32;
/// Largest stored block (RFC 1951 §3.2.4).
const STORED: usize = 65_535;
/// Written at a time.
const BUFFER: usize = 1 << 20;

/// What layers are made of.
pub(super) struct Pool {
    pieces: Vec<Piece>,
}

struct Piece {
    raw: Vec<u8>,
    crc: Crc,
    /// Ends with the opening of a stored block.
    compressed: Vec<u8>,
}

impl Pool {
    pub(super) fn new(seed: u64, size: usize) -> Self {
        let mut random = Random::named(seed, "pieces");
        let pieces = (0..PIECES)
            .map(|_| {
                let raw = random.realistic(size);
                let mut crc = Crc::new();
                crc.update(&raw);
                Piece { compressed: piece(&raw), crc, raw }
            })
            .collect();
        Self { pieces }
    }

    /// Bytes after each piece that no other piece has.
    fn unique(&self) -> usize {
        self.pieces[0].raw.len() / 64
    }
}

/// A layer before it is written: one file in a tar, as so many pieces and a rest.
pub(super) struct LayerPlan {
    name: String,
    seed: u64,
    pieces: usize,
    /// Stored bytes after the last piece.
    rest: usize,
    file_size: u64,
    compressed: u64,
}

impl LayerPlan {
    /// The layer whose compressed size is at most about a kilobyte away from `size`.
    pub(super) fn new(pool: &Pool, seed: u64, number: usize, size: u64) -> Self {
        let mut plan = Self {
            name: format!("usr/share/layer-{number:02}.bin"),
            seed,
            pieces: 0,
            rest: 0,
            file_size: 0,
            // Around the content: gzip header and trailer, the tar header in a stored block, the tar's end in another.
            compressed: (GZIP_HEADER.len() + 8 + 5 + BLOCK + 5 + 2 * BLOCK) as u64,
        };
        let mut random = plan.random("pieces");
        loop {
            let piece = &pool.pieces[random.index(PIECES)];
            let more = (piece.compressed.len() + 4 + pool.unique()) as u64;
            if plan.compressed + more > size {
                break;
            }
            plan.compressed += more;
            plan.file_size += (piece.raw.len() + pool.unique()) as u64;
            plan.pieces += 1;
        }
        plan.rest = usize::try_from(size.saturating_sub(plan.compressed))
            .expect("less than a piece")
            .min(STORED);
        plan.compressed += 5 + plan.rest as u64;
        plan.file_size += plan.rest as u64;
        plan.compressed += ustar::padding(plan.file_size);
        plan
    }

    /// Exactly how many bytes [`Self::write`] writes.
    pub(super) fn compressed_size(&self) -> u64 {
        self.compressed
    }

    fn random(&self, what: &str) -> Random {
        Random::named(self.seed, &format!("{what} of {}", self.name))
    }

    /// Writes the layer to `file` at `offset`.
    pub(super) fn write(&self, pool: &Pool, file: &File, offset: u64) -> io::Result<LayerDigests> {
        let mut out = Output::new(file, offset);
        out.compressed(&GZIP_HEADER)?;
        out.stored(Last::No, &ustar::file_header(&self.name, self.file_size))?;
        let mut random = self.random("pieces");
        let mut noise = self.random("noise");
        let mut unique = vec![0; pool.unique()];
        for _ in 0..self.pieces {
            let piece = &pool.pieces[random.index(PIECES)];
            noise.fill(&mut unique);
            out.piece(piece, &unique)?;
        }
        out.stored(Last::No, &noise.bytes(self.rest))?;
        let padding = usize::try_from(ustar::padding(self.file_size)).expect("below a block");
        out.stored(Last::Yes, &vec![0; padding + 2 * BLOCK])?;
        let (digests, written) = out.finish()?;
        assert_eq!(written, self.compressed, "the plan is exact");
        Ok(digests)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Yes,
    No,
}

/// Both sides of a gzip stream: what is written, and what it stands for.
struct Output<'a> {
    file: &'a File,
    offset: u64,
    start: u64,
    buffer: Vec<u8>,
    crc: Crc,
    digest: Hasher,
    diff_id: Hasher,
}

impl<'a> Output<'a> {
    fn new(file: &'a File, offset: u64) -> Self {
        Self {
            file,
            offset,
            start: offset,
            buffer: Vec::with_capacity(BUFFER + (256 << 10)),
            crc: Crc::new(),
            digest: Hasher::new(Algorithm::Sha256),
            diff_id: Hasher::new(Algorithm::Sha256),
        }
    }

    fn compressed(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.digest.update(&self.buffer);
        self.file.write_all_at(&self.buffer, self.offset)?;
        self.offset += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn stored(&mut self, last: Last, bytes: &[u8]) -> io::Result<()> {
        self.compressed(&[u8::from(last == Last::Yes)])?;
        self.stored_content(bytes)
    }

    /// The content of a stored block that is open.
    fn stored_content(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.crc.update(bytes);
        self.diff_id.update(bytes);
        self.compressed(&stored_length(u16::try_from(bytes.len()).expect("at most STORED")))?;
        self.compressed(bytes)
    }

    fn piece(&mut self, piece: &Piece, unique: &[u8]) -> io::Result<()> {
        self.crc.combine(&piece.crc);
        self.diff_id.update(&piece.raw);
        self.compressed(&piece.compressed)?;
        self.stored_content(unique)
    }

    fn finish(mut self) -> io::Result<(LayerDigests, u64)> {
        let trailer = trailer(&self.crc);
        self.compressed(&trailer)?;
        self.flush()?;
        let digests = LayerDigests { digest: self.digest.finish(), diff_id: self.diff_id.finish() };
        Ok((digests, self.offset - self.start))
    }
}
