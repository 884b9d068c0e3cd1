//! The limit: the least work that puts the package's images into a registry.
//!
//! Each unique blob once by POST and one PUT over four connections, the other repositories by mount, then the
//! manifests. Nothing is hashed, asked for or retried; blobs are read from the package file where they lie.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use crate::failure::{Attempt, Failure, Result};
use crate::http::{Body, Connection, Head};
use crate::package::{Blob, Image, MANIFEST, Package};

/// More did not help any registry (peers were measured at 1, 2, 4 and 8).
const CONNECTIONS: usize = 4;

/// Uploads everything under `prefix`.
pub(crate) fn upload(package: &Path, registry: SocketAddr, prefix: &str) -> Result<()> {
    let package = Package::open(package)?;
    let file = File::open(&package.path).attempt(|| "cannot open the package".into())?;
    let blobs = package.unique_blobs();
    in_parallel(registry, &blobs, |connection, (blob, names)| {
        put_blob(connection, &format!("{prefix}/{}", names[0]), blob, &file)
    })?;
    let mounts: Vec<(&Blob, &str, &str)> = blobs
        .iter()
        .flat_map(|(blob, names)| {
            names[1..].iter().map(move |name| (blob, names[0].as_str(), name.as_str()))
        })
        .collect();
    in_parallel(registry, &mounts, |connection, (blob, from, name)| {
        let path = format!(
            "/v2/{prefix}/{name}/blobs/uploads/?mount={}&from={prefix}/{from}",
            blob.digest
        );
        request(connection, "POST", &path, Body::Empty, 201).map(drop)
    })?;
    in_parallel(registry, &package.images, |connection, image: &Image| {
        let path = format!("/v2/{prefix}/{}/manifests/{}", image.name, image.tag);
        request(connection, "PUT", &path, Body::Bytes(MANIFEST, &image.manifest()), 201).map(drop)
    })
}

fn put_blob(connection: &mut Connection, repository: &str, blob: &Blob, file: &File) -> Result<()> {
    let path = format!("/v2/{repository}/blobs/uploads/");
    let head = request(connection, "POST", &path, Body::Empty, 202)?;
    let location = head.field("location").attempt(|| "an upload without a location".into())?;
    let joint = if location.contains('?') { '&' } else { '?' };
    let path = format!("{}{joint}digest={}", path_of(location), blob.digest);
    request(connection, "PUT", &path, Body::Part(file, blob.offset, blob.size), 201).map(drop)
}

/// The path and query of a URL that may lack scheme and host.
fn path_of(location: &str) -> &str {
    match location.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
        None => location,
    }
}

fn request(
    connection: &mut Connection,
    method: &str,
    path: &str,
    body: Body<'_>,
    wanted: u16,
) -> Result<Head> {
    let head = connection.send(method, path, body)?;
    let mut said = Vec::new();
    connection.read_body(&head, &mut said)?;
    if head.status == wanted {
        return Ok(head);
    }
    let said = String::from_utf8_lossy(&said);
    Err(Failure::new(format!("{method} {path} answered {}: {said}", head.status)))
}

fn in_parallel<T: Sync>(
    registry: SocketAddr,
    items: &[T],
    work: impl Fn(&mut Connection, &T) -> Result<()> + Sync,
) -> Result<()> {
    let queue = Mutex::new(items.iter());
    let next = || queue.lock().expect("no worker panics with the lock").next();
    let worker = || {
        let mut connection = Connection::open(registry)?;
        while let Some(item) = next() {
            work(&mut connection, item)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a worker does not panic"))
    })
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn the_host_of_a_location_is_dropped() {
        assert_eq!(
            path_of("http://127.0.0.1:5000/v2/a/blobs/uploads/1?x=2"),
            "/v2/a/blobs/uploads/1?x=2"
        );
        assert_eq!(path_of("/v2/a/blobs/uploads/1"), "/v2/a/blobs/uploads/1");
    }
}
