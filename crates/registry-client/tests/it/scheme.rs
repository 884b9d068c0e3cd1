//! http or https: what is tried, what is refused, and that nothing secret is sent before that is decided.

use std::sync::Arc;
use std::time::Duration;

use registry_client::{
    AuthScheme, Client, Credential, ErrorKind, HttpRequest, Method, NetworkOptions, Registry,
    RegistryOptions, Scheme,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::server::{Answer, Server, answer, quick};

fn self_signed(name: &str) -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), made.cert.pem())
}

fn pong() -> Answer {
    answer(200, &[("docker-distribution-api-version", "registry/2.0")], "{}")
}

async fn tls_server(name: &str) -> (Server, String) {
    let (acceptor, pem) = self_signed(name);
    (Server::with_tls(Some(acceptor), |_| async { pong() }).await, pem)
}

async fn open(options: NetworkOptions, server: &Server) -> Registry {
    let client = Client::new(options).unwrap();
    let options =
        RegistryOptions { credential: Some(Credential::basic("me", "canary")), scheme: None };
    Registry::open(&client, &server.host(), options).await.unwrap()
}

#[tokio::test]
async fn a_private_host_without_tls_falls_back_and_says_so() {
    let server = Server::start(|_| async { pong() }).await;
    let probe = open(quick(), &server).await.probe().await.unwrap();
    assert!(probe.fell_back_to_http);
    assert_eq!((probe.url.scheme(), probe.auth), ("http", AuthScheme::None));
    // The handshake is no request; the only one carries no credentials, because none were asked for.
    assert_eq!(server.asked().len(), 1);
    assert_eq!(server.asked()[0].authorization, None);
}

#[tokio::test]
async fn a_refused_certificate_is_no_reason_to_go_without() {
    let (server, _) = tls_server("127.0.0.1").await;
    let registry = open(quick(), &server).await;
    assert_eq!(registry.url().scheme(), "https");
    let error = registry.probe().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::TlsUntrusted, 1));
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn trust_is_given_by_file_or_by_host() {
    let (server, pem) = tls_server("127.0.0.1").await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    let by_file = NetworkOptions { ca_files: vec![file.path().to_owned()], ..quick() };
    let by_host = NetworkOptions { insecure: vec![server.host()], ..quick() };
    let another = server.address.port().checked_add(1).unwrap_or(1);
    let by_other = NetworkOptions {
        insecure: vec![format!("127.0.0.1:{another}").parse().unwrap(), "reg.io".parse().unwrap()],
        ..quick()
    };
    assert!(!open(by_file, &server).await.probe().await.unwrap().fell_back_to_http);
    assert_eq!(open(by_host, &server).await.probe().await.unwrap().url.scheme(), "https");
    let error = open(by_other, &server).await.probe().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TlsUntrusted);
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let (server, pem) = tls_server("reg.io").await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    let options = NetworkOptions { ca_files: vec![file.path().to_owned()], ..quick() };
    let error = open(options, &server).await.probe().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TlsUntrusted);
}

#[tokio::test]
async fn an_explicit_scheme_is_taken_at_its_word() {
    let (tls, _) = tls_server("127.0.0.1").await;
    let plain = Server::start(|_| async { pong() }).await;
    let client = Client::new(quick()).unwrap();
    let options = |scheme| RegistryOptions {
        scheme: Some(scheme),
        credential: Some(Credential::basic("me", "canary")),
    };
    let secure = Registry::open(&client, &plain.host(), options(Scheme::Https)).await.unwrap();
    assert_eq!(secure.probe().await.unwrap_err().kind(), ErrorKind::SpeaksPlainHttp);
    let open = Registry::open(&client, &tls.host(), options(Scheme::Http)).await.unwrap();
    let error = open.probe().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SpeaksTls, "{error}");
    assert!(plain.asked().is_empty() && tls.asked().is_empty());
}

#[tokio::test]
async fn the_plain_http_list_saves_the_question() {
    let server = Server::start(|_| async { pong() }).await;
    let options = NetworkOptions { plain_http: vec![server.host()], ..quick() };
    let probe = open(options, &server).await.probe().await.unwrap();
    assert!(!probe.fell_back_to_http);
    assert_eq!(probe.url.scheme(), "http");
}

#[tokio::test]
async fn public_names_are_https_without_a_question() {
    let client = Client::new(quick()).unwrap();
    for (host, url) in [
        ("reg.io", "https://reg.io/"),
        ("reg.io:5000", "https://reg.io:5000/"),
        ("8.8.8.8:5000", "https://8.8.8.8:5000/"),
        ("docker.io", "https://registry-1.docker.io/"),
    ] {
        let registry =
            Registry::open(&client, &host.parse().unwrap(), RegistryOptions::default()).await;
        assert_eq!(registry.unwrap().url().as_str(), url);
    }
}

/// A server that reacts to the first bytes of each connection.
async fn raw(
    reaction: &'static [u8],
    is_http: bool,
) -> (std::net::SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut start = [0; 3];
            stream.read_exact(&mut start).await.unwrap();
            if &start == b"GET" && is_http {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
            } else {
                let _ = stream.write_all(reaction).await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    (address, task)
}

#[tokio::test]
async fn a_port_that_hangs_up_on_a_handshake_is_asked_again_in_plain() {
    let client = Client::new(quick()).unwrap();
    let (address, task) = raw(b"", true).await;
    let origin = client.origin(&address.to_string().parse().unwrap(), None).await.unwrap();
    assert!(origin.fell_back_to_http);
    task.abort();
    let (address, task) = raw(b"", false).await;
    let error = client.origin(&address.to_string().parse().unwrap(), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    task.abort();
}

#[tokio::test]
async fn a_tls_alert_is_not_the_absence_of_tls() {
    // Alert: fatal, handshake_failure.
    let (address, task) = raw(&[21, 3, 3, 0, 2, 2, 40], true).await;
    let client = Client::new(quick()).unwrap();
    let error = client.origin(&address.to_string().parse().unwrap(), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TlsHandshake);
    task.abort();
}

#[tokio::test]
async fn an_https_redirect_to_http_is_refused() {
    let (acceptor, pem) = self_signed("127.0.0.1");
    let server = Server::with_tls(Some(acceptor), |_| async {
        answer(302, &[("location", "http://127.0.0.1:1/")], "")
    })
    .await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    let options = NetworkOptions { ca_files: vec![file.path().to_owned()], ..quick() };
    let url = format!("https://{}/", server.address).parse().unwrap();
    let request = HttpRequest::new(Method::GET, url);
    let error = Client::new(options).unwrap().send(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RedirectRefused);
}
