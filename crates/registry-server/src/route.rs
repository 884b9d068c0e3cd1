//! What a path names. Repository names contain slashes, so paths are read from their end.

use oci::{Digest, Tag};

use crate::chart::Project;
use crate::error::{ApiError, Code, Dialect};
use crate::query::decode;
use crate::store::{StoreError, UploadId};

/// A place of one of the two APIs. Every name in it is checked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Registry(RegistryRoute),
    Charts(Project, ChartRoute),
    Health,
}

/// A place under `/v2/`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RegistryRoute {
    Version,
    Catalog,
    Tags { repository: String },
    Manifest { repository: String, reference: ManifestReference },
    Blob { repository: String, digest: Digest },
    Uploads { repository: String },
    Upload { repository: String, id: UploadId },
    Referrers { repository: String, subject: Digest },
}

/// How a manifest is named.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ManifestReference {
    Tag(Tag),
    Digest(Digest),
}

/// A place of a project's charts. Names in it come from the client and are only ever compared.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ChartRoute {
    /// `index.yaml`
    Index,
    /// `charts/<file>`
    File(String),
    /// `api/charts`
    All,
    /// `api/charts/<name>`
    Versions(String),
    /// `api/charts/<name>/<version>`
    Version(String, String),
}

/// In whose words errors about a path are written.
pub(crate) fn dialect(path: &str) -> Dialect {
    if path == "/v2" || path.starts_with("/v2/") {
        Dialect::Distribution
    } else {
        Dialect::ChartMuseum
    }
}

impl Route {
    pub(crate) fn parse(path: &str) -> Result<Self, ApiError> {
        let segments = segments(path)?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["v2", rest @ ..] => RegistryRoute::parse(rest).map(Self::Registry),
            ["health"] => Ok(Self::Health),
            ["chartrepo", project, rest @ ..] => {
                chart_file(rest).and_then(|route| Ok(Self::Charts(parse_project(project)?, route)))
            }
            ["api", "chartrepo", project, rest @ ..] => {
                chart_api(rest).and_then(|route| Ok(Self::Charts(parse_project(project)?, route)))
            }
            ["api", rest @ ..] => chart_api(rest).map(|route| Self::Charts(Project::root(), route)),
            rest => chart_file(rest).map(|route| Self::Charts(Project::root(), route)),
        }
    }
}

/// The decoded segments of a path. An encoded slash or a control character is never part of a name.
fn segments(path: &str) -> Result<Vec<String>, ApiError> {
    let path = path.strip_prefix('/').ok_or_else(ApiError::not_found)?;
    path.split('/')
        .map(|segment| {
            decode(segment)
                .filter(|text| !text.contains(|c: char| matches!(c, '/' | '\\') || c.is_control()))
                .ok_or_else(|| {
                    ApiError::new(Code::NameInvalid, "the path holds an encoding that no name has")
                })
        })
        .collect()
}

fn parse_project(text: &str) -> Result<Project, ApiError> {
    text.parse().map_err(|error| ApiError::new(Code::NameInvalid, format!("{error}")))
}

fn chart_file(segments: &[&str]) -> Result<ChartRoute, ApiError> {
    match segments {
        ["index.yaml"] => Ok(ChartRoute::Index),
        ["charts", file] => Ok(ChartRoute::File((*file).to_owned())),
        _ => Err(ApiError::not_found()),
    }
}

fn chart_api(segments: &[&str]) -> Result<ChartRoute, ApiError> {
    match segments {
        ["charts"] | ["charts", ""] => Ok(ChartRoute::All),
        ["charts", name] => Ok(ChartRoute::Versions((*name).to_owned())),
        ["charts", name, version] => {
            Ok(ChartRoute::Version((*name).to_owned(), (*version).to_owned()))
        }
        _ => Err(ApiError::not_found()),
    }
}

impl RegistryRoute {
    fn parse(segments: &[&str]) -> Result<Self, ApiError> {
        match segments {
            [] | [""] => Ok(Self::Version),
            ["_catalog"] => Ok(Self::Catalog),
            [name @ .., "blobs", "uploads"] | [name @ .., "blobs", "uploads", ""] => {
                Ok(Self::Uploads { repository: repository(name)? })
            }
            [name @ .., "blobs", "uploads", id] => {
                let repository = repository(name)?;
                let id = id.parse().map_err(|_| StoreError::UploadUnknown)?;
                Ok(Self::Upload { repository, id })
            }
            [name @ .., "tags", "list"] => Ok(Self::Tags { repository: repository(name)? }),
            [name @ .., "manifests", reference] => Ok(Self::Manifest {
                repository: repository(name)?,
                reference: manifest(reference)?,
            }),
            [name @ .., "blobs", text] => {
                Ok(Self::Blob { repository: repository(name)?, digest: digest(text)? })
            }
            [name @ .., "referrers", text] => {
                Ok(Self::Referrers { repository: repository(name)?, subject: digest(text)? })
            }
            _ => Err(ApiError::not_found()),
        }
    }
}

