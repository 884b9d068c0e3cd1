use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use bytes::Bytes;
use oci::{CHUNK_SIZE, Content, Descriptor, Digest, Source, SourceError, media_type};
use registry_server::{
    ChartEntry, ChartListing, ChartRecord, ContentStore, ContentStoreError, ManifestListing,
    Project, RepositoryListing, Server, ServerOptions, serve,
};

use tokio::net::TcpStream;

use crate::fixture::{Request, Response, exchange_bytes, listen, manifest};

/// Content read from memory as from a file, with bytes that may be wrong.
struct Package(BTreeMap<Digest, Vec<u8>>);

impl Source for Package {
    fn fetch(&self, descriptor: &Descriptor) -> Result<Content, SourceError> {
        let bytes = self
            .0
            .get(&descriptor.digest)
            .ok_or_else(|| SourceError::NotFound(descriptor.digest.clone()))?;
        Ok(Content::from_reader(descriptor, Cursor::new(bytes.clone())))
    }
}

const CONFIG: &[u8] = b"{}";

fn layer() -> Vec<u8> {
    (0..5 * CHUNK_SIZE + 7777).map(|i| u8::try_from(i * 3 % 251).unwrap()).collect()
}

fn listing(tag: &str, digest: Digest, raw: Vec<u8>) -> RepositoryListing {
    RepositoryListing {
        name: "a/b".into(),
        tags: [(tag.parse().unwrap(), digest)].into(),
        manifests: vec![ManifestListing {
            media_type: media_type::OCI_MANIFEST.into(),
            raw: raw.into(),
        }],
        blobs: Vec::new(),
        aliases: vec!["b".into()],
    }
}

fn chart_listing(archive: &[u8]) -> ChartListing {
    let entry = ChartEntry {
        name: "c".into(),
        version: "1.0.0".into(),
        app_version: None,
        description: None,
        api_version: "v2".into(),
        metadata: serde_json::Value::Null,
    };
    let archive = Descriptor::of(media_type::HELM_CHART, archive);
    let record =
        ChartRecord { entry, archive, provenance: None, created: "2026-01-02T03:04:05Z".into() };
    ChartListing { project: Project::root(), record }
}

async fn start(damage: impl FnOnce(&mut Vec<u8>)) -> Server {
    let (layer, raw) = (layer(), manifest(CONFIG, &[&layer()]));
    let mut stored = layer.clone();
    damage(&mut stored);
    let package = Package(BTreeMap::from([
        (Digest::of(CONFIG), CONFIG.to_vec()),
        (Digest::of(&layer), stored),
        (Digest::of(b"chart"), b"chart".to_vec()),
    ]));
    let repositories = vec![listing("v1", Digest::of(&raw), raw)];
    let store =
        ContentStore::new(Arc::new(package), repositories, vec![chart_listing(b"chart")]).unwrap();
    serve(listen().await, Arc::new(store), ServerOptions::default()).await.unwrap()
}

async fn get(server: &Server, path: &str, range: &str) -> Response {
    Request::new("GET", path).header("Range", range).send(server.local_addr()).await
}

