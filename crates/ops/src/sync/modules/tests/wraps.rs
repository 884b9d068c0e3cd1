//! `dt` wraps.

use testkit::dt_wrap;
use testkit::ustar::TarWriter;

use super::*;

const VALUES: &str =
    "# 配置\nimage:\n  registry: docker.io\n  repository: bitnami/redis\n  tag: \"7\"\n";
const REDIS: &str = "docker.io/bitnami/redis:7";

fn redis(arch: Arch) -> Image {
    image(REDIS, arch, arch.as_str())
}

fn wrap(values: &str, images: &[Image]) -> Vec<u8> {
    dt_wrap("demo", "1.0.0", &chart("1.0.0", values), images)
}

/// A wrap by its parts. Of each image the path below `images/`, and whether it is a layout or an old archive.
struct Parts {
    tar: TarWriter<Vec<u8>>,
}

impl Parts {
    fn new(lock: &str) -> Self {
        let mut parts = Self { tar: TarWriter::in_memory() };
        for (path, content) in chart("1.0.0", VALUES).with("Images.lock", lock).iter() {
            parts.tar.add(&format!("demo-1.0.0/chart/{path}"), content);
        }
        parts
    }

    /// A layout that does not tell names, as `dt` writes them.
    fn layout(mut self, image: &Image) -> Self {
        let digest = manifest_digest(image);
        for (path, content) in testkit::oci_layout(std::slice::from_ref(image)) {
            let text = String::from_utf8_lossy(&content).into_owned();
            let content = match path.as_str() {
                "index.json" => {
                    text.replace("org.opencontainers.image.ref.name", "x.other").into_bytes()
                }
                _ => content,
            };
            self.tar.add(&format!("demo-1.0.0/images/{}.layout/{path}", digest.hex()), &content);
        }
        self
    }

    fn old_archive(mut self, image: &Image) -> Self {
        let name = format!("demo-1.0.0/images/{}.tar", manifest_digest(image).hex());
        let nameless = Image { reference: "x.example/other:1".into(), ..image.clone() };
        self.tar.add(&name, &images_tar(&[nameless]));
        self
    }

    fn done(self) -> Vec<u8> {
        testkit::gzip(&self.tar.into_bytes())
    }
}

fn lock(entries: &[(&str, &[&Image])]) -> String {
    use std::fmt::Write as _;
    let mut lock = "apiVersion: v0\nkind: ImagesLock\nimages:\n".to_owned();
    for (reference, images) in entries {
        writeln!(lock, "- name: x\n  chart: demo\n  image: {reference}\n  digests:").unwrap();
        for image in *images {
            let (digest, arch) = (manifest_digest(image), image.arch.as_str());
            writeln!(lock, "  - digest: {digest}\n    arch: linux/{arch}").unwrap();
        }
    }
    lock
}

#[test]
fn the_platforms_of_a_wrap_are_one_image_with_their_own_digests() {
    let (amd64, arm64) = (redis(Arch::Amd64), redis(Arch::Arm64));
    let lock = lock(&[(REDIS, &[&amd64, &arm64])]);
    let nameless = Parts::new(&lock).layout(&amd64).layout(&arm64).done();
    for bytes in [wrap(VALUES, &[amd64.clone(), arm64.clone()]), nameless] {
        let case = Case::new().with("demo-1.0.0.wrap.tgz", &bytes);
        let material = case.read().unwrap();
        assert_eq!(targets(&material), ["r.example/bitnami/redis:7"]);
        let wanted = &material.images[0].wanted;
        let digests: Vec<Digest> =
            wanted.manifests.iter().map(|built| built.descriptor.digest.clone()).collect();
        assert_eq!(digests, [manifest_digest(&amd64), manifest_digest(&arm64)]);
        let Some(oci::Artifact::Index { index, .. }) = &wanted.index else { panic!("no index") };
        assert_eq!(index.manifests.len(), 2);
        assert_eq!(at_least(Severity::Warning, &material.notes), []);
        assert_eq!(at_least(Severity::Warning, &case.verify()), []);

        let only = case.platform("linux/arm64").read().unwrap();
        let wanted = &only.images[0].wanted;
        assert_eq!(wanted.manifests[0].descriptor.digest, manifest_digest(&arm64));
        assert!(wanted.manifests.len() == 1 && wanted.index.is_none());
    }
}

