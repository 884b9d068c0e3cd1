//! `repo`, `search repo` and `pull` beside the real helm: the same stdout, the same exit code, the same files; and what
//! ferry adds on stderr.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use testkit::{ChartFiles, Output, TestEnv, require_peer};

use super::helm_web::Web;
use super::{chinese, environment};

fn chart(name: &str, version: &str) -> Vec<u8> {
    let metadata = format!(
        "apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: v{version}\ndescription: A Helm chart for {name}\n"
    );
    let files = [
        ("Chart.yaml".to_owned(), metadata.into_bytes()),
        ("values.yaml".to_owned(), b"a: 1\n".to_vec()),
        ("templates/cm.yaml".to_owned(), b"kind: ConfigMap\n".to_vec()),
    ];
    ChartFiles::new(files).tgz(name)
}

/// A repository as helm writes it, and others that are wrong in one way each.
fn files() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut index = "apiVersion: v1\nentries:\n".to_owned();
    for (name, versions) in [
        ("kairship", &["0.22.0-rc1", "0.21.0", "0.20.0"][..]),
        ("multi", &["v0.1"]),
        ("onlypre", &["1.0.0-alpha"]),
    ] {
        let _ = writeln!(index, "  {name}:");
        for version in versions {
            let _ = write!(
                index,
                "  - apiVersion: v2\n    appVersion: v{version}\n    created: \"2026-11-23T12:32:41.294382067Z\"\n    \
                 description: A Helm chart for {name} 多云\n    keywords:\n    - Cloud\n    - multi\n    name: {name}\n    \
                 urls:\n    - {name}-{version}.tgz\n    version: {version}\n"
            );
            files.insert(format!("/charts/{name}-{version}.tgz"), chart(name, version));
        }
    }
    index.push_str("generated: \"2026-11-23T12:32:41.293003141Z\"\n");
    files.insert("/charts/index.yaml".to_owned(), index.into_bytes());
    for (name, content) in [
        ("noapi", "entries:\n  a: []\n"),
        ("dup", "apiVersion: v1\nentries:\n  a: []\n  a: []\n"),
        ("unknown", "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, zzz: 1}\n"),
        ("type", "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0, urls: [a.tgz]}\n"),
        (
            "bad",
            "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: bad}\n  - null\n  - {name: a, version: 1.0.0}\n",
        ),
        ("empty", ""),
        ("text", "hello"),
        ("list", "- a\n"),
    ] {
        files.insert(format!("/v/{name}/index.yaml"), content.into());
    }
    files
}

/// One world for helm and one for ferry.
struct Pair {
    helm: TestEnv,
    ferry: TestEnv,
}

impl Pair {
    fn new(helm: &Path) -> Self {
        Self { helm: TestEnv::new(helm), ferry: environment() }
    }

    /// Runs a line with both and compares what can be seen of it.
    fn same(&self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let helm = self.helm.run(&words);
        let ferry = self.ferry.run(&words);
        assert_eq!(ferry.code(), helm.code(), "{line}\n{helm:?}\n{ferry:?}");
        assert_eq!(ferry.normalised_stdout(), helm.normalised_stdout(), "{line}");
        let is_error =
            |output: &Output| output.stderr().lines().any(|line| line.starts_with("Error: "));
        assert_eq!(is_error(&ferry), is_error(&helm), "{line}\n{helm:?}\n{ferry:?}");
        assert_eq!(tree(&self.ferry), tree(&self.helm), "{line}");
    }
}

/// Every file that matters, by its path.
fn tree(env: &TestEnv) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for root in [env.home(), env.work()] {
        let mut directories = vec![root.clone()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(&directory).expect("it is a directory").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    directories.push(path);
                    continue;
                }
                let mut content = fs::read(&path).expect("it is a file");
                if path.to_string_lossy().ends_with("-charts.txt") {
                    // helm writes the names in the order of a Go map, which is none.
                    let mut names: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
                    names.sort_unstable();
                    content = names.join(&b'\n');
                }
                let name = path.strip_prefix(root.parent().expect("below the root"));
                found.insert(name.expect("below the root").display().to_string(), content);
            }
        }
    }
    found
}

