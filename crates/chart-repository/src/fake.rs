//! Servers for tests: each answers on 127.0.0.1 as the test's closure says, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use oci::Digest;
use registry_client::{Client, Credential, NetworkOptions, RetryPolicy, Secret};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::{ChartRepository, ChartRepositoryOptions, Kind, PackagedChart};

/// What `me` and `canary` are as a header.
pub(crate) const LOGIN: &str = "Basic bWU6Y2FuYXJ5";

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Bytes,
}

impl Asked {
    pub(crate) fn has_login(&self) -> bool {
        self.headers.get("authorization").is_some_and(|value| value == LOGIN)
    }
}

/// An answer: status, headers, body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

pub(crate) fn answer(status: u16, kind: &str, body: impl Into<Bytes>) -> Answer {
    Answer { status, headers: vec![("content-type", kind.to_owned())], body: body.into() }
}

pub(crate) fn yaml(body: impl Into<Bytes>) -> Answer {
    answer(200, "application/x-yaml", body)
}

pub(crate) fn html(status: u16) -> Answer {
    answer(status, "text/html", "<!DOCTYPE html>\n<html><head><title>Harbor</title></head></html>")
}

pub(crate) fn not_found() -> Answer {
    answer(404, "text/plain", "404 page not found\n")
}

/// A running server; it stops when it is dropped.
pub(crate) struct Fake {
    pub(crate) host: String,
    log: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Fake {
    pub(crate) async fn start(respond: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (seen, respond) = (Arc::clone(&log), Arc::new(respond));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, respond) = (Arc::clone(&seen), Arc::clone(&respond));
                tokio::spawn(async move {
                    // A client may hang up at any time.
                    let _ = serve(stream, &seen, &*respond).await;
                });
            }
        });
        Self { host, log, task }
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    /// `METHOD path` of every request so far that may change something.
    pub(crate) fn writes(&self) -> Vec<String> {
        let asked = self.asked().into_iter();
        asked
            .filter(|asked| !matches!(asked.method.as_str(), "GET" | "HEAD"))
            .map(|asked| format!("{} {}", asked.method, asked.path))
            .collect()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    stream: TcpStream,
    log: &Mutex<Vec<Asked>>,
    respond: &(impl Fn(&Asked) -> Answer + ?Sized),
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let asked = Asked { method, path, headers, body: body.into() };
        log.lock().unwrap().push(asked.clone());
        let Answer { status, headers, body } = respond(&asked);
        let mut head = format!("HTTP/1.1 {status} -\r\n");
        for (name, value) in headers {
            head = format!("{head}{name}: {value}\r\n");
        }
        head = format!("{head}content-length: {}\r\n\r\n", body.len());
        stream.get_mut().write_all(head.as_bytes()).await?;
        if asked.method != "HEAD" {
            stream.get_mut().write_all(&body).await?;
        }
    }
}

/// A client that does not wait long.
pub(crate) fn client() -> Client {
    let moment = std::time::Duration::from_millis(5);
    let retry = RetryPolicy {
        attempts: 3,
        first_delay: moment,
        max_delay: moment,
        ..RetryPolicy::default()
    };
    Client::new(NetworkOptions { retry, ..NetworkOptions::default() }).unwrap()
}

pub(crate) fn login() -> Credential {
    Credential::basic("me", Secret::from("canary"))
}

/// A repository as `me`, which gives up quickly.
pub(crate) fn repository(kind: Kind, location: &str) -> ChartRepository {
    let options = ChartRepositoryOptions {
        kind,
        location: location.to_owned(),
        client: client(),
        credential: Some(login()),
        describe: None,
    };
    ChartRepository::new(options).unwrap().with_patience(std::time::Duration::from_millis(300))
}

/// A chart whose archive is any bytes.
pub(crate) fn chart(name: &str, version: &str, archive: &'static str) -> PackagedChart {
    let metadata = json!({"name": name, "version": version, "apiVersion": "v2"}).to_string();
    PackagedChart::new(Bytes::from_static(archive.as_bytes()), metadata).unwrap()
}

