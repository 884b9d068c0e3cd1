//! Just enough HTTP/1.1 over plain TCP to push to and pull from a registry on loopback, independent of the client
//! under test.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use crate::failure::{Attempt, Failure, Result};

/// docker-registry 2 converts a manifest to schema 1 for a client that does not name what it understands.
const ACCEPTED: &str = "application/vnd.docker.distribution.manifest.v2+json, \
                        application/vnd.docker.distribution.manifest.list.v2+json, \
                        application/vnd.oci.image.manifest.v1+json, \
                        application/vnd.oci.image.index.v1+json, */*";

const PATIENCE: Duration = Duration::from_mins(1);

/// The bytes of a request.
#[derive(Clone, Copy)]
pub(crate) enum Body<'a> {
    /// No body.
    Empty,
    /// These bytes, of this media type.
    Bytes(&'a str, &'a [u8]),
    /// A part of a file: offset and size in bytes.
    Part(&'a File, u64, u64),
}

impl Body<'_> {
    fn size(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(_, bytes) => bytes.len() as u64,
            Self::Part(_, _, size) => *size,
        }
    }
}

/// Status and header fields of an answer whose body is still to be read.
pub(crate) struct Head {
    /// The status code.
    pub(crate) status: u16,
    fields: Vec<(String, String)>,
}

impl Head {
    /// The value of a header field; the name in lower case.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn has_body(&self) -> bool {
        !matches!(self.status, 100..=199 | 204 | 304)
    }
}

