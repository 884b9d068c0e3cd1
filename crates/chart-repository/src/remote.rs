//! Chart repositories on other machines: one way to publish, whatever the server.

use std::time::Duration;

use oci::Reference;
use registry_client::ErrorKind;
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep};

use crate::address::{Address, Kind};
use crate::artifactory::Artifactory;
use crate::chart::{Existing, Location, OnConflict, Outcome, PackagedChart, Published, decide};
use crate::harbor::{Detected, Harbor, HarborTarget, Route};
use crate::indexed::{Indexed, Upload};
use crate::jfrog::JFrog;
use crate::registry::ChartRegistry;
use crate::site::Site;
use crate::{Access, ChartRepositoryOptions, Error};

/// How long a repository may take to show what it accepted.
const PATIENCE: Duration = Duration::from_secs(15);

/// A chart repository on another machine.
#[derive(Debug)]
pub(crate) struct Remote {
    server: Server,
    patience: Duration,
}

#[derive(Debug)]
enum Server {
    Harbor { target: Box<HarborTarget>, way: Box<OnceCell<HarborWay>> },
    ChartMuseum(Indexed),
    Registry(ChartRegistry),
    JFrog(JFrog),
}

/// Where charts go in a Harbor: its registry, when it has no chart repository.
type HarborWay = Option<(Detected, ChartRegistry)>;

