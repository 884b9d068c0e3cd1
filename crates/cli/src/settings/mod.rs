//! From what was typed, written and exported to the options of an operation. Flags win over environment variables,
//! environment variables over the file; each is looked at once, here.

pub(crate) mod address;
pub(crate) mod credentials;
pub(crate) mod load_image;
pub(crate) mod locate;
mod network;
pub(crate) mod sync;
mod target;