#[test]
fn the_chart_of_a_wrap_is_relocated_and_keeps_its_lock() {
    let case = Case::new().with("a.tgz", &wrap(VALUES, &[redis(Arch::Amd64)]));
    let material = case.read().unwrap();
    let chart = helm::Chart::from_archive(material.charts[0].chart.archive()).unwrap();
    let values = VALUES.replace("docker.io", "r.example");
    assert_eq!(chart.file("values.yaml").unwrap(), values.as_bytes());
    let opened = block_on(open_package(case.first())).unwrap();
    let lock = opened.contents[0].bundle.images_lock.clone().unwrap();
    assert_eq!(chart.file("Images.lock").unwrap(), &lock);
}

#[test]
fn a_wrap_is_inspected_under_its_names() {
    let (amd64, arm64) = (redis(Arch::Amd64), redis(Arch::Arm64));
    let bytes = Parts::new(&lock(&[("bitnami/redis:7", &[&amd64, &arm64])]));
    let case = Case::new().with("a.tgz", &bytes.layout(&amd64).layout(&arm64).done());
    let report = block_on(crate::inspect(case.first())).unwrap();
    let images = &report.bundles[0].images;
    assert_eq!(images.len(), 2);
    for image in images {
        assert_eq!(image.names, [REDIS]);
    }
}

#[test]
fn a_digest_that_the_wrap_lacks_is_told_unless_nobody_wants_it() {
    let (amd64, arm64) = (redis(Arch::Amd64), redis(Arch::Arm64));
    let bytes = Parts::new(&lock(&[(REDIS, &[&amd64, &arm64])])).layout(&amd64).done();
    let case = || Case::new().with("a.tgz", &bytes);
    let missing = (ProblemKind::ImageMissing, REDIS);
    assert_eq!(errors(case().read()), [(missing.0, missing.1.to_owned())]);
    assert_eq!(at_least(Severity::Error, &case().verify()), [missing]);
    let material = case().platform("linux/amd64").read().unwrap();
    assert_eq!(at_least(Severity::Warning, &material.notes), [missing]);
    assert_eq!(targets(&material).len(), 1);
    let material = case().select(filter(&[], true)).read().unwrap();
    assert_eq!((material.images.len(), material.charts[0].edits.len()), (0, 1));
}

#[test]
fn a_wrap_without_images_is_a_chart() {
    let bytes = Parts::new(&lock(&[(REDIS, &[&redis(Arch::Amd64)])])).done();
    let case = || Case::new().with("a.tgz", &bytes);
    assert_eq!(errors(case().read()), [(ProblemKind::ImagesAbsent, "a.tgz › demo-1.0.0".into())]);
    let material = case().select(filter(&[], true)).read().unwrap();
    assert_eq!(material.charts[0].edits.len(), 1, "the lock says what the chart names");
}

#[test]
fn an_image_that_the_lock_does_not_list_is_told() {
    let stray = image("quay.io/t/stray:1", Arch::Amd64, "s");
    let amd64 = redis(Arch::Amd64);
    let bytes = Parts::new(&lock(&[(REDIS, &[&amd64])])).layout(&amd64).layout(&stray).done();
    let case = Case::new().with("a.tgz", &bytes);
    let found = errors(case.read());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, ProblemKind::LockInvalid);
    assert!(found[0].1.contains(manifest_digest(&stray).hex()), "{found:?}");
    assert_eq!(at_least(Severity::Error, &case.verify()).len(), 1);
}

