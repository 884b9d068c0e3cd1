//! From listings to bundles: what the members mean, and whether they fit together.

use std::collections::BTreeMap;
use std::sync::Arc;

use oci::Digest;

use crate::bundle::{Bundle, Layout};
use crate::finding::{Finding, FindingKind};
use crate::listing::{Archive, Entry, Listing, Violation};
use crate::member::{BlobEntry, Document};
use crate::root::{Root, RootKind, find_roots};
use crate::store::Stores;
use crate::{PackageError, name};

/// Findings of each severity. Nobody reads more; a hostile package could have any number.
const MAX_FINDINGS: usize = 1000;

/// Two members of one name are compared up to this size, in bytes. What writes a member twice does it to small ones.
const MAX_COMPARED: u64 = 16 << 20;

/// Everything read so far.
pub(crate) struct Assembler {
    pub(crate) stores: Arc<Stores>,
    /// The name of a bundle that is the package as a whole.
    title: String,
    pub(crate) bundles: Vec<Bundle>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) blobs: BTreeMap<Digest, BlobEntry>,
    /// Manifests and indexes.
    pub(crate) documents: BTreeMap<Digest, Document>,
    /// Bytes read, see [`crate::member`].
    pub(crate) taken: u64,
}

impl Assembler {
    pub(crate) fn new(stores: Arc<Stores>, title: String) -> Self {
        Self {
            stores,
            title,
            bundles: Vec::new(),
            findings: Vec::new(),
            blobs: BTreeMap::new(),
            documents: BTreeMap::new(),
            taken: 0,
        }
    }

    /// Takes everything out of an archive. Whether there was anything.
    pub(crate) fn contents(&mut self, mut archive: Archive) -> Result<bool, PackageError> {
        let roots = find_roots(&archive.listing)?;
        if self.chart_archive(&mut archive, &roots)? {
            return Ok(true);
        }
        let mut listing = archive.listing;
        if !roots.is_empty() {
            self.settle(&mut listing, &roots)?;
        }
        for root in &roots {
            self.root(&mut listing, root)?;
        }
        let mut has_found = !roots.is_empty();
        for at in 0..listing.entries.len() {
            let entry = &mut listing.entries[at];
            if roots.iter().any(|root| name::below(&root.dir, &entry.name).is_some()) {
                continue;
            }
            if let Some(inner) = entry.archive.take() {
                has_found |= self.contents((*inner)?)?;
            } else {
                self.suspect(&listing, at);
            }
        }
        if has_found && roots.is_empty() {
            self.settle(&mut listing, &roots)?;
        }
        for Violation { name, reason } in &listing.violations {
            let kind = FindingKind::PassedOver(reason);
            self.report(Finding::warning(listing.member(name), kind));
        }
        Ok(has_found)
    }

    /// A file called like an archive that is none was damaged, or never arrived.
    pub(crate) fn suspect(&mut self, listing: &Listing, at: usize) {
        let entry = &listing.entries[at];
        if entry.is_called_archive() {
            let kind = FindingKind::NotAnArchive(entry.head.describe());
            self.report(Finding::error(listing.member(&entry.name), kind));
        }
    }

    /// What must hold for every archive that something is taken from: no member that may not be there, none twice.
    pub(crate) fn settle(
        &mut self,
        listing: &mut Listing,
        roots: &[Root],
    ) -> Result<(), PackageError> {
        let mut images = roots.iter().flat_map(|root| std::iter::once(root).chain(&root.parts));
        let has_docker = images.any(|root| root.kind == RootKind::Docker);
        if !has_docker
            && let Some(link) = listing.entries.iter().find(|entry| entry.alias.is_some())
        {
            let name = link.name.clone();
            listing.refuse(name.as_bytes(), "it is a symbolic link");
        }
        check_violations(listing, roots)?;
        let mut seen = BTreeMap::<&str, &Entry>::new();
        for entry in &listing.entries {
            if let Some(first) = seen.insert(&entry.name, entry)
                && !self.are_equal(first, entry)?
            {
                return Err(PackageError::Duplicate { member: listing.member(&entry.name) });
            }
        }
        Ok(())
    }

