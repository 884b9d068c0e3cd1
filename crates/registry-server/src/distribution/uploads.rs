//! Uploads of blobs: in one request, in two, in chunks, or not at all when the blob can be mounted.

use http::{Method, StatusCode, header};
use oci::Digest;

use crate::blocking::blocking;
use crate::error::{ApiError, Code};
use crate::intake::{Stop, receive};
use crate::range::parse_content_range;
use crate::reply::{CONTENT_DIGEST, Reply, ReplyExt as _, UPLOAD_ID, status};
use crate::request::Call;
use crate::route::digest as parse_digest;
use crate::session::Lease;
use crate::store::{StoreError, Upload, UploadId};

/// `POST …/blobs/uploads/`
pub(super) async fn start(mut call: Call, repository: String) -> Result<Reply, ApiError> {
    if call.method != Method::POST {
        return Err(ApiError::method("POST"));
    }
    call.shared.check_writable()?;
    if let Some(digest) = call.query.get("mount") {
        let digest = parse_digest(digest)?;
        if let Some(mounted) = mount(&call, &repository, digest).await? {
            return Ok(mounted);
        }
    }
    let digest = call.query.get("digest").map(parse_digest).transpose()?;
    let target = repository.clone();
    let upload = call.shared.write(move |store| store.start_upload(&target)).await?;
    let Some(digest) = digest else {
        let reply = progress(StatusCode::ACCEPTED, &repository, upload.id(), 0);
        call.shared.sessions.keep(&repository, upload);
        return Ok(reply);
    };
    // Nobody but this request knows the upload, so nobody could go on with what a cut leaves.
    let (upload, outcome) = receive(&mut call.body, upload, std::future::pending()).await;
    match outcome {
        Ok(()) => commit(&repository, upload, digest).await,
        Err(stop) => {
            // The reason to stop is the one to tell.
            let _ = blocking(move || upload.discard()).await;
            Err(stop.into())
        }
    }
}

async fn mount(call: &Call, repository: &str, digest: Digest) -> Result<Option<Reply>, ApiError> {
    let from = call.query.get("from").map(str::to_owned);
    if from.as_deref().is_some_and(|from| !oci::is_repository(from)) {
        return Err(ApiError::new(Code::NameInvalid, "`from` is not a repository"));
    }
    let (to, wanted) = (repository.to_owned(), digest.clone());
    let mount = call.shared.write(move |store| store.mount_blob(from.as_deref(), &to, &wanted));
    Ok(mount.await?.then(|| stored(repository, &digest)))
}

/// What can be done with `…/blobs/uploads/<id>`.
pub(super) async fn go_on(
    mut call: Call,
    repository: String,
    id: UploadId,
) -> Result<Reply, ApiError> {
    let method = call.method.clone();
    if !matches!(method, Method::GET | Method::HEAD | Method::PATCH | Method::PUT | Method::DELETE)
    {
        return Err(ApiError::method("GET, HEAD, PATCH, PUT, DELETE"));
    }
    call.shared.check_writable()?;
    let digest = (method == Method::PUT).then(|| announced_digest(&call)).transpose()?;
    let shared = call.shared.clone();
    let (lease, upload) = shared.sessions.claim(&shared.store, &repository, &id).await?;
    match (method, digest) {
        (Method::DELETE, _) => {
            let discarded = blocking(move || upload.discard()).await;
            shared.sessions.end(&id, lease);
            discarded.map_err(ApiError::from)?;
            Ok(status(StatusCode::NO_CONTENT))
        }
        (Method::PATCH, _) => {
            let (lease, upload) = add(&mut call, &repository, lease, upload).await?;
            let reply = progress(StatusCode::ACCEPTED, &repository, &id, upload.offset());
            lease.give_back(upload);
            Ok(reply)
        }
        (Method::PUT, Some(digest)) => {
            let (lease, upload) = add(&mut call, &repository, lease, upload).await?;
            let reply = commit(&repository, upload, digest).await;
            shared.sessions.end(&id, lease);
            reply
        }
        _ => {
            let reply = progress(StatusCode::NO_CONTENT, &repository, &id, upload.offset());
            lease.give_back(upload);
            Ok(reply)
        }
    }
}

