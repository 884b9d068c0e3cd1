//! http or https: what is tried, what is refused, and that nothing secret is sent before that is decided.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use registry_client::{
    AuthScheme, Client, Credential, ErrorKind, HttpRequest, Method, NetworkOptions, Registry,
    RegistryOptions, Scheme,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::server::{Answer, Server, answer, quick};

/// A certificate and its key.
type Made = (rcgen::Certificate, KeyPair);

fn acceptor((certificate, key): &Made) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// What a certificate for `name` is made from.
fn parameters(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
    parameters.distinguished_name.push(DnType::CommonName, "reg");
    parameters
}

fn self_signed_with(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Made {
    let key = KeyPair::generate().unwrap();
    let mut parameters = parameters(name);
    change(&mut parameters);
    (parameters.self_signed(&key).unwrap(), key)
}

fn self_signed(name: &str) -> (TlsAcceptor, String) {
    let made = self_signed_with(name, |_| {});
    (acceptor(&made), made.0.pem())
}

/// A certificate for `name` by somebody whose own certificate says `is_ca`, and that one.
fn issued(name: &str, is_ca: IsCa) -> (Made, rcgen::Certificate) {
    let mut issuer = CertificateParams::new(Vec::new()).unwrap();
    issuer.distinguished_name.push(DnType::CommonName, "site CA");
    issuer.is_ca = is_ca;
    let issuer_key = KeyPair::generate().unwrap();
    let certificate = issuer.self_signed(&issuer_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let signer = Issuer::new(issuer, issuer_key);
    ((parameters(name).signed_by(&key, &signer).unwrap(), key), certificate)
}

/// What a client that trusts the certificate `pem` says of a server that shows `made`.
async fn verdict(made: &Made, pem: &str) -> Result<(), String> {
    let server = Server::with_tls(Some(acceptor(made)), |_| async { pong() }).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    let options = NetworkOptions { ca_files: vec![file.path().to_owned()], ..quick() };
    let Err(error) = open(options, &server).await.probe().await else { return Ok(()) };
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::TlsUntrusted, 1), "{error:?}");
    assert!(error.to_string().contains(&server.host().to_string()), "{error}");
    assert!(server.asked().is_empty());
    let cause = std::error::Error::source(&error).unwrap();
    assert!(cause.source().is_none(), "{cause:?}");
    Err(cause.to_string())
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

const CA: IsCa = IsCa::Ca(BasicConstraints::Unconstrained);

#[tokio::test]
async fn a_certificate_by_an_authority_that_is_given_is_trusted() {
    let (made, authority) = issued("127.0.0.1", CA);
    assert_eq!(verdict(&made, &authority.pem()).await, Ok(()));
}

/// What operators give who have nothing but the certificate of the registry.
#[tokio::test]
async fn a_servers_own_certificate_can_be_given() {
    let plain = self_signed_with("127.0.0.1", |_| {});
    let says_no = self_signed_with("127.0.0.1", |made| made.is_ca = IsCa::ExplicitNoCa);
    // As `openssl req -x509` makes them.
    let says_ca = self_signed_with("127.0.0.1", |made| made.is_ca = CA);
    let for_servers = self_signed_with("127.0.0.1", |made| {
        made.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    let (by_somebody, _) = issued("127.0.0.1", CA);
    for made in [plain, says_no, says_ca, for_servers, by_somebody] {
        assert_eq!(verdict(&made, &made.0.pem()).await, Ok(()));
    }
}

#[tokio::test]
async fn a_servers_own_certificate_is_looked_at_all_the_same() {
    for is_ca in [IsCa::NoCa, IsCa::ExplicitNoCa, CA] {
        let refusal = async |name: &str, change: fn(&mut CertificateParams)| {
            let made = self_signed_with(name, |made| {
                made.is_ca = is_ca;
                change(made);
            });
            verdict(&made, &made.0.pem()).await.unwrap_err()
        };
        assert_eq!(refusal("reg.io", |_| {}).await, "it is made for reg.io, not for 127.0.0.1");
        let expired = |made: &mut CertificateParams| made.not_after = date_time_ymd(2001, 2, 3);
        assert_eq!(
            refusal("127.0.0.1", expired).await,
            "it expired at 2001-02-03T00:00:00Z: CN=reg"
        );
        let early = |made: &mut CertificateParams| made.not_before = date_time_ymd(2999, 1, 1);
        let text = refusal("127.0.0.1", early).await;
        assert!(
            text.starts_with("it is not valid before 2999-01-01T00:00:00Z, and here"),
            "{text}"
        );
        let client = |made: &mut CertificateParams| {
            made.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        };
        assert_eq!(refusal("127.0.0.1", client).await, "it is not meant for servers: CN=reg");
    }
}

#[tokio::test]
async fn a_servers_own_certificate_has_to_name_the_host_as_all_do_today() {
    let common_name = self_signed_with("127.0.0.1", |made| {
        made.distinguished_name.push(DnType::CommonName, "127.0.0.1");
        made.subject_alt_names.clear();
    });
    assert_eq!(
        verdict(&common_name, &common_name.0.pem()).await.unwrap_err(),
        "it is made for no host name (subjectAltName), not for 127.0.0.1"
    );
    let names = ["a", "b", "c", "d", "e", "f", "*.g"].map(|name| format!("{name}.reg.io"));
    let many = self_signed_with("127.0.0.1", |made| {
        made.subject_alt_names = CertificateParams::new(names).unwrap().subject_alt_names;
    });
    assert_eq!(
        verdict(&many, &many.0.pem()).await.unwrap_err(),
        "it is made for a.reg.io, b.reg.io, c.reg.io, d.reg.io, e.reg.io, 2 more, not for 127.0.0.1"
    );
}

#[tokio::test]
async fn another_certificate_of_the_same_name_is_another_certificate() {
    for is_ca in [IsCa::ExplicitNoCa, CA] {
        let shown = self_signed_with("127.0.0.1", |made| made.is_ca = is_ca);
        let given = self_signed_with("127.0.0.1", |made| made.is_ca = is_ca);
        assert_eq!(
            verdict(&shown, &given.0.pem()).await.unwrap_err(),
            "it is self-signed and not trusted here: CN=reg"
        );
    }
}

#[tokio::test]
async fn what_an_authority_issues_is_looked_at_too() {
    let (made, _) = issued("127.0.0.1", CA);
    let (other, authority) = issued("reg.io", CA);
    let unrelated = self_signed_with("127.0.0.1", |made| made.is_ca = CA);
    assert_eq!(
        verdict(&made, &unrelated.0.pem()).await.unwrap_err(),
        "its issuer is not trusted here: CN=site CA"
    );
    assert_eq!(
        verdict(&made, &authority.pem()).await.unwrap_err(),
        "it is signed by another key than the trusted issuer of this name has: CN=site CA"
    );
    assert_eq!(
        verdict(&other, &authority.pem()).await.unwrap_err(),
        "it is made for reg.io, not for 127.0.0.1"
    );
}

/// Whoever has a server's key must not be able to pass for every other server.
#[tokio::test]
async fn a_certificate_that_is_no_authority_vouches_for_nobody_else() {
    for is_ca in [IsCa::NoCa, IsCa::ExplicitNoCa] {
        let (made, signer) = issued("127.0.0.1", is_ca);
        assert_eq!(
            verdict(&made, &signer.pem()).await.unwrap_err(),
            "its issuer is not trusted here: CN=site CA"
        );
    }
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
