//! Relocation: the reference an image gets in another registry.
//!
//! The rules are those of charts-syncer's `load-image.yaml` (`containerRegistry` and its neighbours), applied to
//! references only: what has to be written into a chart so that it asks for them is decided elsewhere.

use crate::{DOCKER_HUB, Reference, ReferenceError, is_repository};

/// How an image's registry and repository become others. Every part is optional; with none of them nothing changes.
///
/// ```
/// use oci::{Reference, Relocation, RelocationRules};
///
/// let rules = RelocationRules {
///     registry: Some("10.16.10.111".into()),
///     repository: Some("release.daocloud.io/kairship".into()),
///     ..RelocationRules::default()
/// };
/// let source: Reference = "release.daocloud.io/kairship/ui:v1".parse().unwrap();
/// let target = Relocation::new(rules).unwrap().apply(&source);
/// assert_eq!(target.registry, "10.16.10.111");
/// assert_eq!(target.repository, "release.daocloud.io/kairship/ui");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relocation {
    rules: RelocationRules,
}

/// The rules as an operator writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelocationRules {
    /// `containerRegistry`: takes the place of the registry.
    pub registry: Option<String>,
    /// `containerRepository`: takes the place of the whole path but its last component. Beats both prefixes' paths.
    pub repository: Option<String>,
    /// `containerPrefixRegistry`: takes the place of the registry, which moves into the path. Beats `registry`.
    pub prefix_registry: Option<String>,
    /// `containerPrefixRepository`: goes in front of the path.
    pub prefix_repository: Option<String>,
    /// `appendOriginRegistry`: with `prefix_registry`, the original registry is kept with the registry, not the path.
    /// Means nothing without it.
    pub append_origin_registry: bool,
    /// Whose spelling of Docker Hub goes into paths.
    pub compat: Compat,
}

/// What to do where charts-syncer does something nobody would expect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compat {
    /// Docker Hub is `docker.io` in a path.
    #[default]
    Ferry,
    /// Docker Hub is `index.docker.io`, and everything else to the letter.
    ChartsSyncer,
}

/// Where an image goes, as the two values a chart usually keeps: joined by a slash they are the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Relocated {
    /// Host and port; with `append_origin_registry` also the original registry behind a slash.
    pub registry: String,
    /// The path below it.
    pub repository: String,
}

/// Rules that make no reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelocationError {
    /// A registry with a path, a scheme, or none of a registry's characters.
    #[error("`{value}` is not a registry: write host or host:port, and put a path into {path_key}")]
    Registry {
        /// The key in `load-image.yaml`.
        key: &'static str,
        /// The key a path belongs to.
        path_key: &'static str,
        /// What was given.
        value: String,
    },
    /// A path that is none.
    #[error(
        "`{value}` is not a repository path: lower-case letters, digits and single separators (. _ __ - /) only"
    )]
    Repository {
        /// The key in `load-image.yaml`.
        key: &'static str,
        /// What was given.
        value: String,
    },
}

impl RelocationRules {
    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.registry.is_none()
            && self.repository.is_none()
            && self.prefix_registry.is_none()
            && self.prefix_repository.is_none()
    }
}

