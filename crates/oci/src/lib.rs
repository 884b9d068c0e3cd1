//! OCI content as data: references, digests, descriptors, manifests, and content that checks itself.
//!
//! Nothing here opens a socket, reads an archive or knows what a chart is. The words are those of the OCI image and
//! distribution specifications (v1.1).
//!
//! ```
//! use oci::{Digest, Reference};
//!
//! let reference: Reference = "nginx:1.27".parse().unwrap();
//! assert_eq!(reference.to_string(), "docker.io/library/nginx:1.27");
//! assert!(Digest::of(b"").to_string().starts_with("sha256:e3b0c442"));
//! ```

mod buffer;
mod content;
mod descriptor;
mod digest;
mod manifest;
pub mod media_type;
mod platform;
mod reference;
mod relocation;
mod source;

pub use buffer::{Buffer, BufferPool};
pub use content::{CHUNK_SIZE, Content, ContentError, Verifier};
pub use descriptor::Descriptor;
pub use digest::{Algorithm, Digest, DigestError, Hasher};
pub use manifest::{Artifact, ImageConfig, Index, Manifest, ManifestError, ManifestStyle, RootFs};
pub use platform::{Platform, PlatformError};
pub use reference::{DOCKER_HUB, Reference, ReferenceError, Tag, is_repository};
pub use relocation::{Compat, Relocated, Relocation, RelocationError, RelocationRules};
pub use source::{Memory, Source, SourceError};
