//! Values: what charts are configured with, from files and flags, and how the layers become one.

mod coalesce;
mod convert;
mod file;
mod merge;
mod overlay;
mod path;
mod reuse;
mod set;
mod value;

pub(crate) use coalesce::{Purpose, coalesce, coalesce_map, coalesce_tables};
pub(crate) use path::{lookup, table_at};

pub use coalesce::{CoalesceError, Warning};
pub use file::{ValuesFileError, read_values};
pub use overlay::{Flag, Overlay, OverlayError, ValuesFile};
pub use reuse::{PreviousRelease, Reuse, reuse_values};
pub use value::{Table, Value};
