//! Artifactory's REST API, as far as repositories are to be created with it.

use registry_client::{
    Body, Client, Credential, HeaderValue, HttpRequest, Method, StatusCode, Url, header,
};

use crate::address::{Address, Kind, authority, below};
use crate::error::Action;
use crate::site::Site;
use crate::{Error, Project};

/// Answers to a ping are small, in bytes.
const MAX_ANSWER: usize = 4 << 10;

/// The API of an Artifactory: `scheme://host/artifactory/api`.
#[derive(Clone, Debug)]
pub struct Artifactory {
    site: Site,
}

/// What a repository of Artifactory holds. One repository holds one kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageType {
    /// Images.
    Docker,
    /// Charts, as files with an index.
    Helm,
}

impl PackageType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Helm => "helm",
        }
    }
}

impl Artifactory {
    /// The Artifactory at `scheme://host[:port]`, below `/artifactory`.
    pub fn new(client: &Client, url: &str, credential: Option<Credential>) -> Result<Self, Error> {
        let mut address = Address::parse(Kind::JFrog, url)?;
        address.url = below(&address.url, &["artifactory"]);
        Ok(Self { site: Site::new(client, &address, credential)? })
    }

    /// The Artifactory that a repository's URL leads to, and the repository's key:
    /// `scheme://host/artifactory/<key>`, with anything behind it. `None` for an address that does not say.
    pub(crate) fn of_repository(site: &Site) -> Option<(Self, String)> {
        let path = site.base().path();
        let (before, rest) = path.split_once("/artifactory/")?;
        let key = rest.split('/').next().filter(|key| !matches!(*key, "" | "api"))?;
        let key = key.to_owned();
        let base = crate::address::with_path(site.base(), &format!("{before}/artifactory"));
        let address = Address { url: base, credential: None };
        let site = Site::new(site.client(), &address, site.credential().cloned()).ok()?;
        Some((Self { site }, key))
    }

    /// `host` or `host:port`.
    pub fn host(&self) -> String {
        authority(self.site.base())
    }

    /// Whether this is an Artifactory that is up.
    pub async fn answers(&self) -> Result<bool, Error> {
        let url = below(self.site.base(), &["api", "system", "ping"]);
        let response = self.site.send(Action::Detect, self.site.request(Method::GET, url)).await?;
        match response.status().as_u16() {
            200 => {
                let body =
                    response.bytes(MAX_ANSWER).await.map_err(Error::during(Action::Detect))?;
                Ok(body.trim_ascii() == b"OK")
            }
            401 | 403 | 500.. => Err(Error::during(Action::Detect)(response.into_error().await)),
            _ => Ok(false),
        }
    }

    /// Whether a repository exists, whatever it holds; `None` when this user may not know.
    pub async fn has_repository(&self, key: &str) -> Result<Option<bool>, Error> {
        let url = below(self.site.base(), &["api", "storage", key]);
        let response = self.site.send(Action::Find, self.site.request(Method::GET, url)).await?;
        match response.status().as_u16() {
            200 => Ok(Some(true)),
            404 => Ok(Some(false)),
            500.. => Err(Error::during(Action::Find)(response.into_error().await)),
            _ => Ok(None),
        }
    }

    /// Makes sure that a repository exists; a new one is local. Only administrators may create one, and only editions
    /// with a licence have the request.
    pub async fn create_repository(&self, key: &str, holds: PackageType) -> Result<Project, Error> {
        if self.has_repository(key).await? == Some(true) {
            return Ok(Project::AlreadyThere);
        }
        let response = self.site.send(Action::CreateRepository, self.creation(key, holds)).await?;
        if response.status().is_success() {
            return Ok(Project::Created);
        }
        // 400 is the answer to everything, to a repository that has come since we looked as well.
        let may_be_there = response.status() == StatusCode::BAD_REQUEST;
        let error = Error::during(Action::CreateRepository)(response.into_error().await);
        if may_be_there && self.has_repository(key).await? == Some(true) {
            return Ok(Project::AlreadyThere);
        }
        Err(error)
    }

    fn creation(&self, key: &str, holds: PackageType) -> HttpRequest {
        let body =
            serde_json::json!({"key": key, "rclass": "local", "packageType": holds.as_str()});
        self.site
            .request(Method::PUT, self.repository(key))
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(Body::Chunks(vec![body.to_string().into()]))
    }

