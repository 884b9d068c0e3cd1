//! Artifactory: charts are files that are put in their place; the index follows by itself.

use oci::Digest;
use registry_client::{Body, HeaderName, HeaderValue, Method, Url, header};

use crate::Error;
use crate::address::{below, shown};
use crate::chart::{Existing, Location, PackagedChart, file_name};
use crate::error::Action;
use crate::site::Site;

/// Artifactory's statement of a file's sha256, in answers; in requests a demand to check it.
const CHECKSUM: HeaderName = HeaderName::from_static("x-checksum-sha256");

/// A local Helm repository of an Artifactory: `scheme://host/artifactory/<repository>`.
#[derive(Debug)]
pub(crate) struct JFrog {
    site: Site,
}

impl JFrog {
    pub(crate) fn new(site: Site) -> Self {
        Self { site }
    }

    pub(crate) fn site(&self) -> &Site {
        &self.site
    }

    pub(crate) fn location(&self, name: &str) -> Location {
        Location::Repository { url: shown(self.site.base()), chart: name.to_owned() }
    }

    pub(crate) fn chart_url(&self, name: &str, version: &str) -> Url {
        below(self.site.base(), &[&file_name(name, version)])
    }

    /// The index is calculated some time after an upload, so the file itself is asked for.
    pub(crate) async fn find(&self, name: &str, version: &str) -> Result<Option<Existing>, Error> {
        let url = self.chart_url(name, version);
        let request = self.site.request(Method::HEAD, url.clone());
        let response = self.site.send(Action::Find, request).await?;
        if matches!(response.status().as_u16(), 404 | 410) {
            return Ok(None);
        }
        let response = response.error_for_status().await.map_err(Error::during(Action::Find))?;
        let stated = response.header(CHECKSUM).map(str::to_ascii_lowercase);
        drop(response);
        let digest = match stated.and_then(|hex| Digest::from_sha256_hex(&hex).ok()) {
            Some(digest) => Some(digest),
            None => self.site.content_digest(&url).await?,
        };
        Ok(Some(Existing { digest, url: shown(&url) }))
    }

    /// That the repository is there. An empty one may have no index yet; then its listing tells. Artifactory has no
    /// way to ask whether an upload would be allowed.
    pub(crate) async fn check_access(&self) -> Result<(), Error> {
        let request = self.site.request(Method::GET, self.site.index_url());
        let response = self.site.send(Action::CheckAccess, request).await?;
        if response.status().as_u16() != 404 {
            let answer = response.error_for_status().await;
            return answer.map(|_| ()).map_err(Error::during(Action::CheckAccess));
        }
        let listing = below(self.site.base(), &[""]);
        let response =
            self.site.send(Action::CheckAccess, self.site.request(Method::GET, listing)).await?;
        match response.status().as_u16() {
            404 => Err(Error::NoRepository { url: self.site.base().into() }),
            401 | 403 | 500.. => {
                Err(Error::during(Action::CheckAccess)(response.into_error().await))
            }
            _ => Ok(()),
        }
    }

