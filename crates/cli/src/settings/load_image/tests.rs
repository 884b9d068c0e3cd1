use ops::{ProblemKind as K, Scheme, Severity as S};

use super::*;
use crate::language::Language;

const HARBOR: &str = include_str!("../../../tests/fixtures/load-image-harbor.yaml");
const LOCAL: &str = include_str!("../../../tests/fixtures/load-image-local.yaml");

/// A complete file with `extra` below `target` (indented by two).
fn with_target(extra: &str) -> String {
    format!(
        "source:\n  intermediateBundlesPath: b\ntarget:\n  containerRegistry: reg.io\n  repo:\n    kind: OCI\n    url: https://reg.io/p\n{extra}"
    )
}

fn kinds(text: &str) -> Vec<(S, K, usize)> {
    read(text).findings.iter().map(|one| (one.severity, one.kind, one.line)).collect()
}

/// The kinds that no correction of the text can settle: they are for the user to decide.
fn left_over(text: &str) -> Vec<K> {
    read(&corrected(text)).findings.iter().map(|one| one.kind).collect()
}

fn pair(auth: &Auth) -> (Option<&str>, Option<&str>) {
    (auth.username.as_deref(), auth.password.as_ref().map(Secret::expose))
}

#[test]
fn the_runbooks_harbor_file_is_accepted_verbatim() {
    let reading = read(HARBOR);
    assert!(reading.is_accepted());
    assert_eq!(
        kinds(HARBOR),
        [
            (S::Info, K::ConfigCommentSwapped, 2),
            (S::Info, K::ConfigValue, 8),
            (S::Warning, K::ConfigAuthNotNested, 10),
            (S::Info, K::ConfigCommentSwapped, 10),
            (S::Warning, K::ConfigDefaultPassword, 11),
            (S::Info, K::ConfigCommentSwapped, 14),
            (S::Warning, K::ConfigDefaultPassword, 15),
        ]
    );
    let config = reading.config;
    assert_eq!(config.bundles_path.as_deref(), Some("kairship"));
    assert_eq!(config.registry.unwrap().host, "10.16.10.111");
    assert_eq!(config.repository.as_deref(), Some("release.daocloud.io/kairship"));
    assert_eq!(pair(&config.registry_auth), (Some("admin"), Some("Harbor12345")));
    let repo = config.repo.unwrap();
    assert_eq!(repo.kind, ChartTargetKind::Harbor);
    assert_eq!(repo.url, "http://10.16.10.111/chartrepo/release.daocloud.io");
    assert_eq!(pair(&config.repo_auth), (Some("admin"), Some("Harbor12345")));
}

#[test]
fn the_runbooks_local_file_is_accepted_verbatim() {
    let reading = read(LOCAL);
    assert!(reading.is_accepted());
    let repo = reading.config.repo.unwrap();
    assert_eq!((repo.kind, repo.url.as_str()), (ChartTargetKind::Local, "./local-repo"));
    assert_eq!(pair(&reading.config.registry_auth), (Some("admin"), Some("Harbor12345")));
}

#[test]
fn the_corrected_runbook_file_changes_only_what_is_wrong() {
    let expected = HARBOR
        .replace(
            "# 节点上执行 load-image.yaml 文件的路径。",
            "# 离线包或其所在目录，相对于执行命令的目录",
        )
        .replace("    username: \"admin\" # 镜像仓库用户名", "      username: \"admin\" # @@用户名")
        .replace(
            "    password: \"Harbor12345\" # 镜像仓库密码",
            "      password: \"Harbor12345\" # @@密码",
        )
        .replace("# Helm 仓库用户名", "# 镜像仓库用户名")
        .replace("# Helm 仓库密码", "# 镜像仓库密码")
        .replace("@@", "Helm 仓库");
    assert_eq!(corrected(HARBOR), expected);
    assert_eq!(
        left_over(HARBOR),
        [K::ConfigValue, K::ConfigDefaultPassword, K::ConfigDefaultPassword]
    );
    assert_eq!(left_over(LOCAL), [K::ConfigDefaultPassword]);
}

