//! The commands, one file each: arguments, their Chinese help, and a function that calls the operation.

pub(crate) mod chart;
mod chart_refusal;
mod chart_values;
pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod dependency;
pub(crate) mod images;
pub(crate) mod inspect;
pub(crate) mod lint;
pub(crate) mod man;
pub(crate) mod package;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod registry;
pub(crate) mod repo;
pub(crate) mod repository_failure;
mod repository_flags;
mod repository_runtime;
mod repository_table;
pub(crate) mod search;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod sync;
pub(crate) mod template;
pub(crate) mod verify;
pub(crate) mod version;
