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
    FileStoreError, ManifestListing, Project, RepositoryListing, ServerError, ServerOptions, Store,
    TlsError, TlsIdentity, User,
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
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub struct ServedAt {
    /// The address; the port is real even when 0 was asked for.
    pub address: SocketAddr,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Whether it asks for a user name and a password.
    pub auth: bool,
    /// What is served: [`ServeOptions::path`].
    pub path: PathBuf,
    /// Whether that is a package, and not a directory.
    pub is_package: bool,
    /// Whether every write is refused.
    pub read_only: bool,
    /// Names of images: repositories with a tag.
    pub images: usize,
    /// Versions of charts.
    pub charts: usize,
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
    let shop = open_store(&options).await?;
    let read_only = options.read_only || shop.is_package;
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .map_err(|error| failed(ProblemKind::ListenFailed, options.listen.to_string(), &error))?;
    let server_options = ServerOptions {
        users: options.credentials.iter().map(user).collect(),
        tls,
        access: if read_only { AccessMode::ReadOnly } else { AccessMode::ReadWrite },
        chart_reader: Some(Arc::new(read_chart)),
        access_log: options.access_log.clone(),
        ..ServerOptions::default()
    };
    let server = registry_server::serve(listener, shop.store, server_options)
        .await
        .map_err(|error| start_error(&options, &error))?;
    ready(ServedAt {
        address: server.local_addr(),
        tls: options.tls.is_some(),
        auth: options.credentials.is_some(),
        path: options.path,
        is_package: shop.is_package,
        read_only,
        images: shop.images,
        charts: shop.charts,
        notes: shop.notes,
    });
    shutdown.await;
    server.shutdown().await;
    Ok(())
}

fn user(credentials: &Credentials) -> User {
    User::new(&credentials.username, credentials.password.expose())
}

fn failed(kind: ProblemKind, subject: String, error: &(dyn std::error::Error + 'static)) -> Error {
    Error::new(Phase::Serve, Problem::error(kind, subject, chain(error)))
}

fn identity_error(file: String, error: &(dyn std::error::Error + 'static)) -> Error {
    let problem = Problem::error(ProblemKind::ServerIdentityInvalid, file, chain(error));
    Error::new(Phase::Configure, problem)
}

/// Why the server does not start although the address is ours.
fn start_error(options: &ServeOptions, error: &ServerError) -> Error {
    let kind = match (error, &options.tls) {
        (ServerError::Tls(fault), Some(TlsFiles { certificate, key })) => {
            let file = match fault {
                TlsError::Certificate(_) | TlsError::NoCertificate => {
                    certificate.display().to_string()
                }
                TlsError::Key(_) => key.display().to_string(),
                _ => format!("{}, {}", certificate.display(), key.display()),
            };
            return identity_error(file, fault);
        }
        (ServerError::Store(_), _) => {
            let path = options.path.display().to_string();
            return failed(ProblemKind::StoreUnusable, path, error);
        }
        _ => ProblemKind::ListenFailed,
    };
    failed(kind, options.listen.to_string(), error)
}

fn read_identity(files: &TlsFiles) -> Result<TlsIdentity, Error> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|error| identity_error(path.display().to_string(), &error))
    };
    let (certificate, key) = (read(&files.certificate)?, read(&files.key)?);
    Ok(TlsIdentity::from_pem(certificate, key))
}

/// What is served, and how much of it there is.
struct Shop {
    store: Arc<dyn Store>,
    is_package: bool,
    images: usize,
    charts: usize,
    notes: Vec<Problem>,
}

/// A directory that holds a package is a package; any other directory is the registry's own.
async fn open_store(options: &ServeOptions) -> Result<Shop, Error> {
    let path = &options.path;
    if path.is_file() || (path.is_dir() && !FileStore::is_store(path)) {
        match open_for_serving(path).await {
            Ok(opened) => return package_store(&opened),
            // An empty directory becomes a registry. A damaged package does not: the damage is told.
            Err(error) if path.is_dir() && is_empty(&error) && !options.read_only => {}
            Err(error) => return Err(error),
        }
    }
    if !path.exists() && looks_like_package(path) {
        let problem = Problem::error(ProblemKind::PackageNotFound, path.display().to_string(), "");
        return Err(Error::new(Phase::Read, problem));
    }
    let open = if options.read_only { FileStore::open_to_read } else { FileStore::open };
    let store = open(path).map_err(|error| {
        let kind = match error {
            FileStoreError::Busy { .. } => ProblemKind::Locked,
            _ => ProblemKind::StoreUnusable,
        };
        failed(kind, path.display().to_string(), &error)
    })?;
    let (images, charts) = (images_in(&store), charts_in(&store, path));
    Ok(Shop { store: Arc::new(store), is_package: false, images, charts, notes: Vec::new() })
}

/// How many names the store has for images. What cannot be read now is told to whoever asks for it.
fn images_in(store: &FileStore) -> usize {
    let repositories = store.repositories().unwrap_or_default();
    repositories.iter().map(|name| store.tags(name).map_or(0, |tags| tags.len())).sum()
}

/// How many charts the store has. Its projects are the directories below `charts`.
fn charts_in(store: &FileStore, root: &Path) -> usize {
    let directories = std::fs::read_dir(root.join("charts")).into_iter().flatten().flatten();
    let projects =
        directories.filter_map(|entry| entry.file_name().to_str()?.parse::<Project>().ok());
    let charts = |project: &Project| store.charts(project).map_or(0, |charts| charts.len());
    projects.chain([Project::root()]).map(|project| charts(&project)).sum()
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
fn package_store(opened: &Opened) -> Result<Shop, Error> {
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
    let (listings, count) = (shelf.listings(), charts.len());
    let images = listings.iter().map(|listing| listing.tags.len()).sum();
    let store = ContentStore::new(source, listings, charts)
        .map_err(|error| failed(ProblemKind::ManifestInvalid, path, &error))?;
    Ok(Shop { store: Arc::new(store), is_package: true, images, charts: count, notes })
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
