//! Blobs.

use http::{Method, StatusCode, header};
use oci::{Digest, media_type};

use crate::body::ReplyBody;
use crate::error::{ApiError, Code};
use crate::range::Wanted;
use crate::reply::{CONTENT_DIGEST, Reply, ReplyExt as _, status};
use crate::request::Call;

pub(super) async fn answer(
    call: &Call,
    repository: String,
    digest: Digest,
) -> Result<Reply, ApiError> {
    match call.method {
        Method::GET | Method::HEAD => read(call, repository, digest).await,
        Method::DELETE => {
            call.shared.check_writable()?;
            call.shared.write(move |store| store.delete_blob(&repository, &digest)).await?;
            Ok(status(StatusCode::ACCEPTED))
        }
        _ => Err(ApiError::method("GET, HEAD, DELETE")),
    }
}

async fn read(call: &Call, repository: String, digest: Digest) -> Result<Reply, ApiError> {
    let etag = format!("\"{digest}\"");
    let shared = &call.shared;
    let (wanted_repository, wanted_digest) = (repository.clone(), digest.clone());
    let size =
        shared.read(move |store| store.blob_size(&wanted_repository, &wanted_digest)).await?;
    if call.header(header::IF_NONE_MATCH) == Some(&etag) {
        return Ok(status(StatusCode::NOT_MODIFIED).with(header::ETAG, &etag));
    }
    // A range that is to apply to other content applies to nothing (RFC 9110 §13.1.5).
    let is_same = call.header(header::IF_RANGE).is_none_or(|condition| condition == etag);
    let part = match Wanted::parse(call.header(header::RANGE).filter(|_| is_same), size) {
        Wanted::All => None,
        Wanted::Part(part) => Some(part),
        Wanted::Nothing => {
            return Err(ApiError::new(Code::RangeInvalid, format!("the blob has {size} bytes"))
                .with_header(header::CONTENT_RANGE, &format!("bytes */{size}")));
        }
    };
    let len = part.as_ref().map_or(size, |part| part.end - part.start);
    let mut reply = match &part {
        None => status(StatusCode::OK),
        Some(part) => {
            let range = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            status(StatusCode::PARTIAL_CONTENT).with(header::CONTENT_RANGE, &range)
        }
    };
    let text = digest.to_string();
    if call.method == Method::GET {
        let blob = shared.read(move |store| store.open_blob(&repository, &digest, part)).await?;
        *reply.body_mut() = ReplyBody::blob(blob).await?;
    }
    Ok(reply
        .with(header::CONTENT_LENGTH, &len.to_string())
        .with(header::CONTENT_TYPE, media_type::OCTET_STREAM)
        .with(header::ACCEPT_RANGES, "bytes")
        .with(header::CACHE_CONTROL, "max-age=31536000, immutable")
        .with(header::ETAG, &etag)
        .with(CONTENT_DIGEST, &text))
}
