//! `push`: a packed chart to a registry, as helm does, or to a ChartMuseum or Harbor chart repository, which helm
//! cannot.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use chart_repository::{
    ChartRepository, ChartRepositoryOptions, Kind, OnConflict, PackagedChart, rfc3339_nano,
};
use oci::{Descriptor, Digest, Manifest, Memory, Tag, media_type};
use registry_client::{Credential, ManifestId, UploadObserver, Url};
use serde_json::json;

use crate::network::request_problem;
use crate::problem::chain;
use crate::pull_oci::{OciChart, open_registry};
use crate::repo_access::{HelmAccess, HelmFiles, io_failure, registry_words};
use crate::{HelmFailure, Problem, ProblemKind};

const PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";

/// What `push` is told.
#[derive(Clone, Debug)]
pub struct PushOptions {
    /// The `.tgz`.
    pub chart: PathBuf,
    /// `oci://host/path`, or the `http(s)://` address of a chart repository.
    pub remote: String,
    /// How it is reached.
    pub access: HelmAccess,
    /// helm's files.
    pub files: HelmFiles,
}

/// What `push` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// `host/path/chart:tag`, or the address of the chart in its repository.
    pub reference: String,
    /// The manifest's digest, or the archive's in a chart repository.
    pub digest: String,
}

/// A chart's file and what is in it.
struct Packed {
    archive: Bytes,
    chart: helm::Chart,
    provenance: Option<Bytes>,
    changed: SystemTime,
}

/// Pushes one chart.
pub async fn push(options: &PushOptions) -> Result<Pushed, HelmFailure> {
    let packed = read(&options.chart)?;
    let scheme = options.remote.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        Some("oci") => to_registry(options, &packed).await,
        Some("http" | "https") => Box::pin(to_repository(options, &packed)).await,
        Some(other) => Err(HelmFailure::new(
            format!("scheme {other:?} not supported"),
            Problem::error(ProblemKind::RepositoryAddress, &options.remote, ""),
        )),
        None => Err(HelmFailure::new(
            "scheme prefix missing from remote (e.g. \"oci://\")",
            Problem::error(ProblemKind::RepositoryAddress, &options.remote, ""),
        )),
    }
}

fn read(path: &Path) -> Result<Packed, HelmFailure> {
    let shown = path.display().to_string();
    let invalid = |line: String, detail: String| {
        HelmFailure::new(line, Problem::error(ProblemKind::NotAChart, &shown, detail))
    };
    let found = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => HelmFailure::new(
            format!("{shown}: no such file"),
            Problem::error(ProblemKind::PackageNotFound, &shown, ""),
        ),
        _ => io_failure("stat", path, &error),
    })?;
    if found.is_dir() {
        let line = "cannot push directory, must provide chart archive (.tgz)";
        return Err(invalid(line.to_owned(), String::new()));
    }
    let archive: Bytes =
        std::fs::read(path).map_err(|error| io_failure("open", path, &error))?.into();
    if !archive.starts_with(&[0x1f, 0x8b]) {
        let is_yaml =
            path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
        let line = if is_yaml {
            format!("file '{shown}' seems to be a YAML file, but expected a gzipped archive")
        } else {
            format!(
                "file '{shown}' does not appear to be a gzipped archive; got 'application/octet-stream'"
            )
        };
        return Err(invalid(line, String::new()));
    }
    let chart = helm::Chart::from_archive(&archive).map_err(|error| {
        let detail = chain(&error);
        invalid(detail.clone(), detail)
    })?;
    let provenance = std::fs::read(format!("{shown}.prov")).ok().map(Bytes::from);
    let changed = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    Ok(Packed { archive, chart, provenance, changed })
}

async fn to_registry(options: &PushOptions, packed: &Packed) -> Result<Pushed, HelmFailure> {
    let (name, version) = (packed.chart.name(), packed.chart.version());
    let target = OciChart::parse(&format!("{}/{name}", options.remote.trim_end_matches('/')))?;
    let tag = Tag::from_chart_version(version).map_err(|error| {
        let problem = Problem::error(ProblemKind::ChartInvalid, version, error.to_string());
        HelmFailure::new(format!("invalid reference: invalid tag {version:?}"), problem)
    })?;
    let reference = format!("{}:{}", target.name(), tag.as_str());
    let (registry, has_credential) =
        open_registry(&target.host, &options.access, &options.files).await?;
    let failed = |step: &'static str, error: registry_client::Error| {
        let words = registry_words(&error, has_credential);
        let line = format!("failed to perform \"{step}\" on destination: {words}");
        HelmFailure::new(line, request_problem(&reference, &error))
    };
    let unsent = |error| failed("Push", error);
    let repository = registry.repository(&target.repository).map_err(unsent)?;
    let config = Bytes::from(packed.chart.metadata.to_json());
    let manifest = manifest(packed, &config);
    let raw = encoded(&manifest);
    // As with helm, whether we are let in shows before anything is sent.
    let id = ManifestId::Digest(Digest::of(&raw));
    repository.resolve(&id).await.map_err(|error| failed("Exists", error))?;
    let mut content = Memory::default();
    let blobs = [Some(&config), Some(&packed.archive), packed.provenance.as_ref()];
    for blob in blobs.into_iter().flatten() {
        content.insert(blob.clone());
    }
    let observer: Arc<dyn UploadObserver> = Arc::new(());
    for blob in manifest.blobs() {
        if !repository.exists(blob).await.map_err(unsent)? {
            repository.push_blob(blob, &content, None, &observer).await.map_err(unsent)?;
        }
    }
    let digest = repository
        .put_manifest(&ManifestId::Tag(tag), media_type::OCI_MANIFEST, raw)
        .await
        .map_err(unsent)?;
    Ok(Pushed { reference, digest: digest.to_string() })
}

