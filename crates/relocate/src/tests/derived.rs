//! Hints that are found, not given.

use std::collections::BTreeSet;

use helm::Chart;
use oci::Reference;

use super::{chart, digest, reference, seed, targets, text};
use crate::{Hints, Options, RelocationPlan, Tagless, derive_hints, plan};

fn derive(chart: &Chart, images: &[&str]) -> Hints {
    let images: BTreeSet<Reference> = images.iter().map(|image| reference(image)).collect();
    derive_hints(chart, &|image| images.contains(image)).unwrap()
}

fn found(values: &str, images: &[&str]) -> Vec<String> {
    let hints = derive(&chart(&[("values.yaml", values)]), images);
    hints.hints.iter().map(|hint| hint.place.text.clone()).collect()
}

fn relocate(chart: &Chart, images: &[&str]) -> RelocationPlan {
    let hints = derive(chart, images);
    plan(chart, &hints, &Options { relocation: &seed(), tagless: Tagless::KeepTag }).unwrap()
}

#[test]
fn maps_and_whole_references_are_found() {
    for (values, image, expected) in [
        (
            "a: {registry: quay.io, repository: t/w, tag: v1}",
            "quay.io/t/w:v1",
            "{{ .a.registry }}/{{ .a.repository }}:{{ .a.tag }}",
        ),
        (
            "a: {repository: redis, tag: 7}",
            "docker.io/library/redis:7",
            "{{ .a.repository }}:{{ .a.tag }}",
        ),
        ("a: {b: [], image: 'quay.io/t/w:v1'}", "quay.io/t/w:v1", "{{ .a.image }}"),
        ("a: quay.io/t/w", "quay.io/t/w:latest", "{{ .a }}"),
        (
            "a: {image: quay.io/t/w, imageTag: v1}",
            "quay.io/t/w:v1",
            "{{ .a.image }}:{{ .a.imageTag }}",
        ),
        (
            "a: {repository: nvcr.io/n, image: op, version: v1}",
            "nvcr.io/n/op:v1",
            "{{ .a.repository }}/{{ .a.image }}:{{ .a.version }}",
        ),
        // A number that helm prints otherwise: whoever packed the image may have taken either.
        ("a: {repository: t/w, tag: 1.30}", "t/w:1.3", "{{ .a.repository }}:{{ .a.tag }}"),
        ("a: {repository: t/w, tag: 1.30}", "t/w:1.30", "{{ .a.repository }}:{{ .a.tag }}"),
        (
            "x: &x {repository: t/w}\na: {<<: *x, tag: '1'}",
            "t/w:1",
            "{{ .a.repository }}:{{ .a.tag }}",
        ),
        ("'a.b/c': quay.io/t/w:v1", "quay.io/t/w:v1", "{{ .a.b/c }}"),
        (
            "a: {registry: '', repository: t/w, tag: '1'}",
            "t/w:1",
            "{{ .a.registry }}/{{ .a.repository }}:{{ .a.tag }}",
        ),
    ] {
        assert_eq!(found(values, &[image]), [expected], "{values}");
    }
}

#[test]
fn what_does_not_say_an_image_exactly_is_left_alone() {
    let images = ["docker.io/library/redis:latest", "docker.io/library/redis:7", "quay.io/t/w:v1"];
    for values in [
        // dt takes each of these for an image.
        "git: {repository: redis/redis, tag: '7'}",
        "chart: {repository: 'https://quay.io/t/w:v1', tag: v1}",
        "a: {registry: ghcr.io, repository: redis, tag: '7'}",
        "a: {repository: quay.io/t/w, tag: v2}",
        "a: {repository: '', tag: v1}",
        "a: {repository: {x: quay.io/t}, tag: v1}",
        // Words that could be names of Docker Hub, and are not meant to be.
        "name: redis",
        "a: {repository: redis}",
        "a: {repository: redis, tag: 8}",
        "list: ['quay.io/t/w:v1']",
        "text: see quay.io/t/w:v1",
        // A digest is what is pulled.
        &format!("a: {{repository: quay.io/t/w, tag: v1, digest: '{}'}}", digest()),
        "",
    ] {
        assert_eq!(found(values, &images), [""; 0], "{values}");
    }
}

#[test]
fn a_digest_beside_the_name_belongs_to_it() {
    let digest = digest();
    let values = format!("a: {{repository: quay.io/t/w, tag: v1, digest: '{digest}'}}");
    let pinned = format!("quay.io/t/w:v1@{digest}");
    let hint = "{{ .a.repository }}:{{ .a.tag }}@{{ .a.digest }}";
    assert_eq!(found(&values, &[&pinned]), [hint]);
    let values = format!("a: {{repository: quay.io/t/w, tag: '', digest: '{digest}'}}");
    let pinned = format!("quay.io/t/w@{digest}");
    assert_eq!(found(&values, &[&pinned]), ["{{ .a.repository }}@{{ .a.digest }}"]);
    let values = "a: {repository: quay.io/t/w, tag: v1, digest: ''}";
    assert_eq!(found(values, &["quay.io/t/w:v1"]), ["{{ .a.repository }}:{{ .a.tag }}"]);
}

