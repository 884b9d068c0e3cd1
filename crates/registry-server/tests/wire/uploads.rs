use std::time::Duration;

use oci::Digest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::fixture::{Fixture, Request, Response};

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|i| u8::try_from(i * 7 % 251).unwrap()).collect()
}

async fn patch(fixture: &Fixture, path: &str, start: usize, chunk: &[u8]) -> Response {
    let range = format!("{start}-{}", start + chunk.len() - 1);
    Request::new("PATCH", path).header("Content-Range", &range).body(chunk).send(fixture.addr).await
}

fn uploads_left(fixture: &Fixture) -> usize {
    std::fs::read_dir(fixture.dir.path().join("registry/uploads")).unwrap().count()
}

#[tokio::test]
async fn two_requests_upload_a_blob() {
    let fixture = Fixture::start().await;
    let data = bytes(1_000_000);
    let digest = Digest::of(&data);
    let path = fixture.start_upload("a/b").await;
    let reply = fixture.send("PUT", &format!("{path}?digest={digest}"), &data).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert_eq!(reply.header("location"), Some(format!("/v2/a/b/blobs/{digest}").as_str()));
    assert!(fixture.get(&format!("/v2/a/b/blobs/{digest}")).await.body == data);
    assert_eq!(uploads_left(&fixture), 0);
    assert_eq!(fixture.get(&path).await.code(), "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test]
async fn chunks_must_fit_together() {
    let fixture = Fixture::start().await;
    let data = bytes(700_000);
    let digest = Digest::of(&data);
    let path = fixture.start_upload("a").await;

    let first = patch(&fixture, &path, 0, &data[..300_000]).await;
    assert_eq!((first.status, first.header("range")), (202, Some("0-299999")));
    for start in [0, 299_999, 300_001] {
        let wrong = patch(&fixture, &path, start, &data[..10]).await;
        assert_eq!((wrong.status, wrong.header("range")), (416, Some("0-299999")), "{start}");
        assert_eq!(wrong.header("location"), Some(path.as_str()));
    }
    let lies = Request::new("PATCH", &path)
        .header("Content-Range", "300000-300009")
        .body(b"12345")
        .send(fixture.addr)
        .await;
    assert_eq!((lies.status, lies.code().as_str()), (400, "SIZE_INVALID"));
    let nonsense = Request::new("PATCH", &path)
        .header("Content-Range", "x")
        .body(b"12345")
        .send(fixture.addr)
        .await;
    assert_eq!((nonsense.status, nonsense.code().as_str()), (400, "BLOB_UPLOAD_INVALID"));

    let status = fixture.get(&path).await;
    assert_eq!((status.status, status.header("range")), (204, Some("0-299999")));
    assert_eq!(patch(&fixture, &path, 300_000, &data[300_000..400_000]).await.status, 202);
    // Without Content-Range the bytes go to the end.
    assert_eq!(fixture.send("PATCH", &path, &data[400_000..600_000]).await.status, 202);
    let last = Request::new("PUT", &format!("{path}?digest={digest}"))
        .header("Content-Range", "600000-699999")
        .body(&data[600_000..])
        .send(fixture.addr)
        .await;
    assert_eq!(last.status, 201, "{}", last.text());
    assert!(fixture.get(&format!("/v2/a/blobs/{digest}")).await.body == data);
}

#[tokio::test]
async fn a_body_of_unknown_length_is_taken() {
    let fixture = Fixture::start().await;
    let path = fixture.start_upload("a").await;
    let request = Request::new("PATCH", &path).header("Transfer-Encoding", "chunked");
    let body = b"5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n";
    let stream = TcpStream::connect(fixture.addr).await.unwrap();
    let reply = crate::fixture::exchange(stream, &[request.bytes(), body.to_vec()].concat()).await;
    assert_eq!((reply.status, reply.header("range")), (202, Some("0-10")));
    let digest = Digest::of(b"hello world");
    assert_eq!(fixture.send("PUT", &format!("{path}?digest={digest}"), b"").await.status, 201);
}

#[tokio::test]
async fn wrong_digests_store_nothing() {
    let fixture = Fixture::start().await;
    let wrong = Digest::of(b"something else");
    let single =
        fixture.send("POST", &format!("/v2/a/blobs/uploads/?digest={wrong}"), b"content").await;
    assert_eq!((single.status, single.code().as_str()), (400, "DIGEST_INVALID"));
    assert_eq!(single.json()["errors"][0]["detail"]["found"], Digest::of(b"content").as_str());

    let path = fixture.start_upload("a").await;
    for query in ["", "?digest=", "?digest=sha256:../../x", "?digest=md5:abc"] {
        let reply = fixture.send("PUT", &format!("{path}{query}"), b"content").await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "DIGEST_INVALID"), "{query}");
    }
    let reply = fixture.send("PUT", &format!("{path}?digest={wrong}"), b"content").await;
    assert_eq!((reply.status, reply.code().as_str()), (400, "DIGEST_INVALID"));
    assert_eq!(fixture.get(&path).await.status, 404);
    assert_eq!(fixture.get(&format!("/v2/a/blobs/{wrong}")).await.status, 404);
    assert_eq!(uploads_left(&fixture), 0);
}

