//! Charts whose images lie beside them, in another archive of the same input.

use testkit::oci_layout;

use super::*;

const HINT: &str = "- \"{{ .image.repository }}:{{ .image.tag }}\"\n";
const VALUES: &str = "image:\n  repository: quay.io/t/w\n  tag: v1\n";

fn web(arch: Arch) -> Image {
    image("quay.io/t/w:v1", arch, arch.as_str())
}

fn with_hints() -> ChartFiles {
    chart("1.0.0", VALUES).with(".relok8s-images.yaml", HINT)
}

/// Another module with all of its own, and perhaps more.
fn other_bundle(more: &[Image]) -> Vec<u8> {
    let files = ChartFiles::new([
        ("Chart.yaml".to_owned(), b"apiVersion: v2\nname: other\nversion: 2.0.0\n".to_vec()),
        ("values.yaml".to_owned(), b"other:\n  repository: quay.io/t/o\n  tag: v2\n".to_vec()),
    ]);
    let mut images = vec![image("quay.io/t/o:v2", Arch::Amd64, "o")];
    images.extend_from_slice(more);
    bundle("- \"{{ .other.repository }}:{{ .other.tag }}\"\n", files, &images)
}

fn layout(images: &[Image]) -> Vec<u8> {
    let mut tar = testkit::ustar::TarWriter::in_memory();
    for (path, content) in oci_layout(images) {
        tar.add(&path, &content);
    }
    tar.into_bytes()
}

/// The value that the chart `demo` has been given.
fn repository_of(material: &Material) -> Option<&str> {
    let demo = material.charts.iter().find(|chart| chart.chart.name() == "demo").unwrap();
    demo.edits.first().map(|edit| edit.after.as_str())
}

#[test]
fn the_images_of_a_chart_archive_are_found_in_the_bundle_beside_it() {
    for chart in [with_hints(), chart("1.0.0", VALUES)] {
        let case = Case::new()
            .with("demo-1.0.0.tgz", &chart.tgz("demo"))
            .with("other_2.0.0.bundle.tar", &other_bundle(&[web(Arch::Amd64)]));
        let material = case.read().unwrap();
        assert_eq!(targets(&material), ["r.example/t/o:v2", "r.example/t/w:v1"]);
        assert_eq!(repository_of(&material), Some("r.example/t/w"));
        // The image is none that nothing names.
        assert_eq!(at_least(Severity::Info, &material.notes), []);
    }
}

#[test]
fn a_directory_is_one_input() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("dce5")).unwrap();
    let bytes = with_hints().tgz("demo");
    std::fs::write(directory.path().join("dce5/demo-1.0.0.tgz"), bytes).unwrap();
    let bytes = other_bundle(&[web(Arch::Amd64)]);
    std::fs::write(directory.path().join("other.bundle.tar"), bytes).unwrap();
    let mut case = Case::new();
    case.options.packages.push(directory.path().to_owned());
    assert_eq!(targets(&case.read().unwrap()), ["r.example/t/o:v2", "r.example/t/w:v1"]);
    assert_eq!(at_least(Severity::Info, &case.verify()), []);
}

#[test]
fn images_without_a_chart_are_those_of_the_chart_beside_them() {
    for bytes in [layout(&[web(Arch::Amd64)]), images_tar(&[web(Arch::Amd64)])] {
        let case =
            Case::new().with("demo.tgz", &with_hints().tgz("demo")).with("images.tar", &bytes);
        let material = case.read().unwrap();
        assert_eq!(targets(&material), ["r.example/t/w:v1"]);
        assert_eq!(repository_of(&material), Some("r.example/t/w"));
        // Also where only this chart is meant; then its images are no strangers.
        let material = case.select(filter(&[], false)).read().unwrap();
        assert_eq!(targets(&material), ["r.example/t/w:v1"]);
        assert_eq!(at_least(Severity::Warning, &material.notes), []);
    }
}

#[test]
fn platforms_from_several_archives_are_one_image() {
    let case = Case::new()
        .with("demo.tgz", &with_hints().tgz("demo"))
        .with("amd64.tar", &images_tar(&[web(Arch::Amd64)]))
        .with("arm64.tar", &images_tar(&[web(Arch::Arm64)]));
    let material = case.read().unwrap();
    assert_eq!(targets(&material), ["r.example/t/w:v1"]);
    assert_eq!(material.images[0].wanted.manifests.len(), 2);
}

#[test]
fn the_own_image_wins_over_one_of_that_name_elsewhere() {
    let own = image("quay.io/t/w:v1", Arch::Amd64, "own");
    let case = Case::new()
        .with("a.tar", &other_bundle(&[web(Arch::Amd64)]))
        .with("b.tar", &bundle(HINT, chart("1.0.0", VALUES), std::slice::from_ref(&own)));
    let material = case.read().unwrap();
    let demo = material.images.iter().find(|image| image.target.name() == "w").unwrap();
    assert_eq!(demo.wanted.manifests[0].manifest.config.digest, own.config_digest());
}

#[test]
fn what_is_nowhere_is_missing() {
    let missing = |kind| vec![(kind, "quay.io/t/w:v1".to_owned())];
    let case = || Case::new().with("demo.tgz", &with_hints().tgz("demo"));
    assert_eq!(errors(case().read()), missing(ProblemKind::ImagesAbsent));
    let beside = case().with("other.tar", &other_bundle(&[]));
    assert_eq!(errors(beside.read()), missing(ProblemKind::ImagesAbsent));
}
