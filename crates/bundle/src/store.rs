//! Where bytes lie: files on disk, and the decompressed content of files or members.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use crate::decode::{Codec, Decoder, Meter};
use crate::seek::SeekPoints;

/// A stretch of bytes in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) store: usize,
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

/// Everything a package is read from. A place refers to a store by its number.
#[derive(Debug, Default)]
pub(crate) struct Stores(pub(crate) Vec<Store>);

#[derive(Debug)]
pub(crate) enum Store {
    Disk(Disk),
    Packed(Packed),
}

/// A regular file. Archives stay open; single files (the blobs of a layout on disk may be many) are opened again.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
    identity: (u64, u64),
    pub(crate) is_archive: bool,
    pub(crate) handle: Option<Arc<File>>,
}

impl Disk {
    /// Opens a file without following a link at its end and takes down what it is.
    pub(crate) fn open(path: &Path, links: Links) -> io::Result<(Self, Arc<File>)> {
        let file = match links {
            Links::Refuse => {
                let no_follow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
                OpenOptions::new().read(true).custom_flags(no_follow).open(path)?
            }
            Links::Follow => File::open(path)?,
        };
        let metadata = file.metadata()?;
        let disk = Self {
            path: path.into(),
            size: metadata.len(),
            modified: metadata.modified()?,
            identity: (metadata.dev(), metadata.ino()),
            is_archive: false,
            handle: None,
        };
        Ok((disk, Arc::new(file)))
    }

    fn reopen(&self) -> io::Result<Arc<File>> {
        if let Some(file) = &self.handle {
            return Ok(Arc::clone(file));
        }
        let (now, file) = Self::open(&self.path, Links::Refuse)?;
        let is_same =
            now.identity == self.identity && now.size == self.size && now.modified == self.modified;
        if is_same {
            return Ok(file);
        }
        Err(io::Error::other(format!("`{}` was changed since it was opened", self.path.display())))
    }
}

/// Whether a symbolic link is followed: the one the user names is, one inside a package never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    Follow,
    Refuse,
}

/// The decompressed content of a place. Decoders wait here for whoever wants to go on where they stopped.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) parent: Place,
    pub(crate) codec: Codec,
    pub(crate) label: String,
    parked: Mutex<Vec<Cursor>>,
    /// Kept only when somebody means to go back and forth.
    points: OnceLock<Arc<SeekPoints>>,
}

/// Decoders kept waiting for one store. One is enough for a reader that goes in order; a second one serves a reader
/// that runs beside it. Each may hold a window of 128 MiB (zstd), usually far less.
const MAX_PARKED: usize = 2;

/// A decoder and how far it is.
struct Cursor {
    decoder: Box<dyn Read + Send>,
    position: u64,
}

impl std::fmt::Debug for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursor").field("position", &self.position).finish_non_exhaustive()
    }
}

impl Packed {
    pub(crate) fn new(parent: Place, codec: Codec, label: &str) -> Self {
        Self {
            parent,
            codec,
            label: label.into(),
            parked: Mutex::default(),
            points: OnceLock::new(),
        }
    }

    /// The waiting decoder that is nearest before `offset`, and not before `from`.
    fn resume(&self, from: u64, offset: u64) -> Option<Cursor> {
        let mut parked = self.parked.lock().unwrap_or_else(PoisonError::into_inner);
        let nearest = parked
            .iter()
            .enumerate()
            .filter(|(_, cursor)| (from..=offset).contains(&cursor.position))
            .max_by_key(|(_, cursor)| cursor.position)?
            .0;
        Some(parked.swap_remove(nearest))
    }

    /// Leaves a decoder for the next one. The furthest are kept: content is asked for in order.
    fn park(&self, cursor: Cursor) {
        let mut parked = self.parked.lock().unwrap_or_else(PoisonError::into_inner);
        parked.push(cursor);
        if parked.len() > MAX_PARKED {
            parked.sort_by_key(|cursor| std::cmp::Reverse(cursor.position));
            parked.truncate(MAX_PARKED);
        }
    }
}

impl Stores {
    /// Whether a place can be read without reading what is before it.
    pub(crate) fn is_random(&self, place: Place) -> bool {
        matches!(self.0[place.store], Store::Disk(_))
    }

