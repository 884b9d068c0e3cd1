//! Where content comes from.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::{Content, Descriptor, Digest};

/// Content by digest: a package, a layout, memory.
pub trait Source: Send + Sync {
    /// Opens the content a descriptor names. May be called again for the same descriptor: a retry starts over.
    fn fetch(&self, descriptor: &Descriptor) -> Result<Content, SourceError>;
}

/// Why content cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The source does not have it.
    #[error("there is no content {0}")]
    NotFound(Digest),
    /// It is there and cannot be read.
    #[error("content {digest} cannot be opened")]
    Open {
        /// Which one.
        digest: Digest,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// A source in memory, for manifests and configs made on the spot.
#[derive(Clone, Debug, Default)]
pub struct Memory(BTreeMap<Digest, Bytes>);

impl Memory {
    /// Adds bytes and tells their digest.
    pub fn insert(&mut self, bytes: impl Into<Bytes>) -> Digest {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        self.0.insert(digest.clone(), bytes);
        digest
    }

    /// The bytes with this digest.
    pub fn get(&self, digest: &Digest) -> Option<&Bytes> {
        self.0.get(digest)
    }
}

impl Source for Memory {
    fn fetch(&self, descriptor: &Descriptor) -> Result<Content, SourceError> {
        let bytes = self
            .get(&descriptor.digest)
            .ok_or_else(|| SourceError::NotFound(descriptor.digest.clone()))?;
        Ok(Content::from_bytes(descriptor, bytes.clone()))
    }
}
