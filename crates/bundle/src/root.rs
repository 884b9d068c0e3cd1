//! Finding the packages in a listing, by the members they must have.

use std::collections::{BTreeMap, BTreeSet};

use crate::head::Head;
use crate::listing::Listing;
use crate::{PackageError, name};

/// Packages in one archive or directory. The largest installation has about seventy; every one costs a look at all
/// members.
const MAX_ROOTS: usize = 2000;

/// A directory of a listing that is a package of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    /// `""` for the listing as a whole.
    pub(crate) dir: String,
    pub(crate) kind: RootKind,
    /// Image archives and layouts below, outside of the chart.
    pub(crate) parts: Vec<Root>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RootKind {
    Bundle,
    Wrap,
    Chart,
    Oci,
    Docker,
}

impl RootKind {
    pub(crate) fn is_image(self) -> bool {
        matches!(self, Self::Oci | Self::Docker)
    }
}

/// The directory of the chart in a bundle.
pub(crate) const CHART_DIR: &str = "original-chart";

/// Something a directory was seen to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Hints,
    OriginalChart,
    ImagesTar,
    ImagesDir,
    Chart,
    WrappedChart,
    Lock,
    WrappedLock,
    OciLayout,
    Index,
    Blobs,
    DockerManifest,
}

type Marks<'a> = BTreeMap<&'a str, BTreeSet<Mark>>;

fn kind(marks: &BTreeSet<Mark>) -> Option<RootKind> {
    let has = |mark| marks.contains(&mark);
    let has_lock = has(Mark::Lock) || has(Mark::WrappedLock);
    let is_bundle =
        has(Mark::OriginalChart) || (has(Mark::Hints) && has(Mark::ImagesTar) && !has(Mark::Chart));
    let is_wrap =
        (has(Mark::WrappedChart) && has_lock) || (has(Mark::Lock) && has(Mark::ImagesDir));
    let is_layout = has(Mark::OciLayout) || (has(Mark::Index) && has(Mark::Blobs));
    [
        (is_bundle, RootKind::Bundle),
        (is_wrap, RootKind::Wrap),
        (has(Mark::Chart), RootKind::Chart),
        (is_layout, RootKind::Oci),
        (has(Mark::DockerManifest), RootKind::Docker),
    ]
    .into_iter()
    .find_map(|(is_it, kind)| is_it.then_some(kind))
}

/// The outermost packages of a listing. What lies inside one belongs to it: a chart in a bundle is no chart of its own.
pub(crate) fn find_roots(listing: &Listing) -> Result<Vec<Root>, PackageError> {
    let mut marked = Marks::new();
    for entry in &listing.entries {
        mark(&mut marked, &entry.name, entry.head);
    }
    let mut roots = Vec::<Root>::new();
    let mut count = 0;
    // A directory comes before what is inside of it.
    for (dir, marks) in marked {
        let Some(kind) = kind(&marks) else { continue };
        let outer =
            roots.iter_mut().find(|root| dir == root.dir || name::below(&root.dir, dir).is_some());
        let root = Root { dir: dir.into(), kind, parts: Vec::new() };
        match outer {
            None => roots.push(root),
            Some(outer) if kind.is_image() && !is_in_chart(outer, dir) => outer.parts.push(root),
            Some(_) => continue,
        }
        count += 1;
        if count > MAX_ROOTS {
            let (member, limit) = (listing.label.clone(), MAX_ROOTS as u64);
            return Err(PackageError::TooLarge { member, what: "a number of packages", limit });
        }
    }
    Ok(roots)
}

fn is_in_chart(outer: &Root, dir: &str) -> bool {
    let chart = match outer.kind {
        RootKind::Bundle => CHART_DIR,
        RootKind::Wrap => "chart",
        // Everything below a chart is the chart's; an image layout has no parts.
        _ => return true,
    };
    let Some(rest) = name::below(&outer.dir, dir) else { return true };
    rest.split('/').next() == Some(chart)
}

fn mark<'a>(marks: &mut Marks<'a>, path: &'a str, head: Head) {
    let (dir, base) = name::split(path);
    let mut set = |dir, mark| {
        marks.entry(dir).or_default().insert(mark);
    };
    let mut directory = dir;
    while !directory.is_empty() {
        let (above, last) = name::split(directory);
        match last {
            CHART_DIR => set(above, Mark::OriginalChart),
            "images" => set(above, Mark::ImagesDir),
            "blobs" => set(above, Mark::Blobs),
            _ => {}
        }
        directory = above;
    }
    let (above, parent) = name::split(dir);
    match base {
        "Chart.yaml" if parent == "chart" => {
            set(above, Mark::WrappedChart);
            set(dir, Mark::Chart);
        }
        "Images.lock" if parent == "chart" => set(above, Mark::WrappedLock),
        "hints.yaml" => set(dir, Mark::Hints),
        "images.tar" => set(dir, Mark::ImagesTar),
        "Chart.yaml" => set(dir, Mark::Chart),
        "Images.lock" => set(dir, Mark::Lock),
        "oci-layout" => set(dir, Mark::OciLayout),
        "index.json" => set(dir, Mark::Index),
        "manifest.json" if head == Head::Array => set(dir, Mark::DockerManifest),
        _ => {}
    }
}
