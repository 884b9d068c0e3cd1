//! `X_checksum.sha512sum` beside a package.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use oci::{Algorithm, Digest, Hasher};

use crate::name;

/// A line for each of some files. In bytes.
const MAX_CHECKSUM_FILE: u64 = 64 << 10;

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
    #[error("`{}` has checksum {found}, expected {expected}", file.display())]
    Mismatch {
        /// The file.
        file: PathBuf,
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
    /// `X.sha512sum` for `X.tar`. The error is a reason, with the checksum file it is about.
    pub(crate) fn find(file: &Path) -> Result<Option<Self>, (PathBuf, &'static str)> {
        let Some(file_name) = file.file_name().and_then(|name| name.to_str()) else {
            return Ok(None);
        };
        for candidate in candidates(file_name) {
            let path = file.with_file_name(candidate);
            let text = match read_text(&path) {
                Ok(Some(text)) => text,
                Ok(None) => continue,
                Err(reason) => return Err((path, reason)),
            };
            let (expected, names) = match choose(&text, file_name) {
                Ok(line) => line,
                Err(reason) => return Err((path, reason)),
            };
            let names_this_file = names.is_empty() || base_name(&names) == file_name;
            let names = name::excerpt(names.as_bytes());
            return Ok(Some(Self { path, file: file.into(), expected, names, names_this_file }));
        }
        Ok(None)
    }

    /// Reads all of `file` and compares. Looks at `cancel` after every mebibyte.
    pub fn verify(&self, file: &Path, cancel: &AtomicBool) -> Result<(), ChecksumError> {
        let fault = |source| ChecksumError::Read { file: file.into(), source };
        let mut reader = File::open(file).map_err(fault)?;
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
        Err(ChecksumError::Mismatch { file: file.into(), expected: self.expected.clone(), found })
    }
}

fn candidates(file_name: &str) -> Vec<String> {
    let mut stems = vec![file_name];
    for end in [".tar.gz", ".tar.zst", ".tar", ".tgz", ".tzst"] {
        if let Some(stem) = file_name.strip_suffix(end) {
            stems.push(stem);
            break;
        }
    }
    let endings = ["_checksum.sha512sum", ".sha512sum"];
    stems.iter().flat_map(|stem| endings.map(|ending| format!("{stem}{ending}"))).collect()
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

/// The line for this file: the one that names it, or the only one.
fn choose(text: &str, file_name: &str) -> Result<(Digest, String), &'static str> {
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parsed: Option<Vec<_>> = lines.map(parse_line).collect();
    let mut parsed = parsed.ok_or("a line is not a sha512 checksum")?;
    if let Some(at) = parsed.iter().position(|(_, names)| base_name(names) == file_name) {
        return Ok(parsed.swap_remove(at));
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
}
