//! The tables of what charts-syncer was measured to do with hints and rules.

use super::*;

const THREE: &str = "{{ .image.registry }}/{{ .image.repository }}:{{ .image.tag }}";

fn redis(registry: &str) -> Chart {
    let values =
        format!("image:\n  registry: {registry}\n  repository: bitnami/redis\n  tag: '7'\n");
    chart(&[("values.yaml", &values)])
}

/// Whether the origin is appended; R, r, PR, Pr; registry and repository afterwards; the target.
type Row = (bool, [&'static str; 4], &'static str, &'static str, &'static str);

const MEASURED: [Row; 13] = [
    (false, ["reg.io", "", "", ""], "reg.io", "bitnami/redis", "reg.io/bitnami/redis:7"),
    (false, ["", "proj/sub", "", ""], "docker.io", "proj/sub/redis", "docker.io/proj/sub/redis:7"),
    (false, ["reg.io", "proj/sub", "", ""], "reg.io", "proj/sub/redis", "reg.io/proj/sub/redis:7"),
    (
        false,
        ["", "", "reg.io", ""],
        "reg.io",
        "docker.io/bitnami/redis",
        "reg.io/docker.io/bitnami/redis:7",
    ),
    (
        true,
        ["", "", "reg.io", ""],
        "reg.io/docker.io",
        "bitnami/redis",
        "reg.io/docker.io/bitnami/redis:7",
    ),
    (
        false,
        ["", "", "", "proj"],
        "docker.io",
        "proj/bitnami/redis",
        "docker.io/proj/bitnami/redis:7",
    ),
    (
        false,
        ["reg.io", "", "", "proj"],
        "reg.io",
        "proj/bitnami/redis",
        "reg.io/proj/bitnami/redis:7",
    ),
    (
        true,
        ["reg.io", "", "", "proj"],
        "reg.io",
        "proj/bitnami/redis",
        "reg.io/proj/bitnami/redis:7",
    ),
    (
        false,
        ["", "", "reg.io", "proj"],
        "reg.io",
        "docker.io/proj/bitnami/redis",
        "reg.io/docker.io/proj/bitnami/redis:7",
    ),
    (
        true,
        ["", "", "reg.io", "proj"],
        "reg.io/docker.io",
        "bitnami/redis",
        "reg.io/docker.io/bitnami/redis:7",
    ),
    (false, ["", "proj/sub", "reg.io", ""], "reg.io", "proj/sub/redis", "reg.io/proj/sub/redis:7"),
    (
        true,
        ["", "proj/sub", "reg.io", ""],
        "reg.io/docker.io",
        "proj/sub/redis",
        "reg.io/docker.io/proj/sub/redis:7",
    ),
    (
        false,
        ["a.io", "proj/sub", "reg.io", "proj"],
        "reg.io",
        "proj/sub/redis",
        "reg.io/proj/sub/redis:7",
    ),
];

#[test]
fn the_rules_write_what_was_measured() {
    for (append, rules, registry, repository, target) in MEASURED {
        for compat in [oci::Compat::Ferry, oci::Compat::ChartsSyncer] {
            let [r, path, prefix, prefix_path] = rules.map(|rule| Some(rule.to_owned()));
            let rules = RelocationRules {
                registry: r,
                repository: path,
                prefix_registry: prefix,
                prefix_repository: prefix_path,
                append_origin_registry: append,
                compat,
            };
            // charts-syncer puts `index.docker.io` where it writes Docker Hub itself; what is not written stays.
            let spell = |text: &str, is_written: bool| match compat {
                oci::Compat::ChartsSyncer if is_written => {
                    text.replace("docker.io", "index.docker.io")
                }
                _ => text.to_owned(),
            };
            let plan =
                relocate(&redis("docker.io"), &[THREE], &Relocation::new(rules).unwrap()).unwrap();
            let expected = format!(
                "image:\n  registry: {}\n  repository: {}\n  tag: '7'\n",
                spell(registry, registry != "docker.io"),
                spell(repository, true)
            );
            assert_eq!(text(&plan.chart, "values.yaml"), expected);
            assert_eq!(
                plan.images[0].target,
                reference(&spell(target, !target.starts_with("docker.io")))
            );
            assert_eq!(plan.images[0].says, plan.images[0].target);
        }
    }
}

#[test]
fn the_seed_of_the_runbook() {
    let source = "apiserver:\n  # 镜像\n  image:\n    registry: release.daocloud.io\n    repository: kairship/kairship-apiserver # 仓库\n    tag: v0.21.0\n";
    let hint = "{{ .apiserver.image.registry }}/{{ .apiserver.image.repository }}:{{ .apiserver.image.tag }}";
    let plan = relocate(&chart(&[("values.yaml", source)]), &[hint], &seed()).unwrap();
    assert_eq!(
        targets(&plan),
        ["10.16.10.111/release.daocloud.io/kairship/kairship-apiserver:v0.21.0"]
    );
    let expected = source
        .replace("registry: release.daocloud.io", "registry: 10.16.10.111")
        .replace("kairship/kairship-apiserver", "release.daocloud.io/kairship/kairship-apiserver");
    assert_eq!(text(&plan.chart, "values.yaml"), expected);
    assert_eq!(plan.edits.len(), 2);
    assert_eq!((plan.edits[0].line, plan.edits[0].old.as_str()), (Some(4), "release.daocloud.io"));
}

#[test]
fn numbers_keep_their_text_and_are_quoted_where_helm_would_spoil_them() {
    for (written, is_quoted) in [
        ("1.33", false),
        ("1.30", true),
        ("'1.30'", false),
        ("7", false),
        ("20240101", true),
        ("010", true),
        ("on", true),
        ("2024-01-01", false),
    ] {
        let source = format!("image:\n  repository: quay.io/a/b\n  tag: {written} # 版本\n");
        let hint = "{{ .image.repository }}:{{ .image.tag }}";
        let plan = relocate(&chart(&[("values.yaml", &source)]), &[hint], &seed()).unwrap();
        let tag = written.trim_matches('\'');
        assert_eq!(plan.images[0].source.to_string(), format!("quay.io/a/b:{tag}"));
        assert_eq!(plan.images[0].target.tag().unwrap().as_str(), tag);
        // What helm prints for a date is no tag at all.
        let is_tag = !matches!(written, "20240101");
        assert_eq!(plan.images[0].printed.is_some(), is_quoted && is_tag, "{written}");
        let after = if is_quoted { format!("\"{written}\"") } else { written.to_owned() };
        let expected = format!(
            "image:\n  repository: 10.16.10.111/release.daocloud.io/kairship/b\n  tag: {after} # 版本\n"
        );
        assert_eq!(text(&plan.chart, "values.yaml"), expected);
        assert_eq!(plan.findings.len(), usize::from(is_quoted));
    }
    let source = "image:\n  repository: quay.io/a/b\n  tag: 1.30\n";
    let plan = relocate(
        &chart(&[("values.yaml", source)]),
        &["{{ .image.repository }}:{{ .image.tag }}"],
        &seed(),
    )
    .unwrap();
    assert_eq!(plan.images[0].printed, Some(reference("quay.io/a/b:1.3")));
}

#[test]
fn a_value_that_is_missing_or_null_is_named_with_its_hint() {
    let chart = chart(&[(
        "values.yaml",
        "image:\n  registry: docker.io\n  tag:\nother: x\nlist: [a]\nnumber: 5\n",
    )]);
    let list = [
        "{{ .image.registry }}/x:{{ .image.tag }}",
        "{{ .image.nothing }}:1",
        "{{ .other.image }}:1",
        "{{ .list }}:1",
        "{{ .nowhere.at.all }}",
        "{{ .image.registry }}/Upper:1",
    ];
    let errors = relocate(&chart, &list, &seed()).unwrap_err();
    let lines: Vec<_> = errors
        .iter()
        .map(|error| match error {
            RelocateError::Missing { place, path, is_null } => {
                format!("{} missing {path} {is_null}", place.line)
            }
            RelocateError::Blocked { place, stop, line, .. } => {
                format!("{} blocked at {stop} line {line}", place.line)
            }
            RelocateError::NotText { place, found, line, .. } => {
                format!("{} is {found} line {line}", place.line)
            }
            RelocateError::Reference { place, text, .. } => {
                format!("{} no image {text}", place.line)
            }
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(
        lines,
        [
            "1 missing .image.tag true",
            "2 missing .image.nothing false",
            "3 blocked at .other line 4",
            "4 is a list line 5",
            "5 missing .nowhere.at.all false",
            "6 no image docker.io/Upper:1",
        ]
    );
}

#[test]
fn one_bad_hint_does_not_hide_the_images_of_the_others() {
    let chart = chart(&[("values.yaml", "a: quay.io/x/y\ntag: 1.30\n")]);
    let list = hints(&["{{ .a }}:{{ .tag }}", "{{ .b }}:1"]);
    let images = crate::hinted_images(&chart, &list).unwrap();
    let image = images[0].as_ref().unwrap();
    assert_eq!((&image.source, image.place.line), (&reference("quay.io/x/y:1.30"), 1));
    assert_eq!(image.printed, Some(reference("quay.io/x/y:1.3")));
    assert!(matches!(images[1], Err(RelocateError::Missing { .. })));
    assert_eq!(crate::images(&chart, &list).unwrap_err().len(), 1);
}

#[test]
fn an_empty_digest_is_none_and_a_digest_stays() {
    let hint = "{{ .image.repository }}:{{ .image.tag }}@{{ .image.digest }}";
    let pin = digest();
    for written in [String::new(), pin.to_string()] {
        let source =
            format!("image:\n  repository: quay.io/a/b\n  tag: '1'\n  digest: \"{written}\"\n");
        let plan = relocate(&chart(&[("values.yaml", &source)]), &[hint], &seed()).unwrap();
        let target = &plan.images[0].target;
        assert_eq!(target.digest().map(ToString::to_string).unwrap_or_default(), written);
        assert_eq!(target.tag().unwrap().as_str(), "1");
        assert!(text(&plan.chart, "values.yaml").contains(&format!("digest: \"{written}\"")));
    }
    // A reference pinned in one value goes along too.
    let source = format!("image: quay.io/a/b@{pin}\n");
    let plan = relocate(&chart(&[("values.yaml", &source)]), &["{{ .image }}"], &seed()).unwrap();
    assert_eq!(
        text(&plan.chart, "values.yaml"),
        format!("image: 10.16.10.111/release.daocloud.io/kairship/b@{pin}\n")
    );
}

#[test]
fn an_empty_registry_is_docker_hub() {
    let source = "image:\n  registry: \"\" # 默认\n  repository: foo/bar\n  tag: '1'\n";
    let plan = relocate(&chart(&[("values.yaml", source)]), &[THREE], &seed()).unwrap();
    assert_eq!(plan.images[0].source, reference("docker.io/foo/bar:1"));
    assert_eq!(
        text(&plan.chart, "values.yaml"),
        "image:\n  registry: \"10.16.10.111\" # 默认\n  repository: release.daocloud.io/kairship/bar\n  tag: '1'\n"
    );
    let plan = relocate(&chart(&[("values.yaml", source)]), &[THREE], &relocation("", "p", "", ""))
        .unwrap();
    assert_eq!(
        text(&plan.chart, "values.yaml"),
        "image:\n  registry: \"\" # 默认\n  repository: p/bar\n  tag: '1'\n"
    );
    assert_eq!(targets(&plan), ["docker.io/p/bar:1"]);
}

#[test]
fn an_empty_tag_is_refused() {
    let source = "image:\n  repository: foo/bar\n  tag: ''\n";
    let errors = relocate(
        &chart(&[("values.yaml", source)]),
        &["{{ .image.repository }}:{{ .image.tag }}"],
        &seed(),
    );
    assert!(matches!(&errors.unwrap_err()[..], [RelocateError::EmptyTag { .. }]));
    // But an empty value within a tag is a value.
    let source = "image:\n  repository: foo/bar\n  relok8sPlaceholder: ''\n";
    let hint = "{{ .image.repository }}:{{ .image.relok8sPlaceholder }}v0.7.0-jdk11";
    let plan = relocate(&chart(&[("values.yaml", source)]), &[hint], &seed()).unwrap();
    assert_eq!(targets(&plan), ["10.16.10.111/release.daocloud.io/kairship/bar:v0.7.0-jdk11"]);
}

#[test]
fn a_literal_registry_is_solved_or_refused() {
    let source = "image:\n  repository: foo/bar\n  tag: '1'\n";
    let hint = "docker.io/{{ .image.repository }}:{{ .image.tag }}";
    let chart = chart(&[("values.yaml", source)]);
    let plan = relocate(&chart, &[hint], &relocation("", "proj", "", "")).unwrap();
    assert_eq!(text(&plan.chart, "values.yaml"), "image:\n  repository: proj/bar\n  tag: '1'\n");
    let errors = relocate(&chart, &[hint], &seed()).unwrap_err();
    let [RelocateError::Unsolvable { literal, paths, .. }] = &errors[..] else {
        panic!("{errors:?}")
    };
    assert_eq!((literal.as_str(), paths[0].as_str()), ("docker.io/…", "`.image.repository`"));
    // A rule that asks for that very registry is no trouble.
    let plan = relocate(&chart, &[hint], &relocation("docker.io", "p", "", "")).unwrap();
    assert_eq!(targets(&plan), ["docker.io/p/bar:1"]);
}

#[test]
fn a_single_key_at_the_top_is_enough() {
    for (written, after) in [
        ("nginx", "10.16.10.111/release.daocloud.io/kairship/nginx"),
        (
            "'docker.io/library/nginx:1.27'",
            "'10.16.10.111/release.daocloud.io/kairship/nginx:1.27'",
        ),
    ] {
        let chart = chart(&[("values.yaml", &format!("# 顶层\nimage: {written}\n"))]);
        let plan = relocate(&chart, &["{{ .image }}"], &seed()).unwrap();
        assert_eq!(text(&plan.chart, "values.yaml"), format!("# 顶层\nimage: {after}\n"));
    }
}

#[test]
fn hints_without_a_tag_can_be_pinned() {
    let named = chart(&[("values.yaml", "image: quay.io/a/b:1\nother: quay.io/a/c\n")]);
    let pinned = digest();
    let digest_of = |image: &Reference| (image.name() == "b").then(|| pinned.clone());
    let relocation = seed();
    let options = Options { relocation: &relocation, tagless: Tagless::PinDigest(&digest_of) };
    let plan = crate::plan(&named, &hints(&["{{ .image }}"]), &options).unwrap();
    let name = "10.16.10.111/release.daocloud.io/kairship/b";
    assert_eq!(
        text(&plan.chart, "values.yaml"),
        format!("image: {name}@{pinned}\nother: quay.io/a/c\n")
    );
    assert_eq!(plan.images[0].target, reference(&format!("{name}:1")));
    assert_eq!(plan.images[0].says, reference(&format!("{name}@{pinned}")));
    let errors = crate::plan(&named, &hints(&["{{ .other }}"]), &options).unwrap_err();
    assert!(matches!(&errors[..], [RelocateError::NoDigest { .. }]));
    // Behind literal text there is no place for a digest.
    let below = chart(&[("values.yaml", "hub: quay.io/a\n")]);
    let plan = crate::plan(&below, &hints(&["{{ .hub }}/b"]), &options).unwrap();
    assert_eq!(plan.images[0].says, reference(&format!("{name}:latest")));
}

#[test]
fn bare_names_get_their_library_and_no_registry_when_it_stays() {
    let chart = chart(&[("values.yaml", "image:\n  repository: nginx\n  tag: '1'\n")]);
    let hint = "{{ .image.repository }}:{{ .image.tag }}";
    let plan = relocate(&chart, &[hint], &relocation("reg.io", "", "", "")).unwrap();
    assert_eq!(plan.edits[0].new, "reg.io/library/nginx");
    let plan = relocate(&chart, &[hint], &relocation("", "", "", "p")).unwrap();
    assert_eq!(plan.edits[0].new, "p/library/nginx");
    // Without the registry this path would be one.
    let plan = relocate(&chart, &[hint], &relocation("", "a.io/p", "", "")).unwrap();
    assert_eq!(plan.edits[0].new, "docker.io/a.io/p/nginx");
}

#[test]
fn nothing_is_written_when_nothing_moves() {
    let chart = redis("docker.io");
    let plan = relocate(&chart, &[THREE], &relocation("docker.io", "", "", "")).unwrap();
    assert!(plan.edits.is_empty());
    assert_eq!(plan.chart, chart);
    assert_eq!(sources(&chart, &[THREE]), [reference("bitnami/redis:7")]);
}

#[test]
fn two_images_with_one_target_are_told() {
    let source = "a: quay.io/x/redis\nb: docker.io/bitnami/redis\nc: docker.io/bitnami/redis\n";
    let list = ["{{ .a }}:1", "{{ .b }}:1", "{{ .c }}:1"];
    let plan = relocate(&chart(&[("values.yaml", source)]), &list, &seed()).unwrap();
    assert_eq!(plan.collisions.len(), 1);
    let lines: Vec<_> = plan.collisions[0]
        .sources
        .iter()
        .map(|(source, place)| (source.to_string(), place.line))
        .collect();
    assert_eq!(
        lines,
        [("quay.io/x/redis:1".to_owned(), 1), ("docker.io/bitnami/redis:1".to_owned(), 2)]
    );
}
