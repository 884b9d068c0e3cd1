use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use registry_server::{AccessMode, Limits, ServerOptions, TlsIdentity, User};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::fixture::{Fixture, Request, chart, push_image};

fn dir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn only_those_who_are_known_come_in() {
    let options = ServerOptions {
        users: vec![User::new("admin", "canary-password")],
        ..ServerOptions::default()
    };
    let fixture = Fixture::start_with(dir(), options).await;
    for (method, path) in [
        ("GET", "/v2/"),
        ("POST", "/v2/a/blobs/uploads/"),
        ("GET", "/index.yaml"),
        ("POST", "/api/charts"),
        ("GET", "/v2/UPPER/tags/list"),
        ("GET", "/nothing"),
    ] {
        let reply = fixture.send(method, path, b"body").await;
        assert_eq!(reply.status, 401, "{method} {path}");
        assert_eq!(reply.header("www-authenticate"), Some("Basic realm=\"ferry\""));
    }
    assert_eq!(fixture.get("/v2/").await.code(), "UNAUTHORIZED");
    assert!(fixture.get("/index.yaml").await.json()["error"].is_string());
    assert_eq!(fixture.get("/health").await.status, 200);

    let authorization = |text: &str| format!("Basic {}", STANDARD.encode(text));
    for (text, status) in
        [("admin:canary-password", 200), ("admin:wrong", 401), ("other:canary-password", 401)]
    {
        let request = Request::new("GET", "/v2/").header("Authorization", &authorization(text));
        assert_eq!(request.send(fixture.addr).await.status, status, "{text}");
    }
    let log = format!("{:?}", fixture.log.lock().unwrap());
    assert!(!log.contains("canary") && !log.contains(&STANDARD.encode("admin:canary-password")));
}

#[tokio::test]
async fn a_client_that_waits_for_leave_is_not_asked_to_send() {
    let options = ServerOptions { users: vec![User::new("a", "b")], ..ServerOptions::default() };
    let fixture = Fixture::start_with(dir(), options).await;
    let request = Request::new("POST", "/v2/a/blobs/uploads/")
        .header("Expect", "100-continue")
        .header("Content-Length", "1000000");
    let reply = request.send(fixture.addr).await;
    assert_eq!(reply.status, 401);
}

#[tokio::test]
async fn a_read_only_registry_takes_nothing() {
    let first = Fixture::start().await;
    push_image(&first, "a", "v1", b"layer").await;
    assert_eq!(first.send("POST", "/api/charts", &chart("a", "1", "")).await.status, 201);
    let options = ServerOptions { access: AccessMode::ReadOnly, ..ServerOptions::default() };
    let fixture = Fixture::start_with(first.stop().await, options).await;
    let sum = oci::Digest::of(b"layer");
    for (method, path) in [
        ("POST", "/v2/a/blobs/uploads/".to_owned()),
        ("POST", format!("/v2/b/blobs/uploads/?mount={sum}&from=a")),
        ("PUT", "/v2/a/manifests/v2".into()),
        ("DELETE", "/v2/a/manifests/v1".into()),
        ("DELETE", format!("/v2/a/blobs/{sum}")),
        ("POST", "/api/charts".into()),
        ("DELETE", "/api/charts/a/1".into()),
    ] {
        let reply = fixture.send(method, &path, b"").await;
        assert_eq!(reply.status, 405, "{method} {path}");
        assert!(reply.text().contains("read-only"), "{}", reply.text());
        assert_eq!(reply.header("allow"), Some("GET, HEAD"));
    }
    assert_eq!(fixture.send("PUT", "/v2/a/manifests/v2", b"").await.code(), "UNSUPPORTED");
    assert_eq!(fixture.get("/v2/a/manifests/v1").await.status, 200);
    assert_eq!(fixture.get(&format!("/v2/a/blobs/{sum}")).await.body, b"layer");
    assert_eq!(fixture.get("/charts/a-1.tgz").await.status, 200);
}

