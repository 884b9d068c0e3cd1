//! What went wrong with a request, as data.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use ::http::{Method, StatusCode};
use url::Url;

use crate::RedactedUrl;
use crate::tls::Refusal;

/// The source of an error.
pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// A request that did not succeed, after all attempts the [`crate::RetryPolicy`] allows. The parts are for the one who
/// explains the error; `Display` says in one line what was asked of whom and what came of it.
pub struct Error(Box<Parts>);

struct Parts {
    kind: ErrorKind,
    request: Option<(Method, RedactedUrl)>,
    status: Option<StatusCode>,
    code: Option<String>,
    message: Option<String>,
    subject: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    source: Option<BoxError>,
}

/// What kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No TCP connection: refused, no route, or no answer in time.
    Unreachable,
    /// The name does not exist.
    Dns,
    /// No DNS server answered.
    DnsUnavailable,
    /// The proxy cannot be reached or refuses.
    Proxy,
    /// The certificate is not trusted, has expired or belongs to another host.
    TlsUntrusted,
    /// The host speaks TLS, but no version or cipher in common, or it wants a client certificate.
    TlsHandshake,
    /// https was asked for and the port speaks plain http.
    SpeaksPlainHttp,
    /// http was asked for and the port speaks TLS.
    SpeaksTls,
    /// 401: no credentials, or wrong ones.
    Unauthorized,
    /// 403: good credentials without the right.
    Forbidden,
    /// 404 on something else than the kinds below.
    NotFound,
    /// `NAME_UNKNOWN`: the repository does not exist yet.
    RepositoryUnknown,
    /// Harbor's `NOT_FOUND`: the project does not exist.
    ProjectUnknown,
    /// `MANIFEST_UNKNOWN`.
    ManifestUnknown,
    /// `BLOB_UNKNOWN` or `MANIFEST_BLOB_UNKNOWN`: the manifest names a blob that is not there.
    BlobUnknown,
    /// The upload session is gone.
    UploadUnknown,
    /// 416: the upload session is at another place.
    RangeRefused,
    /// 413, from the registry or from a proxy before it.
    PayloadTooLarge,
    /// 429.
    TooManyRequests,
    /// 408 or 5xx.
    ServerError,
    /// The registry has no space left.
    StorageFull,
    /// The project's quota is used up (Harbor).
    QuotaExceeded,
    /// `DIGEST_INVALID`: the registry hashed what it got to something else.
    DigestRefused,
    /// The registry names another digest than the content has.
    DigestMismatch,
    /// `MANIFEST_INVALID`.
    ManifestRefused,
    /// 405 or `UNSUPPORTED`.
    Unsupported,
    /// 409.
    Conflict,
    /// Another 4xx.
    Refused,
    /// An answer that is not the protocol's: HTML, no JSON, a missing header, another status.
    UnexpectedAnswer,
    /// A redirect that is not followed: to another host with a body or credentials, or from https to http.
    RedirectRefused,
    /// The credentials are asked for by a host that may not have them.
    RealmRefused,
    /// The connection ended before the answer.
    ConnectionLost,
    /// No byte in the time allowed.
    Timeout,
    /// The content to be sent, or the content received, is not what its descriptor says, or cannot be read. The
    /// source is an [`oci::ContentError`] or [`oci::SourceError`].
    Content,
    /// The request cannot be made: a bad URL or name.
    InvalidRequest,
    /// A CA file or proxy setting that cannot be used.
    Configuration,
    /// The docker `config.json` or a credential helper.
    Credentials,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Parts {
            kind,
            request: None,
            status: None,
            code: None,
            message: None,
            subject: None,
            retry_after: None,
            attempts: 1,
            source: None,
        }))
    }

    pub(crate) fn caused_by(kind: ErrorKind, source: impl Into<BoxError>) -> Self {
        Self::new(kind).with_source(source)
    }

    #[must_use]
    pub(crate) fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        let source = source.into();
        // What is wrong with a certificate says it all; that this made a handshake fail says nothing.
        let refusal = Refusal::behind(source.as_ref());
        self.0.source = match refusal.filter(|_| self.0.kind == ErrorKind::TlsUntrusted) {
            Some(refusal) => Some(Box::new(refusal)),
            None => Some(source),
        };
        self
    }

    /// Says which request it was, unless that is known already.
    #[must_use]
    pub(crate) fn on(mut self, method: &Method, url: &Url) -> Self {
        self.0.request.get_or_insert_with(|| (method.clone(), RedactedUrl::from(url)));
        self
    }

    #[must_use]
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    #[must_use]
    pub(crate) fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }

    #[must_use]
    pub(crate) fn with_message(mut self, message: impl AsRef<str>) -> Self {
        self.0.message = Some(excerpt(message.as_ref()));
        self
    }

    /// What the failure is about, when that is not the request: a redirect's target, a realm's host, a file.
    #[must_use]
    pub(crate) fn about(mut self, subject: impl fmt::Display) -> Self {
        self.0.subject = Some(subject.to_string());
        self
    }

    #[must_use]
    pub(crate) fn with_retry_after(mut self, pause: Option<Duration>) -> Self {
        self.0.retry_after = pause;
        self
    }

    #[must_use]
    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    #[must_use]
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Another error about the same request.
    pub(crate) fn same_request(&self, kind: ErrorKind) -> Self {
        let mut other = Self::new(kind);
        other.0.request.clone_from(&self.0.request);
        other.0.status = self.0.status;
        other.0.attempts = self.0.attempts;
        other
    }

    /// What kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The request's method.
    pub fn method(&self) -> Option<&Method> {
        self.0.request.as_ref().map(|(method, _)| method)
    }

    /// The request's URL, safe to print.
    pub fn url(&self) -> Option<&RedactedUrl> {
        self.0.request.as_ref().map(|(_, url)| url)
    }

    /// The answer's status.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The registry's error code, as `DENIED` or `MANIFEST_UNKNOWN`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The registry's own words, or an excerpt of an answer that is none. At most 240 characters, no control
    /// characters.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// What it is about beside the request: the target of a refused redirect, the host of a refused realm, a file.
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// How long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How many times the request was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The content error behind a failure of kind [`ErrorKind::Content`].
    pub fn content_error(&self) -> Option<&oci::ContentError> {
        self.0.source.as_deref()?.downcast_ref()
    }
}

