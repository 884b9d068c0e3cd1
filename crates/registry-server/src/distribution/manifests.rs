//! Manifests and indexes.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, StatusCode, header};
use oci::{Algorithm, Artifact, Descriptor, Digest, Hasher, ManifestError, Tag, media_type};
use serde_json::json;

use crate::body::ReplyBody;
use crate::error::{ApiError, Code};
use crate::reply::{CONTENT_DIGEST, OCI_SUBJECT, Reply, ReplyExt as _, status};
use crate::request::Call;
use crate::route::ManifestReference;
use crate::store::{NewManifest, Store, StoreError};

/// What registries agree on (distribution specification, "Pushing manifests").
const MAX_MANIFEST: u64 = 4 << 20;

pub(super) async fn answer(
    call: Call,
    repository: String,
    reference: ManifestReference,
) -> Result<Reply, ApiError> {
    match call.method {
        Method::GET | Method::HEAD => read(&call, repository, reference).await,
        Method::PUT => put(call, repository, reference).await,
        Method::DELETE => {
            call.shared.check_writable()?;
            let delete = call.shared.write(move |store| match reference {
                ManifestReference::Tag(tag) => store.delete_tag(&repository, &tag),
                ManifestReference::Digest(digest) => store.delete_manifest(&repository, &digest),
            });
            delete.await?;
            Ok(status(StatusCode::ACCEPTED))
        }
        _ => Err(ApiError::method("GET, HEAD, PUT, DELETE")),
    }
}

async fn read(
    call: &Call,
    repository: String,
    reference: ManifestReference,
) -> Result<Reply, ApiError> {
    let found = call.shared.read(move |store| {
        let digest = match reference {
            ManifestReference::Tag(tag) => store.resolve(&repository, &tag)?,
            ManifestReference::Digest(digest) => digest,
        };
        store.manifest(&repository, &digest).map(|stored| (digest, stored))
    });
    let (digest, stored) = match found.await {
        Err(error) => return Err(error),
        Ok(found) => found,
    };
    let etag = format!("\"{digest}\"");
    if call.header(header::IF_NONE_MATCH) == Some(&etag) {
        return Ok(status(StatusCode::NOT_MODIFIED).with(header::ETAG, &etag));
    }
    let mut reply = status(StatusCode::OK);
    *reply.body_mut() = ReplyBody::full(stored.raw);
    let reply = if call.method == Method::HEAD { reply.without_body() } else { reply };
    Ok(reply
        .with(header::CONTENT_TYPE, &stored.media_type)
        .with(header::ETAG, &etag)
        .with(CONTENT_DIGEST, digest.as_str()))
}

async fn put(
    mut call: Call,
    repository: String,
    reference: ManifestReference,
) -> Result<Reply, ApiError> {
    call.shared.check_writable()?;
    let announced = announced_type(&call)?;
    let raw = call.body.read_all(MAX_MANIFEST).await?;
    let artifact =
        Artifact::parse(raw.clone(), announced.as_deref()).map_err(|error| invalid(&error))?;
    let media_type = announced.unwrap_or_else(|| artifact.media_type().to_owned());
    let (digest, tag) = name(&raw, reference)?;
    let subject = subject(&artifact);
    let children = children(&artifact);
    let reply = status(StatusCode::CREATED)
        .with(header::LOCATION, &format!("/v2/{repository}/manifests/{digest}"))
        .with(CONTENT_DIGEST, digest.as_str());
    let reply = match &subject {
        Some(subject) => reply.with(OCI_SUBJECT, subject.as_str()),
        None => reply,
    };
    let source = repository.clone();
    call.shared.read(move |store| check_children(store, &source, &children)).await??;
    let manifest = NewManifest { digest, media_type, raw, subject, tag };
    call.shared.write(move |store| store.put_manifest(&repository, &manifest)).await?;
    Ok(reply)
}

/// The type in `Content-Type`, without parameters.
fn announced_type(call: &Call) -> Result<Option<String>, ApiError> {
    let Some(header) = call.header(header::CONTENT_TYPE) else { return Ok(None) };
    let announced = header.split(';').next().unwrap_or_default().trim();
    if media_type::is_manifest(announced) {
        return Ok(Some(announced.to_owned()));
    }
    let message = format!("`{}` is not the type of a manifest or index", announced.escape_debug());
    Err(ApiError::new(Code::ManifestInvalid, message))
}

