//! That images arrived: asked of the registry with a client that shares no code with ferry.

use std::net::SocketAddr;

use serde_json::Value;

use crate::failure::{Attempt, Failure, Result};
use crate::http::{Body, Connection};
use crate::package::{Blob, Image, Package};
use crate::sha256;

/// How far a proof goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Manifests are fetched and compared, of the blobs only the size is asked for.
    Asked,
    /// Blobs are fetched too, and hashed.
    Fetched,
}

/// An account of a registry or chart repository, as the value of `Authorization`; `None` is nobody.
pub(crate) type Account<'a> = Option<&'a str>;

/// What was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// Blobs, counted for each image.
    pub(crate) blobs: usize,
    /// Their bytes.
    pub(crate) bytes: u64,
}

/// Compares every image of the package with what the registry has under `prefix`.
pub(crate) fn images(
    package: &Package,
    (registry, prefix): (SocketAddr, &str),
    account: Account<'_>,
    depth: Depth,
) -> Result<Compared> {
    if package.images.is_empty() {
        return Err(Failure::new("the package has no images: nothing is proven"));
    }
    let mut connection = connect(registry, account)?;
    let mut compared = Compared::default();
    for image in &package.images {
        let repository = format!("{prefix}/{}", image.name);
        manifest(&mut connection, &repository, image)?;
        for one in image.blobs() {
            compared.bytes += blob(&mut connection, &repository, one, depth)?;
            compared.blobs += 1;
        }
    }
    Ok(compared)
}

/// Connects as an account.
pub(crate) fn connect(host: SocketAddr, account: Account<'_>) -> Result<Connection> {
    let mut connection = Connection::open(host)?;
    if let Some(account) = account {
        connection.authorize(account.to_owned());
    }
    Ok(connection)
}

/// The manifest must be what its digest says, and name the package's own blobs in their order.
fn manifest(connection: &mut Connection, repository: &str, image: &Image) -> Result<()> {
    let path = format!("/v2/{repository}/manifests/{}", image.tag);
    let (head, bytes) = connection.get(&path)?;
    let claimed = head.field("docker-content-digest").attempt(|| format!("{path}: no digest"))?;
    same(&path, claimed, &sha256::digest_of(&bytes))?;
    let manifest: Value = serde_json::from_slice(&bytes).attempt(|| path.clone())?;
    let manifest = only_platform(connection, repository, manifest)?;
    let layers = manifest["layers"].as_array().cloned().unwrap_or_default();
    let named: Vec<_> = std::iter::once(&manifest["config"])
        .chain(&layers)
        .map(|descriptor| descriptor["digest"].as_str().unwrap_or_default())
        .collect();
    let packed: Vec<_> = image.blobs().map(|blob| blob.digest.as_str()).collect();
    same(&path, &named.join(" "), &packed.join(" "))
}

/// The manifest behind an index of one; a manifest is itself.
fn only_platform(connection: &mut Connection, repository: &str, document: Value) -> Result<Value> {
    let Some(children) = document["manifests"].as_array() else {
        return Ok(document);
    };
    let [child] = children.as_slice() else {
        return Err(Failure::new(format!(
            "{repository}: an index of {} where one was pushed",
            children.len()
        )));
    };
    let digest =
        child["digest"].as_str().attempt(|| format!("{repository}: an index without digests"))?;
    let (_, bytes) = connection.get(&format!("/v2/{repository}/manifests/{digest}"))?;
    same(repository, digest, &sha256::digest_of(&bytes))?;
    serde_json::from_slice(&bytes).attempt(|| format!("{repository}: {digest}"))
}

fn blob(connection: &mut Connection, repository: &str, blob: &Blob, depth: Depth) -> Result<u64> {
    let path = format!("/v2/{repository}/blobs/{}", blob.digest);
    if depth == Depth::Asked {
        let head = connection.send("HEAD", &path, Body::Empty)?;
        same(&path, &head.status.to_string(), "200")?;
        same(&path, head.field("content-length").unwrap_or_default(), &blob.size.to_string())?;
        return Ok(blob.size);
    }
    let head = connection.send("GET", &path, Body::Empty)?;
    let mut sink = sha256::Sink::default();
    let size = connection.read_body(&head, &mut sink)?;
    same(&path, &head.status.to_string(), "200")?;
    same(&path, &sink.digest(), &blob.digest)?;
    same(&path, &size.to_string(), &blob.size.to_string())?;
    Ok(size)
}

/// An error unless both are the same.
pub(crate) fn same(what: &str, found: &str, expected: &str) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Failure::new(format!("{what}: found {found}, expected {expected}")))
}
