//! Publishing charts: Harbor, ChartMuseum, a registry, Artifactory, a local directory.
//!
//! A [`ChartRepository`] finds a chart version, compares it by content, and publishes it under a policy for what is
//! there already. What a repository accepted is read back. Before the first write, [`ChartRepository::check_access`]
//! tells whether it would be let in; a Harbor that has no chart repository any more (2.8 and later) is recognized, and
//! its registry used instead.
//!
//! ```no_run
//! # async fn publish(archive: bytes::Bytes, metadata: String) -> Result<(), Box<dyn std::error::Error>> {
//! use chart_repository::{ChartRepository, ChartRepositoryOptions, Kind, OnConflict, PackagedChart};
//! use registry_client::{Client, NetworkOptions};
//!
//! let repository = ChartRepository::new(ChartRepositoryOptions {
//!     kind: Kind::Harbor,
//!     location: "https://10.16.10.111/chartrepo/release.daocloud.io".into(),
//!     client: Client::new(NetworkOptions::default())?,
//!     credential: None,
//!     describe: None,
//! })?;
//! let chart = PackagedChart::new(archive, metadata)?;
//! repository.check_access(chart.name()).await?;
//! let published = repository.publish(&chart, OnConflict::Fail).await?;
//! assert!(!published.location.helm_arguments(&published.version).is_empty());
//! # Ok(()) }
//! ```

mod address;
mod artifactory;
mod chart;
mod error;
#[cfg(test)]
mod fake;
mod harbor;
mod index;
mod index_decode;
mod index_entry;
mod index_file;
mod index_scan;
mod indexed;
mod jfrog;
mod local;
mod multipart;
mod registry;
mod remote;
mod repositories_file;
mod repository;
mod site;
mod timestamp;
mod version;
mod yaml;

pub use address::Kind;
pub use artifactory::{Artifactory, PackageType};
pub use chart::{Existing, Location, OnConflict, Outcome, PackagedChart, Published, decide};
pub use error::{Action, Error};
pub use harbor::{Detected, Harbor, Project, SystemInfo, Visibility};
pub use index::IndexError;
pub use index_entry::{IndexEntry, SkippedEntry};
pub use index_file::{ChooseError, IndexFault, IndexFile, IndexFileError, constraint_fault};
pub use local::DescribeArchive;
pub use repositories_file::{
    RepositoriesFile, RepositoriesFileError, RepositoriesLock, RepositoryEntry, write_atomically,
};
pub use repository::{Access, ChartRepository, ChartRepositoryOptions};
pub use timestamp::rfc3339_nano;
