//! Names of uploads.

use std::fmt;
use std::str::FromStr;

use rustls::crypto::ring::default_provider;

/// The name of an upload: 32 lower-case hex digits, drawn at random. It is safe in a file name, and nobody guesses it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UploadId(String);

impl UploadId {
    /// A new name. Fails when the system gives no random bytes.
    pub fn random() -> Result<Self, std::io::Error> {
        let mut bytes = [0; 16];
        default_provider()
            .secure_random
            .fill(&mut bytes)
            .map_err(|_| std::io::Error::other("the system gives no random bytes"))?;
        Ok(Self(format!("{:032x}", u128::from_be_bytes(bytes))))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text that is not the name of an upload.
#[derive(Debug, thiserror::Error)]
#[error("an upload is named by 32 lower-case hex digits")]
pub struct UploadIdError;

impl FromStr for UploadId {
    type Err = UploadIdError;

    fn from_str(text: &str) -> Result<Self, UploadIdError> {
        let is_id =
            text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if is_id { Ok(Self(text.into())) } else { Err(UploadIdError) }
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_the_same_and_each_can_be_read_back() {
        let (a, b) = (UploadId::random().unwrap(), UploadId::random().unwrap());
        assert_ne!(a, b);
        assert_eq!(a.as_str().parse::<UploadId>().unwrap(), a);
        for text in ["", "..", "0123", &"A".repeat(32), &"g".repeat(32), &"0".repeat(33)] {
            assert!(text.parse::<UploadId>().is_err(), "{text}");
        }
    }
}
