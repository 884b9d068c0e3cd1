//! Relocating a chart: which images its hints name, where they go, and the values that must change so that the chart
//! asks for them there.
//!
//! [`plan`] decides everything and changes nothing: it takes a chart, its [`Hints`] and a [`oci::Relocation`], and
//! gives every image's source and target, the edits, and the edited chart, already read again and found to name exactly
//! the targets. [`package`] packs a chart so that the same chart gives the same bytes.
//!
//! A chart without hints is searched for the images that came with it: [`derive_hints`]. [`ImagesLock`] reads the names
//! that a `dt` wrap gives its images.
//!
//! Only scalars that must change differ. Comments, blank lines, quotes, line endings and everything else in a values
//! file stay as they are, and so does every other file: README, `Chart.yaml`, `Chart.lock` and the repositories of its
//! dependencies (charts-syncer drops the lock, blanks the repositories and writes `Chart.yaml` anew; helm needs neither
//! to load a chart whose dependencies are inside).
//!
//! Nothing here reads files or the network.
//!
//! ```
//! use helm::{Chart, File};
//! use oci::{Relocation, RelocationRules};
//! use relocate::{Hints, Options, Tagless, package, plan};
//!
//! let chart = Chart::from_files(vec![
//!     File::new("Chart.yaml", "apiVersion: v2\nname: demo\nversion: 1.0.0\n"),
//!     File::new("values.yaml", "image:\n  repository: quay.io/team/web # 镜像\n  tag: v1\n"),
//! ])
//! .unwrap();
//! let hints = b"- \"{{ .image.repository }}:{{ .image.tag }}\"\n";
//! let hints = Hints::parse(hints, "hints.yaml").unwrap();
//!
//! let rules = RelocationRules { registry: Some("10.16.10.111".into()), ..Default::default() };
//! let relocation = Relocation::new(rules).unwrap();
//! let options = Options { relocation: &relocation, tagless: Tagless::KeepTag };
//! let plan = plan(&chart, &hints, &options).unwrap();
//!
//! assert_eq!(plan.images[0].target.to_string(), "10.16.10.111/team/web:v1");
//! assert_eq!(
//!     plan.chart.file("values.yaml").unwrap(),
//!     "image:\n  repository: 10.16.10.111/team/web # 镜像\n  tag: v1\n".as_bytes()
//! );
//! assert!(package(&plan.chart).unwrap().starts_with(&[0x1f, 0x8b]));
//! ```

mod candidate;
mod derive;
mod edit;
mod error;
mod evaluate;
mod finding;
mod hint;
mod images_lock;
mod insert;
mod leftover;
mod package;
mod plan;
mod scalar;
mod scope;
mod sharing;
mod solve;
mod variable;

#[cfg(test)]
mod tests;

pub use derive::derive_hints;
pub use error::RelocateError;
pub use finding::{Collision, Finding};
pub use hint::{Hint, HintError, HintErrorKind, HintPlace, Hints, Placeholder, Role, Segment};
pub use images_lock::{ImagesLock, LockError, LockErrorKind, LockedDigest, LockedImage};
pub use leftover::{Leftover, leftovers};
pub use package::package;
pub use plan::{
    HintedImage, ImagePlan, Options, Planner, RelocationPlan, Tagless, ValueEdit, hinted_images,
    images, plan,
};
