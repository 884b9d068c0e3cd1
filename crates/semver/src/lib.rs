//! Versions as Helm reads and orders them: semantic versions with the leniency of Masterminds/semver 3.5
//! (`NewVersion`), which is not that of Cargo's, and its constraints.
//!
//! ```
//! use semver::{Constraint, Version};
//!
//! let old: Version = "v0.20".parse().unwrap();
//! let new: Version = "0.21.0-rc1+b2".parse().unwrap();
//! assert!(old < new && new < "0.21".parse().unwrap());
//! assert_eq!(new.to_string(), "0.21.0-rc1+b2");
//!
//! let recent: Constraint = ">=0.20 || ~0.19.3".parse().unwrap();
//! assert!(recent.matches(&old) && !recent.matches(&new));
//! ```

mod constraint;
mod version;

pub use constraint::{Constraint, ConstraintError};
pub use version::{MAX_LENGTH, SegmentError, Version, VersionError, VersionErrorKind, compare};
