//! A chart repository of any kind.

use std::time::Duration;

use oci::Reference;
use registry_client::{Client, Credential};

use crate::Error;
use crate::address::Kind;
use crate::artifactory::Artifactory;
use crate::chart::{Existing, OnConflict, PackagedChart, Published, check_names};
use crate::harbor::{Detected, Harbor};
use crate::local::{DescribeArchive, Local};
use crate::remote::Remote;

/// Where a chart repository is and how it is reached.
#[derive(Clone)]
pub struct ChartRepositoryOptions {
    /// What it is.
    pub kind: Kind,
    /// Its URL; for a directory the path.
    pub location: String,
    /// Connections, with everything the user said about the network.
    pub client: Client,
    /// Who we are there. Wins over what stands in the URL.
    pub credential: Option<Credential>,
    /// Reads charts that lie in a LOCAL directory already; without it they are left out of the index.
    pub describe: Option<DescribeArchive>,
}

/// A chart repository charts are published to.
#[derive(Debug)]
pub struct ChartRepository {
    kind: Kind,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Here(Local),
    Elsewhere(Box<Remote>),
}

/// What a check of a repository has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// The Harbor has no chart repository; its registry is used. To be told to the user.
    pub detected: Option<Detected>,
    /// Plain http is spoken because the registry's port speaks no TLS and the host is private. To be told to the user.
    pub fell_back_to_http: bool,
}

impl ChartRepository {
    /// Checks the address. Nothing is asked of anybody yet.
    pub fn new(options: ChartRepositoryOptions) -> Result<Self, Error> {
        let kind = options.kind;
        let place = match kind {
            Kind::Local => Place::Here(Local::new(&options.location, options.describe)?),
            _ => Place::Elsewhere(Box::new(Remote::new(options)?)),
        };
        Ok(Self { kind, place })
    }

    /// How long to wait for the repository to show what it accepted, instead of 15 seconds.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        if let Place::Elsewhere(remote) = &mut self.place {
            remote.set_patience(patience);
        }
        self
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The Harbor's API and the project charts go to, if it is one.
    pub fn harbor(&self) -> Option<(&Harbor, &str)> {
        match &self.place {
            Place::Elsewhere(remote) => remote.harbor(),
            Place::Here(_) => None,
        }
    }

    /// The API of the Harbor charts go to, whichever way; `None` where no Harbor answers.
    pub async fn project_api(&self) -> Result<Option<Harbor>, Error> {
        match &self.place {
            Place::Elsewhere(remote) => remote.project_api().await,
            Place::Here(_) => Ok(None),
        }
    }

    /// The tag a chart has, where charts are in a registry; of a Harbor once [`ChartRepository::check_access`] has
    /// looked. `None` for other kinds, and for a chart that cannot have one.
    pub fn reference(&self, name: &str, version: &str) -> Option<Reference> {
        match &self.place {
            Place::Elsewhere(remote) => remote.reference(name, version),
            Place::Here(_) => None,
        }
    }

    /// The Artifactory's API and the key of the repository charts go to, if it is one and its address says so.
    pub fn artifactory(&self) -> Option<(Artifactory, String)> {
        match &self.place {
            Place::Elsewhere(remote) => remote.artifactory(),
            Place::Here(_) => None,
        }
    }

    /// What was found where a Harbor's chart repository should be, once [`ChartRepository::check_access`] or another
    /// request has looked.
    pub fn detected(&self) -> Option<&Detected> {
        match &self.place {
            Place::Elsewhere(remote) => remote.detected(),
            Place::Here(_) => None,
        }
    }

    /// That the repository is there and takes the chart `name` from us, as far as that can be known without writing
    /// anything.
    pub async fn check_access(&self, name: &str) -> Result<Access, Error> {
        match &self.place {
            Place::Elsewhere(remote) => remote.check_access(name).await,
            Place::Here(local) => {
                on_disk(local, Local::check_access).await.map(|()| Access::default())
            }
        }
    }

    /// Looks for a chart version, by reading what is there now.
    pub async fn find(&self, name: &str, version: &str) -> Result<Option<Existing>, Error> {
        check_names(name, version)?;
        match &self.place {
            Place::Elsewhere(remote) => remote.find(name, version).await,
            Place::Here(local) => {
                let (name, version) = (name.to_owned(), version.to_owned());
                on_disk(local, move |local| local.find(&name, &version)).await
            }
        }
    }

    /// Publishes a chart and reads it back. What is there with the same content stays; with other content the policy
    /// decides.
    pub async fn publish(
        &self,
        chart: &PackagedChart,
        on_conflict: OnConflict,
    ) -> Result<Published, Error> {
        match &self.place {
            Place::Elsewhere(remote) => remote.publish(chart, on_conflict).await,
            Place::Here(local) => {
                let chart = chart.clone();
                on_disk(local, move |local| local.publish(&chart, on_conflict)).await
            }
        }
    }
}

/// Runs file work where it may block.
async fn on_disk<T: Send + 'static>(
    local: &Local,
    work: impl FnOnce(&Local) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let local = local.clone();
    tokio::task::spawn_blocking(move || work(&local)).await.expect("file work does not panic")
}

impl std::fmt::Debug for ChartRepositoryOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChartRepositoryOptions")
            .field("kind", &self.kind)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
