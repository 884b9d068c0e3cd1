use std::path::Path;

use ops::{ChartTargetKind, Compat, ProblemKind as K, RegistryKind, Scheme};

use super::*;
use crate::command_line::{Command, Parsed, parse};

const HARBOR: &str = include_str!("../../tests/fixtures/load-image-harbor.yaml");

/// A directory to work in, with a package called `kairship`.
struct Place {
    root: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("kairship")).unwrap();
        Self { root, variables: Vec::new() }
    }

    fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.root.path().join(name), text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    fn resolve(&self, line: &str) -> Result<Settings, Error> {
        let pairs: Vec<(&str, &str)> =
            self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut environment = Environment::fixed(&pairs);
        environment.directory = self.root.path().to_owned();
        let words = format!("ferry sync {line}").split_whitespace().map(Into::into).collect();
        let Parsed::Run(line) = parse(words, Language::En) else { panic!("not parsed: {line}") };
        let Command::Sync(args) = &line.command else { panic!("not sync") };
        match resolve(args, &environment, Language::En) {
            Ok(settings) => Ok(settings),
            Err(Failure::Operation(error)) => Err(error),
            Err(other) => panic!("{other:?}"),
        }
    }

    fn options(&self, line: &str) -> SyncOptions {
        self.resolve(line).unwrap_or_else(|error| panic!("{error:?}")).options
    }

    fn mistakes(&self, line: &str) -> Vec<(K, String)> {
        let error = self.resolve(line).expect_err("should be refused");
        error.problems.into_iter().map(|one| (one.kind, one.subject)).collect()
    }
}

fn login(credentials: Option<&Credentials>) -> (&str, &str) {
    credentials.map_or(("", ""), |one| (&one.username, one.password.expose()))
}

#[test]
fn the_runbooks_file_becomes_options() {
    let place = Place::new().file("load-image.yaml", HARBOR);
    for line in ["--config load-image.yaml", ""] {
        let options = place.options(line);
        assert_eq!(options.packages, [Path::new("kairship")]);
        let registry = options.registry.unwrap();
        assert_eq!(registry.host, "10.16.10.111");
        // The chart repository's URL names the same host.
        assert_eq!(registry.scheme, Some(Scheme::Http));
        assert_eq!(registry.kind, RegistryKind::Harbor);
        assert_eq!(login(registry.credentials.as_ref()), ("admin", "Harbor12345"));
        let charts = options.charts.unwrap();
        assert_eq!(charts.kind, ChartTargetKind::Harbor);
        assert_eq!(login(charts.credentials.as_ref()), ("admin", "Harbor12345"));
        let rules = options.relocation.rules();
        assert_eq!(rules.registry.as_deref(), Some("10.16.10.111"));
        assert_eq!(rules.repository.as_deref(), Some("release.daocloud.io/kairship"));
        assert!(!options.dry_run && !options.skip_images);
    }
}

#[test]
fn notes_are_few_and_say_where() {
    let place = Place::new().file("f.yaml", HARBOR);
    let notes = place.resolve("--config f.yaml").unwrap().notes;
    let told: Vec<_> = notes.iter().map(|one| (one.kind, one.subject.as_str())).collect();
    assert_eq!(
        told,
        [
            (K::ConfigAuthNotNested, "f.yaml:10:5: target.repo.auth"),
            (K::ConfigDefaultPassword, "f.yaml:11:15: target.repo.auth.password"),
            (K::ConfigDefaultPassword, "f.yaml:15:17: target.containers.auth.password"),
        ]
    );
}

#[test]
fn passwords_are_in_no_debug_output() {
    let place = Place::new().file("f.yaml", &HARBOR.replace("Harbor12345", "canary"));
    let settings = place.resolve("--config f.yaml").unwrap();
    assert!(!format!("{settings:?}").contains("canary"));
    assert_eq!(login(settings.options.charts.unwrap().credentials.as_ref()).1, "canary");
}