#[test]
fn a_lock_that_cannot_be_read_is_told_with_its_lines() {
    let bytes =
        Parts::new("apiVersion: v9\nkind: ImagesLock\nimages: 5\n").layout(&redis(Arch::Amd64));
    let case = Case::new().with("a.tgz", &bytes.done());
    let lines =
        ["a.tgz › demo-1.0.0/chart/Images.lock:1", "a.tgz › demo-1.0.0/chart/Images.lock:3"];
    let expected = lines.map(|line| (ProblemKind::LockInvalid, line));
    assert_eq!(at_least(Severity::Error, &case.verify()), expected);
    assert_eq!(errors(case.read())[..2], expected.map(|(kind, line)| (kind, line.to_owned())));
    // Who does without images does without the lock.
    assert_eq!(case.select(filter(&[], true)).read().unwrap().charts.len(), 1);
}

#[test]
fn two_images_for_one_platform_are_told() {
    let (one, two) = (image(REDIS, Arch::Amd64, "1"), image(REDIS, Arch::Amd64, "2"));
    let bytes = Parts::new(&lock(&[(REDIS, &[&one, &two])])).layout(&one).layout(&two).done();
    let found = errors(Case::new().with("a.tgz", &bytes).read());
    assert!(found.contains(&(ProblemKind::LockInvalid, REDIS.into())), "{found:?}");
}

#[test]
fn archives_of_old_wraps_are_known_by_their_file_names() {
    let amd64 = redis(Arch::Amd64);
    let bytes = Parts::new(&lock(&[(REDIS, &[&amd64])])).old_archive(&amd64).done();
    let material = Case::new().with("a.tgz", &bytes).read().unwrap();
    assert_eq!(targets(&material), ["r.example/bitnami/redis:7"]);
}

#[test]
fn a_pinned_image_is_what_its_digest_says_or_missing() {
    let (amd64, arm64) = (redis(Arch::Amd64), redis(Arch::Arm64));
    let values = |digest: &Digest| {
        format!("image:\n  repository: docker.io/bitnami/redis\n  tag: '7'\n  digest: {digest}\n")
    };
    let images = [amd64.clone(), arm64.clone()];
    let hint = "- \"{{ .image.repository }}:{{ .image.tag }}@{{ .image.digest }}\"\n";
    let with_hint = |values: &str| {
        let chart = chart("1.0.0", values).with(".relok8s-images.yaml", hint);
        Case::new().with("a.tgz", &dt_wrap("demo", "1.0.0", &chart, &images))
    };
    // The platform that is meant is behind the tag, together with the other one.
    let pinned = with_hint(&values(&manifest_digest(&amd64))).read().unwrap();
    let target = format!("r.example/bitnami/redis:7@{}", manifest_digest(&amd64));
    assert_eq!(targets(&pinned), [target]);
    assert_eq!(pinned.images[0].wanted.manifests.len(), 2);

    // A digest alone is that platform alone.
    let values_alone = format!("image: docker.io/bitnami/redis@{}\n", manifest_digest(&arm64));
    let alone = Case::new().with("a.tgz", &wrap(&values_alone, &images)).read().unwrap();
    let manifests = &alone.images[0].wanted.manifests;
    assert_eq!(manifests.len(), 1);
    assert_eq!(manifests[0].descriptor.digest, manifest_digest(&arm64));

    // Nobody has the content of another digest.
    let other = values(&Digest::of(b"other"));
    assert_eq!(errors(with_hint(&other).read())[0].0, ProblemKind::ImageMissing);
    // Without a hint such a value is none of the images: it is pushed under its name, and told.
    let unnamed = Case::new().with("a.tgz", &wrap(&other, &images)).read().unwrap();
    assert!(unnamed.charts[0].edits.is_empty());
    assert_eq!(at_least(Severity::Warning, &unnamed.notes), [(ProblemKind::HintsAbsent, REDIS)]);
    // A lock that names an image by a digest nobody has.
    let name = format!("docker.io/bitnami/redis@{}", Digest::of(b"other"));
    let bytes = Parts::new(&lock(&[(&name, &[&amd64])])).layout(&amd64).done();
    assert_eq!(
        errors(Case::new().with("a.tgz", &bytes).read()),
        [(ProblemKind::DigestUnavailable, name)]
    );
}