#[test]
fn masks_hide_every_password_and_nothing_else() {
    let reading = read(HARBOR);
    let shown = masked(HARBOR, &reading.secrets);
    assert_eq!(shown, HARBOR.replace("\"Harbor12345\"", "\"***\""));
    let again = read(&shown);
    assert!(again.findings.iter().any(|one| one.kind == K::CredentialsInvalid));
}

/// The rows of the decoder's behaviour that the specification measured.
#[test]
fn inputs_that_charts_syncer_refuses_or_misreads() {
    // `auth:` with a null value only: accepted, unset.
    let text = with_target("    auth:\n");
    assert_eq!(kinds(&text), []);
    assert_eq!(read(&text).config.repo_auth, Auth::default());
    // Kinds in another case or by number are understood; unknown ones are not.
    for (written, kind) in [("harbor", ChartTargetKind::Harbor), ("3", ChartTargetKind::Harbor)] {
        let text =
            format!("target:\n  repo:\n    kind: {written}\n    url: https://h/chartrepo/p\n");
        assert_eq!(kinds(&text), [(S::Info, K::ConfigValue, 3)]);
        assert_eq!(read(&text).config.repo.unwrap().kind, kind);
        assert_eq!(left_over(&text), []);
    }
    assert_eq!(
        kinds("target:\n  repo:\n    kind: FOO\n    url: https://h/p\n"),
        [(S::Error, K::ConfigValue, 3)]
    );
    // A number as password or version is taken as it is written.
    let text = with_target("    auth:\n      username: a\n      password: 012345\n");
    assert_eq!(kinds(&text), [(S::Info, K::ConfigType, 10)]);
    assert_eq!(pair(&read(&text).config.repo_auth), (Some("a"), Some("012345")));
    assert!(corrected(&text).contains("password: \"012345\"\n"));
    let text = with_target("charts:\n  - name: redis\n    versions: [1.20]\n");
    assert_eq!(read(&text).config.charts[0].versions, ["1.20"]);
    assert!(corrected(&text).contains("versions: [\"1.20\"]\n"));
    // Charts by name alone, and `version` for `versions`.
    let text = with_target("charts:\n  - redis\n  - name: x\n    version: 1.2.3\n");
    assert_eq!(read(&text).config.charts[0].name, "redis");
    assert_eq!(read(&text).config.charts[1].versions, ["1.2.3"]);
    assert!(read(&text).is_accepted());
    assert!(
        corrected(&text)
            .ends_with("charts:\n  - name: redis\n  - name: x\n    versions: [1.2.3]\n")
    );
    assert_eq!(left_over(&text), []);
    let text = with_target("charts: [redis, \"kafka\"]\n");
    assert!(corrected(&text).ends_with("charts: [{name: redis}, {name: \"kafka\"}]\n"));
    // A repository and a path: the path wins, and that is told.
    let text =
        "source:\n  repo:\n    kind: OCI\n    url: https://h/p\n  intermediateBundlesPath: b\n";
    assert_eq!(kinds(text), [(S::Warning, K::ConfigIgnored, 2)]);
    // Unknown keys at the top; an empty file.
    assert_eq!(kinds("nonsense: 1\n"), [(S::Error, K::ConfigUnknownKey, 1)]);
    assert_eq!(kinds(""), []);
    assert_eq!(kinds("# only comments\n"), []);
}