#[tokio::test]
async fn a_blob_may_be_named_by_sha512() {
    let fixture = Fixture::start().await;
    let mut hasher = oci::Hasher::new(oci::Algorithm::Sha512);
    hasher.update(b"content");
    let digest = hasher.finish();
    let path = fixture.start_upload("a").await;
    assert_eq!(fixture.send("PATCH", &path, b"con").await.status, 202);
    assert_eq!(fixture.send("PUT", &format!("{path}?digest={digest}"), b"tent").await.status, 201);
    assert_eq!(fixture.get(&format!("/v2/a/blobs/{digest}")).await.body, b"content");
}

/// Sends a part of a request's body and leaves the connection open.
async fn send_part(
    fixture: &Fixture,
    method: &str,
    path: &str,
    announced: usize,
    part: &[u8],
) -> TcpStream {
    let mut stream = TcpStream::connect(fixture.addr).await.unwrap();
    let head = Request::new(method, path).header("Content-Length", &announced.to_string()).bytes();
    stream.write_all(&head).await.unwrap();
    stream.write_all(part).await.unwrap();
    stream
}

async fn offset(fixture: &Fixture, path: &str) -> usize {
    let status = fixture.get(path).await;
    assert_eq!(status.status, 204);
    let last: usize = status.header("range").unwrap().strip_prefix("0-").unwrap().parse().unwrap();
    if last == 0 { 0 } else { last + 1 }
}

#[tokio::test]
async fn a_cut_upload_goes_on_where_it_ended() {
    let fixture = Fixture::start().await;
    let data = bytes(3_000_000);
    let digest = Digest::of(&data);
    for method in ["PATCH", "PUT"] {
        let path = fixture.start_upload("a").await;
        let target = if method == "PUT" { format!("{path}?digest={digest}") } else { path.clone() };
        let mut stream = send_part(&fixture, method, &target, data.len(), &data[..1_234_567]).await;
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        drop(stream);
        assert_eq!(
            offset(&fixture, &path).await,
            1_234_567,
            "{method}: all that was sent is there"
        );
        let reply = Request::new("PUT", &format!("{path}?digest={digest}"))
            .header("Content-Range", "1234567-2999999")
            .body(&data[1_234_567..])
            .send(fixture.addr)
            .await;
        assert_eq!(reply.status, 201, "{method}: {}", reply.text());
        assert!(fixture.get(&format!("/v2/a/blobs/{digest}")).await.body == data);
    }
}

#[tokio::test]
async fn whoever_comes_again_takes_a_stuck_upload_over() {
    let fixture = Fixture::start().await;
    let data = bytes(900_000);
    let digest = Digest::of(&data);
    let path = fixture.start_upload("a").await;
    // This connection never ends and never goes on.
    let stuck = send_part(&fixture, "PATCH", &path, data.len(), &data[..500_000]).await;
    let mut have = 0;
    for _ in 0..100 {
        have = offset(&fixture, &path).await;
        if have > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(have > 0 && have <= 500_000);
    let reply = Request::new("PUT", &format!("{path}?digest={digest}"))
        .header("Content-Range", &format!("{have}-{}", data.len() - 1))
        .body(&data[have..])
        .send(fixture.addr)
        .await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    drop(stuck);
}

#[tokio::test]
async fn a_cut_upload_in_one_request_leaves_nothing() {
    let fixture = Fixture::start().await;
    let digest = Digest::of(b"never");
    let path = format!("/v2/a/blobs/uploads/?digest={digest}");
    drop(send_part(&fixture, "POST", &path, 1000, b"only a part").await);
    for _ in 0..200 {
        if !fixture.log.lock().unwrap().is_empty() || uploads_left(&fixture) == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(uploads_left(&fixture), 0);
}

#[tokio::test]
async fn an_upload_can_be_cancelled() {
    let fixture = Fixture::start().await;
    let path = fixture.start_upload("a").await;
    assert_eq!(fixture.send("PATCH", &path, b"abc").await.status, 202);
    assert_eq!(fixture.send("DELETE", &path, b"").await.status, 204);
    for method in ["GET", "PATCH", "DELETE"] {
        assert_eq!(fixture.send(method, &path, b"").await.status, 404, "{method}");
    }
    assert_eq!(uploads_left(&fixture), 0);
}

#[tokio::test]
async fn an_upload_belongs_to_its_repository() {
    let fixture = Fixture::start().await;
    let path = fixture.start_upload("a").await;
    let elsewhere = path.replace("/v2/a/", "/v2/b/");
    assert_eq!(fixture.send("PATCH", &elsewhere, b"abc").await.code(), "BLOB_UPLOAD_UNKNOWN");
    assert_eq!(fixture.send("PATCH", &path, b"abc").await.status, 202);
}

#[tokio::test]
async fn two_uploads_of_the_same_blob_do_not_disturb_each_other() {
    let fixture = Fixture::start().await;
    let data = bytes(2_000_000);
    let digest = Digest::of(&data);
    let path = format!("/v2/a/blobs/uploads/?digest={digest}");
    let elsewhere = path.replace("/a/", "/b/");
    let (first, second, third) = tokio::join!(
        fixture.send("POST", &path, &data),
        fixture.send("POST", &path, &data),
        fixture.send("POST", &elsewhere, &data),
    );
    assert_eq!([first.status, second.status, third.status], [201; 3]);
    for repository in ["a", "b"] {
        assert!(fixture.get(&format!("/v2/{repository}/blobs/{digest}")).await.body == data);
    }
    assert_eq!(uploads_left(&fixture), 0);
}
