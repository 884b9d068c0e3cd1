//! Answers: heads, bodies with a limit, and what an error answer means.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ::http::header::CONTENT_TYPE;
use ::http::{HeaderMap, HeaderName, Method, StatusCode};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::Deserialize;
use url::Url;

use crate::body::Flow;
use crate::http::transient_status;
use crate::retry::retry_after;
use crate::{Error, ErrorKind};

/// What is read of an error answer.
const MAX_ERROR_BODY: usize = 64 << 10;

/// The head of an answer, with a body still to be read. Dropping it gives up the rest of the body, and of the
/// request's body if the answer came early.
pub struct HttpResponse {
    head: http::response::Parts,
    body: Incoming,
    method: Method,
    url: Url,
    attempts: u32,
    idle: Duration,
    flow: Arc<Flow>,
}

impl HttpResponse {
    pub(crate) fn new(
        response: http::Response<Incoming>,
        method: &Method,
        url: &Url,
        (flow, idle): (Arc<Flow>, Duration),
    ) -> Self {
        let (head, body) = response.into_parts();
        Self { head, body, method: method.clone(), url: url.clone(), attempts: 1, idle, flow }
    }

    pub(crate) fn after_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// A header as text; `None` also when it is none.
    pub fn header(&self, name: impl Into<HeaderName>) -> Option<&str> {
        self.head.headers.get(name.into())?.to_str().ok()
    }

    /// The `Content-Type` without parameters, in lower case.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header(CONTENT_TYPE)?;
        let plain = value.split(';').next().unwrap_or(value).trim();
        Some(plain.to_ascii_lowercase())
    }

    /// The URL that answered, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The next piece of the body, `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let frame = tokio::time::timeout(self.idle, self.body.frame())
                .await
                .map_err(|_| self.error(ErrorKind::Timeout))?;
            match frame {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    // Trailers are of no interest.
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
                Some(Err(error)) => {
                    return Err(self.error(ErrorKind::ConnectionLost).with_source(error));
                }
            }
        }
    }

    /// The whole body, or an error when it has more than `limit` bytes.
    pub async fn bytes(mut self, limit: usize) -> Result<Bytes, Error> {
        let mut all = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            if all.len() + chunk.len() > limit {
                let error = self.error(ErrorKind::UnexpectedAnswer);
                return Err(error.with_message(format!("the answer has more than {limit} bytes")));
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    /// The answer itself when its status is 2xx, else what it means.
    pub async fn error_for_status(self) -> Result<Self, Error> {
        if self.status().is_success() { Ok(self) } else { Err(self.into_error().await) }
    }

    /// What an answer that is not a success means: the registry's error document if there is one, the status
    /// otherwise.
    pub async fn into_error(mut self) -> Error {
        let body = self.error_body().await;
        let answer = ErrorAnswer::read(&body);
        let kind = classify(self.status(), &answer);
        let pause = retry_after(self.headers(), SystemTime::now());
        self.error(kind)
            .with_status(self.status())
            .with_code(answer.code)
            .with_message(answer.message)
            .with_retry_after(pause)
    }

    /// An error about this answer.
    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind).on(&self.method, &self.url).with_attempts(self.attempts)
    }

    /// That the answer breaks the protocol.
    pub(crate) fn unexpected(&self, why: impl AsRef<str>) -> Error {
        self.error(ErrorKind::UnexpectedAnswer).with_status(self.status()).with_message(why)
    }

    /// Like [`HttpResponse::unexpected`], with an excerpt of the body where it is short text.
    pub(crate) async fn into_unexpected(mut self, why: &str) -> Error {
        let body = self.error_body().await;
        let text = String::from_utf8_lossy(&body);
        let text = if looks_like_html(&text) { html_text(&text) } else { text.into_owned() };
        self.unexpected(if text.trim().is_empty() {
            why.to_owned()
        } else {
            format!("{why}: {text}")
        })
    }

    /// As much of the body as is there; an error while reading it ends it.
    async fn error_body(&mut self) -> BytesMut {
        let mut all = BytesMut::new();
        while let Ok(Some(chunk)) = self.chunk().await {
            let room = MAX_ERROR_BODY - all.len();
            all.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if all.len() == MAX_ERROR_BODY {
                break;
            }
        }
        all
    }
}

impl Drop for HttpResponse {
    fn drop(&mut self) {
        self.flow.stop();
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.head.status)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// The error document of the distribution specification: `{"errors":[{"code":…,"message":…,"detail":…}]}`.
#[derive(Deserialize)]
struct Document {
    errors: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

#[derive(Default)]
struct ErrorAnswer {
    code: Option<String>,
    message: String,
    body: String,
}

impl ErrorAnswer {
    fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body).into_owned();
        match serde_json::from_slice::<Document>(body) {
            Ok(Document { errors }) => match errors.into_iter().next() {
                Some(entry) => {
                    let code = crate::error::excerpt(&entry.code);
                    Self { code: Some(code), message: entry.message, body: text }
                }
                None => Self { body: text, ..Self::default() },
            },
            Err(_) if looks_like_html(&text) => {
                Self { code: None, message: html_text(&text), body: text }
            }
            Err(_) => Self { code: None, message: text.clone(), body: text },
        }
    }

