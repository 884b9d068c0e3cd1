//! Manifests, tags and blobs.

use std::sync::Arc;

use bytes::Bytes;
use oci::{Descriptor, Digest, Index, media_type};
use registry_client::{ErrorKind, ManifestId, Repository};

use crate::server::{Server, answer, refusal};

fn tag() -> ManifestId {
    ManifestId::Tag("v1".parse().unwrap())
}

async fn repository(server: &Server) -> Repository {
    server.registry(None).await.repository("app").unwrap()
}

fn index() -> (Bytes, Digest) {
    let raw = Index::over(Vec::new()).encode();
    let digest = Digest::of(&raw);
    (raw, digest)
}

#[tokio::test]
async fn resolves_by_head_alone_when_the_answer_is_complete() {
    let (_, digest) = index();
    let named = digest.clone();
    let server = Server::start(move |request| {
        let named = named.clone();
        async move {
            let accept = request.headers()["accept"].to_str().unwrap();
            assert_eq!(accept.split(", ").count(), 4);
            answer(
                200,
                &[
                    ("docker-content-digest", named.as_str()),
                    ("content-type", media_type::OCI_INDEX),
                ],
                vec![0; 77],
            )
        }
    })
    .await;
    let found = repository(&server).await.resolve(&tag()).await.unwrap().unwrap();
    assert_eq!(found, Descriptor::new(media_type::OCI_INDEX, digest, 77));
    assert_eq!(server.lines(), ["HEAD /v2/app/manifests/v1"]);
}

#[tokio::test]
async fn resolves_by_get_when_head_says_too_little() {
    let (raw, digest) = index();
    for status in [200, 405] {
        let raw = raw.clone();
        let server = Server::start(move |request| {
            let raw = raw.clone();
            async move {
                if request.method() == "HEAD" {
                    answer(status, &[], "")
                } else {
                    answer(200, &[("content-type", media_type::DOCKER_INDEX)], raw)
                }
            }
        })
        .await;
        let found = repository(&server).await.resolve(&tag()).await.unwrap().unwrap();
        assert_eq!(found.digest, digest);
        assert_eq!(server.asked().len(), 2);
    }
}

#[tokio::test]
async fn what_is_absent_is_no_error() {
    let server = Server::start(|_| async { refusal(404, "MANIFEST_UNKNOWN") }).await;
    let repository = repository(&server).await;
    assert_eq!(repository.resolve(&tag()).await.unwrap(), None);
    assert_eq!(repository.manifest(&tag()).await.unwrap(), None);
    assert!(!repository.delete_manifest(&index().1).await.unwrap());
    assert!(!repository.exists(&Descriptor::of("x", b"")).await.unwrap());
}

#[tokio::test]
async fn a_manifest_must_have_the_digest_asked_for_and_the_one_named() {
    let (raw, digest) = index();
    let other = Digest::of(b"other");
    for (asked, named, is_right) in [
        (digest.clone(), None, true),
        (digest.clone(), Some(digest.clone()), true),
        (digest.clone(), Some(other.clone()), false),
        (other.clone(), None, false),
        (other.clone(), Some(other.clone()), false),
    ] {
        let raw = raw.clone();
        let server = Server::start(move |_| {
            let (raw, named) = (raw.clone(), named.clone());
            let headers: Vec<(&str, String)> =
                named.iter().map(|digest| ("docker-content-digest", digest.to_string())).collect();
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(k, v)| (*k, v.as_str())).collect();
            let answer = answer(200, &headers, raw);
            async move { answer }
        })
        .await;
        let found = repository(&server).await.manifest(&ManifestId::from(&asked)).await;
        match found {
            Ok(found) => assert!(is_right && found.unwrap().descriptor.digest == digest),
            Err(error) => assert!(!is_right && error.kind() == ErrorKind::DigestMismatch),
        }
    }
}