impl Relocation {
    /// Checks the rules. An empty text is no rule; slashes around a path are taken off.
    pub fn new(rules: RelocationRules) -> Result<Self, RelocationError> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let registry = |text, key, path_key| match given(text) {
            Some(value) if !is_registry(&value) => {
                Err(RelocationError::Registry { key, path_key, value })
            }
            text => Ok(text),
        };
        let repository = |text: Option<String>, key| {
            let trimmed = text.map(|text| text.trim_matches('/').to_owned());
            match given(trimmed) {
                Some(value) if !is_repository(&value) => {
                    Err(RelocationError::Repository { key, value })
                }
                text => Ok(text),
            }
        };
        Ok(Self {
            rules: RelocationRules {
                registry: registry(rules.registry, "containerRegistry", "containerRepository")?,
                repository: repository(rules.repository, "containerRepository")?,
                prefix_registry: registry(
                    rules.prefix_registry,
                    "containerPrefixRegistry",
                    "containerPrefixRepository",
                )?,
                prefix_repository: repository(
                    rules.prefix_repository,
                    "containerPrefixRepository",
                )?,
                ..rules
            },
        })
    }

    /// The rules, checked.
    pub fn rules(&self) -> &RelocationRules {
        &self.rules
    }

    /// Where an image goes.
    pub fn apply(&self, source: &Reference) -> Relocated {
        Relocated { registry: self.registry(source), repository: self.path(source) }
    }

    /// The registry of a source as it is written into paths.
    pub fn origin<'a>(&self, source: &'a Reference) -> &'a str {
        match (source.registry(), self.rules.compat) {
            (DOCKER_HUB, Compat::ChartsSyncer) => "index.docker.io",
            (registry, _) => registry,
        }
    }

    fn registry(&self, source: &Reference) -> String {
        let rules = &self.rules;
        let origin = self.origin(source);
        match (&rules.prefix_registry, &rules.registry) {
            (Some(prefix), _) if rules.append_origin_registry => format!("{prefix}/{origin}"),
            (Some(prefix), _) => prefix.clone(),
            (None, Some(registry)) => registry.clone(),
            (None, None) => origin.to_owned(),
        }
    }

    fn path(&self, source: &Reference) -> String {
        let rules = &self.rules;
        let origin = self.origin(source);
        let path = source.repository();
        if let Some(repository) = &rules.repository {
            return format!("{repository}/{}", source.name());
        }
        match (&rules.prefix_registry, &rules.prefix_repository) {
            // The origin went with the registry, and charts-syncer then forgets the prefix of the path.
            (Some(_), _) if rules.append_origin_registry => path.to_owned(),
            (Some(_), Some(prefix)) => format!("{origin}/{prefix}/{path}"),
            (Some(_), None) => format!("{origin}/{path}"),
            (None, Some(prefix)) => format!("{prefix}/{path}"),
            (None, None) => path.to_owned(),
        }
    }
}

impl Relocated {
    /// The name, without tag and digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// The full reference with the tag and the digest of a source. Fails when prefixes make the path longer than a
    /// registry takes.
    pub fn reference(&self, source: &Reference) -> Result<Reference, ReferenceError> {
        let name = self.name();
        let (registry, path) = name.split_once('/').unwrap_or((&name, ""));
        Reference::new(registry, path, source.tag().cloned(), source.digest().cloned())
    }
}