fn invalid(error: &ManifestError) -> ApiError {
    let mut message = error.to_string();
    if let Some(source) = std::error::Error::source(error) {
        message = format!("{message}: {source}");
    }
    let refusal = ApiError::new(Code::ManifestInvalid, message);
    match error {
        ManifestError::TooLarge(_) => refusal.with_status(StatusCode::PAYLOAD_TOO_LARGE),
        _ => refusal,
    }
}

/// The digest of the bytes, which must be the one in the path if there is one.
fn name(raw: &Bytes, reference: ManifestReference) -> Result<(Digest, Option<Tag>), ApiError> {
    match reference {
        ManifestReference::Tag(tag) => {
            let mut hasher = Hasher::new(Algorithm::Sha256);
            hasher.update(raw);
            Ok((hasher.finish(), Some(tag)))
        }
        ManifestReference::Digest(expected) => {
            let mut hasher = Hasher::new(expected.algorithm());
            hasher.update(raw);
            let found = hasher.finish();
            if found == expected {
                Ok((found, None))
            } else {
                Err(StoreError::Digest { expected, found }.into())
            }
        }
    }
}

fn subject(artifact: &Artifact) -> Option<Digest> {
    let subject = match artifact {
        Artifact::Manifest { manifest, .. } => manifest.subject.as_ref(),
        Artifact::Index { index, .. } => index.subject.as_ref(),
    };
    subject.map(|subject| subject.digest.clone())
}

/// What a manifest needs to be complete.
enum Child {
    Blob(Descriptor),
    Manifest(Descriptor),
}

/// Everything the artifact names, once each. A foreign layer may stay where its `urls` say.
fn children(artifact: &Artifact) -> Vec<Child> {
    let mut children = BTreeMap::new();
    match artifact {
        Artifact::Manifest { manifest, .. } => {
            let is_here = |blob: &&Descriptor| {
                blob.urls.is_empty() || !media_type::is_foreign(&blob.media_type)
            };
            for blob in manifest.blobs().filter(is_here) {
                children.insert(blob.digest.clone(), Child::Blob(blob.clone()));
            }
        }
        Artifact::Index { index, .. } => {
            for child in &index.manifests {
                children.insert(child.digest.clone(), Child::Manifest(child.clone()));
            }
        }
    }
    children.into_values().collect()
}

/// That everything is in the repository, with the size it is said to have. All that is missing is named at once.
fn check_children(
    store: &dyn Store,
    repository: &str,
    children: &[Child],
) -> Result<Result<(), ApiError>, StoreError> {
    let mut missing = Vec::new();
    for child in children {
        let (found, descriptor) = match child {
            Child::Blob(blob) => (store.blob_size(repository, &blob.digest), blob),
            Child::Manifest(manifest) => {
                let stored = store.manifest(repository, &manifest.digest);
                (stored.map(|stored| stored.raw.len() as u64), manifest)
            }
        };
        match found {
            Ok(size) if size == descriptor.size => {}
            Ok(size) => return Ok(Err(wrong_size(descriptor, size))),
            Err(
                StoreError::BlobUnknown
                | StoreError::ManifestUnknown
                | StoreError::RepositoryUnknown,
            ) => missing.push(descriptor.digest.clone()),
            Err(error) => return Err(error),
        }
    }
    if missing.is_empty() {
        return Ok(Ok(()));
    }
    let message = format!("the manifest names {} that the repository does not have", missing[0]);
    let error = ApiError::new(Code::ManifestBlobUnknown, message);
    Ok(Err(error.with_detail(json!({ "missing": missing }))))
}

fn wrong_size(descriptor: &Descriptor, size: u64) -> ApiError {
    let Descriptor { digest, size: stated, .. } = descriptor;
    let message = format!("the manifest says that {digest} has {stated} bytes, it has {size}");
    ApiError::new(Code::SizeInvalid, message)
}
