//! Upload sessions: what can be known of them, noted down, and given up.

use std::time::Duration;

use ::http::Method;
use ::http::header::RANGE;
use oci::Descriptor;
use url::Url;

use crate::auth::Scopes;
use crate::registry::expect;
use crate::request::HttpRequest;
use crate::response::HttpResponse;
use crate::{Error, ErrorKind, Repository};

/// How long between two looks at an upload that may still be growing.
const SETTLE: Duration = Duration::from_millis(150);

/// Looks at an upload's status until it stands still, before it is given up.
const MAX_LOOKS: usize = 40;

/// An upload the registry has opened. `location` is path and query on the registry; it may let its bearer write to
/// the upload, so it is not for printing.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadSession {
    location: String,
    pub(crate) is_fresh: bool,
}

/// What a push cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlobPush {
    /// Body bytes handed to the network, those of failed attempts included.
    pub sent_bytes: u64,
    /// Where an earlier upload was gone on with, in bytes from the start; 0 when there was none.
    pub resumed_at: u64,
    /// How often a failure was survived.
    pub interruptions: u32,
}

/// Told about uploads, so that they can be noted down and gone on with after a crash, and shown.
pub trait UploadObserver: Send + Sync {
    /// The upload of `descriptor` can be continued or cancelled at `location` from now on. Called again whenever the
    /// registry moves it; only the last location counts.
    fn session_started(&self, repository: &str, descriptor: &Descriptor, location: &str) {
        let _ = (repository, descriptor, location);
    }

    /// `bytes` more were handed to the network.
    fn progress(&self, descriptor: &Descriptor, bytes: u64) {
        let _ = (descriptor, bytes);
    }

    /// The last location is of no use any more: the blob is there, or the upload was cancelled or lost.
    fn session_finished(&self, repository: &str, descriptor: &Descriptor) {
        let _ = (repository, descriptor);
    }
}

/// Not interested.
impl UploadObserver for () {}

impl UploadSession {
    pub(crate) fn fresh(location: &Url) -> Self {
        Self { location: path_and_query(location), is_fresh: true }
    }

    /// A session that was noted down by an [`UploadObserver`] in an earlier run.
    pub fn noted(location: impl Into<String>) -> Self {
        Self { location: location.into(), is_fresh: false }
    }

    /// Path and query.
    pub fn location(&self) -> &str {
        &self.location
    }
}

impl std::fmt::Debug for UploadSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.location.split('?').next().unwrap_or_default();
        f.debug_struct("UploadSession")
            .field("path", &path)
            .field("is_fresh", &self.is_fresh)
            .finish()
    }
}

pub(crate) fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

impl Repository {
    /// Gives an upload up, so that the registry can free its space. `false` when the registry no longer knows it.
    pub async fn cancel_upload(&self, session: &UploadSession) -> Result<bool, Error> {
        let mut url = self.registry().noted(&session.location)?;
        if !session.is_fresh
            && let Some(place) = self.upload_status(&url).await?
        {
            url = place.location;
        }
        self.delete_upload(url).await
    }

    pub(crate) async fn delete_upload(&self, url: Url) -> Result<bool, Error> {
        let request = HttpRequest::new(Method::DELETE, url);
        let response = self.registry().call(request, &Scopes::push(self.name())).await?;
        match expect(response, &[200, 202, 204]).await {
            Ok(_) => Ok(true),
            Err(error) if is_gone(error.kind()) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// How far an upload has come. `None` when it is gone.
    pub(crate) async fn upload_status(&self, url: &Url) -> Result<Option<Place>, Error> {
        let request = HttpRequest::new(Method::GET, url.clone());
        let response = self.registry().call(request, &Scopes::push(self.name())).await?;
        let response = match expect(response, &[200, 202, 204]).await {
            Ok(response) => response,
            Err(error) if is_gone(error.kind()) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(offset) = range_end(&response) else { return Ok(None) };
        let location = self.registry().location(&response).unwrap_or_else(|_| url.clone());
        Ok(Some(Place { location, offset }))
    }

    /// The status of an upload once it no longer grows: the request that was cut may still be draining.
    pub(crate) async fn settled_status(&self, url: &Url) -> Result<Option<Place>, Error> {
        let Some(mut place) = self.upload_status(url).await? else { return Ok(None) };
        for _ in 0..MAX_LOOKS {
            tokio::time::sleep(SETTLE).await;
            let Some(next) = self.upload_status(&place.location).await? else { return Ok(None) };
            if next.offset == place.offset {
                return Ok(Some(next));
            }
            place = next;
        }
        Ok(None)
    }
}

/// The upload has no future: the registry has forgotten it, or cannot make sense of it.
fn is_gone(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UploadUnknown
            | ErrorKind::NotFound
            | ErrorKind::RangeRefused
            | ErrorKind::Refused
            | ErrorKind::Unsupported
            | ErrorKind::RepositoryUnknown
    )
}

/// Bytes an upload has, from `Range: 0-N` (both ends included). distribution says `0-0` for none at all, so a single
/// byte cannot be told from nothing and is sent again.
pub(crate) fn range_end(response: &HttpResponse) -> Option<u64> {
    let text = response.header(RANGE)?;
    let text = text.strip_prefix("bytes").map_or(text, |rest| rest.trim_start_matches(['=', ' ']));
    let end: u64 = text.strip_prefix("0-")?.trim().parse().ok()?;
    Some(if end == 0 { 0 } else { end + 1 })
}

/// An upload and how far it is.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) location: Url,
    pub(crate) offset: u64,
}
