//! Where the registry's content is.

mod content;
mod contract;
mod file;
pub(crate) mod referrer;
mod upload_id;

pub use content::{
    ChartListing, ContentStore, ContentStoreError, ManifestListing, RepositoryListing,
};
pub use contract::{
    Blob, NewChart, NewManifest, OnExisting, Store, StoreError, StoredManifest, Upload,
    WritableStore,
};
pub use file::{FileStore, FileStoreError};
pub use upload_id::UploadId;
