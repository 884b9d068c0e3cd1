//! A repository: manifests, tags, blobs and mounts (distribution specification 1.1).

use ::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use ::http::{HeaderName, HeaderValue, Method};
use bytes::Bytes;
use oci::{Artifact, Descriptor, Digest, Hasher, Reference, Tag, media_type};
use url::Url;

use crate::auth::{Scopes, granted_actions};
use crate::registry::expect;
use crate::request::HttpRequest;
use crate::response::HttpResponse;
use crate::{Error, ErrorKind, Registry, UploadSession};

/// What distribution allows a manifest, in bytes.
pub(crate) const MAX_MANIFEST: usize = 4 << 20;

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// A repository of a registry. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Repository {
    registry: Registry,
    name: String,
}

/// How a manifest is named in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestId {
    /// By a name that can move.
    Tag(Tag),
    /// By its content.
    Digest(Digest),
}

/// A manifest as the registry has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedManifest {
    /// Type, digest and size. The digest was computed from the bytes.
    pub descriptor: Descriptor,
    /// The document and its bytes.
    pub artifact: Artifact,
}

/// What came of a mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mount {
    /// The blob is in the repository now.
    Mounted,
    /// The registry did not find it there and opened an upload instead: give it to [`Repository::push_blob`].
    Session(UploadSession),
    /// Neither: push the blob.
    NotMounted,
}

/// Whether a push would be let in, as far as that can be known without writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushAccess {
    /// The repository has tags already, or had.
    pub exists: bool,
}

impl ManifestId {
    fn as_str(&self) -> &str {
        match self {
            Self::Tag(tag) => tag.as_str(),
            Self::Digest(digest) => digest.as_str(),
        }
    }
}

impl From<&Tag> for ManifestId {
    fn from(tag: &Tag) -> Self {
        Self::Tag(tag.clone())
    }
}

impl From<&Digest> for ManifestId {
    fn from(digest: &Digest) -> Self {
        Self::Digest(digest.clone())
    }
}

impl From<&Reference> for ManifestId {
    fn from(reference: &Reference) -> Self {
        match (reference.digest(), reference.tag()) {
            (Some(digest), _) => digest.into(),
            (None, Some(tag)) => tag.into(),
            (None, None) => Self::Tag("latest".parse().expect("a tag")),
        }
    }
}

impl Repository {
    pub(crate) fn new(registry: Registry, name: &str) -> Result<Self, Error> {
        if oci::is_repository(name) {
            return Ok(Self { registry, name: name.to_owned() });
        }
        let error = Error::new(ErrorKind::InvalidRequest).about(crate::error::excerpt(name));
        Err(error.with_message("not a repository name"))
    }

