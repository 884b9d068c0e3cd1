//! Tar headers, honest and otherwise (POSIX.1-2017 `pax`, "ustar Interchange Format").

use std::io::{self, Write};

/// The unit of tar.
pub const BLOCK: usize = 512;

/// The first size that needs a PAX record: eleven octal digits hold less.
const OCTAL_LIMIT: u64 = 8 << 30;

/// One header, field by field. The default is what Go's `archive/tar` writes for a file: mode 0644, no owner, 1970.
#[derive(Clone, Debug)]
pub struct Header {
    /// Up to 100 bytes; more are cut off.
    pub name: Vec<u8>,
    /// Permission bits, with setuid and friends.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// What the size field says.
    pub size: Size,
    /// `b'0'` file, `b'1'` hard link, `b'2'` symlink, `b'3'` device, `b'5'` directory, `b'6'` FIFO, `b'x'` PAX, …
    pub kind: u8,
    /// Where a link points.
    pub link: Vec<u8>,
    /// Goes before `name`, with a slash between.
    pub prefix: Vec<u8>,
    /// Magic and version: `ustar\0` `00`, or GNU's `ustar  \0`.
    pub magic: [u8; 8],
    /// Whether the checksum is right.
    pub checksum: Checksum,
}

/// What stands in a size field.
#[derive(Clone, Copy, Debug)]
pub enum Size {
    /// Eleven octal digits.
    Octal(u64),
    /// GNU's binary form: any 64-bit number.
    Binary(u64),
    /// These twelve bytes.
    Raw([u8; 12]),
}

/// What stands in a checksum field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// The sum of the header's bytes.
    Right,
    /// Another number.
    Wrong,
}

impl Header {
    /// A file of `size` bytes.
    pub fn file(name: impl AsRef<[u8]>, size: u64) -> Self {
        Self {
            name: name.as_ref().to_vec(),
            mode: 0o644,
            uid: 0,
            size: Size::Octal(size),
            kind: b'0',
            link: Vec::new(),
            prefix: Vec::new(),
            magic: *b"ustar\x0000",
            checksum: Checksum::Right,
        }
    }

    /// An entry without content of another kind, such as a link.
    pub fn other(kind: u8, name: impl AsRef<[u8]>, link: impl AsRef<[u8]>) -> Self {
        Self { kind, link: link.as_ref().to_vec(), ..Self::file(name, 0) }
    }

    /// The 512 bytes.
    pub fn encode(&self) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        put(&mut block[..100], &self.name);
        put(&mut block[100..108], format!("{:07o}", self.mode).as_bytes());
        put(&mut block[108..116], format!("{:07o}", self.uid).as_bytes());
        put(&mut block[116..124], b"0000000");
        match self.size {
            Size::Octal(size) => put(&mut block[124..136], format!("{size:011o}").as_bytes()),
            Size::Binary(size) => {
                block[124] = 0x80;
                put(&mut block[128..136], &size.to_be_bytes());
            }
            Size::Raw(raw) => put(&mut block[124..136], &raw),
        }
        put(&mut block[136..148], b"00000000000");
        block[156] = self.kind;
        put(&mut block[157..257], &self.link);
        put(&mut block[257..265], &self.magic);
        put(&mut block[329..336], b"0000000");
        put(&mut block[337..344], b"0000000");
        put(&mut block[345..500], &self.prefix);
        put(&mut block[148..156], b"        ");
        let mut sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        if self.checksum == Checksum::Wrong {
            sum += 1;
        }
        put(&mut block[148..156], format!("{sum:06o}\0 ").as_bytes());
        block
    }
}

fn put(field: &mut [u8], bytes: &[u8]) {
    let len = bytes.len().min(field.len());
    field[..len].copy_from_slice(&bytes[..len]);
}

/// How many zeros follow `size` bytes of content.
pub fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK as u64) - size
}

/// One PAX record. Its length counts itself.
pub fn pax_record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut len = rest + 1;
    while len != rest + len.to_string().len() {
        len = rest + len.to_string().len();
    }
    [format!("{len} {key}=").as_bytes(), value, b"\n"].concat()
}

/// A PAX header with `records`, to go before the header it is about.
pub fn pax_header(records: &[u8]) -> Vec<u8> {
    let mut header = Header::file("PaxHeaders.0/entry", records.len() as u64);
    header.kind = b'x';
    with_content(&header, records)
}

/// A GNU long name (`b'L'`) or long link (`b'K'`), to go before the header it is about.
pub fn gnu_long(kind: u8, text: &[u8]) -> Vec<u8> {
    let mut header = Header::file("././@LongLink", text.len() as u64 + 1);
    header.kind = kind;
    header.magic = *b"ustar  \0";
    with_content(&header, &[text, b"\0"].concat())
}

fn with_content(header: &Header, content: &[u8]) -> Vec<u8> {
    let mut out = header.encode().to_vec();
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
    out
}

