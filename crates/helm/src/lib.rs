//! Helm charts as helm 4.3.1 has them: loading, values, dependencies, schemas, rendering.
//!
//! Pure and synchronous: nothing here opens a socket, and clock, entropy and what is known of a cluster are inputs. What
//! was read stays as it was read; a chart keeps the raw bytes of its files, and [`Metadata`] is only their meaning. Where
//! helm is more trusting than a tool that opens files from strangers should be (links, `..` inside a name, bytes after
//! the end), loading fails; each such place says so.
//!
//! From a chart to its manifests: [`Chart`] is what was loaded; [`Overlay`] makes one [`Table`] of the user's files and
//! flags; [`render`] switches dependencies, lays the values over the defaults, checks schemas and executes the templates,
//! and its [`Rendered`] prints as `helm template` does.
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
mod capabilities;
mod chart;
mod constraint;
mod decode;
mod directory;
mod error;
mod glob;
#[cfg(test)]
mod hostile;
mod ignore;
mod lock;
mod manifest;
mod metadata;
mod path;
mod pattern;
mod render;
mod resolve;
mod sanitize;
mod schema;
mod validate;
mod values;

pub use capabilities::{Capabilities, HelmVersion, KubeVersion, KubeVersionError};
pub use chart::{Chart, File, Subchart};
pub use error::{ChartError, Limit, MetadataError};
pub use lock::Lock;
pub use manifest::{
    Document, HookDocument, ManifestError, NotesOf, OutputFile, Rendered, TemplateOptions,
    show_only,
};
pub use metadata::{Dependency, Maintainer, Metadata};
pub use path::PathFault;
pub use render::{
    Done, Environment, Inputs, Lint, LookupKey, Lookups, Outcome, Release, RenderError,
    RenderOptions, on_render_stack, render, render_resolved,
};
pub use resolve::{ResolveError, ResolvedChart};
pub use schema::{SchemaError, SchemaFailure};
pub use values::{
    CoalesceError, Flag, Overlay, OverlayError, PreviousRelease, Reuse, Table, Value, ValuesFile,
    ValuesFileError, Warning, read_values, reuse_values,
};

pub use gotemplate::Limits as RenderLimits;
pub use objects::{Head, Hook, HookEvent, ImageUse, Role};
pub use sprig::Zone;
