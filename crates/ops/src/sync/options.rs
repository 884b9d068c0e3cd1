//! What `sync` is asked to do.

use std::path::PathBuf;

use oci::Platform;
use registry_client::{NetworkOptions, Scheme};

use crate::secret::Credentials;

/// Everything `sync` needs to know. Made by the command line from flags, configuration file and environment; nothing
/// below looks at those again.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are the command line's switches")]
pub struct SyncOptions {
    /// Packages, or directories of them.
    pub packages: Vec<PathBuf>,
    /// Where images go. `None` only together with [`Self::skip_images`].
    pub registry: Option<RegistryTarget>,
    /// Where charts go. `None`: images only.
    pub charts: Option<ChartTarget>,
    /// How references change.
    pub relocation: oci::Relocation,
    /// Which charts of the packages.
    pub selection: Selection,
    /// Only images of this platform; `None`: all that the package has.
    pub platform: Option<Platform>,
    /// Publish charts without looking at images.
    pub skip_images: bool,
    /// What to do with a tag or chart version that exists with other content.
    pub on_conflict: ConflictPolicy,
    /// Stop after the plan. Looked at in one place.
    pub dry_run: bool,
    /// Ask the registry for every blob, even below manifests that are there.
    pub deep: bool,
    /// Create missing projects (private) where the registry has an API for it.
    pub create_projects: bool,
    /// Uploads at a time.
    pub concurrency: usize,
    /// Where journals are kept.
    pub state_directory: PathBuf,
    /// Docker's `config.json`: where credentials are looked up that nobody gave.
    pub docker_config: Option<PathBuf>,
    /// TLS, proxies, retries; the same for registry and chart repository.
    pub network: NetworkOptions,
}

/// An OCI registry.
#[derive(Clone, Debug)]
pub struct RegistryTarget {
    /// `host` or `host:port`.
    pub host: String,
    /// `http` or `https` when the user wrote a URL; `None`: decided by looking (issue: scheme rule).
    pub scheme: Option<Scheme>,
    /// Who we are there. `None`: docker's `config.json`, else anonymous.
    pub credentials: Option<Credentials>,
    /// Which API can create projects.
    pub kind: RegistryKind,
}

/// What more than the distribution API a registry offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RegistryKind {
    /// Nothing.
    #[default]
    Plain,
    /// Harbor's projects.
    Harbor,
    /// JFrog Artifactory's repositories.
    Jfrog,
}

/// A chart repository.
#[derive(Clone, Debug)]
pub struct ChartTarget {
    /// How charts are put there.
    pub kind: ChartTargetKind,
    /// Its URL as the user wrote it; for [`ChartTargetKind::Local`] a path.
    pub url: String,
    /// Who we are there.
    pub credentials: Option<Credentials>,
}

/// The kinds of `target.repo.kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChartTargetKind {
    /// Harbor's `/chartrepo/<project>`, or OCI when this Harbor has none any more.
    Harbor,
    /// ChartMuseum.
    ChartMuseum,
    /// Any OCI registry.
    Oci,
    /// JFrog Artifactory.
    Jfrog,
    /// A directory with an `index.yaml`.
    Local,
}

/// Which charts of the packages are meant.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these; empty: all.
    pub charts: Vec<ChartFilter>,
    /// Not these.
    pub skip_charts: Vec<String>,
    /// Of each chart only the highest version.
    pub latest_only: bool,
}

/// One entry of `charts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartFilter {
    /// Chart name.
    pub name: String,
    /// Only these versions; empty: all.
    pub versions: Vec<String>,
    /// Publish the chart without its images.
    pub skip_images: bool,
}

/// What to do with something that exists with other content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ConflictPolicy {
    /// Refuse the whole plan.
    #[default]
    Fail,
    /// Replace it.
    Overwrite,
    /// Leave it and say so.
    Keep,
}
