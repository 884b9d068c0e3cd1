use oci::{Digest, media_type};
use serde_json::json;

use crate::fixture::{Fixture, Request, manifest, push_image, put_manifest};

#[tokio::test]
async fn a_manifest_is_found_by_tag_and_digest() {
    let fixture = Fixture::start().await;
    let digest = push_image(&fixture, "a/b", "v1", b"layer").await;
    for reference in ["v1", digest.as_str()] {
        let path = format!("/v2/a/b/manifests/{reference}");
        let reply = fixture.get(&path).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), Some(media_type::OCI_MANIFEST));
        assert_eq!(reply.header("docker-content-digest"), Some(digest.as_str()));
        assert_eq!(Digest::of(&reply.body), digest);
        let head = fixture.send("HEAD", &path, b"").await;
        assert_eq!(head.header("content-length"), Some(reply.body.len().to_string().as_str()));
        assert!(head.body.is_empty());
        let etag = reply.header("etag").unwrap();
        let same =
            Request::new("GET", &path).header("If-None-Match", etag).send(fixture.addr).await;
        assert_eq!(same.status, 304);
    }
    let unknown = fixture.get("/v2/a/b/manifests/v2").await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "MANIFEST_UNKNOWN"));
    assert_eq!(fixture.get("/v2/a/manifests/v1").await.status, 404);
}

#[tokio::test]
async fn a_manifest_names_only_what_is_there() {
    let fixture = Fixture::start().await;
    fixture.push_blob("a", b"{}").await;
    fixture.push_blob("elsewhere", b"layer").await;
    let raw = manifest(b"{}", &[b"layer", b"other"]);
    let reply = put_manifest(&fixture, "a", "v1", &raw, media_type::OCI_MANIFEST).await;
    assert_eq!((reply.status, reply.code().as_str()), (400, "MANIFEST_BLOB_UNKNOWN"));
    let missing = &reply.json()["errors"][0]["detail"]["missing"];
    assert_eq!(missing.as_array().unwrap().len(), 2, "both are named at once");
    assert_eq!(fixture.get("/v2/a/manifests/v1").await.status, 404);

    let index = json!({
        "schemaVersion": 2, "mediaType": media_type::OCI_INDEX,
        "manifests": [{ "mediaType": media_type::OCI_MANIFEST, "digest": Digest::of(&raw), "size": raw.len() }],
    });
    let reply =
        put_manifest(&fixture, "a", "v1", index.to_string().as_bytes(), media_type::OCI_INDEX)
            .await;
    assert_eq!((reply.status, reply.code().as_str()), (400, "MANIFEST_BLOB_UNKNOWN"));

    fixture.push_blob("a", b"layer").await;
    let mut lies: serde_json::Value =
        serde_json::from_slice(&manifest(b"{}", &[b"layer"])).unwrap();
    lies["layers"][0]["size"] = json!(6);
    let reply =
        put_manifest(&fixture, "a", "v1", lies.to_string().as_bytes(), media_type::OCI_MANIFEST)
            .await;
    assert_eq!((reply.status, reply.code().as_str()), (400, "SIZE_INVALID"));
}

#[tokio::test]
async fn a_foreign_layer_may_be_elsewhere() {
    let fixture = Fixture::start().await;
    fixture.push_blob("a", b"{}").await;
    let mut raw: serde_json::Value =
        serde_json::from_slice(&manifest(b"{}", &[b"windows"])).unwrap();
    raw["layers"][0]["mediaType"] =
        json!("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");
    let put = |raw: String| {
        let fixture = &fixture;
        async move {
            put_manifest(fixture, "a", "v1", raw.as_bytes(), media_type::OCI_MANIFEST).await.status
        }
    };
    assert_eq!(put(raw.to_string()).await, 400, "without urls nobody can have it");
    raw["layers"][0]["urls"] = json!(["https://example.com/layer"]);
    assert_eq!(put(raw.to_string()).await, 201);
}

#[tokio::test]
async fn type_confusion_is_refused() {
    let fixture = Fixture::start().await;
    fixture.push_blob("a", b"{}").await;
    let image = String::from_utf8(manifest(b"{}", &[])).unwrap();
    let both = image.replacen('{', "{\"manifests\":[],", 1);
    for (document, kind) in [
        (both.as_str(), media_type::OCI_MANIFEST),
        (both.as_str(), media_type::OCI_INDEX),
        (image.as_str(), media_type::OCI_INDEX),
        (image.as_str(), media_type::DOCKER_MANIFEST),
        (image.as_str(), "application/json"),
        ("{\"schemaVersion\":1}", media_type::DOCKER_MANIFEST),
        ("not json", media_type::OCI_MANIFEST),
        ("", media_type::OCI_MANIFEST),
    ] {
        let reply = put_manifest(&fixture, "a", "v1", document.as_bytes(), kind).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (400, "MANIFEST_INVALID"),
            "{kind} {document}"
        );
    }
    let reply = put_manifest(
        &fixture,
        "a",
        "v1",
        image.as_bytes(),
        "application/vnd.oci.image.manifest.v1+json; charset=utf-8",
    )
    .await;
    assert_eq!(reply.status, 201);
}

#[tokio::test]
async fn a_manifest_has_at_most_four_mebibytes() {
    let fixture = Fixture::start().await;
    let reply =
        put_manifest(&fixture, "a", "v1", &vec![b' '; (4 << 20) + 1], media_type::OCI_MANIFEST)
            .await;
    assert_eq!(reply.status, 413);
}

