//! Headers of a tar: the fields of one 512-byte block (POSIX.1-1988 ustar, with GNU's base-256 numbers).

/// The unit of a tar, in bytes.
pub(crate) const BLOCK: usize = 512;

/// What a header announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    Symlink,
    HardLink,
    /// GNU `L`: the next member's name.
    LongName,
    /// GNU `K`: the next member's link target.
    LongLink,
    /// PAX records for the next member.
    Pax,
    /// PAX records for all that follow.
    GlobalPax,
    /// A device or a pipe: never has content.
    Special(&'static str),
    /// A member that cannot even be stepped over with certainty.
    Unknown(&'static str),
}

/// The fields that are looked at. Owner, mode and times are not: they mean nothing here.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) name: Vec<u8>,
    pub(crate) link: Vec<u8>,
    pub(crate) size: u64,
    pub(crate) kind: Kind,
}

impl Header {
    /// Reads a block. The error is the reason.
    pub(crate) fn parse(block: &[u8; BLOCK]) -> Result<Self, &'static str> {
        if !has_right_checksum(block) {
            return Err("the checksum of the header is wrong");
        }
        let size = block[124..136].first_chunk().and_then(parse_size);
        let size = size.ok_or("the size in the header is not a number")?;
        let mut name = until_nul(&block[..100]).to_vec();
        let kind = kind(block[156], &name);
        let prefix = until_nul(&block[345..500]);
        if &block[257..263] == b"ustar\0" && !prefix.is_empty() {
            name = [prefix, b"/", &name].concat();
        }
        Ok(Self { name, link: until_nul(&block[157..257]).to_vec(), size, kind })
    }
}

/// Whether the block is a header: nothing else carries its own checksum at this place, and a damaged header still
/// carries the magic.
pub(crate) fn looks_like_header(block: &[u8; BLOCK]) -> bool {
    &block[257..262] == b"ustar" || has_right_checksum(block)
}

fn has_right_checksum(block: &[u8; BLOCK]) -> bool {
    let field = 148..156;
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(at, byte)| if field.contains(&at) { u64::from(b' ') } else { u64::from(*byte) })
        .sum();
    parse_octal(&block[field]) == Some(sum)
}

fn kind(flag: u8, name: &[u8]) -> Kind {
    match flag {
        // Before POSIX a directory was a file whose name ends in a slash.
        0 if name.ends_with(b"/") => Kind::Directory,
        0 | b'0' | b'7' => Kind::File,
        b'1' => Kind::HardLink,
        b'2' => Kind::Symlink,
        b'3' | b'4' => Kind::Special("it is a device"),
        b'5' => Kind::Directory,
        b'6' => Kind::Special("it is a named pipe"),
        b'L' => Kind::LongName,
        b'K' => Kind::LongLink,
        b'x' => Kind::Pax,
        b'g' => Kind::GlobalPax,
        b'S' => Kind::Unknown("it is a sparse file"),
        _ => Kind::Unknown("it is of a kind that packages do not use"),
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    &field[..end]
}

/// A size: octal, or GNU's big-endian binary number behind a byte 0x80. `None` when it is neither, negative, or above
/// 2⁶³-1.
fn parse_size(field: &[u8; 12]) -> Option<u64> {
    let value = match field {
        [0x80, 0, 0, 0, low @ ..] => u64::from_be_bytes(*low),
        _ => parse_octal(field)?,
    };
    i64::try_from(value).is_ok().then_some(value)
}

/// Digits between spaces, ended by spaces or NULs. No digit at all is 0.
fn parse_octal(field: &[u8]) -> Option<u64> {
    let start = field.iter().position(|byte| *byte != b' ').unwrap_or(field.len());
    let digits = field[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = field[start..].split_at(digits);
    if !rest.iter().all(|byte| matches!(byte, 0 | b' ')) {
        return None;
    }
    let text = std::str::from_utf8(digits).ok()?;
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(build: impl FnOnce(&mut tar::Header)) -> [u8; BLOCK] {
        let mut header = tar::Header::new_ustar();
        header.set_path("a/b").unwrap();
        header.set_size(5);
        build(&mut header);
        header.set_cksum();
        *header.as_bytes()
    }

    #[test]
    fn reads_what_is_written() {
        let header = Header::parse(&block(|_| {})).unwrap();
        assert_eq!(
            (header.name.as_slice(), header.size, header.kind),
            (&b"a/b"[..], 5, Kind::File)
        );
        let long = format!("{}/{}", "d".repeat(120), "n".repeat(90));
        let header = Header::parse(&block(|header| header.set_path(&long).unwrap())).unwrap();
        assert_eq!(header.name, long.as_bytes());
    }

    #[test]
    fn sizes_above_eight_gibibytes_are_binary() {
        let big = block(|header| header.set_size(20 << 30));
        assert_eq!(Header::parse(&big).unwrap().size, 20 << 30);
        for field in [[0xff; 12], [b'9'; 12], *b"000000-00001"] {
            let bad = block(|header| header.as_mut_bytes()[124..136].copy_from_slice(&field));
            assert!(Header::parse(&bad).is_err());
        }
        let mut over = [0; 12];
        over[0] = 0x80;
        over[4] = 0x80;
        let over = block(|header| header.as_mut_bytes()[124..136].copy_from_slice(&over));
        assert!(Header::parse(&over).is_err());
    }

    #[test]
    fn a_checksum_is_never_binary() {
        let mut bad = block(|_| {});
        bad[148] = 0x80;
        assert!(Header::parse(&bad).is_err());
    }

    #[test]
    fn every_flipped_bit_changes_nothing_or_is_noticed() {
        let good = block(|_| {});
        let expected = Header::parse(&good).unwrap();
        for bit in 0..BLOCK * 8 {
            let mut bad = good;
            bad[bit / 8] ^= 1 << (bit % 8);
            if let Ok(header) = Header::parse(&bad) {
                assert_eq!((header.name, header.size), (expected.name.clone(), 5), "{bit}");
            }
        }
    }
}
