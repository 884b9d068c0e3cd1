//! Who is asked for what, and who gets to see the password.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use hyper::Request;
use hyper::body::Incoming;
use oci::Descriptor;
use registry_client::{AuthScheme, Credential, ErrorKind, NetworkOptions};

use crate::server::{Answer, Server, answer, quick, read_all};

const CANARY: &str = "canary-f1";

#[expect(clippy::unnecessary_wraps, reason = "the form every use wants")]
fn me() -> Option<Credential> {
    Some(Credential::basic("me", CANARY))
}

fn basic_header() -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("me:{CANARY}")))
}

fn bears(request: &Request<Incoming>, expected: &str) -> bool {
    request.headers().get("authorization").is_some_and(|value| value == expected)
}

fn unauthorized(challenge: &str) -> Answer {
    let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#;
    answer(401, &[("www-authenticate", challenge)], body)
}

#[tokio::test]
async fn basic_is_sent_when_asked_for_and_remembered() {
    let server = Server::start(|request| async move {
        let expected = basic_header();
        if bears(&request, &expected) {
            answer(200, &[], "{}")
        } else {
            unauthorized("Basic realm=x")
        }
    })
    .await;
    let registry = server.registry(me()).await;
    assert_eq!(registry.probe().await.unwrap().auth, AuthScheme::Basic);
    registry.probe().await.unwrap();
    let bare = server.asked().iter().filter(|asked| asked.authorization.is_none()).count();
    assert_eq!((server.asked().len(), bare), (3, 1));
}

#[tokio::test]
async fn wrong_credentials_are_tried_once() {
    let server = Server::start(|_| async { unauthorized("Basic realm=x") }).await;
    let error = server.registry(me()).await.probe().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unauthorized, Some("UNAUTHORIZED")));
    assert_eq!(server.asked().len(), 2);
    let anonymous = server.registry(None).await.probe().await.unwrap_err();
    assert_eq!(anonymous.kind(), ErrorKind::Unauthorized);
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn only_the_registry_itself_may_ask_for_credentials() {
    let thief = Server::start(|_| async { unauthorized("Basic realm=x") }).await;
    let target = Arc::new(thief.url("/v2/").to_string());
    let server = Server::start(move |_| {
        let target = Arc::clone(&target);
        async move { answer(307, &[("location", &target)], "") }
    })
    .await;
    let registry = server.registry(me()).await;
    let error = registry.probe().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RedirectRefused);
    let blob = registry.repository("a").unwrap().blob(&Descriptor::of("x", b"")).await.unwrap_err();
    assert_eq!(blob.kind(), ErrorKind::RedirectRefused);
    assert!(thief.asked().iter().chain(&server.asked()).all(|asked| asked.authorization.is_none()));
}

/// A token service that issues `t1`, `t2`, … and a registry on the same server that takes the tokens in `good`.
struct Tokens {
    issued: AtomicUsize,
    good: Mutex<HashMap<String, Vec<String>>>,
    life: u64,
    field: &'static str,
}

impl Tokens {
    async fn serve(self: &Arc<Self>) -> Server {
        let tokens = Arc::clone(self);
        Server::start(move |request| {
            let tokens = Arc::clone(&tokens);
            async move { tokens.answer(request).await }
        })
        .await
    }

    fn new(life: u64, field: &'static str) -> Arc<Self> {
        Arc::new(Self { issued: AtomicUsize::new(0), good: Mutex::default(), life, field })
    }

