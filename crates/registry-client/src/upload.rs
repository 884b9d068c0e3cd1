//! Pushing blobs.
//!
//! A small blob is checked in memory and sent with one PUT. A large one goes out as one streaming PATCH and a PUT
//! without a body, which costs the registry the same (measured on docker-registry 2.8.2 and distribution 3.1.2) and
//! never publishes anything by itself: until that PUT, nothing can refer to the bytes.
//!
//! What registries do with a cut PATCH, as observed:
//!
//! - distribution 3.1.2 keeps the bytes; `GET` on the old location tells how many and names a new location, from which
//!   a PATCH with the right `Content-Range` goes on. A wrong one is refused with 416. The status may still grow while
//!   the cut request drains, so it is read until it stands still. `DELETE` wants the new location (416 with the old).
//! - docker-registry 2.8.2 signs the offset into the location, so that after a cut the old location is refused with
//!   404 by `GET`, `PATCH` and `DELETE` alike, and no request names the new one. The blob starts again; what is left
//!   of the old session is the registry's to purge. A PATCH that ends with the announced length, however, can be
//!   deleted: so when the content turns out wrong near its end, which is where a wrong digest is found, the PATCH is
//!   completed with zeros and the session deleted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::http::HeaderValue;
use ::http::Method;
use ::http::header::{CONTENT_RANGE, CONTENT_TYPE};
use bytes::Bytes;
use oci::{Descriptor, Source};
use url::Url;

use crate::auth::Scopes;
use crate::outflow::{self, Verdict};
use crate::registry::expect;
use crate::repository::confirm;
use crate::request::HttpRequest;
use crate::session::{Place, path_and_query, range_end};
use crate::{
    BlobPush, Body, Error, ErrorKind, Repository, RetryPolicy, UploadObserver, UploadSession,
};

/// Blobs up to this size are read and checked before the first request.
const SMALL: u64 = 1 << 20;

impl Repository {
    /// Puts the blob into the repository. `session` is one that a mount opened or that was noted down earlier; where
    /// the registry still has it, only what is missing is sent. The content's digest is settled before the request
    /// that makes the blob visible. On failure the session is cancelled.
    ///
    /// The policy's attempts count failures in a row: an upload that gets on may be cut any number of times.
    pub async fn push_blob(
        &self,
        descriptor: &Descriptor,
        source: &dyn Source,
        session: Option<UploadSession>,
        observer: &Arc<dyn UploadObserver>,
    ) -> Result<BlobPush, Error> {
        let sent = Arc::new(AtomicU64::new(0));
        let mut upload = Upload {
            repository: self,
            descriptor,
            source,
            observer,
            sent: Arc::clone(&sent),
            push: BlobPush::default(),
            failures: 0,
            is_reauthenticated: false,
            is_restarted: false,
        };
        let place = upload.enter(session).await?;
        let mut push = upload.run(place).await?;
        push.sent_bytes = sent.load(Ordering::Relaxed);
        Ok(push)
    }
}

/// What the request that failed was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Bringing bytes.
    Send,
    /// Making the blob visible.
    Finish,
}

/// A failed step, and the last location the registry named.
struct Failed {
    step: Step,
    error: Error,
    location: Url,
}

/// What to do after a failure.
enum Next {
    /// Nothing: the blob is there, only the answer was lost.
    Done,
    /// Go on from here.
    From(Place),
    /// Open another upload.
    Anew,
}

/// One blob on its way.
struct Upload<'a> {
    repository: &'a Repository,
    descriptor: &'a Descriptor,
    source: &'a dyn Source,
    observer: &'a Arc<dyn UploadObserver>,
    sent: Arc<AtomicU64>,
    push: BlobPush,
    failures: u32,
    is_reauthenticated: bool,
    is_restarted: bool,
}

