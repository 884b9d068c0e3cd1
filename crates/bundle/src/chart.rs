//! Charts, handed out as they are.

use std::collections::BTreeSet;

use crate::assemble::{Assembler, check_violations};
use crate::bundle::{Bundle, ChartContent, ChartFile, Layout};
use crate::decode::Codec;
use crate::listing::{Archive, Listing};
use crate::root::{Root, RootKind};
use crate::scan::{MAX_CHART_ARCHIVE, MAX_CHART_FILE};
use crate::{PackageError, name};

impl Assembler {
    /// A chart as `helm package` writes it is handed out as it is. Whether it is one.
    pub(crate) fn chart_archive(
        &mut self,
        archive: &mut Archive,
        roots: &[Root],
    ) -> Result<bool, PackageError> {
        let ([root], Some(Codec::Gzip), Some(place)) = (roots, archive.codec, archive.place) else {
            return Ok(false);
        };
        let is_whole = archive
            .listing
            .entries
            .iter()
            .all(|entry| name::below(&root.dir, &entry.name).is_some());
        if root.kind != RootKind::Chart
            || root.dir.is_empty()
            || root.dir.contains('/')
            || !is_whole
        {
            return Ok(false);
        }
        let listing = &mut archive.listing;
        if let Some(link) = listing.entries.iter().find(|entry| entry.alias.is_some()) {
            let name = link.name.clone();
            listing.refuse(name.as_bytes(), "it is a symbolic link");
        }
        check_violations(listing, roots)?;
        let label = listing.label.clone();
        let bytes = match archive.raw.take() {
            Some(raw) => raw,
            None => self.read_limited(place, &label, MAX_CHART_ARCHIVE)?,
        };
        let path = label.rsplit(['/', '›']).next().unwrap_or(&label).trim_start().to_owned();
        let mut bundle = Bundle::new(label, Layout::ChartArchive);
        bundle.chart = Some(ChartContent::Archive(ChartFile { path, bytes }));
        self.add(bundle);
        Ok(true)
    }

    /// All files below a directory; `None` when there is none.
    pub(crate) fn chart_files(
        &mut self,
        listing: &Listing,
        dir: &str,
    ) -> Result<Option<ChartContent>, PackageError> {
        let mut files = Vec::<ChartFile>::new();
        let mut seen = BTreeSet::new();
        let mut folded = BTreeSet::new();
        for entry in &listing.entries {
            let Some(path) = name::below(dir, &entry.name) else { continue };
            if !seen.insert(path) {
                continue;
            }
            let member = listing.member(&entry.name);
            if !folded.insert(path.to_lowercase()) {
                let reason = "its name differs from another one in upper and lower case only";
                return Err(PackageError::UnsafeMember { member, reason });
            }
            let bytes = self.read(entry, &member, MAX_CHART_FILE)?;
            files.push(ChartFile { path: path.into(), bytes });
        }
        Ok((!files.is_empty()).then_some(ChartContent::Files(files)))
    }
}