    async fn answer(&self, mut request: Request<Incoming>) -> Answer {
        if request.uri().path() == "/token" {
            if !bears(&request, &basic_header()) {
                return unauthorized("Basic realm=token");
            }
            let query = request.uri().query().unwrap_or_default();
            let pairs: Vec<(String, String)> =
                url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            assert!(pairs.contains(&("service".to_owned(), "reg".to_owned())));
            let scopes = pairs
                .into_iter()
                .filter(|(key, _)| key == "scope")
                .map(|(_, scope)| scope)
                .collect();
            let token = format!("t{}", self.issued.fetch_add(1, Ordering::SeqCst) + 1);
            self.good.lock().unwrap().insert(format!("Bearer {token}"), scopes);
            return answer(
                200,
                &[],
                format!(r#"{{"{}":"{token}","expires_in":{}}}"#, self.field, self.life),
            );
        }
        let bearer =
            request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        let is_good = bearer.is_some_and(|bearer| self.good.lock().unwrap().contains_key(&bearer));
        if !is_good {
            let host = request.headers()["host"].to_str().unwrap();
            return unauthorized(&format!(r#"Bearer realm="http://{host}/token",service="reg""#));
        }
        read_all(request.body_mut()).await;
        match request.method().as_str() {
            "POST" => answer(201, &[], ""),
            _ => answer(200, &[("content-length", "5")], "{\"a\":1}".get(..5).unwrap().to_owned()),
        }
    }

    fn scopes(&self, token: &str) -> Vec<String> {
        self.good.lock().unwrap()[&format!("Bearer {token}")].clone()
    }
}

#[tokio::test]
async fn tokens_are_kept_for_each_set_of_scopes() {
    let tokens = Tokens::new(300, "token");
    let server = tokens.serve().await;
    let registry = server.registry(me()).await;
    assert_eq!(registry.probe().await.unwrap().auth, AuthScheme::Bearer);
    let repository = registry.repository("a/b").unwrap();
    let blob = Descriptor::of("x", b"12345");
    for _ in 0..3 {
        assert!(repository.exists(&blob).await.unwrap());
    }
    repository.mount(&blob, "base").await.unwrap();
    assert!(tokens.scopes("t1").is_empty());
    assert_eq!(tokens.scopes("t2"), ["repository:a/b:pull"]);
    assert_eq!(tokens.scopes("t3"), ["repository:a/b:pull,push", "repository:base:pull"]);
    assert_eq!(tokens.issued.load(Ordering::SeqCst), 3);
    // The password went to the token service and nowhere else.
    for asked in server.asked() {
        let has_password = asked.authorization.as_deref() == Some(&basic_header());
        assert_eq!(has_password, asked.line.starts_with("GET /token"), "{asked:?}");
    }
}

#[tokio::test]
async fn many_requests_at_once_share_one_token() {
    let tokens = Tokens::new(300, "access_token");
    let server = tokens.serve().await;
    let registry = server.registry(me()).await;
    registry.probe().await.unwrap();
    let repository = registry.repository("a").unwrap();
    let blob = Descriptor::of("x", b"12345");
    let all = (0..20).map(|_| repository.exists(&blob));
    for found in futures_util::future::join_all(all).await {
        assert!(found.unwrap());
    }
    assert_eq!(tokens.issued.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_an_old_one_not_used() {
    let tokens = Tokens::new(300, "token");
    let server = tokens.serve().await;
    let registry = server.registry(me()).await;
    registry.probe().await.unwrap();
    tokens.good.lock().unwrap().clear();
    registry.probe().await.unwrap();
    assert_eq!(tokens.issued.load(Ordering::SeqCst), 2);
    let short = Tokens::new(0, "token");
    let server = short.serve().await;
    let registry = server.registry(me()).await;
    registry.probe().await.unwrap();
    registry.probe().await.unwrap();
    assert_eq!(short.issued.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_realm_elsewhere_gets_no_password_unless_named() {
    let thief = Server::start(|_| async { answer(200, &[], r#"{"token":"t"}"#) }).await;
    // The same machine under another name is another host.
    let realm = format!("http://localhost:{}/token", thief.address.port());
    let server = Server::start(move |request| {
        let realm = realm.clone();
        async move {
            if bears(&request, "Bearer t") {
                answer(200, &[], "{}")
            } else {
                unauthorized(&format!("Bearer realm=\"{realm}\""))
            }
        }
    })
    .await;
    let error = server.registry(me()).await.probe().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RealmRefused);
    assert_eq!(error.subject(), Some(format!("localhost:{}", thief.address.port()).as_str()));
    assert!(thief.asked().is_empty());
    server.registry(None).await.probe().await.unwrap();
    assert_eq!(thief.asked()[0].authorization, None);
    let named = format!("localhost:{}", thief.address.port()).parse().unwrap();
    let options = NetworkOptions { token_hosts: vec![named], ..quick() };
    server.registry_with(options, me()).await.probe().await.unwrap();
    assert_eq!(thief.asked()[1].authorization, Some(basic_header()));
}

#[tokio::test]
async fn a_refresh_token_is_exchanged() {
    let server = Server::start(|mut request| async move {
        if request.uri().path() == "/token" {
            assert_eq!(request.method(), "POST");
            let form = read_all(request.body_mut()).await;
            let form: HashMap<String, String> =
                url::form_urlencoded::parse(&form).into_owned().collect();
            assert_eq!(
                (form["grant_type"].as_str(), form["refresh_token"].as_str()),
                ("refresh_token", CANARY)
            );
            return answer(200, &[], r#"{"access_token":"t"}"#);
        }
        let host = request.headers()["host"].to_str().unwrap().to_owned();
        if bears(&request, "Bearer t") {
            answer(200, &[], "{}")
        } else {
            unauthorized(&format!("Bearer realm=\"http://{host}/token\""))
        }
    })
    .await;
    server.registry(Some(Credential::IdentityToken(CANARY.into()))).await.probe().await.unwrap();
    let ready = Server::start(|request| async move {
        if bears(&request, "Bearer raw") {
            answer(200, &[], "{}")
        } else {
            unauthorized("Bearer realm=\"http://x/\"")
        }
    })
    .await;
    ready.registry(Some(Credential::RegistryToken("raw".into()))).await.probe().await.unwrap();
}

fn jwt(actions: &str) -> String {
    let claims =
        format!(r#"{{"access":[{{"type":"repository","name":"a","actions":[{actions}]}}]}}"#);
    format!("x.{}.y", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims))
}

#[tokio::test]
async fn missing_rights_show_before_anything_is_written() {
    for (actions, status, code, expected) in [
        (r#""pull","push""#, 200, "", Ok(true)),
        (r#""pull","push""#, 404, "NAME_UNKNOWN", Ok(false)),
        (r#""pull""#, 200, "", Err(ErrorKind::Forbidden)),
        (r#""*""#, 404, "NOT_FOUND", Err(ErrorKind::ProjectUnknown)),
        (r#""*""#, 403, "DENIED", Err(ErrorKind::Forbidden)),
    ] {
        let token = jwt(actions);
        let server = Server::start(move |request| {
            let token = token.clone();
            async move {
                if request.uri().path() == "/token" {
                    return answer(200, &[], format!(r#"{{"token":"{token}"}}"#));
                }
                let host = request.headers()["host"].to_str().unwrap().to_owned();
                if !bears(&request, &format!("Bearer {token}")) {
                    return unauthorized(&format!("Bearer realm=\"http://{host}/token\""));
                }
                answer(
                    status,
                    &[],
                    format!(
                        r#"{{"errors":[{{"code":"{code}","message":"project a not found"}}]}}"#
                    ),
                )
            }
        })
        .await;
        let repository = server.registry(me()).await.repository("a").unwrap();
        let access = repository.probe_push().await;
        assert_eq!(access.map(|access| access.exists).map_err(|error| error.kind()), expected);
        assert!(server.lines().iter().all(|line| line.starts_with("GET ")));
    }
}

#[tokio::test]
async fn a_token_without_the_right_is_no_missing_login() {
    let server = Server::start(|request| async move {
        let host = request.headers()["host"].to_str().unwrap().to_owned();
        match request.uri().path() {
            "/token" => answer(200, &[], r#"{"token":"t"}"#),
            _ => unauthorized(&format!(
                "Bearer realm=\"http://{host}/token\",error=\"insufficient_scope\""
            )),
        }
    })
    .await;
    let probe =
        async |credential| server.registry(credential).await.probe().await.unwrap_err().kind();
    assert_eq!(probe(me()).await, ErrorKind::Forbidden);
    assert_eq!(probe(None).await, ErrorKind::Unauthorized);
}

#[tokio::test]
async fn what_is_no_registry_is_said_to_be_none() {
    for (status, kind, body) in [
        (200, "text/html; charset=utf-8", "<!DOCTYPE html><title>Harbor</title>"),
        (404, "text/html", "<html>nginx</html>"),
        (404, "application/json", "{}"),
    ] {
        let server =
            Server::start(move |_| async move { answer(status, &[("content-type", kind)], body) })
                .await;
        let error = server.registry(me()).await.probe().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
        assert!(error.message().unwrap().contains("no registry"), "{error}");
    }
}

#[tokio::test]
async fn no_error_shows_a_secret() {
    for status in [400, 401, 403, 404, 429, 500, 302] {
        let server = Server::start(move |_| async move {
            answer(
                status,
                &[
                    ("www-authenticate", "Basic realm=x"),
                    ("location", "//u:canary-f1@x/?t=canary-f1"),
                ],
                "no",
            )
        })
        .await;
        let registry = server.registry(me()).await;
        let repository = registry.repository("a").unwrap();
        let blob = Descriptor::of("x", b"12345");
        let errors = [
            registry.probe().await.err(),
            repository.exists(&blob).await.err(),
            repository.mount(&blob, "b").await.err(),
            repository.tags().await.err(),
        ];
        for error in errors.into_iter().flatten() {
            let mut text = format!("{error} {error:?}");
            let mut source = std::error::Error::source(&error);
            while let Some(next) = source {
                text.extend([next.to_string(), format!("{next:?}")]);
                source = next.source();
            }
            assert!(!text.contains(CANARY), "{text}");
            assert!(!text.contains(basic_header().trim_start_matches("Basic ")), "{text}");
        }
        assert!(!format!("{registry:?} {:?}", me()).contains(CANARY));
    }
}
