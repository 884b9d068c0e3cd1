//! HTTP as the registry and the chart repositories need it: one pool, one set of rules about TLS, proxies, redirects
//! and repetition.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ::http::header::{AUTHORIZATION, CONTENT_LENGTH, LOCATION, PROXY_AUTHORIZATION, USER_AGENT};
use ::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use url::Url;

use crate::body::{Flow, Outgoing, Patience};
use crate::connector::{Connector, Failure};
use crate::error::BoxError;
use crate::request::HttpRequest;
use crate::response::HttpResponse;
use crate::retry::retry_after;
use crate::{Body, Error, ErrorKind, HostPort, NetworkOptions, RedactedUrl, RetryPolicy};

/// Redirects followed for one GET or HEAD.
const MAX_REDIRECTS: usize = 5;

/// Idle connections are closed before the usual server (65 to 75 s) closes them under a request.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// A pool of connections with the user's [`NetworkOptions`]. Cheap to clone; clones share the pool.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    pool: legacy::Client<Connector, Outgoing>,
    connector: Connector,
    options: NetworkOptions,
    user_agent: HeaderValue,
}

impl Client {
    /// Reads the CA files and checks the proxies. Opens nothing else: names, system authorities and connections are
    /// looked at when they are needed.
    pub fn new(options: NetworkOptions) -> Result<Self, Error> {
        let connector = Connector::new(&options)?;
        let agent = if options.user_agent.is_empty() {
            concat!("ferry/", env!("CARGO_PKG_VERSION"))
        } else {
            &options.user_agent
        };
        let user_agent = HeaderValue::from_str(agent).map_err(|error| {
            Error::caused_by(ErrorKind::Configuration, error).about("user agent")
        })?;
        let pool = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .build(connector.clone());
        Ok(Self(Arc::new(Shared { pool, connector, options, user_agent })))
    }

    /// The options it was made with.
    pub fn options(&self) -> &NetworkOptions {
        &self.0.options
    }

    pub(crate) fn connector(&self) -> &Connector {
        &self.0.connector
    }

