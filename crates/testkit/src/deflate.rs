//! gzip that gives the same bytes on every machine and with every version of every library.
//!
//! The digests of our fixtures depend on these bytes, so they are not left to a compressor that may get better. One
//! pass, a table of last positions, fixed Huffman codes (RFC 1951 §3.2.6).

use flate2::Crc;

/// Magic, deflate, no flags, no time, no hint, unknown system (RFC 1952 §2.3).
pub(crate) const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

const WINDOW: usize = 32 << 10;
const HASH_BITS: u32 = 15;
const MIN_MATCH: usize = 4;
const MAX_MATCH: usize = 258;

/// First length and number of extra bits of the length codes 257.. (RFC 1951 §3.2.5).
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// First distance and number of extra bits of the distance codes 0.. (RFC 1951 §3.2.5).
const DISTANCES: [(u16, u8); 30] = [
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 1),
    (7, 1),
    (9, 2),
    (13, 2),
    (17, 3),
    (25, 3),
    (33, 4),
    (49, 4),
    (65, 5),
    (97, 5),
    (129, 6),
    (193, 6),
    (257, 7),
    (385, 7),
    (513, 8),
    (769, 8),
    (1025, 9),
    (1537, 9),
    (2049, 10),
    (3073, 10),
    (4097, 11),
    (6145, 11),
    (8193, 12),
    (12289, 12),
    (16385, 13),
    (24577, 13),
];

/// One gzip member holding `data`.
pub fn gzip(data: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(data);
    let mut bits = Bits::default();
    bits.out.extend_from_slice(&GZIP_HEADER);
    fixed_block(&mut bits, data, Last::Yes);
    let mut out = bits.finish();
    out.extend_from_slice(&trailer(&crc));
    out
}

/// CRC and length of a gzip member.
pub(crate) fn trailer(crc: &Crc) -> [u8; 8] {
    let mut trailer = [0; 8];
    trailer[..4].copy_from_slice(&crc.sum().to_le_bytes());
    trailer[4..].copy_from_slice(&crc.amount().to_le_bytes());
    trailer
}

/// `data` as a deflate block, followed by the opening of a stored block: whatever `stored` gives for some bytes may
/// follow at once, and after it the stream is at a byte boundary again, so that such pieces can be strung together.
pub(crate) fn piece(data: &[u8]) -> Vec<u8> {
    let mut bits = Bits::default();
    fixed_block(&mut bits, data, Last::No);
    bits.put(0, 3);
    bits.finish()
}

/// The length fields of a stored block of `len` bytes.
pub(crate) fn stored_length(len: u16) -> [u8; 4] {
    let [a, b] = len.to_le_bytes();
    [a, b, !a, !b]
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Yes,
    No,
}

fn fixed_block(bits: &mut Bits, data: &[u8], last: Last) {
    bits.put(u32::from(last == Last::Yes), 1);
    bits.put(1, 2);
    let mut seen = vec![u32::MAX; 1 << HASH_BITS];
    let mut at = 0;
    while at < data.len() {
        let length = if let Some((length, distance)) = find(data, at, &mut seen) {
            put_match(bits, length, distance);
            length
        } else {
            put_symbol(bits, u32::from(data[at]));
            1
        };
        at += length;
    }
    put_symbol(bits, 256);
}

/// The match at `at` with the last place where the same four bytes were, if it is near enough.
fn find(data: &[u8], at: usize, seen: &mut [u32]) -> Option<(usize, usize)> {
    let key = data.get(at..at + MIN_MATCH)?;
    let word = u32::from_le_bytes(key.try_into().expect("four bytes"));
    let slot = &mut seen[(word.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize];
    let before =
        std::mem::replace(slot, u32::try_from(at).expect("fixtures are below 4 GiB")) as usize;
    if before >= at || at - before > WINDOW || data[before..before + MIN_MATCH] != *key {
        return None;
    }
    let most = (data.len() - at).min(MAX_MATCH);
    let length = (MIN_MATCH..most).find(|&i| data[before + i] != data[at + i]).unwrap_or(most);
    Some((length, at - before))
}

fn put_match(bits: &mut Bits, length: usize, distance: usize) {
    let (code, extra, count) = code_of(&LENGTHS, length);
    put_symbol(bits, 257 + code);
    bits.put(extra, count);
    let (code, extra, count) = code_of(&DISTANCES, distance);
    bits.put_huffman(code, 5);
    bits.put(extra, count);
}

fn code_of(table: &[(u16, u8)], value: usize) -> (u32, u32, u32) {
    let code = table.partition_point(|&(first, _)| usize::from(first) <= value) - 1;
    let (first, count) = table[code];
    let extra = value - usize::from(first);
    (
        u32::try_from(code).expect("below 30"),
        u32::try_from(extra).expect("below 8192"),
        count.into(),
    )
}

fn put_symbol(bits: &mut Bits, symbol: u32) {
    match symbol {
        0..=143 => bits.put_huffman(0x30 + symbol, 8),
        144..=255 => bits.put_huffman(0x190 + symbol - 144, 9),
        256..=279 => bits.put_huffman(symbol - 256, 7),
        _ => bits.put_huffman(0xc0 + symbol - 280, 8),
    }
}

#[derive(Default)]
struct Bits {
    out: Vec<u8>,
    pending: u64,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        self.pending |= u64::from(value) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.out.push((self.pending & 0xff) as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// Huffman codes are written from their highest bit, everything else from its lowest.
    fn put_huffman(&mut self, code: u32, count: u32) {
        self.put(code.reverse_bits() >> (32 - count), count);
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::Random;

    fn unpack(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn another_implementation_reads_it() {
        let mut random = Random::new(7);
        let mut inputs = vec![
            Vec::new(),
            b"a".to_vec(),
            b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_vec(),
            vec![0; 100_000],
        ];
        inputs.push((0..=255).collect());
        inputs.push(random.bytes(70_000));
        inputs.push(random.realistic(300_000));
        for input in inputs {
            assert!(unpack(&gzip(&input)) == input, "{} bytes", input.len());
        }
    }

    #[test]
    fn the_bytes_never_change() {
        let data = Random::new(3).realistic(50_000);
        assert_eq!(oci::Digest::of(&gzip(&data)).short(), "6e568c963e55");
    }

    #[test]
    fn pieces_can_be_strung_together() {
        let data = Random::new(9).realistic(10_000);
        let mut stream = GZIP_HEADER.to_vec();
        let mut whole = Vec::new();
        for unique in [&b"one"[..], b"", b"three"] {
            stream.extend(piece(&data));
            stream.extend(stored_length(u16::try_from(unique.len()).unwrap()));
            stream.extend(unique);
            whole.extend_from_slice(&data);
            whole.extend_from_slice(unique);
        }
        stream.extend([1, 0, 0, 0xff, 0xff]);
        let mut crc = Crc::new();
        crc.update(&whole);
        stream.extend(trailer(&crc));
        assert!(unpack(&stream) == whole);
    }
}