#[tokio::test]
async fn what_is_no_manifest_is_unexpected() {
    for (kind, body) in [
        ("text/html", "<html><title>Sign in</title>".to_owned()),
        (media_type::OCI_MANIFEST, "{".to_owned()),
        (media_type::OCI_MANIFEST, r#"{"schemaVersion":2,"manifests":[]}"#.to_owned()),
        (media_type::OCI_INDEX, " ".repeat((4 << 20) + 1)),
    ] {
        let server = Server::start(move |_| {
            let body = body.clone();
            async move { answer(200, &[("content-type", kind)], body) }
        })
        .await;
        let error = repository(&server).await.manifest(&tag()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{error}");
    }
}

#[tokio::test]
async fn a_put_is_confirmed() {
    let (raw, digest) = index();
    for (status, named, kind) in [
        (201, Some(digest.clone()), None),
        (201, None, None),
        (201, Some(Digest::of(b"x")), Some(ErrorKind::DigestMismatch)),
        (200, None, Some(ErrorKind::UnexpectedAnswer)),
        (400, None, Some(ErrorKind::BlobUnknown)),
    ] {
        let server = Server::start(move |_| {
            let named = named.clone();
            async move {
                match (status, named) {
                    (400, _) => refusal(400, "MANIFEST_BLOB_UNKNOWN"),
                    (status, Some(named)) => {
                        answer(status, &[("docker-content-digest", named.as_str())], "")
                    }
                    (status, None) => answer(status, &[], "<html><title>Welcome</title></html>"),
                }
            }
        })
        .await;
        let put = repository(&server)
            .await
            .put_manifest(&tag(), media_type::OCI_INDEX, raw.clone())
            .await;
        assert_eq!(put.as_ref().err().map(registry_client::Error::kind), kind, "{put:?}");
    }
}

#[tokio::test]
async fn tags_come_page_by_page_and_not_for_ever() {
    let server = Server::start(|request| async move {
        match request.uri().query() {
            Some("n=1000") => answer(
                200,
                &[(
                    "link",
                    r#"<https://elsewhere.example/v2/app/tags/list?last=b&n=1000>; rel="next""#,
                )],
                r#"{"name":"app","tags":["a","b"]}"#,
            ),
            _ => answer(200, &[], r#"{"name":"app","tags":null}"#),
        }
    })
    .await;
    assert_eq!(repository(&server).await.tags().await.unwrap(), ["a", "b"]);
    assert_eq!(server.lines()[1], "GET /v2/app/tags/list?last=b&n=1000");
    let endless = Server::start(|_| async {
        answer(200, &[("link", r#"</v2/app/tags/list?n=1000>; rel="next""#)], r#"{"tags":["a"]}"#)
    })
    .await;
    let error = repository(&endless).await.tags().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
}

#[tokio::test]
async fn a_blob_is_checked_on_arrival_and_may_come_from_another_host() {
    let data = vec![7u8; 700_000];
    let descriptor = Descriptor::of("x", &data);
    let body = Bytes::from(data.clone());
    let store = Server::start(move |_| {
        let body = body.clone();
        async move { answer(200, &[], body) }
    })
    .await;
    let target = Arc::new(store.url("/signed?sig=1").to_string());
    let server = Server::start(move |_| {
        let target = Arc::clone(&target);
        async move { answer(307, &[("location", &target)], "") }
    })
    .await;
    let repository = repository(&server).await;
    let content = repository.blob(&descriptor).await.unwrap();
    assert_eq!(content.read_all().await.unwrap(), data);
    let wrong = Descriptor { digest: Digest::of(b"other"), ..descriptor };
    assert!(repository.blob(&wrong).await.unwrap().read_all().await.is_err());
}

#[tokio::test]
async fn names_are_checked_before_they_become_a_path() {
    let server = Server::start(|_| async { answer(200, &[], "") }).await;
    let registry = server.registry(None).await;
    for name in ["", "../x", "A", "a//b", "a?b", "a/../../b"] {
        assert_eq!(registry.repository(name).unwrap_err().kind(), ErrorKind::InvalidRequest);
    }
}
