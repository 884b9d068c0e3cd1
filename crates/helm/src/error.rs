//! Why a chart cannot be loaded.

use std::io;

use crate::PathFault;

/// A chart that cannot be loaded. Texts from the chart are escaped where they are printed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChartError {
    /// There is no `Chart.yaml` where one must be.
    #[error("Chart.yaml is missing")]
    MissingChartYaml,
    /// The archive holds no file at all.
    #[error("there is no file in the chart archive")]
    Empty,
    /// The bytes do not start as gzip does.
    #[error("the chart archive is not compressed with gzip")]
    NotGzip,
    /// Cut off, damaged, or not a tar archive inside.
    #[error("the chart archive is damaged near byte {offset} of its content")]
    Damaged {
        /// How far it could be read, in uncompressed bytes.
        offset: u64,
        /// What the decoder says.
        #[source]
        source: io::Error,
    },
    /// Something follows the end of the archive: a second gzip member, a second tar archive, anything but zeros.
    #[error("the chart archive goes on after its end, at byte {offset} of its {}", if *.compressed { "compressed bytes" } else { "content" })]
    TrailingData {
        /// Where the surplus starts.
        offset: u64,
        /// Whether `offset` counts compressed bytes.
        compressed: bool,
    },
    /// More than a chart may have.
    #[error("the chart is too large: more than {0}")]
    Limit(Limit),
    /// A file name that could lead astray.
    #[error("the chart has a file with the name `{}`: {fault}", escape(.path))]
    Path {
        /// The name as it stands in the archive, in readable characters.
        path: String,
        /// What is wrong with it.
        fault: PathFault,
    },
    /// A link in an archive. helm reads it as an empty file.
    #[error("`{}` is a link, and links in chart archives are not followed", escape(.path))]
    Link {
        /// Its name.
        path: String,
    },
    /// A link in a directory that leads out of the chart, in a circle, or stands where a lock file must be.
    #[error("`{}` is a link {reason}", escape(.path))]
    StrayLink {
        /// Its name, relative to the chart.
        path: String,
        /// Why it is not followed.
        reason: &'static str,
    },
    /// A device, a pipe, a socket, a sparse file.
    #[error("`{}` is not a regular file", escape(.path))]
    Irregular {
        /// Its name.
        path: String,
    },
    /// A `.helmignore` that helm does not accept.
    #[error("line {line} of .helmignore is wrong: {reason}")]
    Ignore {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// A metadata file that is not YAML.
    #[error("{file} is not valid YAML")]
    Yaml {
        /// `Chart.yaml` or `requirements.yaml`.
        file: &'static str,
        /// What the parser says.
        #[source]
        source: goyaml::Error,
    },
    /// A field of a metadata file that has another type.
    #[error("{file}: `{}` must be {expected}, it is {found}", escape(.field))]
    Field {
        /// `Chart.yaml` or `requirements.yaml`.
        file: &'static str,
        /// Its path, such as `maintainers[0].name`; empty for the whole document.
        field: String,
        /// What helm wants.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// The metadata break a rule.
    #[error("Chart.yaml breaks a rule")]
    Metadata(#[from] MetadataError),
    /// A chart inside the chart cannot be loaded.
    #[error("the subchart `{}` of `{}` cannot be loaded", escape(.directory), escape(.parent))]
    Subchart {
        /// Where it lies in its parent: `charts/mariadb`.
        directory: String,
        /// The parent's name.
        parent: String,
        /// Why.
        #[source]
        source: Box<ChartError>,
    },
    /// The file system does not let us.
    #[error("`{}` cannot be read", escape(.path))]
    Io {
        /// Relative to the chart; `.` is the chart itself.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A bound that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Bytes in one archive or directory; helm's own limit.
    ArchiveBytes(u64),
    /// Bytes in all archives together.
    TotalBytes(u64),
    /// Files in all.
    Files(usize),
    /// Charts inside charts.
    Depth(usize),
    /// Directories inside directories.
    Directories(usize),
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ArchiveBytes(bytes) => write!(f, "{bytes} bytes of content"),
            Self::TotalBytes(bytes) => {
                write!(f, "{bytes} bytes of content with everything packed inside it")
            }
            Self::Files(files) => write!(f, "{files} files"),
            Self::Directories(depth) => write!(f, "{depth} levels of directories"),
            Self::Depth(depth) => write!(f, "{depth} levels of charts inside charts"),
        }
    }
}

/// A rule that the metadata break: helm's own (`Validate`), and the ones about characters that could drive a terminal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// Not `v1` or `v2`.
    #[error("the apiVersion `{}` is not supported, only v1 and v2", escape(.0))]
    ApiVersion(String),
    /// No name.
    #[error("the chart has no name")]
    NameMissing,
    /// `.`, `..`, or with a separator: it would be another path when it is part of one.
    #[error("the name `{}` is not allowed", escape(.0))]
    Name(String),
    /// No version.
    #[error("the chart has no version")]
    VersionMissing,
    /// Not a semantic version.
    #[error("the version `{}` is not a semantic version", escape(.0))]
    Version(String),
    /// Characters that are not to be seen, or that drive a terminal.
    #[error("`{field}` holds control characters: `{}`", escape(.value))]
    ControlCharacters {
        /// `name`, `version` or `appVersion`.
        field: &'static str,
        /// What stands there.
        value: String,
    },
    /// Neither `application` nor `library`.
    #[error("the type `{}` is neither application nor library", escape(.0))]
    Type(String),
    /// A null among the maintainers.
    #[error("`maintainers` has an empty entry")]
    EmptyMaintainer,
    /// A null among the dependencies.
    #[error("`dependencies` has an empty entry")]
    EmptyDependency,
    /// An alias with characters other than letters, digits, `_` and `-`.
    #[error("the alias of the dependency `{}` has characters that are not allowed", escape(.0))]
    Alias(String),
    /// Two dependencies would have the same values.
    #[error("more than one dependency has the name or alias `{}`", escape(.0))]
    DuplicateDependency(String),
}

/// Enough of a hostile text for a message.
pub(crate) fn escape(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_debug).collect()
}
