//! From a URL to a connection: DNS, TCP, proxy, TLS.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::Uri;
use hyper_util::rt::TokioIo;
use rustls::InvalidMessage;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::dns::Resolver;
use crate::error::BoxError;
use crate::host::normal_host;
use crate::proxy::{Proxies, tunnel};
use crate::tls::{Tls, Trust};
use crate::wire::{Stream, Wire};
use crate::{Error, ErrorKind, HostPort, NetworkOptions};

/// Makes connections for the pool. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Shared>);

struct Shared {
    resolver: Resolver,
    tls: Tls,
    insecure: Vec<HostPort>,
    proxies: Proxies,
    connect_timeout: Duration,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("`{host}` cannot be resolved")]
    Resolve { host: String, is_final: bool, source: BoxError },
    #[error("cannot connect to {address}")]
    Tcp { address: SocketAddr, source: io::Error },
    #[error("`{0}` has no address")]
    NoAddress(String),
    #[error("no connection to {0} within {1:?}")]
    Timeout(String, Duration),
    #[error("the TLS handshake failed")]
    Tls(#[source] io::Error),
    #[error("the TLS settings cannot be used")]
    Settings(#[source] rustls::Error),
    #[error("the proxy did not open a tunnel: {0}")]
    Proxy(String),
    #[error("the connection to the proxy failed")]
    ToProxy(#[source] Box<ConnectError>),
    #[error("`{0}` cannot be connected to")]
    BadUrl(String),
}

impl ConnectError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Resolve { is_final: true, .. } | Self::NoAddress(_) => ErrorKind::Dns,
            Self::Resolve { .. } => ErrorKind::DnsUnavailable,
            Self::Tcp { .. } | Self::Timeout(..) => ErrorKind::Unreachable,
            Self::Tls(error) => match TlsFailure::of(error) {
                TlsFailure::NotTls => ErrorKind::SpeaksPlainHttp,
                TlsFailure::Untrusted => ErrorKind::TlsUntrusted,
                TlsFailure::Disagreement => ErrorKind::TlsHandshake,
                TlsFailure::Closed => ErrorKind::ConnectionLost,
            },
            Self::Settings(_) => ErrorKind::Configuration,
            Self::Proxy(_) | Self::ToProxy(_) => ErrorKind::Proxy,
            Self::BadUrl(_) => ErrorKind::InvalidRequest,
        }
    }
}

/// A [`ConnectError`] that can be taken out of the pool's error, which only lends its source.
#[derive(Clone, Debug)]
pub(crate) struct Failure(Arc<ConnectError>);

impl Failure {
    pub(crate) fn kind(&self) -> ErrorKind {
        self.0.kind()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// What a failed handshake says about the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlsFailure {
    /// The answer is no TLS record.
    NotTls,
    /// TLS, with a certificate that is refused.
    Untrusted,
    /// TLS, and no agreement.
    Disagreement,
    /// The connection was closed without a word: either.
    Closed,
}

impl TlsFailure {
    pub(crate) fn of(error: &io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) => Self::NotTls,
            Some(rustls::Error::InvalidCertificate(_)) => Self::Untrusted,
            Some(_) => Self::Disagreement,
            None => Self::Closed,
        }
    }
}

impl Connector {
    pub(crate) fn new(options: &NetworkOptions) -> Result<Self, Error> {
        Ok(Self(Arc::new(Shared {
            resolver: Resolver::default(),
            tls: Tls::new(&options.ca_files)?,
            insecure: options.insecure.clone(),
            proxies: Proxies::new(&options.proxy)?,
            connect_timeout: options.timeouts.connect,
        })))
    }

    pub(crate) fn proxies(&self) -> &Proxies {
        &self.0.proxies
    }

