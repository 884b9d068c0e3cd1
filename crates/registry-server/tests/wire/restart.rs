use std::time::{Duration, SystemTime};

use oci::Digest;
use registry_server::{Limits, ServerOptions};
use serde_json::json;

use crate::fixture::{Fixture, Request, chart, push_image};

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let first = Fixture::start().await;
    let digest = push_image(&first, "a/b", "v1", b"layer").await;
    assert_eq!(first.send("POST", "/api/charts", &chart("c", "1.0.0", "d")).await.status, 201);
    assert_eq!(
        first.send("POST", "/api/chartrepo/p/charts", &chart("e", "2.0.0", "d")).await.status,
        201
    );
    let index = first.get("/index.yaml").await.json()["entries"].clone();
    let upload = first.start_upload("a/b").await;
    assert_eq!(first.send("PATCH", &upload, b"half and ").await.status, 202);

    let second = Fixture::start_with(first.stop().await, ServerOptions::default()).await;
    let reply = second.get("/v2/a/b/manifests/v1").await;
    assert_eq!(reply.header("docker-content-digest"), Some(digest.as_str()));
    assert_eq!(second.get(&format!("/v2/a/b/blobs/{}", Digest::of(b"layer"))).await.body, b"layer");
    assert_eq!(second.get("/v2/_catalog").await.json()["repositories"], json!(["a/b"]));
    assert_eq!(second.get("/index.yaml").await.json()["entries"], index);
    assert_eq!(second.get("/chartrepo/p/charts/e-2.0.0.tgz").await.status, 200);

    // The upload goes on; its first half is read again.
    assert_eq!(second.get(&upload).await.header("range"), Some("0-8"));
    let whole = Digest::of(b"half and half");
    let reply = Request::new("PUT", &format!("{upload}?digest={whole}"))
        .header("Content-Range", "9-12")
        .body(b"half")
        .send(second.addr)
        .await;
    assert_eq!(reply.status, 201, "{}", reply.text());
}

#[tokio::test]
async fn old_uploads_expire() {
    let first = Fixture::start().await;
    let (old, young) = (first.start_upload("a").await, first.start_upload("a").await);
    let dir = first.stop().await;
    let id = old.rsplit('/').next().unwrap();
    let past = SystemTime::now() - Duration::from_hours(2);
    for name in [id.to_owned(), format!("{id}.repository")] {
        let path = dir.path().join("registry/uploads").join(name);
        std::fs::OpenOptions::new().write(true).open(path).unwrap().set_modified(past).unwrap();
    }
    let limits = Limits { upload_age: Duration::from_hours(1), ..Limits::default() };
    let second =
        Fixture::start_with(dir, ServerOptions { limits, ..ServerOptions::default() }).await;
    assert_eq!(second.get(&old).await.status, 404);
    assert_eq!(second.get(&young).await.status, 204);
    assert_eq!(std::fs::read_dir(second.dir.path().join("registry/uploads")).unwrap().count(), 2);
}

#[tokio::test]
async fn files_are_private() {
    use std::os::unix::fs::MetadataExt as _;

    let fixture = Fixture::start().await;
    push_image(&fixture, "a/b", "v1", b"layer").await;
    fixture.start_upload("a").await;
    fixture.send("POST", "/api/charts", &chart("c", "1.0.0", "d")).await;
    let mut open = vec![fixture.dir.path().join("registry")];
    let mut files = 0;
    while let Some(path) = open.pop() {
        let metadata = std::fs::symlink_metadata(&path).unwrap();
        let wanted = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(metadata.mode() & 0o777, wanted, "{}", path.display());
        assert!(!path.file_name().unwrap().to_str().unwrap().starts_with(".new-"));
        files += usize::from(metadata.is_file());
        if metadata.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    assert!(files > 8);
}

#[tokio::test]
async fn a_damaged_manifest_is_not_served() {
    let fixture = Fixture::start().await;
    let digest = push_image(&fixture, "a", "v1", b"layer").await;
    let path = fixture.dir.path().join("registry/blobs/sha256").join(digest.hex());
    let mut raw = std::fs::read(&path).unwrap();
    raw[0] = b'[';
    std::fs::write(&path, raw).unwrap();
    let reply = fixture.get("/v2/a/manifests/v1").await;
    assert_eq!((reply.status, reply.code().as_str()), (500, "UNKNOWN"));
    assert!(
        !reply.text().contains(fixture.dir.path().to_str().unwrap()),
        "no path of the server is told"
    );
    // Pushing it again repairs it.
    push_image(&fixture, "a", "v1", b"layer").await;
    assert_eq!(fixture.get("/v2/a/manifests/v1").await.status, 200);
}