#[tokio::test]
async fn a_manifest_put_by_digest_must_have_it() {
    let fixture = Fixture::start().await;
    fixture.push_blob("a", b"{}").await;
    let raw = manifest(b"{}", &[]);
    let wrong =
        put_manifest(&fixture, "a", Digest::of(b"x").as_str(), &raw, media_type::OCI_MANIFEST)
            .await;
    assert_eq!((wrong.status, wrong.code().as_str()), (400, "DIGEST_INVALID"));
    let digest = Digest::of(&raw);
    let right = put_manifest(&fixture, "a", digest.as_str(), &raw, media_type::OCI_MANIFEST).await;
    assert_eq!(right.status, 201);
    assert_eq!(right.header("location"), Some(format!("/v2/a/manifests/{digest}").as_str()));
    assert_eq!(fixture.get("/v2/a/tags/list").await.json()["tags"], json!([]));
}

#[tokio::test]
async fn the_stored_type_is_the_announced_one() {
    let fixture = Fixture::start().await;
    fixture.push_blob("a", b"{}").await;
    let mut raw: serde_json::Value = serde_json::from_slice(&manifest(b"{}", &[])).unwrap();
    raw.as_object_mut().unwrap().shift_remove("mediaType");
    let raw = raw.to_string();
    assert_eq!(
        put_manifest(&fixture, "a", "v1", raw.as_bytes(), media_type::DOCKER_MANIFEST).await.status,
        201
    );
    assert_eq!(
        fixture.get("/v2/a/manifests/v1").await.header("content-type"),
        Some(media_type::DOCKER_MANIFEST)
    );
}

#[tokio::test]
async fn deleting_a_tag_leaves_the_manifest_and_deleting_a_manifest_takes_its_tags() {
    let fixture = Fixture::start().await;
    let digest = push_image(&fixture, "a", "v1", b"one").await;
    push_image(&fixture, "a", "latest", b"one").await;
    push_image(&fixture, "a", "v2", b"two").await;
    assert_eq!(fixture.send("DELETE", "/v2/a/manifests/v1", b"").await.status, 202);
    assert_eq!(fixture.get("/v2/a/manifests/v1").await.status, 404);
    assert_eq!(fixture.send("DELETE", "/v2/a/manifests/v1", b"").await.status, 404);
    let by_digest = format!("/v2/a/manifests/{digest}");
    assert_eq!(fixture.get(&by_digest).await.status, 200);
    assert_eq!(fixture.send("DELETE", &by_digest, b"").await.status, 202);
    assert_eq!(fixture.get(&by_digest).await.status, 404);
    assert_eq!(fixture.send("DELETE", &by_digest, b"").await.status, 404);
    assert_eq!(fixture.get("/v2/a/tags/list").await.json()["tags"], json!(["v2"]));
}

#[tokio::test]
async fn a_tag_moves() {
    let fixture = Fixture::start().await;
    let first = push_image(&fixture, "a", "v1", b"one").await;
    let second = push_image(&fixture, "a", "v1", b"two").await;
    let reply = fixture.get("/v2/a/manifests/v1").await;
    assert_eq!(reply.header("docker-content-digest"), Some(second.as_str()));
    assert_eq!(fixture.get(&format!("/v2/a/manifests/{first}")).await.status, 200);
}

#[tokio::test]
async fn referrers_are_listed_and_filtered() {
    let fixture = Fixture::start().await;
    let subject = push_image(&fixture, "a", "v1", b"layer").await;
    let path = format!("/v2/a/referrers/{subject}");
    let none = fixture.get(&path).await;
    assert_eq!((none.status, none.json()["manifests"].as_array().unwrap().len()), (200, 0));

    let signature = |kind: Option<&str>, note: &str| {
        let mut raw: serde_json::Value = serde_json::from_slice(&manifest(b"{}", &[])).unwrap();
        raw["subject"] =
            json!({ "mediaType": media_type::OCI_MANIFEST, "digest": subject, "size": 1 });
        raw["annotations"] = json!({ "note": note });
        if let Some(kind) = kind {
            raw["artifactType"] = json!(kind);
        }
        raw.to_string()
    };
    let first = put_manifest(
        &fixture,
        "a",
        "sig",
        signature(Some("x/signature"), "1").as_bytes(),
        media_type::OCI_MANIFEST,
    )
    .await;
    assert_eq!((first.status, first.header("oci-subject")), (201, Some(subject.as_str())));
    put_manifest(&fixture, "a", "sbom", signature(None, "2").as_bytes(), media_type::OCI_MANIFEST)
        .await;

    let all = fixture.get(&path).await;
    assert_eq!(all.header("content-type"), Some(media_type::OCI_INDEX));
    assert_eq!(all.header("oci-filters-applied"), None);
    assert_eq!(all.json()["manifests"].as_array().unwrap().len(), 2);

    let some = fixture.get(&format!("{path}?artifactType=x%2Fsignature")).await;
    assert_eq!(some.header("oci-filters-applied"), Some("artifactType"));
    let found = some.json()["manifests"].clone();
    assert_eq!(
        (found.as_array().unwrap().len(), &found[0]["annotations"]["note"]),
        (1, &json!("1"))
    );
    let config = fixture.get(&format!("{path}?artifactType={}", media_type::OCI_CONFIG)).await;
    assert_eq!(config.json()["manifests"][0]["annotations"]["note"], "2");

    let digest = first.header("docker-content-digest").unwrap();
    assert_eq!(fixture.send("DELETE", &format!("/v2/a/manifests/{digest}"), b"").await.status, 202);
    assert_eq!(fixture.get(&path).await.json()["manifests"].as_array().unwrap().len(), 1);
}
