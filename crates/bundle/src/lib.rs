//! Every package layout Ferry reads, indexed without unpacking.
//!
//! [`open`] takes a path and finds out by content, never by name, what is there: the download of a module (a tar of
//! bundle tars), a bundle (`hints.yaml`, `original-chart/`, `images.tar`), either one unpacked, image archives and OCI
//! layouts, `dt` wraps, charts, directories of all of these, each plain or compressed by gzip or zstd. Plain archives
//! are indexed by one pass over their headers: an archive inside an archive is a matter of offsets. Content is then
//! read where it lies.
//!
//! Nothing from a package ever becomes a path on disk, and no link in one is ever followed. Charts are handed out as
//! files; nobody here looks into them.
//!
//! ```no_run
//! # fn main() -> Result<(), bundle::PackageError> {
//! let package = bundle::open("kairship_v0.21.0_amd64.tar".as_ref())?;
//! for bundle in package.bundles() {
//!     println!("{}: {} images", bundle.origin, bundle.images.len());
//! }
//! # Ok(())
//! # }
//! ```

mod archive;
mod assemble;
mod bundle;
mod chart;
mod checksum;
mod decode;
mod directory;
mod docker;
mod error;
mod finding;
mod head;
mod header;
mod input;
mod intermediate;
mod listing;
mod member;
mod name;
mod oci_layout;
mod package;
mod pax;
mod root;
mod scan;
mod seek;
mod store;
mod wrap;

pub use bundle::{Bundle, ChartContent, ChartFile, Hints, Image, Layout, PlatformManifest};
pub use checksum::{Checksum, ChecksumError};
pub use decode::Progress;
pub use error::{InvalidDocument, PackageError};
pub use finding::{Finding, FindingKind, Severity};
pub use oci_layout::SPARSE_ANNOTATION;
pub use package::{Access, Blob, Package, PackageFile, open, open_watched};