#[test]
fn flags_and_environment_override_the_file() {
    let place = Place::new()
        .file("f.yaml", HARBOR)
        .file("secret", "from-file\n")
        .variable("TARGET_REPO_AUTH_PASSWORD", "from-env")
        .variable("TARGET_CONTAINERS_AUTH_USERNAME", "robot");
    let options = place.options(
        "other.tar --config f.yaml --to-registry https://reg.io:5000/a/b --to-repo oci://reg.io:5000/c \
         --registry-password-file secret --on-conflict overwrite --dry-run --deep --concurrency 8",
    );
    assert_eq!(options.packages, [Path::new("other.tar")]);
    let registry = options.registry.unwrap();
    assert_eq!((registry.host.as_str(), registry.scheme), ("reg.io:5000", Some(Scheme::Https)));
    assert_eq!(login(registry.credentials.as_ref()), ("robot", "from-file"));
    assert_eq!(options.relocation.rules().repository.as_deref(), Some("a/b"));
    let charts = options.charts.unwrap();
    assert_eq!((charts.kind, charts.url.as_str()), (ChartTargetKind::Oci, "oci://reg.io:5000/c"));
    assert_eq!(login(charts.credentials.as_ref()), ("admin", "from-env"));
    assert!(options.dry_run && options.deep);
    assert_eq!((options.on_conflict, options.concurrency), (ops::ConflictPolicy::Overwrite, 8));
}

#[test]
fn no_file_is_needed() {
    let place = Place::new().file("load-image.yaml", HARBOR);
    let options = place.options(
        "a.tar b.tar --to-registry 10.0.0.1:5000 --to-repo ./charts --platform linux/arm64",
    );
    assert_eq!(options.packages.len(), 2);
    let charts = options.charts.unwrap();
    assert_eq!((charts.kind, charts.url.as_str()), (ChartTargetKind::Local, "./charts"));
    assert_eq!(options.registry.unwrap().scheme, None);
    assert_eq!(options.platform.unwrap().to_string(), "linux/arm64");
    // Images only.
    assert!(place.options("a.tar --to-registry 10.0.0.1:5000").charts.is_none());
    for (url, kind) in [
        ("http://h/chartrepo/p", ChartTargetKind::Harbor),
        ("https://h/artifactory/x", ChartTargetKind::Jfrog),
        ("https://h/ --to-repo-kind ChartMuseum", ChartTargetKind::ChartMuseum),
    ] {
        let options = place.options(&format!("a.tar --to-registry r.io --to-repo {url}"));
        assert_eq!(options.charts.unwrap().kind, kind);
    }
}

#[test]
fn what_is_missing_or_contradictory_is_told() {
    let place = Place::new().file("secret", "s\n");
    for (line, kind, subject) in [
        ("", K::ConfigNotFound, "load-image.yaml"),
        ("a.tar", K::NoRelocationRule, "target.containerRegistry"),
        ("--to-registry r.io", K::ConfigMissing, "source.intermediateBundlesPath"),
        ("a.tar --to-registry ftp://r.io", K::Usage, "--to-registry"),
        ("a.tar --to-registry r.io/a --registry-path b", K::Usage, "--registry-path"),
        ("a.tar --to-registry r.io --registry-path A", K::ConfigValue, "target"),
        ("a.tar --to-registry r.io --to-repo https://h/", K::Usage, "--to-repo"),
        (
            "a.tar --to-registry r.io --registry-username u",
            K::CredentialsInvalid,
            "target.containers.auth",
        ),
        (
            "a.tar --to-registry r.io --registry-password canary",
            K::CredentialsInvalid,
            "--registry-password",
        ),
        (
            "a.tar --to-registry r.io --registry-username u --registry-password-file none",
            K::CredentialsInvalid,
            "none",
        ),
        ("a.tar --to-registry r.io --plain-http a/b", K::Usage, "--plain-http"),
        ("a.tar --to-registry r.io --from-date yesterday", K::Usage, "--from-date"),
        ("a.tar --to-registry r.io -g x", K::ConfigUnsupported, "--generate-config"),
        ("a.tar --skip-images", K::ConfigMissing, "target.repo"),
        ("--config none.yaml", K::ConfigNotFound, "none.yaml"),
    ] {
        let mistakes = place.mistakes(line);
        assert_eq!(mistakes[0].0, kind, "{line}: {mistakes:?}");
        assert!(mistakes[0].1.ends_with(subject), "{line}: {mistakes:?}");
        assert!(!format!("{mistakes:?}").contains("canary"));
    }
}