#[test]
fn an_empty_tag_is_the_version_of_the_chart_that_sees_it() {
    let values = "image:\n  repository: quay.io/t/w\n  tag: \"\"\n";
    let chart = chart(&[
        ("Chart.yaml", "apiVersion: v2\nname: top\nversion: 1.0.0\nappVersion: 2.0.0\n"),
        ("values.yaml", "sub:\n  image:\n    repository: quay.io/t/sub\n"),
        ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\nappVersion: '3.1'\n"),
        ("charts/sub/values.yaml", values),
    ]);
    assert!(derive(&chart, &["quay.io/t/sub:2.0.0", "quay.io/t/w:3.1"]).hints.is_empty());
    let plan = relocate(&chart, &["quay.io/t/sub:v3.1"]);
    assert_eq!(targets(&plan), ["10.16.10.111/release.daocloud.io/kairship/sub:v3.1"]);
    assert_eq!(
        text(&plan.chart, "values.yaml"),
        "sub:\n  image:\n    repository: 10.16.10.111/release.daocloud.io/kairship/sub\n"
    );
    assert_eq!(text(&plan.chart, "charts/sub/values.yaml"), values);
}

#[test]
fn subcharts_are_searched_with_what_is_written_over_them() {
    let sub = "# 缓存\nimage:\n  registry: docker.io\n  repository: bitnami/redis\n  tag: '7'\n";
    let chart = chart(&[
        ("values.yaml", "redis:\n  image:\n    tag: '8' # 新\nweb:\n  image: quay.io/t/w:v1\n"),
        ("charts/redis/values.yaml", sub),
    ]);
    assert!(derive(&chart, &["docker.io/bitnami/redis:7"]).hints.is_empty());
    let hints = derive(&chart, &["docker.io/bitnami/redis:8", "quay.io/t/w:v1"]);
    let places: Vec<String> = hints.hints.iter().map(|hint| hint.place.to_string()).collect();
    assert_eq!(places, ["values.yaml:5", "charts/redis/values.yaml:4"]);
    let plan = relocate(&chart, &["docker.io/bitnami/redis:8", "quay.io/t/w:v1"]);
    assert_eq!(
        text(&plan.chart, "charts/redis/values.yaml"),
        sub.replace("docker.io", "10.16.10.111")
            .replace("bitnami/redis", "release.daocloud.io/kairship/redis")
    );
    assert!(text(&plan.chart, "values.yaml").starts_with("redis:\n  image:\n    tag: '8' # 新\n"));
}

#[test]
fn a_global_registry_that_says_the_same_changes_too() {
    let values = "global:\n  imageRegistry: quay.io\na:\n  registry: quay.io\n  repository: t/w\n  tag: v1\nb:\n  repository: t/b\n  tag: v2\n";
    let plan = relocate(&chart(&[("values.yaml", values)]), &["quay.io/t/w:v1", "quay.io/t/b:v2"]);
    assert_eq!(
        text(&plan.chart, "values.yaml"),
        values
            .replace("quay.io", "10.16.10.111")
            .replace("t/w", "release.daocloud.io/kairship/w")
            .replace("t/b", "release.daocloud.io/kairship/b")
    );
    // Another global registry has no say in names that are right without it.
    let other =
        "global: {imageRegistry: ghcr.io}\na: {registry: quay.io, repository: t/w, tag: v1}";
    assert_eq!(
        found(other, &["quay.io/t/w:v1"]),
        ["{{ .a.registry }}/{{ .a.repository }}:{{ .a.tag }}"]
    );
}

#[test]
fn an_image_named_twice_changes_twice() {
    let values = "a: quay.io/t/w:v1\nb:\n  repository: quay.io/t/w\n  tag: v1\n";
    let plan = relocate(&chart(&[("values.yaml", values)]), &["quay.io/t/w:v1"]);
    assert_eq!(plan.images.len(), 2);
    assert!(plan.collisions.is_empty());
    assert_eq!(
        text(&plan.chart, "values.yaml"),
        values.replace("quay.io/t/w", "10.16.10.111/release.daocloud.io/kairship/w")
    );
}

#[test]
fn a_subchart_under_two_aliases_is_searched_under_both() {
    let chart = chart(&[
        (
            "Chart.yaml",
            "apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies:\n- {name: db, version: 1.0.0, alias: one}\n- {name: db, version: 1.0.0, alias: two}\n",
        ),
        ("values.yaml", "two: {image: {tag: v2}}\n"),
        ("charts/db/values.yaml", "image:\n  repository: quay.io/t/db\n  tag: v1\n"),
    ]);
    let plan = relocate(&chart, &["quay.io/t/db:v1", "quay.io/t/db:v2"]);
    let targets = targets(&plan);
    assert_eq!(targets.len(), 2);
    assert!(targets[0].ends_with("/db:v1") && targets[1].ends_with("/db:v2"), "{targets:?}");
}

#[test]
fn charts_without_end_are_refused() {
    let mut files = Vec::new();
    for depth in 0..8 {
        let below: Vec<String> = (1..=depth).map(|depth| format!("charts/d{depth}/")).collect();
        let next = depth + 1;
        let alias = |alias| format!("- {{name: d{next}, version: 1.0.0, alias: a{alias}}}");
        let aliases: Vec<String> = (0..40).map(alias).collect();
        let metadata = format!("apiVersion: v2\nname: d{depth}\nversion: 1.0.0\ndependencies:\n");
        files.push((format!("{}Chart.yaml", below.concat()), metadata + &aliases.join("\n")));
    }
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, data)| (path.as_str(), data.as_str())).collect();
    let errors = derive_hints(&chart(&files), &|_| false).unwrap_err();
    assert!(errors[0].to_string().starts_with("more than 2000000 values"), "{errors:?}");
}
