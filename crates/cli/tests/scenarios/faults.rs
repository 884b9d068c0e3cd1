//! A registry that misbehaves: a clear error, nothing half published, and the run can be repeated.

use testkit::FaultProxy;
use testkit::fault_proxy::{Action, Answer, Rule, Times};
use testkit::registry::RegistryKind;

use crate::site::{PATH, Site, kairship, report, small_bundle, sync_to};

/// Every upload request meets `action`; the code of the error, and whether a second run without faults succeeds.
fn fails_with(kind: RegistryKind, rules: Vec<Rule>, code: &str) {
    let Some(site) = Site::new(kind) else { return };
    let (package, path) = kairship(&site.env);
    let proxy = FaultProxy::start(site.registry.address(), rules).unwrap();
    let out = sync_to(&site.env, &proxy.host(), &path, &[]).exits_with(5);
    assert!(out.stderr().contains(&format!("error[{code}]")), "{code}: {out:?}");
    assert!(site.state().is_empty(), "nothing has a tag");
    assert!(!site.env.work().join("charts/index.yaml").exists(), "no chart");
    proxy.set_rules([]);
    let _ = sync_to(&site.env, &proxy.host(), &path, &[]).success();
    site.assert_has(&package);
}

const UPLOADS: &str = "*/blobs/uploads/*";

#[test]
fn refusals_are_explained() {
    let kind = RegistryKind::Distribution;
    let answer =
        |status, error: &str| Action::AnswerEarly(Answer::registry_error(status, error, "no"));
    fails_with(kind, vec![Rule::on("POST", UPLOADS, answer(401, "UNAUTHORIZED"))], "E2021");
    fails_with(kind, vec![Rule::on("POST", UPLOADS, answer(403, "DENIED"))], "E2022");
    fails_with(kind, vec![Rule::on("POST", UPLOADS, answer(404, "NAME_UNKNOWN"))], "E2041");
    fails_with(kind, vec![Rule::path(UPLOADS, Action::AnswerEarly(Answer::html(413)))], "E2051");
}

#[test]
fn a_web_page_is_no_registry() {
    fails_with(
        RegistryKind::Docker,
        vec![Rule::path("/v2/", Action::Answer(Answer::html(200)))],
        "E2061",
    );
}

#[test]
fn patience_helps_with_what_passes() {
    let Some(site) = Site::new(RegistryKind::Docker) else { return };
    let (package, path) = kairship(&site.env);
    let rules = [
        Rule::on("POST", UPLOADS, Action::Answer(Answer::too_many_requests(1)))
            .times(Times::First(1)),
        Rule::on("PUT", UPLOADS, Action::Answer(Answer::status(502))).times(Times::First(2)),
        Rule::on("PUT", "*/manifests/*", Action::Answer(Answer::status(500)))
            .times(Times::First(1)),
        Rule::on("HEAD", "*/manifests/*", Action::CutAtOnce).times(Times::First(2)),
    ];
    let proxy = FaultProxy::start(site.registry.address(), rules).unwrap();
    let out = sync_to(&site.env, &proxy.host(), &path, &[]).success();
    assert_eq!(report(&out)["dry_run"], false);
    site.assert_has(&package);
}

#[test]
fn a_cut_connection_is_survived_in_every_phase() {
    for kind in RegistryKind::ALL {
        for action in [Action::CutAtOnce, Action::CutRequestAfter(500), Action::CutBeforeResponse] {
            let Some(site) = Site::new(kind) else { return };
            let (package, path) = kairship(&site.env);
            let rules = [
                Rule::on("POST", "*", action.clone()).times(Times::Only(2)),
                Rule::on("PATCH", "*", action.clone()).times(Times::Only(1)),
                Rule::on("PUT", UPLOADS, action.clone()).times(Times::Only(3)),
                Rule::on("PUT", "*/manifests/*", action.clone()).times(Times::Only(2)),
            ];
            let proxy = FaultProxy::start(site.registry.address(), rules).unwrap();
            let _ = sync_to(&site.env, &proxy.host(), &path, &[]).success();
            site.assert_has(&package);
        }
    }
}

#[test]
fn a_redirect_elsewhere_gets_no_upload() {
    let Some(site) = Site::new(RegistryKind::Docker) else { return };
    let (_, path) = kairship(&site.env);
    let elsewhere = FaultProxy::start(site.registry.address(), []).unwrap();
    let to = Answer::redirect(&format!("http://localhost:{}/v2/", elsewhere.address().port()));
    let proxy =
        FaultProxy::start(site.registry.address(), [Rule::on("POST", UPLOADS, Action::Answer(to))])
            .unwrap();
    let out = sync_to(&site.env, &proxy.host(), &path, &[]).exits_with(5);
    assert!(out.stderr().contains("error[E20"), "{out:?}");
    assert!(elsewhere.log().is_empty(), "{:?}", elsewhere.log());
    assert!(site.state().is_empty());
}

