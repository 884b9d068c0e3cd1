//! A customer's site: a registry, a directory for charts, a package, and `ferry`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use oci::Digest;
use serde_json::Value;
use testkit::registry::{Registry, RegistryKind, RegistryOptions};
use testkit::{
    Arch, Bundle, ChartFiles, Image, Kairship, Layer, LayerFile, Output, TestEnv, Version,
};

/// Where images go below the registry: the runbook's own path.
pub(crate) const PATH: &str = "release.daocloud.io/kairship";

/// `ferry` alone, with a home of its own.
pub(crate) fn environment() -> TestEnv {
    TestEnv::new(env!("CARGO_BIN_EXE_ferry")).limit(Duration::from_mins(2))
}

/// A registry, and `ferry` beside it.
pub(crate) struct Site {
    pub(crate) env: TestEnv,
    pub(crate) registry: Registry,
}

impl Site {
    /// With an open registry; `None` when it cannot be had.
    pub(crate) fn new(kind: RegistryKind) -> Option<Self> {
        Some(Self { env: environment(), registry: RegistryOptions::new(kind).start_or_skip()? })
    }

    /// `ferry sync PACKAGE` to the registry and to `charts/`, with more arguments.
    pub(crate) fn sync(&self, package: &Path, more: &[&str]) -> Output {
        sync_to(&self.env, &self.registry.host(), package, more)
    }

    /// What is behind a tag: media type, digest, document. `None` for 404.
    pub(crate) fn manifest(&self, repository: &str, identifier: &str) -> Option<Found> {
        get_manifest(&self.registry.host(), repository, identifier)
    }

    /// Every tag of every repository, with its digest: the registry's state.
    pub(crate) fn state(&self) -> Vec<(String, String)> {
        let host = self.registry.host();
        let repositories = get_json(&host, "/v2/_catalog?n=1000")["repositories"].clone();
        let mut state = Vec::new();
        for repository in repositories.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let tags = get_json(&host, &format!("/v2/{repository}/tags/list"));
            for tag in tags["tags"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                let found = self.manifest(repository, tag).expect("a listed tag is there");
                state.push((format!("{repository}:{tag}"), found.digest.to_string()));
            }
        }
        state.sort();
        state
    }

    /// Whether a blob is there, whole and right.
    pub(crate) fn has_blob(&self, repository: &str, digest: &str) -> bool {
        let answer =
            request(&self.registry.host(), "GET", &format!("/v2/{repository}/blobs/{digest}"));
        answer.status == 200 && Digest::of(&answer.body).as_str() == digest
    }

    /// That every image of the package is behind its new tag with every blob, and that it is the vendor's.
    pub(crate) fn assert_has(&self, package: &Kairship) {
        for image in package.images() {
            let repository = format!("{PATH}/{}", image.short_name());
            let tag = image.reference.rsplit(':').next().expect("a tag");
            let found = self
                .manifest(&repository, tag)
                .unwrap_or_else(|| panic!("{repository}:{tag} is not there"));
            let manifest = match found.document["manifests"].as_array() {
                None => found.document,
                Some(children) => {
                    let ours = children
                        .iter()
                        .find(|child| child["platform"]["architecture"] == image.arch.as_str());
                    let digest = ours.expect("the platform is in the index")["digest"]
                        .as_str()
                        .expect("a digest");
                    self.manifest(&repository, digest).expect("the child is there").document
                }
            };
            assert_eq!(
                manifest["config"]["digest"],
                image.config_digest().as_str(),
                "{repository}"
            );
            let layers: Vec<&str> = manifest["layers"]
                .as_array()
                .expect("layers")
                .iter()
                .filter_map(|layer| layer["digest"].as_str())
                .collect();
            assert_eq!(
                layers,
                image.layer_digests().iter().map(Digest::as_str).collect::<Vec<_>>(),
                "{repository}"
            );
            for digest in layers.into_iter().chain(manifest["config"]["digest"].as_str()) {
                assert!(self.has_blob(&repository, digest), "{repository} {digest}");
            }
        }
    }
}

