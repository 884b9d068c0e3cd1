//! A token service as registries point at with `WWW-Authenticate: Bearer` (distribution, "Token Authentication
//! Specification" and its OAuth2 variant): it checks a password and signs what its owner may do.
//!
//! ```no_run
//! use testkit::registry::{RegistryKind, RegistryOptions};
//! use testkit::token_server::{Actions, TokenServer, TokenUser};
//!
//! let users = vec![TokenUser::new("admin", "secret").may(Actions::All, "")];
//! let tokens = TokenServer::start(users).unwrap();
//! let registry = RegistryOptions::new(RegistryKind::Docker).auth(tokens.auth()).start_or_skip();
//! ```

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::registry::{RegistryAuth, TokenAuth};

/// What the registry calls itself in its challenge.
pub const SERVICE: &str = "ferry-testkit-registry";
/// Who the tokens say they are from.
pub const ISSUER: &str = "ferry-testkit-tokens";

const MAX_BODY: u64 = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(10);

/// What a user may do in some repositories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actions {
    /// Read.
    Pull,
    /// Read, write and delete.
    All,
}

/// Somebody who can have tokens.
#[derive(Clone, Debug)]
pub struct TokenUser {
    name: String,
    password: String,
    grants: Vec<(Actions, String)>,
}

impl TokenUser {
    /// A user who may do nothing yet.
    pub fn new(name: &str, password: &str) -> Self {
        Self { name: name.into(), password: password.into(), grants: Vec::new() }
    }

    /// Lets the user act in every repository whose name begins so; an empty prefix means all of them.
    #[must_use]
    pub fn may(mut self, actions: Actions, prefix: &str) -> Self {
        self.grants.push((actions, prefix.into()));
        self
    }

    /// The part of the wanted actions that the user may do.
    fn granted(&self, repository: &str, wanted: &[&str]) -> Vec<String> {
        let is_allowed = |action: &str| {
            self.grants.iter().any(|(actions, prefix)| {
                repository.starts_with(prefix.as_str())
                    && (*actions == Actions::All || action == "pull")
            })
        };
        wanted
            .iter()
            .filter(|action| is_allowed(action))
            .map(|action| (*action).to_owned())
            .collect()
    }
}

/// A request for a token, as the server saw it. It holds no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// `GET`, or `POST` for OAuth2.
    pub method: String,
    /// Who asked; `None` for nobody in particular.
    pub user: Option<String>,
    /// The scopes that were asked for.
    pub scopes: Vec<String>,
    /// The status of the answer: 200, or 401 for a wrong password.
    pub status: u16,
}

/// A token service on loopback. It ends when it is dropped.
#[derive(Debug)]
pub struct TokenServer {
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
    directory: TempDir,
}

#[derive(Debug)]
struct State {
    users: Vec<TokenUser>,
    lifetime: Duration,
    signer: Signer,
    refresh_tokens: Mutex<HashMap<String, String>>,
    requests: Mutex<Vec<TokenRequest>>,
    is_stopping: AtomicBool,
}

impl TokenServer {
    /// Starts a server whose tokens are good for five minutes.
    pub fn start(users: Vec<TokenUser>) -> io::Result<Self> {
        Self::start_with_lifetime(users, Duration::from_mins(5))
    }

    /// Starts a server whose tokens are good for `lifetime`. The registries add a minute of their own before they
    /// refuse one, a client does not.
    pub fn start_with_lifetime(users: Vec<TokenUser>, lifetime: Duration) -> io::Result<Self> {
        let (signer, certificate) = Signer::new()?;
        let directory = tempfile::Builder::new().prefix("ferry-tokens-").tempdir()?;
        fs::write(directory.path().join("certificate.pem"), certificate)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            users,
            lifetime,
            signer,
            refresh_tokens: Mutex::default(),
            requests: Mutex::default(),
            is_stopping: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&state);
        let thread = Some(thread::spawn(move || accept(&listener, &accepting)));
        Ok(Self { address, state, thread, directory })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL that gives tokens.
    pub fn realm(&self) -> String {
        format!("http://{}/token", self.address)
    }

