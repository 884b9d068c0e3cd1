//! The images of a bundle: found by what a chart calls them, and what each brings.

use std::collections::HashMap;

use bundle::{Bundle, Image, Layout};
use oci::{Digest, Platform, Reference};

use crate::sync::decide::{Built, Wanted};

/// The images of a bundle by name and digest. An image is known by its place.
pub(super) struct PackageImages<'a> {
    images: &'a [Image],
    is_wrap: bool,
    by_name: HashMap<Reference, Vec<usize>>,
    by_digest: HashMap<Digest, usize>,
}

impl<'a> PackageImages<'a> {
    pub(super) fn new(bundle: &'a Bundle) -> Self {
        let images = bundle.images.as_slice();
        let is_wrap = bundle.layout == Layout::Wrap;
        let mut by_name: HashMap<Reference, Vec<usize>> = HashMap::new();
        let mut by_digest = HashMap::new();
        for (at, image) in images.iter().enumerate() {
            for name in names(image) {
                by_name.entry(name).or_default().push(at);
            }
            let index = image.index.as_ref().map(|index| Digest::of(index.raw()));
            let manifests = image.manifests.iter().map(|one| Built::new(one).descriptor.digest);
            for digest in index.into_iter().chain(manifests) {
                by_digest.entry(digest).or_insert(at);
            }
        }
        Self { images, is_wrap, by_name, by_digest }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Where the images of a name are; several when an archive has one for each platform. A digest finds the image
    /// under any name.
    pub(super) fn find(&self, reference: &Reference) -> &[usize] {
        if let Some(places) = self.by_name.get(reference) {
            return places;
        }
        let pinned = reference.digest().and_then(|digest| self.by_digest.get(digest));
        pinned.map_or(&[], std::slice::from_ref)
    }

    pub(super) fn at(&self, places: &[usize]) -> Vec<&'a Image> {
        places.iter().map(|at| &self.images[*at]).collect()
    }

    /// Those whose place is none of `places`. An image of a wrap that has no name is a fault already.
    pub(super) fn except<'b>(
        &'b self,
        places: &'b [usize],
    ) -> impl Iterator<Item = &'a Image> + 'b {
        let others = self.images.iter().enumerate().filter(|(at, _)| !places.contains(at));
        let is_faulty = |image: &&Image| self.is_wrap && image.names.is_empty();
        others.map(|(_, image)| image).filter(move |image| !is_faulty(image))
    }

    /// The digest an image will have under its tag, when nothing is there yet.
    pub(super) fn digest(
        &self,
        reference: &Reference,
        platform: Option<&Platform>,
    ) -> Option<Digest> {
        let wanted = wanted_of(&self.at(self.find(reference)), platform).ok()??;
        Some(Digest::of(wanted.root().raw()))
    }
}

/// The names that are references.
pub(super) fn names(image: &Image) -> impl Iterator<Item = Reference> + '_ {
    image.names.iter().filter_map(|name| name.parse().ok())
}

/// What images of one name bring, for one platform or all; `None` when that is nothing. The error is an image that has
/// a platform of another one with other content.
pub(super) fn wanted_of(
    images: &[&Image],
    platform: Option<&Platform>,
) -> Result<Option<Wanted>, Box<Built>> {
    let mut all: Option<Wanted> = None;
    for wanted in images.iter().filter_map(|image| Wanted::of(image, platform)) {
        match &mut all {
            None => all = Some(wanted),
            Some(all) => all.join(wanted)?,
        }
    }
    Ok(all)
}

/// Makes sure that a name with a digest leads to content of that digest. A digest of one platform, with no tag to put
/// the others under, leaves only that platform. The error is what the digest would be.
pub(super) fn pin(wanted: &mut Wanted, target: &Reference) -> Result<(), Digest> {
    let Some(digest) = target.digest() else { return Ok(()) };
    let root = Digest::of(wanted.root().raw());
    if root == *digest {
        return Ok(());
    }
    if !wanted.manifests.iter().any(|built| built.descriptor.digest == *digest) {
        return Err(root);
    }
    if target.tag().is_none() {
        wanted.manifests.retain(|built| built.descriptor.digest == *digest);
        wanted.index = None;
    }
    Ok(())
}
