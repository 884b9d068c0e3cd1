//! Repositories with an `index.yaml` and an upload by form: ChartMuseum, and Harbor while it had one inside.

use oci::Digest;
use registry_client::{
    Body, ErrorKind, HeaderValue, Method, RedactedUrl, RetryPolicy, Url, header,
};
use tokio::sync::OnceCell;

use crate::Error;
use crate::address::{self, shown, with_path};
use crate::chart::{Existing, Location, PackagedChart};
use crate::error::Action;
use crate::multipart::Form;
use crate::site::Site;

/// A ChartMuseum, or Harbor's.
#[derive(Debug)]
pub(crate) struct Indexed {
    site: Site,
    /// Where charts may have to be posted; the first that answers is taken.
    candidates: Vec<Url>,
    upload: OnceCell<Url>,
    owner: Owner,
}

/// Whose it is.
#[derive(Debug)]
enum Owner {
    ChartMuseum,
    Harbor {
        /// The project charts go to.
        project: String,
    },
}

/// What became of an upload.
#[derive(Debug)]
pub(crate) enum Upload {
    /// The server took it.
    Stored,
    /// 409: the version is there, and the server does not replace it.
    Exists(registry_client::Error),
}

impl Indexed {
    /// A ChartMuseum at any path. In a path `/a/b` nothing tells which part is `--context-path` and which is the
    /// tenant, so that the API may be `/api/a/b/charts`, `/a/api/b/charts` or `/a/b/api/charts`.
    pub(crate) fn chart_museum(site: Site) -> Self {
        let path = site.base().path().trim_end_matches('/');
        let splits = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let candidates = splits
            .map(|at| with_path(site.base(), &format!("{}/api{}/charts", &path[..at], &path[at..])))
            .collect();
        Self { site, candidates, upload: OnceCell::new(), owner: Owner::ChartMuseum }
    }

    /// Harbor's chart repository of one project: `/chartrepo/` becomes `/api/chartrepo/`.
    pub(crate) fn harbor(site: Site, project: &str) -> Self {
        let path = site.base().path().replacen("/chartrepo/", "/api/chartrepo/", 1);
        let candidates = vec![with_path(site.base(), &format!("{path}/charts"))];
        let owner = Owner::Harbor { project: project.to_owned() };
        Self { site, candidates, upload: OnceCell::new(), owner }
    }

    pub(crate) fn site(&self) -> &Site {
        &self.site
    }

    pub(crate) fn location(&self, name: &str) -> Location {
        Location::Repository { url: shown(self.site.base()), chart: name.to_owned() }
    }

    pub(crate) async fn find(&self, name: &str, version: &str) -> Result<Option<Existing>, Error> {
        let Some(listed) = self.site.look_up(name, version).await? else { return Ok(None) };
        let url = listed.url.as_deref().and_then(|url| self.site.resolve(url));
        let stated = listed.sha256.and_then(|hex| Digest::from_sha256_hex(&hex).ok());
        let digest = match (&stated, &url) {
            (None, Some(url)) => self.site.content_digest(url).await?,
            _ => stated,
        };
        let url = url.map_or_else(
            || shown(self.site.base()),
            |url| RedactedUrl::from(&url).as_str().to_owned(),
        );
        Ok(Some(Existing { digest, url }))
    }

    /// That the repository is there and takes charts from us. A form without a chart is posted: it is refused in any
    /// case, and *how* tells whether the credentials would do.
    pub(crate) async fn check_access(&self) -> Result<(), Error> {
        let url = self.upload_url().await?;
        let boundary = "ferry-probe";
        let body = format!("--{boundary}--\r\n");
        let request = self
            .site
            .request(Method::POST, url.clone())
            .header(
                header::CONTENT_TYPE,
                form_type(&format!("multipart/form-data; boundary={boundary}")),
            )
            .body(Body::Chunks(vec![body.into()]))
            .retry(RetryPolicy::never());
        let response = self.site.send(Action::CheckAccess, request).await?;
        match response.status().as_u16() {
            // 405 and 501: it can be read only.
            401 | 403 | 405 | 501 => {
                Err(Error::during(Action::CheckAccess)(response.into_error().await))
            }
            404 => Err(self.missing()),
            _ => Ok(()),
        }
    }

