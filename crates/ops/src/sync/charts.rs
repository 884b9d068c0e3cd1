//! Charts: what is in the repository, and publishing.

use std::sync::Arc;

use bytes::Bytes;
use chart_repository::{
    Access, ChartRepository, ChartRepositoryOptions, Error as ChartError, Existing, Kind, Location,
    OnConflict, Outcome, PackagedChart,
};
use helm::Chart;
use registry_client::{Client, ErrorKind, ManifestId};

use crate::network::request_kind;
use crate::problem::{Error, Phase, Problem, ProblemKind, chain};
use crate::sync::modules::RelocatedChart;
use crate::sync::options::{ChartTarget, ChartTargetKind, ConflictPolicy, SyncOptions};
use crate::sync::plan::{PlannedChart, PlannedImage, SyncPlan};
use crate::sync::projects::missing_for_charts;
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

/// Why the chart target cannot be reached or does not know us, when the run ends before any chart is looked for: an
/// operator who mixed up two pairs of credentials learns of both at once. What depends on a chart is left for later.
pub(crate) async fn refusal(repository: &ChartRepository, url: &str) -> Option<Problem> {
    let error = repository.check_access("ferry").await.err()?;
    let network = error.network()?;
    let is_ours = matches!(network.kind(), ErrorKind::Unauthorized | ErrorKind::Unreachable);
    is_ours.then(|| chart_problem(url, &error))
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
    /// The project or repository of the charts, when it is to be created.
    pub(crate) missing_project: Option<String>,
    pub(crate) problems: Vec<Problem>,
}

/// Whether charts can go to a repository.
enum Reached {
    There(Access),
    /// The name of its project, or its own.
    ToBeCreated(String),
}

async fn check_access(
    repository: &ChartRepository,
    chart: &str,
    options: &SyncOptions,
) -> Result<Reached, ChartError> {
    match repository.check_access(chart).await {
        Ok(access) => Ok(Reached::There(access)),
        Err(error) => {
            missing_for_charts(repository, error, options).await.map(Reached::ToBeCreated)
        }
    }
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
        match check_access(repository, first.chart.name(), options).await {
            Ok(Reached::There(access)) => surveyed.problems.extend(access_notes(&subject, &access)),
            Ok(Reached::ToBeCreated(project)) => {
                // What is not there holds no chart.
                surveyed.missing_project = Some(project);
                let publish = |chart| planned(chart, ChartAction::Publish, None);
                surveyed.charts = charts.into_iter().map(publish).collect();
                return surveyed;
            }
            Err(error) => {
                surveyed.problems.push(chart_problem(&subject, &error));
                return surveyed;
            }
        }
    }
    for chart in charts {
        match look_at(repository, chart, options).await {
            Ok(planned) => surveyed.charts.push(planned),
            Err(problem) => surveyed.problems.push(problem),
        }
    }
    surveyed
}

async fn look_at(
    repository: Option<&ChartRepository>,
    relocated: RelocatedChart,
    options: &SyncOptions,
) -> Result<PlannedChart, Problem> {
    let Some(repository) = repository else {
        return Ok(planned(relocated, ChartAction::None, None));
    };
    let chart = &relocated.chart;
    let fail = |error: ChartError| chart_problem(&title(chart), &error);
    let existing = repository.find(chart.name(), chart.version()).await.map_err(fail)?;
    let action = decide(existing.as_ref(), chart, options.on_conflict).map_err(fail)?;
    Ok(planned(relocated, action, existing.map(|existing| existing.url)))
}

/// Charts that would go under the tag of an image: the one that comes later would take it from the other.
pub(crate) fn collisions(
    repository: Option<&ChartRepository>,
    charts: &[PlannedChart],
    images: &[PlannedImage],
) -> Vec<Problem> {
    let collision = |planned: &PlannedChart| {
        let (name, version) = (planned.chart.name(), planned.chart.version());
        let reference = repository?.reference(name, version)?;
        let image = images.iter().find(|image| {
            image.target.without_identifier() == reference.without_identifier()
                && matches!(image.id(), ManifestId::Tag(tag) if Some(&tag) == reference.tag())
        })?;
        let detail = format!(
            "the image {} and the chart {name} {version} would both be there",
            image.source
        );
        Some(Problem::error(ProblemKind::Collision, reference.to_string(), detail))
    };
    charts.iter().filter_map(collision).collect()
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

fn access_notes(subject: &str, access: &Access) -> Vec<Problem> {
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

/// Publishes the charts. Their images are in place. One that fails does not keep the others back, unless it is the
/// server that fails; what is wrong with any of them is told together.
pub(crate) async fn publish(
    plan: &SyncPlan,
    options: &SyncOptions,
    report: &mut SyncReport,
    progress: &Progress,
) -> Result<(), Error> {
    let Some(repository) = &plan.repository else { return Ok(()) };
    let mut problems = Vec::new();
    for (planned, reported) in plan.charts.iter().zip(&mut report.charts) {
        let chart = &planned.chart;
        let published = match repository.publish(chart, on_conflict(options.on_conflict)).await {
            Ok(published) => published,
            Err(error) => {
                problems.push(chart_problem(&title(chart), &error));
                if is_of_one_chart(&error) {
                    continue;
                }
                break;
            }
        };
        let url = published.location.to_string();
        reported.action = action_of(published.outcome);
        reported.url = Some(url.clone());
        if reported.action.is_ours() {
            report.next.extend(next_step(&published.location, chart));
        } else {
            reported.edits.clear();
        }
        progress.emit(Event::ChartDone { url });
    }
    Error::check(Phase::Publish, &problems)
}

/// Whether the next chart may fare better.
fn is_of_one_chart(error: &ChartError) -> bool {
    let is_refusal = |kind| {
        matches!(kind, ErrorKind::PayloadTooLarge | ErrorKind::Conflict | ErrorKind::Refused)
    };
    match error {
        ChartError::OverwriteRefused { .. } => true,
        _ => error.network().is_none_or(|network| is_refusal(network.kind())),
    }
}

/// What the operator types next, with helm: Ferry does not upgrade yet. Nothing for a chart that helm cannot install.
fn next_step(location: &Location, chart: &PackagedChart) -> Option<String> {
    let words: Vec<String> =
        location.helm_arguments(chart.version()).iter().map(|word| quoted(word)).collect();
    let (name, words) = (quoted(chart.name()), words.join(" "));
    chart
        .is_installable()
        .then(|| format!("helm upgrade {name} {words} -n {name}-system -f bak.yaml"))
}

/// A word as a shell takes it: a path may have spaces in it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:+@%,=[]~".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn step(path: &str, kind: &str) -> Option<String> {
        let metadata = format!(r#"{{"name":"c","version":"1.0.0","type":"{kind}"}}"#);
        let chart = PackagedChart::new(Bytes::from_static(b"tgz"), metadata).unwrap();
        next_step(&Location::File { path: path.into() }, &chart)
    }

    #[test]
    fn the_next_step_can_be_typed_as_it_is() {
        let command = |path: &str| step(path, "application").unwrap();
        assert_eq!(command("a/c.tgz"), "helm upgrade c a/c.tgz -n c-system -f bak.yaml");
        assert_eq!(command("离线/c.tgz"), "helm upgrade c 离线/c.tgz -n c-system -f bak.yaml");
        assert!(command("my charts/it's/c.tgz").contains(r"c 'my charts/it'\''s/c.tgz' -n"));
        assert_eq!(step("c.tgz", "library"), None);
    }
}
