//! A fault proxy: HTTP/1.1 on loopback, forwarded to a real server until a rule says otherwise.
//!
//! It is not a registry and does not pretend to be one. It stands between a client and a server, cuts, delays or
//! answers what its rules match, and writes down what went through.

mod connection;
mod http;

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A proxy on a free port of 127.0.0.1. It ends, with all its connections, when it is dropped.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

/// What happens to which requests. Of several rules that match, the first counts.
#[derive(Clone, Debug)]
pub struct Rule {
    method: Option<String>,
    path: String,
    times: Times,
    action: Action,
}

/// Which of the requests that a rule is about it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// All.
    Always,
    /// The first so many.
    First(usize),
    /// Only this one; the first is 1.
    Only(usize),
    /// All but the first so many.
    After(usize),
}

/// What a rule does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Cuts the connection before anything is forwarded.
    CutAtOnce,
    /// Forwards this many bytes of the request's body, then cuts both connections.
    CutRequestAfter(u64),
    /// Forwards the whole request, waits for the answer, and cuts instead of passing it on.
    CutBeforeResponse,
    /// Passes on this many bytes of the response's body, then cuts both connections.
    CutResponseAfter(u64),
    /// Waits before it forwards the request.
    Delay(Duration),
    /// Reads the request and answers it; the server never sees it.
    Answer(Answer),
    /// Answers without reading the request's body, and closes, as servers do with 413.
    AnswerEarly(Answer),
}

/// An answer of the proxy's own.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// A request that came to the proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// Such as `PATCH`.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// After the question mark.
    pub query: String,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// Bytes of the request's body that were read from the client.
    pub request_bytes: u64,
    /// Bytes of the request's body that were forwarded to the server.
    pub forwarded_bytes: u64,
    /// The status the client got; none when the connection was cut before.
    pub status: Option<u16>,
    /// Bytes of the response's body that the client was sent.
    pub response_bytes: u64,
    /// Which rule had a say, by its place in the list.
    pub rule: Option<usize>,
}

impl Exchange {
    /// The first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Rule {
    /// A rule about every request whose path matches. In `path`, `*` stands for any text, slashes too; the query is
    /// not looked at.
    pub fn path(path: &str, action: Action) -> Self {
        Self { method: None, path: path.to_owned(), times: Times::Always, action }
    }

    /// A rule about requests of one method.
    pub fn on(method: &str, path: &str, action: Action) -> Self {
        Self { method: Some(method.to_owned()), ..Self::path(path, action) }
    }

    /// Restricts the rule to some of the requests it is about.
    #[must_use]
    pub fn times(mut self, times: Times) -> Self {
        self.times = times;
        self
    }

    fn is_about(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|own| own == method) && matches(&self.path, path)
    }
}

impl Times {
    /// Whether the request with this number (from 1) is among them.
    fn include(self, number: usize) -> bool {
        match self {
            Self::Always => true,
            Self::First(count) => number <= count,
            Self::Only(only) => number == only,
            Self::After(count) => number > count,
        }
    }
}

impl Answer {
    /// An empty answer.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Gives it a body of this type.
    #[must_use]
    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", media_type)
    }

    /// An error in the form of the distribution specification ("Error Codes").
    pub fn registry_error(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({"errors": [{"code": code, "message": message}]});
        Self::status(status).body("application/json", body.to_string())
    }

    /// A page for people, as gateways and login portals send it.
    pub fn html(status: u16) -> Self {
        let page = "<!DOCTYPE html><html><head><title>Gateway</title></head><body>Please log in.</body></html>";
        Self::status(status).body("text/html; charset=utf-8", page)
    }

    /// 307 to another place.
    pub fn redirect(location: &str) -> Self {
        Self::status(307).header("Location", location)
    }

    /// 429 with `Retry-After` in seconds.
    pub fn too_many_requests(retry_after: u32) -> Self {
        Self::registry_error(429, "TOOMANYREQUESTS", "slow down")
            .header("Retry-After", &retry_after.to_string())
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    (0..=text.len()).any(|at| text.is_char_boundary(at) && matches(rest, &text[at..]))
}

