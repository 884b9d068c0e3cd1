//! TOML: written as BurntSushi's Go library writes it, read by the `toml` crate.

mod read;
mod write;

pub use read::{TomlError, from_toml};
pub use write::to_toml;
