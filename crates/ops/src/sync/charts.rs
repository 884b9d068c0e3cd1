//! Charts: what is in the repository, and publishing.

use std::sync::Arc;

use bytes::Bytes;
use chart_repository::{
    ChartRepository, ChartRepositoryOptions, Error as ChartError, Existing, Kind, Location,
    OnConflict, Outcome, PackagedChart,
};
use helm::Chart;
use registry_client::Client;

use crate::network::request_kind;
use crate::problem::{Error, Phase, Problem, ProblemKind, chain};
use crate::sync::modules::RelocatedChart;
use crate::sync::options::{ChartTarget, ChartTargetKind, ConflictPolicy, SyncOptions};
use crate::sync::plan::{PlannedChart, SyncPlan};
use crate::sync::report::{ChartAction, SyncReport};
use crate::sync::targets::Lookup;
use crate::{Event, Progress};

/// Opens a chart target. Nothing is asked of it yet.
pub(crate) async fn open(
    client: &Client,
    target: &ChartTarget,
    lookup: &Lookup,
) -> Result<ChartRepository, Problem> {
    let kind = match target.kind {
        ChartTargetKind::Harbor => Kind::Harbor,
        ChartTargetKind::ChartMuseum => Kind::ChartMuseum,
        ChartTargetKind::Oci => Kind::Oci,
        ChartTargetKind::Jfrog => Kind::JFrog,
        ChartTargetKind::Local => Kind::Local,
    };
    let credential = match kind {
        Kind::Local => None,
        _ => lookup.credential(target.credentials.as_ref(), &host_of(&target.url)).await?,
    };
    let options = ChartRepositoryOptions {
        kind,
        location: target.url.clone(),
        client: client.clone(),
        credential,
        describe: Some(Arc::new(describe)),
    };
    ChartRepository::new(options).map_err(|error| chart_problem(&target.url, &error))
}

/// `host[:port]` of a URL, for docker's `config.json`.
fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority).to_owned()
}

/// A chart that lies in a local directory already.
fn describe(archive: Bytes) -> Option<PackagedChart> {
    let metadata = Chart::from_archive(&archive).ok()?.metadata.to_json();
    PackagedChart::new(archive, metadata).ok()
}

/// What was found out about a chart target.
pub(crate) struct Surveyed {
    pub(crate) charts: Vec<PlannedChart>,
    /// The Harbor project of the charts, when it is to be created.
    pub(crate) missing_project: Option<String>,
    pub(crate) problems: Vec<Problem>,
}

/// Looks what the repository has of each chart, and decides.
pub(crate) async fn survey(
    repository: Option<&ChartRepository>,
    charts: Vec<RelocatedChart>,
    options: &SyncOptions,
) -> Surveyed {
    let mut surveyed = Surveyed { charts: Vec::new(), missing_project: None, problems: Vec::new() };
    let subject = options.charts.as_ref().map(|target| target.url.clone()).unwrap_or_default();
    if let (Some(repository), Some(first)) = (repository, charts.first()) {
        match repository.check_access(first.chart.name()).await {
            Ok(access) => surveyed.problems.extend(access_notes(&subject, &access)),
            Err(ChartError::ProjectMissing { project, .. }) if options.create_projects => {
                // What is not there holds no chart.
                surveyed.missing_project = Some(project);
                surveyed.charts = charts
                    .into_iter()
                    .map(|chart| planned(chart, ChartAction::Publish, None))
                    .collect();
                return surveyed;
            }
            Err(error) => {
                surveyed.problems.push(chart_problem(&subject, &error));
                return surveyed;
            }
        }
    }
    for chart in charts {
        let Some(repository) = repository else {
            surveyed.charts.push(planned(chart, ChartAction::None, None));
            continue;
        };
        match repository.find(chart.chart.name(), chart.chart.version()).await {
            Ok(existing) => match decide(existing.as_ref(), &chart.chart, options.on_conflict) {
                Ok(action) => surveyed.charts.push(planned(
                    chart,
                    action,
                    existing.map(|existing| existing.url),
                )),
                Err(error) => surveyed.problems.push(chart_problem(&title(&chart.chart), &error)),
            },
            Err(error) => surveyed.problems.push(chart_problem(&title(&chart.chart), &error)),
        }
    }
    surveyed
}

