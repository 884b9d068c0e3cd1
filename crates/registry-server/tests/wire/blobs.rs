use crate::fixture::{Fixture, Request};

#[tokio::test]
async fn a_blob_can_be_read_whole_and_in_parts() {
    let fixture = Fixture::start().await;
    let bytes: Vec<u8> = (0..700_000_u32).map(|i| (i % 251) as u8).collect();
    let digest = fixture.push_blob("a/b", &bytes).await;
    let path = format!("/v2/a/b/blobs/{digest}");

    let whole = fixture.get(&path).await;
    assert_eq!((whole.status, whole.header("content-length")), (200, Some("700000")));
    assert_eq!(whole.header("docker-content-digest"), Some(digest.as_str()));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert!(whole.body == bytes);

    let head = fixture.send("HEAD", &path, b"").await;
    assert_eq!((head.status, head.header("content-length")), (200, Some("700000")));
    assert!(head.body.is_empty());

    for (range, start, end) in [
        ("bytes=0-0", 0, 1),
        ("bytes=300000-", 300_000, 700_000),
        ("bytes=-5", 699_995, 700_000),
        ("bytes=5-9999999", 5, 700_000),
    ] {
        let part = Request::new("GET", &path).header("Range", range).send(fixture.addr).await;
        assert_eq!(part.status, 206, "{range}");
        let content_range = format!("bytes {start}-{}/700000", end - 1);
        assert_eq!(part.header("content-range"), Some(content_range.as_str()));
        assert!(part.body == bytes[start..end], "{range}");
    }
    let beyond =
        Request::new("GET", &path).header("Range", "bytes=700000-").send(fixture.addr).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */700000")));
    let several =
        Request::new("GET", &path).header("Range", "bytes=0-1,5-6").send(fixture.addr).await;
    assert_eq!((several.status, several.body.len()), (200, 700_000));
    let other = Request::new("GET", &path)
        .header("Range", "bytes=0-1")
        .header("If-Range", "\"other\"")
        .send(fixture.addr)
        .await;
    assert_eq!(other.status, 200);
    let etag = whole.header("etag").unwrap();
    let same = Request::new("GET", &path).header("If-None-Match", etag).send(fixture.addr).await;
    assert_eq!((same.status, same.body.len()), (304, 0));
}

#[tokio::test]
async fn an_empty_blob_is_a_blob() {
    let fixture = Fixture::start().await;
    let digest = fixture.push_blob("a", b"").await;
    let reply = fixture.get(&format!("/v2/a/blobs/{digest}")).await;
    assert_eq!(
        (reply.status, reply.header("content-length"), reply.body.len()),
        (200, Some("0"), 0)
    );
}

#[tokio::test]
async fn a_blob_belongs_to_its_repository_and_is_gone_when_deleted() {
    let fixture = Fixture::start().await;
    let digest = fixture.push_blob("a", b"content").await;
    let unknown = fixture.get(&format!("/v2/b/blobs/{digest}")).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "BLOB_UNKNOWN"));

    let mount =
        fixture.send("POST", &format!("/v2/b/blobs/uploads/?mount={digest}&from=a"), b"").await;
    assert_eq!(mount.status, 201);
    assert_eq!(mount.header("location"), Some(format!("/v2/b/blobs/{digest}").as_str()));
    assert_eq!(mount.header("docker-content-digest"), Some(digest.as_str()));

    let path = format!("/v2/a/blobs/{digest}");
    assert_eq!(fixture.send("DELETE", &path, b"").await.status, 202);
    assert_eq!(fixture.send("DELETE", &path, b"").await.status, 404);
    assert_eq!(fixture.get(&path).await.status, 404);
    assert_eq!(fixture.get(&format!("/v2/b/blobs/{digest}")).await.body, b"content");

    let stored = fixture.dir.path().join("registry/blobs/sha256").join(digest.hex());
    assert!(stored.exists());
    assert_eq!(fixture.send("DELETE", &format!("/v2/b/blobs/{digest}"), b"").await.status, 202);
    assert!(!stored.exists(), "content that nothing names is removed");
}

#[tokio::test]
async fn what_cannot_be_mounted_is_uploaded() {
    let fixture = Fixture::start().await;
    let digest = fixture.push_blob("a", b"content").await;
    let absent = oci::Digest::of(b"absent");
    for (query, status) in [
        (format!("mount={absent}&from=a"), 202),
        (format!("mount={digest}&from=b"), 202),
        (format!("mount={digest}"), 201),
        (format!("mount={digest}&from=../a"), 400),
        ("mount=sha256:x&from=a".into(), 400),
    ] {
        let reply = fixture.send("POST", &format!("/v2/c/blobs/uploads/?{query}"), b"").await;
        assert_eq!(reply.status, status, "{query}");
        assert!(
            status != 202 || reply.header("location").unwrap().starts_with("/v2/c/blobs/uploads/")
        );
    }
}
