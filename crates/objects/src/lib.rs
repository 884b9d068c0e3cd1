//! Kubernetes objects as data: splitting a stream into documents, their heads, hooks, the order helm applies and deletes
//! kinds in, and the images that an object would run.
//!
//! Nothing here talks to a cluster. The rules are those of helm 4.3.1, its words for what it refuses included.
//!
//! ```
//! use objects::{Head, split};
//!
//! let text = "---\nkind: Service\nmetadata: {name: web}\n---\nkind: Job\n";
//! let heads: Vec<_> = split(text).map(|document| Head::read(document).unwrap()).collect();
//! assert_eq!((heads[0].kind.as_str(), heads[0].name.as_str()), ("Service", "web"));
//! assert_eq!(heads[1].kind, "Job");
//! ```

mod head;
mod hook;
mod image;
mod key;
mod order;
mod split;
mod text;

pub use head::{Head, HeadError};
pub use hook::{Hook, HookEvent, Nature};
pub use image::{ImageUse, Role, images};
pub use key::{Gvk, ObjectKey};
pub use order::{INSTALL_ORDER, KindOrder, UNINSTALL_ORDER};
pub use split::split;
pub use text::text_of;