    /// Reads a place, from its first byte. Ends early, or fails, when the bytes are not there any more.
    pub(crate) fn reader(self: &Arc<Self>, place: Place) -> io::Result<Box<dyn Read + Send>> {
        match &self.0[place.store] {
            Store::Disk(disk) => {
                let file = disk.reopen()?;
                Ok(Box::new(DiskReader { file, position: place.offset, left: place.size }))
            }
            Store::Packed(_) => Ok(Box::new(PackedReader {
                stores: Arc::clone(self),
                place,
                cursor: None,
                taken: 0,
            })),
        }
    }

    fn cursor(self: &Arc<Self>, store: usize, offset: u64) -> io::Result<Cursor> {
        let Store::Packed(packed) = &self.0[store] else {
            return Err(io::Error::other("a cursor belongs to a compressed store"));
        };
        let start = packed.points.get().map(|points| points.before(offset));
        let nearest = start.as_ref().map_or(0, |start| start.position);
        if let Some(cursor) = packed.resume(nearest, offset) {
            return Ok(cursor);
        }
        let decoder: Box<dyn Read + Send> =
            if let (Some(points), Some(start)) = (packed.points.get(), start) {
                let (parent, input) = (packed.parent, start.input());
                let (offset, size) = (parent.offset + input, parent.size.saturating_sub(input));
                points.decoder(start, self.reader(Place { offset, size, ..parent })?)?
            } else {
                let label = packed.label.clone();
                let meter = Meter { label, progress: Arc::default(), reads_disk: true };
                Box::new(Decoder::new(packed.codec, self.reader(packed.parent)?, meter)?)
            };
        Ok(Cursor { decoder, position: nearest })
    }

    /// From now on notes seek points in everything compressed.
    pub(crate) fn keep_seek_points(&self) {
        for store in &self.0 {
            if let Store::Packed(packed) = store {
                packed.points.get_or_init(|| Arc::new(SeekPoints::new(packed.codec)));
            }
        }
    }
}

/// Reads with positions, so that any number of readers share one open file.
struct DiskReader {
    file: Arc<File>,
    position: u64,
    left: u64,
}

impl Read for DiskReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if count == 0 {
            return Ok(0);
        }
        let got = self.file.read_at(&mut buffer[..count], self.position)?;
        self.position += got as u64;
        self.left -= got as u64;
        Ok(got)
    }
}

/// Borrows a decoder from the store for as long as it lives. A second reader at the same time gets a second decoder:
/// slower, never stuck.
struct PackedReader {
    stores: Arc<Stores>,
    place: Place,
    cursor: Option<Cursor>,
    taken: u64,
}

impl PackedReader {
    fn park(&mut self) {
        if let (Some(cursor), Store::Packed(packed)) =
            (self.cursor.take(), &self.stores.0[self.place.store])
        {
            packed.park(cursor);
        }
    }

    fn start(&mut self) -> io::Result<Cursor> {
        let mut cursor = self.stores.cursor(self.place.store, self.place.offset)?;
        let mut scratch = vec![0; 64 << 10];
        while cursor.position < self.place.offset {
            let left = self.place.offset - cursor.position;
            let count = scratch.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let got = cursor.decoder.read(&mut scratch[..count])?;
            if got == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            cursor.position += got as u64;
        }
        Ok(cursor)
    }
}

impl Read for PackedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.place.size - self.taken;
        let count = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 {
            return Ok(0);
        }
        let mut cursor = match self.cursor.take() {
            Some(cursor) => cursor,
            None => self.start()?,
        };
        // After a fault the cursor is gone with this reader and nobody resumes it.
        let got = cursor.decoder.read(&mut buffer[..count])?;
        cursor.position += got as u64;
        self.taken += got as u64;
        self.cursor = Some(cursor);
        // Whoever got the last byte may ask for what comes next before this reader is gone.
        if self.taken == self.place.size {
            self.park();
        }
        Ok(got)
    }
}