#[tokio::test]
async fn every_request_is_logged_with_its_bytes() {
    let fixture = Fixture::start().await;
    let digest = fixture.push_blob("a", &[1; 5000]).await;
    let path = format!("/v2/a/blobs/{digest}");
    fixture.get(&path).await;
    fixture.get("/v2/a/manifests/none").await;
    let log = fixture.log.lock().unwrap().clone();
    let seen: Vec<_> = log
        .iter()
        .map(|record| {
            (
                record.method.as_str(),
                record.path.as_str(),
                record.status,
                record.bytes_in,
                record.bytes_out,
            )
        })
        .collect();
    assert_eq!(seen[0], ("POST", "/v2/a/blobs/uploads/", 201, 5000, 0));
    assert_eq!(seen[1], ("GET", path.as_str(), 200, 0, 5000));
    assert_eq!(log[2].status, 404);
    assert_eq!(log[2].error.as_deref(), Some("the repository has no such manifest"));
    assert!(log.iter().all(|record| record.is_complete && record.peer.ip().is_loopback()));
}

#[tokio::test]
async fn tls_is_spoken_and_nothing_else() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let identity = TlsIdentity::from_pem(made.cert.pem(), made.signing_key.serialize_pem());
    let options = ServerOptions { tls: Some(identity), ..ServerOptions::default() };
    let fixture = Fixture::start_with(dir(), options).await;

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(fixture.addr).await.unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect("localhost".try_into().unwrap(), tcp).await.unwrap();
    assert_eq!(Request::new("GET", "/v2/").send_over(stream).await.status, 200);

    let mut plain = TcpStream::connect(fixture.addr).await.unwrap();
    let request = Request::new("GET", "/v2/").bytes();
    tokio::io::AsyncWriteExt::write_all(&mut plain, &request).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut plain, &mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "plain HTTP gets no HTTP answer");
}

#[tokio::test]
async fn a_shutdown_waits_for_requests_and_not_for_idle_connections() {
    let limits = Limits { shutdown: std::time::Duration::from_secs(15), ..Limits::default() };
    let fixture =
        Fixture::start_with(dir(), ServerOptions { limits, ..ServerOptions::default() }).await;
    let addr = fixture.addr;
    let idle = TcpStream::connect(addr).await.unwrap();
    let path = fixture.start_upload("a").await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let head = Request::new("PATCH", &path).header("Content-Length", "10").bytes();
    tokio::io::AsyncWriteExt::write_all(&mut stream, &head).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, b"01234").await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;

    let started = std::time::Instant::now();
    let stopping = tokio::spawn(fixture.stop());
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(TcpStream::connect(addr).await.is_err(), "no new connections");
    let reply = crate::fixture::exchange(stream, b"56789").await;
    assert_eq!((reply.status, reply.header("range")), (202, Some("0-9")));
    stopping.await.unwrap();
    assert!(started.elapsed() < std::time::Duration::from_secs(10));
    drop(idle);
}

#[tokio::test]
async fn a_silent_client_is_let_go() {
    let limits = Limits { idle: std::time::Duration::from_millis(300), ..Limits::default() };
    let fixture =
        Fixture::start_with(dir(), ServerOptions { limits, ..ServerOptions::default() }).await;
    let silent = TcpStream::connect(fixture.addr).await.unwrap();
    let mut nothing = Vec::new();
    let mut silent = silent;
    let read = tokio::io::AsyncReadExt::read_to_end(&mut silent, &mut nothing);
    tokio::time::timeout(std::time::Duration::from_secs(10), read).await.unwrap().unwrap();

    let path = fixture.start_upload("a").await;
    let head = Request::new("PATCH", &path).header("Content-Length", "10").bytes();
    let stream = TcpStream::connect(fixture.addr).await.unwrap();
    let reply = crate::fixture::exchange(stream, &[head, b"01234".to_vec()].concat()).await;
    assert_eq!(reply.status, 408);
    let status = fixture.get(&path).await;
    assert_eq!(status.header("range"), Some("0-4"), "what arrived is kept");
}