    /// Its path in the registry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its registry.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(crate) fn at(&self, path: &str) -> Result<Url, Error> {
        self.registry.at(&format!("v2/{}/{path}", self.name))
    }

    /// Asks with push rights, without writing anything: a missing project, wrong credentials and missing rights show
    /// here. A registry that lets everyone read and checks rights only when written to will still say yes.
    pub async fn probe_push(&self) -> Result<PushAccess, Error> {
        let scopes = Scopes::push(&self.name);
        let request = HttpRequest::new(Method::GET, self.at("tags/list?n=1")?);
        let response = self.registry.call(request, &scopes).await?;
        // The first answer has told what to authenticate with; a token then shows what it is good for.
        if let Some(token) = self.registry.auth().authorization(&scopes).await?
            && let Some(actions) = granted_actions(&token, &self.name)
            && !actions.iter().any(|action| action == "push" || action == "*")
        {
            return Err(response
                .error(ErrorKind::Forbidden)
                .with_message("the token has no right to push"));
        }
        match expect(response, &[200]).await {
            Ok(_) => Ok(PushAccess { exists: true }),
            Err(error) if is_absent(error.kind()) => Ok(PushAccess { exists: false }),
            Err(error) => Err(error),
        }
    }

    /// What a tag or digest stands for, `None` when it does not exist. A HEAD, or a GET where the answer to HEAD lacks
    /// type, digest or size.
    pub async fn resolve(&self, id: &ManifestId) -> Result<Option<Descriptor>, Error> {
        let request = self.manifest_request(Method::HEAD, id)?;
        let response = self.registry.call(request, &Scopes::pull(&self.name)).await?;
        match response.status().as_u16() {
            200 => {}
            404 => return Ok(None),
            405 | 501 => return Ok(self.manifest(id).await?.map(|found| found.descriptor)),
            _ => return Err(expect(response, &[]).await.expect_err("no status is expected")),
        }
        let digest = content_digest(&response)?;
        let size = response.header(CONTENT_LENGTH).and_then(|size| size.parse().ok());
        let kind = response.media_type().filter(|kind| media_type::is_manifest(kind));
        let (Some(digest), Some(size), Some(kind)) = (digest, size, kind) else {
            return Ok(self.manifest(id).await?.map(|found| found.descriptor));
        };
        if let ManifestId::Digest(asked) = id
            && *asked != digest
        {
            return Err(mismatch(&response, asked, &digest));
        }
        Ok(Some(Descriptor::new(&kind, digest, size)))
    }

    /// The manifest itself, `None` when it does not exist. Its bytes must have the digest asked for, and the one the
    /// registry names.
    pub async fn manifest(&self, id: &ManifestId) -> Result<Option<FetchedManifest>, Error> {
        let request = self.manifest_request(Method::GET, id)?;
        let response = self.registry.call(request, &Scopes::pull(&self.name)).await?;
        let response = match expect(response, &[200]).await {
            Ok(response) => response,
            Err(error) if is_absent(error.kind()) => return Ok(None),
            Err(error) => return Err(error),
        };
        let announced = response.media_type();
        if announced.as_deref().is_some_and(|kind| kind.contains("html")) {
            return Err(response.into_unexpected("expected a manifest").await);
        }
        let named = content_digest(&response)?;
        let broken = response.unexpected("");
        let wrong = |expected: &Digest, found: &Digest| mismatch_of(&broken, expected, found);
        let about = response.error(ErrorKind::UnexpectedAnswer);
        let raw = response.bytes(MAX_MANIFEST).await?;
        let asked = match id {
            ManifestId::Digest(digest) => Some(digest),
            ManifestId::Tag(_) => None,
        };
        for expected in [asked, named.as_ref()].into_iter().flatten() {
            let found = digest_of(expected, &raw);
            if found != *expected {
                return Err(wrong(expected, &found));
            }
        }
        let digest = asked.cloned().or(named).unwrap_or_else(|| Digest::of(&raw));
        let artifact = Artifact::parse(raw, announced.as_deref())
            .map_err(|error| about.with_source(error).with_message("not a manifest"))?;
        let size = artifact.raw().len() as u64;
        let descriptor = Descriptor::new(artifact.media_type(), digest, size);
        Ok(Some(FetchedManifest { descriptor, artifact }))
    }

    fn manifest_request(&self, method: Method, id: &ManifestId) -> Result<HttpRequest, Error> {
        let accept = HeaderValue::try_from(media_type::ALL_MANIFESTS.join(", "))
            .expect("media types are header text");
        let url = self.at(&format!("manifests/{}", id.as_str()))?;
        Ok(HttpRequest::new(method, url).header(ACCEPT, accept))
    }

    /// Puts a manifest under a tag or its digest, and tells its digest. The registry must agree about it.
    pub async fn put_manifest(
        &self,
        id: &ManifestId,
        kind: &str,
        raw: Bytes,
    ) -> Result<Digest, Error> {
        let digest = match id {
            ManifestId::Digest(digest) => digest_of(digest, &raw),
            ManifestId::Tag(_) => Digest::of(&raw),
        };
        let url = self.at(&format!("manifests/{}", id.as_str()))?;
        let kind = HeaderValue::try_from(kind).map_err(|error| {
            Error::caused_by(ErrorKind::InvalidRequest, error).on(&Method::PUT, &url)
        })?;
        let request = HttpRequest::new(Method::PUT, url).header(CONTENT_TYPE, kind).body(raw);
        let response = self.registry.call(request, &Scopes::push(&self.name)).await?;
        let response = expect(response, &[201]).await?;
        confirm(&response, &digest)?;
        Ok(digest)
    }

    /// Deletes a manifest; `false` when there was none.
    pub async fn delete_manifest(&self, digest: &Digest) -> Result<bool, Error> {
        let request = HttpRequest::new(Method::DELETE, self.at(&format!("manifests/{digest}"))?);
        let response = self.registry.call(request, &Scopes::delete(&self.name)).await?;
        match expect(response, &[202, 200, 204]).await {
            Ok(_) => Ok(true),
            Err(error) if is_absent(error.kind()) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the blob is in the repository, with the size the descriptor says.
    pub async fn exists(&self, descriptor: &Descriptor) -> Result<bool, Error> {
        let url = self.at(&format!("blobs/{}", descriptor.digest))?;
        let request = HttpRequest::new(Method::HEAD, url);
        let response = self.registry.call(request, &Scopes::pull(&self.name)).await?;
        match response.status().as_u16() {
            404 => Ok(false),
            200 => {
                let size =
                    response.header(CONTENT_LENGTH).and_then(|size| size.parse::<u64>().ok());
                Ok(size.is_none_or(|size| size == descriptor.size))
            }
            _ => Err(expect(response, &[]).await.expect_err("no status is expected")),
        }
    }

    /// Asks the registry to take the blob from another of its repositories.
    pub async fn mount(&self, descriptor: &Descriptor, from: &str) -> Result<Mount, Error> {
        let digest = &descriptor.digest;
        let mut url = self.at("blobs/uploads/")?;
        url.query_pairs_mut().append_pair("mount", digest.as_str()).append_pair("from", from);
        let scopes = Scopes::push(&self.name).and_pull(from);
        let response = self.registry.call(HttpRequest::new(Method::POST, url), &scopes).await;
        let response = match response {
            Ok(response) => expect(response, &[201, 202]).await,
            Err(error) => Err(error),
        };
        match response {
            Ok(response) if response.status() == 201 => {
                confirm(&response, digest)?;
                Ok(Mount::Mounted)
            }
            Ok(response) => {
                Ok(Mount::Session(UploadSession::fresh(&self.registry.location(&response)?)))
            }
            // No right to read the other repository, or no such repository: no reason not to push.
            Err(error) if is_absent(error.kind()) || is_denied(error.kind()) => {
                Ok(Mount::NotMounted)
            }
            Err(error) => Err(error),
        }
    }
}

/// The error is an absence that a caller may expect.
fn is_absent(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotFound
            | ErrorKind::RepositoryUnknown
            | ErrorKind::ManifestUnknown
            | ErrorKind::BlobUnknown
    )
}

