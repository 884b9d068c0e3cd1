//! Bundles of charts-syncer: `hints.yaml`, `original-chart/`, `images.tar`.

use crate::assemble::Assembler;
use crate::bundle::{Bundle, ChartContent, Hints, Image};
use crate::finding::{Finding, FindingKind};
use crate::listing::Listing;
use crate::member::Members;
use crate::root::{CHART_DIR, Root, RootKind, find_roots};
use crate::{PackageError, name};

/// Hints are a list of lines; the longest known has 38. In bytes.
const MAX_HINTS: u64 = 1 << 20;

impl Assembler {
    pub(crate) fn bundle(
        &mut self,
        listing: &mut Listing,
        root: &Root,
        bundle: &mut Bundle,
    ) -> Result<(), PackageError> {
        let hints = name::within(&root.dir, "hints.yaml");
        if let Some(entry) = listing.entries.iter().find(|entry| entry.name == hints) {
            let member = listing.member(&hints);
            let bytes = self.read(entry, &member, MAX_HINTS)?;
            bundle.hints = Some(Hints { member, bytes });
        }
        let chart_dir = name::within(&root.dir, CHART_DIR);
        bundle.chart = self.chart_files(listing, &chart_dir)?;
        let has_chart_yaml = matches!(&bundle.chart, Some(ChartContent::Files(files))
            if files.iter().any(|file| file.path == "Chart.yaml"));
        if !has_chart_yaml {
            let member = name::join(&bundle.origin, CHART_DIR);
            self.report(Finding::error(member, FindingKind::NoChart));
        }
        for part in &root.parts {
            bundle.has_images_member = true;
            bundle.images.extend(self.images(listing, part)?);
        }
        for at in 0..listing.entries.len() {
            let path = listing.entries[at].name.clone();
            let Some(rest) = name::below(&root.dir, &path) else { continue };
            let is_known = rest == "hints.yaml"
                || name::below(CHART_DIR, rest).is_some()
                || root.parts.iter().any(|part| name::below(&part.dir, &path).is_some());
            if is_known {
                continue;
            }
            let images = self.image_archive(listing, at, rest == "images.tar")?;
            bundle.has_images_member |= images.is_some();
            bundle.images.extend(images.into_iter().flatten());
        }
        Ok(())
    }

    /// The images of a member that is an image archive; `None` when it is something else, which `is_required`
    /// forbids.
    pub(crate) fn image_archive(
        &mut self,
        listing: &mut Listing,
        at: usize,
        is_required: bool,
    ) -> Result<Option<Vec<Image>>, PackageError> {
        let entry = &mut listing.entries[at];
        let (offset, head) = (entry.place.offset, entry.head);
        let inner = entry.archive.take();
        let member = listing.member(&listing.entries[at].name);
        let Some(inner) = inner else {
            if is_required {
                let reason = format!("image archive expected, this is {}", head.describe());
                return Err(PackageError::corrupt(member, offset, reason));
            }
            self.suspect(listing, at);
            self.report(Finding::warning(member, FindingKind::Unreferenced));
            return Ok(None);
        };
        let mut inner = (*inner)?.listing;
        let roots: Vec<Root> =
            find_roots(&inner)?.into_iter().filter(|root| root.kind.is_image()).collect();
        if roots.is_empty() && is_required {
            let reason = "it has neither manifest.json nor index.json of an image archive";
            return Err(PackageError::corrupt(member, offset, reason));
        }
        if roots.is_empty() {
            self.report(Finding::warning(member, FindingKind::Unreferenced));
            return Ok(None);
        }
        self.settle(&mut inner, &roots)?;
        let mut images = Vec::new();
        for root in &roots {
            images.extend(self.images(&inner, root)?);
        }
        Ok(Some(images))
    }

    pub(crate) fn images(
        &mut self,
        listing: &Listing,
        root: &Root,
    ) -> Result<Vec<Image>, PackageError> {
        let members = Members::new(listing, &root.dir);
        match root.kind {
            RootKind::Oci => self.oci_layout(&members, &root.dir),
            _ => self.docker_archive(&members, &root.dir),
        }
    }
}