#[test]
fn a_package_that_is_not_there_is_an_error_and_is_not_created() {
    let place = Place::new().file("f.yaml", &HARBOR.replace("Path: kairship", "Path: kairshp"));
    let mistakes = place.mistakes("--config f.yaml");
    assert_eq!(mistakes[0], (K::PackageNotFound, "kairshp".into()));
    assert!(!place.root.path().join("kairshp").exists());
}

#[test]
fn every_mistake_of_the_file_is_told_at_once() {
    let text = HARBOR.replace("containerRegistry", "containerRegitsry").replace("HARBOR", "FOO");
    let mistakes = Place::new().file("f.yaml", &text).mistakes("--config f.yaml");
    let kinds: Vec<K> = mistakes.iter().map(|one| one.0).collect();
    assert!(kinds.starts_with(&[K::ConfigUnknownKey, K::ConfigValue]), "{kinds:?}");
}

#[test]
fn a_registry_in_the_command_line_replaces_the_files_whichever_rule_it_uses() {
    let text = "source:\n  intermediateBundlesPath: kairship\ntarget:\n  containerPrefixRegistry: old.io\n  repo:\n    kind: LOCAL\n    path: c\n";
    let place = Place::new().file("f.yaml", text);
    assert_eq!(place.options("--config f.yaml").registry.unwrap().host, "old.io");
    let options = place.options("--config f.yaml --to-registry new.io");
    assert_eq!(options.registry.unwrap().host, "new.io");
    assert_eq!(options.relocation.rules().prefix_registry.as_deref(), Some("new.io"));
}

#[test]
fn flags_of_charts_syncer_mean_what_one_expects() {
    let place = Place::new().file("f.yaml", HARBOR);
    let settings = place
        .resolve("--config f.yaml --insecure --verify --skip-dependencies --from-date 2024-01-31 --latest-version-only --auto-create-repository --compat charts-syncer")
        .unwrap();
    let options = settings.options;
    assert_eq!(options.network.insecure.len(), 1);
    assert!(options.network.insecure[0].matches("10.16.10.111", 443));
    assert!(options.network.plain_http.is_empty());
    assert!(options.dry_run && options.selection.latest_only && options.create_projects);
    assert_eq!(options.relocation.rules().compat, Compat::ChartsSyncer);
    let ignored = settings.notes.iter().filter(|one| one.kind == K::ConfigIgnored).count();
    assert_eq!(ignored, 3);
    // Images can be listed without any target.
    assert_eq!(place.options("a.tar --print-images").packages.len(), 1);
}

#[test]
fn state_is_kept_where_the_system_says() {
    let of = |pairs: &[(&str, &str)], workdir: Option<&str>| {
        state_directory(workdir.map(PathBuf::from).as_ref(), &Environment::fixed(pairs))
    };
    assert_eq!(of(&[("HOME", "/h")], None), Path::new("/h/.local/state/ferry"));
    assert_eq!(of(&[("HOME", "/h"), ("XDG_STATE_HOME", "/x")], None), Path::new("/x/ferry"));
    assert_eq!(of(&[("FERRY_WORKDIR", "/w")], None), Path::new("/w"));
    assert_eq!(of(&[("FERRY_WORKDIR", "/w")], Some("/v")), Path::new("/v"));
}

