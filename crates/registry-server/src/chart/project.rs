//! Projects: separate collections of charts.

use std::fmt;
use std::str::FromStr;

/// A collection of charts of its own: the one at `/index.yaml`, or one of those at `/chartrepo/<project>/index.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Project(Option<String>);

/// Text that is not the name of a project.
#[derive(Debug, thiserror::Error)]
#[error(
    "a project is named by lower-case letters, digits and single separators (. _ __ -), at most 255"
)]
pub struct ProjectError;

impl Project {
    /// The collection at `/index.yaml`.
    pub fn root() -> Self {
        Self(None)
    }

    /// The project's name; the root has none.
    pub fn name(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl FromStr for Project {
    type Err = ProjectError;

    /// Harbor's rule: one component of a repository.
    fn from_str(text: &str) -> Result<Self, ProjectError> {
        if oci::is_repository(text) && !text.contains('/') {
            Ok(Self(Some(text.into())))
        } else {
            Err(ProjectError)
        }
    }
}

impl fmt::Display for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().unwrap_or("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_component_of_a_repository() {
        assert_eq!(
            "release.daocloud.io".parse::<Project>().unwrap().name(),
            Some("release.daocloud.io")
        );
        for text in ["", ".", "..", "a/b", "A", "_root", "a\0"] {
            assert!(text.parse::<Project>().is_err(), "{text}");
        }
    }
}