/// One of the three ways to keep charts.
enum Way<'a> {
    Indexed(&'a Indexed),
    Registry(&'a ChartRegistry),
    JFrog(&'a JFrog),
}

impl Remote {
    pub(crate) fn new(options: ChartRepositoryOptions) -> Result<Self, Error> {
        let ChartRepositoryOptions { kind, location, client, credential, .. } = options;
        let site = |credential| {
            let address = Address::parse(kind, &location)?;
            Site::new(&client, &address, credential)
        };
        let server = match kind {
            Kind::Harbor => {
                let target = HarborTarget::new(&client, &location, credential)?;
                Server::Harbor { target: Box::new(target), way: Box::default() }
            }
            Kind::ChartMuseum => Server::ChartMuseum(Indexed::chart_museum(site(credential)?)),
            Kind::Oci => Server::Registry(ChartRegistry::new(&client, &location, credential)?),
            Kind::JFrog => Server::JFrog(JFrog::new(site(credential)?)),
            Kind::Helm | Kind::Local => return Err(Error::ReadOnly),
        };
        Ok(Self { server, patience: PATIENCE })
    }

    pub(crate) fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    pub(crate) fn harbor(&self) -> Option<(&Harbor, &str)> {
        match &self.server {
            Server::Harbor { target, .. } => Some((&target.api, &target.project)),
            _ => None,
        }
    }

    pub(crate) async fn project_api(&self) -> Result<Option<Harbor>, Error> {
        match &self.server {
            Server::Harbor { target, .. } => Ok(Some(target.api.clone())),
            Server::Registry(registry) => {
                let harbor = registry.harbor().await?;
                Ok(harbor.system_info().await?.map(|_| harbor))
            }
            Server::ChartMuseum(_) | Server::JFrog(_) => Ok(None),
        }
    }

    pub(crate) fn reference(&self, name: &str, version: &str) -> Option<Reference> {
        let registry = match &self.server {
            Server::Registry(registry) => registry,
            Server::Harbor { way, .. } => &way.get()?.as_ref()?.1,
            _ => return None,
        };
        registry.reference(name, version).ok().map(|(reference, _)| reference)
    }

    pub(crate) fn artifactory(&self) -> Option<(Artifactory, String)> {
        match &self.server {
            Server::JFrog(jfrog) => Artifactory::of_repository(jfrog.site()),
            _ => None,
        }
    }

    pub(crate) fn detected(&self) -> Option<&Detected> {
        match &self.server {
            Server::Harbor { way, .. } => way.get()?.as_ref().map(|(detected, _)| detected),
            _ => None,
        }
    }

    pub(crate) async fn check_access(&self, name: &str) -> Result<Access, Error> {
        let way = self.way().await?;
        let mut access = Access { detected: self.detected().cloned(), fell_back_to_http: false };
        match way {
            Way::Indexed(indexed) => {
                // Finding out the way has read a Harbor's index already.
                if let Server::ChartMuseum(_) = self.server {
                    indexed.site().check_index().await.map_err(|error| self.explain(error))?;
                }
                indexed.check_access().await?;
            }
            Way::Registry(registry) => {
                access.fell_back_to_http = registry.fell_back_to_http().await?;
                if let Server::Harbor { target, .. } = &self.server {
                    target.check_project().await?;
                }
                registry.check_access(name).await?;
            }
            Way::JFrog(jfrog) => jfrog.check_access().await?,
        }
        Ok(access)
    }

    pub(crate) async fn find(&self, name: &str, version: &str) -> Result<Option<Existing>, Error> {
        self.find_by(&self.way().await?, name, version).await
    }

    pub(crate) async fn publish(
        &self,
        chart: &PackagedChart,
        on_conflict: OnConflict,
    ) -> Result<Published, Error> {
        match (self.publish_by(chart, on_conflict).await, &self.server) {
            (Err(error), Server::Harbor { target, .. }) => Err(target.explain(error).await),
            (result, _) => result,
        }
    }

    async fn publish_by(
        &self,
        chart: &PackagedChart,
        on_conflict: OnConflict,
    ) -> Result<Published, Error> {
        let way = self.way().await?;
        let existing = self.find_by(&way, chart.name(), chart.version()).await?;
        let mut outcome = decide(existing.as_ref(), chart, on_conflict)?;
        if matches!(outcome, Outcome::Created | Outcome::Overwritten) {
            outcome = self.upload(&way, chart, (outcome, on_conflict)).await?;
        }
        if matches!(outcome, Outcome::Created | Outcome::Overwritten) {
            self.confirm(&way, chart).await?;
        }
        let location = location(&way, chart).await?;
        Ok(Published::new(chart, outcome, location))
    }

    /// Uploads, and settles what a 409 means: the chart has come since we looked, by another client or by an attempt of
    /// ours whose answer was lost.
    async fn upload(
        &self,
        way: &Way<'_>,
        chart: &PackagedChart,
        (planned, on_conflict): (Outcome, OnConflict),
    ) -> Result<Outcome, Error> {
        let replaces = planned == Outcome::Overwritten;
        let refused = match send(way, chart, replaces).await? {
            Upload::Stored => return Ok(planned),
            Upload::Exists(error) => error,
        };
        let existing = self.find_by(way, chart.name(), chart.version()).await?;
        match decide(existing.as_ref(), chart, on_conflict)? {
            Outcome::AlreadyThere => return Ok(planned),
            Outcome::Kept => return Ok(Outcome::Kept),
            Outcome::Overwritten if !replaces => {
                if let Upload::Stored = send(way, chart, true).await? {
                    return Ok(Outcome::Overwritten);
                }
            }
            Outcome::Overwritten | Outcome::Created => {}
        }
        Err(Error::OverwriteRefused { chart: chart.title(), source: refused })
    }

    /// That the repository hands out what was published. An index may take a moment to show it.
    async fn confirm(&self, way: &Way<'_>, chart: &PackagedChart) -> Result<(), Error> {
        let deadline = Instant::now() + self.patience;
        let mut delay = Duration::from_millis(50);
        loop {
            let found = self.find_by(way, chart.name(), chart.version()).await?;
            if found.as_ref().is_some_and(|found| found.is(chart)) {
                return Ok(());
            }
            if Instant::now() + delay > deadline {
                return Err(Error::NotConfirmed {
                    chart: chart.title(),
                    url: place(way, chart),
                    expected: chart.digest().clone(),
                    found: found.and_then(|found| found.digest),
                });
            }
            sleep(delay).await;
            delay = (delay * 2).min(Duration::from_secs(2));
        }
    }

    async fn find_by(
        &self,
        way: &Way<'_>,
        name: &str,
        version: &str,
    ) -> Result<Option<Existing>, Error> {
        match way {
            Way::Indexed(indexed) => {
                indexed.find(name, version).await.map_err(|error| self.explain(error))
            }
            Way::Registry(registry) => registry.find(name, version).await,
            Way::JFrog(jfrog) => jfrog.find(name, version).await,
        }
    }

    /// The way charts go; for a Harbor it is found out once.
    async fn way(&self) -> Result<Way<'_>, Error> {
        Ok(match &self.server {
            Server::Harbor { target, way } => {
                match way.get_or_try_init(|| harbor_way(target)).await? {
                    None => Way::Indexed(&target.charts),
                    Some((_, registry)) => Way::Registry(registry),
                }
            }
            Server::ChartMuseum(indexed) => Way::Indexed(indexed),
            Server::Registry(registry) => Way::Registry(registry),
            Server::JFrog(jfrog) => Way::JFrog(jfrog),
        })
    }

    /// An index that is not there means that the repository is not.
    fn explain(&self, error: Error) -> Error {
        let is_not_found = error.network().is_some_and(|error| error.kind() == ErrorKind::NotFound);
        match &self.server {
            Server::Harbor { target, .. } if is_not_found => target.project_missing(),
            Server::ChartMuseum(indexed) if is_not_found => {
                Error::NoRepository { url: indexed.site().base().into() }
            }
            _ => error,
        }
    }
}

async fn harbor_way(target: &HarborTarget) -> Result<HarborWay, Error> {
    let Route::Registry(detected) = target.detect().await? else { return Ok(None) };
    let site = target.charts.site();
    let credential = site.credential().cloned();
    let registry =
        ChartRegistry::of_harbor(site.client(), site.base(), &target.project, credential)?;
    Ok(Some((detected, registry)))
}

async fn send(way: &Way<'_>, chart: &PackagedChart, replaces: bool) -> Result<Upload, Error> {
    let sent = match way {
        Way::Indexed(indexed) => return indexed.upload(chart, replaces).await,
        Way::Registry(registry) => registry.upload(chart).await,
        Way::JFrog(jfrog) => jfrog.upload(chart).await,
    };
    match sent {
        Ok(()) => Ok(Upload::Stored),
        // An immutable tag, or no right to delete: the same credentials could have created it.
        Err(Error::Network { source, .. }) if replaces && forbids_replacing(source.kind()) => {
            Err(Error::OverwriteRefused { chart: chart.title(), source })
        }
        Err(error) => Err(error),
    }
}

fn forbids_replacing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Conflict | ErrorKind::Refused | ErrorKind::Forbidden)
}

async fn location(way: &Way<'_>, chart: &PackagedChart) -> Result<Location, Error> {
    Ok(match way {
        Way::Indexed(indexed) => indexed.location(chart.name()),
        Way::Registry(registry) => registry.location(chart.name()).await?,
        Way::JFrog(jfrog) => jfrog.location(chart.name()),
    })
}

/// Where a chart should be, for messages.
fn place(way: &Way<'_>, chart: &PackagedChart) -> String {
    match way {
        Way::Indexed(indexed) => indexed.site().index_url().to_string(),
        Way::Registry(registry) => registry.title(chart.name()),
        Way::JFrog(jfrog) => jfrog.chart_url(chart.name(), chart.version()).to_string(),
    }
}
