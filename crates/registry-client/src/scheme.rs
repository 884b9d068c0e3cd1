//! http or https, decided before anything secret is sent.
//!
//! A scheme the user wrote is used as it is, and a host on the plain-http list speaks http. Otherwise it is https, with
//! one exception: a loopback or RFC 1918 address whose port speaks no TLS may be spoken to in plain http. That is found
//! out with a TLS handshake, before any request. A port that speaks TLS is spoken to in TLS from then on: a certificate
//! that is refused is an error and never a reason to go without. A host behind a proxy is never tried this way.

use std::io;

use ::http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use url::Url;

use crate::connector::{ConnectError, TlsFailure};
use crate::tls::Trust;
use crate::{Client, Error, ErrorKind, HostPort};

/// The two schemes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain.
    Http,
    /// With TLS.
    Https,
}

/// Where a host is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Scheme, host and port; the path is `/`.
    pub url: Url,
    /// Nobody asked for http, and the port speaks nothing else. To be told to the user.
    pub fell_back_to_http: bool,
}

/// What a port turned out to speak.
enum Spoken {
    Tls,
    PlainHttp,
    /// Nothing listens on 443, and port 80 speaks http.
    PlainHttpOnDefaultPort,
}

impl Client {
    /// Decides how to speak to `host`. Only for a private host without an explicit scheme a connection is made.
    pub async fn origin(&self, host: &HostPort, explicit: Option<Scheme>) -> Result<Origin, Error> {
        let is_plain = || {
            let port = host.port().unwrap_or(80);
            self.options().plain_http.iter().any(|entry| entry.matches(host.host(), port))
        };
        let secure = base(Scheme::Https, host)?;
        let at = |scheme| Ok(Origin { url: base(scheme, host)?, fell_back_to_http: false });
        match explicit {
            Some(scheme) => return at(scheme),
            None if is_plain() => return at(Scheme::Http),
            None if !host.is_private() || self.is_proxied(&secure) => return at(Scheme::Https),
            None => {}
        }
        let policy = self.options().retry;
        let mut attempt = 1;
        loop {
            let error = match self.spoken(host).await {
                Ok(Spoken::Tls) => return at(Scheme::Https),
                Ok(Spoken::PlainHttp | Spoken::PlainHttpOnDefaultPort) => {
                    return Ok(Origin { url: base(Scheme::Http, host)?, fell_back_to_http: true });
                }
                Err(error) => {
                    let kind = error.kind();
                    Error::caused_by(kind, error)
                        .on(&Method::CONNECT, &secure)
                        .with_attempts(attempt)
                }
            };
            if !error.kind().is_transient() || attempt >= policy.attempts {
                return Err(error);
            }
            self.pause(&error, attempt, &policy).await;
            attempt += 1;
        }
    }

    fn is_proxied(&self, url: &Url) -> bool {
        url.as_str().parse().is_ok_and(|uri| self.connector().proxies().for_uri(&uri).is_some())
    }

    async fn spoken(&self, host: &HostPort) -> Result<Spoken, ConnectError> {
        let port = host.port().unwrap_or(443);
        let stream = match self.connector().tcp(host.host(), port).await {
            Ok(stream) => stream,
            Err(error) => {
                let is_default = host.port().is_none() && is_refused(&error);
                if is_default && self.speaks_http(host.host(), 80).await {
                    return Ok(Spoken::PlainHttpOnDefaultPort);
                }
                return Err(error);
            }
        };
        // The certificate is not looked at, so that no authorities need be read: the question is only whether TLS is
        // spoken. If it is, the first request looks at it.
        let handshake =
            self.connector().handshake(host.host(), Box::new(stream), Trust::Unverified);
        match handshake.await {
            Ok(_) => Ok(Spoken::Tls),
            Err(ConnectError::Tls(error)) => match TlsFailure::of(&error) {
                TlsFailure::NotTls => Ok(Spoken::PlainHttp),
                // Some servers hang up on what is no http. So do some on a handshake they do not like: ask again.
                TlsFailure::Closed if self.speaks_http(host.host(), port).await => {
                    Ok(Spoken::PlainHttp)
                }
                _ => Err(ConnectError::Tls(error)),
            },
            Err(error) => Err(error),
        }
    }

    /// Whether a port completes a TLS handshake.
    pub(crate) async fn speaks_tls(&self, host: &str, port: u16) -> bool {
        let Ok(stream) = self.connector().tcp(host, port).await else { return false };
        self.connector().handshake(host, Box::new(stream), Trust::Unverified).await.is_ok()
    }

    /// Whether a port answers a plain request without credentials, and not with 400, which is what a TLS port says.
    async fn speaks_http(&self, host: &str, port: u16) -> bool {
        let ask = async {
            let mut stream = self.connector().tcp(host, port).await.ok()?;
            let request =
                format!("GET /v2/ HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.ok()?;
            let mut start = [0; 12];
            stream.read_exact(&mut start).await.ok()?;
            Some(start)
        };
        let start = timeout(self.options().timeouts.connect, ask).await.ok().flatten();
        start.is_some_and(|start| start.starts_with(b"HTTP/1.") && &start[9..] != b"400")
    }
}

fn is_refused(error: &ConnectError) -> bool {
    matches!(error, ConnectError::Tcp { source, .. } if source.kind() == io::ErrorKind::ConnectionRefused)
}

fn base(scheme: Scheme, host: &HostPort) -> Result<Url, Error> {
    let scheme = match scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    Url::parse(&format!("{scheme}://{host}/"))
        .map_err(|error| Error::caused_by(ErrorKind::InvalidRequest, error).about(host))
}
