//! How commands that bear helm's names fail and warn: helm's own line first, Ferry's explanation beside it.

use std::fmt;

use chart_repository::SkippedEntry;

use crate::Problem;

/// Why such a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelmFailure {
    /// What helm prints behind `Error: `; may have several lines.
    pub line: String,
    /// What it means, why, and what to do. Empty where helm's line says it all.
    pub problems: Vec<Problem>,
    /// What had been done before, as helm has said it on stdout by then.
    pub said: String,
}

/// What helm logs on stderr while a command goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HelmWarning {
    /// An entry of an index was left out.
    Skipped {
        /// Which, and why.
        entry: SkippedEntry,
        /// The index: a URL or a path.
        source: String,
    },
    /// The cached index of a repository cannot be used.
    Unusable {
        /// The repository's alias.
        repository: String,
        /// Why.
        error: String,
    },
    /// A password stands on the command line, where other users see it.
    VisiblePassword,
    /// A repository was given where a host is wanted.
    NotAHost {
        /// What was given.
        given: String,
    },
}

impl HelmFailure {
    /// A failure with one explanation.
    pub fn new(line: impl Into<String>, problem: Problem) -> Self {
        Self { line: line.into(), problems: vec![problem], said: String::new() }
    }

    /// A failure that helm's line explains.
    pub fn plain(line: impl Into<String>) -> Self {
        Self { line: line.into(), problems: Vec::new(), said: String::new() }
    }

    /// The same after `said` had been printed.
    #[must_use]
    pub fn after(mut self, said: impl Into<String>) -> Self {
        self.said = said.into();
        self
    }
}

impl fmt::Display for HelmWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let logged = |text: &str| {
            let is_bare = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '=' | '\\');
            if !text.is_empty() && text.chars().all(is_bare) {
                text.to_owned()
            } else {
                format!("{text:?}")
            }
        };
        f.write_str("level=WARN msg=")?;
        match self {
            Self::Skipped { entry: SkippedEntry { chart, version: None, .. }, source } => write!(
                f,
                "\"skipping loading invalid entry for chart: empty entry\" name={} source={}",
                logged(chart),
                logged(source)
            ),
            Self::Skipped {
                entry: SkippedEntry { chart, version: Some(version), reason },
                source,
            } => write!(
                f,
                "\"skipping loading invalid entry for chart\" name={} version={} source={} error={}",
                logged(chart),
                logged(version),
                logged(source),
                logged(reason)
            ),
            Self::Unusable { repository, error } => {
                write!(
                    f,
                    "\"repo is corrupt or missing\" repo={} error={}",
                    logged(repository),
                    logged(error)
                )
            }
            Self::VisiblePassword => {
                f.write_str("\"using --password via the CLI is insecure. Use --password-stdin\"")
            }
            Self::NotAHost { given } => write!(
                f,
                "\"registry login currently only supports registry hostname, not a repository path\" host={} suggested={}",
                logged(given),
                logged(given.split('/').next().unwrap_or_default())
            ),
        }
    }
}
