//! The distribution API over HTTP: authentication, resumable upload, mount, retry, TLS.
//!
//! Two levels. [`Client`] is HTTP with the rules an air-gapped site needs: names resolved without the C library, TLS
//! by rustls, trust and plain http decided per host, proxies handed in as values, redirects that never carry
//! credentials to another host, repetition with growing pauses. [`Registry`] and [`Repository`] are the OCI
//! distribution API 1.1 on top of it. Nothing is read from the environment and nothing is global to the process.
//!
//! ```no_run
//! # async fn push() -> Result<(), registry_client::Error> {
//! use registry_client::{Client, Credential, NetworkOptions, Registry, RegistryOptions};
//!
//! let client = Client::new(NetworkOptions::default())?;
//! let host = "10.16.10.111".parse().expect("a host");
//! let credential = Some(Credential::basic("admin", "…"));
//! let registry = Registry::open(&client, &host, RegistryOptions { credential, scheme: None }).await?;
//! let probe = registry.probe().await?;
//! assert!(!probe.fell_back_to_http);
//! let tags = registry.repository("kairship/manager")?.tags().await?;
//! # Ok(()) }
//! ```

mod auth;
mod blob;
mod body;
mod connector;
mod dns;
mod error;
mod host;
mod http;
mod options;
mod outflow;
mod proxy;
mod registry;
mod repository;
mod request;
mod response;
mod retry;
mod scheme;
mod secret;
mod session;
mod tls;
mod upload;
mod wire;

pub use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
pub use ::url::Url;
pub use auth::{AuthScheme, Credential, DockerConfig};
pub use body::{Body, ByteStream};
pub use error::{Error, ErrorKind};
pub use host::{HostPort, HostPortError};
pub use http::Client;
pub use options::{NetworkOptions, ProxyOptions, Timeouts};
pub use registry::{Probe, Registry, RegistryOptions};
pub use repository::{FetchedManifest, ManifestId, Mount, PushAccess, Repository};
pub use request::HttpRequest;
pub use response::HttpResponse;
pub use retry::{RetryObserver, RetryPolicy};
pub use scheme::{Origin, Scheme};
pub use secret::{RedactedUrl, Secret};
pub use session::{BlobPush, UploadObserver, UploadSession};
