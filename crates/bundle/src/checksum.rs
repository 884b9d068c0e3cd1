//! `X_checksum.sha512sum` beside a package.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use oci::{Algorithm, Digest, Hasher};

use crate::decode::{Codec, Decoder, Meter};
use crate::head::{HEAD, Head};
use crate::name;

/// A line for each of some files. In bytes.
const MAX_CHECKSUM_FILE: u64 = 64 << 10;

/// What follows the name of a file, with or without its own ending, in the name of its checksum file.
const ENDINGS: [&str; 2] = ["_checksum.sha512sum", ".sha512sum"];

const READ_AT_ONCE: usize = 1 << 20;

/// What a checksum file says about a file of the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// The checksum file.
    pub path: PathBuf,
    /// The file it is for.
    pub file: PathBuf,
    /// The sha512 that file must have.
    pub expected: Digest,
    /// The name in the checksum file, escaped; empty when there is none.
    pub names: String,
    /// Whether that is the file's name. Vendors have shipped checksum files with a wrong one, so the digest decides.
    pub names_this_file: bool,
}

/// Why a file is not shown to be the one that the checksum is for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChecksumError {
    /// It is another file, or a damaged one.
    #[error("{} has checksum {found}, expected {expected}", checked(file, of_unpacked.as_deref()))]
    Mismatch {
        /// The file.
        file: PathBuf,
        /// What was compared, when it is the tar inside.
        of_unpacked: Option<String>,
        /// What it should be.
        expected: Digest,
        /// What it is.
        found: Digest,
    },
    /// It cannot be read.
    #[error("`{}` cannot be read", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The caller said stop.
    #[error("the check of `{}` was stopped", file.display())]
    Cancelled {
        /// The file.
        file: PathBuf,
    },
}

impl Checksum {
    /// Looks for the checksum file of `file` in its directory: `X.tar.sha512sum`, `X_checksum.sha512sum` or
    /// `X.sha512sum` for `X.tar`. A compressed file may have that of the tar inside: of `X.tar` for `X.tar.gz`. The
    /// error is a reason, with the checksum file it is about.
    pub(crate) fn find(file: &Path) -> Result<Option<Self>, (PathBuf, &'static str)> {
        let Some(file_name) = file.file_name().and_then(|name| name.to_str()) else {
            return Ok(None);
        };
        let tar_name = tar_inside(file_name);
        for candidate in candidates(file_name, tar_name.as_deref()) {
            let path = file.with_file_name(&candidate);
            let text = match read_text(&path) {
                Ok(Some(text)) => text,
                Ok(None) => continue,
                Err(reason) => return Err((path, reason)),
            };
            let (expected, names) = match choose(&text, file_name, tar_name.as_deref()) {
                Ok(line) => line,
                Err(reason) => return Err((path, reason)),
            };
            let base = base_name(&names);
            let names_this_file =
                base.is_empty() || base == file_name || tar_name.as_deref() == Some(base);
            let names = name::excerpt(names.as_bytes());
            return Ok(Some(Self { path, file: file.into(), expected, names, names_this_file }));
        }
        Ok(None)
    }

    /// The tar inside, when the sum is of that and not of the compressed file: `X.tar` for `X.tar.gz`. The name in the
    /// checksum file says so, or the name of the checksum file itself.
    pub fn of_unpacked(&self) -> Option<String> {
        let file_name = self.file.file_name()?.to_str()?;
        let tar = tar_inside(file_name)?;
        let base = base_name(&self.names);
        let path = self.path.file_name();
        let is_beside_tar =
            || ENDINGS.iter().any(|end| path == Some(format!("{tar}{end}").as_ref()));
        (base == tar || (base != file_name && is_beside_tar())).then_some(tar)
    }

    /// Reads all of `file` and compares, decompressing it when the sum is of the tar inside. Looks at `cancel` after
    /// every mebibyte.
    pub fn verify(&self, file: &Path, cancel: &AtomicBool) -> Result<(), ChecksumError> {
        let fault = |source| ChecksumError::Read { file: file.into(), source };
        let mut reader = self.reader(file).map_err(fault)?;
        let mut hasher = Hasher::new(Algorithm::Sha512);
        let mut buffer = vec![0; READ_AT_ONCE];
        loop {
            if cancel.load(Ordering::Relaxed) {
                return Err(ChecksumError::Cancelled { file: file.into() });
            }
            match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(got) => hasher.update(&buffer[..got]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(fault(error)),
            }
        }
        let found = hasher.finish();
        if found == self.expected {
            return Ok(());
        }
        let (file, of_unpacked) = (file.into(), self.of_unpacked());
        Err(ChecksumError::Mismatch { file, of_unpacked, expected: self.expected.clone(), found })
    }

