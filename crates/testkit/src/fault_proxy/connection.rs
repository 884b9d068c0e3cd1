//! One connection of a client, and the one to the server that goes with it.

use std::io::{self, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::http::{Framing, Head, Part, read_body};
use super::{Action, Answer, Exchange, Shared};

/// A test never waits longer than this for the other end.
const SILENCE: Duration = Duration::from_mins(2);
const BUFFER: usize = 128 << 10;

/// Whether the connection may carry another request.
enum After {
    KeepAlive,
    Close,
}

pub(super) fn serve(shared: &Shared, client: TcpStream) {
    let Ok(mut connection) = Connection::new(shared, client) else { return };
    // An end that goes away is what this proxy is about; the log has what there is to know.
    while let Ok(Some(After::KeepAlive)) = connection.exchange() {}
    connection.cut();
}

struct Connection<'a> {
    shared: &'a Shared,
    client: BufReader<TcpStream>,
    server: Option<BufReader<TcpStream>>,
}

impl<'a> Connection<'a> {
    fn new(shared: &'a Shared, client: TcpStream) -> io::Result<Self> {
        Ok(Self { shared, client: prepared(shared, client)?, server: None })
    }

    fn cut(&self) {
        for stream in [Some(&self.client), self.server.as_ref()].into_iter().flatten() {
            // Gone already is good too.
            let _ = stream.get_ref().shutdown(Shutdown::Both);
        }
    }

