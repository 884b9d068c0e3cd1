//! PAX extended headers: `length key=value\n` records (POSIX.1-2001).

/// Room for a long path and whatever attributes a packer added. In bytes.
pub(crate) const MAX_PAX: u64 = 1 << 20;

/// The records that change what a member is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pax {
    pub(crate) path: Option<Vec<u8>>,
    pub(crate) link: Option<Vec<u8>>,
    pub(crate) size: Option<u64>,
    pub(crate) is_sparse: bool,
}

impl Pax {
    /// Reads all records. The error is the reason.
    pub(crate) fn parse(mut records: &[u8]) -> Result<Self, &'static str> {
        let mut pax = Self::default();
        while !records.is_empty() {
            let (key, value, rest) = record(records).ok_or("a PAX record is malformed")?;
            pax.set(key, value)?;
            records = rest;
        }
        Ok(pax)
    }

    /// Whether the records say anything about a member, as a global header must not: readers disagree on it.
    pub(crate) fn is_neutral(&self) -> bool {
        *self == Self::default()
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), &'static str> {
        match key {
            b"path" => once(&mut self.path, value.to_vec()),
            b"linkpath" => once(&mut self.link, value.to_vec()),
            b"size" => {
                let size = number(value).ok_or("the PAX size is not a number")?;
                once(&mut self.size, size)
            }
            key => {
                self.is_sparse |= key.starts_with(b"GNU.sparse.");
                Ok(())
            }
        }
    }
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), &'static str> {
    if slot.replace(value).is_some() { Err("a PAX record is there twice") } else { Ok(()) }
}

/// The first record as key and value, and what follows it.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let length = usize::try_from(number(&bytes[..space])?).ok()?;
    if length <= space + 1 || length > bytes.len() || bytes[length - 1] != b'\n' {
        return None;
    }
    let text = &bytes[space + 1..length - 1];
    let equals = text.iter().position(|byte| *byte == b'=')?;
    Some((&text[..equals], &text[equals + 1..], &bytes[length..]))
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    i64::try_from(value).is_ok().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_path_and_size() {
        let pax = Pax::parse(b"14 path=a/b/c\n20 size=10737418240\n11 mtime=1\n").unwrap();
        assert_eq!(pax.path.as_deref(), Some(&b"a/b/c"[..]));
        assert_eq!(pax.size, Some(10 << 30));
        assert!(!pax.is_sparse && !pax.is_neutral());
        assert!(Pax::parse(b"11 mtime=1\n").unwrap().is_neutral());
        assert!(Pax::parse(b"22 GNU.sparse.major=1\n").unwrap().is_sparse);
    }

    #[test]
    fn refuses_records_that_readers_take_apart_differently() {
        for records in [
            &b"13 path=a/b/c\n"[..],
            b"99 path=a\n",
            b"0 path=a\n",
            b"x path=a\n",
            b"3 \n",
            b"9 path=a\n9 path=b\n",
            b"10 size=-1\n",
            b"27 size=9223372036854775808\n",
            b"8 path=\0",
            b"99999999999999999999999 a=b\n",
        ] {
            assert!(Pax::parse(records).is_err(), "{}", String::from_utf8_lossy(records));
        }
    }
}