    /// A PEM file with the certificate of the signing key (`rootcertbundle`). It lives as long as the server.
    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }

    /// Makes a registry ask for this server's tokens.
    pub fn auth(&self) -> RegistryAuth {
        RegistryAuth::Token(TokenAuth {
            realm: self.realm(),
            service: SERVICE.into(),
            issuer: ISSUER.into(),
            certificate: Some(self.certificate()),
            jwks: None,
        })
    }

    /// All requests for tokens so far.
    pub fn requests(&self) -> Vec<TokenRequest> {
        self.state.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.state.is_stopping.store(true, Ordering::SeqCst);
        // Wakes the accepting thread; when nobody listens any more, it is awake.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, state: &Arc<State>) {
    for stream in listener.incoming() {
        if state.is_stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let state = Arc::clone(state);
        // A connection that breaks is the client's to notice.
        thread::spawn(move || serve(stream, &state).ok());
    }
}

fn serve(mut stream: TcpStream, state: &State) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = Request::read(&stream)?;
    let (status, document) = state.answer(&request);
    let body = document.to_string();
    let reason = match status {
        200 => "OK",
        401 => "Unauthorized",
        _ => "Not Found",
    };
    write!(
        stream,
        "HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// What a request for a token says.
#[derive(Debug)]
struct Request {
    method: String,
    path: String,
    /// The query of a GET, the form of a POST.
    parameters: Vec<(String, String)>,
    basic: Option<(String, String)>,
}

impl Request {
    fn read(stream: &TcpStream) -> io::Result<Self> {
        let mut reader = BufReader::new(stream.take(MAX_BODY));
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let mut words = line.split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (mut length, mut basic) = (0, None);
        let (path, mut form) = (path.to_owned(), query.to_owned());
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let Some((name, value)) = header.split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "authorization" => basic = credentials(value.trim()),
                _ => {}
            }
        }
        if method == "POST" {
            form.clear();
            reader.take(length).read_to_string(&mut form)?;
        }
        Ok(Self { method, path, parameters: parameters(&form), basic })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The scopes: one parameter for each in a GET, all in one in a POST.
    fn scopes(&self) -> Vec<String> {
        let values = self.parameters.iter().filter(|(key, _)| key == "scope");
        values
            .flat_map(|(_, value)| value.split(' '))
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

fn credentials(header: &str) -> Option<(String, String)> {
    let encoded = header.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
}

fn parameters(form: &str) -> Vec<(String, String)> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit =
                    || rest.next().and_then(|b| char::from(b).to_digit(16)).unwrap_or(0);
                let value = digit() * 16 + digit();
                u8::try_from(value).expect("two hex digits are a byte")
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl State {
    fn answer(&self, request: &Request) -> (u16, Value) {
        if request.path != "/token"
            || request.get("service").is_some_and(|service| service != SERVICE)
        {
            return (404, json!({ "details": "no such service" }));
        }
        let scopes = request.scopes();
        let user = self.authenticate(request);
        let status = if user.is_ok() { 200 } else { 401 };
        let name = user.as_ref().ok().and_then(|user| user.map(|user| user.name.clone()));
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(TokenRequest {
            method: request.method.clone(),
            user: name,
            scopes: scopes.clone(),
            status,
        });
        match user {
            Ok(user) => (200, self.tokens(request, user, &scopes)),
            Err(Refused) => (401, json!({ "details": "incorrect username or password" })),
        }
    }

    /// The user who asks; nobody in particular when no credentials are given.
    fn authenticate(&self, request: &Request) -> Result<Option<&TokenUser>, Refused> {
        let find = |name: &str| self.users.iter().find(|user| user.name == name).ok_or(Refused);
        let (name, password) = match (request.get("grant_type"), &request.basic) {
            (Some("refresh_token"), _) => {
                let token = request.get("refresh_token").ok_or(Refused)?;
                let owners = self.refresh_tokens.lock().unwrap_or_else(PoisonError::into_inner);
                return find(owners.get(token).ok_or(Refused)?).map(Some);
            }
            (Some("password"), _) => (
                request.get("username").ok_or(Refused)?.to_owned(),
                request.get("password").ok_or(Refused)?.to_owned(),
            ),
            (Some(_), _) => return Err(Refused),
            (None, Some(basic)) => basic.clone(),
            (None, None) => return Ok(None),
        };
        let user = find(&name)?;
        if user.password == password { Ok(Some(user)) } else { Err(Refused) }
    }

    fn tokens(&self, request: &Request, user: Option<&TokenUser>, scopes: &[String]) -> Value {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
        let access: Vec<Value> = scopes
            .iter()
            .filter_map(|scope| grant(user, scope))
            .filter(|grant| grant["actions"] != json!([]))
            .collect();
        let token = self.signer.sign(&json!({
            "iss": ISSUER,
            "sub": user.map_or("", |user| user.name.as_str()),
            "aud": SERVICE,
            "iat": now,
            "nbf": now.saturating_sub(10),
            "exp": now + self.lifetime.as_secs(),
            "jti": random_hex(),
            "access": access,
        }));
        let mut answer = json!({ "access_token": token, "expires_in": self.lifetime.as_secs() });
        if request.method == "POST" {
            answer["scope"] = json!(scopes.join(" "));
        } else {
            answer["token"] = answer["access_token"].clone();
        }
        let is_offline = request.get("offline_token") == Some("true")
            || request.get("access_type") == Some("offline");
        if let Some(user) = user.filter(|_| is_offline) {
            let refresh_token = random_hex();
            let mut owners = self.refresh_tokens.lock().unwrap_or_else(PoisonError::into_inner);
            owners.insert(refresh_token.clone(), user.name.clone());
            answer["refresh_token"] = json!(refresh_token);
        }
        answer
    }
}

/// A wrong password, or none where one is needed.
#[derive(Debug)]
struct Refused;

/// The entry of a token for one scope, `type:name:action,action`. A name may hold colons: it can have a port.
fn grant(user: Option<&TokenUser>, scope: &str) -> Option<Value> {
    let (kind, rest) = scope.split_once(':')?;
    let (name, actions) = rest.rsplit_once(':')?;
    let wanted: Vec<&str> = actions.split(',').collect();
    let user = user?;
    let granted = match kind {
        "repository" => user.granted(name, &wanted),
        // The catalog, for those who may do everything.
        "registry" if user.grants.iter().any(|grant| *grant == (Actions::All, String::new())) => {
            wanted.iter().map(|action| (*action).to_owned()).collect()
        }
        _ => Vec::new(),
    };
    Some(json!({ "type": kind, "name": name, "actions": granted }))
}

/// Signs with ES256 and shows its certificate in the header (`x5c`): 2.8.2 and 3.1.2 both read that.
#[derive(Debug)]
struct Signer {
    key: EcdsaKeyPair,
    header: String,
}

impl Signer {
    /// A new key, and its self-signed certificate as PEM.
    fn new() -> io::Result<(Self, String)> {
        let pair = rcgen::KeyPair::generate().map_err(io::Error::other)?;
        let certificate = rcgen::CertificateParams::new(Vec::new())
            .and_then(|parameters| parameters.self_signed(&pair))
            .map_err(io::Error::other)?;
        let key = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &pair.serialize_der(),
            &SystemRandom::new(),
        )
        .map_err(|error| io::Error::other(error.to_string()))?;
        let header =
            json!({ "typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(certificate.der())] });
        Ok((Self { key, header: encode(&header) }, certificate.pem()))
    }

    fn sign(&self, claims: &Value) -> String {
        let text = format!("{}.{}", self.header, encode(claims));
        let signature = self
            .key
            .sign(&SystemRandom::new(), text.as_bytes())
            .expect("signing needs nothing but random numbers");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn random_hex() -> String {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).expect("the system has random numbers");
    format!("{:032x}", u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
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
        let request = format!(
            "POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
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
        assert_eq!(
            seen.iter().map(|request| request.status).collect::<Vec<_>>(),
            [200, 401, 401, 200]
        );
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
            let Some(registry) = RegistryOptions::new(kind).auth(server.auth()).start_or_skip()
            else {
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
}
