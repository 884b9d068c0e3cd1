//! Harbor's projects: a push does not create them, and what a missing one answers misleads (401, 403 or 404).

use std::collections::BTreeSet;

use chart_repository::{ChartRepository, Harbor, Visibility};
use registry_client::Registry;

use crate::problem::{Error, Phase, Problem, ProblemKind};
use crate::sync::charts::chart_problem;
use crate::sync::modules::WantedImage;
use crate::sync::options::{RegistryKind, SyncOptions};
use crate::sync::plan::SyncPlan;
use crate::sync::targets::registry_harbor;

/// A project that is to be created.
pub(crate) enum MissingProject {
    /// For images, in the registry's Harbor.
    Images(String),
    /// For charts, in the chart repository's Harbor.
    Charts(String),
}

/// What was found out about projects.
#[derive(Default)]
pub(crate) struct Looked {
    pub(crate) missing: Vec<MissingProject>,
    pub(crate) problems: Vec<Problem>,
}

/// Looks for the projects of the images, where the registry is a Harbor: said to be one, or on the host of a Harbor
/// chart repository.
pub(crate) async fn missing(
    registry: &Registry,
    images: &[WantedImage],
    repository: Option<&ChartRepository>,
    options: &SyncOptions,
) -> Looked {
    let mut looked = Looked::default();
    let harbor = match harbor_of(registry, repository, options).await {
        Ok(Some(harbor)) => harbor,
        Ok(None) => return looked,
        Err(problem) => {
            looked.problems.push(problem);
            return looked;
        }
    };
    let names: BTreeSet<&str> =
        images.iter().filter_map(|image| image.target.repository().split('/').next()).collect();
    for name in names {
        let subject = format!("{}/{name}", registry.url().authority());
        match harbor.has_project(name).await {
            Ok(Some(false)) if options.create_projects => {
                looked.missing.push(MissingProject::Images(name.into()));
            }
            Ok(Some(false)) => {
                looked.problems.push(Problem::error(ProblemKind::ProjectMissing, subject, ""));
            }
            // `None`: this user may not ask. The push will tell.
            Ok(_) => {}
            Err(error) => looked.problems.push(chart_problem(&subject, &error)),
        }
    }
    looked
}

/// Creates the projects, private.
pub(crate) async fn create(plan: &SyncPlan, options: &SyncOptions) -> Result<(), Error> {
    for project in &plan.projects {
        let created = match (project, &plan.registry, &plan.repository) {
            (MissingProject::Images(name), Some(registry), _) => {
                create_for_images(registry, name, options).await
            }
            (MissingProject::Charts(name), _, Some(repository)) => {
                create_for_charts(repository, name).await
            }
            _ => Ok(()),
        };
        created.map_err(|problem| Error::new(Phase::Push, problem))?;
    }
    Ok(())
}

async fn create_for_images(
    registry: &Registry,
    name: &str,
    options: &SyncOptions,
) -> Result<(), Problem> {
    let harbor = registry_harbor(registry, options).await?;
    create_in(&harbor, name).await
}

async fn create_for_charts(repository: &ChartRepository, name: &str) -> Result<(), Problem> {
    match repository.harbor() {
        Some((harbor, _)) => create_in(harbor, name).await,
        None => Ok(()),
    }
}

async fn create_in(harbor: &Harbor, name: &str) -> Result<(), Problem> {
    let created = harbor.create_project(name, Visibility::Private).await;
    created.map(drop).map_err(|error| chart_problem(&format!("{}/{name}", harbor.host()), &error))
}

async fn harbor_of(
    registry: &Registry,
    repository: Option<&ChartRepository>,
    options: &SyncOptions,
) -> Result<Option<Harbor>, Problem> {
    let is_said =
        options.registry.as_ref().is_some_and(|target| target.kind == RegistryKind::Harbor);
    let is_beside = repository
        .and_then(ChartRepository::harbor)
        .is_some_and(|(harbor, _)| harbor.host() == registry.url().authority());
    if !is_said && !is_beside {
        return Ok(None);
    }
    let harbor = registry_harbor(registry, options).await?;
    // A registry behind the chart repository's host need not be the Harbor itself.
    let info = harbor
        .system_info()
        .await
        .map_err(|error| chart_problem(registry.url().authority(), &error))?;
    Ok(info.map(|_| harbor))
}
