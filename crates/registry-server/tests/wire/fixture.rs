//! A server in this process and a client that writes requests by hand.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use oci::Digest;
use registry_server::{
    AccessRecord, ChartEntry, ChartReader, FileStore, Server, ServerOptions, serve,
};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Every exchange ends within this.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Fixture {
    pub(crate) dir: TempDir,
    pub(crate) addr: SocketAddr,
    pub(crate) log: Arc<Mutex<Vec<AccessRecord>>>,
    server: Server,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        Self::start_with(tempfile::tempdir().unwrap(), ServerOptions::default()).await
    }

    pub(crate) async fn start_with(dir: TempDir, options: ServerOptions) -> Self {
        let store = FileStore::open(&dir.path().join("registry")).unwrap();
        let log: Arc<Mutex<Vec<AccessRecord>>> = Arc::default();
        let sink = Arc::clone(&log);
        let options = ServerOptions {
            access_log: Some(Arc::new(move |record| sink.lock().unwrap().push(record.clone()))),
            chart_reader: Some(chart_reader()),
            ..options
        };
        let server = serve(listen().await, Arc::new(store), options).await.unwrap();
        Self { dir, addr: server.local_addr(), log, server }
    }

    /// Stops the server and gives what it leaves.
    pub(crate) async fn stop(self) -> TempDir {
        self.server.shutdown().await;
        self.dir
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        Request::new("GET", path).send(self.addr).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &[u8]) -> Response {
        Request::new(method, path).body(body).send(self.addr).await
    }

    pub(crate) async fn push_blob(&self, repository: &str, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        let path = format!("/v2/{repository}/blobs/uploads/?digest={digest}");
        let reply = self.send("POST", &path, bytes).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        digest
    }

    /// Starts an upload; gives the path to go on at.
    pub(crate) async fn start_upload(&self, repository: &str) -> String {
        let reply = self.send("POST", &format!("/v2/{repository}/blobs/uploads/"), b"").await;
        assert_eq!(reply.status, 202);
        reply.header("location").unwrap().to_owned()
    }
}

pub(crate) async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// The charts of these tests are the JSON of what would be read from them.
pub(crate) fn chart_reader() -> ChartReader {
    Arc::new(|bytes| serde_json::from_slice::<ChartEntry>(bytes).map_err(|error| error.to_string()))
}

pub(crate) fn chart(name: &str, version: &str, description: &str) -> Vec<u8> {
    serde_json::to_vec(&serde_json::json!({
        "name": name, "version": version, "app_version": "1.2", "description": description, "api_version": "v2",
        "metadata": { "icon": "https://example.com/i.png" },
    }))
    .unwrap()
}

pub(crate) struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: registry\r\nConnection: close\r\n");
        Self { head, body: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head = format!("{}{name}: {value}\r\n", self.head);
        self
    }

    pub(crate) fn body(self, body: &[u8]) -> Self {
        let length = body.len().to_string();
        Self { body: body.to_vec(), ..self.header("Content-Length", &length) }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), b"\r\n", &self.body].concat()
    }

    pub(crate) async fn send(self, addr: SocketAddr) -> Response {
        let stream = TcpStream::connect(addr).await.unwrap();
        self.send_over(stream).await
    }

    pub(crate) async fn send_over(self, stream: impl AsyncRead + AsyncWrite + Unpin) -> Response {
        exchange(stream, &self.bytes()).await
    }
}

/// Writes bytes and reads a reply until the server closes the connection.
pub(crate) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    bytes: &[u8],
) -> Response {
    Response::parse(&exchange_bytes(stream, bytes).await)
}

/// Writes bytes and reads all that comes back.
pub(crate) async fn exchange_bytes(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    bytes: &[u8],
) -> Vec<u8> {
    let exchange = async {
        // The server may refuse a request before all of it is written, and break a reply off.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer
    };
    tokio::time::timeout(PATIENCE, exchange).await.expect("the server answers in time")
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    fn parse(answer: &[u8]) -> Self {
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a reply");
        let head = std::str::from_utf8(&answer[..end]).unwrap();
        if head.starts_with("HTTP/1.1 100") {
            return Self::parse(&answer[end + 4..]);
        }
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self { status, headers, body: answer[end + 4..].to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// The code of a distribution error.
    pub(crate) fn code(&self) -> String {
        self.json()["errors"][0]["code"].as_str().unwrap().to_owned()
    }
}

/// A minimal image manifest over blobs that were pushed.
pub(crate) fn manifest(config: &[u8], layers: &[&[u8]]) -> Vec<u8> {
    let describe = |bytes: &[u8], kind: &str| serde_json::json!({ "mediaType": kind, "digest": Digest::of(bytes), "size": bytes.len() });
    serde_json::to_vec(&serde_json::json!({
        "schemaVersion": 2,
        "mediaType": oci::media_type::OCI_MANIFEST,
        "config": describe(config, oci::media_type::OCI_CONFIG),
        "layers": layers.iter().map(|layer| describe(layer, oci::media_type::OCI_LAYER_GZIP)).collect::<Vec<_>>(),
    }))
    .unwrap()
}

pub(crate) async fn put_manifest(
    fixture: &Fixture,
    repository: &str,
    reference: &str,
    raw: &[u8],
    media_type: &str,
) -> Response {
    Request::new("PUT", &format!("/v2/{repository}/manifests/{reference}"))
        .header("Content-Type", media_type)
        .body(raw)
        .send(fixture.addr)
        .await
}

/// Pushes an image of one layer under a tag.
pub(crate) async fn push_image(
    fixture: &Fixture,
    repository: &str,
    tag: &str,
    layer: &[u8],
) -> Digest {
    fixture.push_blob(repository, b"{}").await;
    fixture.push_blob(repository, layer).await;
    let raw = manifest(b"{}", &[layer]);
    let reply = put_manifest(fixture, repository, tag, &raw, oci::media_type::OCI_MANIFEST).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    Digest::of(&raw)
}