impl Upload<'_> {
    fn scopes(&self) -> Scopes {
        Scopes::push(self.repository.name())
    }

    fn is_small(&self) -> bool {
        self.descriptor.size <= SMALL
    }

    /// Where to go on, when there is something to go on with.
    async fn enter(&mut self, session: Option<UploadSession>) -> Result<Option<Place>, Error> {
        let Some(session) = session else { return Ok(None) };
        let location = self.repository.registry().noted(session.location())?;
        if session.is_fresh {
            self.note(&location);
            return Ok(Some(Place { location, offset: 0 }));
        }
        let place = self.look(&location).await?;
        self.push.resumed_at = place.as_ref().map_or(0, |place| place.offset);
        Ok(place)
    }

    async fn run(&mut self, mut place: Option<Place>) -> Result<BlobPush, Error> {
        loop {
            let from = match place.take() {
                Some(place) => place,
                None => self.start().await?,
            };
            let start = from.offset;
            let next = match self.advance(from).await {
                Ok(()) => Next::Done,
                Err(failed) => self.recover(failed, start).await?,
            };
            match next {
                Next::Done => {
                    self.observer.session_finished(self.repository.name(), self.descriptor);
                    return Ok(self.push);
                }
                Next::From(found) => place = Some(found),
                Next::Anew => {}
            }
        }
    }

    /// Opens an upload.
    async fn start(&mut self) -> Result<Place, Error> {
        let request = HttpRequest::new(Method::POST, self.repository.at("blobs/uploads/")?);
        let response = self.repository.registry().call(request, &self.scopes()).await?;
        let response = expect(response, &[202]).await?;
        let location = self.repository.registry().location(&response)?;
        self.note(&location);
        Ok(Place { location, offset: 0 })
    }

    fn note(&self, location: &Url) {
        let text = path_and_query(location);
        self.observer.session_started(self.repository.name(), self.descriptor, &text);
    }

    /// From a place to the finished blob.
    async fn advance(&mut self, from: Place) -> Result<(), Failed> {
        if self.is_small() {
            return self.put_small(from).await;
        }
        let Place { location, offset } = from;
        let location = if offset < self.descriptor.size {
            self.patch(location, offset).await?
        } else {
            location
        };
        self.put(location, Body::Empty).await
    }

    async fn put_small(&mut self, from: Place) -> Result<(), Failed> {
        let Place { location, .. } = from;
        let fail = |error: Error| Failed { step: Step::Send, error, location: location.clone() };
        let chunks = outflow::collect(self.source, self.descriptor).await.map_err(fail)?;
        for chunk in &chunks {
            self.count(chunk);
        }
        self.put(location, Body::Chunks(chunks)).await
    }

    fn count(&self, chunk: &Bytes) {
        self.sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        self.observer.progress(self.descriptor, chunk.len() as u64);
    }

    /// Sends everything from `offset` on. Tells where the upload is afterwards.
    async fn patch(&mut self, location: Url, offset: u64) -> Result<Url, Failed> {
        let size = self.descriptor.size;
        let fail =
            |error, location: &Url| Failed { step: Step::Send, error, location: location.clone() };
        let (stream, verdict) =
            self.outflow(offset).await.map_err(|error| fail(error, &location))?;
        let mut request = HttpRequest::new(Method::PATCH, location.clone())
            .header(CONTENT_TYPE, octet_stream())
            .body(Body::Stream { length: size - offset, stream })
            .retry(RetryPolicy::never());
        if offset > 0 {
            let range = HeaderValue::try_from(format!("{offset}-{}", size - 1)).expect("digits");
            request = request.header(CONTENT_RANGE, range);
        }
        let response = match self.repository.registry().call(request, &self.scopes()).await {
            Ok(response) => expect(response, &[202, 201, 204]).await,
            Err(error) => Err(error),
        };
        let wrong = verdict.take().map(|content| {
            Error::caused_by(ErrorKind::Content, content).about(&self.descriptor.digest)
        });
        let response = match (response, wrong) {
            (Ok(response), None) => response,
            (Ok(response), Some(error)) => {
                let next = self.repository.registry().location(&response).unwrap_or(location);
                return Err(fail(error, &next));
            }
            (Err(_), Some(error)) | (Err(error), None) => return Err(fail(error, &location)),
        };
        let next = self
            .repository
            .registry()
            .location(&response)
            .map_err(|error| fail(error, &location))?;
        self.note(&next);
        match range_end(&response) {
            Some(end) if end > 0 && end < size => {
                let error = response.error(ErrorKind::ConnectionLost);
                Err(fail(
                    error.with_message(format!("the registry has {end} of {size} bytes")),
                    &next,
                ))
            }
            _ => Ok(next),
        }
    }

    /// The content from `offset` on, counted as it leaves. Its first chunk is read here, so that a long way of reading
    /// and hashing up to `offset` does not keep a connection waiting.
    async fn outflow(&self, offset: u64) -> Result<(crate::ByteStream, Verdict), Error> {
        let (sent, observer) = (Arc::clone(&self.sent), Arc::clone(self.observer));
        let descriptor = self.descriptor.clone();
        let count = move |bytes: u64| {
            sent.fetch_add(bytes, Ordering::Relaxed);
            observer.progress(&descriptor, bytes);
        };
        outflow::from(self.source, self.descriptor, offset, Box::new(count)).await
    }

    /// Makes the blob visible.
    async fn put(&mut self, location: Url, body: Body) -> Result<(), Failed> {
        let mut url = location.clone();
        url.query_pairs_mut().append_pair("digest", self.descriptor.digest.as_str());
        let request = HttpRequest::new(Method::PUT, url)
            .header(CONTENT_TYPE, octet_stream())
            .body(body)
            .retry(RetryPolicy::never());
        let response = match self.repository.registry().call(request, &self.scopes()).await {
            Ok(response) => expect(response, &[201, 204]).await,
            Err(error) => Err(error),
        };
        response
            .and_then(|response| confirm(&response, &self.descriptor.digest))
            .map_err(|error| Failed { step: Step::Finish, error, location })
    }

    /// After a failure: how to go on, or an error when it is over.
    async fn recover(&mut self, failed: Failed, start: u64) -> Result<Next, Error> {
        let Failed { step, error, location } = failed;
        self.failures += 1;
        if !self.may_go_on(&error) {
            self.cancel(&location).await;
            return Err(error.with_attempts(self.failures));
        }
        self.push.interruptions += 1;
        if error.kind().is_transient() {
            let client = self.repository.registry().client();
            client.pause(&error, self.failures, &client.options().retry).await;
        }
        if step == Step::Finish && self.repository.exists(self.descriptor).await? {
            return Ok(Next::Done);
        }
        if self.is_small() || error.kind() == ErrorKind::DigestRefused {
            self.cancel(&location).await;
            return Ok(Next::Anew);
        }
        let Some(place) = self.look(&location).await? else { return Ok(Next::Anew) };
        // Progress wipes the slate clean: a bad link may cut a long upload more often than any limit.
        if place.offset >= start + SMALL {
            self.failures = 0;
            self.is_reauthenticated = false;
        }
        self.push.resumed_at = self.push.resumed_at.max(place.offset);
        Ok(Next::From(place))
    }

    /// Whether the failure may be got over.
    fn may_go_on(&mut self, error: &Error) -> bool {
        let attempts = self.repository.registry().client().options().retry.attempts;
        match error.kind() {
            // A token may run out while a long body is under way: one new one is asked for.
            ErrorKind::Unauthorized => !std::mem::replace(&mut self.is_reauthenticated, true),
            ErrorKind::UploadUnknown | ErrorKind::RangeRefused => self.failures < attempts.max(2),
            // Only the pieces of an earlier attempt can be to blame: ours were checked.
            ErrorKind::DigestRefused => {
                self.push.resumed_at > 0 && !std::mem::replace(&mut self.is_restarted, true)
            }
            kind => kind.is_transient() && self.failures < attempts,
        }
    }

    /// The settled place of an upload that was interrupted. One that is of no use is cancelled.
    async fn look(&self, location: &Url) -> Result<Option<Place>, Error> {
        match self.repository.settled_status(location).await? {
            Some(place) if place.offset <= self.descriptor.size && !self.is_small() => {
                self.note(&place.location);
                Ok(Some(place))
            }
            Some(place) => {
                self.cancel(&place.location).await;
                Ok(None)
            }
            None => {
                self.cancel(location).await;
                Ok(None)
            }
        }
    }

    /// Gives the upload up. If the registry cannot be asked now, the session stays noted for another run.
    async fn cancel(&self, location: &Url) {
        let cancelled = match self.repository.delete_upload(location.clone()).await {
            Ok(false) => self.cancel_where_it_is(location).await,
            other => other,
        };
        match cancelled {
            Ok(is_deleted) => {
                tracing::debug!(is_deleted, "upload given up");
                self.observer.session_finished(self.repository.name(), self.descriptor);
            }
            Err(error) => tracing::debug!(%error, "upload not cancelled"),
        }
    }

    /// distribution deletes an upload only at the location that names its true offset.
    async fn cancel_where_it_is(&self, location: &Url) -> Result<bool, Error> {
        match self.repository.settled_status(location).await? {
            Some(place) => self.repository.delete_upload(place.location).await,
            None => Ok(false),
        }
    }
}

fn octet_stream() -> HeaderValue {
    HeaderValue::from_static(oci::media_type::OCTET_STREAM)
}
