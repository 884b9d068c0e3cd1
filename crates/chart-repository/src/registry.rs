//! Charts in a registry, as helm keeps them there.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use oci::{Artifact, Descriptor, Manifest, ManifestStyle, Memory, Reference, Tag, media_type};
use registry_client::{
    Client, Credential, ErrorKind, HostPort, ManifestId, Registry, RegistryOptions, Repository,
    Scheme, UploadObserver,
};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::Error;
use crate::address::{Address, Kind, invalid};
use crate::chart::{Existing, Location, PackagedChart};
use crate::error::Action;
use crate::harbor::Harbor;

/// What a chart's layer was called before helm 3.7.
const LEGACY_CHART: &str = "application/tar+gzip";

/// A place in a registry below which charts are repositories: `host/path/<chart>`.
#[derive(Debug)]
pub(crate) struct ChartRegistry {
    client: Client,
    host: HostPort,
    scheme: Option<Scheme>,
    path: String,
    credential: Option<Credential>,
    registry: OnceCell<(Registry, bool)>,
}

impl ChartRegistry {
    /// `oci://host/path`, `http://host/path`, `https://host/path` or `host/path`. Only http and https say how the
    /// registry is to be spoken to.
    pub(crate) fn new(
        client: &Client,
        location: &str,
        credential: Option<Credential>,
    ) -> Result<Self, Error> {
        let fail = |reason| invalid(Kind::Oci, location, reason);
        let (scheme, url) = match location.split_once("://") {
            Some(("oci", rest)) => (None, format!("https://{rest}")),
            Some(("http", _)) => (Some(Scheme::Http), location.to_owned()),
            Some(("https", _)) => (Some(Scheme::Https), location.to_owned()),
            Some(_) => return Err(fail("it must start with oci://, https:// or http://")),
            None => (None, format!("https://{location}")),
        };
        let address = Address::parse(Kind::Oci, &url).map_err(|error| match error {
            Error::Address { reason, .. } => fail(reason),
            other => other,
        })?;
        let path = address.url.path().trim_matches('/').to_owned();
        if !path.is_empty() && !oci::is_repository(&path) {
            return Err(fail("its path must be of lower-case letters, digits and single . _ - /"));
        }
        // The default port of a scheme is not part of a parsed URL; a host without scheme and port has none either.
        let host = crate::address::authority(&address.url);
        let host = host.parse().map_err(|_| fail("its host cannot be used"))?;
        let credential = credential.or(address.credential);
        Ok(Self {
            client: client.clone(),
            host,
            scheme,
            path,
            credential,
            registry: OnceCell::new(),
        })
    }

    /// The same Harbor's registry, spoken to in the same way.
    pub(crate) fn of_harbor(
        client: &Client,
        url: &registry_client::Url,
        project: &str,
        credential: Option<Credential>,
    ) -> Result<Self, Error> {
        let origin = url.origin().ascii_serialization();
        Self::new(client, &format!("{origin}/{project}"), credential)
    }

    async fn registry(&self, action: Action) -> Result<&(Registry, bool), Error> {
        let open = async {
            let credential = self.credential.clone();
            let options = RegistryOptions { scheme: self.scheme, credential };
            let registry = Registry::open(&self.client, &self.host, options).await?;
            let probe = registry.probe().await?;
            Ok((registry, probe.fell_back_to_http))
        };
        self.registry.get_or_try_init(|| open).await.map_err(Error::during(action))
    }

    async fn repository(&self, chart: &str, action: Action) -> Result<Repository, Error> {
        let (registry, _) = self.registry(action).await?;
        registry.repository(&self.repository_name(chart)).map_err(Error::during(action))
    }

    /// The API this registry has if it is a Harbor's.
    pub(crate) async fn harbor(&self) -> Result<Harbor, Error> {
        let (registry, _) = self.registry(Action::Detect).await?;
        Harbor::new(&self.client, registry.url().as_str(), self.credential.clone())
    }

    fn repository_name(&self, chart: &str) -> String {
        if self.path.is_empty() { chart.to_owned() } else { format!("{}/{chart}", self.path) }
    }

    /// The chart's reference, checked: a name in capitals or a path of `..` ends here.
    pub(crate) fn reference(&self, name: &str, version: &str) -> Result<(Reference, Tag), Error> {
        let fail = |source| Error::Reference { chart: format!("{name} {version}"), source };
        let tag = Tag::from_chart_version(version).map_err(fail)?;
        let host = self.host.to_string();
        let repository = self.repository_name(name);
        let reference =
            Reference::new(&host, &repository, Some(tag.clone()), None).map_err(fail)?;
        Ok((reference, tag))
    }

