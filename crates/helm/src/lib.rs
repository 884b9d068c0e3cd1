//! Helm charts: loading them as helm 4.3.1 does, from an archive, a directory or a list of files.
//!
//! Pure and synchronous: nothing here opens a socket. What was read stays as it was read; a chart keeps the raw bytes
//! of its files, and [`Metadata`] is only their meaning. Where helm is more trusting than a tool that opens files from
//! strangers should be (links, `..` inside a name, bytes after the end), loading fails; each such place says so.
//!
//! ```
//! use helm::{Chart, File};
//!
//! let chart_yaml = File::new("Chart.yaml", "apiVersion: v2\nname: demo\nversion: 1.0.0\n");
//! let chart = Chart::from_files(vec![chart_yaml]).unwrap();
//! assert_eq!((chart.name(), chart.version()), ("demo", "1.0.0"));
//! ```

mod archive;
mod budget;
mod chart;
mod decode;
mod directory;
mod error;
#[cfg(test)]
mod hostile;
mod ignore;
mod metadata;
mod path;
mod pattern;
mod sanitize;
mod validate;

pub use chart::{Chart, File, Subchart};
pub use error::{ChartError, Limit, MetadataError};
pub use metadata::{Dependency, Maintainer, Metadata};
pub use path::PathFault;
