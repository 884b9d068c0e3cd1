//! The images of a `dt` wrap: known by digest, named by `Images.lock`.

use std::collections::{HashMap, HashSet};

use bundle::{Bundle, ChartContent, Image, Layout, PlatformManifest};
use oci::{Artifact, Descriptor, Digest, Index, Platform, Reference};
use relocate::{ImagesLock, LockError, LockedDigest};

use crate::open::Fault;
use crate::problem::{Problem, ProblemKind};
use crate::sync::decide::Built;

/// The images of a bundle under their names.
pub(super) struct Named {
    pub(super) images: Vec<Image>,
    /// Every reference of the lock, once.
    pub(super) locked: Vec<Reference>,
    pub(super) faults: Vec<Fault>,
    pub(super) notes: Vec<Problem>,
}

/// Names the images of a bundle by its lock, one for each name with all its platforms. Without a lock they keep the
/// names they have.
pub(super) fn name_images(bundle: &Bundle) -> Named {
    let as_found = || Named {
        images: bundle.images.clone(),
        locked: Vec::new(),
        faults: Vec::new(),
        notes: Vec::new(),
    };
    let Some(bytes) = &bundle.images_lock else {
        let is_nameless = bundle.images.iter().any(|image| image.names.is_empty());
        let is_wrap = bundle.layout == Layout::Wrap;
        let faults = (is_wrap && is_nameless).then(|| {
            lock_fault(&bundle.origin, "there is no Images.lock, which would name the images")
        });
        return Named { faults: faults.into_iter().collect(), ..as_found() };
    };
    match ImagesLock::parse(bytes) {
        Ok(lock) => Naming::new(bundle).apply(&lock),
        Err(errors) => {
            let fault = |error: &LockError| {
                let place = format!("{}/{}:{}", bundle.origin, lock_path(bundle), error.line);
                lock_fault(&place, &error.kind.to_string())
            };
            Named { faults: errors.iter().map(fault).collect(), ..as_found() }
        }
    }
}

/// Where in the wrap the lock is.
fn lock_path(bundle: &Bundle) -> &'static str {
    match &bundle.chart {
        Some(ChartContent::Files(files)) if files.iter().any(|file| file.path == "Images.lock") => {
            "chart/Images.lock"
        }
        _ => "Images.lock",
    }
}

/// A manifest of the wrap.
#[derive(Clone, Copy)]
struct Place {
    image: usize,
    manifest: usize,
}

struct Naming<'a> {
    bundle: &'a Bundle,
    places: HashMap<Digest, Place>,
    used: HashSet<usize>,
    named: Named,
}

impl<'a> Naming<'a> {
    fn new(bundle: &'a Bundle) -> Self {
        let mut places = HashMap::new();
        for (at, image) in bundle.images.iter().enumerate() {
            for (manifest, content) in image.manifests.iter().enumerate() {
                if let Some(digest) = locked_digest(image, content) {
                    places.entry(digest).or_insert(Place { image: at, manifest });
                }
            }
        }
        let named =
            Named { images: Vec::new(), locked: Vec::new(), faults: Vec::new(), notes: Vec::new() };
        Self { bundle, places, used: HashSet::new(), named }
    }

    fn apply(mut self, lock: &ImagesLock) -> Named {
        for (reference, digests) in by_reference(lock) {
            self.image(reference, &digests);
            self.named.locked.push(reference.clone());
        }
        if !self.bundle.has_images_member && !self.named.locked.is_empty() {
            let detail = format!("Images.lock names {}", self.named.locked.len());
            let problem = Problem::warning(ProblemKind::ImagesAbsent, &self.bundle.origin, detail);
            self.named.faults = vec![Fault { problem, platform: None }];
        }
        self.keep_unlisted();
        self.named
    }

