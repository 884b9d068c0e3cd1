//! Charts in charts: where values are, and where they are written.

use super::*;
use crate::{Finding, package};

#[test]
fn an_image_that_only_a_subchart_defines_is_written_there() {
    let top = "# 父\nmariadb:\n  auth: {} # 无镜像\n";
    let below =
        "# 子图表\nimage:\n  registry: docker.io\n  repository: bitnami/mariadb\n  tag: 10.5.8\n";
    let chart = chart(&[("values.yaml", top), ("charts/mariadb/values.yaml", below)]);
    let hint =
        "{{ .mariadb.image.registry }}/{{ .mariadb.image.repository }}:{{ .mariadb.image.tag }}";
    let plan = relocate(&chart, &[hint], &relocation("reg.io", "p", "", "")).unwrap();
    assert_eq!(text(&plan.chart, "values.yaml"), top);
    assert_eq!(
        text(&plan.chart, "charts/mariadb/values.yaml"),
        "# 子图表\nimage:\n  registry: reg.io\n  repository: p/mariadb\n  tag: 10.5.8\n"
    );
    assert_eq!(plan.edits[0].file, "charts/mariadb/values.yaml");
}

#[test]
fn what_the_parent_overrides_is_written_in_the_parent() {
    let top = "mariadb:\n  image:\n    registry: quay.io\n    tag:\n";
    let below = "image:\n  registry: docker.io\n  repository: bitnami/mariadb\n  tag: 10.5.8\n";
    let chart = chart(&[("values.yaml", top), ("charts/mariadb/values.yaml", below)]);
    let hint =
        "{{ .mariadb.image.registry }}/{{ .mariadb.image.repository }}:{{ .mariadb.image.tag }}";
    let plan = relocate(&chart, &[hint], &relocation("reg.io", "p", "", "")).unwrap();
    // The parent's null defines nothing.
    assert_eq!(plan.images[0].source, reference("quay.io/bitnami/mariadb:10.5.8"));
    assert_eq!(
        text(&plan.chart, "values.yaml"),
        "mariadb:\n  image:\n    registry: reg.io\n    tag:\n"
    );
    assert_eq!(
        text(&plan.chart, "charts/mariadb/values.yaml"),
        "image:\n  registry: docker.io\n  repository: p/mariadb\n  tag: 10.5.8\n"
    );
}

