//! Wraps all the way: into our own registry, and served as they are.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use testkit::dt_wrap;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;

use super::*;
use crate::serve::{ServeOptions, serve};
use crate::{Progress, Scheme};

const PATIENCE: Duration = Duration::from_secs(30);

fn wrap() -> Vec<u8> {
    let values = "image:\n  repository: docker.io/bitnami/redis\n  tag: \"7\"\n";
    dt_wrap("demo", "1.0.0", &chart("1.0.0", values), &images())
}

fn images() -> [Image; 2] {
    [Arch::Amd64, Arch::Arm64].map(|arch| image("bitnami/redis:7", arch, arch.as_str()))
}

/// Does something while a directory or a package is served.
fn while_served<T>(path: &Path, work: impl AsyncFnOnce(SocketAddr) -> T) -> T {
    let options = ServeOptions {
        path: path.to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        credentials: None,
        tls: None,
        read_only: false,
        access_log: None,
    };
    let (ready, address) = oneshot::channel();
    let (done, shutdown) = oneshot::channel::<()>();
    let told = |at: crate::ServedAt| ready.send(at.address).unwrap();
    let server = serve(options, told, async { shutdown.await.unwrap() });
    let client = async {
        let outcome = work(address.await.unwrap()).await;
        done.send(()).unwrap();
        outcome
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let both = async { tokio::join!(server, client) };
    let (ended, outcome) =
        runtime.block_on(async { tokio::time::timeout(PATIENCE, both).await.unwrap() });
    ended.unwrap();
    outcome
}

/// The manifests behind a tag.
async fn index(address: SocketAddr, repository: &str, tag: &str) -> Vec<Digest> {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /v2/{repository}/manifests/{tag} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let index: oci::Index = serde_json::from_str(body).unwrap();
    index.manifests.into_iter().map(|entry| entry.digest).collect()
}

#[test]
fn a_wrap_arrives_with_the_digests_of_its_lock() {
    let mut case = Case::new().with("demo.wrap.tgz", &wrap());
    let store = tempfile::tempdir().unwrap();
    let options = &mut case.options;
    let found = while_served(store.path(), async |address| {
        let host = address.to_string();
        let rules = RelocationRules { registry: Some(host.clone()), ..Default::default() };
        options.relocation = Relocation::new(rules).unwrap();
        options.dry_run = false;
        let registry = options.registry.as_mut().unwrap();
        (registry.host, registry.scheme) = (host, Some(Scheme::Http));
        crate::sync(options.clone(), Progress::silent()).await.unwrap();
        index(address, "bitnami/redis", "7").await
    });
    assert_eq!(found, images().each_ref().map(manifest_digest));
}

#[test]
fn a_wrap_is_served_with_both_platforms_under_its_tag() {
    let case = Case::new().with("demo.wrap.tgz", &wrap());
    let found = while_served(case.first(), async |address| {
        index(address, "docker.io/bitnami/redis", "7").await
    });
    assert_eq!(found, images().each_ref().map(manifest_digest));
}
