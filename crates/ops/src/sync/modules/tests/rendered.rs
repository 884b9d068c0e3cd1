//! Charts whose templates have the last word.

use super::super::check_rendered;
use super::*;

/// A Deployment whose image is on line 8.
fn pod(image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    spec:\n      containers:\n      - image: {image}\n        name: web\n"
    )
}

fn with(values: &str, templates: &[(&str, String)]) -> ChartFiles {
    templates.iter().fold(chart("1.0.0", values), |chart, (name, text)| {
        chart.with(&format!("templates/{name}.yaml"), text.clone())
    })
}

fn flat() -> RelocationRules {
    RelocationRules {
        registry: Some("r.example".into()),
        repository: Some("p".into()),
        ..Default::default()
    }
}

fn edits(material: &Material) -> Vec<String> {
    let edits = material.charts.iter().flat_map(|chart| &chart.edits);
    edits.map(|edit| format!("{}={}", edit.path, edit.after)).collect()
}

fn checked(case: &Case) -> Vec<Problem> {
    let opened = block_on(open_package(case.first())).unwrap();
    let mut problems = Vec::new();
    check_rendered(&opened, &mut problems);
    problems
}

#[test]
fn a_hub_that_is_added_where_there_is_no_slash_gets_the_path() {
    let values = "hub: quay.io\nname: web\ntag: v1\n";
    let template = pod(
        "{{ if contains \"/\" .Values.name }}{{ .Values.name }}{{ else }}{{ .Values.hub }}/{{ .Values.name }}{{ end }}:{{ .Values.tag }}",
    );
    let chart = with(values, &[("web", template)]);
    let images = [image("quay.io/web:v1", Arch::Amd64, "a")];
    let hint = "- \"{{ .hub }}/{{ .name }}:{{ .tag }}\"\n";
    let case = Case::new().with("a.tar", &bundle(hint, chart, &images)).rules(flat());
    let material = case.read().unwrap();
    assert_eq!(targets(&material), ["r.example/p/web:v1"]);
    assert_eq!(edits(&material), ["hub=r.example/p"]);
}

#[test]
fn a_registry_that_the_template_puts_in_front_is_not_written_a_second_time() {
    let values =
        "global: {imageRegistry: quay.io}\na: {repository: t/w}\nb: {image: quay.io/t/x}\n";
    let second = "{{ if hasPrefix \"quay.io\" .Values.b.image }}{{ .Values.b.image }}{{ else }}{{ .Values.global.imageRegistry }}/{{ .Values.b.image }}{{ end }}:v1";
    let templates = [
        ("a", pod("{{ .Values.global.imageRegistry }}/{{ .Values.a.repository }}:v1")),
        ("b", pod(second).replace("name: web}", "name: other}")),
    ];
    let images =
        [image("quay.io/t/w:v1", Arch::Amd64, "a"), image("quay.io/t/x:v1", Arch::Amd64, "b")];
    let hints =
        "- \"{{ .global.imageRegistry }}/{{ .a.repository }}:v1\"\n- \"{{ .b.image }}:v1\"\n";
    let package = bundle(hints, with(values, &templates), &images);
    let material = Case::new().with("a.tar", &package).read().unwrap();
    assert_eq!(targets(&material), ["r.example/t/w:v1", "r.example/t/x:v1"]);
    assert_eq!(edits(&material), ["global.imageRegistry=r.example", "b.image=t/x"]);
}

#[test]
fn a_template_that_no_spelling_satisfies_is_named_with_line_and_value() {
    let template = pod("{{ regexReplaceAll \"^[^/]*\" .Values.name \"quay.io\" }}:v1");
    let chart = with("name: quay.io/t/w\n", &[("web", template)]);
    let images = [image("quay.io/t/w:v1", Arch::Amd64, "a")];
    let case = Case::new().with("a.tar", &bundle("- \"{{ .name }}:v1\"\n", chart, &images));
    let Err(error) = case.read() else { panic!("it went well") };
    let problem = error.problems.iter().find(|one| one.severity == Severity::Error).unwrap();
    assert_eq!(
        (problem.kind, problem.subject.as_str()),
        (ProblemKind::RenderedElsewhere, "demo/templates/web.yaml:8")
    );
    for part in ["`quay.io/t/w:v1` instead of `r.example/t/w:v1`", "name = `r.example/t/w`"] {
        assert!(problem.detail.contains(part), "{}", problem.detail);
    }
}

