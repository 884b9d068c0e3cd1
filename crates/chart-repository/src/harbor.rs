//! Harbor: what it is, its projects, and which of its two ways to keep charts it has.

use bytes::Bytes;
use registry_client::{
    Body, Client, Credential, HeaderValue, HttpRequest, Method, StatusCode, Url, header,
};
use serde::Deserialize;

use crate::address::{Address, Kind, authority, below, invalid, with_path};
use crate::error::Action;
use crate::indexed::Indexed;
use crate::site::Site;
use crate::{Error, IndexError};

/// Answers of Harbor's API are small, in bytes.
const MAX_ANSWER: usize = 1 << 20;

/// Harbor's API (v2.0).
#[derive(Clone, Debug)]
pub struct Harbor {
    site: Site,
}

/// What a Harbor says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemInfo {
    /// Told to users who are logged in: `v2.11.1-6b7ecba1`.
    pub harbor_version: Option<String>,
    /// Whether it has a chart repository beside its registry; none has from 2.8 on.
    pub has_chart_repository: bool,
}

/// Who may read a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// Its members.
    #[default]
    Private,
    /// Everybody who reaches the Harbor.
    Public,
}

/// What became of a project that was to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Project {
    /// It is new.
    Created,
    /// It was there, and is as it was.
    AlreadyThere,
}

/// What was found where a Harbor's chart repository should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The Harbor's version, if it tells.
    pub harbor_version: Option<String>,
    /// Where charts go instead: `oci://host/project`.
    pub repository: String,
}

#[derive(Deserialize)]
struct SystemInfoDocument {
    harbor_version: Option<String>,
    with_chartmuseum: Option<bool>,
    auth_mode: Option<String>,
    registry_url: Option<String>,
}

impl Harbor {
    /// The Harbor at `scheme://host[:port]`; a longer path is that of a Harbor below a prefix.
    pub fn new(client: &Client, url: &str, credential: Option<Credential>) -> Result<Self, Error> {
        let address = Address::parse(Kind::Harbor, url)?;
        Ok(Self { site: Site::new(client, &address, credential)? })
    }

    fn at(site: &Site, prefix: &str) -> Result<Self, Error> {
        let url = with_path(site.base(), prefix);
        let address = Address { url, credential: None };
        let site = Site::new(site.client(), &address, site.credential().cloned())?;
        Ok(Self { site })
    }

    /// `host` or `host:port`.
    pub fn host(&self) -> String {
        authority(self.site.base())
    }

    /// What it says about itself; `None` when it is no Harbor.
    pub async fn system_info(&self) -> Result<Option<SystemInfo>, Error> {
        let answer = self.ask(&["api", "v2.0", "systeminfo"]).await?;
        let document =
            answer.and_then(|body| serde_json::from_slice::<SystemInfoDocument>(&body).ok());
        let is_harbor = |info: &SystemInfoDocument| {
            info.auth_mode.is_some() || info.registry_url.is_some() || info.harbor_version.is_some()
        };
        if let Some(info) = document.filter(is_harbor) {
            return Ok(Some(SystemInfo {
                harbor_version: info.harbor_version.filter(|version| !version.is_empty()),
                has_chart_repository: info.with_chartmuseum.unwrap_or(false),
            }));
        }
        let pong = self.ask(&["api", "v2.0", "ping"]).await?;
        let is_harbor = pong.is_some_and(|body| body.trim_ascii().eq_ignore_ascii_case(b"pong"));
        Ok(is_harbor.then(SystemInfo::default))
    }

    /// The body of a 200; `None` for any other answer that is not about our credentials or the server's health.
    async fn ask(&self, path: &[&str]) -> Result<Option<Bytes>, Error> {
        let request = self.site.request(Method::GET, below(self.site.base(), path));
        let response = self.site.send(Action::Detect, request).await?;
        match response.status().as_u16() {
            200 => {
                response.bytes(MAX_ANSWER).await.map(Some).map_err(Error::during(Action::Detect))
            }
            401 | 403 | 500.. => Err(Error::during(Action::Detect)(response.into_error().await)),
            _ => Ok(None),
        }
    }