    /// The bytes that the sum is of.
    fn reader(&self, path: &Path) -> io::Result<Box<dyn Read>> {
        let mut file = File::open(path)?;
        let Some(codec) = self.of_unpacked().map(|_| codec(&mut file)).transpose()?.flatten()
        else {
            return Ok(Box::new(file));
        };
        let label = path.display().to_string();
        let meter = Meter { label, progress: Arc::default(), reads_disk: true };
        Ok(Box::new(Decoder::new(codec, file, meter)?))
    }
}

/// How a file is compressed, by its content. It is at its beginning afterwards.
fn codec(file: &mut File) -> io::Result<Option<Codec>> {
    let mut head = Vec::new();
    file.take(HEAD as u64).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(match Head::of(&head) {
        Head::Packed(codec) => Some(codec),
        _ => None,
    })
}

/// What a sum was computed of, for messages.
fn checked(file: &Path, of_unpacked: Option<&str>) -> String {
    match of_unpacked {
        Some(tar) => format!("`{tar}` inside `{}`", file.display()),
        None => format!("`{}`", file.display()),
    }
}

/// The name of the tar in a compressed file, by the name of that.
fn tar_inside(file_name: &str) -> Option<String> {
    let endings = [(".tar.gz", ".tar"), (".tar.zst", ".tar"), (".tgz", ".tar"), (".tzst", ".tar")];
    endings.iter().find_map(|(end, tar)| Some(format!("{}{tar}", file_name.strip_suffix(end)?)))
}

fn candidates(file_name: &str, tar_name: Option<&str>) -> Vec<String> {
    let tar = tar_name.unwrap_or(file_name);
    let mut stems = vec![file_name];
    stems.extend(tar_name);
    stems.extend(tar.strip_suffix(".tar"));
    stems.iter().flat_map(|stem| ENDINGS.map(|ending| format!("{stem}{ending}"))).collect()
}

/// `None` when there is no such file. A directory or a device of that name is as good as none.
fn read_text(path: &Path) -> Result<Option<String>, &'static str> {
    if !fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|_| "it cannot be read")?;
    file.take(MAX_CHECKSUM_FILE + 1).read_to_end(&mut bytes).map_err(|_| "it cannot be read")?;
    if bytes.len() as u64 > MAX_CHECKSUM_FILE {
        return Err("it is larger than 64 KiB");
    }
    String::from_utf8(bytes).map(Some).map_err(|_| "it is not text")
}

/// The line for this file: the one that names it, or the tar inside, or the only one.
fn choose(
    text: &str,
    file_name: &str,
    tar_name: Option<&str>,
) -> Result<(Digest, String), &'static str> {
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parsed: Option<Vec<_>> = lines.map(parse_line).collect();
    let mut parsed = parsed.ok_or("a line is not a sha512 checksum")?;
    for known in [Some(file_name), tar_name].into_iter().flatten() {
        if let Some(at) = parsed.iter().position(|(_, names)| base_name(names) == known) {
            return Ok(parsed.swap_remove(at));
        }
    }
    match (parsed.len(), parsed.pop()) {
        (1, Some(only)) => Ok(only),
        (0, _) => Err("it is empty"),
        _ => Err("it has several lines and none is for this file"),
    }
}

