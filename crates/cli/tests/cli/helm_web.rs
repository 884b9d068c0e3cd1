//! A web server with charts, for commands with helm's names: what a chart repository hands out, and who asked for it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// `u:p` in base64.
const LOGIN: &str = "Basic dTpw";

/// A server on loopback. It ends when it is dropped.
pub(crate) struct Web {
    pub(crate) host: String,
    asked: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Web {
    /// Hands out `files` by their paths; below `/auth` only to `u` with the password `p`, below `/html` a web page.
    pub(crate) fn start(files: BTreeMap<String, Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.set_nonblocking(true).expect("a socket can be polled");
        let host = listener.local_addr().expect("it is bound").to_string();
        let (asked, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (log, ends) = (Arc::clone(&asked), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            while !ends.load(Ordering::SeqCst) {
                match listener.accept() {
                    Ok((stream, _)) => answer(&stream, &files, &log),
                    Err(_) => std::thread::sleep(Duration::from_millis(2)),
                }
            }
        });
        Self { host, asked, stop, thread: Some(thread) }
    }

    /// `http://host/path`
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }

    /// The paths asked for so far, with ` (login)` behind those that came with a user name.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no thread panicked").clone()
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(stream: &TcpStream, files: &BTreeMap<String, Vec<u8>>, log: &Mutex<Vec<String>>) {
    let _ = stream.set_nonblocking(false);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let login = headers.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("authorization").then(|| value.to_owned())
    });
    let mark = if login.is_some() { " (login)" } else { "" };
    log.lock().expect("no thread panicked").push(format!("{path}{mark}"));
    let page = b"<!DOCTYPE html>\n<html><body>portal</body></html>";
    let plain = path.strip_prefix("/auth").unwrap_or(&path);
    let (status, body): (&str, &[u8]) = if plain != path && login.as_deref() != Some(LOGIN) {
        ("401 Unauthorized", b"no")
    } else if path.starts_with("/html/") {
        ("200 OK", page)
    } else {
        files.get(plain).map_or(("404 Not Found", b"404".as_slice()), |body| ("200 OK", body))
    };
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let mut stream = stream;
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}