#[test]
fn one_service_needs_its_credentials_once() {
    let place = Place::new().file("secret", "s\n");
    let login_of = |repo: &str| {
        let options = place.options(&format!(
            "a.tar --to-registry reg.io:5000 --registry-username u --registry-password-file {} --to-repo {repo}",
            place.root.path().join("secret").display()
        ));
        options.charts.unwrap().credentials.map(|one| one.username)
    };
    assert_eq!(login_of("oci://reg.io:5000/charts").as_deref(), Some("u"));
    assert_eq!(login_of("http://reg.io:5000/chartrepo/p").as_deref(), Some("u"));
    assert_eq!(login_of("http://reg.io/chartrepo/p"), None);
    assert_eq!(login_of("https://reg.io:5000/ --to-repo-kind chartmuseum"), None);
}

/// A file with two pairs of credentials.
fn with_pairs(repo: &str, registry: &str) -> String {
    format!(
        "source:\n  intermediateBundlesPath: kairship\ntarget:\n  containerRegistry: r.io\n  repo:\n    kind: OCI\n    url: https://r.io/p\n    auth:\n{repo}  containers:\n    auth:\n{registry}"
    )
}

fn pair(username: &str, password: &str) -> String {
    format!("      username: {username}\n      password: {password}\n")
}

#[test]
fn halves_of_both_pairs_are_told_at_once_with_their_places() {
    let text = with_pairs(&pair("admin", "#abc"), &pair("~", "x"));
    let place = Place::new().file("f.yaml", &text);
    let error = place.resolve("--config f.yaml").unwrap_err();
    let told: Vec<_> =
        error.problems.iter().map(|one| (one.subject.as_str(), one.detail.as_str())).collect();
    assert_eq!(told[0].0, "f.yaml:10:7: target.repo.auth.password");
    assert!(told[0].1.contains("`#…` begins a comment; put it in quotes"), "{told:?}");
    assert_eq!(told[1].0, "f.yaml:13:7: target.containers.auth.username");
    assert_eq!(told.len(), 2);
    // What is empty in the file may come from elsewhere.
    let text = with_pairs(&pair("admin", ""), &pair("admin", "\"\""));
    let place = Place::new()
        .file("f.yaml", &text)
        .variable("TARGET_REPO_AUTH_PASSWORD", "a")
        .variable("TARGET_CONTAINERS_AUTH_PASSWORD", "b");
    assert_eq!(login(place.options("--config f.yaml").charts.unwrap().credentials.as_ref()).1, "a");
    // The credentials of a repository that cannot be used are looked at too.
    let text = with_pairs(&pair("a", ""), &pair("a", "")).replace("kind: OCI", "kind: FOO");
    let mistakes = Place::new().file("f.yaml", &text).mistakes("--config f.yaml");
    let count = mistakes.iter().filter(|one| one.0 == K::CredentialsInvalid).count();
    assert_eq!(count, 2, "{mistakes:?}");
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    let place = Place::new().file("f.yaml", "target:\n  containerRepository: a/b\n");
    let kinds: Vec<K> = place.mistakes("--config f.yaml").into_iter().map(|one| one.0).collect();
    assert_eq!(kinds, [K::ConfigMissing, K::ConfigMissing, K::NoRelocationRule]);
}

#[test]
fn a_file_without_certificates_is_a_mistake_of_the_configuration() {
    let place = Place::new().file("ca.pem", "hello").file("f.yaml", HARBOR);
    let error = place.resolve("--config f.yaml --ca-file ca.pem").unwrap_err();
    let told = error.problems.iter().find(|one| one.subject.starts_with("--ca-file /")).unwrap();
    assert_eq!((told.kind, told.severity), (K::ConfigValue, Severity::Error));
    assert!(told.detail.contains("not PEM"));
    let place = place.variable("FERRY_CA_FILE", "none.pem");
    let mistakes = place.mistakes("--config f.yaml");
    assert!(mistakes.iter().any(|one| one.1.starts_with("FERRY_CA_FILE ")), "{mistakes:?}");
}
