//! Wraps of `dt`: `chart/`, `images/` with a layout (of old: an image archive) for each image, `Images.lock`.
//!
//! `Images.lock` gives the images their names. It is handed out as it is: it is YAML, and reading it is for those who
//! read YAML.

use crate::assemble::Assembler;
use crate::bundle::Bundle;
use crate::finding::{Finding, FindingKind};
use crate::listing::Listing;
use crate::root::Root;
use crate::{PackageError, name};

/// `Images.lock` has about 300 bytes for each image. In bytes.
const MAX_LOCK: u64 = 4 << 20;

impl Assembler {
    pub(crate) fn wrap(
        &mut self,
        listing: &mut Listing,
        root: &Root,
        bundle: &mut Bundle,
    ) -> Result<(), PackageError> {
        bundle.chart = self.chart_files(listing, &name::within(&root.dir, "chart"))?;
        let locks = ["chart/Images.lock", "Images.lock"].map(|lock| name::within(&root.dir, lock));
        if let Some(entry) = listing.entries.iter().find(|entry| locks.contains(&entry.name)) {
            let member = listing.member(&entry.name);
            bundle.images_lock = Some(self.read(entry, &member, MAX_LOCK)?);
        }
        let images = name::within(&root.dir, "images");
        let is_image = |path: &str| name::below(&images, path).is_some();
        for part in root.parts.iter().filter(|part| is_image(&part.dir)) {
            bundle.has_images_member = true;
            bundle.images.extend(self.images(listing, part)?);
        }
        let is_in_part =
            |path: &str| root.parts.iter().any(|part| name::below(&part.dir, path).is_some());
        for at in 0..listing.entries.len() {
            let path = listing.entries[at].name.clone();
            if is_image(&path) && !is_in_part(&path) {
                let is_required = path.rsplit_once('.').is_some_and(|(_, end)| end == "tar");
                let found = self.image_archive(listing, at, is_required)?;
                bundle.has_images_member |= found.is_some();
                bundle.images.extend(found.into_iter().flatten());
            }
        }
        let artifacts = name::within(&root.dir, "artifacts");
        if listing.entries.iter().any(|entry| name::below(&artifacts, &entry.name).is_some()) {
            let member = listing.member(&artifacts);
            self.report(Finding::warning(member, FindingKind::Artifacts));
        }
        Ok(())
    }
}
