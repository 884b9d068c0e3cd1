//! Lists: repositories, tags, referrers.

use http::{StatusCode, header};
use oci::{Digest, Index, media_type};
use serde_json::json;

use crate::error::{ApiError, Code};
use crate::query::encode;
use crate::range::number;
use crate::reply::{OCI_FILTERS, Reply, ReplyExt as _, json as reply_json};
use crate::request::Call;
use crate::store::Store;

/// The most that one page shows.
const MAX_PAGE: usize = 10_000;

/// `GET /v2/_catalog`
pub(super) async fn catalog(call: &Call) -> Result<Reply, ApiError> {
    check_method(call)?;
    let all = call.shared.read(Store::repositories).await?;
    let page = page(call, all)?;
    let reply = reply_json(StatusCode::OK, &json!({ "repositories": page.items }));
    Ok(with_link(reply, "/v2/_catalog", &page))
}

/// `GET /v2/<repository>/tags/list`
pub(super) async fn tags(call: &Call, repository: String) -> Result<Reply, ApiError> {
    check_method(call)?;
    let name = repository.clone();
    let all = call.shared.read(move |store| store.tags(&name)).await?;
    let page = page(call, all.into_iter().map(String::from).collect())?;
    let reply = reply_json(StatusCode::OK, &json!({ "name": repository, "tags": page.items }));
    Ok(with_link(reply, &format!("/v2/{repository}/tags/list"), &page))
}

/// `GET /v2/<repository>/referrers/<digest>`
pub(super) async fn referrers(
    call: &Call,
    repository: String,
    subject: Digest,
) -> Result<Reply, ApiError> {
    check_method(call)?;
    let mut found = call.shared.read(move |store| store.referrers(&repository, &subject)).await?;
    let wanted = call.query.get("artifactType").filter(|wanted| !wanted.is_empty());
    if let Some(wanted) = wanted {
        found.retain(|referrer| referrer.artifact_type.as_deref() == Some(wanted));
    }
    let index = Index {
        schema_version: 2,
        media_type: Some(media_type::OCI_INDEX.into()),
        artifact_type: None,
        manifests: found,
        subject: None,
        annotations: std::collections::BTreeMap::new(),
    };
    let reply =
        reply_json(StatusCode::OK, &index).with(header::CONTENT_TYPE, media_type::OCI_INDEX);
    Ok(if wanted.is_some() { reply.with(OCI_FILTERS, "artifactType") } else { reply })
}

fn check_method(call: &Call) -> Result<(), ApiError> {
    if call.is_read() { Ok(()) } else { Err(ApiError::method("GET, HEAD")) }
}

struct Page {
    items: Vec<String>,
    size: usize,
    has_more: bool,
}

/// The part of a sorted list that `n` and `last` ask for.
fn page(call: &Call, mut all: Vec<String>) -> Result<Page, ApiError> {
    let size = match call.query.get("n").map(number) {
        None => MAX_PAGE,
        Some(Some(n)) => usize::try_from(n).unwrap_or(MAX_PAGE).min(MAX_PAGE),
        Some(None) => {
            return Err(ApiError::new(Code::PaginationNumberInvalid, "`n` is not a number"));
        }
    };
    if let Some(last) = call.query.get("last") {
        let start = all.partition_point(|item| item.as_str() <= last);
        all.drain(..start);
    }
    let has_more = all.len() > size && size > 0;
    all.truncate(size);
    Ok(Page { items: all, size, has_more })
}

fn with_link(reply: Reply, path: &str, page: &Page) -> Reply {
    match page.items.last() {
        Some(last) if page.has_more => {
            let link = format!("<{path}?n={}&last={}>; rel=\"next\"", page.size, encode(last));
            reply.with(header::LINK, &link)
        }
        _ => reply,
    }
}