#[test]
fn what_comes_with_pack_is_checked_and_then_refused() {
    let source =
        "source:\n  repo:\n    kind: OCI\n    url: https://h/p\n    chartsIndex: h/index:latest\n";
    assert!(kinds(source).iter().all(|one| one.1 == K::ConfigUnsupported));
    assert_eq!(
        kinds("source:\n  repo:\n    kind: OCI\n    url: https://h/p\n"),
        [(S::Error, K::ConfigUnsupported, 2)]
    );
    assert_eq!(
        kinds("source:\n  repo:\n    kind: OCI\n    url: nonsense\n"),
        [(S::Error, K::ConfigValue, 4)]
    );
    assert_eq!(
        kinds("target:\n  intermediateBundlesPath: out\n"),
        [(S::Error, K::ConfigUnsupported, 2)]
    );
}

const EVERY_KEY: &str = "\
source:
  intermediateBundlesPath: b
  containers:
    kind: HARBOR
    auth:
      registry: r.io
      username: u
      password: p
target:
  repoName: myrepo
  containerRegistry: reg.io
  containerRepository: a/b
  containerPrefixRegistry: pre.io:5000
  containerPrefixRepository: c
  appendOriginRegistry: true
  containers:
    kind: HARBOR
    auth:
      username: u
      password: p
  repo:
    kind: HARBOR
    url: https://reg.io/chartrepo/p
    disableChartsIndex: true
    useChartsIndex: false
    auth:
      username: u2
      password: p2
