//! Chart archives: gzip over tar, read in memory.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use tar::{Entry, EntryType};

use crate::budget::{Budget, ContentLimit, MAX_ARCHIVE};
use crate::error::Limit;
use crate::{ChartError, File, path};

/// Headers and padding may add this much to the content, in bytes: small files cost more than they hold.
const MAX_OVERHEAD: u64 = 64 << 20;

/// The files of a `.tgz`, without the chart's directory in their names, in the order of the archive.
pub(crate) fn read(archive: &[u8], budget: &mut Budget) -> Result<Vec<File>, ChartError> {
    if !archive.starts_with(&[0x1f, 0x8b]) {
        return Err(ChartError::NotGzip);
    }
    let offset = Rc::new(Cell::new(0));
    let damaged = |source| ChartError::Damaged { offset: offset.get(), source };
    let content = Counted { inner: GzDecoder::new(archive), offset: Rc::clone(&offset) };
    let mut tar = tar::Archive::new(content);
    let mut limit = ContentLimit::default();
    let mut files = Vec::new();
    for entry in tar.entries().map_err(damaged)? {
        budget.take_file()?;
        let entry = entry.map_err(|source| bounded(source, offset.get()))?;
        if let Some(file) = read_entry(entry, &mut limit, budget, &offset)? {
            files.push(file);
        }
    }
    check_end(tar.into_inner(), archive.len())?;
    if files.is_empty() {
        return Err(ChartError::Empty);
    }
    Ok(files)
}

fn read_entry<R: Read>(
    mut entry: Entry<'_, R>,
    limit: &mut ContentLimit,
    budget: &mut Budget,
    offset: &Cell<u64>,
) -> Result<Option<File>, ChartError> {
    let kind = entry.header().entry_type();
    if matches!(kind, EntryType::Directory | EntryType::XGlobalHeader) {
        return Ok(None);
    }
    let name = entry.path_bytes().into_owned();
    let shown = || String::from_utf8_lossy(&name).into_owned();
    match kind {
        EntryType::Regular | EntryType::Continuous => {}
        EntryType::Symlink | EntryType::Link => return Err(ChartError::Link { path: shown() }),
        _ => return Err(ChartError::Irregular { path: shown() }),
    }
    // A regular entry with a slash at the end is how the oldest tar writes a directory.
    if name.ends_with(b"/") && entry.size() == 0 {
        return Ok(None);
    }
    let path =
        path::clean_in_archive(&name).map_err(|fault| ChartError::Path { path: shown(), fault })?;
    let size = entry.size();
    limit.take(size)?;
    budget.take_bytes(size)?;
    let size = usize::try_from(size).expect("the limit is 100 MiB");
    let mut data = Vec::with_capacity(size.min(1 << 20));
    entry.read_to_end(&mut data).map_err(|source| bounded(source, offset.get()))?;
    if data.len() != size {
        let source = io::Error::from(io::ErrorKind::UnexpectedEof);
        return Err(ChartError::Damaged { offset: offset.get(), source });
    }
    Ok(Some(File { path, data: Bytes::from(data) }))
}

/// That only zeros follow the last entry, and nothing the compressed stream. gzip's checksum is compared on the way.
fn check_end(mut content: Counted<GzDecoder<&[u8]>>, compressed: usize) -> Result<(), ChartError> {
    let mut buffer = [0; 4096];
    loop {
        let start = content.offset.get();
        match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                if let Some(at) = buffer[..count].iter().position(|byte| *byte != 0) {
                    let offset = start + at as u64;
                    return Err(ChartError::TrailingData { offset, compressed: false });
                }
            }
            Err(source) => return Err(bounded(source, content.offset.get())),
        }
    }
    let rest = content.inner.into_inner().len();
    if rest > 0 {
        let offset = (compressed - rest) as u64;
        return Err(ChartError::TrailingData { offset, compressed: true });
    }
    Ok(())
}