#[test]
fn repositories_are_listed_added_and_removed_as_by_helm() {
    let helm = require_peer!("helm@4.3.1");
    let (pair, web) = (Pair::new(&helm.path), Web::start(files()));
    let url = |path: &str| web.url(path);
    for line in [
        "repo list",
        "repo list -o json",
        "repo list -o yaml",
        "repo list -o foo",
        "repo list x",
        "repo update",
        "repo remove",
        "repo remove a",
        "repo add",
        "repo add a",
        "repo add a b c",
        "search repo",
        "search repo x",
        "repo add a/b http://127.0.0.1:1",
        "repo add a 127.0.0.1:1",
        "repo add a ftp://x",
        "repo add a oci://h/x",
    ] {
        pair.same(line);
    }
    for line in [
        format!("repo add a {}", url("/charts")),
        format!("repo add a {}", url("/charts")),
        format!("repo add a {}", url("/html")),
        format!("repo add a {} --force-update", url("/html")),
        format!("repo add a {} --force-update", url("/charts")),
        format!("repo add h {}", url("/nope")),
        format!("repo add bad {}", url("/v/bad")),
        format!("repo add au {}", url("/auth/charts")),
        format!("repo add au {} --username u --password p --pass-credentials", url("/auth/charts")),
    ] {
        pair.same(&line);
    }
    for name in ["noapi", "dup", "unknown", "type", "empty", "text", "list"] {
        pair.same(&format!("repo add x {}", url(&format!("/v/{name}"))));
    }
    for line in [
        "repo list",
        "repo ls --no-headers",
        "repo list -o json",
        "repo list -o yaml",
        "repo update a",
        "repo update a zz",
        "repo update a/kairship",
        "repo up au",
        "repo remove a zz",
        "repo rm bad",
        "repo list",
        "repo add x --nope",
        "repo add x y --timeout",
    ] {
        pair.same(line);
    }
}