#[test]
fn what_renders_has_to_be_in_the_package() {
    let values = "name: quay.io/t/w\n";
    let templates = [("web", pod("{{ .Values.name }}:v1")), ("side", pod("busybox:1"))];
    let package = |images: &[Image]| {
        bundle("- \"{{ .name }}:v1\"\n- \"{{ .name }}:v2\"\n", with(values, &templates), images)
    };
    let web = || image("quay.io/t/w:v1", Arch::Amd64, "a");
    let next = || image("quay.io/t/w:v2", Arch::Amd64, "b");
    let case = Case::new().with("a.tar", &package(&[web(), next()]));
    let missing = (ProblemKind::RenderedMissing, "busybox:1");
    assert_eq!(at_least(Severity::Error, &checked(&case)), [missing]);
    assert_eq!(errors(case.read()), [(missing.0, missing.1.to_owned())]);
    // A hint for something that operators start is no mistake.
    let unused = (ProblemKind::HintNotRendered, "quay.io/t/w:v2");
    assert!(at_least(Severity::Info, &checked(&case)).contains(&unused));

    let all = [web(), next(), image("docker.io/library/busybox:1", Arch::Amd64, "c")];
    let case = Case::new().with("a.tar", &package(&all));
    assert_eq!(at_least(Severity::Warning, &checked(&case)), []);
    // It is there, and no hint would give it its new name.
    let unhinted = (ProblemKind::RenderedUnhinted, "docker.io/library/busybox:1".to_owned());
    assert_eq!(errors(case.read()), [unhinted]);
}

#[test]
fn a_chart_that_wants_values_is_rendered_as_far_as_it_goes() {
    let templates = [
        ("web", pod("{{ .Values.name }}:v1")),
        ("secret", "a: {{ required \"give a password\" .Values.password }}\n".to_owned()),
    ];
    let package = |templates: &[(&str, String)]| {
        let images = [image("quay.io/t/w:v1", Arch::Amd64, "a")];
        bundle("- \"{{ .name }}:v1\"\n", with("name: quay.io/t/w\n", templates), &images)
    };
    let noted = |case: &Case| {
        let material = case.read().unwrap();
        assert_eq!(edits(&material), ["name=r.example/t/w"]);
        at_least(Severity::Info, &material.notes)
            .contains(&(ProblemKind::ChartNotRendered, "demo 1.0.0"))
    };
    assert!(noted(&Case::new().with("a.tar", &package(&templates))));
    // What can be seen without the values is looked at.
    let more = [templates[0].clone(), templates[1].clone(), ("side", pod("busybox:1"))];
    let material = Case::new().with("a.tar", &package(&more)).read().unwrap();
    let warned = (ProblemKind::RenderedMissing, "busybox:1");
    assert!(at_least(Severity::Warning, &material.notes).contains(&warned));
    assert!(!noted(&Case::new().with("a.tar", &package(&templates[..1]))));
    let broken = [("web", "{{ index .Values.none 3 }}".to_owned())];
    assert!(noted(&Case::new().with("a.tar", &package(&broken))));
}

#[test]
fn tests_and_charts_without_any_image_are_no_reason_to_stop() {
    let hook =
        pod("busybox:1").replace("{name: web}", "{name: t, annotations: {\"helm.sh/hook\": test}}");
    let templates = [("web", pod("{{ .Values.name }}:v1")), ("test", hook)];
    let chart = with("name: quay.io/t/w\n", &templates);
    let images = [image("quay.io/t/w:v1", Arch::Amd64, "a")];
    let case = Case::new().with("a.tar", &bundle("- \"{{ .name }}:v1\"\n", chart, &images));
    let warned = (ProblemKind::RenderedMissing, "busybox:1");
    assert_eq!(at_least(Severity::Warning, &case.read().unwrap().notes), [warned]);

    let alone = with("name: quay.io/t/w\n", &templates).tgz("demo");
    let case = Case::new().with("demo.tgz", &alone);
    assert_eq!(at_least(Severity::Info, &checked(&case)), []);
}

#[test]
fn a_path_called_like_the_old_registry_is_no_leftover() {
    let values = "image: {registry: quay.io, repository: t/w}\nother: quay.io/t\n";
    let images = [image("quay.io/t/w:v1", Arch::Amd64, "a")];
    let hint = "- \"{{ .image.registry }}/{{ .image.repository }}:v1\"\n";
    let rules = RelocationRules { repository: Some("quay.io/p".into()), ..flat() };
    let case =
        Case::new().with("a.tar", &bundle(hint, chart("1.0.0", values), &images)).rules(rules);
    let material = case.read().unwrap();
    assert_eq!(edits(&material), ["image.registry=r.example", "image.repository=quay.io/p/w"]);
    let left = (ProblemKind::RegistryLeft, "values.yaml:2");
    assert_eq!(at_least(Severity::Warning, &material.notes), [left]);
}
