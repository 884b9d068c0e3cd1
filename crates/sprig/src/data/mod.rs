//! JSON, YAML and TOML.

mod function;
mod read;
mod toml;
mod write;

pub use read::from_data;
pub use write::{DataError, to_data};

pub(crate) use function::functions;
