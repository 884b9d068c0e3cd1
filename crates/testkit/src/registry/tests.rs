use super::*;

/// Status line and headers of an answer.
fn ask(registry: &Registry, request: &str, credentials: Option<&str>) -> String {
    let mut stream = TcpStream::connect(registry.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let authorization =
        credentials.map(|token| format!("Authorization: {token}\r\n")).unwrap_or_default();
    let head = format!(
        "{request} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n{authorization}\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// `admin:Harbor12345`
const RIGHT: &str = "Basic YWRtaW46SGFyYm9yMTIzNDU=";
/// `admin:harbor12345`
const WRONG: &str = "Basic YWRtaW46aGFyYm9yMTIzNDU=";

#[test]
fn both_registries_run_and_log_what_they_are_asked() {
    for kind in RegistryKind::ALL {
        let Some(registry) = RegistryOptions::new(kind).start_or_skip() else { continue };
        assert!(ask(&registry, "GET /v2/_catalog", None).starts_with("HTTP/1.1 200"));
        assert!(ask(&registry, "POST /v2/a/b/blobs/uploads/", None).starts_with("HTTP/1.1 202"));
        assert_eq!(registry.unfinished_uploads().len(), 1, "{kind:?}");
        let requests = registry.requests();
        assert!(requests.contains(&"GET /v2/_catalog".to_owned()), "{requests:?}");
        let address = registry.address();
        registry.stop();
        assert!(TcpStream::connect(address).is_err());
    }
}

#[test]
fn basic_authentication_knows_one_user() {
    for kind in RegistryKind::ALL {
        let options = RegistryOptions::new(kind).auth(RegistryAuth::Basic);
        let Some(registry) = options.start_or_skip() else { continue };
        let status =
            |credentials| ask(&registry, "GET /v2/_catalog", credentials)[9..12].to_owned();
        assert_eq!(
            [status(None), status(Some(WRONG)), status(Some(RIGHT))],
            ["401", "401", "200"],
            "{kind:?}"
        );
    }
}

#[test]
fn token_authentication_names_the_realm() {
    // A self-signed certificate; docker-registry does not start without one. No token is ever checked against it.
    let dir = tempfile::tempdir().unwrap();
    let certificate = dir.path().join("certificate.pem");
    fs::write(&certificate, Authority::new("signer").pem()).unwrap();
    for kind in RegistryKind::ALL {
        let token = TokenAuth {
            realm: "http://127.0.0.1:1/token".into(),
            service: "registry".into(),
            issuer: "ferry-testkit".into(),
            certificate: Some(certificate.clone()),
            jwks: None,
        };
        let options = RegistryOptions::new(kind).auth(RegistryAuth::Token(token));
        let Some(registry) = options.start_or_skip() else { continue };
        let answer = ask(&registry, "GET /v2/", None);
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        assert!(
            answer.contains(r#"Bearer realm="http://127.0.0.1:1/token",service="registry""#),
            "{answer}"
        );
    }
}

#[test]
fn deletion_can_be_left_disabled() {
    for kind in RegistryKind::ALL {
        let path = format!("DELETE /v2/a/manifests/{}", oci::Digest::of(b""));
        let Some(open) = RegistryOptions::new(kind).start_or_skip() else { continue };
        assert!(ask(&open, &path, None).starts_with("HTTP/1.1 404"), "{kind:?}");
        let closed = RegistryOptions::new(kind).without_deletion().start_or_skip().unwrap();
        assert!(ask(&closed, &path, None).starts_with("HTTP/1.1 405"), "{kind:?}");
    }
}

#[test]
fn with_a_certificate_they_speak_https_alone() {
    for kind in RegistryKind::ALL {
        let identity = Authority::new("site").issue(&["127.0.0.1"], Validity::Now);
        let options = RegistryOptions::new(kind).tls(identity);
        let Some(registry) = options.start_or_skip() else { continue };
        let answer = ask(&registry, "GET /v2/", None);
        assert!(answer.starts_with("HTTP/1.0 400"), "{kind:?}: {answer}");
    }
}