    fn repository(&self, key: &str) -> Url {
        below(self.site.base(), &["api", "repositories", key])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use registry_client::ErrorKind;

    use super::*;
    use crate::fake::{Answer, Asked, Fake, answer, client, html, login, not_found, repository};

    fn json(status: u16, body: &str) -> Answer {
        answer(status, "application/json", body.to_owned())
    }

    /// An Artifactory with one repository, `there`, which lets `mine` be created.
    async fn artifactory() -> Fake {
        let raced = Mutex::new(false);
        Fake::start(move |asked| {
            let key = asked.path.rsplit('/').next().unwrap_or_default();
            match (asked.method.as_str(), key) {
                ("GET", "ping") => answer(200, "text/plain", "OK\n"),
                ("GET", "there") => json(200, "{}"),
                ("GET", "raced") if *raced.lock().unwrap() => json(200, "{}"),
                ("GET", "hidden") | ("PUT", "denied") => json(403, "{}"),
                ("PUT", "mine") => answer(200, "text/plain", "Successfully created"),
                ("PUT", "raced") => {
                    *raced.lock().unwrap() = true;
                    json(400, r#"{"errors":[{"message":"repository key already exists"}]}"#)
                }
                ("PUT", "free") => json(400, r#"{"errors":[{"message":"only in Pro"}]}"#),
                _ => not_found(),
            }
        })
        .await
    }

    #[tokio::test]
    async fn a_repository_is_created_once_and_local() {
        let fake = artifactory().await;
        let url = format!("http://{}", fake.host);
        let artifactory = Artifactory::new(&client(), &url, Some(login())).unwrap();
        assert!(artifactory.answers().await.unwrap());
        let create = |key| artifactory.create_repository(key, PackageType::Docker);
        assert_eq!(create("there").await.unwrap(), Project::AlreadyThere);
        assert!(fake.writes().is_empty());
        assert_eq!(create("mine").await.unwrap(), Project::Created);
        let put = fake.asked().pop().unwrap();
        assert_eq!(fake.writes(), ["PUT /artifactory/api/repositories/mine"]);
        let body: serde_json::Value = serde_json::from_slice(&put.body).unwrap();
        let expected =
            serde_json::json!({"key": "mine", "rclass": "local", "packageType": "docker"});
        assert_eq!(body, expected);
        assert_eq!(put.headers["content-type"], "application/json");
        assert_eq!(create("raced").await.unwrap(), Project::AlreadyThere);
        assert_eq!(artifactory.has_repository("hidden").await.unwrap(), None);
        let refused = create("free").await.unwrap_err();
        assert!(refused.network().unwrap().to_string().contains("only in Pro"), "{refused:?}");
        let denied = create("denied").await.unwrap_err();
        assert_eq!(denied.network().unwrap().kind(), ErrorKind::Forbidden);
        assert!(fake.asked().iter().all(Asked::has_login));
    }

    #[tokio::test]
    async fn what_is_no_artifactory_is_not_taken_for_one() {
        for (page, is_one) in
            [(not_found(), Some(false)), (html(200), Some(false)), (html(503), None)]
        {
            let fake = Fake::start(move |_| page.clone()).await;
            let url = format!("http://{}", fake.host);
            let artifactory = Artifactory::new(&client(), &url, None).unwrap();
            assert_eq!(artifactory.answers().await.ok(), is_one);
        }
    }

    #[test]
    fn the_key_is_what_follows_artifactory() {
        let key_of = |url: &str| {
            let repository = repository(Kind::JFrog, url);
            let (artifactory, key) = repository.artifactory()?;
            Some((artifactory.repository(&key).to_string(), key))
        };
        let expected = |url: &str, key: &str| Some((url.to_owned(), key.to_owned()));
        assert_eq!(
            key_of("https://h/artifactory/charts/below/"),
            expected("https://h/artifactory/api/repositories/charts", "charts")
        );
        assert_eq!(
            key_of("https://h:8443/x/artifactory/charts"),
            expected("https://h:8443/x/artifactory/api/repositories/charts", "charts")
        );
        for url in
            ["https://h/charts", "https://h/artifactory/", "https://h/artifactory/api/helm/charts"]
        {
            assert_eq!(key_of(url), None, "{url}");
        }
        assert!(repository(Kind::ChartMuseum, "https://h/artifactory/c").artifactory().is_none());
    }
}
