//! Charts in registries: which versions there are, and one of them with its digest.

use bytes::Bytes;
use oci::{Artifact, Descriptor, Digest, Tag, media_type};
use registry_client::{
    Credential, DockerConfig, HostPort, ManifestId, Registry, RegistryOptions, Repository, Scheme,
    Url,
};
use semver::{Constraint, Version};

use crate::network::request_problem;
use crate::repo_access::{HelmAccess, HelmFiles, MAX_CHART, go_words, registry_words};
use crate::{HelmFailure, Problem, ProblemKind};

/// What a chart's layer was called before helm 3.7.
const LEGACY_CHART: &str = "application/tar+gzip";
/// A provenance file.
const PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";

/// `oci://host/path/chart`, perhaps with a tag or a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OciChart {
    pub(crate) host: HostPort,
    pub(crate) repository: String,
    pub(crate) tag: Option<String>,
    pub(crate) digest: Option<Digest>,
}

/// A chart that was read from a registry.
#[derive(Debug)]
pub(crate) struct PulledChart {
    /// `host/path/chart:tag`.
    pub(crate) reference: String,
    /// The manifest's digest.
    pub(crate) digest: Digest,
    pub(crate) archive: Bytes,
    pub(crate) provenance: Option<Bytes>,
    /// The version as the chart spells it.
    pub(crate) version: String,
}

impl OciChart {
    /// Reads a reference that starts with `oci://`.
    pub(crate) fn parse(text: &str) -> Result<Self, HelmFailure> {
        let fail = |why: String| {
            let problem = Problem::error(ProblemKind::ChartReference, text, why.clone());
            HelmFailure::new(format!("invalid reference: {why}"), problem)
        };
        let rest = text.strip_prefix("oci://").unwrap_or(text).trim_end_matches('/');
        let Some((host, path)) = rest.split_once('/') else {
            return Err(fail("missing registry or repository".to_owned()));
        };
        let (path, digest) = match path.split_once('@') {
            Some((path, digest)) => {
                let parsed = digest.parse::<Digest>();
                let parsed =
                    parsed.map_err(|error| fail(format!("invalid digest {digest:?}: {error}")))?;
                (path, Some(parsed))
            }
            None => (path, None),
        };
        let (path, tag) = match path.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag.to_owned())),
            _ => (path, None),
        };
        let host_name = host.parse().map_err(|_| fail(format!("invalid registry {host:?}")))?;
        if !oci::is_repository(path) {
            return Err(fail(format!("invalid repository {path:?}")));
        }
        Ok(Self { host: host_name, repository: path.to_owned(), tag, digest })
    }

    /// `host/path/chart`.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }

    /// The last part of the path.
    pub(crate) fn chart(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or_default()
    }
}

/// A registry as the flags say it is reached, with the credentials that are stored for it unless others are given, and
/// whether there are any.
pub(crate) async fn open_registry(
    host: &HostPort,
    access: &HelmAccess,
    files: &HelmFiles,
) -> Result<(Registry, bool), HelmFailure> {
    let failed = |error: registry_client::Error| {
        HelmFailure::new(go_words(&error), request_problem(&host.to_string(), &error))
    };
    let scheme = if access.plain_http { Scheme::Http } else { Scheme::Https };
    let credential = match &access.password {
        Some(password) if !access.username.is_empty() => {
            Some(Credential::basic(access.username.clone(), password.clone()))
        }
        _ => stored_credential(host, files).await.map_err(failed)?,
    };
    let url: Url = format!("https://{host}/").parse().map_err(|_| {
        HelmFailure::plain(format!("invalid reference: invalid registry {:?}", host.to_string()))
    })?;
    let client = access.client(&url)?;
    let has_credential = credential.is_some();
    let options = RegistryOptions { scheme: Some(scheme), credential };
    let registry = Registry::open(&client, host, options).await.map_err(failed)?;
    Ok((registry, has_credential))
}