#[tokio::test]
async fn a_package_is_served_as_it_is() {
    let server = start(|_| {}).await;
    let layer = layer();
    let reply = get(&server, "/v2/a/b/manifests/v1", "").await;
    assert_eq!(
        (reply.status, Digest::of(&reply.body)),
        (200, Digest::of(&manifest(CONFIG, &[&layer])))
    );
    let path = format!("/v2/a/b/blobs/{}", Digest::of(&layer));
    let whole = get(&server, &path, "").await;
    assert_eq!(
        (whole.status, whole.header("content-length")),
        (200, Some(layer.len().to_string().as_str()))
    );
    assert!(whole.body == layer);
    for (range, start, end) in [
        ("bytes=0-9", 0, 10),
        ("bytes=300000-600000", 300_000, 600_001),
        ("bytes=-70", layer.len() - 70, layer.len()),
    ] {
        let part = get(&server, &path, range).await;
        assert_eq!(part.status, 206, "{range}");
        assert!(part.body == layer[start..end], "{range}");
    }
    assert_eq!(
        get(&server, "/v2/a/b/tags/list", "").await.json()["tags"],
        serde_json::json!(["v1"])
    );
    assert_eq!(
        get(&server, "/v2/_catalog", "").await.json()["repositories"],
        serde_json::json!(["a/b"])
    );
    assert_eq!(get(&server, "/v2/x/tags/list", "").await.code(), "NAME_UNKNOWN");
    assert_eq!(
        get(&server, &format!("/v2/a/b/blobs/{}", Digest::of(b"x")), "").await.code(),
        "BLOB_UNKNOWN"
    );
    assert_eq!(get(&server, "/index.yaml", "").await.json()["entries"]["c"][0]["version"], "1.0.0");
    assert_eq!(get(&server, "/charts/c-1.0.0.tgz", "").await.body, b"chart");
    server.shutdown().await;
}

#[tokio::test]
async fn a_damaged_blob_never_arrives_whole() {
    let server = start(|bytes| bytes[10] ^= 1).await;
    let layer = layer();
    let path = format!("/v2/a/b/blobs/{}", Digest::of(&layer));
    let stream = TcpStream::connect(server.local_addr()).await.unwrap();
    let answer = exchange_bytes(stream, &Request::new("GET", &path).bytes()).await;
    assert!(answer.len() < layer.len(), "the connection is closed before the last bytes");
    assert!(!answer.ends_with(&layer[layer.len() - 70..]));
}

#[tokio::test]
async fn damage_that_shows_at_once_is_told() {
    let server = start(|bytes| bytes.truncate(1000)).await;
    let reply = get(&server, &format!("/v2/a/b/blobs/{}", Digest::of(&layer())), "").await;
    assert_eq!((reply.status, reply.code().as_str()), (500, "UNKNOWN"));
}

#[tokio::test]
async fn nothing_can_be_written() {
    let server = start(|_| {}).await;
    for (method, path) in [
        ("POST", "/v2/a/b/blobs/uploads/"),
        ("PUT", "/v2/a/b/manifests/v1"),
        ("DELETE", "/v2/a/b/manifests/v1"),
        ("POST", "/api/charts"),
    ] {
        let reply = Request::new(method, path).body(b"x").send(server.local_addr()).await;
        assert_eq!(reply.status, 405, "{method} {path}");
        assert!(reply.text().contains("read-only"));
    }
}

#[tokio::test]
async fn listings_that_cannot_be_served_are_refused() {
    let raw = manifest(CONFIG, &[]);
    let digest = Digest::of(&raw);
    let package = || Arc::new(Package(BTreeMap::new()));
    let make = |repositories| ContentStore::new(package(), repositories, Vec::new());
    let good = listing("v1", digest.clone(), raw.clone());
    assert!(make(vec![good.clone()]).is_ok());
    let bad_name = RepositoryListing { name: "../x".into(), ..good.clone() };
    assert!(matches!(make(vec![bad_name]), Err(ContentStoreError::Repository(_))));
    assert!(matches!(make(vec![good.clone(), good]), Err(ContentStoreError::Twice(_))));
    let dangling = listing("v1", Digest::of(b"x"), raw.clone());
    assert!(matches!(make(vec![dangling]), Err(ContentStoreError::Tag { .. })));
    let mut confused = listing("v1", digest, raw);
    confused.manifests[0].raw =
        Bytes::from_static(b"{\"schemaVersion\":2,\"layers\":[],\"manifests\":[]}");
    assert!(matches!(make(vec![confused]), Err(ContentStoreError::Manifest { .. })));
    let mut chart = chart_listing(b"x");
    chart.record.entry.name = "..".into();
    let refused = ContentStore::new(package(), Vec::new(), vec![chart]);
    assert!(matches!(refused, Err(ContentStoreError::Chart(_))));
}