/// A read error, which may be our own bound.
fn bounded(source: io::Error, offset: u64) -> ChartError {
    if offset > MAX_ARCHIVE + MAX_OVERHEAD {
        return ChartError::Limit(Limit::ArchiveBytes(MAX_ARCHIVE));
    }
    ChartError::Damaged { offset, source }
}

/// Counts what comes out of the decoder, and ends a bomb.
struct Counted<R> {
    inner: R,
    offset: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.offset.set(self.offset.get() + count as u64);
        if self.offset.get() > MAX_ARCHIVE + MAX_OVERHEAD {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PathFault;
    use crate::hostile::{Tar, gzip};

    fn paths(archive: &[u8]) -> Result<Vec<String>, ChartError> {
        let files = read(archive, &mut Budget::default())?;
        Ok(files.into_iter().map(|file| file.path).collect())
    }

    #[test]
    fn reads_what_helm_and_other_tools_pack() {
        let long = format!("c/{}/x.yaml", "long".repeat(40));
        let archive = Tar::default()
            .entry(EntryType::XGlobalHeader, "pax_global_header", "19 comment=abcdef0\n")
            .entry(EntryType::Directory, "c/", "")
            .file("c/Chart.yaml", "x")
            .file("other/x.txt", "x")
            .file("c\\sub\\x.txt", "x")
            .file(&long, "x");
        let names = ["Chart.yaml", "x.txt", "sub/x.txt", &long[2..]];
        assert_eq!(paths(&archive.tgz()).unwrap(), names);
    }

    #[test]
    fn names_that_lead_astray_are_errors() {
        for (name, fault) in [
            ("../x", PathFault::Parent),
            ("c/../../x", PathFault::Parent),
            ("/etc/x", PathFault::Absolute),
            ("C:\\x", PathFault::Absolute),
            ("c/a\nb", PathFault::ControlCharacter),
            ("Chart.yaml", PathFault::OutsideBase),
            (&format!("c/{}", "x".repeat(5_000)), PathFault::TooLong),
        ] {
            let error = paths(&Tar::chart().file(name, "x").tgz()).unwrap_err();
            assert!(
                matches!(&error, ChartError::Path { fault: found, .. } if *found == fault),
                "{error}"
            );
            assert!(!error.to_string().contains(char::is_control));
        }
        let error = paths(&Tar::chart().file(b"c/\xff\xfe", "x").tgz()).unwrap_err();
        assert!(matches!(error, ChartError::Path { fault: PathFault::NotUtf8, .. }));
    }

    #[test]
    fn links_and_devices_are_errors() {
        for kind in [EntryType::Symlink, EntryType::Link] {
            let error = paths(&Tar::chart().entry(kind, "c/Chart.lock", "").tgz()).unwrap_err();
            assert!(
                matches!(&error, ChartError::Link { path } if path == "c/Chart.lock"),
                "{error}"
            );
        }
        for kind in [EntryType::Fifo, EntryType::Char, EntryType::Block, EntryType::new(b'Z')] {
            let error = paths(&Tar::chart().entry(kind, "c/x", "").tgz()).unwrap_err();
            assert!(matches!(error, ChartError::Irregular { .. }), "{error}");
        }
        let sparse = Tar::chart().entry(EntryType::GNUSparse, "c/x", "").tgz();
        assert!(paths(&sparse).is_err());
    }

    #[test]
    fn what_is_no_gzip_is_said_to_be_none() {
        assert!(matches!(paths(b"apiVersion: v2\n"), Err(ChartError::NotGzip)));
        assert!(matches!(paths(b""), Err(ChartError::NotGzip)));
        assert!(matches!(paths(&Tar::default().tgz()), Err(ChartError::Empty)));
        assert!(matches!(paths(&gzip(b"")), Err(ChartError::Empty)));
        assert!(matches!(paths(&gzip(&[7; 2000])), Err(ChartError::Damaged { .. })));
    }

    #[test]
    fn every_cut_is_noticed() {
        let whole = Tar::chart().file("c/values.yaml", "a: 1\n".repeat(200)).tgz();
        for len in 2..whole.len() {
            let error = paths(&whole[..len]).unwrap_err();
            assert!(matches!(error, ChartError::Damaged { .. }), "{len}: {error}");
        }
        let inner = Tar::chart().tar();
        assert!(matches!(paths(&gzip(&inner[..600])), Err(ChartError::Damaged { .. })));
    }

    #[test]
    fn every_flipped_byte_is_noticed_or_harmless() {
        let whole = Tar::chart().file("c/values.yaml", "a: 1\n").tgz();
        let right = read(&whole, &mut Budget::default()).unwrap();
        let mut harmless = 0;
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x40;
            // gzip's time stamp and operating system mean nothing, and deflate has a few bits that do not count.
            if let Ok(files) = read(&flipped, &mut Budget::default()) {
                assert_eq!(files, right, "byte {at}");
                harmless += 1;
            }
        }
        assert!(harmless < whole.len() / 4, "{harmless} of {}", whole.len());
    }

