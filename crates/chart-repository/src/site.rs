//! One chart repository's server: who we are to it, and to nobody else.

use bytes::Bytes;
use oci::{Algorithm, Digest, Hasher};
use registry_client::{
    Client, Credential, HeaderValue, HttpRequest, HttpResponse, Method, RedactedUrl, Url, header,
};

use crate::Error;
use crate::address::Address;
use crate::error::Action;
use crate::index::{self, IndexError, Listed, MAX_INDEX};

/// Charts are read to be hashed, never kept; larger ones are nobody's, in bytes.
const MAX_CHART: u64 = 512 << 20;

/// A server with our credentials for it.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    client: Client,
    credential: Option<Credential>,
    base: Url,
}

impl Site {
    /// Credentials given beside the address win over those inside it.
    pub(crate) fn new(
        client: &Client,
        address: &Address,
        credential: Option<Credential>,
    ) -> Result<Self, Error> {
        let credential = credential.or_else(|| address.credential.clone());
        if matches!(credential, Some(Credential::IdentityToken(_))) {
            return Err(Error::CredentialKind);
        }
        Ok(Self { client: client.clone(), credential, base: address.url.clone() })
    }

    /// The repository's own URL, without a slash at the end.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn credential(&self) -> Option<&Credential> {
        self.credential.as_ref()
    }

    /// A request that carries our credentials exactly when it goes to the repository's scheme, host and port.
    pub(crate) fn request(&self, method: Method, mut url: Url) -> HttpRequest {
        // An index may name URLs with somebody's user name in them.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let is_home = url.origin() == self.base.origin();
        let request = HttpRequest::new(method, url);
        match &self.credential {
            Some(Credential::Basic { username, password }) if is_home => {
                request.basic(username, password)
            }
            Some(Credential::RegistryToken(token)) if is_home => {
                match HeaderValue::try_from(format!("Bearer {}", token.expose())) {
                    Ok(mut value) => {
                        value.set_sensitive(true);
                        request.header(header::AUTHORIZATION, value)
                    }
                    Err(_) => request,
                }
            }
            _ => request,
        }
    }

    /// Sends a request; any status is an answer.
    pub(crate) async fn send(
        &self,
        action: Action,
        request: HttpRequest,
    ) -> Result<HttpResponse, Error> {
        self.client.send(request).await.map_err(Error::during(action))
    }

    /// Sends a request and wants a 2xx.
    pub(crate) async fn send_ok(
        &self,
        action: Action,
        request: HttpRequest,
    ) -> Result<HttpResponse, Error> {
        let response = self.send(action, request).await?;
        response.error_for_status().await.map_err(Error::during(action))
    }

    /// Looks a chart version up in `index.yaml`, which is read anew each time: another client may have written.
    pub(crate) async fn look_up(&self, name: &str, version: &str) -> Result<Option<Listed>, Error> {
        let url = self.index_url();
        let request = self.request(Method::GET, url.clone());
        let response = self.send_ok(Action::ReadIndex, request).await?;
        let index = response.bytes(MAX_INDEX).await.map_err(Error::during(Action::ReadIndex))?;
        let (name, version, bytes) = (name.to_owned(), version.to_owned(), index.clone());
        let search = move || index::find(&bytes, &name, &version);
        let found =
            tokio::task::spawn_blocking(search).await.expect("reading an index never panics");
        found.map_err(|source| not_an_index(&url, &index, source))
    }

    /// That there is an index.
    pub(crate) async fn check_index(&self) -> Result<(), Error> {
        // A name no chart has: reading for it checks the document and nothing else.
        self.look_up("", "").await.map(|_| ())
    }

    pub(crate) fn index_url(&self) -> Url {
        crate::address::below(&self.base, &["index.yaml"])
    }

    /// Where an index entry's URL leads: relative ones start at the index.
    pub(crate) fn resolve(&self, listed: &str) -> Option<Url> {
        let url = self.index_url().join(listed).ok()?;
        matches!(url.scheme(), "http" | "https").then_some(url)
    }

    /// The sha256 of what a URL hands out; `None` when there is nothing. What another host than the repository's
    /// answers is not held against the repository.
    pub(crate) async fn content_digest(&self, url: &Url) -> Result<Option<Digest>, Error> {
        let is_home = url.origin() == self.base.origin();
        match self.hash(url).await {
            Err(Error::Network { .. }) if !is_home => Ok(None),
            other => other,
        }
    }

    async fn hash(&self, url: &Url) -> Result<Option<Digest>, Error> {
        let request = self.request(Method::GET, url.clone());
        let response = self.send(Action::Download, request).await?;
        if matches!(response.status().as_u16(), 404 | 410) {
            return Ok(None);
        }
        let failed = Error::during(Action::Download);
        let mut response = response.error_for_status().await.map_err(&failed)?;
        let mut hasher = Hasher::new(Algorithm::Sha256);
        let mut size = 0;
        while let Some(chunk) = response.chunk().await.map_err(&failed)? {
            size += chunk.len() as u64;
            if size > MAX_CHART {
                return Ok(None);
            }
            hasher.update(&chunk);
        }
        Ok(Some(hasher.finish()))
    }
}

fn not_an_index(url: &Url, bytes: &Bytes, source: IndexError) -> Error {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(640)]);
    let words: Vec<&str> = text.split_whitespace().collect();
    let excerpt = words.join(" ").chars().take(160).flat_map(char::escape_debug).collect();
    Error::NotAnIndex { url: RedactedUrl::from(url), excerpt, source }
}
