//! Everything about the network that the user decides. Nothing here is read from the environment.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::{HostPort, RetryObserver, RetryPolicy, Secret};

/// How connections are made. All of it is per client; there is no process-wide state.
#[derive(Clone, Default)]
pub struct NetworkOptions {
    /// PEM files with certificates that are trusted beside the system's: authorities, and servers' own. One that may not
    /// sign others (no `CA:TRUE`) is trusted for the server that shows this very certificate.
    pub ca_files: Vec<PathBuf>,
    /// Hosts whose certificate is not verified.
    pub insecure: Vec<HostPort>,
    /// Hosts spoken to without TLS when the caller names no scheme.
    pub plain_http: Vec<HostPort>,
    /// Hosts that may be given a registry's credentials when its `WWW-Authenticate` sends us there for a token.
    pub token_hosts: Vec<HostPort>,
    /// Proxies.
    pub proxy: ProxyOptions,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// When to try again.
    pub retry: RetryPolicy,
    /// Told about every repetition.
    pub observer: Option<Arc<dyn RetryObserver>>,
    /// The `User-Agent`; `ferry/<version>` when empty.
    pub user_agent: String,
}

/// The values of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, with curl's meaning. Loopback hosts are never reached
/// through a proxy.
#[derive(Clone, Default)]
pub struct ProxyOptions {
    /// Proxy for `http://` URLs. May hold a password, hence the type.
    pub http: Option<Secret>,
    /// Proxy for `https://` URLs.
    pub https: Option<Secret>,
    /// Hosts, domains and networks reached directly, separated by commas.
    pub no_proxy: Option<String>,
}

/// Limits on waiting. There is none on the whole of a request: a 50 GB layer on a slow link is no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a TCP connection with its TLS handshake, per address.
    pub connect: Duration,
    /// For the next byte in either direction while a body is under way.
    pub idle: Duration,
    /// For the answer after the last byte of a request: a registry on slow storage moves a big blob before it
    /// answers.
    pub answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            idle: Duration::from_mins(1),
            answer: Duration::from_mins(5),
        }
    }
}

impl fmt::Debug for NetworkOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkOptions")
            .field("ca_files", &self.ca_files)
            .field("insecure", &self.insecure)
            .field("plain_http", &self.plain_http)
            .field("token_hosts", &self.token_hosts)
            .field("proxy", &self.proxy)
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ProxyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyOptions")
            .field("http", &self.http)
            .field("https", &self.https)
            .field("no_proxy", &self.no_proxy)
            .finish()
    }
}