/// The manifest as helm writes it: descriptors in the order of the OCI specification, and what HTML could take for its
/// own escaped in texts, as Go's JSON has it.
fn encoded(manifest: &Manifest) -> Bytes {
    let descriptor = |descriptor: &Descriptor| {
        let Descriptor { media_type, digest, size, .. } = descriptor;
        json!({ "mediaType": media_type, "digest": digest.as_str(), "size": size })
    };
    let layers: Vec<_> = manifest.layers.iter().map(descriptor).collect();
    let text = json!({
        "schemaVersion": manifest.schema_version,
        "config": descriptor(&manifest.config),
        "layers": layers,
        "annotations": manifest.annotations,
    })
    .to_string();
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped.into()
}

/// The manifest helm writes: its digest is printed, so it has to be the same to the byte.
fn manifest(packed: &Packed, config: &Bytes) -> Manifest {
    let mut layers = vec![Descriptor::of(media_type::HELM_CHART, &packed.archive)];
    layers.extend(
        packed.provenance.as_ref().map(|provenance| Descriptor::of(PROVENANCE, provenance)),
    );
    // helm sorts them by digest.
    layers.sort_by(|one, two| one.digest.as_str().cmp(two.digest.as_str()));
    Manifest {
        schema_version: 2,
        media_type: None,
        artifact_type: None,
        config: Descriptor::of(media_type::HELM_CONFIG, config),
        layers,
        subject: None,
        annotations: annotations(packed),
    }
}

/// helm's annotations: the chart's own, which may not change title and version, and what its metadata say.
fn annotations(packed: &Packed) -> BTreeMap<String, String> {
    let metadata = &packed.chart.metadata;
    let key = |name: &str| format!("org.opencontainers.image.{name}");
    let maintainers = metadata.maintainers.iter().map(|maintainer| {
        let helm::Maintainer { name, email, .. } = maintainer;
        if email.is_empty() { name.clone() } else { format!("{name} ({email})") }
    });
    let seconds =
        packed.changed.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let created = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    let mut annotations = BTreeMap::new();
    for (name, value) in [
        ("description", metadata.description.clone()),
        ("title", metadata.name.clone()),
        ("version", metadata.version.clone()),
        ("url", metadata.home.clone()),
        ("created", rfc3339_nano(created)),
        ("source", metadata.sources.first().cloned().unwrap_or_default()),
        ("authors", maintainers.collect::<Vec<_>>().join(", ")),
    ] {
        let value = value.trim();
        if !value.is_empty() {
            annotations.insert(key(name), value.to_owned());
        }
    }
    let fixed = [key("title"), key("version")];
    for (name, value) in &metadata.annotations {
        if !fixed.contains(name) {
            annotations.insert(name.clone(), value.clone());
        }
    }
    annotations
}

/// Publishes to a chart repository that takes uploads. A version that exists with other content stays.
async fn to_repository(options: &PushOptions, packed: &Packed) -> Result<Pushed, HelmFailure> {
    let remote = &options.remote;
    let url: Url = crate::repo_access::repository_url(remote)?;
    let failed = |error: chart_repository::Error| {
        let problem = match error.network() {
            Some(network) => request_problem(remote, network),
            None => Problem::error(ProblemKind::ChartRefused, remote, chain(&error)),
        };
        HelmFailure::new(chain(&error), problem)
    };
    let access = &options.access;
    let credential = access
        .password
        .clone()
        .filter(|_| !access.username.is_empty())
        .map(|password| Credential::basic(access.username.clone(), password));
    let kind = if url.path().contains("/chartrepo/") { Kind::Harbor } else { Kind::ChartMuseum };
    let repository = ChartRepository::new(ChartRepositoryOptions {
        kind,
        location: remote.clone(),
        client: access.client(&url)?,
        credential,
        describe: None,
    });
    let repository = repository.map_err(failed)?;
    let chart = PackagedChart::new(packed.archive.clone(), packed.chart.metadata.to_json());
    let chart = chart.map_err(failed)?;
    repository.check_access(chart.name()).await.map_err(failed)?;
    repository.publish(&chart, OnConflict::Fail).await.map_err(failed)?;
    let reference = match repository.detected() {
        Some(detected) => format!("{}/{}:{}", detected.repository, chart.name(), chart.version()),
        None => format!("{}/{}", remote.trim_end_matches('/'), chart.file_name()),
    };
    Ok(Pushed { reference, digest: Digest::of(&packed.archive).to_string() })
}
