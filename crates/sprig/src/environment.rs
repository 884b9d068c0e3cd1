//! What functions cannot have by themselves: clock, zone, entropy.

use crate::date::Zone;

/// What a caller gives to the functions that depend on more than their arguments. The same answers give the same
/// results.
pub trait Environment {
    /// The time: seconds since 1970-01-01 UTC, and nanoseconds.
    fn now(&self) -> (i64, u32);

    /// The zone in which times are printed that do not say theirs.
    fn local_zone(&self) -> Zone;

    /// Fills `bytes` with random ones. What becomes of them can be a password or a private key, so they have to come
    /// from a cryptographic source.
    fn random(&mut self, bytes: &mut [u8]);
}