/// `HEX  name`, `HEX *name` or `HEX`, as `sha512sum` writes them, or `SHA512 (name) = HEX` as BSD does.
fn parse_line(line: &str) -> Option<(Digest, String)> {
    let (hex, names) = match line.strip_prefix("SHA512 (") {
        Some(rest) => {
            let (names, hex) = rest.rsplit_once(") = ")?;
            (hex, names)
        }
        None => match line.split_once(char::is_whitespace) {
            Some((hex, names)) => (hex, names.trim_start()),
            None => (line, ""),
        },
    };
    // A backslash in front says that the name is escaped.
    let hex = hex.strip_prefix('\\').unwrap_or(hex).to_ascii_lowercase();
    let digest = format!("sha512:{hex}").parse().ok()?;
    Some((digest, names.strip_prefix('*').unwrap_or(names).to_owned()))
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha512(bytes: &[u8]) -> String {
        let mut hasher = Hasher::new(Algorithm::Sha512);
        hasher.update(bytes);
        hasher.finish().hex().to_owned()
    }

    fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        directory
    }

    #[test]
    fn is_found_under_every_name_and_in_every_format() {
        let hex = sha512(b"content");
        for (name, text) in [
            ("x_v1_amd64_checksum.sha512sum", format!("{hex}  x_v1_amd64.tar")),
            ("x_v1_amd64.tar.sha512sum", format!("{hex} *x_v1_amd64.tar\n")),
            ("x_v1_amd64.sha512sum", format!("{}  ./out/x_v1_amd64.tar\r\n", hex.to_uppercase())),
            ("x_v1_amd64.sha512sum", format!("SHA512 (x_v1_amd64.tar) = {hex}\n")),
            ("x_v1_amd64.sha512sum", hex.clone()),
        ] {
            let directory = directory(&[("x_v1_amd64.tar", "content"), (name, &text)]);
            let file = directory.path().join("x_v1_amd64.tar");
            let checksum = Checksum::find(&file).unwrap().unwrap();
            assert!(checksum.names_this_file, "{text}");
            checksum.verify(&file, &AtomicBool::new(false)).unwrap();
            fs::write(&file, "contents").unwrap();
            assert!(matches!(
                checksum.verify(&file, &AtomicBool::new(false)),
                Err(ChecksumError::Mismatch { .. })
            ));
            assert!(matches!(
                checksum.verify(&file, &AtomicBool::new(true)),
                Err(ChecksumError::Cancelled { .. })
            ));
        }
    }

    #[test]
    fn another_name_inside_is_told_and_not_held_against_the_file() {
        let text = format!("{}  kairship_v0.4.0_amd64.tar", sha512(b"a"));
        let directory = directory(&[("k.tar", "a"), ("k_checksum.sha512sum", &text)]);
        let file = directory.path().join("k.tar");
        let checksum = Checksum::find(&file).unwrap().unwrap();
        assert!(!checksum.names_this_file);
        assert_eq!(checksum.names, "kairship_v0.4.0_amd64.tar");
        checksum.verify(&file, &AtomicBool::new(false)).unwrap();
    }

    #[test]
    fn an_unusable_one_is_an_error_and_none_is_none() {
        let two = format!("{}  a\n{}  b\n", sha512(b"a"), sha512(b"b"));
        let long = "x".repeat(70_000);
        for text in ["", "not a checksum", "abcdef  k.tar", two.as_str(), long.as_str()] {
            let directory = directory(&[("k.tar", "a"), ("k.sha512sum", text)]);
            assert!(Checksum::find(&directory.path().join("k.tar")).is_err(), "{text:.20}");
        }
        let directory = directory(&[("k.tar", "a")]);
        assert_eq!(Checksum::find(&directory.path().join("k.tar")), Ok(None));
    }

    #[test]
    fn a_compressed_file_is_checked_by_the_sum_of_the_tar_inside() {
        let packed = {
            use std::io::Write as _;
            let level = flate2::Compression::fast();
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(b"content").unwrap();
            encoder.finish().unwrap()
        };
        let (inside, outside) = (sha512(b"content"), sha512(&packed));
        for (file_name, name, text, of_unpacked) in [
            ("k.tar.gz", "k.tar.sha512sum", inside.clone(), Some("k.tar")),
            ("k.tgz", "k.tar_checksum.sha512sum", format!("{inside}  k.tar\n"), Some("k.tar")),
            ("k.tar.gz", "k_checksum.sha512sum", format!("{inside}  k.tar\n"), Some("k.tar")),
            ("k.tar.gz", "k_checksum.sha512sum", format!("{outside}  k.tar.gz\n"), None),
            ("k.tar.gz", "k.sha512sum", format!("{inside}  k.tar\n{outside}  k.tar.gz\n"), None),
            ("k.tar.gz", "k.sha512sum", outside.clone(), None),
            ("k.tar.gz", "k.tar.gz.sha512sum", outside.clone(), None),
        ] {
            let directory = directory(&[(name, &text)]);
            let file = directory.path().join(file_name);
            fs::write(&file, &packed).unwrap();
            let checksum = Checksum::find(&file).unwrap().unwrap();
            assert_eq!(checksum.of_unpacked().as_deref(), of_unpacked, "{name}");
            assert!(checksum.names_this_file, "{name}");
            checksum.verify(&file, &AtomicBool::new(false)).unwrap();
            let other = Checksum { expected: checksum_of_nothing(), ..checksum };
            let error = other.verify(&file, &AtomicBool::new(false)).unwrap_err().to_string();
            let inside = format!("`{}` inside `", of_unpacked.unwrap_or("-"));
            assert_eq!(error.starts_with(&inside), of_unpacked.is_some(), "{error}");
        }
    }

    fn checksum_of_nothing() -> Digest {
        format!("sha512:{}", sha512(b"")).parse().unwrap()
    }
}
