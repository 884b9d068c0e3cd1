use serde_json::json;

use crate::fixture::{Fixture, push_image};

#[tokio::test]
async fn lists_come_in_pages() {
    let fixture = Fixture::start().await;
    for tag in ["v10", "v2", "V1", "_x", "v1"] {
        push_image(&fixture, "a/b", tag, b"layer").await;
    }
    let all = fixture.get("/v2/a/b/tags/list").await;
    assert_eq!(all.json(), json!({ "name": "a/b", "tags": ["V1", "_x", "v1", "v10", "v2"] }));
    assert_eq!(all.header("link"), None);

    let mut path = "/v2/a/b/tags/list?n=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = fixture.get(&path).await;
        let tags = page.json()["tags"].as_array().unwrap().clone();
        assert!(tags.len() <= 2);
        seen.extend(tags);
        let Some(link) = page.header("link") else { break };
        path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
    }
    assert_eq!(json!(seen), json!(["V1", "_x", "v1", "v10", "v2"]));

    assert_eq!(fixture.get("/v2/a/b/tags/list?last=v1&n=1").await.json()["tags"], json!(["v10"]));
    assert_eq!(fixture.get("/v2/a/b/tags/list?n=0").await.json()["tags"], json!([]));
    let wrong = fixture.get("/v2/a/b/tags/list?n=-1").await;
    assert_eq!((wrong.status, wrong.code().as_str()), (400, "PAGINATION_NUMBER_INVALID"));
    let unknown = fixture.get("/v2/a/tags/list").await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "NAME_UNKNOWN"));
}

#[tokio::test]
async fn the_catalog_has_every_repository_with_a_manifest() {
    let fixture = Fixture::start().await;
    assert_eq!(fixture.get("/v2/_catalog").await.json(), json!({ "repositories": [] }));
    for repository in ["b", "a/b/c", "a/b", "10.0.0.1/x"] {
        push_image(&fixture, repository, "v1", b"layer").await;
    }
    fixture.push_blob("blobs-only", b"x").await;
    let all = json!({ "repositories": ["10.0.0.1/x", "a/b", "a/b/c", "b"] });
    assert_eq!(fixture.get("/v2/_catalog").await.json(), all);
    let page = fixture.get("/v2/_catalog?n=1&last=a/b").await;
    assert_eq!(page.json()["repositories"], json!(["a/b/c"]));
    assert_eq!(page.header("link"), Some("</v2/_catalog?n=1&last=a%2Fb%2Fc>; rel=\"next\""));
}

#[tokio::test]
async fn the_version_is_told() {
    let fixture = Fixture::start().await;
    for path in ["/v2/", "/v2"] {
        let reply = fixture.get(path).await;
        assert_eq!((reply.status, reply.json()), (200, json!({})));
        assert_eq!(reply.header("docker-distribution-api-version"), Some("registry/2.0"));
    }
    assert_eq!(fixture.get("/health").await.json(), json!({ "healthy": true }));
    for path in ["/v2/_catalog", "/v2/", "/v2/a/tags/list"] {
        assert_eq!(fixture.send("POST", path, b"").await.status, 405, "{path}");
    }
    assert_eq!(fixture.get("/v2/a/b/nothing").await.status, 404);
}