#[test]
fn a_chart_that_is_refused_does_not_keep_the_others_back() {
    let Some(site) = Site::new(RegistryKind::Docker) else { return };
    let names = ["one", "two", "three"];
    let bundles =
        names.map(|name| small_bundle(&site.env, name, &[&format!("quay.io/t/{name}:v1")]));
    let more: Vec<&str> = bundles.iter().map(|path| path.to_str().unwrap()).collect();
    let refused = Answer::html(413);
    let rule = Rule::on("PUT", "/v2/charts/one/manifests/*", Action::AnswerEarly(refused));
    let proxy = FaultProxy::start(site.registry.address(), [rule]).unwrap();
    let to_repo = format!("oci://{}/charts", proxy.host());
    let more = [&more[1..], &["--to-repo", &to_repo]].concat();
    let out = sync_to(&site.env, &proxy.host(), &bundles[0], &more).exits_with(5);
    assert_eq!(out.stderr().matches("error[E").count(), 1, "{out:?}");
    assert!(out.stderr().contains("error[E2051]") && out.stderr().contains("one 1.0.0"), "{out:?}");
    for (name, is_there) in [("one", false), ("two", true), ("three", true)] {
        let chart = site.manifest(&format!("charts/{name}"), "1.0.0");
        assert_eq!(chart.is_some(), is_there, "{name}");
        assert!(site.manifest(&format!("{PATH}/{name}"), "v1").is_some());
    }
}

/// An Artifactory without repositories in front of the registry, which keeps the images.
fn artifactory(chart: &str) -> Vec<Rule> {
    let file = "/artifactory/charts/demo-1.0.0.tgz";
    let answer =
        |status, body: &str| Action::Answer(Answer::status(status).body("text/plain", body));
    let there = Action::Answer(Answer::status(200).header("X-Checksum-Sha256", chart));
    vec![
        Rule::path("/artifactory/api/system/ping", answer(200, "OK")),
        Rule::on("PUT", "/artifactory/api/repositories/*", answer(200, "created")),
        Rule::on("PUT", file, answer(201, "{}")),
        Rule::on("HEAD", file, there).times(Times::After(1)),
        Rule::path("/artifactory/*", answer(404, "not found")),
    ]
}

#[test]
fn repositories_of_an_artifactory_are_created_when_asked_for() {
    let Some(site) = Site::new(RegistryKind::Docker) else { return };
    let path = small_bundle(&site.env, "demo", &["quay.io/t/w:v1"]);
    let proxy = FaultProxy::start(site.registry.address(), []).unwrap();
    // The digest of the relocated chart, to answer with.
    let plan = report(&sync_to(&site.env, &proxy.host(), &path, &["--dry-run"]).success());
    let chart = plan["charts"][0]["digest"].as_str().unwrap().trim_start_matches("sha256:");
    proxy.set_rules(artifactory(chart));
    let to_repo = format!("http://{}/artifactory/charts", proxy.host());
    let to = ["--registry-kind", "jfrog", "--to-repo", &to_repo];
    let sync = |more: &[&str]| sync_to(&site.env, &proxy.host(), &path, &[&to, more].concat());
    let created = || proxy.count("PUT", "/artifactory/api/repositories/*");

    let out = sync(&[]).exits_with(5);
    assert!(out.stderr().contains("no chart repository at"), "{out:?}");
    let _ = sync(&["--create-projects", "--dry-run"]).success();
    assert_eq!(created(), 0);
    let out = report(&sync(&["--create-projects"]).success());
    assert_eq!(out["charts"][0]["action"], "publish");
    for key in ["release.daocloud.io", "charts"] {
        let path = format!("/artifactory/api/repositories/{key}");
        assert_eq!(proxy.count("PUT", &path), 1, "{key}");
    }
    assert_eq!(created(), 2);

    // One repository cannot hold both.
    let to_repo = format!("http://{}/artifactory/release.daocloud.io", proxy.host());
    let to = ["--registry-kind", "jfrog", "--create-projects", "--to-repo", &to_repo];
    let out = sync_to(&site.env, &proxy.host(), &path, &to).exits_with(2);
    assert!(out.stderr().contains("error[E4008]"), "{out:?}");
    assert_eq!(created(), 2);
}

#[test]
fn the_project_of_charts_in_a_registry_is_created_when_asked_for() {
    let Some(site) = Site::new(RegistryKind::Docker) else { return };
    let path = small_bundle(&site.env, "demo", &["quay.io/t/w:v1"]);
    let json =
        |status, body: &str| Action::Answer(Answer::status(status).body("application/json", body));
    let no_project = r#"{"errors":[{"code":"NOT_FOUND","message":"project charts not found"}]}"#;
    let missing = Rule::path("/v2/charts/demo/tags/list", json(404, no_project));
    let harbor = [
        missing.clone(),
        Rule::path("/api/v2.0/systeminfo", json(200, r#"{"auth_mode":"db_auth"}"#)),
        Rule::on("POST", "/api/v2.0/projects", Action::Answer(Answer::status(201))),
        Rule::path("/api/*", Action::Answer(Answer::status(404))),
    ];
    let proxy = FaultProxy::start(site.registry.address(), harbor).unwrap();
    let to_repo = format!("oci://{}/charts", proxy.host());
    let sync = |more: &[&str]| {
        sync_to(&site.env, &proxy.host(), &path, &[&["--to-repo", &to_repo], more].concat())
    };
    let out = sync(&[]).exits_with(5);
    assert!(out.stderr().contains("error[E2041]"), "{out:?}");
    let _ = sync(&["--create-projects"]).success();
    assert_eq!(proxy.count("POST", "/api/v2.0/projects"), 1);
    assert!(site.manifest("charts/demo", "1.0.0").is_some());

    // A registry that is no Harbor has no projects to create.
    proxy.set_rules([missing]);
    let out = sync(&["--create-projects"]).exits_with(5);
    assert!(out.stderr().contains("error[E2041]"), "{out:?}");
}