/// The file of a form with one part `chart`.
pub(crate) fn form_file(asked: &Asked) -> Option<Bytes> {
    let kind = asked.headers.get("content-type")?;
    let boundary = kind.strip_prefix("multipart/form-data; boundary=")?;
    let body = &asked.body;
    let start = body.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&body[..start]).ok()?;
    let end = body.len().checked_sub(format!("\r\n--{boundary}--\r\n").len())?;
    let is_chart =
        head.starts_with(&format!("--{boundary}\r\n")) && head.contains("name=\"chart\"");
    (is_chart && start <= end).then(|| body.slice(start..end))
}

/// Charts as ChartMuseum keeps them, below any path.
#[derive(Default)]
pub(crate) struct Museum {
    /// Archive by name and version.
    pub(crate) charts: Mutex<BTreeMap<(String, String), Bytes>>,
}

impl Museum {
    pub(crate) fn put(&self, name: &str, version: &str, archive: impl Into<Bytes>) {
        let key = (name.to_owned(), version.to_owned());
        self.charts.lock().unwrap().insert(key, archive.into());
    }

    /// The index, with digests as ChartMuseum writes them.
    pub(crate) fn index(&self) -> Answer {
        let mut text = String::from("apiVersion: v1\nentries:\n");
        for ((name, version), archive) in &*self.charts.lock().unwrap() {
            let digest = Digest::of(archive);
            text = format!(
                "{text}  {name}:\n  - name: {name}\n    version: {version}\n    digest: {}\n    urls:\n    - charts/{name}-{version}.tgz\n",
                digest.hex()
            );
        }
        yaml(text + "serverInfo: {}\n")
    }

    /// Takes `c 1.0.0` from a form; refuses to replace it unless told to.
    pub(crate) fn take(&self, asked: &Asked, may_replace: bool) -> Answer {
        let Some(file) = form_file(asked) else {
            return answer(400, "application/json", r#"{"error":"no chart in the form"}"#);
        };
        let exists = self.charts.lock().unwrap().contains_key(&("c".into(), "1.0.0".into()));
        if exists && !may_replace {
            return answer(409, "application/json", r#"{"error":"c-1.0.0.tgz already exists"}"#);
        }
        self.put("c", "1.0.0", file);
        answer(201, "application/json", r#"{"saved":true}"#)
    }
}

/// A registry in memory: blobs and manifests by path.
#[derive(Default)]
pub(crate) struct FakeRegistry {
    content: Mutex<BTreeMap<String, (String, Bytes)>>,
}

impl FakeRegistry {
    pub(crate) fn get(&self, path: &str) -> Option<Bytes> {
        self.content.lock().unwrap().get(path).map(|(_, bytes)| bytes.clone())
    }

    pub(crate) fn put(&self, path: &str, kind: &str, bytes: impl Into<Bytes>) {
        self.content.lock().unwrap().insert(path.to_owned(), (kind.to_owned(), bytes.into()));
    }

    pub(crate) fn respond(&self, asked: &Asked) -> Answer {
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        let unknown = |code: &str| {
            let body = json!({"errors": [{"code": code, "message": "unknown"}]}).to_string();
            answer(404, "application/json", body)
        };
        if path == "/v2/" {
            return answer(200, "application/json", "{}");
        }
        match asked.method.as_str() {
            "POST" if path.ends_with("/blobs/uploads/") => Answer {
                status: 202,
                headers: vec![("location", format!("{path}1"))],
                body: Bytes::new(),
            },
            "PUT" if path.contains("/blobs/uploads/") => {
                let digest = query.trim_start_matches("digest=").replace("%3A", ":");
                let base = path.split("/uploads/").next().unwrap();
                self.put(
                    &format!("{base}/{digest}"),
                    "application/octet-stream",
                    asked.body.clone(),
                );
                Answer { status: 201, ..Answer::default() }
            }
            "PUT" => {
                self.put(path, &asked.headers["content-type"], asked.body.clone());
                Answer { status: 201, ..Answer::default() }
            }
            _ if path.ends_with("/tags/list") => unknown("NAME_UNKNOWN"),
            _ => match self.content.lock().unwrap().get(path) {
                Some((kind, bytes)) => answer(200, kind, bytes.clone()),
                None => unknown("MANIFEST_UNKNOWN"),
            },
        }
    }
}
