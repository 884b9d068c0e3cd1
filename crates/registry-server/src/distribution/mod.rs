//! The distribution API, version 1.1.

mod blobs;
mod listing;
mod manifests;
mod uploads;

use http::StatusCode;

use crate::error::ApiError;
use crate::reply::{API_VERSION, Reply, ReplyExt as _, json};
use crate::request::Call;
use crate::route::RegistryRoute;

/// Answers a request under `/v2/`.
pub(crate) async fn answer(call: Call, route: RegistryRoute) -> Result<Reply, ApiError> {
    match route {
        RegistryRoute::Version => version(&call),
        RegistryRoute::Catalog => listing::catalog(&call).await,
        RegistryRoute::Tags { repository } => listing::tags(&call, repository).await,
        RegistryRoute::Referrers { repository, subject } => {
            listing::referrers(&call, repository, subject).await
        }
        RegistryRoute::Manifest { repository, reference } => {
            manifests::answer(call, repository, reference).await
        }
        RegistryRoute::Blob { repository, digest } => {
            blobs::answer(&call, repository, digest).await
        }
        RegistryRoute::Uploads { repository } => uploads::start(call, repository).await,
        RegistryRoute::Upload { repository, id } => uploads::go_on(call, repository, id).await,
    }
}

fn version(call: &Call) -> Result<Reply, ApiError> {
    if !call.is_read() {
        return Err(ApiError::method("GET, HEAD"));
    }
    let reply = json(StatusCode::OK, &serde_json::json!({}));
    Ok(reply.with(API_VERSION, "registry/2.0"))
}
