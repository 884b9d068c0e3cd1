//! Which blobs have to be where, from what was decided.

use std::collections::BTreeMap;

use oci::{Descriptor, Digest};

use crate::open::Opened;
use crate::problem::{Problem, ProblemKind};
use crate::sync::decide::Built;
use crate::sync::plan::PlannedImage;

/// One distinct blob and every repository that needs it.
#[derive(Clone, Debug)]
pub(crate) struct BlobJob {
    pub(crate) descriptor: Descriptor,
    /// Which package has it.
    pub(crate) package: usize,
    /// Its place in that package's order.
    pub(crate) position: usize,
    /// The member it is read from.
    pub(crate) member: String,
    /// The repositories, in the order of the plan.
    pub(crate) repositories: Vec<String>,
}

/// The blobs of everything that will be put. With `deep`, also of what is up to date.
pub(crate) fn blob_jobs(
    images: &[PlannedImage],
    packages: &[Opened],
    deep: bool,
) -> Result<Vec<BlobJob>, Problem> {
    let places = places(packages);
    let mut jobs: BTreeMap<Digest, BlobJob> = BTreeMap::new();
    for image in images {
        for blob in image.needed(deep).flat_map(|built: &Built| built.manifest.blobs()) {
            let Some(place) = places.get(&blob.digest) else {
                let detail = format!("its blob {} is in no package", blob.digest);
                return Err(Problem::error(
                    ProblemKind::BlobMissing,
                    image.source.to_string(),
                    detail,
                ));
            };
            let job = jobs.entry(blob.digest.clone()).or_insert_with(|| BlobJob {
                descriptor: blob.clone(),
                package: place.package,
                position: place.position,
                member: place.member.to_owned(),
                repositories: Vec::new(),
            });
            let repository = image.target.repository();
            if !job.repositories.iter().any(|known| known == repository) {
                job.repositories.push(repository.to_owned());
            }
        }
    }
    Ok(in_order(jobs.into_values().collect(), packages))
}

struct Place<'a> {
    package: usize,
    position: usize,
    member: &'a str,
}

/// Where each blob is. Packages that can be read in any order go first: a blob in both kinds is read from those.
fn places(packages: &[Opened]) -> BTreeMap<&Digest, Place<'_>> {
    let mut places = BTreeMap::new();
    let mut order: Vec<usize> = (0..packages.len()).collect();
    order.sort_by_key(|&index| is_sequential(&packages[index]));
    for package in order {
        for (position, blob) in packages[package].package.blobs().iter().enumerate() {
            places.entry(&blob.descriptor.digest).or_insert(Place {
                package,
                position,
                member: &blob.member,
            });
        }
    }
    places
}

pub(crate) fn is_sequential(opened: &Opened) -> bool {
    opened.package.access() == bundle::Access::Sequential
}

/// Large blobs first: several go at a time, and a large one at the end would go alone. A compressed package is read in
/// the order it is stored, or it would be decompressed again for every blob.
fn in_order(mut jobs: Vec<BlobJob>, packages: &[Opened]) -> Vec<BlobJob> {
    jobs.sort_by_key(|job| {
        let sequential = is_sequential(&packages[job.package]);
        let rank = if sequential { job.position as u64 } else { u64::MAX - job.descriptor.size };
        (sequential, if sequential { job.package } else { 0 }, rank)
    });
    jobs
}