    pub(crate) async fn location(&self, name: &str) -> Result<Location, Error> {
        let (registry, _) = self.registry(Action::Detect).await?;
        let url = self.title(name);
        Ok(Location::Registry { url, is_plain_http: registry.url().scheme() == "http" })
    }

    /// `oci://host/path/name`, for messages.
    pub(crate) fn title(&self, name: &str) -> String {
        format!("oci://{}/{}", self.host, self.repository_name(name))
    }

    /// Whether plain http is spoken although nobody asked for it.
    pub(crate) async fn fell_back_to_http(&self) -> Result<bool, Error> {
        self.registry(Action::CheckAccess).await.map(|(_, fell_back)| *fell_back)
    }

    pub(crate) async fn check_access(&self, name: &str) -> Result<(), Error> {
        self.reference(name, "0")?;
        let repository = self.repository(name, Action::CheckAccess).await?;
        repository.probe_push().await.map(|_| ()).map_err(|e| self.explain(Action::CheckAccess, e))
    }

    /// The digest of a chart is that of its layer. Something else under its tag has none, and is in the way.
    pub(crate) async fn find(&self, name: &str, version: &str) -> Result<Option<Existing>, Error> {
        let (reference, tag) = self.reference(name, version)?;
        let repository = self.repository(name, Action::Find).await?;
        let found = repository.manifest(&ManifestId::Tag(tag)).await;
        let Some(found) = found.map_err(|e| self.explain(Action::Find, e))? else {
            return Ok(None);
        };
        let layer = match &found.artifact {
            Artifact::Manifest { manifest, .. } => manifest.layers.iter().find(|layer| {
                matches!(layer.media_type.as_str(), media_type::HELM_CHART | LEGACY_CHART)
            }),
            Artifact::Index { .. } => None,
        };
        let digest = layer.map(|layer| layer.digest.clone());
        Ok(Some(Existing { digest, url: format!("oci://{reference}") }))
    }

    /// Config and chart first, then the manifest under its tag.
    pub(crate) async fn upload(&self, chart: &PackagedChart) -> Result<(), Error> {
        let (_, tag) = self.reference(chart.name(), chart.version())?;
        let repository = self.repository(chart.name(), Action::Upload).await?;
        let failed = |error| self.explain(Action::Upload, error);
        let mut content = Memory::default();
        content.insert(chart.metadata_json().clone());
        content.insert(chart.archive().clone());
        let manifest = manifest(chart);
        let observer: Arc<dyn UploadObserver> = Arc::new(());
        for blob in manifest.blobs() {
            if !repository.exists(blob).await.map_err(failed)? {
                repository.push_blob(blob, &content, None, &observer).await.map_err(failed)?;
            }
        }
        let raw: Bytes = manifest.encode(ManifestStyle::Compact);
        let id = ManifestId::Tag(tag);
        repository.put_manifest(&id, media_type::OCI_MANIFEST, raw).await.map_err(failed)?;
        Ok(())
    }

    /// A project that is missing is a thing of its own: it can be created.
    fn explain(&self, action: Action, source: registry_client::Error) -> Error {
        match self.path.split('/').next() {
            Some(project) if !project.is_empty() && source.kind() == ErrorKind::ProjectUnknown => {
                Error::ProjectMissing { host: self.host.to_string(), project: project.to_owned() }
            }
            _ => Error::Network { action, source },
        }
    }
}

/// The manifest helm writes for a chart, without the time it was made: the same chart has the same digest.
fn manifest(chart: &PackagedChart) -> Manifest {
    Manifest {
        schema_version: 2,
        media_type: Some(media_type::OCI_MANIFEST.into()),
        artifact_type: None,
        config: Descriptor::of(media_type::HELM_CONFIG, chart.metadata_json()),
        layers: vec![Descriptor::of(media_type::HELM_CHART, chart.archive())],
        subject: None,
        annotations: annotations(chart),
    }
}

/// The chart's own annotations, and what helm makes of its metadata. Name and version cannot be overridden.
fn annotations(chart: &PackagedChart) -> BTreeMap<String, String> {
    let metadata = chart.metadata();
    let text =
        |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let mut annotations: BTreeMap<String, String> = BTreeMap::new();
    let mut add = |key: &str, value: String| {
        if !value.is_empty() {
            annotations.insert(format!("org.opencontainers.image.{key}"), value);
        }
    };
    add("description", text(metadata.get("description")));
    add("url", text(metadata.get("home")));
    add("source", text(metadata.get("sources").and_then(|sources| sources.get(0))));
    add("authors", authors(metadata.get("maintainers")));
    if let Some(Value::Object(own)) = metadata.get("annotations") {
        let values = own.iter().filter_map(|(key, value)| Some((key, value.as_str()?)));
        annotations.extend(values.map(|(key, value)| (key.clone(), value.to_owned())));
    }
    for (key, value) in [("title", chart.name()), ("version", chart.version())] {
        annotations.insert(format!("org.opencontainers.image.{key}"), value.to_owned());
    }
    annotations
}

