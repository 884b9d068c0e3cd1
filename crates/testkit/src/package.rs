//! Bundles and the downloads they come in (`bundle-formats`, §0 and §1.2).

use std::fs;
use std::path::{Path, PathBuf};

use oci::{Algorithm, Hasher};

use crate::ChartFiles;
use crate::ustar::TarWriter;

/// The inner archive: hints, chart, images, in this order.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// `hints.yaml`, a copy of the chart's `.relok8s-images.yaml`.
    pub hints: Vec<u8>,
    /// `original-chart/…`
    pub chart: ChartFiles,
    /// `images.tar`; a bundle saved with skip-images has none.
    pub images: Option<Vec<u8>>,
}

impl Bundle {
    /// The members, in the order they are written.
    pub fn members(&self) -> Vec<(String, &[u8])> {
        let mut members = vec![("hints.yaml".to_owned(), self.hints.as_slice())];
        members.extend(
            self.chart.iter().map(|(path, content)| (format!("original-chart/{path}"), content)),
        );
        members.extend(self.images.as_deref().map(|images| ("images.tar".to_owned(), images)));
        members
    }

    /// The bundle as a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut tar = TarWriter::in_memory();
        for (name, content) in self.members() {
            tar.add(&name, content);
        }
        tar.into_bytes()
    }

    /// The bundle as `tar xf` leaves it in `dir`.
    pub fn write_unpacked(&self, dir: &Path) {
        for (name, content) in self.members() {
            write_file(&dir.join(name), content);
        }
    }
}

/// The outer archive, as it is downloaded.
#[derive(Clone, Debug)]
pub struct Package {
    /// Without `.tar`, such as `kairship_v0.21.0_amd64`.
    pub name: String,
    /// Paths and contents.
    pub members: Vec<(String, Vec<u8>)>,
    /// The file beside it.
    pub checksum: ChecksumFile,
}

/// What stands in `<name>_checksum.sha512sum`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChecksumFile {
    /// The right sum of the right name.
    #[default]
    Right,
    /// The same without a newline at the end, as some downloads have it.
    WithoutNewline,
    /// The right sum, with the name of another version's file.
    NamesAnotherFile,
    /// A sum of something else.
    Wrong,
    /// There is no such file.
    Absent,
}

impl Package {
    /// The archive.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut tar = TarWriter::in_memory();
        for (name, content) in &self.members {
            tar.add(name, content);
        }
        tar.into_bytes()
    }

    /// Writes the archive and its checksum file into `dir` and returns the path of the archive.
    pub fn write(&self, dir: &Path) -> PathBuf {
        let bytes = self.to_bytes();
        let path = dir.join(format!("{}.tar", self.name));
        write_file(&path, &bytes);
        let line = checksum_line(&self.name, self.checksum, || sha512_hex(&bytes));
        if let Some(line) = line {
            write_file(&checksum_path(&path), line.as_bytes());
        }
        path
    }
}

/// Where the checksum of a download is: `X_checksum.sha512sum` beside `X.tar`.
pub fn checksum_path(package: &Path) -> PathBuf {
    let stem = package.file_stem().unwrap_or_default().to_string_lossy();
    package.with_file_name(format!("{stem}_checksum.sha512sum"))
}

/// The content of the checksum file of `<name>.tar`, in the format of coreutils `sha512sum`.
pub(crate) fn checksum_line(
    name: &str,
    kind: ChecksumFile,
    right: impl FnOnce() -> String,
) -> Option<String> {
    match kind {
        ChecksumFile::Right => Some(format!("{}  {name}.tar\n", right())),
        ChecksumFile::WithoutNewline => Some(format!("{}  {name}.tar", right())),
        ChecksumFile::NamesAnotherFile => Some(format!("{}  kairship_v0.4.0_amd64.tar\n", right())),
        ChecksumFile::Wrong => Some(format!("{}  {name}.tar\n", sha512_hex(b"something else"))),
        ChecksumFile::Absent => None,
    }
}

fn sha512_hex(bytes: &[u8]) -> String {
    let mut hasher = Hasher::new(Algorithm::Sha512);
    hasher.update(bytes);
    hasher.finish().hex().to_owned()
}

/// Writes a fixture, with the directories above it.
pub(crate) fn write_file(path: &Path, content: &[u8]) {
    let parent = path.parent().expect("a fixture is written into a directory");
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(path, content))
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
