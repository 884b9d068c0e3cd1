//! As much of HTTP/1.1 (RFC 9112) as a proxy between two well-behaved ends needs.

use std::io::{self, BufRead, Read, Write};

/// More than clients and registries send.
const MAX_HEAD: u64 = 256 << 10;

/// A request line or status line, and the headers.
pub(super) struct Head {
    pub(super) first: String,
    pub(super) headers: Vec<(String, String)>,
}

/// How long a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    None,
    Length(u64),
    Chunked,
    UntilClose,
}

impl Head {
    /// Reads a head; `None` when the connection ends before one begins.
    pub(super) fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut reader = reader.take(MAX_HEAD);
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let first = line.trim_end().to_owned();
        let mut headers = Vec::new();
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let text = line.trim_end();
            if text.is_empty() {
                return Ok(Some(Self { first, headers }));
            }
            let (name, value) = text.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    pub(super) fn write(&self, writer: &mut impl Write) -> io::Result<()> {
        let mut bytes = Vec::new();
        write!(bytes, "{}\r\n", self.first)?;
        for (name, value) in &self.headers {
            write!(bytes, "{name}: {value}\r\n")?;
        }
        bytes.extend_from_slice(b"\r\n");
        // At once: a head in many small packets is not what either end is used to.
        writer.write_all(&bytes)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn remove(&mut self, name: &str) -> bool {
        let before = self.headers.len();
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.len() < before
    }

    /// Method and target of a request line.
    pub(super) fn request(&self) -> Option<(&str, &str)> {
        let mut words = self.first.split(' ');
        Some((words.next()?, words.next()?))
    }

    /// The code of a status line.
    pub(super) fn status(&self) -> Option<u16> {
        self.first.split(' ').nth(1)?.parse().ok()
    }

    pub(super) fn closes(&self) -> bool {
        self.get("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    fn declared(&self) -> Option<Framing> {
        if self
            .get("transfer-encoding")
            .is_some_and(|value| value.to_lowercase().contains("chunked"))
        {
            return Some(Framing::Chunked);
        }
        self.get("content-length")?.parse().ok().map(Framing::Length)
    }

    pub(super) fn request_framing(&self) -> Framing {
        self.declared().unwrap_or(Framing::None)
    }

    pub(super) fn response_framing(&self, method: &str) -> Framing {
        if method == "HEAD" || matches!(self.status(), Some(100..=199 | 204 | 304)) {
            return Framing::None;
        }
        self.declared().unwrap_or(Framing::UntilClose)
    }
}

/// Reads a body piece by piece and hands each piece, with whether it counts as content, to `each`. `each` may answer
/// `false` to stop. Returns whether the body is complete.
pub(super) fn read_body(
    reader: &mut impl BufRead,
    framing: Framing,
    mut each: impl FnMut(&[u8], Part) -> io::Result<bool>,
) -> io::Result<bool> {
    match framing {
        Framing::None => Ok(true),
        Framing::Length(length) => Ok(pieces(reader, length, &mut each)? == Some(0)),
        Framing::UntilClose => Ok(pieces(reader, u64::MAX, &mut each)?.is_some()),
        Framing::Chunked => chunks(reader, &mut each),
    }
}

/// What a piece of a body is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Content,
    Frame,
}

/// Up to `length` bytes of content. How many are missing at the end of the stream; `None` when it was stopped.
fn pieces(
    reader: &mut impl BufRead,
    length: u64,
    each: &mut impl FnMut(&[u8], Part) -> io::Result<bool>,
) -> io::Result<Option<u64>> {
    let mut left = length;
    while left > 0 {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(Some(left));
        }
        let take = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let goes_on = each(&buffer[..take], Part::Content)?;
        reader.consume(take);
        left -= take as u64;
        if !goes_on {
            return Ok(None);
        }
    }
    Ok(Some(0))
}

fn chunks(
    reader: &mut impl BufRead,
    each: &mut impl FnMut(&[u8], Part) -> io::Result<bool>,
) -> io::Result<bool> {
    loop {
        let mut line = Vec::new();
        reader.take(1024).read_until(b'\n', &mut line)?;
        let text = String::from_utf8_lossy(&line);
        let digits = text.trim_end().split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16).map_err(|_| io::ErrorKind::InvalidData)?;
        if !each(&line, Part::Frame)? {
            return Ok(false);
        }
        if size == 0 {
            return trailers(reader, each);
        }
        match pieces(reader, size, each)? {
            Some(0) => {}
            Some(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
            None => return Ok(false),
        }
        let mut end = [0; 2];
        reader.read_exact(&mut end)?;
        each(&end, Part::Frame)?;
    }
}

fn trailers(
    reader: &mut impl BufRead,
    each: &mut impl FnMut(&[u8], Part) -> io::Result<bool>,
) -> io::Result<bool> {
    loop {
        let mut line = Vec::new();
        if reader.take(MAX_HEAD).read_until(b'\n', &mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        each(&line, Part::Frame)?;
        if line == b"\r\n" || line == b"\n" {
            return Ok(true);
        }
    }
}
