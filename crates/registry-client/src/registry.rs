//! A registry: where it is, how it wants to be spoken to, and who we are there.

use std::fmt;
use std::sync::Arc;

use ::http::header::{AUTHORIZATION, LOCATION};
use ::http::{Method, StatusCode};
use url::Url;

use crate::auth::{AuthScheme, Authenticator, Scopes};
use crate::http::origin_of;
use crate::request::HttpRequest;
use crate::response::HttpResponse;
use crate::{
    Client, Credential, Error, ErrorKind, HostPort, Origin, RedactedUrl, Repository, Scheme,
};

/// More than `GET /v2/` ever answers.
const MAX_PING: usize = 64 << 10;

/// A registry with our credentials for it. Cheap to clone; clones share tokens and connections.
#[derive(Clone)]
pub struct Registry(Arc<Shared>);

struct Shared {
    client: Client,
    origin: Origin,
    auth: Authenticator,
}

/// What the caller knows about a registry beside its host.
#[derive(Clone, Debug, Default)]
pub struct RegistryOptions {
    /// The scheme, when the user wrote a URL.
    pub scheme: Option<Scheme>,
    /// Who we are. `None` is anonymous.
    pub credential: Option<Credential>,
}

/// What a registry answered to the first request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Where it is spoken to.
    pub url: Url,
    /// Plain http is spoken because the port speaks no TLS and the host is private. To be told to the user.
    pub fell_back_to_http: bool,
    /// What it asks for.
    pub auth: AuthScheme,
}

impl Registry {
    /// Decides how to speak to `host` ([`Client::origin`]). No request is sent yet. `docker.io` is spoken to at
    /// `registry-1.docker.io`.
    pub async fn open(
        client: &Client,
        host: &HostPort,
        options: RegistryOptions,
    ) -> Result<Self, Error> {
        let is_hub =
            matches!(host.host(), oci::DOCKER_HUB | "index.docker.io") && host.port().is_none();
        let hub = || "registry-1.docker.io".parse().expect("a host name");
        let host = if is_hub { hub() } else { host.clone() };
        let origin = client.origin(&host, options.scheme).await?;
        let auth = Authenticator::new(client, &origin.url, options.credential);
        Ok(Self(Arc::new(Shared { client: client.clone(), origin, auth })))
    }

    /// Scheme, host and port; the path is `/`.
    pub fn url(&self) -> &Url {
        &self.0.origin.url
    }

    /// The client it uses.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// `GET /v2/`: whether a registry is there, what it asks for, and whether it takes our credentials.
    pub async fn probe(&self) -> Result<Probe, Error> {
        let request = HttpRequest::new(Method::GET, self.at("v2/")?);
        let response = self.call(request, &Scopes::default()).await?;
        self.check_origin(&response)?;
        if response.status() == StatusCode::NOT_FOUND {
            return Err(response.into_unexpected("there is no registry at this address").await);
        }
        let response = expect(response, &[200]).await?;
        let is_marked = response.headers().contains_key("docker-distribution-api-version");
        let is_html = response.media_type().is_some_and(|media_type| media_type.contains("html"));
        if is_html && !is_marked {
            return Err(response.into_unexpected("there is no registry at this address").await);
        }
        response.bytes(MAX_PING).await?;
        Ok(Probe {
            url: self.url().clone(),
            fell_back_to_http: self.0.origin.fell_back_to_http,
            auth: self.0.auth.scheme(),
        })
    }

    /// A repository of this registry. Fails when the name is none.
    pub fn repository(&self, name: &str) -> Result<Repository, Error> {
        Repository::new(self.clone(), name)
    }

    /// That it was the registry that answered, and not the target of a redirect.
    fn check_origin(&self, response: &HttpResponse) -> Result<(), Error> {
        if origin_of(response.url()) == origin_of(self.url()) {
            return Ok(());
        }
        let error = response.error(ErrorKind::RedirectRefused).with_status(response.status());
        let target = RedactedUrl::from(response.url());
        Err(error.about(target).with_message("the registry is somewhere else; use that address"))
    }

    pub(crate) fn auth(&self) -> &Authenticator {
        &self.0.auth
    }

    /// A URL of the API. `path` holds validated names only.
    pub(crate) fn at(&self, path: &str) -> Result<Url, Error> {
        self.url().join(path).map_err(|error| Error::caused_by(ErrorKind::InvalidRequest, error))
    }

    /// Sends a request with the authorization for `scopes`, and again when a 401 says what is missing and the body can
    /// be sent again.
    pub(crate) async fn call(
        &self,
        request: HttpRequest,
        scopes: &Scopes,
    ) -> Result<HttpResponse, Error> {
        let HttpRequest { method, url, headers, mut body, retry } = request;
        let mut is_first = true;
        loop {
            let authorization = self.0.auth.authorization(scopes).await?;
            let replay = body.replay();
            let mut headers = headers.clone();
            headers.extend(authorization.clone().map(|value| (AUTHORIZATION, value)));
            let next =
                HttpRequest { method: method.clone(), url: url.clone(), headers, body, retry };
            let response = self.0.client.send(next).await?;
            if response.status() != StatusCode::UNAUTHORIZED {
                return Ok(response);
            }
            // Only the registry itself may ask for credentials, not whom it redirects to.
            self.check_origin(&response)?;
            let is_worth_it =
                self.0.auth.challenged(&response, scopes, authorization.as_ref()).await && is_first;
            match replay {
                Some(replay) if is_worth_it => body = replay,
                _ => return Err(self.0.auth.refused(response).await),
            }
            is_first = false;
        }
    }

    /// The place an answer's `Location` names, on our own origin. A registry behind a proxy often names its inner
    /// scheme or port: only path and query are taken. Another host is refused; it would get our credentials.
    pub(crate) fn location(&self, response: &HttpResponse) -> Result<Url, Error> {
        let missing = || response.unexpected("the answer has no usable Location");
        let text = response.header(LOCATION).ok_or_else(missing)?;
        let there = response.url().join(text).map_err(|_| missing())?;
        let host = |url: &Url| HostPort::of(url).map(|(host, _)| host);
        if host(&there) != host(self.url()) {
            return Err(response
                .error(ErrorKind::RedirectRefused)
                .with_status(response.status())
                .about(RedactedUrl::from(&there))
                .with_message("the upload was sent to another host"));
        }
        Ok(self.own(&there))
    }

    /// A place that was noted down earlier, on our own origin whatever the note says.
    pub(crate) fn noted(&self, location: &str) -> Result<Url, Error> {
        let there = self.at(location)?;
        Ok(self.own(&there))
    }

    fn own(&self, there: &Url) -> Url {
        let mut own = self.url().clone();
        own.set_path(there.path());
        own.set_query(there.query());
        own
    }
}

/// The answer if its status is one of `statuses`, else what it means instead.
pub(crate) async fn expect(
    response: HttpResponse,
    statuses: &[u16],
) -> Result<HttpResponse, Error> {
    let status = response.status();
    if statuses.contains(&status.as_u16()) {
        return Ok(response);
    }
    if status.is_client_error() || status.is_server_error() {
        return Err(response.into_error().await);
    }
    Err(response.into_unexpected("another status was expected").await)
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("url", &self.url().as_str()).finish_non_exhaustive()
    }
}