    pub(crate) async fn upload(
        &self,
        chart: &PackagedChart,
        replaces: bool,
    ) -> Result<Upload, Error> {
        let mut url = self.upload_url().await?.clone();
        if replaces {
            url.set_query(Some("force"));
        }
        let form = Form::chart(&chart.file_name(), chart.archive(), chart.digest());
        let request = self
            .site
            .request(Method::POST, url)
            .header(header::CONTENT_TYPE, form_type(&form.content_type))
            .body(Body::Chunks(form.chunks));
        let response = self.site.send(Action::Upload, request).await?;
        if response.status().is_success() {
            return Ok(Upload::Stored);
        }
        let error = response.into_error().await;
        match error.kind() {
            ErrorKind::Conflict => Ok(Upload::Exists(error)),
            ErrorKind::NotFound | ErrorKind::ProjectUnknown => Err(self.missing()),
            _ => Err(Error::during(Action::Upload)(error)),
        }
    }

    /// The API, found once. Asking is only needed where there is a choice.
    async fn upload_url(&self) -> Result<&Url, Error> {
        self.upload.get_or_try_init(|| self.find_upload_url()).await
    }

    async fn find_upload_url(&self) -> Result<Url, Error> {
        if let [only] = &self.candidates[..] {
            return Ok(only.clone());
        }
        for candidate in &self.candidates {
            let request = self.site.request(Method::GET, candidate.clone());
            let response = self.site.send(Action::Detect, request).await?;
            let is_json =
                response.media_type().is_some_and(|media_type| media_type.ends_with("json"));
            match response.status().as_u16() {
                401 | 403 => {
                    return Err(Error::during(Action::Detect)(response.into_error().await));
                }
                200 if is_json => return Ok(candidate.clone()),
                500.. => return Err(Error::during(Action::Detect)(response.into_error().await)),
                _ => {}
            }
        }
        Err(self.missing())
    }

    fn missing(&self) -> Error {
        match &self.owner {
            Owner::ChartMuseum => Error::NoRepository { url: self.site.base().into() },
            Owner::Harbor { project } => Error::ProjectMissing {
                host: address::authority(self.site.base()),
                project: project.clone(),
            },
        }
    }
}

