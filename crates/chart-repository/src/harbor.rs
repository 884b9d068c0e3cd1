//! Harbor: what it is, its projects, and which of its two ways to keep charts it has.

use bytes::Bytes;
use registry_client::{
    Body, Client, Credential, ErrorKind, HeaderValue, HttpRequest, Method, StatusCode, Url, header,
};
use serde::Deserialize;

use crate::Error;
use crate::address::{Address, Kind, authority, below, invalid, with_path};
use crate::error::Action;
use crate::indexed::Indexed;
use crate::site::Site;

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
        let is_foreign = matches!(failure, Error::NotAnIndex { .. });
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

    /// That the project exists, as far as this user may know.
    pub(crate) async fn check_project(&self) -> Result<(), Error> {
        match self.api.has_project(&self.project).await? {
            Some(false) => Err(self.project_missing()),
            _ => Ok(()),
        }
    }

    /// Harbor answers 401 or 403 where it means that the project does not exist.
    pub(crate) async fn explain(&self, failure: Error) -> Error {
        let kind = failure.network().map(registry_client::Error::kind);
        let is_refusal = matches!(kind, Some(ErrorKind::Unauthorized | ErrorKind::Forbidden));
        if is_refusal && matches!(self.api.has_project(&self.project).await, Ok(Some(false))) {
            return self.project_missing();
        }
        failure
    }

    pub(crate) fn project_missing(&self) -> Error {
        Error::ProjectMissing { host: self.api.host(), project: self.project.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fake::{
        Answer, Asked, Fake, FakeRegistry, Museum, answer, chart, client, html, login, not_found,
        repository,
    };
    use crate::{Location, OnConflict, Outcome};

    const INDEX: &str = "/chartrepo/release.daocloud.io/index.yaml";
    const PROJECT: &str = "/api/v2.0/projects?project_name=release.daocloud.io";

    fn json(status: u16, body: &str) -> Answer {
        answer(status, "application/json", body.to_owned())
    }

    async fn check(
        respond: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let fake = Fake::start(respond).await;
        let url = format!("http://{}/chartrepo/release.daocloud.io", fake.host);
        let checked = repository(Kind::Harbor, &url).check_access("c").await;
        assert!(fake.writes().iter().all(|write| write.starts_with("POST /api/chartrepo/")));
        checked.map(|_| ())
    }

    #[tokio::test]
    async fn charts_go_into_the_chart_repository_where_there_is_one() {
        let charts = Arc::new(Museum::default());
        let shared = Arc::clone(&charts);
        let fake = Fake::start(move |asked| match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", INDEX) => shared.index(),
            ("POST", "/api/chartrepo/release.daocloud.io/charts") => shared.take(asked, false),
            ("POST", "/api/chartrepo/release.daocloud.io/charts?force") => shared.take(asked, true),
            _ => not_found(),
        })
        .await;
        let url = format!("http://{}/chartrepo/release.daocloud.io/", fake.host);
        let repository = repository(Kind::Harbor, &url);
        assert_eq!(repository.check_access("c").await.unwrap().detected, None);
        let ours = chart("c", "1.0.0", "a");
        let published = repository.publish(&ours, OnConflict::Fail).await.unwrap();
        assert_eq!(published.outcome, Outcome::Created);
        let expected =
            Location::Repository { url: url.trim_end_matches('/').to_owned(), chart: "c".into() };
        assert_eq!(published.location, expected);
        let other = chart("c", "1.0.0", "b");
        let replaced = repository.publish(&other, OnConflict::Overwrite).await.unwrap();
        assert_eq!(replaced.outcome, Outcome::Overwritten);
        assert!(fake.asked().iter().all(Asked::has_login));
    }

    #[tokio::test]
    async fn from_2_8_on_the_registry_is_used() {
        type Page = fn() -> Answer;
        let info = r#"{"auth_mode":"db_auth","harbor_version":"v2.11.1-6b7ecba1"}"#;
        for (page, info, version) in [
            (not_found as Page, info, Some("v2.11.1-6b7ecba1")),
            (|| html(200), r#"{"auth_mode":"db_auth","with_chartmuseum":false}"#, None),
            (|| answer(200, "text/plain", "object required"), "<html></html>", None),
        ] {
            let registry = Arc::new(FakeRegistry::default());
            let shared = Arc::clone(&registry);
            let fake = Fake::start(move |asked| match asked.path.as_str() {
                INDEX => page(),
                "/api/v2.0/systeminfo" => json(200, info),
                "/api/v2.0/ping" => answer(200, "text/plain", "Pong"),
                PROJECT => json(200, ""),
                _ => shared.respond(asked),
            })
            .await;
            let url = format!("http://{}/chartrepo/release.daocloud.io", fake.host);
            let repository = repository(Kind::Harbor, &url);
            let access = repository.check_access("c").await.unwrap();
            let detected = access.detected.unwrap();
            assert_eq!(detected.harbor_version.as_deref(), version);
            assert_eq!(detected.repository, format!("oci://{}/release.daocloud.io", fake.host));
            assert!(fake.writes().is_empty());
            let ours = chart("c", "1.0.0", "a");
            let published = repository.publish(&ours, OnConflict::Fail).await.unwrap();
            let arguments = published.location.helm_arguments("1.0.0").join(" ");
            let expected =
                format!("oci://{}/release.daocloud.io/c --version 1.0.0 --plain-http", fake.host);
            assert_eq!(arguments, expected);
            assert!(registry.get("/v2/release.daocloud.io/c/manifests/1.0.0").is_some());
            assert!(repository.detected().is_some());
        }
    }

    #[tokio::test]
    async fn a_missing_project_is_told_from_wrong_credentials() {
        let missing = check(|asked| match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", INDEX) => json(401, r#"{"errors":[{"code":"UNAUTHORIZED"}]}"#),
            ("HEAD", PROJECT) => not_found(),
            _ => html(500),
        });
        let Err(Error::ProjectMissing { project, .. }) = missing.await else { panic!() };
        assert_eq!(project, "release.daocloud.io");
        let wrong = check(|_| json(401, "{}")).await.unwrap_err();
        let kind = wrong.network().unwrap().kind();
        assert_eq!(kind, registry_client::ErrorKind::Unauthorized);
        let old = check(|asked| match asked.path.as_str() {
            "/api/v2.0/systeminfo" => {
                json(200, r#"{"auth_mode":"db_auth","with_chartmuseum":true}"#)
            }
            _ => not_found(),
        });
        assert!(matches!(old.await, Err(Error::ProjectMissing { .. })));
        let new = check(|asked| match asked.path.as_str() {
            "/api/v2.0/systeminfo" => json(200, r#"{"auth_mode":"db_auth"}"#),
            "/v2/" => json(200, "{}"),
            path if path.starts_with("/v2/") => json(401, "{}"),
            _ => not_found(),
        });
        assert!(matches!(new.await, Err(Error::ProjectMissing { .. })));
    }

    #[tokio::test]
    async fn what_is_no_harbor_is_not_taken_for_one() {
        assert!(matches!(check(|_| not_found()).await, Err(Error::NoRepository { .. })));
        assert!(matches!(check(|_| html(200)).await, Err(Error::NotAnIndex { .. })));
        let down = check(|_| html(503)).await.unwrap_err();
        assert_eq!(down.network().unwrap().kind(), registry_client::ErrorKind::ServerError);
    }

    #[tokio::test]
    async fn a_project_is_private_unless_said_otherwise() {
        let fake = Fake::start(|asked| match asked.method.as_str() {
            "HEAD" if asked.path.ends_with("=there") => json(200, ""),
            "HEAD" => not_found(),
            "POST" if asked.body.starts_with(b"{\"project_name\":\"raced\"") => json(409, "{}"),
            "POST" if asked.body.starts_with(b"{\"project_name\":\"denied\"") => json(403, "{}"),
            _ => json(201, ""),
        })
        .await;
        let harbor =
            Harbor::new(&client(), &format!("http://{}", fake.host), Some(login())).unwrap();
        let private = Visibility::default();
        assert_eq!(harbor.create_project("there", private).await.unwrap(), Project::AlreadyThere);
        assert_eq!(fake.writes().len(), 0);
        assert_eq!(harbor.create_project("p", private).await.unwrap(), Project::Created);
        let posted = fake.asked().pop().unwrap();
        assert_eq!(posted.path, "/api/v2.0/projects");
        assert_eq!(posted.body, r#"{"project_name":"p","metadata":{"public":"false"}}"#);
        assert!(posted.has_login());
        harbor.create_project("q", Visibility::Public).await.unwrap();
        assert!(fake.asked().pop().unwrap().body.ends_with(br#"{"public":"true"}}"#));
        assert_eq!(harbor.create_project("raced", private).await.unwrap(), Project::AlreadyThere);
        let error = harbor.create_project("denied", private).await.unwrap_err();
        assert_eq!(error.network().unwrap().kind(), registry_client::ErrorKind::Forbidden);
    }

    #[test]
    fn the_address_names_one_project() {
        let new = |location: &str| HarborTarget::new(&client(), location, None);
        let target = new("https://h/harbor/chartrepo/p").unwrap();
        assert_eq!((target.project.as_str(), target.api.host().as_str()), ("p", "h"));
        assert_eq!(target.api.projects().as_str(), "https://h/harbor/api/v2.0/projects");
        for location in [
            "https://h",
            "https://h/p",
            "https://h/chartrepo",
            "https://h/chartrepo/",
            "https://h/chartrepo/a/b",
            "https://h/chartrepo/a%2fb",
            "oci://h/p",
            "h/chartrepo/p",
        ] {
            assert!(
                matches!(new(location), Err(Error::Address { kind: "HARBOR", .. })),
                "{location}"
            );
        }
    }
}