#[derive(Debug)]
struct Shared {
    target: SocketAddr,
    rules: Mutex<Vec<(Rule, usize)>>,
    log: Mutex<Vec<Exchange>>,
    open: Mutex<Vec<TcpStream>>,
    forwarded: AtomicU64,
    stopping: AtomicBool,
}

impl Shared {
    /// The rule for a request, by its place, and what it does.
    fn decide(&self, method: &str, path: &str) -> Option<(usize, Action)> {
        let mut rules = lock(&self.rules);
        let mut decided = None;
        for (place, (rule, seen)) in rules.iter_mut().enumerate() {
            if rule.is_about(method, path) {
                *seen += 1;
                if decided.is_none() && rule.times.include(*seen) {
                    decided = Some((place, rule.action.clone()));
                }
            }
        }
        decided
    }

    fn record(&self, exchange: Exchange) -> usize {
        let mut log = lock(&self.log);
        log.push(exchange);
        log.len() - 1
    }

    fn update(&self, number: usize, change: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = lock(&self.log).get_mut(number) {
            change(exchange);
        }
    }

    fn keep(&self, stream: &TcpStream) {
        if let Ok(twin) = stream.try_clone() {
            lock(&self.open).push(twin);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FaultProxy {
    /// Starts a proxy in front of `target`.
    pub fn start(target: SocketAddr, rules: impl IntoIterator<Item = Rule>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            target,
            rules: Mutex::new(rules.into_iter().map(|rule| (rule, 0)).collect()),
            log: Mutex::default(),
            open: Mutex::default(),
            forwarded: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        let listener = thread::spawn(move || accept(&listener, &accepting));
        Ok(Self { address, shared, listener: Some(listener) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `127.0.0.1:port`, as a registry is named.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Replaces the rules; requests that come from now on are counted anew.
    pub fn set_rules(&self, rules: impl IntoIterator<Item = Rule>) {
        *lock(&self.shared.rules) = rules.into_iter().map(|rule| (rule, 0)).collect();
    }

    /// Everything that came, in the order it came. Requests under way are there with what is known of them.
    pub fn log(&self) -> Vec<Exchange> {
        lock(&self.shared.log).clone()
    }

    /// Forgets what came so far.
    pub fn clear_log(&self) {
        lock(&self.shared.log).clear();
    }

    /// How many requests of `method` matched `path` (see [`Rule::path`]).
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.matching(method, path).len()
    }

    /// Bytes of request bodies that the server was sent, for these requests.
    pub fn request_bytes(&self, method: &str, path: &str) -> u64 {
        self.matching(method, path).iter().map(|exchange| exchange.forwarded_bytes).sum()
    }

    /// Bytes of response bodies that the client was sent, for these requests.
    pub fn response_bytes(&self, method: &str, path: &str) -> u64 {
        self.matching(method, path).iter().map(|exchange| exchange.response_bytes).sum()
    }

    fn matching(&self, method: &str, path: &str) -> Vec<Exchange> {
        let mut log = self.log();
        log.retain(|exchange| exchange.method == method && matches(path, &exchange.path));
        log
    }

    /// Bytes of request bodies forwarded so far, requests under way included: for killing a client in the middle.
    pub fn forwarded_bytes(&self) -> u64 {
        self.shared.forwarded.load(Ordering::Relaxed)
    }

    /// Waits until so many bytes of request bodies were forwarded. `false` when `limit` passes before.
    pub fn wait_for_bytes(&self, bytes: u64, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while self.forwarded_bytes() < bytes {
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// Cuts every connection that is open now. New ones are served.
    pub fn cut_all(&self) {
        for stream in lock(&self.shared.open).drain(..) {
            // A connection that is gone already is cut already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the listener; when even that fails the thread ends with the process.
        let woken = TcpStream::connect(self.address).and_then(|mut stream| stream.flush());
        self.cut_all();
        if let (Ok(()), Some(listener)) = (woken, self.listener.take()) {
            let _ = listener.join();
        }
        self.cut_all();
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        thread::spawn(move || connection::serve(&shared, stream));
    }
}

#[cfg(test)]
mod tests;
