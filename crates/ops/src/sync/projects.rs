//! What holds repositories and is not created by a push: Harbor's projects and Artifactory's repositories. What a missing
//! one answers misleads (401, 403 or 404).

use std::collections::BTreeSet;

use chart_repository::{
    Artifactory, ChartRepository, Error as ChartError, Harbor, PackageType, Visibility,
};
use registry_client::Registry;

use crate::problem::{Error, Phase, Problem, ProblemKind};
use crate::sync::charts::chart_problem;
use crate::sync::modules::WantedImage;
use crate::sync::options::{RegistryKind, SyncOptions};
use crate::sync::plan::SyncPlan;
use crate::sync::targets::{registry_artifactory, registry_harbor};

/// A project of a Harbor, or a repository of an Artifactory, that is to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MissingProject {
    /// For images, where the registry is.
    Images(String),
    /// For charts, where the chart repository is.
    Charts(String),
}

/// What was found out about projects.
#[derive(Default)]
pub(crate) struct Looked {
    pub(crate) missing: Vec<MissingProject>,
    pub(crate) problems: Vec<Problem>,
}

impl Looked {
    fn failed(problem: Problem) -> Self {
        Self { missing: Vec::new(), problems: vec![problem] }
    }
}

/// Who has the projects of the images.
enum Owner {
    Harbor(Harbor),
    Artifactory(Artifactory),
}

impl Owner {
    async fn has(&self, name: &str) -> Result<Option<bool>, ChartError> {
        match self {
            Self::Harbor(harbor) => harbor.has_project(name).await,
            Self::Artifactory(artifactory) => artifactory.has_repository(name).await,
        }
    }
}

/// Looks for the projects of the images, where the registry is a Harbor: said to be one, or on the host of a Harbor
/// chart repository. Artifactory's repositories are looked at only when they are to be created: images may go there
/// through a host name or port of the repository, and then their path does not name it.
pub(crate) async fn missing(
    registry: &Registry,
    images: &[WantedImage],
    repository: Option<&ChartRepository>,
    options: &SyncOptions,
) -> Looked {
    let owner = match owner_of(registry, repository, options).await {
        Ok(Some(owner)) => owner,
        Ok(None) => return Looked::default(),
        Err(problem) => return Looked::failed(problem),
    };
    let mut looked = Looked::default();
    let names: BTreeSet<&str> = images.iter().map(project_of).collect();
    for name in names {
        let subject = format!("{}/{name}", registry.url().authority());
        match owner.has(name).await {
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

/// The first part of an image's path.
pub(crate) fn project_of(image: &WantedImage) -> &str {
    let name = image.target.repository();
    name.split('/').next().unwrap_or(name)
}

/// The project or repository that a chart repository lacks, when it is to be created.
pub(crate) async fn missing_for_charts(
    repository: &ChartRepository,
    error: ChartError,
    options: &SyncOptions,
) -> Result<String, ChartError> {
    if !options.create_projects {
        return Err(error);
    }
    let created = match (&error, repository.artifactory()) {
        (ChartError::ProjectMissing { project, .. }, _) => {
            repository.project_api().await?.map(|_| project.clone())
        }
        (ChartError::NoRepository { .. }, Some((artifactory, key))) => {
            artifactory.answers().await?.then_some(key)
        }
        _ => None,
    };
    created.ok_or(error)
}

/// One repository of Artifactory cannot hold images and charts.
pub(crate) fn clash(projects: &[MissingProject], options: &SyncOptions) -> Option<Problem> {
    let is_jfrog =
        options.registry.as_ref().is_some_and(|target| target.kind == RegistryKind::Jfrog);
    let both = projects.iter().find_map(|project| match project {
        MissingProject::Charts(key) => {
            projects.contains(&MissingProject::Images(key.clone())).then_some(key)
        }
        MissingProject::Images(_) => None,
    });
    let key = both.filter(|_| is_jfrog)?;
    let detail = "images and charts need repositories of their own in Artifactory";
    Some(Problem::error(ProblemKind::ConfigConflict, key, detail))
}

/// Creates the projects, private, and the repositories, local.
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
    if options.registry.as_ref().is_some_and(|target| target.kind == RegistryKind::Jfrog) {
        let artifactory = registry_artifactory(registry, options).await?;
        return create_repository(&artifactory, name, PackageType::Docker).await;
    }
    let harbor = registry_harbor(registry, options).await?;
    create_in(&harbor, name).await
}

async fn create_for_charts(repository: &ChartRepository, name: &str) -> Result<(), Problem> {
    if let Some((artifactory, _)) = repository.artifactory() {
        return create_repository(&artifactory, name, PackageType::Helm).await;
    }
    match repository.project_api().await.map_err(|error| chart_problem(name, &error))? {
        Some(harbor) => create_in(&harbor, name).await,
        None => Ok(()),
    }
}

async fn create_in(harbor: &Harbor, name: &str) -> Result<(), Problem> {
    let created = harbor.create_project(name, Visibility::Private).await;
    created.map(drop).map_err(|error| chart_problem(&format!("{}/{name}", harbor.host()), &error))
}

async fn create_repository(
    artifactory: &Artifactory,
    key: &str,
    holds: PackageType,
) -> Result<(), Problem> {
    let subject = format!("{}/{key}", artifactory.host());
    let created = artifactory.create_repository(key, holds).await;
    created.map(drop).map_err(|error| chart_problem(&subject, &error))
}

async fn owner_of(
    registry: &Registry,
    repository: Option<&ChartRepository>,
    options: &SyncOptions,
) -> Result<Option<Owner>, Problem> {
    let is_said = |kind| options.registry.as_ref().is_some_and(|target| target.kind == kind);
    let fail = |error| chart_problem(registry.url().authority(), &error);
    if is_said(RegistryKind::Jfrog) {
        if !options.create_projects {
            return Ok(None);
        }
        let artifactory = registry_artifactory(registry, options).await?;
        let answers = artifactory.answers().await.map_err(fail)?;
        let subject = format!("{}artifactory", registry.url());
        return if answers {
            Ok(Some(Owner::Artifactory(artifactory)))
        } else {
            let detail = "no Artifactory answers here, so no repository can be created";
            Err(Problem::error(ProblemKind::NotFound, subject, detail))
        };
    }
    let is_beside = repository
        .and_then(ChartRepository::harbor)
        .is_some_and(|(harbor, _)| harbor.host() == registry.url().authority());
    if !is_said(RegistryKind::Harbor) && !is_beside {
        return Ok(None);
    }
    let harbor = registry_harbor(registry, options).await?;
    // A registry behind the chart repository's host need not be the Harbor itself.
    let info = harbor.system_info().await.map_err(fail)?;
    Ok(info.map(|_| Owner::Harbor(harbor)))
}
