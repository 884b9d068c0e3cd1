//! From what was typed, written and exported to the options of an operation. Flags win over environment variables,
//! environment variables over the file; each is looked at once, here.

pub(crate) mod address;
mod authority;
pub(crate) mod credentials;
mod encoding;
pub(crate) mod judgement;
pub(crate) mod load_image;
pub(crate) mod locate;
mod network;
pub(crate) mod sync;
mod target;

pub(crate) use network::proxies;