    fn are_equal(&self, first: &Entry, second: &Entry) -> Result<bool, PackageError> {
        if first.place.size != second.place.size
            || first.place.size > MAX_COMPARED
            || first.alias != second.alias
        {
            return Ok(false);
        }
        let read = |entry: &Entry| match &entry.kept {
            Some(bytes) => Ok(bytes.clone()),
            None => self.read_place(entry.place, &entry.name),
        };
        Ok(read(first)? == read(second)?)
    }

    fn root(&mut self, listing: &mut Listing, root: &Root) -> Result<(), PackageError> {
        let mut origin = name::join(&listing.label, &root.dir);
        if origin.is_empty() {
            origin.clone_from(&self.title);
        }
        let layout = match root.kind {
            RootKind::Bundle => Layout::Bundle,
            RootKind::Wrap => Layout::Wrap,
            RootKind::Chart => Layout::ChartDirectory,
            RootKind::Oci => Layout::OciLayout,
            RootKind::Docker => Layout::DockerArchive,
        };
        let mut bundle = Bundle::new(origin, layout);
        match root.kind {
            RootKind::Bundle => self.bundle(listing, root, &mut bundle)?,
            RootKind::Wrap => self.wrap(listing, root, &mut bundle)?,
            RootKind::Chart => bundle.chart = self.chart_files(listing, &root.dir)?,
            RootKind::Oci | RootKind::Docker => {
                bundle.has_images_member = true;
                bundle.images = self.images(listing, root)?;
            }
        }
        self.add(bundle);
        Ok(())
    }

    pub(crate) fn add(&mut self, bundle: Bundle) {
        self.check_names(&bundle);
        match self.bundles.iter_mut().find(|have| have.is_same(&bundle)) {
            None => self.bundles.push(bundle),
            Some(same) => {
                let kind = FindingKind::Copy(same.origin.clone());
                same.copies.push(bundle.origin.clone());
                self.report(Finding::warning(bundle.origin, kind));
            }
        }
    }

    /// One name for two images of one platform: whoever loads them keeps one of them, and not always the same. Bare
    /// tags, which layouts have for names, say nothing across layouts.
    fn check_names(&mut self, bundle: &Bundle) {
        let mut seen = BTreeMap::new();
        let mut ambiguous = BTreeMap::new();
        for (at, image) in bundle.images.iter().enumerate() {
            for name in image.names.iter().filter(|name| name.contains(['/', ':'])) {
                for manifest in
                    image.manifests.iter().filter(|manifest| manifest.platform.is_some())
                {
                    let config = &manifest.config.digest;
                    let first = *seen.entry((name, &manifest.platform)).or_insert((at, config));
                    if first.0 != at && first.1 != config {
                        ambiguous.insert(name, &image.member);
                    }
                }
            }
        }
        for (name, member) in ambiguous {
            self.report(Finding::error(member.clone(), FindingKind::AmbiguousName(name.clone())));
        }
    }

    /// Takes a finding down.
    pub(crate) fn report(&mut self, finding: Finding) {
        let of_severity =
            self.findings.iter().filter(|have| have.severity == finding.severity).count();
        if of_severity < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }
}

/// Any such member spoils an archive. On disk only those inside a package count: nobody packed the others.
pub(crate) fn check_violations(listing: &Listing, roots: &[Root]) -> Result<(), PackageError> {
    let counts = |violation: &&Violation| {
        !listing.is_directory
            || roots.iter().any(|root| name::below(&root.dir, &violation.name).is_some())
    };
    match listing.violations.iter().find(counts) {
        None => Ok(()),
        Some(Violation { name, reason }) => {
            Err(PackageError::UnsafeMember { member: listing.member(name), reason })
        }
    }
}