/// helm's own file first, then docker's.
async fn stored_credential(
    host: &HostPort,
    files: &HelmFiles,
) -> Result<Option<Credential>, registry_client::Error> {
    let candidates = [Some(&files.registry), files.docker.as_ref()];
    for path in candidates.into_iter().flatten().filter(|path| path.exists()) {
        let config = DockerConfig::read(path)?;
        if let Some(found) = config.credential(&host.to_string()).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The versions of a chart, newest first: the tags that are strict semantic versions, `_` read as `+`.
pub(crate) async fn chart_versions(
    chart: &OciChart,
    access: &HelmAccess,
    files: &HelmFiles,
) -> Result<Vec<Version>, HelmFailure> {
    let (registry, has_credential) = open_registry(&chart.host, access, files).await?;
    let repository = repository(&registry, chart)?;
    let tags = repository.tags().await.map_err(|error| {
        let line = registry_words(&error, has_credential);
        HelmFailure::new(line, request_problem(&chart.name(), &error))
    })?;
    if tags.is_empty() {
        let line = format!(
            "GET \"{}v2/{}/tags/list\": response status code 404: name unknown: repository name not known to registry",
            registry.url(),
            chart.repository
        );
        let problem = Problem::error(ProblemKind::ChartUnknown, chart.name(), "");
        return Err(HelmFailure::new(line, problem));
    }
    let mut versions: Vec<Version> = tags.iter().filter_map(|tag| strict(tag)).collect();
    versions.sort_by(|one, two| two.compare_precedence(one));
    Ok(versions)
}

/// A tag that is a semantic version of three numbers.
fn strict(tag: &str) -> Option<Version> {
    let text = tag.replace('_', "+");
    let core = text.split(['-', '+']).next()?;
    let is_strict = core.split('.').count() == 3
        && core.split('.').all(|part| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && (part == "0" || !part.starts_with('0'))
        });
    if is_strict { text.parse().ok() } else { None }
}

fn repository(registry: &Registry, chart: &OciChart) -> Result<Repository, HelmFailure> {
    registry
        .repository(&chart.repository)
        .map_err(|error| HelmFailure::new(go_words(&error), request_problem(&chart.name(), &error)))
}

/// The tag that a version or constraint means.
async fn choose_tag(
    chart: &OciChart,
    version: &str,
    access: &HelmAccess,
    files: &HelmFiles,
) -> Result<String, HelmFailure> {
    if let Some(tag) = &chart.tag {
        if !version.is_empty() && version.replace('+', "_") != *tag {
            return Err(HelmFailure::new(
                format!("chart reference and version mismatch: {version} is not {tag}"),
                Problem::error(
                    ProblemKind::ChartReference,
                    chart.name(),
                    format!("{version} != {tag}"),
                ),
            ));
        }
        return Ok(tag.clone());
    }
    if version.parse::<Version>().is_ok() {
        return Ok(version.replace('+', "_"));
    }
    let versions = chart_versions(chart, access, files).await?;
    if versions.is_empty() {
        return Err(HelmFailure::new(
            format!("unable to locate any tags in provided repository: oci://{}", chart.name()),
            Problem::error(ProblemKind::ChartUnknown, chart.name(), ""),
        ));
    }
    let wanted = if version.is_empty() { "*" } else { version };
    let constraint: Constraint = wanted.parse().map_err(|error| {
        let fault = chart_repository::constraint_fault(&error);
        HelmFailure::new(
            fault.clone(),
            Problem::error(ProblemKind::VersionConstraint, version, fault),
        )
    })?;
    let found = versions.iter().find(|found| constraint.matches(found));
    found.map(|found| found.as_str().replace('+', "_")).ok_or_else(|| {
        let kind = if versions.iter().all(Version::is_prerelease) {
            ProblemKind::ChartOnlyPrereleases
        } else {
            ProblemKind::ChartVersionUnknown
        };
        let subject = format!("oci://{} {version}", chart.name());
        let list: Vec<&str> = versions.iter().take(5).map(Version::as_str).collect();
        HelmFailure::new(
            format!("could not locate a version matching provided version string {version}"),
            Problem::error(kind, subject.trim_end(), list.join(", ")),
        )
    })
}

/// Reads a chart from a registry.
pub(crate) async fn pull_chart(
    chart: &OciChart,
    version: &str,
    access: &HelmAccess,
    files: &HelmFiles,
) -> Result<PulledChart, HelmFailure> {
    let (id, shown) = if let Some(digest) = &chart.digest {
        (ManifestId::Digest(digest.clone()), format!("{}@{digest}", chart.name()))
    } else {
        let tag = choose_tag(chart, version, access, files).await?;
        let shown = format!("{}:{tag}", chart.name());
        let tag: Tag = tag.parse().map_err(|_| {
            let problem = Problem::error(ProblemKind::ChartReference, &shown, "");
            HelmFailure::new(format!("invalid reference: invalid tag {tag:?}"), problem)
        })?;
        (ManifestId::Tag(tag), shown)
    };
    let (registry, has_credential) = open_registry(&chart.host, access, files).await?;
    let repository = repository(&registry, chart)?;
    let failed = |error: registry_client::Error| {
        let line = registry_words(&error, has_credential);
        let line = format!("failed to perform \"FetchReference\" on source: {line}");
        HelmFailure::new(line, request_problem(&shown, &error))
    };
    let found = repository.manifest(&id).await.map_err(failed)?.ok_or_else(|| {
        HelmFailure::new(
            format!("failed to perform \"FetchReference\" on source: {shown}: not found"),
            Problem::error(ProblemKind::ChartVersionUnknown, format!("oci://{shown}"), ""),
        )
    })?;
    let layers: &[Descriptor] = match &found.artifact {
        Artifact::Manifest { manifest, .. } => &manifest.layers,
        Artifact::Index { .. } => &[],
    };
    let layer =
        |kinds: &[&str]| layers.iter().find(|layer| kinds.contains(&layer.media_type.as_str()));
    let Some(content) = layer(&[media_type::HELM_CHART, LEGACY_CHART]) else {
        let line =
            format!("manifest does not contain a layer with mediatype {}", media_type::HELM_CHART);
        return Err(HelmFailure::new(line, Problem::error(ProblemKind::NotAChart, shown, "")));
    };
    let archive = blob(&repository, content, &shown).await?;
    let provenance = match layer(&[PROVENANCE]) {
        Some(descriptor) => Some(blob(&repository, descriptor, &shown).await?),
        None => None,
    };
    let tag = shown[chart.name().len() + 1..].to_owned();
    let version = tag.replace('_', "+");
    Ok(PulledChart {
        reference: shown,
        digest: found.descriptor.digest,
        archive,
        provenance,
        version,
    })
}

async fn blob(
    repository: &Repository,
    descriptor: &Descriptor,
    shown: &str,
) -> Result<Bytes, HelmFailure> {
    if descriptor.size > MAX_CHART as u64 {
        let problem =
            Problem::error(ProblemKind::LimitExceeded, shown, format!("{} bytes", descriptor.size));
        return Err(HelmFailure::new(format!("{shown} is larger than {MAX_CHART} bytes"), problem));
    }
    let failed = |error: registry_client::Error| {
        HelmFailure::new(go_words(&error), request_problem(shown, &error))
    };
    let content = repository.blob(descriptor).await.map_err(failed)?;
    content.read_all().await.map_err(|error| {
        let problem =
            Problem::error(ProblemKind::BlobDigestMismatch, shown, crate::problem::chain(&error));
        HelmFailure::new(error.to_string(), problem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        let chart = OciChart::parse("oci://127.0.0.1:5000/charts/kairship:0.20.0").unwrap();
        assert_eq!(chart.name(), "127.0.0.1:5000/charts/kairship");
        assert_eq!((chart.chart(), chart.tag.as_deref()), ("kairship", Some("0.20.0")));
        for (text, line) in [
            ("oci://host/UP/c", "invalid reference: invalid repository \"UP/c\""),
            ("oci://host", "invalid reference: missing registry or repository"),
        ] {
            assert_eq!(OciChart::parse(text).unwrap_err().line, line);
        }
    }

    #[test]
    fn only_strict_versions_are_listed() {
        let versions: Vec<_> = ["1.2.3_build", "v0.1", "latest", "1.0.0-rc1", "01.0.0", "1.0"]
            .into_iter()
            .filter_map(strict)
            .collect();
        assert_eq!(
            versions.iter().map(Version::as_str).collect::<Vec<_>>(),
            ["1.2.3+build", "1.0.0-rc1"]
        );
    }
}
