//! The images of an input: found by what a chart calls them, and what each brings.

use std::collections::{BTreeSet, HashMap};

use bundle::{Image, Layout};
use oci::{Digest, Platform, Reference};

use crate::open::{Contents, Opened};
use crate::sync::wanted::{Built, Wanted};

/// Where an image is: which bundle, and which of its images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    bundle: usize,
    image: usize,
}

/// The images of all bundles of an input, in its order. A chart may lie beside the archive that has its images.
pub(super) struct InputImages<'a> {
    bundles: Vec<BundleImages<'a>>,
}

/// The images of one bundle by name and digest.
struct BundleImages<'a> {
    images: &'a [Image],
    is_wrap: bool,
    by_name: HashMap<Reference, Vec<usize>>,
    by_digest: HashMap<Digest, usize>,
}

impl<'a> InputImages<'a> {
    pub(super) fn new(contents: impl IntoIterator<Item = &'a Contents>) -> Self {
        Self { bundles: contents.into_iter().map(BundleImages::new).collect() }
    }

    /// As the chart of one bundle sees them.
    pub(super) fn of_bundle(&self, own: usize) -> PackageImages<'_, 'a> {
        PackageImages { input: self, own }
    }
}

impl<'a> BundleImages<'a> {
    fn new(contents: &'a Contents) -> Self {
        let images = contents.bundle.images.as_slice();
        let is_wrap = contents.bundle.layout == Layout::Wrap;
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

    fn named(&self, reference: &Reference) -> &[usize] {
        self.by_name.get(reference).map_or(&[], Vec::as_slice)
    }

    fn pinned(&self, reference: &Reference) -> &[usize] {
        let at = reference.digest().and_then(|digest| self.by_digest.get(digest));
        at.map_or(&[], std::slice::from_ref)
    }
}

/// The images a chart can mean: those of its own bundle and, for what is not among them, those of the others.
#[derive(Clone, Copy)]
pub(super) struct PackageImages<'i, 'a> {
    input: &'i InputImages<'a>,
    own: usize,
}

impl<'i, 'a> PackageImages<'i, 'a> {
    pub(super) fn is_empty(self) -> bool {
        self.input.bundles.iter().all(|bundle| bundle.images.is_empty())
    }

    /// Where the images of a name are; several when there is one for each platform. A digest finds the image under
    /// any name.
    pub(super) fn find(self, reference: &Reference) -> Vec<Place> {
        type Way<'a> = for<'b> fn(&'b BundleImages<'a>, &Reference) -> &'b [usize];
        let ways: [Way<'a>; 2] = [BundleImages::named, BundleImages::pinned];
        let bundles = self.input.bundles.iter().enumerate();
        let (own, others): (Vec<_>, Vec<_>) = bundles.partition(|(at, _)| *at == self.own);
        for (bundles, way) in [own, others].iter().flat_map(|group| ways.map(|way| (group, way))) {
            let in_bundle = |(at, bundle): &(usize, &BundleImages<'a>)| {
                let (at, images) = (*at, way(bundle, reference).to_vec());
                images.into_iter().map(move |image| Place { bundle: at, image })
            };
            let found: Vec<Place> = bundles.iter().flat_map(in_bundle).collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    pub(super) fn at(self, places: &[Place]) -> Vec<&'a Image> {
        places.iter().map(|place| &self.input.bundles[place.bundle].images[place.image]).collect()
    }

    /// Whether some of `places` are images of the own bundle.
    pub(super) fn has_any(self, places: &BTreeSet<Place>) -> bool {
        places.iter().any(|place| place.bundle == self.own)
    }

    /// Those of the own bundle whose place is none of `places`. An image of a wrap that has no name is a fault already.
    pub(super) fn except(
        self,
        places: &'i BTreeSet<Place>,
    ) -> impl Iterator<Item = &'a Image> + 'i {
        let BundleImages { images, is_wrap, .. } = &self.input.bundles[self.own];
        let bundle = self.own;
        let others = images.iter().enumerate();
        let others =
            others.filter(move |(image, _)| !places.contains(&Place { bundle, image: *image }));
        others.map(|(_, image)| image).filter(move |image| !(*is_wrap && image.names.is_empty()))
    }

    /// The digest an image will have under its tag, when nothing is there yet.
    pub(super) fn digest(
        self,
        reference: &Reference,
        platform: Option<&Platform>,
    ) -> Option<Digest> {
        let wanted = wanted_of(&self.at(&self.find(reference)), platform).ok()??;
        Some(Digest::of(wanted.root().raw()))
    }
}

/// Whether a package has an image of this name or digest.
pub(crate) fn holds(opened: &Opened, reference: &Reference) -> bool {
    let input = InputImages::new(&opened.contents);
    !input.of_bundle(0).find(reference).is_empty()
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

/// What a digest that a chart names an image by stands for: the whole or one platform. Where the digest is the name's
/// only identifier, nothing else is wanted. The error is what the digest would be.
pub(super) fn pin(
    wanted: &mut Wanted,
    target: &Reference,
    digest: &Digest,
) -> Result<Wanted, Digest> {
    let root = Digest::of(wanted.root().raw());
    if root == *digest {
        return Ok(wanted.clone());
    }
    let built = wanted.manifests.iter().find(|built| built.descriptor.digest == *digest);
    let pinned = Wanted { manifests: vec![built.ok_or(root)?.clone()], index: None };
    if target.tag().is_none() {
        *wanted = pinned.clone();
    }
    Ok(pinned)
}