/// One connection, kept alive between requests.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
    authorization: Option<String>,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(host: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&host, PATIENCE)
            .and_then(|stream| {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                Ok(stream)
            })
            .attempt(|| format!("cannot connect to {host}"))?;
        Ok(Self { stream: BufReader::with_capacity(256 * 1024, stream), host, authorization: None })
    }

    /// Sends this `Authorization` with every request from now on.
    pub(crate) fn authorize(&mut self, value: String) {
        self.authorization = Some(value);
    }

    /// Sends a request and reads the head of its answer; the body must be read before the next request.
    pub(crate) fn send(&mut self, method: &str, path: &str, body: Body<'_>) -> Result<Head> {
        let host = self.host;
        let what = || format!("{method} http://{host}{path}");
        let head = self.request_head(method, path, body);
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes()).attempt(what)?;
        match body {
            Body::Empty => {}
            Body::Bytes(_, bytes) => stream.write_all(bytes).attempt(what)?,
            Body::Part(file, offset, size) => {
                send_part(stream, file, offset, size).attempt(what)?;
            }
        }
        self.read_head().attempt(what)
    }

    /// Writes the body of an answer to `out` and returns its size in bytes.
    pub(crate) fn read_body(&mut self, head: &Head, out: &mut impl Write) -> Result<u64> {
        if !head.has_body() {
            return Ok(0);
        }
        let copied = if head.field("transfer-encoding") == Some("chunked") {
            self.read_chunks(out)?
        } else if let Some(length) = head.field("content-length") {
            let length: u64 = length.parse().attempt(|| format!("Content-Length: {length}"))?;
            let copied = std::io::copy(&mut self.stream.by_ref().take(length), out)
                .attempt(|| "cannot read a body".into())?;
            if copied != length {
                return Err(Failure::new(format!(
                    "the body ended after {copied} of {length} bytes"
                )));
            }
            copied
        } else {
            std::io::copy(&mut self.stream, out).attempt(|| "cannot read a body".into())?
        };
        Ok(copied)
    }

    /// GET of something small; anything but 200 is an error.
    pub(crate) fn get(&mut self, path: &str) -> Result<(Head, Vec<u8>)> {
        let head = self.send("GET", path, Body::Empty)?;
        let mut bytes = Vec::new();
        self.read_body(&head, &mut bytes)?;
        if head.status == 200 {
            return Ok((head, bytes));
        }
        Err(Failure::new(format!(
            "GET http://{}{path} answered {}: {}",
            self.host,
            head.status,
            String::from_utf8_lossy(&bytes)
        )))
    }

    fn request_head(&self, method: &str, path: &str, body: Body<'_>) -> String {
        let mut lines = vec![
            format!("{method} {path} HTTP/1.1"),
            format!("Host: {}", self.host),
            format!("Accept: {ACCEPTED}"),
        ];
        lines.extend(self.authorization.as_ref().map(|value| format!("Authorization: {value}")));
        if method != "GET" && method != "HEAD" {
            let media_type = match body {
                Body::Bytes(media_type, _) => media_type,
                Body::Empty | Body::Part(..) => "application/octet-stream",
            };
            lines.push(format!("Content-Type: {media_type}"));
            lines.push(format!("Content-Length: {}", body.size()));
        }
        lines.push("\r\n".to_owned());
        lines.join("\r\n")
    }

    fn read_head(&mut self) -> Result<Head> {
        loop {
            let head = self.read_one_head()?;
            // 100 Continue announces the real answer.
            if head.status >= 200 {
                return Ok(head);
            }
        }
    }

    fn read_one_head(&mut self) -> Result<Head> {
        let line = self.read_line()?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .attempt(|| format!("not a status line: {line:?}"))?;
        let mut fields = Vec::new();
        loop {
            let line = self.read_line()?;
            if line.is_empty() {
                return Ok(Head { status, fields });
            }
            let (name, value) =
                line.split_once(':').attempt(|| format!("not a field: {line:?}"))?;
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn read_chunks(&mut self, out: &mut impl Write) -> Result<u64> {
        let mut total = 0;
        loop {
            let line = self.read_line()?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let size =
                u64::from_str_radix(digits, 16).attempt(|| format!("chunk size {line:?}"))?;
            if size == 0 {
                while !self.read_line()?.is_empty() {}
                return Ok(total);
            }
            total += std::io::copy(&mut self.stream.by_ref().take(size), out)
                .attempt(|| "cannot read a chunk".into())?;
            self.read_line()?;
        }
    }

    fn read_line(&mut self) -> Result<String> {
        let mut line = String::new();
        let read = self.stream.by_ref().take(64 * 1024).read_line(&mut line);
        match read.attempt(|| "cannot read an answer".into())? {
            0 => Err(Failure::new("the connection was closed")),
            _ => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
        }
    }
}

fn send_part(
    stream: &mut TcpStream,
    file: &File,
    mut offset: u64,
    size: u64,
) -> std::io::Result<()> {
    const STEP: usize = 512 * 1024;
    let mut buffer = vec![0; STEP];
    let end = offset + size;
    while offset < end {
        let want = usize::try_from(end - offset).map_or(STEP, |left| left.min(STEP));
        file.read_exact_at(&mut buffer[..want], offset)?;
        stream.write_all(&buffer[..want])?;
        offset += want as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers one connection with `answer` after the request's head has been read.
    fn answering(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            while stream.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    #[test]
    fn a_body_with_a_length_is_read_whole() {
        let host = answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Y:  z \r\n\r\nhello");
        let (head, body) = Connection::open(host).unwrap().get("/").unwrap();
        assert_eq!(body, b"hello");
        assert_eq!(head.field("x-y"), Some("z"));
    }

    #[test]
    fn a_chunked_body_is_joined() {
        let host = answering(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n",
        );
        assert_eq!(Connection::open(host).unwrap().get("/").unwrap().1, b"abcde");
    }

    #[test]
    fn a_body_cut_short_is_an_error() {
        let host = answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
        let failure = Connection::open(host).unwrap().get("/").err().unwrap();
        assert!(failure.to_string().contains("after 5 of 9"), "{failure}");
    }

    #[test]
    fn a_status_other_than_200_is_an_error_that_quotes_the_answer() {
        let host = answering("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope");
        let failure = Connection::open(host).unwrap().get("/v2/").err().unwrap();
        assert!(
            failure.to_string().contains("404") && failure.to_string().contains("nope"),
            "{failure}"
        );
    }

    #[test]
    fn an_interim_answer_is_passed_over() {
        let host =
            answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(Connection::open(host).unwrap().get("/").unwrap().0.status, 200);
    }
}