    /// One request and what becomes of it. `None` when the client has no more.
    fn exchange(&mut self) -> io::Result<Option<After>> {
        let Some(mut request) = Head::read(&mut self.client)? else { return Ok(None) };
        let (method, target) = request.request().ok_or(io::ErrorKind::InvalidData)?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let decided = self.shared.decide(method, path);
        let method = method.to_owned();
        let number = self.shared.record(Exchange {
            method: method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: lower_case(&request.headers),
            rule: decided.as_ref().map(|(place, _)| *place),
            ..Exchange::default()
        });
        if request.remove("expect") && !matches!(decided, Some((_, Action::AnswerEarly(_)))) {
            self.client.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let framing = request.request_framing();
        match decided.map(|(_, action)| action) {
            Some(Action::CutAtOnce) => return Ok(Some(After::Close)),
            Some(Action::Answer(answer)) => {
                self.drain(framing, number)?;
                return self.answer(&answer, &method, number, After::KeepAlive).map(Some);
            }
            Some(Action::AnswerEarly(answer)) => {
                self.answer(&answer, &method, number, After::Close)?;
                // Without this the client's unread bytes would reset the connection and with it our answer.
                self.client.get_ref().shutdown(Shutdown::Write)?;
                self.drain(framing, number)?;
                return Ok(Some(After::Close));
            }
            Some(Action::Delay(delay)) => thread::sleep(delay),
            Some(Action::CutRequestAfter(limit)) => {
                self.forward(&request, framing, number, Some(limit))?;
                return Ok(Some(After::Close));
            }
            Some(Action::CutBeforeResponse) => {
                self.forward(&request, framing, number, None)?;
                Head::read(self.server()?)?;
                return Ok(Some(After::Close));
            }
            Some(Action::CutResponseAfter(limit)) => {
                self.forward(&request, framing, number, None)?;
                self.respond(&method, number, Some(limit))?;
                return Ok(Some(After::Close));
            }
            None => {}
        }
        self.forward(&request, framing, number, None)?;
        let after = self.respond(&method, number, None)?;
        Ok(Some(if request.closes() { After::Close } else { after }))
    }

    fn server(&mut self) -> io::Result<&mut BufReader<TcpStream>> {
        if self.server.is_none() {
            self.server = Some(prepared(self.shared, TcpStream::connect(self.shared.target)?)?);
        }
        Ok(self.server.as_mut().expect("it was just connected"))
    }

    /// Sends the request on, or its beginning.
    fn forward(
        &mut self,
        request: &Head,
        framing: Framing,
        number: usize,
        limit: Option<u64>,
    ) -> io::Result<()> {
        self.server()?;
        let Self { shared, client, server: Some(server) } = self else {
            unreachable!("it is connected")
        };
        request.write(server.get_mut())?;
        // A server may answer and stop reading before the body ends; its answer is passed on all the same.
        let mut refused = false;
        let mut sent = 0;
        let complete = read_body(client, framing, |piece, part| {
            let allowed = allowance(piece, part, sent, limit);
            refused = refused || server.get_mut().write_all(&piece[..allowed]).is_err();
            let counted = if part == Part::Content { allowed as u64 } else { 0 };
            sent += counted;
            let forwarded = if refused { 0 } else { counted };
            shared.forwarded.fetch_add(forwarded, Ordering::Relaxed);
            shared.update(number, |exchange| {
                exchange.request_bytes += counted;
                exchange.forwarded_bytes += forwarded;
            });
            Ok(limit.is_none_or(|limit| sent < limit))
        })?;
        let cut = limit.is_some_and(|limit| sent >= limit);
        if complete || cut { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Passes the server's answer on, or its beginning.
    fn respond(&mut self, method: &str, number: usize, limit: Option<u64>) -> io::Result<After> {
        let Self { shared, client, server: Some(server) } = self else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let head = loop {
            let head = Head::read(server)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if !matches!(head.status(), Some(100..=199)) {
                break head;
            }
        };
        let framing = head.response_framing(method);
        head.write(client.get_mut())?;
        shared.update(number, |exchange| exchange.status = head.status());
        let mut sent = 0;
        let complete = read_body(server, framing, |piece, part| {
            let allowed = allowance(piece, part, sent, limit);
            client.get_mut().write_all(&piece[..allowed])?;
            let counted = if part == Part::Content { allowed as u64 } else { 0 };
            sent += counted;
            shared.update(number, |exchange| exchange.response_bytes += counted);
            Ok(limit.is_none_or(|limit| sent < limit))
        })?;
        let goes_on = complete && framing != Framing::UntilClose && !head.closes();
        Ok(if goes_on { After::KeepAlive } else { After::Close })
    }

    fn drain(&mut self, framing: Framing, number: usize) -> io::Result<()> {
        let shared = self.shared;
        read_body(&mut self.client, framing, |piece, part| {
            if part == Part::Content {
                shared.update(number, |exchange| exchange.request_bytes += piece.len() as u64);
            }
            Ok(true)
        })?;
        Ok(())
    }

    fn answer(
        &mut self,
        answer: &Answer,
        method: &str,
        number: usize,
        after: After,
    ) -> io::Result<After> {
        let mut headers = answer.headers.clone();
        headers.push(("Content-Length".into(), answer.body.len().to_string()));
        if matches!(after, After::Close) {
            headers.push(("Connection".into(), "close".into()));
        }
        let first = format!("HTTP/1.1 {} {}", answer.status, reason(answer.status));
        let body: &[u8] = if method == "HEAD" { &[] } else { &answer.body };
        // The log first: a client that has its answer may look there at once.
        self.shared.update(number, |exchange| {
            exchange.status = Some(answer.status);
            exchange.response_bytes = body.len() as u64;
        });
        let client = self.client.get_mut();
        Head { first, headers }.write(client)?;
        client.write_all(body)?;
        client.flush()?;
        Ok(after)
    }
}

/// How many bytes of a piece may pass under the limit.
fn allowance(piece: &[u8], part: Part, sent: u64, limit: Option<u64>) -> usize {
    match (part, limit) {
        (Part::Content, Some(limit)) => {
            usize::try_from(limit - sent).unwrap_or(usize::MAX).min(piece.len())
        }
        _ => piece.len(),
    }
}

fn prepared(shared: &Shared, stream: TcpStream) -> io::Result<BufReader<TcpStream>> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    shared.keep(&stream);
    Ok(BufReader::with_capacity(BUFFER, stream))
}

fn lower_case(headers: &[(String, String)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect()
}

fn reason(status: u16) -> &'static str {
    match status {
        200..=299 => "OK",
        300..=399 => "Redirect",
        400..=499 => "Client Error",
        _ => "Server Error",
    }
}