/// `ferry sync PACKAGE` to any registry and to `charts/`.
pub(crate) fn sync_to(env: &TestEnv, host: &str, package: &Path, more: &[&str]) -> Output {
    let mut command = env.command();
    command.arg("sync").arg(package);
    command.args(["--to-registry", &format!("{host}/{PATH}"), "--output", "json"]);
    if !more.contains(&"--to-repo") {
        command.args(["--to-repo", "charts"]);
    }
    command.args(more);
    env.run_command(command)
}

/// The amd64 package of 0.21.0, written into the environment.
pub(crate) fn kairship(env: &TestEnv) -> (Kairship, PathBuf) {
    let package = Kairship::new(Version::V0_21_0, Arch::Amd64);
    let path = package.write_package(&env.work());
    (package, path)
}

/// A bundle of one chart, version 1.0.0, whose value `image` is a whole reference, with that image and more.
pub(crate) fn small_bundle(env: &TestEnv, chart: &str, references: &[&str]) -> PathBuf {
    let text = |text: String| text.into_bytes();
    let values: Vec<String> =
        references.iter().enumerate().map(|(at, name)| format!("image{at}: {name}\n")).collect();
    let hints: Vec<String> =
        (0..references.len()).map(|at| format!("- \"{{{{ .image{at} }}}}\"\n")).collect();
    let metadata = format!("apiVersion: v2\nname: {chart}\nversion: 1.0.0\n");
    let chart_files = ChartFiles::new([
        ("Chart.yaml".to_owned(), text(metadata)),
        ("values.yaml".to_owned(), text(values.concat())),
    ]);
    let image = |name: &&str| {
        let file = LayerFile { path: "content", mode: 0o644, content: name.as_bytes().to_vec() };
        Image::new(name, Arch::Amd64, vec![Layer::of_files(&[file])])
    };
    let images: Vec<Image> = references.iter().map(image).collect();
    let hints = text(hints.concat());
    let bundle = Bundle { hints, chart: chart_files, images: Some(testkit::images_tar(&images)) };
    env.write(format!("{chart}.bundle.tar"), bundle.to_bytes())
}

/// The report on stdout.
pub(crate) fn report(output: &Output) -> Value {
    serde_json::from_str(output.stdout()).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// A manifest as a registry hands it out.
pub(crate) struct Found {
    pub(crate) digest: Digest,
    pub(crate) document: Value,
}

pub(crate) fn get_manifest(host: &str, repository: &str, identifier: &str) -> Option<Found> {
    let answer = request(host, "GET", &format!("/v2/{repository}/manifests/{identifier}"));
    if answer.status == 404 {
        return None;
    }
    assert_eq!(answer.status, 200, "{repository} {identifier}");
    let document = serde_json::from_slice(&answer.body).expect("a manifest is JSON");
    Some(Found { digest: Digest::of(&answer.body), document })
}

fn get_json(host: &str, path: &str) -> Value {
    serde_json::from_slice(&request(host, "GET", path).body).expect("JSON")
}

/// An answer with its body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// One HTTP request to loopback, by hand: the judge shares no code with what it judges.
pub(crate) fn request(host: &str, method: &str, path: &str) -> Answer {
    let accept = oci::media_type::ALL_MANIFESTS.join(", ");
    exchange(host, &format!("{method} {path}"), &format!("Accept: {accept}\r\n"), b"")
}

/// Puts a manifest as another tool would.
pub(crate) fn put_manifest(host: &str, repository: &str, tag: &str, document: &Value) -> Digest {
    let body = serde_json::to_vec(document).expect("a value is JSON");
    let kind = document["mediaType"].as_str().expect("it says what it is");
    let headers = format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
    let line = format!("PUT /v2/{repository}/manifests/{tag}");
    assert_eq!(exchange(host, &line, &headers, &body).status, 201, "{line}");
    Digest::of(&body)
}

fn exchange(host: &str, line: &str, headers: &str, body: &[u8]) -> Answer {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(host).expect("the server is up");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a positive time");
    let head = format!("{line} HTTP/1.0\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("the server reads");
    stream.write_all(body).expect("the server reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server answers");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let status = std::str::from_utf8(&answer[9..12]).expect("a status").parse().expect("a number");
    Answer { status, body: answer.split_off(end) }
}