fn announced_digest(call: &Call) -> Result<Digest, ApiError> {
    let missing = || ApiError::new(Code::DigestInvalid, "the parameter `digest` is missing");
    parse_digest(call.query.get("digest").ok_or_else(missing)?)
}

/// Adds the request's body to the upload. What arrived before a failure stays, except when the store cannot write.
async fn add(
    call: &mut Call,
    repository: &str,
    lease: Lease,
    upload: Box<dyn Upload>,
) -> Result<(Lease, Box<dyn Upload>), ApiError> {
    let place = match place(call, repository, upload.as_ref()) {
        Ok(place) => place,
        Err(error) => {
            lease.give_back(upload);
            return Err(error);
        }
    };
    let start = upload.offset();
    let (upload, outcome) = receive(&mut call.body, upload, lease.superseded()).await;
    let received = upload.offset() - start;
    match outcome {
        Ok(()) if place.is_none_or(|len| len == received) => Ok((lease, upload)),
        Ok(()) => {
            lease.give_back(upload);
            Err(ApiError::new(
                Code::SizeInvalid,
                format!("the chunk has {received} bytes, its Content-Range says otherwise"),
            ))
        }
        Err(Stop::Store(error)) => {
            // An upload that cannot be written only takes the space that is missing.
            let id = upload.id().clone();
            let _ = blocking(move || upload.discard()).await;
            call.shared.sessions.end(&id, lease);
            Err(error.into())
        }
        Err(stop) => {
            lease.give_back(upload);
            Err(stop.into())
        }
    }
}

/// The length of the chunk, when the request says where the chunk belongs and that is where the upload ends.
fn place(call: &Call, repository: &str, upload: &dyn Upload) -> Result<Option<u64>, ApiError> {
    let Some(header) = call.headers.get(header::CONTENT_RANGE) else { return Ok(None) };
    let offset = upload.offset();
    let range = header.to_str().ok().and_then(parse_content_range).ok_or_else(|| {
        ApiError::new(Code::BlobUploadInvalid, "Content-Range is not of the form `start-end`")
    })?;
    if range.start != offset {
        let location = location(repository, upload.id());
        return Err(ApiError::new(
            Code::BlobUploadInvalid,
            format!("the chunk begins at {}, the upload has {offset} bytes", range.start),
        )
        .with_status(StatusCode::RANGE_NOT_SATISFIABLE)
        .with_header(header::LOCATION, &location)
        .with_header(header::RANGE, &have(offset))
        .with_header(UPLOAD_ID, upload.id().as_str()));
    }
    let len = range.end - range.start;
    match call.body.announced() {
        Some(announced) if announced != len => Err(ApiError::new(
            Code::SizeInvalid,
            format!("the chunk has {announced} bytes, its Content-Range {len}"),
        )),
        _ => Ok(Some(len)),
    }
}

async fn commit(
    repository: &str,
    upload: Box<dyn Upload>,
    digest: Digest,
) -> Result<Reply, ApiError> {
    let wanted = digest.clone();
    blocking(move || upload.commit(&wanted)).await?;
    Ok(stored(repository, &digest))
}

fn stored(repository: &str, digest: &Digest) -> Reply {
    status(StatusCode::CREATED)
        .with(header::LOCATION, &format!("/v2/{repository}/blobs/{digest}"))
        .with(CONTENT_DIGEST, digest.as_str())
}

fn progress(code: StatusCode, repository: &str, id: &UploadId, offset: u64) -> Reply {
    status(code)
        .with(header::LOCATION, &location(repository, id))
        .with(header::RANGE, &have(offset))
        .with(UPLOAD_ID, id.as_str())
}

fn location(repository: &str, id: &UploadId) -> String {
    format!("/v2/{repository}/blobs/uploads/{id}")
}

/// The bytes that are there, both ends included. Nothing is written as `0-0`, as distribution does: clients insist on
/// the header.
fn have(offset: u64) -> String {
    format!("0-{}", offset.saturating_sub(1))
}

impl From<Stop> for ApiError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Superseded => {
                Self::new(Code::BlobUploadInvalid, "another request went on with this upload")
                    .with_status(StatusCode::CONFLICT)
            }
            Stop::Body(error) => error,
            Stop::Store(error) => StoreError::into(error),
        }
    }
}