fn repository(segments: &[&str]) -> Result<String, ApiError> {
    let name = segments.join("/");
    if oci::is_repository(&name) {
        return Ok(name);
    }
    let message = "a repository has lower-case letters, digits and single separators (. _ __ - /) only, at most 255";
    Err(ApiError::new(Code::NameInvalid, message))
}

pub(crate) fn digest(text: &str) -> Result<Digest, ApiError> {
    text.parse().map_err(|error| ApiError::new(Code::DigestInvalid, format!("{error}")))
}

fn manifest(text: &str) -> Result<ManifestReference, ApiError> {
    if text.contains(':') {
        return digest(text).map(ManifestReference::Digest);
    }
    let tag = text.parse().map_err(|error| {
        // Nobody can have stored one, so there is none; the specification's own tests ask this way.
        ApiError::new(Code::TagInvalid, format!("{error}")).with_status(http::StatusCode::NOT_FOUND)
    });
    tag.map(ManifestReference::Tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum() -> String {
        format!("sha256:{}", "0".repeat(64))
    }

    #[test]
    fn finds_the_repository_whatever_its_name_is() {
        let repository = "a/blobs/uploads/tags".to_owned();
        let parse = |rest: &str| Route::parse(&format!("/v2/{repository}/{rest}")).unwrap();
        let upload = "0123456789abcdef0123456789abcdef";
        for (rest, route) in [
            ("tags/list".to_owned(), RegistryRoute::Tags { repository: repository.clone() }),
            (
                "blobs/uploads/".to_owned(),
                RegistryRoute::Uploads { repository: repository.clone() },
            ),
            ("blobs/uploads".to_owned(), RegistryRoute::Uploads { repository: repository.clone() }),
            (
                format!("blobs/uploads/{upload}"),
                RegistryRoute::Upload {
                    repository: repository.clone(),
                    id: upload.parse().unwrap(),
                },
            ),
            (
                format!("blobs/{}", sum()),
                RegistryRoute::Blob {
                    repository: repository.clone(),
                    digest: sum().parse().unwrap(),
                },
            ),
            (
                format!("referrers/{}", sum().replace(':', "%3A")),
                RegistryRoute::Referrers {
                    repository: repository.clone(),
                    subject: sum().parse().unwrap(),
                },
            ),
            (
                "manifests/list".to_owned(),
                RegistryRoute::Manifest {
                    repository: repository.clone(),
                    reference: ManifestReference::Tag("list".parse().unwrap()),
                },
            ),
        ] {
            assert_eq!(parse(&rest), Route::Registry(route), "{rest}");
        }
        for path in ["/v2", "/v2/"] {
            assert_eq!(Route::parse(path).unwrap(), Route::Registry(RegistryRoute::Version));
        }
    }

    #[test]
    fn refuses_names_that_are_none() {
        for path in [
            "/v2/../etc/tags/list",
            "/v2/a/../b/tags/list",
            "/v2/a%2fb/tags/list",
            "/v2/a/%2e%2e/b/tags/list",
            "/v2/A/tags/list",
            "/v2/a%00/tags/list",
            "/v2//tags/list",
            "/v2/tags/list",
            "/v2/a/blobs/sha256:../../x",
            "/v2/a/blobs/latest",
            "/v2/a/manifests/..",
            "/v2/a/manifests/",
            "/v2/a/manifests/%2e%2e",
            "/v2/a/manifests/a%2fb",
            "/v2/a/blobs/uploads/..",
            "/v2/a/blobs/uploads/0",
            "/v2/a",
            "/chartrepo/../index.yaml",
            "/chartrepo/a%2fb/index.yaml",
            "/chartrepo/A/index.yaml",
            "/charts/..%2fx.tgz",
            "/charts/a/b.tgz",
            "/",
            "",
        ] {
            assert!(Route::parse(path).is_err(), "{path}");
        }
    }

    #[test]
    fn charts_have_two_doors() {
        let project: Project = "release.daocloud.io".parse().unwrap();
        for (path, project, route) in [
            ("/index.yaml", Project::root(), ChartRoute::Index),
            ("/chartrepo/release.daocloud.io/index.yaml", project.clone(), ChartRoute::Index),
            ("/charts/a-1.0.0+b.tgz", Project::root(), ChartRoute::File("a-1.0.0+b.tgz".into())),
            ("/charts/a-1.0.0%2Bb.tgz", Project::root(), ChartRoute::File("a-1.0.0+b.tgz".into())),
            ("/api/charts", Project::root(), ChartRoute::All),
            ("/api/chartrepo/release.daocloud.io/charts", project.clone(), ChartRoute::All),
            ("/api/charts/a/1", Project::root(), ChartRoute::Version("a".into(), "1".into())),
            (
                "/api/chartrepo/release.daocloud.io/charts/a",
                project,
                ChartRoute::Versions("a".into()),
            ),
        ] {
            assert_eq!(Route::parse(path).unwrap(), Route::Charts(project, route), "{path}");
        }
    }
}
