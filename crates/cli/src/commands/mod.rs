//! The commands, one file each: arguments, their Chinese help, and a function that calls the operation.

pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod inspect;
pub(crate) mod man;
pub(crate) mod serve;
pub(crate) mod sync;
pub(crate) mod verify;
pub(crate) mod version;
