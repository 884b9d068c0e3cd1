//! The chart repository: ChartMuseum's API and Harbor's paths to it.

mod api;
mod index;
mod multipart;
mod precedence;
mod project;
mod record;

pub(crate) use api::answer;
pub use project::{Project, ProjectError};
pub(crate) use record::check_entry;
pub use record::{ChartEntry, ChartReader, ChartRecord};
