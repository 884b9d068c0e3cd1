//! Bundles and images without a chart.

use testkit::oci_layout;

use super::*;

const HINT: &str = "- \"{{ .image.repository }}:{{ .image.tag }}\"\n";
const VALUES: &str = "image:\n  repository: quay.io/t/w # 镜像\n  tag: v1\n";
const OTHER: &str = "other:\n  repository: ghcr.io/t/w\n  tag: v1\n";
const OTHER_HINT: &str = "- \"{{ .other.repository }}:{{ .other.tag }}\"\n";

fn web(content: &str) -> Image {
    image("quay.io/t/w:v1", Arch::Amd64, content)
}

fn demo(version: &str) -> Vec<u8> {
    bundle(HINT, chart(version, VALUES), &[web("a")])
}

/// Rules that leave only the last component of a path.
fn flat() -> RelocationRules {
    RelocationRules {
        registry: Some("r.example".into()),
        repository: Some("p".into()),
        ..Default::default()
    }
}

#[test]
fn an_image_that_is_missing_is_named_once_for_each_hint() {
    let values = format!("{VALUES}{OTHER}bad: {{}}\n");
    let hints = format!("{HINT}{OTHER_HINT}- \"{{{{ .bad.image }}}}\"\n");
    let case = Case::new().with("a.tar", &bundle(&hints, chart("1.0.0", &values), &[web("a")]));
    // `verify` tells both, and the broken hint hides neither of the others.
    assert_eq!(
        at_least(Severity::Warning, &case.verify()),
        [
            (ProblemKind::ImageMissing, "ghcr.io/t/w:v1"),
            (ProblemKind::HintUnrenderable, "a.tar › hints.yaml:3"),
        ]
    );
    let hints = format!("{HINT}{OTHER_HINT}");
    let case = Case::new().with("a.tar", &bundle(&hints, chart("1.0.0", &values), &[web("a")]));
    let missing = (ProblemKind::ImageMissing, "ghcr.io/t/w:v1".to_owned());
    assert_eq!(errors(case.read()), [missing]);
}

#[test]
fn two_images_may_share_a_target_only_with_the_same_content() {
    let package = |second: &str| {
        let images = [web("a"), image("ghcr.io/t/w:v1", Arch::Amd64, second)];
        let values = format!("{VALUES}{OTHER}");
        let bytes = bundle(&format!("{HINT}{OTHER_HINT}"), chart("1.0.0", &values), &images);
        Case::new().with("a.tar", &bytes).rules(flat())
    };
    let collision = (ProblemKind::Collision, "r.example/p/w:v1".to_owned());
    assert_eq!(errors(package("b").read()), [collision]);
    let material = package("a").read().unwrap();
    assert_eq!(targets(&material), ["r.example/p/w:v1"]);
    assert_eq!(material.images[0].wanted.manifests.len(), 1);
}

#[test]
fn a_chart_that_comes_twice_is_published_once_or_not_at_all() {
    let case = Case::new().with("a.tar", &demo("1.0.0")).with("b.tar", &demo("1.0.0"));
    let material = case.read().unwrap();
    assert_eq!((versions(&material), material.images.len()), (vec!["1.0.0"], 1));
    let other = bundle(HINT, chart("1.0.0", &format!("{VALUES}# other\n")), &[web("a")]);
    let case = Case::new().with("a.tar", &demo("1.0.0")).with("b.tar", &other);
    assert_eq!(errors(case.read()), [(ProblemKind::Collision, "demo 1.0.0".to_owned())]);
}

#[test]
fn packages_for_two_platforms_become_one_image() {
    let arm = bundle(HINT, chart("1.0.0", VALUES), &[image("quay.io/t/w:v1", Arch::Arm64, "b")]);
    let case = Case::new().with("a.tar", &demo("1.0.0")).with("b.tar", &arm);
    let material = case.read().unwrap();
    assert_eq!(targets(&material), ["r.example/t/w:v1"]);
    assert_eq!(material.images[0].wanted.manifests.len(), 2);
}

#[test]
fn versions_are_chosen_by_name_or_by_being_the_latest() {
    let all = || {
        let versions = ["0.9.0", "0.10.0", "0.10.0-rc.1"];
        versions.iter().fold(Case::new(), |case, version| case.with(version, &demo(version)))
    };
    assert_eq!(versions(&all().read().unwrap()), ["0.10.0", "0.10.0-rc.1", "0.9.0"]);
    let material = all().select(filter(&["0.9.0"], false)).read().unwrap();
    assert_eq!(versions(&material), ["0.9.0"]);
    assert_eq!(
        errors(all().select(filter(&["0.9.0", "7.0.0"], false)).read()),
        [(ProblemKind::NothingFound, "demo 7.0.0".to_owned())]
    );
    let latest = Selection { latest_only: true, ..Selection::default() };
    assert_eq!(versions(&all().select(latest).read().unwrap()), ["0.10.0"]);
    let none = Selection { skip_charts: vec!["demo".into()], ..Selection::default() };
    let errors = errors(all().select(none).read());
    assert_eq!(
        errors.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(),
        [ProblemKind::NothingFound]
    );
}