/// The header blocks of a file as Go's `archive/tar` writes them: USTAR, and PAX records only where USTAR is too small.
pub fn file_header(name: &str, size: u64) -> Vec<u8> {
    file_header_with_mode(name, size, 0o644)
}

fn file_header_with_mode(name: &str, size: u64, mode: u32) -> Vec<u8> {
    let mut header = Header { mode, ..Header::file(name, size) };
    let mut records = Vec::new();
    match split(name) {
        Some((prefix, rest)) => {
            header.prefix = prefix.as_bytes().to_vec();
            header.name = rest.as_bytes().to_vec();
        }
        None => records.extend(pax_record("path", name.as_bytes())),
    }
    if size >= OCTAL_LIMIT {
        header.size = Size::Octal(0);
        records.extend(pax_record("size", size.to_string().as_bytes()));
    }
    let mut out = if records.is_empty() { Vec::new() } else { pax_header(&records) };
    out.extend_from_slice(&header.encode());
    out
}

/// `name` as prefix and name, when it fits into a USTAR header.
fn split(name: &str) -> Option<(&str, &str)> {
    if !name.is_ascii() {
        return None;
    }
    if name.len() <= 100 {
        return Some(("", name));
    }
    let slash = name[..name.len().min(156)].rfind('/')?;
    (name.len() - slash - 1 <= 100).then(|| (&name[..slash], &name[slash + 1..]))
}

/// Writes an honest archive.
#[derive(Debug)]
pub struct TarWriter<W> {
    out: W,
}

impl TarWriter<Vec<u8>> {
    /// An archive in memory.
    pub fn in_memory() -> Self {
        Self::new(Vec::new())
    }

    /// Adds a file.
    pub fn add(&mut self, name: &str, content: &[u8]) {
        self.file(name, content).expect("memory takes everything");
    }

    /// Adds a file with other permissions than 0644.
    pub fn add_with_mode(&mut self, name: &str, content: &[u8], mode: u32) {
        let header = file_header_with_mode(name, content.len() as u64, mode);
        self.blocks(&header).and_then(|()| self.content(content)).expect("memory takes everything");
    }

    /// Adds a directory.
    pub fn add_directory(&mut self, name: &str) {
        let header = Header { mode: 0o755, ..Header::other(b'5', name, "") };
        self.blocks(&header.encode()).expect("memory takes everything");
    }

    /// The archive.
    pub fn into_bytes(self) -> Vec<u8> {
        self.finish().expect("memory takes everything")
    }
}

impl<W: Write> TarWriter<W> {
    /// An archive written to `out`.
    pub fn new(out: W) -> Self {
        Self { out }
    }

    /// Adds a file.
    pub fn file(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.blocks(&file_header(name, content.len() as u64))?;
        self.content(content)
    }

    /// Adds whole blocks as they are: headers made by hand.
    pub fn blocks(&mut self, blocks: &[u8]) -> io::Result<()> {
        self.out.write_all(blocks)
    }

    /// Adds content, and the zeros after it.
    pub fn content(&mut self, content: &[u8]) -> io::Result<()> {
        self.out.write_all(content)?;
        let zeros = usize::try_from(padding(content.len() as u64)).expect("below a block");
        self.out.write_all(&[0; BLOCK][..zeros])
    }

    /// Two blocks of zeros end the archive.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0; 2 * BLOCK])?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn list(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut archive = tar::Archive::new(bytes);
        let entries = archive.entries().unwrap();
        entries
            .map(|entry| {
                let mut entry = entry.unwrap();
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), content)
            })
            .collect()
    }

    #[test]
    fn another_implementation_reads_it() {
        let names = [
            "a".to_owned(),
            format!("{}/{}", "d".repeat(90), "n".repeat(90)),
            "x".repeat(300),
            "目录/文件".to_owned(),
        ];
        let mut writer = TarWriter::in_memory();
        for name in &names {
            writer.add(name, name.as_bytes());
        }
        let found = list(&writer.into_bytes());
        assert_eq!(found.len(), names.len());
        for (name, (path, content)) in names.iter().zip(found) {
            assert_eq!((name, name.as_bytes()), (&path, content.as_slice()));
        }
    }

    #[test]
    fn a_size_that_octal_cannot_hold_is_in_a_pax_record() {
        let size = 10 << 30;
        let header = file_header("images.tar", size);
        assert_eq!(header.len(), 3 * BLOCK);
        let mut archive = tar::Archive::new(header.as_slice());
        let entry = archive.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(entry.size(), size);
    }

    #[test]
    fn a_pax_record_counts_its_own_length() {
        assert_eq!(pax_record("path", b"ab"), b"11 path=ab\n");
        for len in 80..120 {
            let record = pax_record("path", &vec![b'x'; len]);
            let digits = record.iter().position(|&byte| byte == b' ').unwrap();
            let stated: usize = std::str::from_utf8(&record[..digits]).unwrap().parse().unwrap();
            assert_eq!(stated, record.len());
        }
    }
}