fn is_registry(text: &str) -> bool {
    Reference::new(text, "x", None, None).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `R`, `r`, `PR`, `Pr` and whether the origin is appended.
    type Row<'a> = (&'a str, &'a str, &'a str, &'a str, bool);

    fn rules(
        (registry, repository, prefix_registry, prefix_repository, append): Row<'_>,
    ) -> RelocationRules {
        RelocationRules {
            registry: Some(registry.into()),
            repository: Some(repository.into()),
            prefix_registry: Some(prefix_registry.into()),
            prefix_repository: Some(prefix_repository.into()),
            append_origin_registry: append,
            compat: Compat::ChartsSyncer,
        }
    }

    const REDIS: &str = "docker.io/bitnami/redis:7";

    #[test]
    fn charts_syncer_is_reproduced_to_the_letter() {
        let kairship = "release.daocloud.io/kairship/kairship-apiserver:v0.21.0";
        for (row, source, registry, repository) in [
            (("reg.io", "", "", "", false), REDIS, "reg.io", "bitnami/redis"),
            (("", "proj/sub", "", "", false), REDIS, "index.docker.io", "proj/sub/redis"),
            (("reg.io", "proj/sub", "", "", false), REDIS, "reg.io", "proj/sub/redis"),
            (("", "", "reg.io", "", false), REDIS, "reg.io", "index.docker.io/bitnami/redis"),
            (("", "", "reg.io", "", true), REDIS, "reg.io/index.docker.io", "bitnami/redis"),
            (("", "", "", "proj", false), REDIS, "index.docker.io", "proj/bitnami/redis"),
            (("reg.io", "", "", "proj", false), REDIS, "reg.io", "proj/bitnami/redis"),
            (("reg.io", "", "", "proj", true), REDIS, "reg.io", "proj/bitnami/redis"),
            (
                ("", "", "reg.io", "proj", false),
                REDIS,
                "reg.io",
                "index.docker.io/proj/bitnami/redis",
            ),
            (("", "", "reg.io", "proj", true), REDIS, "reg.io/index.docker.io", "bitnami/redis"),
            (("", "proj/sub", "reg.io", "", false), REDIS, "reg.io", "proj/sub/redis"),
            (
                ("", "proj/sub", "reg.io", "", true),
                REDIS,
                "reg.io/index.docker.io",
                "proj/sub/redis",
            ),
            (("a.io", "proj/sub", "reg.io", "proj", false), REDIS, "reg.io", "proj/sub/redis"),
            (
                ("10.16.10.111", "release.daocloud.io/kairship", "", "", false),
                kairship,
                "10.16.10.111",
                "release.daocloud.io/kairship/kairship-apiserver",
            ),
        ] {
            let source: Reference = source.parse().unwrap();
            let target = Relocation::new(rules(row)).unwrap().apply(&source);
            assert_eq!(
                (target.registry.as_str(), target.repository.as_str()),
                (registry, repository),
                "{row:?}"
            );
            let tag = source.tag().unwrap();
            // `index.docker.io` is another name of `docker.io`, not another place.
            let text = format!("{registry}/{repository}:{tag}").parse::<Reference>().unwrap();
            assert_eq!(target.reference(&source).unwrap(), text);
        }
    }

    #[test]
    fn docker_hub_stays_docker_io_in_paths() {
        let source: Reference = "nginx:1".parse().unwrap();
        let apply = |row| {
            let rules = RelocationRules { compat: Compat::Ferry, ..rules(row) };
            Relocation::new(rules).unwrap().apply(&source).name()
        };
        assert_eq!(
            apply(("", "", "reg.io:5000", "", false)),
            "reg.io:5000/docker.io/library/nginx"
        );
        assert_eq!(apply(("", "", "reg.io", "", true)), "reg.io/docker.io/library/nginx");
        assert_eq!(apply(("", "", "", "p", false)), "docker.io/p/library/nginx");
        assert_eq!(apply(("", "", "", "", false)), "docker.io/library/nginx");
    }

    #[test]
    fn digests_go_along() {
        let pin = format!("sha256:{}", "0".repeat(64));
        let source: Reference = format!("quay.io/a/b@{pin}").parse().unwrap();
        let relocation = Relocation::new(rules(("reg.io", "", "", "", false))).unwrap();
        let target = relocation.apply(&source).reference(&source).unwrap();
        assert_eq!(target.to_string(), format!("reg.io/a/b@{pin}"));
        assert!(Relocation::new(rules(("", "", "", "", true))).unwrap().rules().is_empty());
    }

    #[test]
    fn rules_that_make_no_reference_are_refused() {
        for (row, key) in [
            (("10.16.10.111/foo", "", "", "", false), "containerRegistry"),
            (("http://reg.io", "", "", "", false), "containerRegistry"),
            (("", "", "reg.io/", "", false), "containerPrefixRegistry"),
            (("", "Upper", "", "", false), "containerRepository"),
            (("", "", "", "a//b", false), "containerPrefixRepository"),
        ] {
            let found = match Relocation::new(rules(row)).unwrap_err() {
                RelocationError::Registry { key, .. } | RelocationError::Repository { key, .. } => {
                    key
                }
            };
            assert_eq!(found, key);
        }
        assert!(Relocation::new(rules(("", "/proj/", "", "", false))).is_ok());
    }

    #[test]
    fn a_path_that_grows_too_long_is_an_error() {
        let source: Reference = format!("quay.io/{}", "a".repeat(250)).parse().unwrap();
        let relocation = Relocation::new(rules(("", "", "reg.io", "", false))).unwrap();
        assert!(relocation.apply(&source).reference(&source).is_err());
    }
}
