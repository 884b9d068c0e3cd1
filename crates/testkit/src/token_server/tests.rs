use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;
use crate::registry::{RegistryKind, RegistryOptions};

fn exchange(address: SocketAddr, request: &str) -> (u16, Value, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null), head.to_owned())
}

fn ask(server: &TokenServer, query: &str, credentials: Option<&str>) -> (u16, Value) {
    let header = credentials
        .map(|text| format!("Authorization: Basic {}\r\n", STANDARD.encode(text)))
        .unwrap_or_default();
    let request = format!("GET /token?{query} HTTP/1.1\r\nHost: x\r\n{header}\r\n");
    let (status, document, _) = exchange(server.address(), &request);
    (status, document)
}

fn ask_form(server: &TokenServer, form: &str) -> (u16, Value) {
    let request =
        format!("POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{form}", form.len());
    let (status, document, _) = exchange(server.address(), &request);
    (status, document)
}

fn claims(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn start() -> TokenServer {
    let users = vec![
        TokenUser::new("admin", "se:cret").may(Actions::All, ""),
        TokenUser::new("reader", "r").may(Actions::Pull, "public/"),
    ];
    TokenServer::start(users).unwrap()
}

#[test]
fn a_token_says_what_its_owner_may_do() {
    let server = start();
    let query = format!(
        "service={SERVICE}&scope=repository:public/a:pull,push&scope=repository:private:pull"
    );
    let (status, document) = ask(&server, &query, Some("reader:r"));
    assert_eq!(status, 200);
    let claims = claims(&document["token"]);
    assert_eq!(
        claims["access"],
        json!([{ "type": "repository", "name": "public/a", "actions": ["pull"] }])
    );
    assert_eq!(
        (&claims["sub"], &claims["aud"], &claims["iss"]),
        (&json!("reader"), &json!(SERVICE), &json!(ISSUER))
    );
    assert_eq!(ask(&server, &query, Some("reader:wrong")).0, 401);
    assert_eq!(ask(&server, &query, Some("nobody:r")).0, 401);
    assert_eq!(ask(&server, "service=other", Some("reader:r")).0, 404);
    let (status, anonymous) = ask(&server, &query, None);
    assert_eq!((status, &self::claims(&anonymous["token"])["access"]), (200, &json!([])));
    let seen = server.requests();
    assert_eq!(seen.iter().map(|request| request.status).collect::<Vec<_>>(), [200, 401, 401, 200]);
    assert_eq!(seen[0].scopes.len(), 2);
    assert!(!format!("{seen:?}").contains("wrong"));
}

#[test]
fn oauth2_takes_a_password_and_then_a_refresh_token() {
    let server = start();
    let form = format!(
        "grant_type=password&service={SERVICE}&client_id=x&access_type=offline&username=admin&password=se%3Acret&\
         scope=repository%3Aa%2Fb%3Apull%2Cpush+repository:c:pull"
    );
    let (status, document) = ask_form(&server, &form);
    assert_eq!(status, 200);
    assert_eq!(claims(&document["access_token"])["access"].as_array().unwrap().len(), 2);
    let refresh = document["refresh_token"].as_str().unwrap();
    let form = |token: &str| {
        format!(
            "grant_type=refresh_token&service={SERVICE}&client_id=x&refresh_token={token}&scope=repository:a:pull"
        )
    };
    let (status, document) = ask_form(&server, &form(refresh));
    assert_eq!((status, &claims(&document["access_token"])["sub"]), (200, &json!("admin")));
    assert_eq!(ask_form(&server, &form("guessed")).0, 401);
    assert_eq!(ask_form(&server, "grant_type=password&username=admin&password=no").0, 401);
    assert_eq!(ask_form(&server, "grant_type=other").0, 401);
}

#[test]
fn real_registries_accept_its_tokens() {
    let server = start();
    for kind in RegistryKind::ALL {
        let Some(registry) = RegistryOptions::new(kind).auth(server.auth()).start_or_skip() else {
            continue;
        };
        let call = |method: &str, path: &str, token: &str| {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: 0\r\nAuthorization: Bearer {token}\r\n\r\n",
                registry.host()
            );
            exchange(registry.address(), &request)
        };
        let (status, _, head) = call("POST", "/v2/public/a/blobs/uploads/", "none");
        assert_eq!(status, 401);
        let head = head.to_ascii_lowercase();
        assert!(
            head.contains(&format!("realm=\"{}\"", server.realm())) && head.contains(SERVICE),
            "{head}"
        );

        let token = |credentials| {
            let query = format!("service={SERVICE}&scope=repository:public/a:pull,push");
            ask(&server, &query, Some(credentials)).1["token"].as_str().unwrap().to_owned()
        };
        let (admin, reader) = (token("admin:se:cret"), token("reader:r"));
        assert_eq!(call("GET", "/v2/", &reader).0, 200, "{kind:?}: {}", registry.log());
        assert_eq!(call("POST", "/v2/public/a/blobs/uploads/", &admin).0, 202, "{kind:?}");
        assert_eq!(call("POST", "/v2/public/a/blobs/uploads/", &reader).0, 401, "{kind:?}");
        assert_eq!(
            call("GET", "/v2/public/a/tags/list", &reader).0,
            404,
            "{kind:?}: let in, nothing there"
        );
    }
}