    #[test]
    fn no_header_makes_it_panic() {
        let tar = Tar::default().entry(EntryType::XHeader, "x", "18 path=c/a/b.txt\n");
        let whole = tar.file("c/Chart.yaml", "name: c\nversion: 1\n").tar();
        let mut refused = 0;
        for at in 0..2_048 {
            for value in [0, b'7', 0xff] {
                let mut changed = whole.clone();
                changed[at] = value;
                // With a right checksum the change gets further.
                for header in [0, 1_024] {
                    let mut fixed = tar::Header::new_old();
                    fixed.as_mut_bytes().copy_from_slice(&changed[header..header + 512]);
                    fixed.set_cksum();
                    changed[header..header + 512].copy_from_slice(fixed.as_bytes());
                }
                refused += usize::from(paths(&gzip(&changed)).is_err());
            }
        }
        assert!(refused > 0);
    }

    #[test]
    fn nothing_may_follow_the_end() {
        let good = Tar::chart();
        let mut twice = good.tar();
        let end = twice.len() as u64;
        twice.extend(Tar::chart().tar());
        let error = paths(&gzip(&twice)).unwrap_err();
        assert!(
            matches!(error, ChartError::TrailingData { offset, compressed: false } if offset == end),
            "{error}"
        );

        let mut members = good.tgz();
        let end = members.len() as u64;
        members.extend(good.tgz());
        let error = paths(&members).unwrap_err();
        assert!(
            matches!(error, ChartError::TrailingData { offset, compressed: true } if offset == end),
            "{error}"
        );

        let mut padded = good.tar();
        padded.resize(10_240, 0);
        assert!(paths(&gzip(&padded)).is_ok());
    }

    #[test]
    fn sizes_are_bounded_whatever_the_header_says() {
        for size in [MAX_ARCHIVE + 1, 1 << 40, u64::MAX >> 1] {
            let lie = Tar::chart().lying(EntryType::Regular, "c/big", "x", size).tgz();
            let error = paths(&lie).unwrap_err();
            assert!(
                matches!(error, ChartError::Limit(Limit::ArchiveBytes(MAX_ARCHIVE))),
                "{error}"
            );
        }
        let short = Tar::chart().lying(EntryType::Regular, "c/big", "x", 5_000).tgz();
        assert!(matches!(paths(&short), Err(ChartError::Damaged { .. })));
        let half = vec![0; 60 << 20];
        let error = paths(&Tar::chart().file("c/a", &half).file("c/b", &half).tgz()).unwrap_err();
        assert!(matches!(error, ChartError::Limit(Limit::ArchiveBytes(_))), "{error}");
    }

    #[test]
    fn a_bomb_of_headers_ends_early() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let block = Tar::default().entry(EntryType::Directory, "c/", "");
        let many = block.tar()[..512].repeat(2_000);
        for _ in 0..26 {
            io::Write::write_all(&mut encoder, &many).unwrap();
        }
        let error = paths(&encoder.finish().unwrap()).unwrap_err();
        assert!(matches!(error, ChartError::Limit(Limit::Files(_))), "{error}");
    }
}
