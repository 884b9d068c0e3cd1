//! From a request to its reply.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use http::{Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use tokio::sync::mpsc;

use crate::access::{AccessLog, Entry, LoggedBody};
use crate::auth::{self, User};
use crate::error::{ApiError, Code};
use crate::query::Query;
use crate::reply::{Reply, ReplyExt as _, json};
use crate::request::{Call, RequestBody, Shared};
use crate::route::{Route, dialect};
use crate::{chart, distribution};

/// All header fields of a request together, in bytes. The longest known are bearer tokens of some KiB.
const MAX_HEADERS: usize = 64 << 10;
/// A target: a repository and a digest are some 400 bytes.
const MAX_TARGET: usize = 8 << 10;

/// What answers requests.
pub(crate) struct Service {
    pub(crate) shared: Arc<Shared>,
    pub(crate) users: Vec<User>,
    pub(crate) log: Option<AccessLog>,
    /// Tells by being dropped that no request is left.
    pub(crate) _alive: mpsc::Sender<Infallible>,
}

impl Service {
    /// Answers a request from `peer`. Whatever happens to the connection, the request is worked through to its end, so
    /// that an upload is never left in the middle of a step.
    pub(crate) async fn answer(
        self: Arc<Self>,
        peer: SocketAddr,
        request: Request<Incoming>,
    ) -> Response<LoggedBody> {
        let (head, body) = request.into_parts();
        let received = Arc::new(AtomicU64::new(0));
        let entry = Entry::new(self.log.clone(), peer, &head, Arc::clone(&received));
        let dialect = dialect(head.uri.path());
        let body = RequestBody::new(body, self.shared.limits.idle, received);
        let is_head = head.method == Method::HEAD;
        let task = tokio::spawn(async move { self.handle(head, body).await });
        let reply = match task.await {
            Ok(reply) => reply,
            Err(panic) => {
                Err(ApiError::new(Code::Unknown, "the registry failed").with_cause(&panic))
            }
        };
        let reply = reply.unwrap_or_else(|error| error.into_reply(dialect));
        entry.watch(if is_head { reply.without_body() } else { reply })
    }

    async fn handle(
        &self,
        head: http::request::Parts,
        mut body: RequestBody,
    ) -> Result<Reply, ApiError> {
        let refusal = check_size(&head).and_then(|()| match head.uri.path() {
            "/health" => Ok(()),
            _ => auth::check(&self.users, &head.headers),
        });
        if let Err(refusal) = refusal {
            if head.headers.contains_key(header::EXPECT) {
                body.abandon();
            }
            return Err(refusal);
        }
        let call = Call {
            shared: Arc::clone(&self.shared),
            query: Query::parse(head.uri.query()),
            method: head.method,
            headers: head.headers,
            body,
        };
        match Route::parse(head.uri.path())? {
            Route::Registry(route) => distribution::answer(call, route).await,
            Route::Charts(project, route) => chart::answer(call, project, route).await,
            Route::Health => Ok(json(StatusCode::OK, &serde_json::json!({ "healthy": true }))),
        }
    }
}

fn check_size(head: &http::request::Parts) -> Result<(), ApiError> {
    let target = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if target > MAX_TARGET {
        return Err(ApiError::new(Code::Unknown, "the address is too long")
            .with_status(StatusCode::URI_TOO_LONG));
    }
    let headers: usize =
        head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers > MAX_HEADERS {
        return Err(ApiError::new(Code::Unknown, "the header fields are too long")
            .with_status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    Ok(())
}