fn form_type(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("the boundary is made of letters and digits")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::fake::{
        Answer, Asked, Fake, Museum, answer, chart, html, not_found, repository, yaml,
    };
    use crate::{IndexError, Kind, OnConflict, Outcome};

    async fn museum(museum: &Arc<Museum>) -> Fake {
        let museum = Arc::clone(museum);
        Fake::start(move |asked| match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/index.yaml") => museum.index(),
            ("POST", "/api/charts") => museum.take(asked, false),
            ("POST", "/api/charts?force") => museum.take(asked, true),
            _ => not_found(),
        })
        .await
    }

    fn url(fake: &Fake) -> String {
        format!("http://{}", fake.host)
    }

    #[tokio::test]
    async fn a_new_chart_is_posted_and_read_back() {
        let charts = Arc::new(Museum::default());
        let fake = museum(&charts).await;
        let repository = repository(Kind::ChartMuseum, &url(&fake));
        let chart = chart("c", "1.0.0", "archive");
        repository.check_access("c").await.unwrap();
        assert!(charts.charts.lock().unwrap().is_empty());
        assert_eq!(repository.find("c", "1.0.0").await.unwrap(), None);
        let published = repository.publish(&chart, OnConflict::Fail).await.unwrap();
        assert_eq!(published.outcome, Outcome::Created);
        assert_eq!(published.digest.as_ref(), Some(chart.digest()));
        let arguments = published.location.helm_arguments("1.0.0").join(" ");
        assert_eq!(arguments, format!("c --repo http://{} --version 1.0.0", fake.host));
        assert_eq!(charts.charts.lock().unwrap()[&("c".into(), "1.0.0".into())], "archive");
        assert!(fake.asked().iter().all(Asked::has_login));
        let again = repository.publish(&chart, OnConflict::Fail).await.unwrap();
        assert_eq!(again.outcome, Outcome::AlreadyThere);
        assert_eq!(fake.writes(), ["POST /api/charts", "POST /api/charts"]);
    }

    #[tokio::test]
    async fn another_chart_under_the_same_version_is_up_to_the_policy() {
        let charts = Arc::new(Museum::default());
        charts.put("c", "1.0.0", "theirs");
        let fake = museum(&charts).await;
        let repository = repository(Kind::ChartMuseum, &url(&fake));
        let ours = chart("c", "1.0.0", "ours");
        let error = repository.publish(&ours, OnConflict::Fail).await.unwrap_err();
        let Error::Conflict { existing, url, .. } = error else { panic!("{error}") };
        assert_eq!(existing, Some(Digest::of(b"theirs")));
        assert!(url.ends_with("/charts/c-1.0.0.tgz"));
        let kept = repository.publish(&ours, OnConflict::Keep).await.unwrap();
        assert_eq!((kept.outcome, kept.digest), (Outcome::Kept, None));
        assert!(fake.writes().is_empty());
        let replaced = repository.publish(&ours, OnConflict::Overwrite).await.unwrap();
        assert_eq!(replaced.outcome, Outcome::Overwritten);
        assert_eq!(fake.writes(), ["POST /api/charts?force"]);
    }

    #[tokio::test]
    async fn a_server_that_does_not_replace_is_an_error_of_its_own() {
        let charts = Arc::new(Museum::default());
        charts.put("c", "1.0.0", "theirs");
        let shared = Arc::clone(&charts);
        let fake = Fake::start(move |asked| match asked.method.as_str() {
            "POST" => shared.take(asked, false),
            _ => shared.index(),
        })
        .await;
        let repository = repository(Kind::ChartMuseum, &url(&fake));
        let ours = chart("c", "1.0.0", "ours");
        let error = repository.publish(&ours, OnConflict::Overwrite).await.unwrap_err();
        assert!(matches!(error, Error::OverwriteRefused { .. }), "{error}");
        assert_eq!(error.network().unwrap().kind(), ErrorKind::Conflict);
    }

    /// The first answer is lost on the way: the second attempt meets the chart the first one stored.
    #[tokio::test]
    async fn an_upload_whose_answer_was_lost_has_created_the_chart() {
        let charts = Arc::new(Museum::default());
        let shared = Arc::clone(&charts);
        let posts = AtomicUsize::new(0);
        let fake = Fake::start(move |asked| match asked.method.as_str() {
            "POST" => {
                let taken = shared.take(asked, false);
                let is_first = posts.fetch_add(1, Ordering::SeqCst) == 0;
                if is_first { answer(502, "text/html", "<html></html>") } else { taken }
            }
            _ => shared.index(),
        })
        .await;
        let repository = repository(Kind::ChartMuseum, &url(&fake));
        let published =
            repository.publish(&chart("c", "1.0.0", "a"), OnConflict::Fail).await.unwrap();
        assert_eq!(published.outcome, Outcome::Created);
        assert_eq!(fake.writes().len(), 2);
    }

    #[tokio::test]
    async fn the_path_of_the_url_is_kept() {
        for (path, api) in [
            ("/org/repo", "/api/org/repo/charts"),
            ("/context", "/context/api/charts"),
            ("/context/org/repo/", "/context/api/org/repo/charts"),
        ] {
            let charts = Arc::new(Museum::default());
            let index = format!("{}/index.yaml", path.trim_end_matches('/'));
            let shared = Arc::clone(&charts);
            let fake = Fake::start(move |asked| match asked.method.as_str() {
                "GET" if asked.path == index => shared.index(),
                "GET" if asked.path == api => answer(200, "application/json", "{}"),
                // A page for everything else, as a portal in front of the server would give.
                "GET" => html(200),
                "POST" if asked.path == api => shared.take(asked, false),
                _ => not_found(),
            })
            .await;
            let repository = repository(Kind::ChartMuseum, &format!("{}{path}", url(&fake)));
            repository.publish(&chart("c", "1.0.0", "a"), OnConflict::Fail).await.unwrap();
            assert_eq!(fake.writes(), [format!("POST {api}")], "{path}");
        }
    }

    /// E3: the archive lies on another host, which must not see who we are.
    #[tokio::test]
    async fn another_host_gets_no_credentials() {
        let elsewhere = Fake::start(|_| answer(200, "application/gzip", "archive")).await;
        let index = format!(
            "apiVersion: v1\nentries:\n  c:\n  - version: 1.0.0\n    urls: [\"http://me:canary@{}/c.tgz?t=1\"]\n",
            elsewhere.host
        );
        let fake = Fake::start(move |_| yaml(index.clone())).await;
        let repository = repository(Kind::ChartMuseum, &url(&fake));
        let found = repository.find("c", "1.0.0").await.unwrap().unwrap();
        assert!(found.is(&chart("c", "1.0.0", "archive")));
        assert!(!found.url.contains("canary") && !found.url.contains("t=1"), "{}", found.url);
        assert!(fake.asked()[0].has_login());
        assert_eq!(elsewhere.asked().len(), 1);
        assert!(!elsewhere.asked()[0].headers.contains_key("authorization"));
    }

    #[tokio::test]
    async fn without_a_digest_in_the_index_the_archive_is_compared() {
        let index = "apiVersion: v1\nentries:\n  c:\n  - {version: 1.0.0, urls: [c.tgz]}\n  \
            - {version: 2.0.0, urls: [gone.tgz]}\n  - {version: 3.0.0, urls: []}\n";
        let fake = Fake::start(move |asked| match asked.path.as_str() {
            "/charts/index.yaml" => yaml(index),
            "/charts/c.tgz" => answer(200, "application/gzip", "archive"),
            _ => not_found(),
        })
        .await;
        let repository = repository(Kind::ChartMuseum, &format!("{}/charts", url(&fake)));
        let same = repository.find("c", "1.0.0").await.unwrap().unwrap();
        assert!(same.is(&chart("c", "1.0.0", "archive")));
        assert!(fake.asked().last().unwrap().has_login());
        for version in ["2.0.0", "3.0.0"] {
            let unknown = repository.find("c", version).await.unwrap().unwrap();
            assert_eq!(unknown.digest, None);
        }
    }

    #[tokio::test]
    async fn what_is_no_index_is_shown_in_part() {
        let fake = Fake::start(|_| html(200)).await;
        let repository = repository(Kind::ChartMuseum, &url(&fake));
        let error = repository.find("c", "1.0.0").await.unwrap_err();
        let Error::NotAnIndex { excerpt, source, .. } = error else { panic!("{error}") };
        assert!(
            excerpt.starts_with("<!DOCTYPE html> <html>") && matches!(source, IndexError::Html)
        );
    }

    #[tokio::test]
    async fn every_refusal_has_its_kind() {
        for (status, kind) in [
            (401, ErrorKind::Unauthorized),
            (403, ErrorKind::Forbidden),
            (405, ErrorKind::Unsupported),
            (413, ErrorKind::PayloadTooLarge),
            (429, ErrorKind::TooManyRequests),
            (500, ErrorKind::ServerError),
            (507, ErrorKind::StorageFull),
        ] {
            let charts = Museum::default();
            let fake = Fake::start(move |asked| match asked.method.as_str() {
                "POST" => answer(status, "application/json", r#"{"error":"no"}"#),
                _ => charts.index(),
            })
            .await;
            let repository = repository(Kind::ChartMuseum, &url(&fake));
            let chart = chart("c", "1.0.0", "a");
            let error = repository.publish(&chart, OnConflict::Fail).await.unwrap_err();
            assert_eq!(error.network().map(registry_client::Error::kind), Some(kind), "{status}");
            assert!(!format!("{error:?}").contains("canary"));
            let is_refused = repository.check_access("c").await.is_err();
            assert_eq!(is_refused, matches!(status, 401 | 403 | 405), "{status}");
        }
        let fake = Fake::start(|_| not_found()).await;
        let error =
            repository(Kind::ChartMuseum, &url(&fake)).find("c", "1.0.0").await.unwrap_err();
        assert!(matches!(error, Error::NoRepository { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_chart_that_does_not_show_is_not_published() {
        let charts = Museum::default();
        let fake = Fake::start(move |asked| match asked.method.as_str() {
            "POST" => answer(201, "application/json", r#"{"saved":true}"#),
            _ => charts.index(),
        })
        .await;
        let repository = repository(Kind::ChartMuseum, &url(&fake));
        let error =
            repository.publish(&chart("c", "1.0.0", "a"), OnConflict::Fail).await.unwrap_err();
        assert!(matches!(error, Error::NotConfirmed { found: None, .. }), "{error}");
    }

    #[tokio::test]
    async fn an_index_may_be_late() {
        let charts = Arc::new(Museum::default());
        let shared = Arc::clone(&charts);
        let looks = AtomicUsize::new(0);
        let fake = Fake::start(move |asked| match asked.method.as_str() {
            "POST" => shared.take(asked, false),
            _ if looks.fetch_add(1, Ordering::SeqCst) < 3 => Museum::default().index(),
            _ => shared.index(),
        })
        .await;
        let repository = repository(Kind::ChartMuseum, &url(&fake));
        let published =
            repository.publish(&chart("c", "1.0.0", "a"), OnConflict::Fail).await.unwrap();
        assert_eq!(published.outcome, Outcome::Created);
    }

    #[tokio::test]
    async fn a_redirect_of_an_upload_is_not_followed() {
        let elsewhere = Fake::start(|_| answer(201, "application/json", "{}")).await;
        let target = format!("http://{}/api/charts", elsewhere.host);
        let charts = Museum::default();
        let fake = Fake::start(move |asked| match asked.method.as_str() {
            "POST" => Answer {
                status: 307,
                headers: vec![("location", target.clone())],
                body: bytes::Bytes::new(),
            },
            _ => charts.index(),
        })
        .await;
        let repository = repository(Kind::ChartMuseum, &url(&fake));
        let error =
            repository.publish(&chart("c", "1.0.0", "a"), OnConflict::Fail).await.unwrap_err();
        assert_eq!(error.network().unwrap().kind(), ErrorKind::RedirectRefused);
        assert!(elsewhere.asked().is_empty());
    }
}