    pub(crate) async fn upload(&self, chart: &PackagedChart) -> Result<(), Error> {
        let checksum = HeaderValue::from_str(chart.digest().hex()).expect("hex digits only");
        let request = self
            .site
            .request(Method::PUT, self.chart_url(chart.name(), chart.version()))
            .header(header::CONTENT_TYPE, HeaderValue::from_static("binary/octet-stream"))
            .header(CHECKSUM, checksum)
            .body(Body::from(chart.archive().clone()));
        self.site.send_ok(Action::Upload, request).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use registry_client::ErrorKind;

    use super::*;
    use crate::fake::{Answer, Asked, Fake, answer, chart, not_found, repository, yaml};
    use crate::{Kind, OnConflict, Outcome};

    const FILE: &str = "/artifactory/charts/c-1.0.0+b1.tgz";

    /// An Artifactory with one file; with or without its statement of a checksum.
    async fn artifactory(states_checksum: bool, may_replace: bool) -> Fake {
        let file: Arc<Mutex<Option<Bytes>>> = Arc::default();
        Fake::start(move |asked| {
            let mut file = file.lock().unwrap();
            match (asked.method.as_str(), asked.path.as_str()) {
                ("PUT", FILE) if file.is_some() && !may_replace => {
                    answer(403, "application/json", r#"{"errors":[{"message":"no delete"}]}"#)
                }
                ("PUT", FILE) => {
                    let digest = Digest::of(&asked.body);
                    assert_eq!(asked.headers["x-checksum-sha256"], digest.hex());
                    *file = Some(asked.body.clone());
                    answer(201, "application/json", "{}")
                }
                ("HEAD" | "GET", FILE) => match &*file {
                    Some(bytes) => {
                        let digest = Digest::of(bytes);
                        let headers = if states_checksum {
                            vec![("x-checksum-sha256", digest.hex().to_owned())]
                        } else {
                            Vec::new()
                        };
                        Answer { status: 200, headers, body: bytes.clone() }
                    }
                    None => not_found(),
                },
                ("GET", "/artifactory/charts/") => answer(200, "text/html", "<html></html>"),
                _ => not_found(),
            }
        })
        .await
    }

    #[tokio::test]
    async fn a_chart_is_put_as_a_file_and_compared() {
        for states_checksum in [true, false] {
            let fake = artifactory(states_checksum, true).await;
            let url = format!("http://{}/artifactory/charts", fake.host);
            let repository = repository(Kind::JFrog, &url);
            repository.check_access("c").await.unwrap();
            let ours = chart("c", "1.0.0+b1", "a");
            let published = repository.publish(&ours, OnConflict::Fail).await.unwrap();
            assert_eq!(published.outcome, Outcome::Created);
            let again = repository.publish(&ours, OnConflict::Fail).await.unwrap();
            assert_eq!(again.outcome, Outcome::AlreadyThere);
            let other = chart("c", "1.0.0+b1", "b");
            let error = repository.publish(&other, OnConflict::Fail).await.unwrap_err();
            assert!(matches!(error, Error::Conflict { .. }), "{error}");
            let replaced = repository.publish(&other, OnConflict::Overwrite).await.unwrap();
            assert_eq!(replaced.outcome, Outcome::Overwritten);
            assert_eq!(fake.writes(), [format!("PUT {FILE}"), format!("PUT {FILE}")]);
            assert!(fake.asked().iter().all(Asked::has_login));
        }
    }

    #[tokio::test]
    async fn no_right_to_replace_is_said() {
        let fake = artifactory(true, false).await;
        let url = format!("http://{}/artifactory/charts", fake.host);
        let repository = repository(Kind::JFrog, &url);
        repository.publish(&chart("c", "1.0.0+b1", "a"), OnConflict::Fail).await.unwrap();
        let other = chart("c", "1.0.0+b1", "b");
        let error = repository.publish(&other, OnConflict::Overwrite).await.unwrap_err();
        assert!(matches!(error, Error::OverwriteRefused { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_repository_that_is_not_there_is_said() {
        let fake = Fake::start(|_| not_found()).await;
        let url = format!("http://{}/artifactory/nope", fake.host);
        let error = repository(Kind::JFrog, &url).check_access("c").await.unwrap_err();
        assert!(matches!(error, Error::NoRepository { .. }), "{error}");
        let fake = Fake::start(|_| answer(401, "application/json", "{}")).await;
        let url = format!("http://{}/artifactory/charts", fake.host);
        let error = repository(Kind::JFrog, &url).check_access("c").await.unwrap_err();
        assert_eq!(error.network().unwrap().kind(), ErrorKind::Unauthorized);
        let fake = Fake::start(|_| yaml("apiVersion: v1\nentries: {}\n")).await;
        let url = format!("http://{}/artifactory/charts", fake.host);
        repository(Kind::JFrog, &url).check_access("c").await.unwrap();
    }
}
