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
