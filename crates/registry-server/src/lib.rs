//! The embedded registry and chart repository: distribution API 1.1, ChartMuseum's API and Harbor's chart paths over
//! HTTP/1.1, served from any [`Store`].
//!
//! [`FileStore`] keeps what is pushed in a directory; [`ContentStore`] serves what an [`oci::Source`] holds, such as a
//! package that is not unpacked. What a chart says about itself is read by the caller ([`ChartReader`]): nothing here
//! opens a chart.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! let store = registry_server::FileStore::open("registry".as_ref())?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:5000").await?;
//! let options = registry_server::ServerOptions::default();
//! let server = registry_server::serve(listener, Arc::new(store), options).await?;
//! println!("listening at {}", server.local_addr());
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod access;
mod auth;
mod blocking;
mod body;
mod chart;
mod connection;
mod distribution;
mod error;
mod intake;
mod options;
mod query;
mod range;
mod reply;
mod request;
mod route;
mod server;
mod service;
mod session;
mod store;
mod timestamp;
mod tls;

pub use access::{AccessLog, AccessRecord};
pub use auth::User;
pub use chart::{ChartEntry, ChartReader, ChartRecord, Project, ProjectError};
pub use options::{AccessMode, Limits, ServerOptions};
pub use server::{Server, ServerError, serve};
pub use store::{
    Blob, ChartListing, ContentStore, ContentStoreError, FileStore, FileStoreError,
    ManifestListing, NewChart, NewManifest, OnExisting, RepositoryListing, Store, StoreError,
    StoredManifest, Upload, UploadId, WritableStore,
};
pub use tls::{TlsError, TlsIdentity};