impl Drop for PackedReader {
    fn drop(&mut self) {
        self.park();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn data() -> Vec<u8> {
        (0..900_000u32).map(|at| (at.wrapping_mul(at) >> 7).to_le_bytes()[0]).collect()
    }

    fn stores(directory: &Path, codec: Codec, spacing: Option<u64>) -> Arc<Stores> {
        let path = directory.join("packed");
        let packed = match codec {
            Codec::Gzip => {
                let level = flate2::Compression::default();
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
                encoder.write_all(&data()).unwrap();
                encoder.finish().unwrap()
            }
            Codec::Zstd => {
                data().chunks(50_000).flat_map(|part| zstd::encode_all(part, 1).unwrap()).collect()
            }
        };
        // Something before and after it, as in a tar.
        std::fs::write(&path, [b"before".as_slice(), &packed, b"after"].concat()).unwrap();
        let (disk, _) = Disk::open(&path, Links::Refuse).unwrap();
        let parent = Place { store: 0, offset: 6, size: packed.len() as u64 };
        let packed = Packed::new(parent, codec, "packed");
        if let Some(spacing) = spacing {
            packed.points.set(Arc::new(SeekPoints::spaced(codec, spacing))).unwrap();
        }
        Arc::new(Stores(vec![Store::Disk(disk), Store::Packed(packed)]))
    }

    #[test]
    fn a_link_that_takes_the_place_of_a_file_is_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, b"content").unwrap();
        let (disk, _) = Disk::open(&path, Links::Refuse).unwrap();
        std::fs::rename(&path, directory.path().join("other")).unwrap();
        std::os::unix::fs::symlink("other", &path).unwrap();
        assert!(Disk::open(&path, Links::Follow).is_ok());
        assert!(disk.reopen().is_err());
    }

    #[test]
    fn any_place_is_read_in_any_order_with_and_without_seek_points() {
        let directory = tempfile::tempdir().unwrap();
        let data = data();
        for (codec, spacing) in [
            (Codec::Gzip, None),
            (Codec::Gzip, Some(100_000)),
            (Codec::Zstd, None),
            (Codec::Zstd, Some(100_000)),
        ] {
            let stores = stores(directory.path(), codec, spacing);
            for offset in [800_000, 0, 450_000, 450_000, 10, 899_000, 700_000, 300_000] {
                let place = Place { store: 1, offset, size: 1000 };
                let mut reader = stores.reader(place).unwrap();
                let mut read = Vec::new();
                reader.read_to_end(&mut read).unwrap();
                let offset = usize::try_from(offset).unwrap();
                assert!(read == data[offset..offset + 1000], "{codec:?} {spacing:?} {offset}");
            }
        }
    }

    #[test]
    fn seek_points_save_the_way_from_the_beginning() {
        let directory = tempfile::tempdir().unwrap();
        for codec in [Codec::Gzip, Codec::Zstd] {
            let stores = stores(directory.path(), codec, Some(100_000));
            let whole = Place { store: 1, offset: 0, size: 900_000 };
            io::copy(&mut stores.reader(whole).unwrap(), &mut io::sink()).unwrap();
            let cursor = stores.cursor(1, 500_000).unwrap();
            assert!((300_000..=500_000).contains(&cursor.position), "{}", cursor.position);
        }
    }

    #[test]
    fn a_reader_in_order_goes_on_where_the_last_one_stopped() {
        let directory = tempfile::tempdir().unwrap();
        let stores = stores(directory.path(), Codec::Gzip, None);
        let read = |offset| {
            let place = Place { store: 1, offset, size: 1000 };
            io::copy(&mut stores.reader(place).unwrap(), &mut io::sink()).unwrap();
        };
        read(5000);
        assert_eq!(stores.cursor(1, 100_000).unwrap().position, 6000);
        assert_eq!(stores.cursor(1, 100_000).unwrap().position, 0, "the other one is in use");
        let mut reader = stores.reader(Place { store: 1, offset: 7000, size: 10 }).unwrap();
        reader.read_exact(&mut [0; 10]).unwrap();
        assert_eq!(stores.cursor(1, 8000).unwrap().position, 7010, "even while it lives");
        read(1000);
        assert_eq!(stores.cursor(1, 1000).unwrap().position, 0);
    }
}
