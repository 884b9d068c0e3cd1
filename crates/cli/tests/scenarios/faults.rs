//! A registry that misbehaves: a clear error, nothing half published, and the run can be repeated.

use testkit::FaultProxy;
use testkit::fault_proxy::{Action, Answer, Rule, Times};
use testkit::registry::RegistryKind;

use crate::site::{Site, kairship, report, sync_to};

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