    /// One image: everything the lock says of its platforms.
    fn image(&mut self, reference: &Reference, digests: &[&LockedDigest]) {
        let mut found: Vec<(Place, PlatformManifest)> = Vec::new();
        for locked in digests {
            let Some(place) = self.places.get(&locked.digest).copied() else {
                self.absent(reference, locked);
                continue;
            };
            let mut manifest = self.bundle.images[place.image].manifests[place.manifest].clone();
            self.check_platform(reference, locked, &mut manifest);
            let rival = |known: &Option<Platform>| match (known, &manifest.platform) {
                (Some(known), Some(own)) => known.is_same(own),
                _ => true,
            };
            if found.iter().any(|(_, known)| rival(&known.platform)) {
                let detail = format!("Images.lock gives it two images for {}", locked.platform);
                self.named.faults.push(lock_fault(&reference.to_string(), &detail));
                continue;
            }
            self.used.insert(place.image);
            found.push((place, manifest));
        }
        let Some((first, _)) = found.first() else { return };
        let mut image = self.bundle.images[first.image].clone();
        image.names = vec![reference.to_string()];
        let is_as_found = found.len() == image.manifests.len()
            && found.iter().all(|(place, _)| place.image == first.image);
        image.manifests = found.into_iter().map(|(_, manifest)| manifest).collect();
        if !is_as_found {
            image.missing.clear();
            image.index = index_over(&image.manifests);
        }
        self.named.images.push(image);
    }

    fn absent(&mut self, reference: &Reference, locked: &LockedDigest) {
        let detail = format!("Images.lock has {} for {}", locked.digest, locked.platform);
        let problem = Problem::warning(ProblemKind::ImageMissing, reference.to_string(), detail);
        self.named.faults.push(Fault { problem, platform: Some(locked.platform.clone()) });
    }

    /// The config says where an image runs. The lock, which knows no variants, says it where the config does not.
    fn check_platform(
        &mut self,
        reference: &Reference,
        locked: &LockedDigest,
        manifest: &mut PlatformManifest,
    ) {
        let have = manifest.platform.get_or_insert_with(|| locked.platform.clone());
        let is_same =
            have.os == locked.platform.os && have.architecture == locked.platform.architecture;
        if !is_same {
            let detail = format!("it is for {have}, Images.lock says {}", locked.platform);
            let kind = ProblemKind::PlatformMismatch;
            self.named.notes.push(Problem::warning(kind, reference.to_string(), detail));
        }
    }

    /// Images that the lock does not list keep the names they have, if any.
    fn keep_unlisted(&mut self) {
        for (at, image) in self.bundle.images.iter().enumerate() {
            if self.used.contains(&at) {
                continue;
            }
            let detail = "Images.lock does not list this image";
            let fault = lock_fault(&image.member, detail);
            if image.names.is_empty() {
                self.named.faults.push(fault);
            } else {
                self.named.notes.push(fault.problem);
            }
            self.named.images.push(image.clone());
        }
    }
}

/// The digest by which a lock knows a manifest. An archive of `docker save` keeps no manifest, and old wraps have one
/// for each image under the name `<digest>.tar`.
fn locked_digest(image: &Image, manifest: &PlatformManifest) -> Option<Digest> {
    if let Some(original) = &manifest.original {
        return Some(Digest::of(original.raw()));
    }
    let is_alone = image.manifests.len() == 1;
    let files = image.member.split(['/', ' ']).filter(|_| is_alone);
    let mut digests =
        files.filter_map(|file| Digest::from_sha256_hex(file.strip_suffix(".tar")?).ok());
    digests.next_back()
}

/// What each reference has, in the order of the lock. Several charts may ask for one image.
fn by_reference(lock: &ImagesLock) -> Vec<(&Reference, Vec<&LockedDigest>)> {
    let mut images: Vec<(&Reference, Vec<&LockedDigest>)> = Vec::new();
    let mut places: HashMap<&Reference, usize> = HashMap::new();
    for entry in &lock.images {
        let at = *places.entry(&entry.reference).or_insert(images.len());
        if at == images.len() {
            images.push((&entry.reference, Vec::new()));
        }
        for locked in &entry.digests {
            if !images[at].1.iter().any(|known| known.digest == locked.digest) {
                images[at].1.push(locked);
            }
        }
    }
    images
}

/// The index of several platforms. `dt` keeps none.
fn index_over(manifests: &[PlatformManifest]) -> Option<Artifact> {
    if manifests.len() < 2 {
        return None;
    }
    let descriptors: Vec<Descriptor> =
        manifests.iter().map(|manifest| Built::new(manifest).descriptor).collect();
    let index = Index::over(descriptors);
    Some(Artifact::Index { raw: index.encode(), index })
}

fn lock_fault(subject: &str, detail: &str) -> Fault {
    let problem = Problem::warning(ProblemKind::LockInvalid, subject, detail);
    Fault { problem, platform: None }
}