    /// A TCP connection, trying the addresses in order.
    pub(crate) async fn tcp(&self, host: &str, port: u16) -> Result<TcpStream, ConnectError> {
        let limit = self.0.connect_timeout;
        let target = || format!("{host}:{port}");
        let addresses =
            timeout(limit, self.0.resolver.resolve(host, port)).await.map_err(|_| {
                ConnectError::Resolve {
                    host: host.to_owned(),
                    is_final: false,
                    source: "no answer in time".into(),
                }
            })??;
        let mut last = ConnectError::NoAddress(host.to_owned());
        for address in addresses {
            match timeout(limit, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    stream
                        .set_nodelay(true)
                        .map_err(|source| ConnectError::Tcp { address, source })?;
                    return Ok(stream);
                }
                Ok(Err(source)) => last = ConnectError::Tcp { address, source },
                Err(_) => last = ConnectError::Timeout(target(), limit),
            }
        }
        Err(last)
    }

    /// A TLS handshake over a stream, with the trust the user gave the host.
    pub(crate) async fn tls(
        &self,
        host: &str,
        port: u16,
        stream: Box<dyn Stream>,
    ) -> Result<Box<dyn Stream>, ConnectError> {
        let is_insecure = self.0.insecure.iter().any(|entry| entry.matches(host, port));
        let trust = if is_insecure { Trust::Unverified } else { Trust::Verified };
        self.handshake(host, stream, trust).await
    }

    /// A TLS handshake.
    pub(crate) async fn handshake(
        &self,
        host: &str,
        stream: Box<dyn Stream>,
        trust: Trust,
    ) -> Result<Box<dyn Stream>, ConnectError> {
        let limit = self.0.connect_timeout;
        let config = self.0.tls.config(trust).map_err(ConnectError::Settings)?;
        let name = ServerName::try_from(normal_host(host))
            .map_err(|_| ConnectError::BadUrl(host.to_owned()))?;
        match timeout(limit, TlsConnector::from(config).connect(name, stream)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(ConnectError::Tls(error)),
            Err(_) => Err(ConnectError::Timeout(format!("{host} (TLS handshake)"), limit)),
        }
    }

    async fn connect(self, uri: Uri) -> Result<Wire, ConnectError> {
        let (host, port, is_tls) = target(&uri)?;
        if let Some(proxy) = self.0.proxies.for_uri(&uri) {
            let stream = self.to_proxy(proxy.uri()).await?;
            if !is_tls {
                return Ok(Wire::to_proxy(stream));
            }
            let handshake = tunnel(stream, &host, port, proxy.basic_auth());
            let stream = timeout(self.0.connect_timeout, handshake)
                .await
                .map_err(|_| ConnectError::Proxy("no answer in time".to_owned()))??;
            return Ok(Wire::new(self.tls(&host, port, stream).await?));
        }
        let stream: Box<dyn Stream> = Box::new(self.tcp(&host, port).await?);
        let stream = if is_tls { self.tls(&host, port, stream).await? } else { stream };
        Ok(Wire::new(stream))
    }

    async fn to_proxy(&self, uri: &Uri) -> Result<Box<dyn Stream>, ConnectError> {
        let reach = async {
            let (host, port, is_tls) = target(uri)?;
            let stream: Box<dyn Stream> = Box::new(self.tcp(&host, port).await?);
            if is_tls { self.tls(&host, port, stream).await } else { Ok(stream) }
        };
        reach.await.map_err(|error| ConnectError::ToProxy(Box::new(error)))
    }
}

/// Host, port and whether TLS is wanted.
fn target(uri: &Uri) -> Result<(String, u16, bool), ConnectError> {
    let fail = || ConnectError::BadUrl(uri.host().unwrap_or_default().to_owned());
    let is_tls = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(fail()),
    };
    let host = uri.host().ok_or_else(fail)?.to_owned();
    Ok((host, uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 }), is_tls))
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Wire>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Wire>, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let wire = connector.connect(uri).await.map_err(|error| Failure(Arc::new(error)))?;
            Ok(TokioIo::new(wire))
        })
    }
}
