//! A store in a directory.

mod blobs;
mod charts;
mod directory;
mod durable;
mod layout;
mod manifests;
mod repositories;
mod store;
mod upload;

pub use directory::FileStoreError;
pub use store::FileStore;