#[test]
fn a_chart_without_its_images_is_relocated_all_the_same() {
    let bytes = bundle(HINT, chart("1.0.0", VALUES), &[]);
    let material = Case::new().with("a.tar", &bytes).select(filter(&[], true)).read().unwrap();
    assert!(material.images.is_empty());
    let edits = &material.charts[0].edits;
    assert_eq!((edits.len(), edits[0].after.as_str()), (1, "r.example/t/w"));
    // For another chart nothing is skipped.
    let mut selection = filter(&[], true);
    selection.charts[0].name = "else".into();
    selection.charts.push(ChartFilter {
        name: "demo".into(),
        versions: Vec::new(),
        skip_images: false,
    });
    let case = Case::new().with("a.tar", &bytes).select(selection);
    let kinds: Vec<_> = errors(case.read()).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [ProblemKind::NothingFound, ProblemKind::ImageMissing]);
}

#[test]
fn two_images_are_never_platforms_of_one() {
    let values =
        "a:\n  repository: docker.io/p/w\n  tag: v1\nb:\n  repository: quay.io/q/w\n  tag: v1\n";
    let hints = "- \"{{ .a.repository }}:{{ .a.tag }}\"\n- \"{{ .b.repository }}:{{ .b.tag }}\"\n";
    let images =
        [image("docker.io/p/w:v1", Arch::Amd64, "a"), image("quay.io/q/w:v1", Arch::Arm64, "b")];
    let case =
        Case::new().rules(flat()).with("a.tar", &bundle(hints, chart("1.0.0", values), &images));
    let kinds: Vec<_> = errors(case.read()).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [ProblemKind::Collision]);
}

#[test]
fn images_alone_keep_their_paths() {
    let mut tar = testkit::ustar::TarWriter::in_memory();
    for (path, content) in oci_layout(&[web("a"), image("redis:7", Arch::Amd64, "r")]) {
        tar.add(&path, &content);
    }
    let case = Case::new().with("layout.tar", &tar.into_bytes());
    let expected = ["r.example/library/redis:7", "r.example/t/w:v1"];
    assert_eq!(targets(&case.read().unwrap()), expected);
    // With charts asked for by name, images without a chart are not meant.
    assert_eq!(errors(case.select(filter(&[], false)).read())[0].0, ProblemKind::NothingFound);
    let case = Case::new().with("images.tar", &images_tar(&[web("a")]));
    assert_eq!(targets(&case.read().unwrap()), ["r.example/t/w:v1"]);
}

#[test]
fn images_for_another_platform_are_told() {
    let case = Case::new().with("a.tar", &demo("1.0.0")).platform("linux/amd64");
    assert_eq!(targets(&case.read().unwrap()).len(), 1);
    let case = Case::new().with("a.tar", &demo("1.0.0")).platform("linux/arm64");
    let mismatch = (ProblemKind::PlatformMismatch, "quay.io/t/w:v1".to_owned());
    assert_eq!(errors(case.read()), [mismatch]);
}

#[test]
fn without_hints_the_values_are_searched() {
    let values = format!("{VALUES}git: {{repository: t/w, tag: v1}}\n");
    let images = [web("a"), image("ghcr.io/t/unnamed:v2", Arch::Amd64, "u")];
    let case = Case::new().with("a.tar", &bundle("---\n", chart("1.0.0", &values), &images));
    let material = case.read().unwrap();
    assert_eq!(targets(&material), ["r.example/t/unnamed:v2", "r.example/t/w:v1"]);
    let edits = &material.charts[0].edits;
    assert_eq!((edits.len(), edits[0].path.as_str()), (1, "image.repository"));
    let unnamed = [(ProblemKind::HintsAbsent, "ghcr.io/t/unnamed:v2")];
    assert_eq!(at_least(Severity::Warning, &material.notes), unnamed);
    assert_eq!(at_least(Severity::Warning, &case.verify()), unnamed);
}

#[test]
fn with_hints_images_that_none_names_are_not_pushed() {
    let images = [web("a"), image("ghcr.io/t/unnamed:v2", Arch::Amd64, "u")];
    let case = Case::new().with("a.tar", &bundle(HINT, chart("1.0.0", VALUES), &images));
    let material = case.read().unwrap();
    assert_eq!(targets(&material), ["r.example/t/w:v1"]);
    let notes = at_least(Severity::Info, &material.notes);
    assert_eq!(notes, [(ProblemKind::ImageUnreferenced, "ghcr.io/t/unnamed:v2")]);
}

#[test]
fn no_rules_are_told_once() {
    let case = Case::new().with("a.tar", &demo("1.0.0")).rules(RelocationRules::default());
    let missing = errors(case.read());
    assert_eq!(missing, [(ProblemKind::NoRelocationRule, "a.tar".to_owned())]);
}
