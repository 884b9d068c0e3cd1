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

mod request;
mod token;

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::registry::{RegistryAuth, TokenAuth};
use request::Request;
use token::{Signer, random_hex};

/// What the registry calls itself in its challenge.
pub const SERVICE: &str = "ferry-testkit-registry";
/// Who the tokens say they are from.
pub const ISSUER: &str = "ferry-testkit-tokens";

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

#[cfg(test)]
mod tests;