#[test]
fn charts_are_found_in_the_order_and_form_of_helm() {
    let helm = require_peer!("helm@4.3.1");
    let (pair, web) = (Pair::new(&helm.path), Web::start(files()));
    for (name, path) in [("a", "/charts"), ("zz", "/charts"), ("bad", "/v/bad")] {
        pair.same(&format!("repo add {name} {}", web.url(path)));
    }
    let lines = "search repo
        search repo kairship
        search repo a/kairship --versions
        search repo a/kairship -l --devel
        search repo CLOUD
        search repo multi --devel
        search repo A Helm
        search repo 多云
        search repo ^kai -r
        search repo kai.*多 -r -l
        search repo ( -r
        search repo x --version foo
        search repo kairship --version ^0.20
        search repo kairship --version >0.0.0-0
        search repo kairship --version >=0.20 -l
        search repo nothing
        search repo nothing --fail-on-no-result
        search repo nothing -o json
        search repo nothing -o yaml
        search repo kairship -o json
        search repo kairship -o yaml -l
        search repo kairship --max-col-width 10
        search repo kairship --max-col-width 0
        search repo kairship --max-col-width x";
    for line in lines.lines() {
        pair.same(line);
    }
    for env in [&pair.helm, &pair.ferry] {
        fs::remove_file(env.home().join(".cache/helm/repository/zz-index.yaml"))
            .expect("it was added");
    }
    pair.same("search repo kairship");
    pair.same("pull zz/kairship");
}

#[test]
fn charts_are_pulled_as_by_helm() {
    let helm = require_peer!("helm@4.3.1");
    let (pair, web) = (Pair::new(&helm.path), Web::start(files()));
    pair.same(&format!("repo add a {}", web.url("/charts")));
    pair.same(&format!("repo add au {} --username u --password p", web.url("/auth/charts")));
    let lines = "pull
        pull a/kairship
        pull a/kairship --version 0.20.0
        pull a/kairship --version ^0.20
        pull a/kairship --version 9
        pull a/kairship --version foo
        pull a/kairship --devel
        pull a/nochart
        pull a/onlypre
        pull a/onlypre --devel
        pull zz/kairship
        pull kairship
        pull a/kairship a/multi
        pull a/kairship --untar
        pull a/kairship --untar
        pull a/kairship --untar --untardir sub
        pull a/kairship -d missing
        pull a/kairship --prov
        pull au/kairship
        pull ./x
        fetch a/multi
        pull a/kairship --version";
    for line in lines.lines() {
        pair.same(line);
    }
    for more in [
        format!("kairship --repo {}", web.url("/charts")),
        format!("kairship --repo {}", web.url("/html")),
        format!("nochart --repo {}", web.url("/charts")),
        format!("kairship --repo {} --version 99", web.url("/charts")),
        format!("kairship --repo {}", web.url("/auth/charts")),
        format!("kairship --repo {} --username u --password p", web.url("/auth/charts")),
        web.url("/charts/kairship-0.21.0.tgz"),
        web.url("/charts/nope.tgz"),
        web.url("/auth/charts/kairship-0.20.0.tgz"),
    ] {
        pair.same(&format!("pull {more}"));
    }
}

#[test]
fn an_index_is_written_as_by_helm() {
    let helm = require_peer!("helm@4.3.1");
    let pair = Pair::new(&helm.path);
    for env in [&pair.helm, &pair.ferry] {
        env.write("charts/kairship-0.21.0.tgz", chart("kairship", "0.21.0"));
        env.write("charts/kairship-0.3.0.tgz", chart("kairship", "0.3.0"));
        env.write("charts/below/multi-1.0.0.tgz", chart("multi", "1.0.0"));
        env.write("charts/broken.tgz", "broken");
        env.write(
            "old.yaml",
            "apiVersion: v1\nentries:\n  kairship:\n  - {name: kairship, version: 0.21.0, urls: [old.tgz]}\n  \
             - {name: kairship, version: 0.1.0, icon: '', urls: [old.tgz], dependencies: [{name: x}]}\n",
        );
    }
    let timeless = |env: &TestEnv| {
        let text =
            fs::read_to_string(env.work().join("charts/index.yaml")).expect("it was written");
        let now = format!("\"{}", 20);
        let line = |line: &str| match line.split_once(&now) {
            Some((before, _)) => before.to_owned(),
            None => line.to_owned(),
        };
        text.lines().map(line).collect::<Vec<_>>().join("\n")
    };
    for line in [
        "repo index charts",
        "repo index charts --url http://h/x/?y=1",
        "repo index charts --json",
        "repo index charts --merge old.yaml",
        "repo index charts --merge old.yaml --json --url http://h",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let helm = pair.helm.run(&words).success();
        assert_eq!(pair.ferry.run(&words).success().stdout(), helm.stdout());
        assert_eq!(timeless(&pair.ferry), timeless(&pair.helm), "{line}");
    }
}

#[test]
fn both_tools_work_on_the_same_files_in_turn() {
    let helm = require_peer!("helm@4.3.1");
    let (env, web) = (environment(), Web::start(files()));
    let run_helm = |words: &[&str]| {
        let mut command = env.command_of(&helm.path);
        command.args(words);
        env.run_command(command).success()
    };
    let _ = run_helm(&["repo", "add", "first", &web.url("/charts")]);
    let _ = env.run(["repo", "add", "second", &web.url("/charts")]).success();
    let listed = run_helm(&["repo", "list"]).stdout().to_owned();
    assert_eq!(env.run(["repo", "list"]).success().stdout(), listed);
    assert!(listed.contains("first") && listed.contains("second"));
    let found = run_helm(&["search", "repo", "second/", "-l"]).stdout().to_owned();
    assert_eq!(env.run(["search", "repo", "second/", "-l"]).success().stdout(), found);
    let _ = run_helm(&["repo", "remove", "second"]);
    let out = env.run(["pull", "second/kairship"]).exits_with(1);
    assert!(out.stderr().starts_with("Error: repo second not found\n\nerror[E6103]"), "{out:?}");
}

/// E6, E10 and the rest of what goes wrong with the runbooks' lines.
#[test]
fn what_goes_wrong_in_the_runbooks_is_explained_in_both_languages() {
    let web = Web::start(files());
    for (env, is_english) in [(environment(), true), (chinese(), false)] {
        let out = env.run(["repo", "list"]).success();
        assert_eq!(out.stdout(), "");
        assert!(
            out.stderr().starts_with("no repositories to show\n") && out.stderr().contains("E6101")
        );
        let out = env.run(["repo", "update", "kairship"]).exits_with(1);
        assert!(
            out.stderr().starts_with("Error: no repositories found.")
                && out.stderr().contains("E6101")
        );
        let _ = env.run(["repo", "add", "a", &web.url("/charts")]).success();
        let html = web.url("/html");
        for (line, code, hint) in [
            ("repo update a/kairship".to_owned(), "E6104", "ferry repo update"),
            ("update repo".to_owned(), "E4031", "ferry repo update"),
            ("repo update mcamel-mysql".to_owned(), "E6103", "ferry repo add NAME URL"),
            ("pull mcamel/mcamel-mysql".to_owned(), "E6103", "ferry repo list"),
            ("pull a/onlypre".to_owned(), "E6115", "--version"),
            ("pull a/kairship --version 9".to_owned(), "E6114", "--versions"),
            ("pull a/nochart".to_owned(), "E6113", "ferry search repo"),
            ("pull kairship".to_owned(), "E6112", "oci://"),
            ("repo add b oci://h/p".to_owned(), "E6108", "ferry pull oci://"),
            (format!("repo add b {html}"), "E6109", "curl -i"),
            ("registry login 127.0.0.1:1".to_owned(), "E6124", "--password-stdin"),
            ("pull a/kairship --verify".to_owned(), "E6127", "--prov"),
        ] {
            let out = env.run(line.split(' ')).exits_with(1);
            assert_eq!(out.stdout(), "", "{line}");
            assert!(out.stderr().starts_with("Error: "), "{line}: {out:?}");
            assert!(out.stderr().contains(&format!("[{code}]")), "{line}: {out:?}");
            assert!(out.stderr().contains(hint), "{line}: {out:?}");
            assert_eq!(out.stderr().contains("  why: "), is_english, "{line}: {out:?}");
        }
    }
}

#[test]
fn another_host_gets_no_credentials_unless_it_may_have_them() {
    let elsewhere = Web::start(BTreeMap::from([("/k-1.0.0.tgz".to_owned(), chart("k", "1.0.0"))]));
    let index = format!(
        "apiVersion: v1\nentries:\n  k:\n  - {{apiVersion: v2, name: k, version: 1.0.0, urls: [\"{}\"]}}\n  \
         l:\n  - {{apiVersion: v2, name: l, version: 1.0.0, urls: [\"{}\"]}}\n",
        elsewhere.url("/k-1.0.0.tgz"),
        elsewhere.url("/auth/l-1.0.0.tgz"),
    );
    let web = Web::start(BTreeMap::from([("/r/index.yaml".to_owned(), index.into_bytes())]));
    let env = environment();
    let add = |more: &[&str]| {
        let url = web.url("/auth/r");
        let line =
            ["repo", "add", "r", &url, "--username", "u", "--password", "p", "--force-update"];
        let _ = env.run(line.iter().chain(more)).success();
    };
    add(&[]);
    let _ = env.run(["pull", "r/k"]).success();
    let out = env.run(["pull", "r/l"]).exits_with(1);
    assert!(
        out.stderr().contains("E6117") && out.stderr().contains("--pass-credentials"),
        "{out:?}"
    );
    assert_eq!(elsewhere.asked(), ["/k-1.0.0.tgz", "/auth/l-1.0.0.tgz"]);
    add(&["--pass-credentials"]);
    let _ = env.run(["pull", "r/k"]).success();
    assert_eq!(elsewhere.asked().last().map(String::as_str), Some("/k-1.0.0.tgz (login)"));
    assert!(web.asked().iter().all(|path| path.ends_with("(login)")));
}

#[test]
fn what_is_no_chart_or_another_one_is_not_written() {
    let digest = "0f".repeat(32);
    let index = format!(
        "apiVersion: v1\nentries:\n  k:\n  - {{apiVersion: v2, name: k, version: 1.0.0, urls: [k.tgz], digest: {digest}}}\n  \
         p:\n  - {{apiVersion: v2, name: p, version: 1.0.0, urls: [/html/p.tgz]}}\n"
    );
    let web = Web::start(BTreeMap::from([
        ("/r/index.yaml".to_owned(), index.into()),
        ("/r/k.tgz".to_owned(), chart("k", "1.0.0")),
    ]));
    let env = environment();
    let _ = env.run(["repo", "add", "r", &web.url("/r")]).success();
    for (name, code) in [("r/k", "E6118"), ("r/p", "E6119")] {
        let out = env.run(["pull", name]).exits_with(1);
        assert!(out.stderr().contains(code), "{out:?}");
    }
    assert_eq!(fs::read_dir(env.work()).expect("it is there").count(), 0);
}

/// A Harbor from 2.8 on: its web page answers at `/chartrepo/`, its API at `/api/`.
#[test]
fn a_harbor_without_a_chart_repository_is_explained_with_its_oci_address() {
    let info = r#"{"auth_mode":"db_auth","harbor_version":"v2.11.1-6b7ecba1"}"#;
    let web = Web::start(BTreeMap::from([("/api/v2.0/systeminfo".to_owned(), info.into())]));
    let env = environment();
    let out =
        env.run(["repo", "add", "k", &web.url("/chartrepo/release.daocloud.io")]).exits_with(1);
    let oci = format!("oci://{}/release.daocloud.io", web.host);
    assert!(out.stderr().contains("E6110") && out.stderr().contains(&oci), "{out:?}");
    assert!(out.stderr().contains("v2.11.1"), "{out:?}");
}
