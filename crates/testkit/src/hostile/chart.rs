//! E1 and E2: charts whose own words are the attack, and charts that are not all there.

use super::builder::{
    HINTS_YAML, HostileTar, bundle, bundle_with, bundle_with_chart_file, chart_files, images,
};
use super::{Case, Expected};
use crate::ustar::Header;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = words();
    cases.extend(broken());
    cases
}

fn words() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut metadata = |what: &str, expected, text: String| {
        let chart = format!("apiVersion: v2\n{text}");
        cases.push(Case::new(
            "E1",
            format!("chart-{what}"),
            expected,
            bundle_with_chart_file("Chart.yaml", &chart),
        ));
    };
    for (what, name) in [
        ("dot", "."),
        ("dots", ".."),
        ("path", "../../x"),
        ("slash", "a/b"),
        ("backslash", "a\\\\b"),
        ("newline", "a\\nb"),
        ("escape", "a\\e[31mb"),
        ("nul", "a\\0b"),
        ("bidi", "a\\u202Eb"),
        ("empty", ""),
    ] {
        metadata(
            &format!("name-{what}"),
            Expected::Rejected,
            format!("name: \"{name}\"\nversion: 0.1.0\n"),
        );
    }
    for (what, version) in [
        ("path", "../../x"),
        ("escape", "0.1.0\\e[31m"),
        ("newline", "0.1.0\\n0.2.0"),
        ("empty", ""),
        ("word", "latest"),
    ] {
        metadata(
            &format!("version-{what}"),
            Expected::Rejected,
            format!("name: tiny\nversion: \"{version}\"\n"),
        );
    }
    let escape = "\\e]0;title\\a\\e[2J\\r\\u202Eevil";
    for field in ["appVersion", "description", "home", "icon"] {
        let text = format!("name: tiny\nversion: 0.1.0\n{field}: \"{escape}\"\n");
        // Harmless as long as it is never printed as it is.
        metadata(&format!("{}-escape", field.to_lowercase()), Expected::Bounded, text);
    }
    let notes =
        bundle_with_chart_file("templates/NOTES.txt", "\u{1b}]0;title\u{7}\u{1b}[2J\rinstalled\n");
    cases.push(Case::new("E1", "notes-escape", Expected::Accepted, notes));
    cases
}

fn broken() -> Vec<Case> {
    let rejected =
        |what: &str, bytes| Case::new("E2", format!("chart-{what}"), Expected::Rejected, bytes);
    let chart_yaml = |text: &str| bundle_with_chart_file("Chart.yaml", text);
    let without = |path: &str| {
        let mut files = chart_files();
        files.retain(|(known, _)| *known != path);
        bundle(HINTS_YAML.as_bytes(), &[], &files, &images())
    };
    let lock = HostileTar::new()
        .entry(&Header::other(b'2', "original-chart/Chart.lock", "/etc/passwd"), b"");
    let dependency = "apiVersion: v2\nname: tiny\nversion: 0.1.0\ndependencies:\n  - name: x\n    version: 1.0.0\n    repository: file://../../../etc\n";
    let alias = "apiVersion: v2\nname: tiny\nversion: 0.1.0\ndependencies:\n  - name: x\n    version: 1.0.0\n    alias: ../../x\n    repository: https://charts.example\n";
    vec![
        rejected("yaml-missing", without("Chart.yaml")),
        rejected("yaml-empty", chart_yaml("")),
        rejected("yaml-null", chart_yaml("null\n")),
        rejected("yaml-is-a-list", chart_yaml("- apiVersion: v2\n")),
        rejected("yaml-not-yaml", chart_yaml("name: [\n")),
        rejected("yaml-not-utf8", bundle_not_utf8()),
        rejected("yaml-without-name", chart_yaml("apiVersion: v2\nversion: 0.1.0\n")),
        rejected("yaml-without-version", chart_yaml("apiVersion: v2\nname: tiny\n")),
        // helm 4.3.1 takes the last of two equal keys.
        Case::new(
            "E2",
            "chart-yaml-double-key",
            Expected::Bounded,
            chart_yaml("apiVersion: v2\nname: tiny\nname: evil\nversion: 0.1.0\n"),
        ),
        rejected("lock-is-a-symlink", bundle_with(&lock.unfinished())),
        // Charts of one source tree name each other so; the dependency itself is vendored, and the path never opened.
        Case::new("E2", "chart-dependency-elsewhere", Expected::Bounded, chart_yaml(dependency)),
        rejected("dependency-alias-path", chart_yaml(alias)),
        Case::new("E2", "chart-values-missing", Expected::Bounded, without("values.yaml")),
        rejected("values-is-a-list", bundle_with_chart_file("values.yaml", "- a\n")),
        rejected("values-not-yaml", bundle_with_chart_file("values.yaml", "a: [\n")),
        rejected("hints-not-a-list", bundle(b"a: b\n", &[], &chart_files(), &images())),
        rejected("hints-not-yaml", bundle(b"- [\n", &[], &chart_files(), &images())),
        rejected(
            "subchart-not-an-archive",
            bundle_with_chart_file("charts/sub-1.0.0.tgz", "not gzip"),
        ),
    ]
}

fn bundle_not_utf8() -> Vec<u8> {
    let mut tar = HostileTar::new().file("hints.yaml", HINTS_YAML.as_bytes());
    tar = tar
        .file("original-chart/Chart.yaml", b"apiVersion: v2\nname: ti\xff\xfeny\nversion: 0.1.0\n");
    for (path, content) in chart_files() {
        if path != "Chart.yaml" {
            tar = tar.file(&format!("original-chart/{path}"), content.as_bytes());
        }
    }
    tar.file("images.tar", &images()).finish()
}
