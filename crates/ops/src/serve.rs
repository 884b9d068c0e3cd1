//! `serve`: an OCI registry and chart repository over a directory, or read-only straight from a package.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use helm::Chart;
use oci::{Content, Descriptor, Digest, Memory, Reference, Source, SourceError, Tag};
use registry_server::{
    AccessLog, AccessMode, ChartEntry, ChartListing, ChartRecord, ContentStore, FileStore,
    FileStoreError, ManifestListing, Project, RepositoryListing, ServerOptions, Store, TlsIdentity,
    User,
};

use crate::inspect::given;
use crate::open::{Opened, open_for_serving};
use crate::problem::{Error, Phase, Problem, ProblemKind, chain};
use crate::secret::Credentials;
use crate::sync::decide::Wanted;

/// What `serve` is asked to do.
#[derive(Clone)]
pub struct ServeOptions {
    /// A directory of the registry's own (created when missing), or a package.
    pub path: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Who is let in; `None`: everyone.
    pub credentials: Option<Credentials>,
    /// Certificate and key for TLS.
    pub tls: Option<TlsFiles>,
    /// Refuse every write. A package is always read-only.
    pub read_only: bool,
    /// Told about each request: method, path, status, bytes received, bytes sent.
    pub access_log: Option<AccessLog>,
}

/// PEM files.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate and its chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Where and what is served.
#[derive(Clone, Debug)]
pub struct ServedAt {
    /// The address; the port is real even when 0 was asked for.
    pub address: SocketAddr,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Whether a package is served, and not a directory.
    pub is_package: bool,
    /// What is wrong with the package.
    pub notes: Vec<Problem>,
}

/// Serves until `shutdown` resolves. `ready` is called once, when requests are answered.
pub async fn serve(
    options: ServeOptions,
    ready: impl FnOnce(ServedAt),
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let tls = options.tls.as_ref().map(read_identity).transpose()?;
    let (store, notes, is_package) = open_store(&options.path).await?;
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .map_err(|error| failed(ProblemKind::ListenFailed, options.listen.to_string(), &error))?;
    let server_options = ServerOptions {
        users: options
            .credentials
            .iter()
            .map(|c| User::new(&c.username, c.password.expose()))
            .collect(),
        tls,
        access: if options.read_only || is_package {
            AccessMode::ReadOnly
        } else {
            AccessMode::ReadWrite
        },
        chart_reader: Some(Arc::new(read_chart)),
        access_log: options.access_log.clone(),
        ..ServerOptions::default()
    };
    let server = registry_server::serve(listener, store, server_options)
        .await
        .map_err(|error| failed(ProblemKind::ListenFailed, options.listen.to_string(), &error))?;
    ready(ServedAt { address: server.local_addr(), tls: options.tls.is_some(), is_package, notes });
    shutdown.await;
    server.shutdown().await;
    Ok(())
}

