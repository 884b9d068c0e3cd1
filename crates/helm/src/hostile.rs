//! Archives for tests, good ones and such as no honest tool makes.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

/// What every chart of these tests starts with.
pub(crate) const CHART_YAML: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";

/// A tar archive under construction.
#[derive(Default)]
pub(crate) struct Tar(Vec<u8>);

impl Tar {
    /// With a `c/Chart.yaml`.
    pub(crate) fn chart() -> Self {
        Self::default().file("c/Chart.yaml", CHART_YAML)
    }

    /// Adds a file. The name is taken as it is.
    pub(crate) fn file(self, name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Self {
        self.entry(EntryType::Regular, name, data)
    }

    /// Adds an entry of any type.
    pub(crate) fn entry(
        self,
        kind: EntryType,
        name: impl AsRef<[u8]>,
        data: impl AsRef<[u8]>,
    ) -> Self {
        let size = data.as_ref().len() as u64;
        self.lying(kind, name, data, size)
    }

    /// Adds an entry whose header states a size of its own choice.
    pub(crate) fn lying(
        mut self,
        kind: EntryType,
        name: impl AsRef<[u8]>,
        data: impl AsRef<[u8]>,
        size: u64,
    ) -> Self {
        let name = name.as_ref();
        if name.len() > 100 {
            self = self.entry(EntryType::GNULongName, "././@LongLink", name);
        }
        let mut header = Header::new_gnu();
        let short = &name[..name.len().min(100)];
        header.as_old_mut().name[..short.len()].copy_from_slice(short);
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o4777);
        header.as_old_mut().linkname[..4].copy_from_slice(b"/etc");
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(data.as_ref());
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// The tar bytes with the two empty blocks at the end.
    pub(crate) fn tar(&self) -> Vec<u8> {
        let mut bytes = self.0.clone();
        bytes.resize(bytes.len() + 1024, 0);
        bytes
    }

    /// The archive as `.tgz`.
    pub(crate) fn tgz(&self) -> Vec<u8> {
        gzip(&self.tar())
    }
}

/// Compresses.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