/// `name (email), name`.
fn authors(maintainers: Option<&Value>) -> String {
    let maintainers = maintainers.and_then(Value::as_array).into_iter().flatten();
    let authors = maintainers.filter_map(|maintainer| {
        let name = maintainer.get("name").and_then(Value::as_str)?;
        let email = maintainer.get("email").and_then(Value::as_str).unwrap_or_default();
        Some(if email.is_empty() { name.to_owned() } else { format!("{name} ({email})") })
    });
    authors.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{Fake, FakeRegistry, answer, chart, client, repository};
    use crate::{OnConflict, Outcome};

    fn target(location: &str) -> Result<ChartRegistry, Error> {
        ChartRegistry::new(&client(), location, None)
    }

    #[test]
    fn every_spelling_of_an_address_is_understood() {
        for (location, reference, scheme) in [
            ("oci://reg.io/a/b", "reg.io/a/b/c:1.0.0_b1", None),
            ("reg.io:5000/a/", "reg.io:5000/a/c:1.0.0_b1", None),
            ("http://10.0.0.1/a", "10.0.0.1/a/c:1.0.0_b1", Some(Scheme::Http)),
            ("https://reg.io:443/", "reg.io/c:1.0.0_b1", Some(Scheme::Https)),
            ("oci://[::1]:5000/a", "[::1]:5000/a/c:1.0.0_b1", None),
        ] {
            let target = target(location).unwrap();
            let (found, _) = target.reference("c", "1.0.0+b1").unwrap();
            assert_eq!((found.to_string().as_str(), target.scheme), (reference, scheme));
        }
        let with_password = target("oci://me:canary@reg.io/a").unwrap();
        assert_eq!(with_password.host.to_string(), "reg.io");
        assert!(!format!("{with_password:?}").contains("canary"));
    }

    #[test]
    fn what_cannot_be_a_reference_is_an_error() {
        for location in [
            "",
            "oci://",
            "oci://reg.io/A",
            "ftp://reg.io/a",
            "oci://reg.io/a b",
            "oci://reg.io/a?x=1",
        ] {
            assert!(matches!(target(location), Err(Error::Address { .. })), "{location}");
        }
        let target = target("oci://reg.io/a").unwrap();
        for name in ["Upper", "a b", "..", "a/../b"] {
            assert!(
                matches!(target.reference(name, "1.0.0"), Err(Error::Reference { .. })),
                "{name}"
            );
        }
    }

    #[test]
    fn the_manifest_is_helms_and_always_the_same() {
        let metadata = serde_json::json!({
            "name": "c", "version": "1.0.0+b1", "description": " a chart ", "home": "https://h",
            "sources": ["https://s", "https://t"],
            "maintainers": [{"name": "m", "email": "m@x"}, {"name": "n"}],
            "annotations": {"own": "yes\n", "org.opencontainers.image.title": "other", "org.opencontainers.image.url": "https://u"},
        });
        let chart = PackagedChart::new(Bytes::from_static(b"tgz"), metadata.to_string()).unwrap();
        let manifest = manifest(&chart);
        assert_eq!(manifest.config.media_type, "application/vnd.cncf.helm.config.v1+json");
        assert_eq!(manifest.config.size, metadata.to_string().len() as u64);
        assert_eq!(
            manifest.layers[0].media_type,
            "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
        );
        assert_eq!(&manifest.layers[0].digest, chart.digest());
        let annotations: Vec<(&str, &str)> =
            manifest.annotations.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            annotations,
            [
                ("org.opencontainers.image.authors", "m (m@x), n"),
                ("org.opencontainers.image.description", "a chart"),
                ("org.opencontainers.image.source", "https://s"),
                ("org.opencontainers.image.title", "c"),
                ("org.opencontainers.image.url", "https://u"),
                ("org.opencontainers.image.version", "1.0.0+b1"),
                ("own", "yes\n"),
            ]
        );
        assert!(!annotations.iter().any(|(key, _)| key.ends_with("created")));
    }

    async fn serve(registry: &Arc<FakeRegistry>) -> Fake {
        let registry = Arc::clone(registry);
        Fake::start(move |asked| registry.respond(asked)).await
    }

    #[tokio::test]
    async fn a_chart_is_pushed_as_helm_pushes_it() {
        let registry = Arc::new(FakeRegistry::default());
        let fake = serve(&registry).await;
        let repository = repository(Kind::Oci, &format!("http://{}/charts", fake.host));
        repository.check_access("c").await.unwrap();
        assert!(fake.writes().is_empty());
        let ours = chart("c", "1.0.0+b1", "archive");
        let published = repository.publish(&ours, OnConflict::Fail).await.unwrap();
        assert_eq!(published.outcome, Outcome::Created);
        let raw = registry.get("/v2/charts/c/manifests/1.0.0_b1").unwrap();
        let manifest: Manifest = serde_json::from_slice(&raw).unwrap();
        let blob = |digest: &oci::Digest| registry.get(&format!("/v2/charts/c/blobs/{digest}"));
        assert_eq!(blob(&manifest.layers[0].digest).unwrap(), "archive");
        assert_eq!(&blob(&manifest.config.digest).unwrap(), ours.metadata_json());
        assert!(fake.writes().last().unwrap().starts_with("PUT /v2/charts/c/manifests/"));
        let again = repository.publish(&ours, OnConflict::Fail).await.unwrap();
        assert_eq!(again.outcome, Outcome::AlreadyThere);
    }

    #[tokio::test]
    async fn what_is_under_the_tag_is_compared_by_the_chart_in_it() {
        let registry = Arc::new(FakeRegistry::default());
        let fake = serve(&registry).await;
        let repository = repository(Kind::Oci, &format!("http://{}/charts", fake.host));
        let ours = chart("c", "1.0.0", "archive");
        let mut theirs = manifest(&ours);
        // As older tools push: another config, another manifest, the same chart.
        theirs.config = Descriptor::of(media_type::HELM_CONFIG, b"{}");
        theirs.layers[0].media_type = LEGACY_CHART.into();
        let path = "/v2/charts/c/manifests/1.0.0";
        let put = |manifest: &Manifest| {
            registry.put(path, media_type::OCI_MANIFEST, manifest.encode(ManifestStyle::Compact));
        };
        put(&theirs);
        let same = repository.publish(&ours, OnConflict::Fail).await.unwrap();
        assert_eq!(same.outcome, Outcome::AlreadyThere);
        theirs.layers[0].media_type = media_type::OCI_LAYER_GZIP.into();
        put(&theirs);
        let error = repository.publish(&ours, OnConflict::Fail).await.unwrap_err();
        assert!(matches!(error, Error::Conflict { existing: None, .. }), "{error}");
        assert!(fake.writes().is_empty());
        let replaced = repository.publish(&ours, OnConflict::Overwrite).await.unwrap();
        assert_eq!(replaced.outcome, Outcome::Overwritten);
    }

    #[tokio::test]
    async fn an_immutable_tag_and_a_missing_project_are_told_apart() {
        let registry = FakeRegistry::default();
        let ours = chart("c", "1.0.0", "ours");
        let theirs = manifest(&chart("c", "1.0.0", "theirs")).encode(ManifestStyle::Compact);
        registry.put("/v2/p/c/manifests/1.0.0", media_type::OCI_MANIFEST, theirs);
        let fake = Fake::start(move |asked| {
            let error = |status, code: &str, message: &str| {
                let body = serde_json::json!({"errors": [{"code": code, "message": message}]});
                answer(status, "application/json", body.to_string())
            };
            match asked.method.as_str() {
                "PUT" if asked.path.contains("/manifests/") => {
                    error(412, "PRECONDITION", "configured as immutable")
                }
                _ if asked.path.starts_with("/v2/gone/") => {
                    error(404, "NOT_FOUND", "project gone not found")
                }
                _ => registry.respond(asked),
            }
        })
        .await;
        let immutable = repository(Kind::Oci, &format!("http://{}/p", fake.host));
        let error = immutable.publish(&ours, OnConflict::Overwrite).await.unwrap_err();
        assert!(matches!(error, Error::OverwriteRefused { .. }), "{error}");
        let missing = repository(Kind::Oci, &format!("http://{}/gone", fake.host));
        for error in [
            missing.check_access("c").await.unwrap_err(),
            missing.publish(&ours, OnConflict::Fail).await.unwrap_err(),
        ] {
            assert!(matches!(&error, Error::ProjectMissing { project, .. } if project == "gone"));
        }
    }
}
