use serde_json::json;

use crate::fixture::{Fixture, Request, Response, chart};

async fn upload(fixture: &Fixture, path: &str, files: &[(&str, &[u8])]) -> Response {
    let mut body = Vec::new();
    for (field, content) in files {
        body.extend(format!("--xyz\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"/tmp/f\"\r\n\r\n").into_bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--xyz--\r\n");
    Request::new("POST", path)
        .header("Content-Type", "multipart/form-data; boundary=xyz")
        .body(&body)
        .send(fixture.addr)
        .await
}

#[tokio::test]
async fn an_uploaded_chart_is_in_the_index_and_can_be_fetched() {
    let fixture = Fixture::start().await;
    let (old, new) = (chart("kairship", "0.20.0", "多云"), chart("kairship", "0.21.0+b1", "多云"));
    let reply = upload(&fixture, "/api/charts", &[("chart", &old), ("prov", b"signed")]).await;
    assert_eq!((reply.status, reply.json()), (201, json!({ "saved": true })));
    // The raw body is a chart too.
    assert_eq!(fixture.send("POST", "/api/charts", &new).await.status, 201);

    let index = fixture.get("/index.yaml").await;
    assert_eq!(index.header("content-type"), Some("application/x-yaml"));
    let versions = index.json()["entries"]["kairship"].clone();
    assert_eq!(versions[0]["version"], "0.21.0+b1");
    assert_eq!(versions[1]["digest"], oci::Digest::of(&old).hex());
    assert_eq!(versions[1]["urls"], json!(["charts/kairship-0.20.0.tgz"]));
    assert_eq!(versions[1]["description"], "多云");
    assert_eq!(versions[1]["appVersion"], "1.2");
    assert_eq!(versions[1]["icon"], "https://example.com/i.png");

    for (path, content) in [
        ("/charts/kairship-0.20.0.tgz", old.as_slice()),
        ("/charts/kairship-0.20.0.tgz.prov", b"signed"),
        ("/charts/kairship-0.21.0+b1.tgz", &new),
        ("/charts/kairship-0.21.0%2Bb1.tgz", &new),
    ] {
        let reply = fixture.get(path).await;
        assert_eq!((reply.status, reply.body.as_slice()), (200, content), "{path}");
        let head = fixture.send("HEAD", path, b"").await;
        assert_eq!(head.header("content-length"), Some(content.len().to_string().as_str()));
    }
    for path in
        ["/charts/kairship-0.21.0+b1.tgz.prov", "/charts/kairship-0.22.0.tgz", "/charts/kairship"]
    {
        assert_eq!(fixture.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_version_with_other_content_is_a_conflict() {
    let fixture = Fixture::start().await;
    let (first, second) = (chart("a", "1.0.0", "first"), chart("a", "1.0.0", "second"));
    assert_eq!(upload(&fixture, "/api/charts", &[("chart", &first)]).await.status, 201);
    assert_eq!(
        upload(&fixture, "/api/charts", &[("chart", &first)]).await.status,
        201,
        "the same again"
    );
    let conflict = upload(&fixture, "/api/charts", &[("chart", &second)]).await;
    assert_eq!(conflict.status, 409);
    assert!(conflict.json()["error"].as_str().unwrap().contains("`a` version `1.0.0`"));
    assert_eq!(fixture.get("/charts/a-1.0.0.tgz").await.body, first);
    assert_eq!(upload(&fixture, "/api/charts?force", &[("chart", &second)]).await.status, 201);
    assert_eq!(fixture.get("/charts/a-1.0.0.tgz").await.body, second);
    let old = fixture.dir.path().join("registry/blobs/sha256").join(oci::Digest::of(&first).hex());
    assert!(!old.exists(), "the replaced archive is removed");

    // Another chart whose archive would have the same file name.
    let twin = chart("a-1.0.0", "2", "twin");
    assert_eq!(upload(&fixture, "/api/charts", &[("chart", &twin)]).await.status, 201);
    let clash = chart("a", "1.0.0-2", "clash");
    assert_eq!(upload(&fixture, "/api/charts?force", &[("chart", &clash)]).await.status, 409);
}

#[tokio::test]
async fn projects_are_apart() {
    let fixture = Fixture::start().await;
    let (ours, theirs, root) =
        (chart("a", "1.0.0", "ours"), chart("a", "1.0.0", "theirs"), chart("b", "1.0.0", "root"));
    let api = |project: &str| format!("/api/chartrepo/{project}/charts");
    assert_eq!(
        upload(&fixture, &api("release.daocloud.io"), &[("chart", &ours)]).await.status,
        201
    );
    assert_eq!(upload(&fixture, &api("library"), &[("chart", &theirs)]).await.status, 201);
    assert_eq!(upload(&fixture, "/api/charts", &[("chart", &root)]).await.status, 201);

    let index = fixture.get("/chartrepo/release.daocloud.io/index.yaml").await.json();
    assert_eq!(index["entries"].as_object().unwrap().keys().collect::<Vec<_>>(), ["a"]);
    assert_eq!(index["entries"]["a"][0]["urls"], json!(["charts/a-1.0.0.tgz"]));
    assert_eq!(fixture.get("/chartrepo/release.daocloud.io/charts/a-1.0.0.tgz").await.body, ours);
    assert_eq!(fixture.get("/chartrepo/library/charts/a-1.0.0.tgz").await.body, theirs);
    assert_eq!(fixture.get("/charts/a-1.0.0.tgz").await.status, 404);
    assert_eq!(fixture.get("/chartrepo/library/charts/b-1.0.0.tgz").await.status, 404);
    assert_eq!(fixture.get("/chartrepo/empty/index.yaml").await.json()["entries"], json!({}));

    let list = fixture.get(&api("library")).await.json();
    assert_eq!(
        (&list[0]["name"], &list[0]["latest_version"], &list[0]["total_versions"]),
        (&json!("a"), &json!("1.0.0"), &json!(1))
    );
}

#[tokio::test]
async fn versions_can_be_listed_and_deleted() {
    let fixture = Fixture::start().await;
    for version in ["1.0.0", "1.10.0", "1.2.0"] {
        assert_eq!(fixture.send("POST", "/api/charts", &chart("a", version, "")).await.status, 201);
    }
    let versions = fixture.get("/api/charts/a").await.json();
    let versions: Vec<_> =
        versions.as_array().unwrap().iter().map(|version| version["version"].clone()).collect();
    assert_eq!(versions, [json!("1.10.0"), json!("1.2.0"), json!("1.0.0")]);
    assert_eq!(fixture.get("/api/charts").await.json()["a"].as_array().unwrap().len(), 3);
    assert_eq!(fixture.get("/api/charts/a/1.2.0").await.json()["version"], "1.2.0");
    assert_eq!(fixture.send("HEAD", "/api/charts/a/1.2.0", b"").await.status, 200);

    assert_eq!(
        fixture.send("DELETE", "/api/charts/a/1.2.0", b"").await.json(),
        json!({ "deleted": true })
    );
    for (method, path) in [
        ("GET", "/api/charts/a/1.2.0"),
        ("DELETE", "/api/charts/a/1.2.0"),
        ("GET", "/charts/a-1.2.0.tgz"),
        ("GET", "/api/charts/b"),
        ("DELETE", "/api/chartrepo/p/charts/a/1.0.0"),
    ] {
        let reply = fixture.send(method, path, b"").await;
        assert_eq!(
            (reply.status, reply.json()),
            (404, json!({ "error": "chart not found" })),
            "{method} {path}"
        );
    }
    assert_eq!(fixture.send("PUT", "/api/charts", b"").await.status, 405);
}

#[tokio::test]
async fn what_is_no_chart_is_refused() {
    let fixture = Fixture::start().await;
    for (name, version) in
        [("..", "1"), ("a/b", "1"), ("a\u{1b}[31m", "1"), ("a", "../1"), ("a", "")]
    {
        let reply = fixture.send("POST", "/api/charts", &chart(name, version, "")).await;
        assert_eq!(reply.status, 400, "{name:?} {version:?}");
        assert!(!reply.text().contains('\u{1b}'));
    }
    for body in ["", "nonsense"] {
        assert_eq!(fixture.send("POST", "/api/charts", body.as_bytes()).await.status, 400);
    }
    assert_eq!(upload(&fixture, "/api/charts", &[("prov", b"alone")]).await.status, 400);
    let cut = Request::new("POST", "/api/charts")
        .header("Content-Type", "multipart/form-data; boundary=xyz")
        .body(b"--xyz\r\nContent-Disposition: form-data; name=\"chart\"\r\n\r\nno end")
        .send(fixture.addr)
        .await;
    assert_eq!(cut.status, 400);
    assert_eq!(fixture.get("/index.yaml").await.json()["entries"], json!({}));
}
