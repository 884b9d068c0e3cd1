//! Opening the targets of a sync: reachable, of the expected kind, and with credentials they take.

use std::sync::Arc;
use std::time::Duration;

use chart_repository::{Artifactory, ChartRepository, Harbor};
use registry_client::{
    Client, Credential, DockerConfig, HostPort, Registry, RegistryOptions, RetryObserver,
};

use crate::network::request_problem;
use crate::problem::{Error, Phase, Problem, ProblemKind, chain};
use crate::secret::Credentials;
use crate::sync::charts;
use crate::sync::options::{RegistryTarget, SyncOptions};
use crate::{Event, Progress};

/// The targets of a sync.
pub(crate) struct Targets {
    pub(crate) registry: Option<Registry>,
    pub(crate) repository: Option<ChartRepository>,
    /// What was found out about them.
    pub(crate) notes: Vec<Problem>,
}

impl Targets {
    /// What two runs must not work on at once: the registry, or, without images, the chart repository.
    pub(crate) fn name(&self, options: &SyncOptions) -> String {
        match (&self.registry, &options.charts) {
            (Some(registry), _) => registry.url().authority().to_owned(),
            (None, Some(charts)) => charts.url.clone(),
            (None, None) => String::new(),
        }
    }
}

/// Opens both targets. Their problems are told together.
pub(crate) async fn open(options: &SyncOptions, progress: &Progress) -> Result<Targets, Error> {
    let mut network = options.network.clone();
    network.observer = Some(Arc::new(Retries(progress.clone())));
    let client = Client::new(network)
        .map_err(|error| Error::new(Phase::Plan, request_problem("", &error)))?;
    let lookup = Lookup { docker_config: read_docker_config(options)? };
    let mut targets = Targets { registry: None, repository: None, notes: Vec::new() };
    let mut problems = Vec::new();
    if let Some(target) = options.registry.as_ref().filter(|_| !options.skip_images) {
        match open_registry(&client, target, &lookup).await {
            Ok((registry, note)) => {
                targets.registry = Some(registry);
                targets.notes.extend(note);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if let Some(target) = &options.charts {
        match charts::open(&client, target, &lookup).await {
            Ok(repository) => {
                if !problems.is_empty() {
                    problems.extend(charts::refusal(&repository, &target.url).await);
                }
                targets.repository = Some(repository);
            }
            Err(problem) => problems.push(problem),
        }
    }
    Error::check(Phase::Plan, &problems)?;
    Ok(targets)
}

async fn open_registry(
    client: &Client,
    target: &RegistryTarget,
    lookup: &Lookup,
) -> Result<(Registry, Option<Problem>), Problem> {
    let fail = |error: registry_client::Error| request_problem(&target.host, &error);
    let host: HostPort = target
        .host
        .parse()
        .map_err(|error| Problem::error(ProblemKind::ConfigValue, &target.host, chain(&error)))?;
    let credential = lookup.credential(target.credentials.as_ref(), &target.host).await?;
    let registry =
        Registry::open(client, &host, RegistryOptions { scheme: target.scheme, credential })
            .await
            .map_err(fail)?;
    let probe = registry.probe().await.map_err(fail)?;
    let note = probe.fell_back_to_http.then(|| {
        Problem::warning(
            ProblemKind::PlainHttpUsed,
            &target.host,
            "the port speaks no TLS and the address is private",
        )
    });
    Ok((registry, note))
}

/// Where credentials come from that nobody gave.
pub(crate) struct Lookup {
    docker_config: Option<DockerConfig>,
}

impl Lookup {
    /// The given credentials, else docker's for the host, else none.
    pub(crate) async fn credential(
        &self,
        given: Option<&Credentials>,
        host: &str,
    ) -> Result<Option<Credential>, Problem> {
        match (given, &self.docker_config) {
            (Some(given), _) => {
                Ok(Some(Credential::basic(given.username.clone(), given.password.clone())))
            }
            (None, Some(config)) => {
                config.credential(host).await.map_err(|error| request_problem(host, &error))
            }
            (None, None) => Ok(None),
        }
    }
}

fn read_docker_config(options: &SyncOptions) -> Result<Option<DockerConfig>, Error> {
    let Some(path) = options.docker_config.as_ref().filter(|path| path.exists()) else {
        return Ok(None);
    };
    DockerConfig::read(path).map(Some).map_err(|error| {
        let detail = chain(&error);
        Error::new(
            Phase::Plan,
            Problem::error(ProblemKind::CredentialsInvalid, path.display().to_string(), detail),
        )
    })
}

/// Passes repetitions on as events.
struct Retries(Progress);

impl RetryObserver for Retries {
    fn retrying(&self, error: &registry_client::Error, attempt: u32, wait: Duration) {
        let subject = error.url().map(ToString::to_string).unwrap_or_default();
        self.0.emit(Event::Retry { subject, attempt, wait, reason: chain(error) });
    }
}

/// The API of a registry that is a Harbor.
pub(crate) async fn registry_harbor(
    registry: &Registry,
    options: &SyncOptions,
) -> Result<Harbor, Problem> {
    let credential = registry_credential(registry, options).await?;
    Harbor::new(registry.client(), registry.url().as_str(), credential)
        .map_err(|error| charts::chart_problem(registry.url().authority(), &error))
}

/// The API of a registry that is an Artifactory.
pub(crate) async fn registry_artifactory(
    registry: &Registry,
    options: &SyncOptions,
) -> Result<Artifactory, Problem> {
    let credential = registry_credential(registry, options).await?;
    Artifactory::new(registry.client(), registry.url().as_str(), credential)
        .map_err(|error| charts::chart_problem(registry.url().authority(), &error))
}

async fn registry_credential(
    registry: &Registry,
    options: &SyncOptions,
) -> Result<Option<Credential>, Problem> {
    let lookup = Lookup { docker_config: read_docker_config(options).map_err(Error::into_first)? };
    let given = options.registry.as_ref().and_then(|target| target.credentials.as_ref());
    lookup.credential(given, registry.url().authority()).await
}
