//! Real registries as processes: docker-registry 2.8.2 and distribution 3.1.2, on loopback, over a directory.

mod authority;

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{Missing, Peer, find_peer};
pub use authority::{Authority, Identity, Validity};

/// The user that basic authentication lets in.
pub const USERNAME: &str = "admin";
/// The user's password: the one the runbook prints.
pub const PASSWORD: &str = "Harbor12345";
/// bcrypt of [`PASSWORD`], cost 5. The registries take no other hash.
const HTPASSWD: &str = "admin:$2y$05$ferryTestkitFixedSalt.sDH0JuAm4vvveDmmq5SUNzZKB8wkEXa\n";

/// Names of files in its directory.
const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";

/// A registry is ready in less than a second; ten times that is a failure.
const READY: Duration = Duration::from_secs(10);
/// Another process may take a port between our asking for it and the registry's binding it.
const ATTEMPTS: usize = 5;

/// Which registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistryKind {
    /// Debian's docker-registry, 2.8.2.
    Docker,
    /// distribution 3.1.2.
    Distribution,
}

impl RegistryKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Docker, Self::Distribution];

    /// The name to look it up with.
    pub fn peer_name(self) -> &'static str {
        match self {
            Self::Docker => "docker-registry",
            Self::Distribution => "registry@3.1.2",
        }
    }
}

/// Who may do what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RegistryAuth {
    /// Everyone everything.
    #[default]
    None,
    /// [`USERNAME`] with [`PASSWORD`] everything, no one else anything.
    Basic,
    /// Whoever brings a token.
    Token(TokenAuth),
}

/// Where tokens come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenAuth {
    /// The URL that gives tokens.
    pub realm: String,
    /// The audience of a token.
    pub service: String,
    /// Who signs it.
    pub issuer: String,
    /// PEM file with the certificate of the signing key; docker-registry wants one.
    pub certificate: Option<PathBuf>,
    /// JWKS file with the signing key, which only distribution reads.
    pub jwks: Option<PathBuf>,
}

/// How a registry is run.
#[derive(Clone, Debug)]
pub struct RegistryOptions {
    kind: RegistryKind,
    auth: RegistryAuth,
    deletion: bool,
    tls: Option<Identity>,
}

/// A registry that runs. It is stopped, and its content removed, when it is dropped.
#[derive(Debug)]
pub struct Registry {
    child: Child,
    address: SocketAddr,
    directory: TempDir,
}

impl RegistryOptions {
    /// Open to all, with deletion enabled.
    pub fn new(kind: RegistryKind) -> Self {
        Self { kind, auth: RegistryAuth::None, deletion: true, tls: None }
    }

    /// Asks for credentials.
    #[must_use]
    pub fn auth(mut self, auth: RegistryAuth) -> Self {
        self.auth = auth;
        self
    }

    /// Speaks https, and nothing else, with this certificate.
    #[must_use]
    pub fn tls(mut self, identity: Identity) -> Self {
        self.tls = Some(identity);
        self
    }

    /// Answers 405 to every DELETE, as registries do unless told otherwise.
    #[must_use]
    pub fn without_deletion(mut self) -> Self {
        self.deletion = false;
        self
    }

    /// Starts the registry. The inner error is about a program that is there and does not work.
    pub fn start(&self) -> Result<io::Result<Registry>, Missing> {
        let peer = find_peer(self.kind.peer_name())?;
        Ok(self.start_peer(&peer))
    }

    /// Starts the registry, or skips the test (under `CI=true`: fails it) when the program is missing.
    pub fn start_or_skip(&self) -> Option<Registry> {
        let peer = crate::peer_or_skip(self.kind.peer_name())?;
        Some(
            self.start_peer(&peer)
                .unwrap_or_else(|error| panic!("{} does not start: {error}", peer.name)),
        )
    }