charts:
  - name: redis
    versions: [\"1.0.0\"]
    skipImages: true
relocateContainerImages: true
";

#[test]
fn every_key_is_known_in_both_spellings() {
    let mut snake = String::new();
    for line in EVERY_KEY.lines() {
        let (key, rest) = line.split_once(':').unwrap();
        for c in key.chars() {
            if c.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        snake.extend([":", rest, "\n"]);
    }
    assert!(snake.contains("intermediate_bundles_path") && snake.contains("skip_images"));
    for text in [EVERY_KEY, &snake] {
        let reading = read(text);
        assert!(reading.is_accepted(), "{:#?}", reading.findings);
        assert!(
            reading.findings.iter().all(|one| one.kind == K::ConfigIgnored),
            "{:#?}",
            reading.findings
        );
        let config = reading.config;
        assert_eq!(config.prefix_registry.unwrap().host, "pre.io:5000");
        assert_eq!(config.prefix_repository.as_deref(), Some("c"));
        assert!(config.append_origin_registry && config.charts[0].skip_images);
        assert_eq!(config.registry_kind, RegistryKind::Harbor);
        assert_eq!(pair(&config.registry_auth), (Some("u"), Some("p")));
        assert_eq!(pair(&config.repo_auth), (Some("u2"), Some("p2")));
    }
}

#[test]
fn keys_that_stand_at_the_top_are_understood_below_their_section() {
    let text = "\
source:
intermediateBundlesPath: ghippo-offline
target:
containerRegistry: 10.16.10.111 # 镜像仓库
containerRepository: release.daocloud.io/ghippo
repo:
  kind: HARBOR
  url: https://10.16.10.111/chartrepo/x
  auth:
    username: a
    password: b
";
    let reading = read(text);
    assert!(reading.is_accepted());
    assert_eq!(kinds(text).iter().map(|one| one.2).collect::<Vec<_>>(), [2, 4, 5, 6]);
    assert_eq!(reading.config.bundles_path.as_deref(), Some("ghippo-offline"));
    assert_eq!(pair(&reading.config.repo_auth), (Some("a"), Some("b")));
    let expected: String = text
        .lines()
        .map(|line| {
            let is_section = line == "source:" || line == "target:";
            if is_section { format!("{line}\n") } else { format!("  {line}\n") }
        })
        .collect();
    assert_eq!(corrected(text), expected);
    assert_eq!(left_over(text), []);
    // Without the section above it, it is a mistake.
    assert_eq!(kinds("containerRegistry: reg.io\n"), [(S::Error, K::ConfigNotNested, 1)]);
}

#[test]
fn auth_without_auth_and_with_other_keys_between_is_understood() {
    for (text, fixed) in [
        (
            "target:\n  containers:\n    username: u # 用户\n    password: p\n",
            "target:\n  containers:\n    auth:\n      username: u # 用户\n      password: p\n",
        ),
        (
            "target:\n  repo:\n    auth:\n    kind: LOCAL\n    username: u\n    path: ./x\n    password: p",
            "target:\n  repo:\n    auth:\n      username: u\n      password: p\n    kind: LOCAL\n    path: ./x\n",
        ),
        (
            "target:\r\n  containers:\r\n    auth:\r\n    # 凭证\r\n    username: u\r\n    password: p\r\n",
            "target:\r\n  containers:\r\n    auth:\r\n    # 凭证\r\n      username: u\r\n      password: p\r\n",
        ),
    ] {
        let reading = read(text);
        assert!(reading.is_accepted());
        assert_eq!(reading.findings[0].kind, K::ConfigAuthNotNested);
        assert_eq!(corrected(text), fixed);
        assert_eq!(left_over(text), []);
    }
    let both = "target:\n  containers:\n    auth:\n      username: u\n    password: p\n";
    assert_eq!(kinds(both), [(S::Error, K::ConfigConflict, 5)]);
}

#[test]
fn misspelt_keys_are_named_and_corrected() {
    let text = with_target("  containerRepositry: a/b\n").replace("source:", "sorce:");
    let reading = read(&text);
    let told: Vec<&str> = reading.findings.iter().map(|one| one.detail.en.as_str()).collect();
    assert_eq!(told, ["did you mean `source`?", "did you mean `containerRepository`?"]);
    assert_eq!(left_over(&text), []);
    // What nobody can guess becomes a comment.
    let text = with_target("  nonsense:\n    a: 1\n");
    assert_eq!(corrected(&text), with_target("#   nonsense:\n#     a: 1\n"));
}

#[test]
fn keys_that_stand_twice_are_mistakes() {
    let text = with_target("  containerRegistry: reg.io\n  container_registry: other.io\n");
    let expected = [(S::Error, K::ConfigDuplicateKey, 8), (S::Error, K::ConfigDuplicateKey, 9)];
    assert_eq!(kinds(&text), expected);
    assert_eq!(corrected(&text), with_target("  container_registry: other.io\n"));
}

#[test]
fn a_registry_with_scheme_or_path_is_taken_apart() {
    let with = |value: &str, rest: &str| {
        format!(
            "source:\n  intermediateBundlesPath: b\ntarget:\n  containerRegistry: {value}\n{rest}"
        )
    };
    let config = |text: &str| read(text).config;
    let text = with("http://10.0.0.1:5000/", "");
    assert_eq!(config(&text).registry.unwrap().scheme, Some(Scheme::Http));
    assert_eq!(corrected(&text), with("10.0.0.1:5000", ""));
    let text = with("10.0.0.1/a/b # 注释", "");
    assert_eq!(config(&text).prefix_repository.as_deref(), Some("a/b"));
    assert_eq!(corrected(&text), with("10.0.0.1 # 注释", "  containerPrefixRepository: a/b\n"));
    let text = with("10.0.0.1/a", "  containerRepository: a/b\n");
    assert!(read(&text).is_accepted());
    assert_eq!(corrected(&text), with("10.0.0.1", "  containerRepository: a/b\n"));
    assert_eq!(
        kinds(&with("10.0.0.1/a", "  containerRepository: b\n")),
        [(S::Error, K::ConfigValue, 4)]
    );
    assert_eq!(kinds(&with("{harbor url}", "")), [(S::Error, K::ConfigType, 4)]);
    assert_eq!(kinds(&with("<harbor>", "")), [(S::Error, K::ConfigValue, 4)]);
}

#[test]
fn repositories_are_checked_against_their_kind() {
    let repo = |kind: &str, rest: &str| format!("target:\n  repo:\n    kind: {kind}\n    {rest}\n");
    for (text, kind, line) in [
        (repo("HARBOR", "url: http://h/release"), K::ConfigValue, 4),
        (repo("HARBOR", "url: http://{harbor url}/chartrepo/{project}"), K::ConfigValue, 4),
        (repo("HARBOR", "url: 10.16.10.111/chartrepo/p"), K::ConfigValue, 4),
        (repo("CHARTMUSEUM", "url: https://me:canary@h/"), K::ConfigValue, 4),
        (repo("OCI", "url: oci://h"), K::ConfigValue, 4),
        (repo("HELM", "url: https://h/charts"), K::ChartRepositoryReadOnly, 3),
        (repo("LOCAL", "url: https://h/charts"), K::ConfigMissing, 2),
        (repo("CHARTMUSEUM", "path: x"), K::ConfigMissing, 2),
    ] {
        let findings = read(&text).findings;
        let errors: Vec<_> = findings.iter().filter(|one| one.severity == S::Error).collect();
        assert_eq!(errors.len(), 1, "{text}: {findings:#?}");
        assert_eq!((errors[0].kind, errors[0].line), (kind, line), "{text}");
        assert!(!format!("{:?}", errors[0].problem("f", Language::En)).contains("canary"));
    }
    let text = "target:\n  repo:\n    url: https://h/chartrepo/p\n";
    assert_eq!(read(text).config.repo.unwrap().kind, ChartTargetKind::Harbor);
    assert_eq!(
        corrected(text),
        "target:\n  repo:\n    kind: HARBOR\n    url: https://h/chartrepo/p\n"
    );
    assert_eq!(
        kinds("target:\n  repo:\n    url: https://h/p\n"),
        [(S::Error, K::ConfigMissing, 2)]
    );
}

#[test]
fn swapped_comments_are_a_warning_when_the_credentials_differ() {
    let text = HARBOR.replacen("Harbor12345", "other", 1);
    let findings = read(&text).findings;
    let swapped: Vec<_> =
        findings.iter().filter(|one| one.kind == K::ConfigCommentSwapped).collect();
    assert_eq!(swapped.iter().filter(|one| one.severity == S::Warning).count(), 2);
}

#[test]
fn a_user_of_the_other_service_is_noticed() {
    let text = with_target(
        "    auth: {username: admin, password: Harbor12345}\n  containers:\n    auth:\n      username: rootuser\n      password: rootpass123\n",
    );
    let told: Vec<K> = read(&text).findings.iter().map(|one| one.kind).collect();
    assert!(told.contains(&K::ConfigValue), "{told:?}");
    assert_eq!(told.iter().filter(|kind| **kind == K::ConfigDefaultPassword).count(), 2);
}

#[test]
fn lists_of_charts_exclude_each_other() {
    let text = with_target("charts: [{name: a}]\nskipCharts: [b]\n");
    assert_eq!(kinds(&text), [(S::Error, K::ConfigConflict, 9)]);
    assert_eq!(read(&with_target("skipCharts: [b]\n")).config.skip_charts, ["b"]);
    for name in ["../x", "a/b", "."] {
        let text = with_target(&format!("charts:\n  - name: {name}\n"));
        assert_eq!(kinds(&text), [(S::Error, K::ConfigValue, 9)], "{name}");
    }
}

#[test]
fn text_that_is_no_yaml_is_told_with_its_place_and_without_its_content() {
    for (text, place) in [
        ("a: [canary\n", (1, 4)),
        ("a: \"canary\nb: 1\n", (1, 4)),
        ("a: b: canary\n", (1, 5)),
        ("a: *canary\n", (1, 4)),
        ("a: 1\n---\nb: canary\n", (3, 1)),
    ] {
        let findings = read(text).findings;
        assert_eq!(findings.len(), 1, "{text}");
        let problem = findings[0].problem("f.yaml", Language::En);
        assert_eq!(problem.kind, K::ConfigSyntax);
        assert_eq!((findings[0].line, findings[0].column), place, "{text}: {problem:?}");
        assert!(!problem.detail.contains("canary"), "{problem:?}");
        assert_eq!(corrected(text), text);
    }
}

#[test]
fn a_value_that_is_a_comment_is_told_and_kept_out_of_sight() {
    let text = with_target("  containerRepository: #a/b\n  containerPrefixRepository: # none\n");
    assert_eq!(kinds(&text), [(S::Warning, K::ConfigValue, 8)]);
    assert!(read(&text).findings[0].detail.en.contains("begins a comment"));
    // Half of a pair is for whoever knows the environment too; no pair at all is told here.
    let half = with_target("    auth:\n      username: u\n      password: #canary\n");
    assert_eq!(kinds(&half), []);
    let auth = read(&half).config.repo_auth;
    assert_eq!((auth.empty.len(), auth.empty[0].line, auth.empty[0].column), (1, 10, 7));
    let none = with_target("    auth:\n      username: # user\n      password: #canary\n");
    assert_eq!(kinds(&none), [(S::Warning, K::ConfigValue, 10)]);
    let cut = with_target("    auth:\n      username: u\n      password: can #ary\n");
    assert_eq!(kinds(&cut), [(S::Warning, K::ConfigValue, 10)]);
    let comment = with_target("    auth:\n      username: u\n      password: can #密码\n");
    assert_eq!(kinds(&comment), []);
    for text in [half, none, cut] {
        let shown = masked(&text, &read(&text).secrets);
        assert!(!shown.contains("can") && !shown.contains("ary"), "{shown}");
    }
}

#[test]
fn characters_of_an_input_method_are_told_in_values() {
    let text = with_target("    auth:\n      username: “u”\n      password: ‘p\"q’ # x\n");
    assert_eq!(kinds(&text), [(S::Error, K::ConfigValue, 9), (S::Error, K::ConfigValue, 10)]);
    let better = with_target("    auth:\n      username: \"u\"\n      password: 'p\"q' # x\n");
    assert_eq!(corrected(&text), better);
    assert_eq!(left_over(&text), []);
    let text = with_target("charts: [redis，kafka]\n").replace(": reg.io", ": reg.io：５０００");
    let places: Vec<_> = read(&text).findings.iter().map(|one| (one.line, one.column)).collect();
    assert!(places.contains(&(4, 28)) && places.contains(&(8, 15)), "{places:?}");
    assert!(corrected(&text).contains("containerRegistry: reg.io:5000\n"));
    assert!(corrected(&text).ends_with("charts: [{name: redis},{name: kafka}]\n"));
    // Where it may be meant it is doubted, and no character of a password is named.
    let text = with_target("    auth:\n      username: u，\n      password: p，\n");
    let told = read(&text).findings;
    assert!(told.iter().all(|one| one.severity == S::Warning) && told.len() == 2);
    assert!(told[0].detail.en.contains("U+FF0C") && !told[1].detail.en.contains("U+FF0C"));
    assert_eq!(corrected(&text), text);
}

#[test]
fn a_byte_order_mark_is_noted_and_taken_away() {
    let text = format!("\u{feff}{}", with_target(""));
    assert_eq!(kinds(&text), [(S::Info, K::ConfigIgnored, 1)]);
    assert_eq!(corrected(&text), with_target(""));
}

#[test]
fn wrong_types_are_told_without_the_value() {
    let text = "source: canary\ntarget:\n  containers:\n    auth:\n      username: [canary]\n      password: {canary: 1}\n  appendOriginRegistry: canary\ncharts: canary\n";
    let reading = read(text);
    let told: Vec<_> = kinds(text);
    assert!(told.iter().all(|one| one.0 == S::Error && one.1 == K::ConfigType), "{told:?}");
    assert_eq!(told.iter().map(|one| one.2).collect::<Vec<_>>(), [1, 5, 6, 7, 8]);
    for finding in &reading.findings {
        assert!(!format!("{:?}", finding.problem("f", Language::Zh)).contains("canary"));
    }
    assert!(!masked(text, &reading.secrets).contains("{canary"));
}

#[test]
fn switches_written_otherwise_are_understood() {
    let text = with_target("  containerPrefixRegistry: p.io\n  appendOriginRegistry: \"yes\"\n");
    assert!(read(&text).config.append_origin_registry);
    assert_eq!(kinds(&text), [(S::Info, K::ConfigType, 9)]);
    assert!(corrected(&text).contains("appendOriginRegistry: true\n"));
}

#[test]
fn anchors_and_merges_are_read_like_any_yaml() {
    let text = "\
source: {intermediateBundlesPath: b}
target:
  containerRegistry: reg.io
  containers:
    auth: &auth
      username: u
      password: p
  repo:
    kind: OCI
    url: https://reg.io/p
    auth: *auth
";
    let reading = read(text);
    assert_eq!(reading.findings, []);
    assert_eq!(pair(&reading.config.repo_auth), (Some("u"), Some("p")));
    assert!(!masked(text, &reading.secrets).contains(": p\n"));
}

#[test]
fn every_finding_is_told_in_both_languages() {
    let text =
        with_target("  nonsense: 1\n  repoName: x\n  containerRegistry: y\n").replace("OCI", "oci");
    let reading = read(&text);
    assert!(reading.findings.len() >= 4);
    for finding in &reading.findings {
        assert!(finding.detail.zh.chars().any(crate::language::is_cjk), "{finding:?}");
        assert!(!finding.detail.en.chars().any(crate::language::is_cjk), "{finding:?}");
    }
}

/// Pieces that mistakes are made of.
const PIECES: [&str; 30] = [
    "\n",
    "  ",
    "\t",
    ":",
    "- ",
    "#",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ",",
    "*a",
    "&a ",
    "<<: ",
    "---\n",
    "auth:\n",
    "    username: u\n",
    "镜像",
    "\u{85}",
    "\r\n",
    "null",
    "|",
    "：",
    "“",
    "”",
    "\u{3000}",
    "\u{a0}",
    "\u{feff}",
];

/// One random change: a piece put in, a stretch taken out or repeated.
fn mutated(text: &str, random: &mut u64) -> String {
    let mut next = |below: usize| {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        usize::try_from(*random % (below.max(1) as u64)).expect("it is below a usize")
    };
    let boundaries: Vec<usize> =
        text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let from = boundaries[next(boundaries.len())];
    let to = boundaries[next(boundaries.len())].clamp(from, (from + 40).min(text.len()));
    let to = boundaries.iter().copied().find(|at| *at >= to).unwrap_or(text.len());
    match next(4) {
        0 => format!("{}{}", &text[..from], &text[to..]),
        1 => format!("{}{}{}", &text[..to], &text[from..to], &text[to..]),
        _ => format!("{}{}{}", &text[..from], PIECES[next(PIECES.len())], &text[from..]),
    }
}

#[test]
fn no_mistake_breaks_the_reader_and_corrections_keep_the_meaning() {
    let seeds = [HARBOR, LOCAL, EVERY_KEY];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut accepted = 0;
    for round in 0..900 {
        let mut text = seeds[round % seeds.len()].replace("Harbor12345", "canary-7f3a");
        for _ in 0..=round % 4 {
            text = mutated(&text, &mut random);
        }
        let reading = read(&text);
        let better = corrected(&text);
        assert_eq!(corrected(&better), better, "not settled:\n{text}");
        let again = read(&better);
        masked(&better, &again.secrets);
        if reading.is_accepted() {
            accepted += 1;
            assert!(again.is_accepted(), "{text}\n->\n{better}\n{:#?}", again.findings);
            assert_eq!(
                format!("{:?}", again.config),
                format!("{:?}", reading.config),
                "{text}\n->\n{better}"
            );
        }
    }
    assert!(accepted > 90, "{accepted}");
}