    fn says(&self, word: &str) -> bool {
        self.body.to_ascii_lowercase().contains(word)
    }
}

/// The kind of an error answer. The registry's code decides; without one the status does. Three facts are only told in
/// words: Go's and nginx's notice that TLS is spoken here, the operating system's `ENOSPC`, and Harbor's quota.
fn classify(status: StatusCode, answer: &ErrorAnswer) -> ErrorKind {
    let is_tls_notice = answer.says("http request to an https server")
        || answer.says("plain http request was sent to https port");
    if status == StatusCode::BAD_REQUEST && is_tls_notice {
        return ErrorKind::SpeaksTls;
    }
    if status.is_server_error() && answer.says("no space left on device")
        || status == StatusCode::INSUFFICIENT_STORAGE
    {
        return ErrorKind::StorageFull;
    }
    let is_refusal = matches!(status.as_u16(), 403 | 412 | 413);
    if is_refusal && answer.says("quota") {
        return ErrorKind::QuotaExceeded;
    }
    match answer.code.as_deref().unwrap_or_default() {
        "NAME_UNKNOWN" => ErrorKind::RepositoryUnknown,
        "NOT_FOUND" if answer.says("project") => ErrorKind::ProjectUnknown,
        "MANIFEST_UNKNOWN" => ErrorKind::ManifestUnknown,
        "BLOB_UNKNOWN" | "MANIFEST_BLOB_UNKNOWN" => ErrorKind::BlobUnknown,
        "BLOB_UPLOAD_UNKNOWN" => ErrorKind::UploadUnknown,
        "BLOB_UPLOAD_INVALID" if status == StatusCode::NOT_FOUND => ErrorKind::UploadUnknown,
        "DIGEST_INVALID" => ErrorKind::DigestRefused,
        "MANIFEST_INVALID" => ErrorKind::ManifestRefused,
        "UNSUPPORTED" => ErrorKind::Unsupported,
        "TOOMANYREQUESTS" => ErrorKind::TooManyRequests,
        _ => by_status(status),
    }
}

fn by_status(status: StatusCode) -> ErrorKind {
    if let Some(kind) = transient_status(status) {
        return kind;
    }
    match status.as_u16() {
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        405 | 501 => ErrorKind::Unsupported,
        409 => ErrorKind::Conflict,
        413 => ErrorKind::PayloadTooLarge,
        416 => ErrorKind::RangeRefused,
        400..=499 => ErrorKind::Refused,
        500..=599 => ErrorKind::ServerError,
        _ => ErrorKind::UnexpectedAnswer,
    }
}

fn looks_like_html(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(15).collect::<String>().to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html") || start.starts_with("<head")
}

/// The title of an HTML page, or that it is one.
fn html_text(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title>").map(|at| at + "<title>".len()).and_then(|start| {
        let end = lower[start..].find("</title>")?;
        text.get(start..start + end)
    });
    match title {
        Some(title) => format!("an HTML page, `{}`", title.trim()),
        None => "an HTML page".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, body: &str) -> ErrorKind {
        classify(StatusCode::from_u16(status).unwrap(), &ErrorAnswer::read(body.as_bytes()))
    }

    #[test]
    fn the_code_decides_and_else_the_status() {
        let document = |code: &str, message: &str| {
            format!(r#"{{"errors":[{{"code":"{code}","message":"{message}"}}]}}"#)
        };
        for (status, body, expected) in [
            (404, document("NAME_UNKNOWN", "x"), ErrorKind::RepositoryUnknown),
            (404, document("NOT_FOUND", "project kairship not found"), ErrorKind::ProjectUnknown),
            (404, document("NOT_FOUND", "artifact not found"), ErrorKind::NotFound),
            (404, document("BLOB_UPLOAD_INVALID", "blob upload invalid"), ErrorKind::UploadUnknown),
            (400, document("DIGEST_INVALID", "x"), ErrorKind::DigestRefused),
            (403, document("DENIED", "adding 1 MiB exceeds the quota"), ErrorKind::QuotaExceeded),
            (403, document("DENIED", "no"), ErrorKind::Forbidden),
            (500, document("UNKNOWN", "write: no space left on device"), ErrorKind::StorageFull),
            (413, "<html><title>413</title></html>".to_owned(), ErrorKind::PayloadTooLarge),
            (502, "<html></html>".to_owned(), ErrorKind::ServerError),
            (
                400,
                "Client sent an HTTP request to an HTTPS server.\n".to_owned(),
                ErrorKind::SpeaksTls,
            ),
            (418, String::new(), ErrorKind::Refused),
            (429, "{}".to_owned(), ErrorKind::TooManyRequests),
        ] {
            assert_eq!(kind(status, &body), expected, "{status} {body}");
        }
    }

    #[test]
    fn html_is_named_by_its_title() {
        let page = "<!DOCTYPE html><html><head><title> Log in </title></head>";
        assert_eq!(ErrorAnswer::read(page.as_bytes()).message, "an HTML page, `Log in`");
        assert_eq!(html_text("<html>"), "an HTML page");
    }
}
