//! SHA-256, apart from the crates under test.

use std::fmt::Write as _;
use std::io::{self, Write};

use sha2::{Digest, Sha256};

/// `sha256:HEX` of some bytes.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    let mut sink = Sink::default();
    sink.0.update(bytes);
    sink.digest()
}

/// Hashes what is written to it.
#[derive(Default)]
pub(crate) struct Sink(Sha256);

impl Sink {
    /// `sha256:HEX` of all that was written.
    pub(crate) fn digest(self) -> String {
        self.0.finalize().iter().fold("sha256:".to_owned(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_empty_input_has_its_known_digest() {
        let known = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(super::digest_of(b""), known);
    }
}
