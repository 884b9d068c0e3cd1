//! Numbers that look random and are the same on every machine.

/// SplitMix64 (Steele, Lea, Flood 2014): small, quick, and defined by its seed alone.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The sequence that belongs to `name` under `seed`: two names give unrelated sequences.
    pub fn named(seed: u64, name: &str) -> Self {
        let mut hash = seed ^ 0xcbf2_9ce4_8422_2325;
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self(hash)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; 0 when `bound` is 0. The slight bias of the remainder does not matter here.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits().checked_rem(bound).unwrap_or(0)
    }

    /// An index into something of length `len`.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).expect("below a usize")
    }

    /// Fills `bytes` with noise that no compressor can shrink.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.bits().to_le_bytes()[..chunk.len()]);
        }
    }

    /// `len` bytes of noise.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.fill(&mut bytes);
        bytes
    }

    /// `len` bytes that compress about as well as the content of real layers do (1.5:1 under [`crate::gzip`]): noise
    /// and words by turns, as in binaries.
    pub fn realistic(&mut self, len: usize) -> Vec<u8> {
        const WORDS: [&[u8]; 8] = [
            b"\0\0\0\0\0\0\0\0",
            b"/usr/lib/x86_64/",
            b"k8s.io/apimachinery/pkg/",
            b"\x48\x89\xe5\x48\x83\xec",
            b"runtime.",
            b"github.com/karmada-io/",
            b"error: ",
            b"\xff\xff\xff\xff\x0f\x1f\x44\0",
        ];
        let mut bytes = Vec::with_capacity(len + 64);
        while bytes.len() < len {
            let noise = usize::try_from(self.below(36)).expect("below 36") + 12;
            let at = bytes.len();
            bytes.resize(at + noise, 0);
            self.fill(&mut bytes[at..]);
            // Half-noise: bytes as they are in code and tables, not in ciphertext.
            for byte in &mut bytes[at..] {
                *byte &= 0x7f;
            }
            for _ in 0..self.below(4) {
                bytes.extend_from_slice(WORDS[self.index(WORDS.len())]);
            }
        }
        bytes.truncate(len);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        let mut random = Random::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(
            first,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn realistic_bytes_compress_like_layers() {
        let bytes = Random::new(1).realistic(1 << 20);
        let packed = crate::gzip(&bytes).len();
        let permille = bytes.len() * 1000 / packed;
        assert!((1400..1520).contains(&permille), "{permille}");
    }
}
