//! Ferry's operations. Each goes through the same four stages, and data goes one way:
//!
//! ```text
//! options -> read everything -> plan (a value) -> execute (the same value) -> report (a value)
//! ```
//!
//! Nothing here prints, reads the environment, parses flags or exits.

mod checksum;
mod event;
mod inspect;
mod network;
mod open;
mod problem;
mod secret;
mod serve;
mod sync;
mod verify;

pub use event::{BlobOutcome, Event, Progress};
pub use inspect::{
    BundleReport, ChartSummary, ChecksumReport, InspectReport, InspectTotals, InspectedImage,
    inspect,
};
pub use oci::{
    Compat, Digest, Platform, PlatformError, Reference, Relocation, RelocationError,
    RelocationRules,
};
pub use problem::{Error, Phase, Problem, ProblemKind, Severity};
pub use registry_client::{
    HostPort, HostPortError, NetworkOptions, ProxyOptions, RetryPolicy, Scheme,
};
pub use secret::{Credentials, Secret};
pub use serve::{ServeOptions, ServedAt, TlsFiles, serve};
pub use sync::options::{
    ChartFilter, ChartTarget, ChartTargetKind, ConflictPolicy, RegistryKind, RegistryTarget,
    Selection, SyncOptions,
};
pub use sync::report::{
    ChartAction, ChartReport, ImageAction, ImageReport, SyncReport, Totals, ValueEdit,
};
pub use sync::sync;
pub use verify::{ChecksumOutcome, VerifyReport, verify};