impl ErrorKind {
    fn describe(self) -> &'static str {
        match self {
            Self::Unreachable => "no connection",
            Self::Dns => "the host name does not exist",
            Self::DnsUnavailable => "no name server answered",
            Self::Proxy => "the proxy cannot be used",
            Self::TlsUntrusted => "the certificate is not trusted",
            Self::TlsHandshake => "no agreement on a TLS connection",
            Self::SpeaksPlainHttp => "the port speaks plain http, not https",
            Self::SpeaksTls => "the port speaks https, not plain http",
            Self::Unauthorized => "not authenticated",
            Self::Forbidden => "access denied",
            Self::NotFound => "not found",
            Self::RepositoryUnknown => "the repository does not exist",
            Self::ProjectUnknown => "the project does not exist",
            Self::ManifestUnknown => "the manifest does not exist",
            Self::BlobUnknown => "a blob does not exist",
            Self::UploadUnknown => "the upload session is gone",
            Self::RangeRefused => "the upload session is at another place",
            Self::PayloadTooLarge => "the body is larger than the server allows",
            Self::TooManyRequests => "too many requests",
            Self::ServerError => "the server failed",
            Self::StorageFull => "the registry has no space left",
            Self::QuotaExceeded => "the project's quota is used up",
            Self::DigestRefused => "the registry received bytes with another digest",
            Self::DigestMismatch => "the registry names another digest",
            Self::ManifestRefused => "the manifest was refused",
            Self::Unsupported => "the server does not support this",
            Self::Conflict => "it conflicts with what is there",
            Self::Refused => "refused",
            Self::UnexpectedAnswer => "the answer is not the protocol's",
            Self::RedirectRefused => "a redirect is not followed",
            Self::RealmRefused => "the token service is on another host and gets no credentials",
            Self::ConnectionLost => "the connection was lost",
            Self::Timeout => "no answer in time",
            Self::Content => "the content is not what it should be",
            Self::InvalidRequest => "the request cannot be made",
            Self::Configuration => "the network settings cannot be used",
            Self::Credentials => "the stored credentials cannot be read",
        }
    }
}

/// Printable, short, on one line: answers are written by others.
pub(crate) fn excerpt(text: &str) -> String {
    const LIMIT: usize = 240;
    let mut out = String::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next().filter(|_| out.chars().count() < LIMIT) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }));
    }
    if out.chars().count() > LIMIT {
        out = out.chars().take(LIMIT).chain(['…']).collect();
    }
    out
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &*self.0;
        if let Some((method, url)) = &parts.request {
            write!(f, "{method} {url}: ")?;
        }
        f.write_str(parts.kind.describe())?;
        if let Some(subject) = &parts.subject {
            write!(f, ": {subject}")?;
        }
        let status = parts.status.map(|status| status.as_u16().to_string());
        let words: Vec<&str> = [status.as_deref(), parts.code.as_deref(), parts.message.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        if words.is_empty() { Ok(()) } else { write!(f, " ({})", words.join(" ")) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &*self.0;
        f.debug_struct("Error")
            .field("kind", &parts.kind)
            .field("request", &parts.request)
            .field("status", &parts.status)
            .field("code", &parts.code)
            .field("message", &parts.message)
            .field("subject", &parts.subject)
            .field("attempts", &parts.attempts)
            .field("source", &parts.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_was_asked_and_what_came_of_it() {
        let url: Url = "https://u:canary@reg.io/v2/a/manifests/1".parse().unwrap();
        let error = Error::new(ErrorKind::Forbidden)
            .on(&Method::PUT, &url)
            .with_status(StatusCode::FORBIDDEN)
            .with_code(Some("DENIED".into()))
            .with_message("requested access\r\nto the \u{1b}[31mresource is denied");
        assert_eq!(
            error.to_string(),
            "PUT https://reg.io/v2/a/manifests/1: access denied (403 DENIED requested access to the \u{fffd}[31mresource is denied)"
        );
        assert!(!format!("{error:?}").contains("canary"));
    }

    #[test]
    fn excerpts_are_short() {
        assert!(excerpt(&"x".repeat(10_000)).chars().count() <= 241);
        assert!(excerpt(&"ab ".repeat(10_000)).chars().count() <= 241);
        assert_eq!(excerpt("  a\n\tb "), "a b");
    }
}