    /// Sends a request and waits for the head of the answer, whatever its status. Connection errors, 408, 429 and 5xx
    /// are tried again as the policy says, unless the body is a stream; after the last attempt such an answer is
    /// returned like any other. Redirects of GET and HEAD are followed, without credentials to another host; those of
    /// other methods, and from https to http, are errors.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let policy = request.retry.unwrap_or(self.0.options.retry);
        let HttpRequest { method, url, headers, mut body, .. } = request;
        let mut attempt = 1;
        loop {
            let replay = body.replay().filter(|_| attempt < policy.attempts);
            let outcome = self.follow(&method, &url, headers.clone(), body).await;
            let (Some(next), Some(error)) = (replay, transient(&method, &url, &outcome)) else {
                return match outcome {
                    Ok(response) => Ok(response.after_attempts(attempt)),
                    Err(error) => {
                        Err(self.blame_tls(error, &method, &url).await.with_attempts(attempt))
                    }
                };
            };
            drop(outcome);
            self.pause(&error, attempt, &policy).await;
            body = next;
            attempt += 1;
        }
    }

    /// Finds out whether a plain request failed because the port speaks TLS. Most servers say so with a 400; others
    /// answer with a TLS alert or hang up.
    async fn blame_tls(&self, error: Error, method: &Method, url: &Url) -> Error {
        let is_suspect = url.scheme() == "http"
            && matches!(*method, Method::GET | Method::HEAD)
            && matches!(error.kind(), ErrorKind::UnexpectedAnswer | ErrorKind::ConnectionLost);
        match HostPort::of(url).filter(|_| is_suspect) {
            Some((host, port)) if self.speaks_tls(&host, port).await => {
                error.with_kind(ErrorKind::SpeaksTls)
            }
            _ => error,
        }
    }

    /// Waits as long as the policy says after failure number `attempt`, and tells the observer.
    pub(crate) async fn pause(&self, error: &Error, attempt: u32, policy: &RetryPolicy) {
        let delay = policy.delay(attempt, error.retry_after());
        tracing::debug!(%error, attempt, ?delay, "trying again");
        if let Some(observer) = &self.0.options.observer {
            observer.retrying(error, attempt, delay);
        }
        tokio::time::sleep(delay).await;
    }

    async fn follow(
        &self,
        method: &Method,
        url: &Url,
        mut headers: HeaderMap,
        body: Body,
    ) -> Result<HttpResponse, Error> {
        let mut url = url.clone();
        let mut body = Some(body);
        for _ in 0..=MAX_REDIRECTS {
            let body = body.take().unwrap_or_default();
            let response = self.exchange(method, &url, &headers, body).await?;
            let Some(next) = redirect(method, &response)? else { return Ok(response) };
            if origin_of(&next) != origin_of(&url) {
                headers.remove(AUTHORIZATION);
                headers.remove(http::header::COOKIE);
            }
            url = next;
        }
        Err(Error::new(ErrorKind::RedirectRefused)
            .on(method, &url)
            .with_message("too many redirects"))
    }

    /// One request, one answer.
    pub(crate) async fn exchange(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<HttpResponse, Error> {
        let (outgoing, flow) = Outgoing::new(body);
        let response = self.exchange_body(method, url, headers, (outgoing, &flow)).await?;
        Ok(HttpResponse::new(response, method, url, (flow, self.0.options.timeouts.idle)))
    }

    async fn exchange_body(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        (body, flow): (Outgoing, &Arc<Flow>),
    ) -> Result<http::Response<hyper::body::Incoming>, Error> {
        let request = self.request(method, url, headers, body).map_err(|e| e.on(method, url))?;
        let is_read = matches!(*method, Method::GET | Method::HEAD);
        let timeouts = &self.0.options.timeouts;
        let answer = if is_read { timeouts.idle } else { timeouts.answer };
        let patience = Patience { network: timeouts.idle, answer };
        let started = tokio::time::Instant::now();
        let result = tokio::select! {
            result = self.0.pool.request(request) => result.map_err(|error| translate(error, flow)),
            () = flow.stalled(patience) => Err(Error::new(ErrorKind::Timeout)),
        };
        let url_shown = RedactedUrl::from(url);
        match &result {
            Ok(response) => tracing::debug!(
                %method, url = %url_shown, status = response.status().as_u16(),
                elapsed = ?started.elapsed(), "answered"
            ),
            Err(error) => tracing::debug!(
                %method, url = %url_shown, %error, elapsed = ?started.elapsed(), "failed"
            ),
        }
        result.map_err(|error| error.on(method, url))
    }

    fn request(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        body: Outgoing,
    ) -> Result<http::Request<Outgoing>, Error> {
        let uri: Uri =
            url.as_str().parse().map_err(|e| Error::caused_by(ErrorKind::InvalidRequest, e))?;
        let mut request = http::Request::new(body);
        *request.headers_mut() = headers.clone();
        request.headers_mut().insert(USER_AGENT, self.0.user_agent.clone());
        if let Some(value) = self.0.connector.proxies().authorization(&uri) {
            request.headers_mut().insert(PROXY_AUTHORIZATION, value);
        }
        let has_no_body = http_body::Body::is_end_stream(request.body());
        if has_no_body && matches!(*method, Method::POST | Method::PUT | Method::PATCH) {
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        *request.method_mut() = method.clone();
        *request.uri_mut() = uri;
        Ok(request)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("options", &self.0.options).finish_non_exhaustive()
    }
}

/// The error worth another attempt, if there is one.
fn transient(method: &Method, url: &Url, outcome: &Result<HttpResponse, Error>) -> Option<Error> {
    match outcome {
        Err(error) if error.kind().is_transient() => {
            Some(Error::new(error.kind()).on(method, url).with_message(root_cause(error)))
        }
        Err(_) => None,
        Ok(response) => {
            let status = response.status();
            transient_status(status).map(|kind| {
                Error::new(kind)
                    .on(method, url)
                    .with_status(status)
                    .with_retry_after(retry_after(response.headers(), SystemTime::now()))
            })
        }
    }
}

/// The kind of a status that may be another one a moment later. 501, 505 and 507 will not.
pub(crate) fn transient_status(status: StatusCode) -> Option<ErrorKind> {
    match status.as_u16() {
        429 => Some(ErrorKind::TooManyRequests),
        408 | 500 | 502..=504 | 506 | 508..=599 => Some(ErrorKind::ServerError),
        _ => None,
    }
}

fn root_cause(error: &Error) -> String {
    let mut cause: &dyn StdError = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if error.source().is_some() { cause.to_string() } else { String::new() }
}

/// Where a redirect leads, `None` for any other answer.
fn redirect(method: &Method, response: &HttpResponse) -> Result<Option<Url>, Error> {
    if !matches!(response.status().as_u16(), 301..=303 | 307 | 308) {
        return Ok(None);
    }
    let from = response.url();
    let refuse = |target: &dyn fmt::Display, why: &str| {
        Error::new(ErrorKind::RedirectRefused)
            .on(method, from)
            .with_status(response.status())
            .about(target)
            .with_message(why)
    };
    let text = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let Some(next) = text.and_then(|text| from.join(text).ok()) else {
        return Err(refuse(&"", "the redirect has no usable Location"));
    };
    let shown = RedactedUrl::from(&next);
    if !matches!(next.scheme(), "http" | "https") || !next.has_host() {
        return Err(refuse(&shown, "only http and https are followed"));
    }
    if from.scheme() == "https" && next.scheme() == "http" {
        return Err(refuse(&shown, "from https to http"));
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(refuse(&shown, "only GET and HEAD are redirected; use that address"));
    }
    Ok(Some(next))
}

/// Scheme, host and port: what credentials are bound to.
pub(crate) fn origin_of(url: &Url) -> Option<(String, String, u16)> {
    let (host, port) = HostPort::of(url)?;
    Some((url.scheme().to_owned(), host, port))
}

/// What a failed exchange means.
fn translate(error: legacy::Error, flow: &Flow) -> Error {
    if let Some(failure) = flow.take_failure() {
        return Error::caused_by(ErrorKind::Content, failure);
    }
    let mut cause: Option<&(dyn StdError + 'static)> = Some(&error);
    while let Some(current) = cause {
        if let Some(failure) = current.downcast_ref::<Failure>() {
            return Error::caused_by(failure.kind(), failure.clone());
        }
        if let Some(hyper) = current.downcast_ref::<hyper::Error>() {
            let kind = if hyper.is_parse() {
                ErrorKind::UnexpectedAnswer
            } else if hyper.is_user() {
                ErrorKind::InvalidRequest
            } else {
                ErrorKind::ConnectionLost
            };
            return Error::caused_by(kind, BoxError::from(error));
        }
        cause = current.source();
    }
    Error::caused_by(ErrorKind::ConnectionLost, error)
}