fn decide(
    existing: Option<&Existing>,
    chart: &PackagedChart,
    policy: ConflictPolicy,
) -> Result<ChartAction, ChartError> {
    chart_repository::decide(existing, chart, on_conflict(policy)).map(action_of)
}

fn action_of(outcome: Outcome) -> ChartAction {
    match outcome {
        Outcome::AlreadyThere => ChartAction::UpToDate,
        Outcome::Overwritten => ChartAction::Overwrite,
        Outcome::Kept => ChartAction::Keep,
        _ => ChartAction::Publish,
    }
}

fn on_conflict(policy: ConflictPolicy) -> OnConflict {
    match policy {
        ConflictPolicy::Fail => OnConflict::Fail,
        ConflictPolicy::Overwrite => OnConflict::Overwrite,
        ConflictPolicy::Keep => OnConflict::Keep,
    }
}

fn planned(chart: RelocatedChart, action: ChartAction, url: Option<String>) -> PlannedChart {
    let RelocatedChart { chart, origin, edits } = chart;
    PlannedChart { chart, origin, action, url, edits }
}

fn access_notes(subject: &str, access: &chart_repository::Access) -> Vec<Problem> {
    let mut notes = Vec::new();
    if let Some(detected) = &access.detected {
        let version = detected.harbor_version.as_deref().unwrap_or("unknown version");
        let detail = format!("Harbor {version}: charts go to {}", detected.repository);
        notes.push(Problem::info(ProblemKind::ChartRepositoryGone, subject, detail));
    }
    if access.fell_back_to_http {
        notes.push(Problem::warning(ProblemKind::PlainHttpUsed, subject, ""));
    }
    notes
}

/// Publishes the charts. Their images are in place.
pub(crate) async fn publish(
    plan: &SyncPlan,
    options: &SyncOptions,
    report: &mut SyncReport,
    progress: &Progress,
) -> Result<(), Error> {
    let Some(repository) = &plan.repository else { return Ok(()) };
    for (planned, reported) in plan.charts.iter().zip(&mut report.charts) {
        let published =
            repository.publish(&planned.chart, on_conflict(options.on_conflict)).await.map_err(
                |error| Error::new(Phase::Publish, chart_problem(&title(&planned.chart), &error)),
            )?;
        let url = published.location.to_string();
        reported.action = action_of(published.outcome);
        reported.url = Some(url.clone());
        report.next.extend(next_steps(&published.location, &planned.chart));
        progress.emit(Event::ChartDone { url });
    }
    Ok(())
}

/// What the operator types next, with helm: Ferry does not upgrade yet.
fn next_steps(location: &Location, chart: &PackagedChart) -> Vec<String> {
    let words = location.helm_arguments(chart.version()).join(" ");
    let name = chart.name();
    vec![format!("helm upgrade {name} {words} -n {name}-system -f bak.yaml")]
}

fn title(chart: &PackagedChart) -> String {
    format!("{} {}", chart.name(), chart.version())
}

pub(crate) fn chart_problem(subject: &str, error: &ChartError) -> Problem {
    let kind = match (error, error.network()) {
        (ChartError::OverwriteRefused { .. }, _) => ProblemKind::ChartRefused,
        (_, Some(network)) => request_kind(network),
        (ChartError::Address { .. } | ChartError::Path { .. }, _) => ProblemKind::ConfigValue,
        (ChartError::ReadOnly, _) => ProblemKind::ChartRepositoryReadOnly,
        (ChartError::CredentialKind, _) => ProblemKind::CredentialsInvalid,
        (ChartError::Chart { .. } | ChartError::Reference { .. }, _) => ProblemKind::ChartInvalid,
        (ChartError::NotAnIndex { .. } | ChartError::LocalIndex { .. }, _) => {
            ProblemKind::ChartIndexInvalid
        }
        (ChartError::NoRepository { .. }, _) => ProblemKind::NotFound,
        (ChartError::ProjectMissing { .. }, _) => ProblemKind::ProjectMissing,
        (ChartError::Conflict { .. }, _) => ProblemKind::ChartConflict,
        (ChartError::NotConfirmed { .. }, _) => ProblemKind::NotArrived,
        (ChartError::File { source, .. }, _) => crate::problem::io_kind(source),
        (ChartError::Busy { .. }, _) => ProblemKind::Locked,
        _ => ProblemKind::Internal,
    };
    Problem::error(kind, subject, chain(error))
}
