//! Reports and problems as people read them.

mod chart_diff;
mod images;
mod inspect;
mod problem;
mod sync;
mod verify;

pub(crate) use chart_diff::chart_diff_text;
pub(crate) use images::{image_lines, images_table};
pub(crate) use inspect::inspect_table;
pub(crate) use problem::{Paint, explanation, notes};
pub(crate) use sync::{SyncValue, sync_table};
pub(crate) use verify::verify_table;