    fn start_peer(&self, peer: &Peer) -> io::Result<Registry> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match self.try_start(peer) {
                Ok(registry) => return Ok(registry),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("there was an attempt"))
    }

    fn try_start(&self, peer: &Peer) -> io::Result<Registry> {
        let directory = tempfile::Builder::new().prefix("ferry-registry-").tempdir()?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let config = directory.path().join("config.yml");
        fs::write(&config, self.config(address, directory.path()))?;
        fs::write(directory.path().join("htpasswd"), HTPASSWD)?;
        if let Some(identity) = &self.tls {
            fs::write(directory.path().join(CERTIFICATE), &identity.certificate)?;
            fs::write(directory.path().join(KEY), &identity.key)?;
        }
        let log = File::create(directory.path().join("log"))?;
        let child = Command::new(&peer.path)
            .arg("serve")
            .arg(&config)
            .env_clear()
            .env("HOME", directory.path())
            .env("OTEL_TRACES_EXPORTER", "none")
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut registry = Registry { child, address, directory };
        registry.wait_until_ready()?;
        Ok(registry)
    }

    /// The configuration: JSON is YAML, so no path or URL needs a thought about quotes.
    fn config(&self, address: SocketAddr, directory: &Path) -> String {
        let mut config = serde_json::json!({
            "version": 0.1,
            "log": {"accesslog": {"disabled": false}, "level": "info", "formatter": "text"},
            "storage": {
                "filesystem": {"rootdirectory": directory.join("storage")},
                "delete": {"enabled": self.deletion},
                "maintenance": {"uploadpurging": {"enabled": false}},
            },
            "http": {"addr": address.to_string(), "secret": "of no use to anyone"},
        });
        if self.tls.is_some() {
            config["http"]["tls"] = serde_json::json!({
                "certificate": directory.join(CERTIFICATE),
                "key": directory.join(KEY),
            });
        }
        match &self.auth {
            RegistryAuth::None => {}
            RegistryAuth::Basic => {
                config["auth"] = serde_json::json!({
                    "htpasswd": {"realm": "ferry-testkit", "path": directory.join("htpasswd")},
                });
            }
            RegistryAuth::Token(token) => {
                let mut section = serde_json::json!({
                    "realm": token.realm,
                    "service": token.service,
                    "issuer": token.issuer,
                });
                if let Some(certificate) = &token.certificate {
                    section["rootcertbundle"] = serde_json::json!(certificate);
                }
                if let (Some(jwks), RegistryKind::Distribution) = (&token.jwks, self.kind) {
                    section["jwks"] = serde_json::json!(jwks);
                }
                config["auth"] = serde_json::json!({"token": section});
            }
        }
        config.to_string()
    }
}

impl Registry {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `127.0.0.1:port`, as it is named in a reference.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The root of its filesystem storage: blobs are under `docker/registry/v2`.
    pub fn storage(&self) -> PathBuf {
        self.directory.path().join("storage")
    }

    /// Everything it wrote so far: its own messages and the access log, one line for each request.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// The requests in the access log, as `METHOD /path`, in the order they were answered.
    pub fn requests(&self) -> Vec<String> {
        let log = self.log();
        // Combined log format: … "METHOD /path HTTP/1.1" status size …
        log.lines()
            .filter_map(|line| {
                let request = line.split('"').nth(1)?;
                let (request, protocol) = request.rsplit_once(' ')?;
                protocol.starts_with("HTTP/").then(|| request.to_owned())
            })
            .collect()
    }

    /// Uploads that were begun and neither finished nor given up: their directories in the storage.
    pub fn unfinished_uploads(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut pending = vec![self.storage()];
        while let Some(directory) = pending.pop() {
            let entries = fs::read_dir(&directory).into_iter().flatten().flatten();
            for path in entries.map(|entry| entry.path()).filter(|path| path.is_dir()) {
                if directory.ends_with("_uploads") {
                    found.push(path);
                } else {
                    pending.push(path);
                }
            }
        }
        found
    }

    /// Ends it now. Dropping does the same.
    pub fn stop(self) {}

    fn wait_until_ready(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + READY;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Err(io::Error::other(format!("it ended with {status}\n{}", self.log())));
            }
            if self.answers() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(io::Error::new(io::ErrorKind::TimedOut, self.log()));
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn answers(&self) -> bool {
        let ask = || -> io::Result<String> {
            let mut stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(1))?;
            stream.set_read_timeout(Some(Duration::from_secs(2)))?;
            stream.write_all(b"GET /v2/ HTTP/1.0\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        // With TLS it says that this was no https: it listens, which is what is asked here.
        let signs = ["docker-distribution-api-version", "http request to an https server"];
        ask().is_ok_and(|answer| signs.iter().any(|sign| answer.to_lowercase().contains(sign)))
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // Errors mean that it has ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests;
