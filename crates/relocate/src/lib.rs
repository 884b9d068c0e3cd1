//! Relocating a chart: which images its hints name, where they go, and the values that must change so that the chart
//! asks for them there.
//!
//! [`plan`] decides everything and changes nothing: it takes a chart, its [`Hints`] and a [`oci::Relocation`], and
//! gives every image's source and target, the edits, and the edited chart, already read again and found to name exactly
//! the targets. [`package`] packs a chart so that the same chart gives the same bytes.
//!
//! Only scalars that must change differ. Comments, blank lines, quotes, line endings and everything else in a values
//! file stay as they are, and so does every other file: README, `Chart.yaml`, `Chart.lock` and the repositories of its
//! dependencies (charts-syncer drops the lock, blanks the repositories and writes `Chart.yaml` anew; helm needs neither
//! to load a chart whose dependencies are inside).
//!
//! Nothing here reads files or the network.

mod candidate;
mod edit;
mod error;
mod evaluate;
mod hint;
mod insert;
mod package;
mod plan;
mod scalar;
mod scope;
mod sharing;
mod solve;
mod variable;

#[cfg(test)]
mod tests;

pub use error::RelocateError;
pub use hint::{Hint, HintError, HintErrorKind, HintPlace, Hints, Placeholder, Role, Segment};
pub use package::package;
pub use plan::{
    Collision, Finding, ImagePlan, Options, RelocationPlan, Tagless, ValueEdit, images, plan,
};