fn is_denied(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unauthorized | ErrorKind::Forbidden)
}

/// The digest of `raw` by the same function as `like`.
fn digest_of(like: &Digest, raw: &[u8]) -> Digest {
    let mut hasher = Hasher::new(like.algorithm());
    hasher.update(raw);
    hasher.finish()
}

/// `Docker-Content-Digest`, when there is one.
pub(crate) fn content_digest(response: &HttpResponse) -> Result<Option<Digest>, Error> {
    let Some(text) = response.header(CONTENT_DIGEST).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let digest = text.parse();
    digest.map(Some).map_err(|error| response.error(ErrorKind::UnexpectedAnswer).with_source(error))
}

/// Checks that the registry names the same digest, if it names one of the same kind.
pub(crate) fn confirm(response: &HttpResponse, digest: &Digest) -> Result<(), Error> {
    match content_digest(response)? {
        Some(named) if named.algorithm() == digest.algorithm() && named != *digest => {
            Err(mismatch(response, digest, &named))
        }
        _ => Ok(()),
    }
}

fn mismatch(response: &HttpResponse, expected: &Digest, found: &Digest) -> Error {
    mismatch_of(&response.unexpected(""), expected, found)
}

fn mismatch_of(like: &Error, expected: &Digest, found: &Digest) -> Error {
    like.same_request(ErrorKind::DigestMismatch)
        .with_message(format!("expected {expected}, found {found}"))
}