fn failed(kind: ProblemKind, subject: String, error: &(dyn std::error::Error + 'static)) -> Error {
    Error::new(Phase::Serve, Problem::error(kind, subject, chain(error)))
}

fn read_identity(files: &TlsFiles) -> Result<TlsIdentity, Error> {
    let read = |path: &Path| {
        std::fs::read(path)
            .map_err(|error| failed(ProblemKind::LocalIo, path.display().to_string(), &error))
    };
    let (certificate, key) = (read(&files.certificate)?, read(&files.key)?);
    Ok(TlsIdentity::from_pem(certificate, key))
}

type OpenStore = (Arc<dyn Store>, Vec<Problem>, bool);

/// A directory that holds a package is a package; any other directory is the registry's own.
async fn open_store(path: &Path) -> Result<OpenStore, Error> {
    if path.is_file() || (path.is_dir() && !FileStore::is_store(path)) {
        match open_for_serving(path).await {
            Ok(opened) => {
                let (store, notes) = package_store(&opened)?;
                return Ok((Arc::new(store), notes, true));
            }
            // An empty directory becomes a registry. A damaged package does not: the damage is told.
            Err(error) if path.is_dir() && is_empty(&error) => {}
            Err(error) => return Err(error),
        }
    }
    if !path.exists() && looks_like_package(path) {
        let problem = Problem::error(ProblemKind::PackageNotFound, path.display().to_string(), "");
        return Err(Error::new(Phase::Read, problem));
    }
    let store = FileStore::open(path).map_err(|error| {
        let kind = match error {
            FileStoreError::Busy { .. } => ProblemKind::Locked,
            _ => ProblemKind::StoreUnusable,
        };
        failed(kind, path.display().to_string(), &error)
    })?;
    Ok((Arc::new(store), Vec::new(), false))
}

/// A mistyped package must not become an empty registry.
fn looks_like_package(path: &Path) -> bool {
    let extension = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    extension.is_some_and(|extension| {
        ["tar", "tgz", "gz", "zst"].iter().any(|known| extension == *known)
    })
}

fn is_empty(error: &Error) -> bool {
    error.problems.iter().all(|problem| problem.kind == ProblemKind::NothingFound)
}

/// What a chart that is uploaded says about itself.
fn read_chart(archive: &[u8]) -> Result<ChartEntry, String> {
    Chart::from_archive(archive).map(|chart| chart_entry(&chart)).map_err(|error| chain(&error))
}

fn chart_entry(chart: &Chart) -> ChartEntry {
    ChartEntry {
        name: chart.name().into(),
        version: chart.version().into(),
        app_version: given(&chart.metadata.app_version),
        description: given(&chart.metadata.description),
        api_version: chart.metadata.api_version.clone(),
        metadata: serde_json::from_slice(chart.metadata.to_json().as_bytes()).unwrap_or_default(),
    }
}

/// The images of a package. Each is listed under its full name, `release.daocloud.io/kairship/a`, which a prefixed
/// reference asks for, and answers to the one without its registry too, which a mirror is asked for.
fn package_store(opened: &Opened) -> Result<(ContentStore, Vec<Problem>), Error> {
    let path = opened.package.path().display().to_string();
    let mut notes = opened.problems.clone();
    let (mut memory, mut charts) = (Memory::default(), Vec::new());
    let mut shelf = Shelf::default();
    for (bundle, chart) in opened.bundles() {
        for image in &bundle.images {
            notes.extend(image.names.iter().filter_map(|name| shelf.add(name, image).err()));
        }
        if let Some(chart) = chart {
            let fail = |error| failed(ProblemKind::ChartInvalid, bundle.origin.clone(), &error);
            charts.push(listing(bundle, chart, &mut memory).map_err(fail)?);
        }
    }
    Error::check(Phase::Read, &notes)?;
    let source = Arc::new(PackageAndMemory { package: Arc::clone(&opened.package) as _, memory });
    let store = ContentStore::new(source, shelf.listings(), charts)
        .map_err(|error| failed(ProblemKind::ManifestInvalid, path, &error))?;
    Ok((store, notes))
}

/// What is behind each tag, by full repository name.
#[derive(Default)]
struct Shelf(BTreeMap<String, Repository>);

#[derive(Default)]
struct Repository {
    short_name: String,
    tags: BTreeMap<Tag, Wanted>,
}

impl Shelf {
    /// Adds an image under a name. The same name in several packages is one image with all their platforms.
    fn add(&mut self, name: &str, image: &bundle::Image) -> Result<(), Problem> {
        let invalid = |detail: String| Problem::error(ProblemKind::ManifestInvalid, name, detail);
        if !name.contains(['/', ':', '@']) {
            return Err(invalid("it is only a tag, not a name".into()));
        }
        let reference: Reference = name.parse().map_err(|error| invalid(chain(&error)))?;
        let (Some(tag), Some(wanted)) = (reference.tag(), Wanted::of(image, None)) else {
            return Err(Problem::warning(
                ProblemKind::MemberIgnored,
                name,
                "it has no tag and is not served",
            ));
        };
        // A port's colon cannot be in a repository.
        let full_name = reference.without_identifier().replace(':', "_");
        let repository = self.0.entry(full_name).or_default();
        reference.repository().clone_into(&mut repository.short_name);
        match repository.tags.entry(tag.clone()) {
            Entry::Vacant(free) => {
                free.insert(wanted);
                Ok(())
            }
            Entry::Occupied(mut known) => known.get_mut().join(wanted).map_err(|rival| {
                let detail = format!(
                    "the package has it twice, with different content ({})",
                    rival.descriptor.digest
                );
                Problem::error(ProblemKind::Collision, name, detail)
            }),
        }
    }

    fn listings(self) -> Vec<RepositoryListing> {
        // Two registries with one path: the short name belongs to the first.
        let mut taken = BTreeSet::new();
        let listing = |(name, repository): (String, Repository)| {
            let is_free = taken.insert(repository.short_name.clone());
            let aliases = is_free.then_some(repository.short_name).into_iter().collect();
            let mut listing = RepositoryListing { name, aliases, ..RepositoryListing::default() };
            for (tag, wanted) in repository.tags {
                let root = wanted.root();
                listing.tags.insert(tag, Digest::of(root.raw()));
                listing.manifests.push(ManifestListing {
                    media_type: root.media_type().into(),
                    raw: root.raw().clone(),
                });
                listing.manifests.extend(wanted.manifests.into_iter().map(|built| {
                    ManifestListing { media_type: built.descriptor.media_type, raw: built.raw }
                }));
            }
            listing
        };
        self.0.into_iter().map(listing).collect()
    }
}

/// A chart for the chart repository. Loose files are packed the same way every time.
fn listing(
    bundle: &bundle::Bundle,
    chart: &Chart,
    memory: &mut Memory,
) -> Result<ChartListing, relocate::RelocateError> {
    let archive = match &bundle.chart {
        Some(bundle::ChartContent::Archive(file)) => file.bytes.clone(),
        _ => relocate::package(chart)?.into(),
    };
    let descriptor = Descriptor::of(oci::media_type::HELM_CHART, &archive);
    memory.insert(archive);
    let record = ChartRecord {
        entry: chart_entry(chart),
        archive: descriptor,
        provenance: None,
        created: "1970-01-01T00:00:00Z".into(),
    };
    Ok(ChartListing { project: Project::default(), record })
}

/// Charts are in memory, everything else is in the package.
struct PackageAndMemory {
    package: Arc<dyn Source>,
    memory: Memory,
}

impl Source for PackageAndMemory {
    fn fetch(&self, descriptor: &Descriptor) -> Result<Content, SourceError> {
        self.memory.fetch(descriptor).or_else(|_| self.package.fetch(descriptor))
    }
}
