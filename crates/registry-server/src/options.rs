//! How a server behaves.

use std::time::Duration;

use crate::access::AccessLog;
use crate::auth::User;
use crate::chart::ChartReader;
use crate::tls::TlsIdentity;

/// How a server behaves. The default lets everyone in over plain HTTP and takes no charts through the chart
/// repository's API, since nobody tells it how to read one.
#[derive(Clone, Default)]
pub struct ServerOptions {
    /// Who is let in. Empty: everyone.
    pub users: Vec<User>,
    /// The certificate to show. `None`: plain HTTP.
    pub tls: Option<TlsIdentity>,
    /// What may be done.
    pub access: AccessMode,
    /// Reads charts that are uploaded to the chart repository.
    pub chart_reader: Option<ChartReader>,
    /// Is told about every request.
    pub access_log: Option<AccessLog>,
    /// What clients may ask for.
    pub limits: Limits,
}

impl std::fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerOptions")
            .field("users", &self.users)
            .field("tls", &self.tls)
            .field("access", &self.access)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// What may be done with a registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccessMode {
    /// Everything that the store can do.
    #[default]
    ReadWrite,
    /// Reading.
    ReadOnly,
}

/// Bounds on what clients may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time; further ones wait.
    pub connections: usize,
    /// Size of a chart archive and its provenance file together, in bytes.
    pub chart_size: u64,
    /// How long a connection may be silent: before a request, within its body, or while a reply waits to be taken.
    pub idle: Duration,
    /// How long an unfinished upload is kept after its last byte.
    pub upload_age: Duration,
    /// How long a shutdown waits for requests that are under way.
    pub shutdown: Duration,
}

impl Default for Limits {
    /// 1024 connections, charts up to 64 MiB, two minutes of silence (longer than clients keep idle connections, so
    /// that they close them and no request meets a closed one), uploads kept for a day, ten seconds for a shutdown.
    fn default() -> Self {
        Self {
            connections: 1024,
            chart_size: 64 << 20,
            idle: Duration::from_mins(2),
            upload_age: Duration::from_hours(24),
            shutdown: Duration::from_secs(10),
        }
    }
}