/// Three levels, a subchart packed in an archive, a metrics image two levels down.
fn wordpress() -> (Chart, [&'static str; 4]) {
    let memcached = package(&chart(&[
        ("Chart.yaml", "apiVersion: v2\nname: memcached\nversion: 5.0.2 # 打包\n"),
        (
            "values.yaml",
            "image: {registry: docker.io, repository: bitnami/memcached, tag: 1.6.9}\n",
        ),
        ("README.md", "docker.io/bitnami/memcached"),
    ]))
    .unwrap();
    let image = |name: &str, tag: &str| {
        format!("image:\n  registry: docker.io\n  repository: bitnami/{name}\n  tag: {tag}\n")
    };
    let mut files = vec![
        File::new(
            "Chart.yaml",
            "apiVersion: v2\nname: wordpress\nversion: 11.0.4\ndependencies:\n  - name: mariadb # 数据库\n    repository: https://charts.bitnami.com/bitnami\n    version: 9.x.x\n",
        ),
        File::new("Chart.lock", "digest: sha256:0\n"),
        File::new(
            "values.yaml",
            format!("global: {{}}\n{}mariadb:\n  enabled: true\n", image("wordpress", "5.7.1")),
        ),
        File::new("values-production.yaml", image("wordpress", "5.7.1")),
        File::new("charts/mariadb/Chart.yaml", "apiVersion: v2\nname: mariadb\nversion: 9.3.11\n"),
        File::new("charts/mariadb/values.yaml", image("mariadb", "10.5.9")),
        File::new(
            "charts/mariadb/charts/exporter/Chart.yaml",
            "apiVersion: v2\nname: exporter\nversion: 1.0.0\n",
        ),
        File::new("charts/mariadb/charts/exporter/values.yaml", image("mysqld-exporter", "0.12.1")),
    ];
    files.push(File::new("charts/memcached-5.0.2.tgz", memcached));
    let list = [
        "{{ .image.registry }}/{{ .image.repository }}:{{ .image.tag }}",
        "{{ .mariadb.image.registry }}/{{ .mariadb.image.repository }}:{{ .mariadb.image.tag }}",
        "{{ .mariadb.exporter.image.registry }}/{{ .mariadb.exporter.image.repository }}:{{ .mariadb.exporter.image.tag }}",
        "{{ .memcached.image.registry }}/{{ .memcached.image.repository }}:{{ .memcached.image.tag }}",
    ];
    (Chart::from_files(files).unwrap(), list)
}

#[test]
fn three_levels_and_a_packed_subchart() {
    let (chart, list) = wordpress();
    let plan = relocate(&chart, &list, &relocation("reg.io:5000", "p", "", "")).unwrap();
    assert_eq!(
        targets(&plan),
        [
            "reg.io:5000/p/wordpress:5.7.1",
            "reg.io:5000/p/mariadb:10.5.9",
            "reg.io:5000/p/mysqld-exporter:0.12.1",
            "reg.io:5000/p/memcached:1.6.9"
        ]
    );
    // What is packed and loaded again is the relocated chart, and says the same.
    let packed = package(&plan.chart).unwrap();
    let loaded = Chart::from_archive(&packed).unwrap();
    assert_eq!(package(&loaded).unwrap(), packed);
    let said = sources(&loaded, &list);
    assert_eq!(said, plan.images.iter().map(|image| image.target.clone()).collect::<Vec<_>>());
    assert_eq!(
        text(&loaded, "charts/memcached-5.0.2.tgz/values.yaml"),
        "image: {registry: reg.io:5000, repository: p/memcached, tag: 1.6.9}\n"
    );
    for untouched in [
        "Chart.yaml",
        "Chart.lock",
        "values-production.yaml",
        "charts/mariadb/Chart.yaml",
        "charts/memcached-5.0.2.tgz/README.md",
    ] {
        assert_eq!(text(&loaded, untouched), text(&chart, untouched), "{untouched}");
    }
}

#[test]
fn a_shared_registry_with_a_path_in_it_serves_every_image() {
    let top = "global:\n  imageRegistry: quay.io/org # 公共\nweb:\n  repository: web\n  tag: '1'\n";
    let below = "repository: team/db\ntag: '2'\n";
    let chart = chart(&[("values.yaml", top), ("charts/db/values.yaml", below)]);
    let list = [
        "{{ .global.imageRegistry }}/{{ .web.repository }}:{{ .web.tag }}",
        "{{ .global.imageRegistry }}/{{ .db.repository }}:{{ .db.tag }}",
    ];
    let plan = relocate(&chart, &list, &relocation("reg.io", "", "", "")).unwrap();
    assert_eq!(targets(&plan), ["reg.io/org/web:1", "reg.io/org/team/db:2"]);
    assert_eq!(text(&plan.chart, "values.yaml"), top.replace("quay.io/org", "reg.io/org"));
    assert_eq!(text(&plan.chart, "charts/db/values.yaml"), below);

    let plan = relocate(&chart, &list, &relocation("reg.io", "p", "", "")).unwrap();
    assert_eq!(targets(&plan), ["reg.io/p/web:1", "reg.io/p/db:2"]);
    assert_eq!(text(&plan.chart, "values.yaml"), top.replace("quay.io/org", "reg.io/p"));
    assert_eq!(text(&plan.chart, "charts/db/values.yaml"), "repository: db\ntag: '2'\n");

    let plan = relocate(&chart, &list, &relocation("", "", "reg.io", "")).unwrap();
    assert_eq!(targets(&plan), ["reg.io/quay.io/org/web:1", "reg.io/quay.io/org/team/db:2"]);
    assert_eq!(text(&plan.chart, "values.yaml"), top.replace("quay.io/org", "reg.io/quay.io/org"));
}

#[test]
fn one_repository_with_different_paths_behind_it_is_solved() {
    // As in submariner: the operator appends the component to one repository.
    let source = "submariner:\n  images:\n    registry: quay.io\n    repository: quay.io/submariner # 仓库\n    tag: 0.14.1\n";
    let list = [
        "{{ .submariner.images.repository }}/submariner-gateway:{{ .submariner.images.tag }}",
        "{{ .submariner.images.repository }}/lighthouse-agent:{{ .submariner.images.tag }}",
    ];
    let chart = chart(&[("values.yaml", source)]);
    let plan = relocate(&chart, &list, &relocation("reg.io", "p", "", "")).unwrap();
    assert_eq!(
        targets(&plan),
        ["reg.io/p/submariner-gateway:0.14.1", "reg.io/p/lighthouse-agent:0.14.1"]
    );
    assert_eq!(text(&plan.chart, "values.yaml"), source.replace("quay.io/submariner", "reg.io/p"));
    let plan = relocate(&chart, &list, &relocation("", "", "reg.io", "x")).unwrap();
    assert_eq!(targets(&plan)[0], "reg.io/quay.io/x/submariner/submariner-gateway:0.14.1");
}

#[test]
fn one_hub_with_literal_paths_between_is_solved_by_keeping_them() {
    // As in higress: one hub, images and plugins below it.
    let source = "global:\n  hub: higress-registry.cn/higress # 仓库\ngateway:\n  image: gateway\n  tag: 1.1.0\n";
    let list = [
        "{{ .global.hub }}/{{ .gateway.image }}:{{ .gateway.tag }}",
        "{{ .global.hub }}/plugins/wasm/{{ .gateway.image }}:{{ .gateway.tag }}",
    ];
    let chart = chart(&[("values.yaml", source)]);
    let plan = relocate(&chart, &list, &relocation("reg.io", "p", "", "")).unwrap();
    assert_eq!(targets(&plan), ["reg.io/p/gateway:1.1.0", "reg.io/p/plugins/wasm/gateway:1.1.0"]);
    assert_eq!(
        text(&plan.chart, "values.yaml"),
        source.replace("higress-registry.cn/higress", "reg.io/p")
    );
    assert!(!plan.images[0].is_adjusted && plan.images[1].is_adjusted);
    assert!(matches!(&plan.findings[..], [Finding::Adjusted { .. }]));
    let plan = relocate(&chart, &list, &relocation("reg.io", "", "", "")).unwrap();
    assert_eq!(targets(&plan)[1], "reg.io/higress/plugins/wasm/gateway:1.1.0");
    assert!(plan.findings.is_empty());
}

#[test]
fn two_hints_that_need_two_values_of_one_key_are_named() {
    let source = "registry: docker.io\na: {repository: x/a}\nb: x/b\n";
    let list = ["{{ .registry }}/{{ .a.repository }}:1", "quay.io/{{ .a.repository }}:1"];
    let errors =
        relocate(&chart(&[("values.yaml", source)]), &list, &relocation("", "", "docker.io", ""))
            .unwrap_err();
    assert!(matches!(&errors[..], [RelocateError::Unsolvable { .. }]), "{errors:?}");

    // One value is the tag of one image and the name of another.
    let source = "a: quay.io/x/1\nb: '1'\n";
    let list = ["{{ .a }}:{{ .b }}", "quay.io/x/{{ .b }}:9"];
    let plan = relocate(&chart(&[("values.yaml", source)]), &list, &relocation("", "quay", "", ""));
    let errors = plan.unwrap_err();
    assert!(
        matches!(&errors[..], [RelocateError::Unsolvable { .. } | RelocateError::Conflict { .. }]),
        "{errors:?}"
    );

    let source = "registry: docker.io\nname: x/a\n";
    let list = ["{{ .registry }}/{{ .name }}:1", "{{ .name }}/{{ .registry }}:1"];
    let errors =
        relocate(&chart(&[("values.yaml", source)]), &list, &relocation("reg.io", "", "", ""))
            .unwrap_err();
    let [RelocateError::Conflict { first, second, .. }] = &errors[..] else { panic!("{errors:?}") };
    assert_eq!((first.line, second.line), (1, 2));
}

#[test]
fn subchart_aliases_are_keys_and_each_gets_its_own_value() {
    let chart_yaml = "apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies:\n- {name: redis, version: 1.0.0, alias: cache}\n- {name: redis, version: 1.0.0, alias: queue}\n- {name: pg, version: 1.0.0, alias: db}\n";
    let image = "image:\n  registry: docker.io\n  repository: bitnami/redis\n  tag: '7'\n";
    let chart = chart(&[
        ("Chart.yaml", chart_yaml),
        ("values.yaml", "# 顶\nqueue:\n  image:\n    tag: '6'\ndb:\n  image:\n    tag: '9'\n"),
        ("charts/redis/values.yaml", image),
        ("charts/pg/values.yaml", "image:\n  repository: docker.io/bitnami/pg\n  tag: '1'\n"),
    ]);
    let hint = |key: &str| {
        format!(
            "{{{{ .{key}.image.registry }}}}/{{{{ .{key}.image.repository }}}}:{{{{ .{key}.image.tag }}}}"
        )
    };
    let (cache, queue) = (hint("cache"), hint("queue"));
    let plan = relocate(&chart, &[&cache, &queue], &relocation("reg.io", "", "", "")).unwrap();
    assert_eq!(targets(&plan), ["reg.io/bitnami/redis:7", "reg.io/bitnami/redis:6"]);
    // The chart's own values serve both keys; each is written above them.
    assert_eq!(text(&plan.chart, "charts/redis/values.yaml"), image);
    assert_eq!(
        text(&plan.chart, "values.yaml"),
        "# 顶\nqueue:\n  image:\n    tag: '6'\n    registry: reg.io\ndb:\n  image:\n    tag: '9'\ncache:\n  image:\n    registry: reg.io\n"
    );
    // By its name a chart is found as well, and what helm uses is under the alias.
    let plan =
        relocate(&chart, &["{{ .pg.image.repository }}:{{ .pg.image.tag }}"], &seed()).unwrap();
    assert_eq!(plan.images[0].source, reference("docker.io/bitnami/pg:9"));
    assert_eq!(plan.edits[0].file, "charts/pg/values.yaml");
}

#[test]
fn of_two_charts_with_one_name_neither_is_guessed() {
    let named = "apiVersion: v2\nname: redis\nversion: 1.0.0\n";
    let image = "image: docker.io/bitnami/redis:7\n";
    let chart = chart(&[
        ("values.yaml", "{}\n"),
        ("charts/redis-1/Chart.yaml", named),
        ("charts/redis-1/values.yaml", image),
        ("charts/redis-2/Chart.yaml", named),
        ("charts/redis-2/values.yaml", image),
    ]);
    let plan =
        relocate(&chart, &["{{ .redis.image }}"], &relocation("reg.io", "", "", "")).unwrap();
    assert_eq!(text(&plan.chart, "values.yaml"), "{redis: {image: reg.io/bitnami/redis:7}}\n");
    assert_eq!(text(&plan.chart, "charts/redis-1/values.yaml"), image);
}

#[test]
fn values_that_are_absent_or_all_comments_can_be_written() {
    let chart_yaml = "apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies:\n- {name: redis, alias: a}\n- {name: redis, alias: b}\n";
    let image = "image: docker.io/bitnami/redis:7\n";
    for (top, expected) in [
        (None, "a:\n  image: reg.io/bitnami/redis:7\n"),
        (Some("# 只有注释\n"), "# 只有注释\na:\n  image: reg.io/bitnami/redis:7\n"),
        (Some("# 没有换行"), "# 没有换行\na:\n  image: reg.io/bitnami/redis:7\n"),
        (Some("---\r\n# 注\r\n"), "---\r\n# 注\r\na:\r\n  image: reg.io/bitnami/redis:7\r\n"),
        (Some("{}\n"), "{a: {image: reg.io/bitnami/redis:7}}\n"),
        (Some("a:\n# 无\nc: 1\n"), "a:\n  image: reg.io/bitnami/redis:7\n# 无\nc: 1\n"),
    ] {
        let mut files = vec![("Chart.yaml", chart_yaml), ("charts/redis/values.yaml", image)];
        files.extend(top.map(|top| ("values.yaml", top)));
        let plan = relocate(&chart(&files), &["{{ .a.image }}"], &relocation("reg.io", "", "", ""))
            .unwrap();
        assert_eq!(
            text(&plan.chart, "values.yaml").trim_end_matches('\n'),
            expected.trim_end_matches('\n')
        );
    }
    // A top without values is no obstacle to a subchart's.
    let bare = chart(&[("values.yaml", "# 无\n"), ("charts/redis/values.yaml", image)]);
    let plan = relocate(&bare, &["{{ .redis.image }}"], &relocation("reg.io", "", "", "")).unwrap();
    assert_eq!(text(&plan.chart, "charts/redis/values.yaml"), "image: reg.io/bitnami/redis:7\n");
}

#[test]
fn globals_that_helm_hands_down_are_written_along_or_told() {
    let hint = "{{ .db.global.imageRegistry }}/{{ .db.repository }}:1";
    let below = "global:\n  imageRegistry: docker.io\nrepository: bitnami/db\n";
    let same = chart(&[
        ("values.yaml", "global:\n  imageRegistry: docker.io\n"),
        ("charts/db/values.yaml", below),
    ]);
    let plan = relocate(&same, &[hint], &relocation("reg.io", "", "", "")).unwrap();
    assert_eq!(text(&plan.chart, "values.yaml"), "global:\n  imageRegistry: reg.io\n");
    assert_eq!(text(&plan.chart, "charts/db/values.yaml"), below.replace("docker.io", "reg.io"));
    assert!(plan.findings.is_empty());

    let other = chart(&[
        ("values.yaml", "global:\n  imageRegistry: quay.io\n"),
        ("charts/db/values.yaml", below),
    ]);
    let plan = relocate(&other, &[hint], &relocation("reg.io", "", "", "")).unwrap();
    let [Finding::ShadowedGlobal { file, line, value, .. }] = &plan.findings[..] else {
        panic!("{:?}", plan.findings)
    };
    assert_eq!((file.as_str(), *line, value.as_str()), ("values.yaml", 2, "quay.io"));
}

#[test]
fn values_that_cannot_be_read_are_all_named() {
    let chart = chart(&[
        ("values.yaml", "a: 1\n---\nb: 2\n"),
        ("charts/x/values.yaml", "a: [\n"),
        ("charts/z/values.yaml", "- a\n"),
    ]);
    let errors = relocate(&chart, &[], &seed()).unwrap_err();
    assert!(matches!(
        &errors[..],
        [
            RelocateError::SeveralDocuments { line: 3, .. },
            RelocateError::Yaml { .. },
            RelocateError::NotAMap { .. }
        ]
    ));
    assert!(errors[1].to_string().starts_with("charts/x/values.yaml"));
}

#[test]
fn archives_are_the_same_every_time_and_plain() {
    let (chart, _) = wordpress();
    let packed = package(&chart).unwrap();
    assert_eq!(packed, package(&chart.clone()).unwrap());
    // gzip: no name, no time, no system.
    assert_eq!(packed[..8], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    assert_eq!(packed[9], 255);
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&packed[..]));
    let mut paths = Vec::new();
    for entry in archive.entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.mode().unwrap(), header.mtime().unwrap()), (0o644, 0));
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        paths.push(entry.path().unwrap().to_string_lossy().into_owned());
    }
    assert!(paths.is_sorted() && paths.iter().all(|path| path.starts_with("wordpress/")));
    assert_eq!(paths.len(), 9);
    let loaded = Chart::from_archive(&packed).unwrap();
    assert_eq!(loaded.metadata, chart.metadata);
}

#[test]
fn long_paths_survive_packing() {
    let long = format!("templates/{}/{}.yaml", "d".repeat(120), "f".repeat(150));
    let chart = chart(&[("values.yaml", ""), (&long, "x: 中")]);
    let loaded = Chart::from_archive(&package(&chart).unwrap()).unwrap();
    assert_eq!(text(&loaded, &long), "x: 中");
}
