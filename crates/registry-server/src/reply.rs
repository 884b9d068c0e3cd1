//! Replies that are no errors.

use http::header::{HeaderName, HeaderValue};
use http::{Response, StatusCode, header};
use serde::Serialize;

use crate::body::ReplyBody;

pub(crate) type Reply = Response<ReplyBody>;

/// An empty reply. Bodies of known length get their `Content-Length` from the connection.
pub(crate) fn status(status: StatusCode) -> Reply {
    let mut reply = Response::new(ReplyBody::empty());
    *reply.status_mut() = status;
    reply
}

pub(crate) fn json(status_code: StatusCode, document: &impl Serialize) -> Reply {
    let text =
        serde_json::to_vec(document).expect("replies have string keys and are written to memory");
    let mut reply = Response::new(ReplyBody::full(text));
    *reply.status_mut() = status_code;
    reply
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    reply
}

/// Adding headers one after the other.
pub(crate) trait ReplyExt: Sized {
    /// Sets a header. A value that cannot be one (a stored media type with a line break in it) is left out.
    #[must_use]
    fn with(self, name: HeaderName, value: &str) -> Self;

    /// Announces the body and leaves it out, for HEAD.
    #[must_use]
    fn without_body(self) -> Self;
}

impl ReplyExt for Reply {
    fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers_mut().insert(name, value);
        }
        self
    }

    fn without_body(self) -> Self {
        let len = self.body().remaining();
        let mut reply = self.map(|_| ReplyBody::empty());
        // An empty reply may be one that must not announce a length (204, 304).
        if len > 0 {
            reply.headers_mut().entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from(len));
        }
        reply
    }
}

pub(crate) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
pub(crate) const UPLOAD_ID: HeaderName = HeaderName::from_static("docker-upload-uuid");
pub(crate) const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
pub(crate) const OCI_FILTERS: HeaderName = HeaderName::from_static("oci-filters-applied");
pub(crate) const API_VERSION: HeaderName =
    HeaderName::from_static("docker-distribution-api-version");
