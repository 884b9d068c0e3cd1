//! Whether images are where they should be.

use futures_util::{StreamExt as _, stream};
use oci::Reference;

use super::{CheckTarget, ImagesReport};
use crate::Progress;
use crate::network::request_problem;
use crate::open::open_package;
use crate::problem::{Error, Phase, Problem, ProblemKind};
use crate::sync::modules::holds;
use crate::sync::options::SyncOptions;
use crate::sync::place::in_registry;
use crate::sync::plan::{LOOKS_AT_A_TIME, manifest_id};
use crate::sync::targets;

/// Looks for every image of a report, and puts down what is missing.
pub(super) async fn check(target: &CheckTarget, report: &mut ImagesReport) -> Result<(), Error> {
    let wanted: Vec<Reference> = wanted(report);
    let (name, looked) = match target {
        CheckTarget::Package(path) => {
            let opened = open_package(path).await?;
            let looked = wanted
                .iter()
                .map(|reference| (reference.clone(), holds(&opened, reference)))
                .collect();
            (path.display().to_string(), looked)
        }
        CheckTarget::Registry(options) => in_a_registry(options, &wanted).await?,
    };
    let kind = match target {
        CheckTarget::Package(_) => ProblemKind::RenderedMissing,
        CheckTarget::Registry(_) => ProblemKind::ImageNotThere,
    };
    for image in report.charts.iter_mut().flat_map(|chart| &mut chart.images) {
        let at = image.reference.as_ref().and_then(|one| wanted.iter().position(|w| w == one));
        let Some((looked_for, is_there)) = at.map(|at| &looked[at]) else {
            let detail = "this is no image";
            report.problems.push(Problem::warning(kind, &image.image, detail));
            continue;
        };
        image.is_there = Some(*is_there);
        image.looked_for =
            Some(looked_for.clone()).filter(|name| image.reference.as_ref() != Some(name));
        if !is_there {
            let place = image.places.first();
            let place = place.map(|place| format!("{} {}", place.kind, place.name));
            let detail = format!("{name}; wanted by {}", place.unwrap_or_default());
            let subject = looked_for.to_string();
            let problem = Problem::error(kind, subject, detail);
            if !report.problems.contains(&problem) {
                report.problems.push(problem);
            }
        }
    }
    report.checked = Some(name);
    Ok(())
}

fn wanted(report: &ImagesReport) -> Vec<Reference> {
    let images = report.charts.iter().flat_map(|chart| &chart.images);
    let mut wanted: Vec<Reference> = images.filter_map(|image| image.reference.clone()).collect();
    wanted.sort_by_key(ToString::to_string);
    wanted.dedup();
    wanted
}

/// An image that names the registry already is looked for as it is, any other under the name a sync would give it.
async fn in_a_registry(
    options: &SyncOptions,
    wanted: &[Reference],
) -> Result<(String, Vec<(Reference, bool)>), Error> {
    let targets = Box::pin(targets::open(options, &Progress::silent())).await?;
    let Some(registry) = targets.registry else {
        let detail = "no registry is given";
        return Err(Error::new(
            Phase::Configure,
            Problem::error(ProblemKind::Usage, "--check", detail),
        ));
    };
    let host = options.registry.as_ref().map_or("", |target| target.host.as_str());
    let target_of = |source: &Reference| {
        if source.registry() == host {
            return source.clone();
        }
        options.relocation.apply(source).reference(source).unwrap_or_else(|_| source.clone())
    };
    let look = async |source: &Reference| {
        let target = target_of(source);
        let subject = in_registry(&registry, target.repository());
        let fail = |error: registry_client::Error| {
            Error::new(Phase::Check, request_problem(&subject, &error))
        };
        let repository = registry.repository(target.repository()).map_err(fail)?;
        let id = match target.digest() {
            Some(digest) => registry_client::ManifestId::Digest(digest.clone()),
            None => manifest_id(&target),
        };
        let is_there = match repository.resolve(&id).await {
            Ok(found) => found.is_some(),
            // A repository or project that is not there holds nothing.
            Err(error)
                if matches!(
                    error.kind(),
                    registry_client::ErrorKind::ProjectUnknown
                        | registry_client::ErrorKind::RepositoryUnknown
                ) =>
            {
                false
            }
            Err(error) => return Err(fail(error)),
        };
        Ok((target, is_there))
    };
    let answers: Vec<_> =
        stream::iter(wanted.iter().map(look)).buffered(LOOKS_AT_A_TIME).collect().await;
    Ok((host.to_owned(), answers.into_iter().collect::<Result<_, Error>>()?))
}
