use crate::fixture::{Fixture, Request, exchange};

#[tokio::test]
async fn hostile_names_reach_no_file() {
    let fixture = Fixture::start().await;
    std::fs::write(fixture.dir.path().join("secret"), "canary").unwrap();
    let sum = "0".repeat(64);
    for path in [
        "/v2/../../secret/blobs/x".to_owned(),
        format!("/v2/../blobs/sha256:{sum}"),
        "/v2/%2e%2e/%2e%2e/secret/tags/list".into(),
        "/v2/a%2f..%2f..%2fsecret/tags/list".into(),
        "/v2/A/tags/list".into(),
        "/v2/a%00b/tags/list".into(),
        "/v2/a/manifests/..%2f..%2fsecret".into(),
        "/v2/a/blobs/sha256:..%2f..%2fsecret".into(),
        format!("/v2/a/blobs/SHA256:{sum}"),
        format!("/v2/a/blobs/sha256:{}", &sum[1..]),
        "/v2/a/blobs/uploads/..%2fsecret".into(),
        "/charts/..%2f..%2fsecret".into(),
        "/charts/../../secret".into(),
        "/chartrepo/..%2f/index.yaml".into(),
        "/chartrepo/../index.yaml".into(),
        "/api/chartrepo/%2e%2e/charts".into(),
        "/secret".into(),
        format!("/v2/{}/tags/list", "a".repeat(256)),
        format!("/v2/{}/tags/list", "a/".repeat(4000)),
    ] {
        let mut methods = vec!["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"];
        if path.contains("chart") {
            methods.truncate(2);
        }
        for method in methods {
            let reply = fixture.send(method, &path, b"").await;
            assert!((400..500).contains(&reply.status), "{method} {path:.80}: {}", reply.status);
            assert!(!reply.text().contains("canary"));
        }
    }
    assert_eq!(
        std::fs::read_dir(fixture.dir.path()).unwrap().count(),
        2,
        "nothing was made beside the registry"
    );
}

#[tokio::test]
async fn requests_that_are_too_big_are_refused() {
    let fixture = Fixture::start().await;
    let long = fixture.get(&format!("/v2/{}", "a".repeat(10_000))).await;
    assert_eq!(long.status, 414);
    let wide =
        Request::new("GET", "/v2/").header("X", &"x".repeat(100_000)).send(fixture.addr).await;
    assert_eq!(wide.status, 431);
    let mut many = Request::new("GET", "/v2/");
    for i in 0..200 {
        many = many.header(&format!("X-{i}"), "x");
    }
    assert_eq!(many.send(fixture.addr).await.status, 431);
    let chart = Request::new("POST", "/api/charts")
        .header("Content-Length", "100000000")
        .send(fixture.addr)
        .await;
    assert_eq!(chart.status, 413);
}

#[tokio::test]
async fn nonsense_ends_the_connection_and_not_the_server() {
    let fixture = Fixture::start().await;
    for bytes in
        [&b"\x16\x03\x01\x02\x00"[..], b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", &[0xff; 3000]]
    {
        let mut stream = tokio::net::TcpStream::connect(fixture.addr).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, bytes).await.unwrap();
    }
    assert_eq!(fixture.get("/v2/").await.status, 200);
}

#[tokio::test]
async fn a_refused_upload_can_read_why() {
    let fixture = Fixture::start().await;
    let body = vec![7; 8 << 20];
    let request = Request::new("PUT", "/v2/UPPER/blobs/uploads/x?digest=y").body(&body);
    let stream = tokio::net::TcpStream::connect(fixture.addr).await.unwrap();
    let reply = exchange(stream, &request.bytes()).await;
    assert_eq!((reply.status, reply.code().as_str()), (400, "NAME_INVALID"));
}