    /// Whether a project exists; `None` when this user may not know.
    pub async fn has_project(&self, project: &str) -> Result<Option<bool>, Error> {
        let mut url = self.projects();
        url.query_pairs_mut().append_pair("project_name", project);
        let response = self.site.send(Action::Find, self.site.request(Method::HEAD, url)).await?;
        match response.status().as_u16() {
            200 => Ok(Some(true)),
            404 => Ok(Some(false)),
            500.. => Err(Error::during(Action::Find)(response.into_error().await)),
            _ => Ok(None),
        }
    }

    /// Makes sure that a project exists. One that exists keeps its visibility.
    pub async fn create_project(
        &self,
        project: &str,
        visibility: Visibility,
    ) -> Result<Project, Error> {
        if self.has_project(project).await? == Some(true) {
            return Ok(Project::AlreadyThere);
        }
        let response =
            self.site.send(Action::CreateProject, self.creation(project, visibility)).await?;
        match response.status() {
            status if status.is_success() => Ok(Project::Created),
            StatusCode::CONFLICT => Ok(Project::AlreadyThere),
            _ => Err(Error::during(Action::CreateProject)(response.into_error().await)),
        }
    }

    fn creation(&self, project: &str, visibility: Visibility) -> HttpRequest {
        // Harbor wants this truth as a text.
        let is_public = if visibility == Visibility::Public { "true" } else { "false" };
        let body = serde_json::json!({"project_name": project, "metadata": {"public": is_public}});
        self.site
            .request(Method::POST, self.projects())
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(Body::Chunks(vec![body.to_string().into()]))
    }

    fn projects(&self) -> Url {
        below(self.site.base(), &["api", "v2.0", "projects"])
    }
}

/// A HARBOR target: `scheme://host/chartrepo/<project>`.
#[derive(Debug)]
pub(crate) struct HarborTarget {
    pub(crate) charts: Indexed,
    pub(crate) api: Harbor,
    pub(crate) project: String,
}

/// The way charts go into a Harbor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    ChartRepository,
    Registry(Detected),
}

impl HarborTarget {
    pub(crate) fn new(
        client: &Client,
        location: &str,
        credential: Option<Credential>,
    ) -> Result<Self, Error> {
        let address = Address::parse(Kind::Harbor, location)?;
        let path = address.url.path().to_owned();
        let parts = path.split_once("/chartrepo/").filter(|(_, project)| {
            !project.is_empty() && !project.contains('/') && !project.contains('%')
        });
        let (prefix, project) = parts.ok_or_else(|| {
            invalid(Kind::Harbor, location, "it must be scheme://host/chartrepo/PROJECT")
        })?;
        let site = Site::new(client, &address, credential)?;
        let api = Harbor::at(&site, prefix)?;
        Ok(Self { charts: Indexed::harbor(site, project), api, project: project.to_owned() })
    }

    /// Finds out whether this Harbor still has a chart repository. From 2.8 on its address answers 404 or the web page
    /// of the portal.
    pub(crate) async fn detect(&self) -> Result<Route, Error> {
        let failure = match self.charts.site().check_index().await {
            Ok(()) => return Ok(Route::ChartRepository),
            Err(error) => error,
        };
        let is_not_found =
            failure.network().is_some_and(|error| error.status() == Some(StatusCode::NOT_FOUND));
        let is_foreign = matches!(
            &failure,
            Error::NotAnIndex {
                source: IndexError::Html
                    | IndexError::Yaml(_)
                    | IndexError::Json(_)
                    | IndexError::Shape(_),
                ..
            }
        );
        if !is_not_found && !is_foreign {
            return Err(self.explain(failure).await);
        }
        match self.api.system_info().await? {
            Some(info) if !info.has_chart_repository => Ok(Route::Registry(Detected {
                harbor_version: info.harbor_version,
                repository: format!("oci://{}/{}", self.api.host(), self.project),
            })),
            Some(_) if is_not_found => Err(self.project_missing()),
            None if is_not_found => {
                Err(Error::NoRepository { url: self.charts.site().base().into() })
            }
            _ => Err(failure),
        }
    }

    /// Harbor answers 401 or 403 where it means that the project does not exist.
    async fn explain(&self, failure: Error) -> Error {
        let status = failure.network().and_then(registry_client::Error::status);
        let is_refusal = matches!(status, Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN));
        match is_refusal {
            true if matches!(self.api.has_project(&self.project).await, Ok(Some(false))) => {
                self.project_missing()
            }
            _ => failure,
        }
    }

    pub(crate) fn project_missing(&self) -> Error {
        Error::ProjectMissing { host: self.api.host(), project: self.project.clone() }
    }
}
