//! Buffers that come back when the sent bytes are dropped: a transfer touches the same memory over and over.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::CHUNK_SIZE;

/// The buffers of one transfer. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub struct BufferPool(Arc<Mutex<Vec<Box<[u8]>>>>);

/// Memory to read into, on loan from its pool.
#[derive(Debug)]
pub struct Buffer {
    memory: Box<[u8]>,
    filled: usize,
    pool: BufferPool,
}

impl BufferPool {
    /// A buffer for `wanted` bytes, [`CHUNK_SIZE`] at most. Only full-size ones come back: the chunks of a transfer
    /// have one size but for the last.
    pub fn take(&self, wanted: usize) -> Buffer {
        let wanted = wanted.min(CHUNK_SIZE);
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let memory = free.unwrap_or_else(|| vec![0; wanted].into_boxed_slice());
        Buffer { memory, filled: wanted, pool: self.clone() }
    }
}

impl Buffer {
    /// The first `filled` bytes, without a copy. Dropping the last of them gives the memory back.
    pub fn freeze(mut self, filled: usize) -> Bytes {
        self.filled = filled.min(self.filled);
        Bytes::from_owner(self)
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.memory[..self.filled]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.memory[..self.filled]
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.memory);
        if memory.len() == CHUNK_SIZE {
            self.pool.0.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_when_the_bytes_are_gone() {
        let pool = BufferPool::default();
        let mut buffer = pool.take(CHUNK_SIZE);
        buffer[0] = 7;
        let place = buffer.as_ptr();
        let bytes = buffer.freeze(3);
        assert_eq!(&bytes[..], [7, 0, 0]);
        assert_ne!(pool.take(CHUNK_SIZE).as_ptr(), place, "it is still in use");
        drop(bytes);
        let free: Vec<_> = (0..2).map(|_| pool.take(10)).collect();
        assert!(free.iter().any(|buffer| buffer.as_ptr() == place));
        assert!(free.iter().all(|buffer| buffer.len() == 10));
    }
}
