//! An environment for tests: a fixed clock and a counter for entropy.

use crate::date::Zone;
use crate::environment::Environment;

#[derive(Default)]
pub(crate) struct Fake {
    state: u64,
}

impl Environment for Fake {
    fn now(&self) -> (i64, u32) {
        (1_700_000_000, 123_456_789)
    }

    fn local_zone(&self) -> Zone {
        Zone::utc()
    }

    fn random(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            // SplitMix64: even, and the same at each run.
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (mixed >> 32).to_le_bytes()[0];
        }
    }
}
