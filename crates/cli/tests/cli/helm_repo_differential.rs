//! `repo`, `search repo`, `pull`, `push` and `registry` beside the real helm, line by line: what is on stdout, how it
//! ends, helm's line on stderr, and the files that are left behind.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use oci::Digest;
use testkit::{ChartFiles, Output, TestEnv, require_peer};

use super::{Served, closed_port, environment};

/// Base64 of `me:secret`.
const LOGIN: &str = "Basic bWU6c2VjcmV0";

/// A web server for charts: `/charts` for everybody, `/auth` for `me`, `/html` a login page, `/empty` nothing,
/// `/elsewhere` an index whose charts lie on another host.
struct Web {
    host: String,
}

type Files = BTreeMap<String, Vec<u8>>;

impl Web {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let host = listener.local_addr().expect("it is bound").to_string();
        let files = Arc::new(files(&host));
        // Ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let files = Arc::clone(&files);
                std::thread::spawn(move || answer(stream, &files));
            }
        });
        Self { host }
    }
}

fn chart(name: &str, version: &str, more: &str) -> Vec<u8> {
    let metadata = format!("apiVersion: v2\nname: {name}\nversion: {version}\n{more}");
    let values = ("values.yaml".to_owned(), b"a: 1\n".to_vec());
    let template = ("templates/a.yaml".to_owned(), b"a: {{ .Values.a }}\n".to_vec());
    ChartFiles::new([("Chart.yaml".to_owned(), metadata.into_bytes()), values, template]).tgz(name)
}

const CHARTS: [(&str, &str, &str); 8] = [
    ("kairship", "0.22.0-rc1", "appVersion: v0.22\ndescription: A Helm chart for kairship\n"),
    ("kairship", "0.21.0", "appVersion: v0.21.0\ndescription: A Helm chart for kairship\n"),
    ("kairship", "0.20.0", "appVersion: v0.20.0\ndescription: A Helm chart for kairship\n"),
    ("kairship", "0.9.0", "appVersion: v0.9.0\ndescription: A Helm chart for kairship\n"),
    (
        "mysql",
        "1.2.3",
        "appVersion: '8.0'\ndescription: A description that goes on and on, past the width of its column\nkeywords: [kairship, sql]\n",
    ),
    ("onlypre", "1.0.0-rc.1", "description: only a pre-release\n"),
    (
        "plus",
        "1.0.0+b1",
        "description: 一个很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长的描述\n",
    ),
    ("wide", "2.0.0", "appVersion: v有\ndescription: <b> & 🚀\n"),
];

/// Indexes as nobody writes them.
const ODD: [&str; 24] = [
    r#"{"apiVersion":"v1","entries":{"a":[{"name":"a","version":"1.0.0","urls":["a.tgz"],"unknown":1}]}}"#,
    r#"{"apiVersion":"v1","entries":null}"#,
    r#"{"entries":{}}"#,
    "{",
    "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0}\n  - {name: a, version: 1.0.0}\n  - {name: a, version: bad}\n  - null\n",
    "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0}\n  - {name: a, version: '1.10'}\n  - {name: a, version: v2}\n",
    "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: '2'}\n  - {name: b, version: '1'}\n  - {version: '3'}\n",
    "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, type: other}\n  b: null\n  c: []\n",
    "apiVersion: v1\nentries:\n  a: x\n",
    "apiVersion: v1\nentries:\n  a:\n  - x\n",
    "apiVersion: v1\nentries: []\n",
    "apiVersion: v1\napiVersion: v1\nentries: {}\n",
    "apiVersion: 1\nentries: {}\n",
    "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, appVersion: 1.30, description: true}\n",
    "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, appVersion: 1.30}\n",
    "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, created: yesterday}\n",
    "apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: 1.0.0\n    description: |\n      two\n      lines\tand a tab\n",
    "apiVersion: v1\nentries:\n  a/b:\n  - {name: a, version: 1.0.0}\n  c:\n  - {name: c/d, version: 1.0.0}\n",
    "apiVersion: v1\nentries:\n  'yes':\n  - {name: 'yes', version: 1.0.0}\n  true:\n  - {name: t, version: 1.0.0}\n",
    "\u{feff}apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0}\n",
    "apiVersion: v1\r\nentries:\r\n  a:\r\n  - name: a\r\n    version: 1.0.0\r\n",
    "a: b: c\n",
    "\tapiVersion: v1\n",
    "404 page not found\n",
];

fn files(host: &str) -> Files {
    let mut files = Files::new();
    let index = |prefix: &str| {
        let mut text = "apiVersion: v1\nentries:\n".to_owned();
        let mut last = "";
        for (name, version, more) in CHARTS {
            let archive = chart(name, version, more);
            if name != last {
                let _ = writeln!(text, "  {name}:");
            }
            last = name;
            let more = more.trim_end().replace('\n', "\n    ");
            let hex = Digest::of(&archive);
            let _ = write!(
                text,
                "  - name: {name}\n    version: {version}\n    {more}\n    digest: \"{}\"\n    urls:\n    - {prefix}{name}-{version}.tgz\n",
                hex.hex()
            );
        }
        text.push_str("generated: \"2024-01-01T00:00:00Z\"\n");
        text.into_bytes()
    };
    for (name, version, more) in CHARTS {
        files.insert(format!("/charts/{name}-{version}.tgz"), chart(name, version, more));
    }
    files.insert("/charts/index.yaml".into(), index(""));
    let other = host.replace("127.0.0.1", "localhost");
    files.insert("/elsewhere/index.yaml".into(), index(&format!("http://{other}/auth/")));
    let wrong = String::from_utf8(index("../charts/")).expect("it is text");
    let wrong = wrong.replace("digest: \"", "digest: \"sha256-").into_bytes();
    files.insert("/damaged/index.yaml".into(), wrong);
    files.insert(
        "/html/index.yaml".into(),
        b"<!DOCTYPE html>\n<html><body>login</body></html>\n".to_vec(),
    );
    files.insert("/empty/index.yaml".into(), Vec::new());
    files.insert("/unknown/index.yaml".into(), b"apiVersion: v1\nentries: {}\nfoo: 1\n".to_vec());
    for (at, index) in ODD.iter().enumerate() {
        files.insert(format!("/odd{at}/index.yaml"), index.as_bytes().to_vec());
    }
    files.insert("/versionless/index.yaml".into(), b"entries: {}\n".to_vec());
    files
}

fn answer(mut stream: TcpStream, files: &Files) {
    let Ok(copy) = stream.try_clone() else { return };
    let mut reader = BufReader::new(copy);
    let mut first = String::new();
    let mut has_login = false;
    if reader.read_line(&mut first).is_err() {
        return;
    }
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if line.trim().is_empty() => break,
            Ok(_) => {
                let (name, value) = line.split_once(':').unwrap_or_default();
                has_login |= name.eq_ignore_ascii_case("authorization") && value.trim() == LOGIN;
            }
        }
    }
    let path = first.split([' ', '?']).nth(1).unwrap_or_default();
    let found = match path.strip_prefix("/auth/") {
        Some(_) if !has_login => Err("401 Unauthorized"),
        Some(rest) => files.get(&format!("/charts/{rest}")).ok_or("404 Not Found"),
        None => files.get(path).ok_or("404 Not Found"),
    };
    let (status, body) = match found {
        Ok(body) => ("200 OK", body.as_slice()),
        Err(status) => (status, &b"no"[..]),
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

/// The same lines for both, each in a home of its own.
struct Pair {
    helm: TestEnv,
    program: std::path::PathBuf,
    ferry: TestEnv,
    variables: Vec<(&'static str, String)>,
    differences: Vec<String>,
    compared: usize,
}

impl Pair {
    fn new(program: &Path, variables: &[(&'static str, &str)]) -> Self {
        let variables =
            variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let (helm, ferry) = (environment(), environment());
        Self {
            helm,
            program: program.to_owned(),
            ferry,
            variables,
            differences: Vec::new(),
            compared: 0,
        }
    }

    /// The words of a line: `$NAME` is a variable, `␠` a space inside a word, `''` an empty word.
    fn words(&self, line: &str) -> Vec<String> {
        line.split(' ')
            .map(|word| {
                let mut word = word.replace('␠', " ").replace("''", "");
                for (name, value) in &self.variables {
                    word = word.replace(name, value);
                }
                word
            })
            .collect()
    }

    fn run(&mut self, line: &str) -> (Output, Output) {
        let words = self.words(line);
        let mut command = self.helm.command_of(&self.program);
        command.args(&words);
        let theirs = self.helm.run_command(command);
        let ours = self.ferry.run(&words);
        self.compared += 1;
        (theirs, ours)
    }

    fn differ(&mut self, line: &str, what: &str, theirs: &str, ours: &str) {
        if theirs != ours {
            self.differences
                .push(format!("$ {line}\n{what}\n--- helm\n{theirs}\n--- ferry\n{ours}\n"));
        }
    }

    /// Runs a line and compares stdout, exit code, helm's line on stderr, and the files.
    fn check(&mut self, line: &str) {
        let (theirs, ours) = self.run(line);
        self.differ(
            line,
            "exit code",
            &format!("{:?}", theirs.code()),
            &format!("{:?}", ours.code()),
        );
        self.differ(line, "stdout", &said(&theirs), &said(&ours));
        self.differ(line, "stderr", &complaint(&theirs), &complaint(&ours));
        let (theirs, ours) = (left(&self.helm), left(&self.ferry));
        for (path, content) in &theirs {
            let other = ours.get(path).map_or("(missing)", String::as_str);
            self.differ(line, &format!("file {path}"), content, other);
        }
        // helm takes no lock to remove a repository.
        let is_extra =
            |path: &&String| !theirs.contains_key(*path) && !path.ends_with("repositories.lock");
        for path in ours.keys().filter(is_extra) {
            self.differ(line, &format!("file {path}"), "(missing)", "(there)");
        }
    }

    /// Lines without effect on files whose stderr is our own business.
    fn check_outcome(&mut self, line: &str) {
        let (theirs, ours) = self.run(line);
        self.differ(
            line,
            "exit code",
            &format!("{:?}", theirs.code()),
            &format!("{:?}", ours.code()),
        );
        self.differ(line, "stdout", &said(&theirs), &said(&ours));
        let mut told = ours.stderr().lines().skip_while(|line| line.starts_with("level="));
        let is_told = told.next().is_some_and(|line| line.starts_with("Error: "));
        assert!(ours.code() == Some(0) || is_told, "{line}: {ours:?}");
    }

    #[track_caller]
    fn finish(self) {
        let count = self.differences.len();
        assert!(
            count == 0,
            "{count} differences in {} lines:\n{}",
            self.compared,
            self.differences.join("\n")
        );
    }
}

/// stdout; an update tells repositories in the order they answer.
fn said(output: &Output) -> String {
    let text = output.normalised_stdout();
    if !text.starts_with("Hang tight") {
        return text;
    }
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// The line behind `Error: `, and warnings before it.
fn complaint(output: &Output) -> String {
    let text = output.normalised_stderr();
    let lines =
        text.lines().filter(|line| line.starts_with("Error: ") || line.starts_with("level="));
    let lines: Vec<&str> = lines.collect();
    lines.join("\n")
}

/// Every file below the home and the working directory, by its path; content as text. helm's cache of content has no
/// counterpart, and the names of a repository's charts are in no order.
fn left(env: &TestEnv) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for root in
        [env.home().join(".config/helm"), env.home().join(".cache/helm/repository"), env.work()]
    {
        collect(&root, &root, &mut found);
    }
    found
}

fn collect(root: &Path, directory: &Path, found: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, found);
            continue;
        }
        let name = path.strip_prefix(root).expect("it is below").display().to_string();
        if name.starts_with("registry/blobs") || root.ends_with("work") && name.starts_with("store")
        {
            continue;
        }
        let bytes = fs::read(&path).expect("it can be read");
        let mut text = String::from_utf8(bytes)
            .unwrap_or_else(|error| Digest::of(error.as_bytes()).to_string());
        if name.ends_with("-charts.txt") || name == "charts.txt" {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            text = lines.join("\n");
        }
        let place =
            root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        found.insert(format!("{place}/{name}"), text);
    }
}

#[test]
fn repositories_are_added_listed_and_removed_as_helm_does() {
    let helm = require_peer!("helm@4.3.1");
    let web = Web::start();
    let closed = closed_port();
    let mut pair = Pair::new(&helm.path, &[("$WEB", &web.host), ("$CLOSED", &closed)]);
    for line in [
        "repo list",
        "repo list -o json",
        "repo list -o yaml",
        "repo update",
        "repo remove x",
        "search repo",
        "search repo x",
        "repo add",
        "repo add a",
        "repo add a b c",
        "repo add a/b http://$WEB/charts",
        "repo add k http://$WEB/charts/",
        "repo add k http://$WEB/charts/",
        "repo add k http://$WEB/other",
        "repo add k http://$WEB/html --force-update",
        "repo add k http://$WEB/charts --force-update",
        "repo add e http://$WEB/empty",
        "repo add n http://$WEB/none",
        "repo add f http://$WEB/unknown",
        "repo add v http://$WEB/versionless",
        "repo add u http://$WEB/auth",
        "repo add u http://$WEB/auth --username me --password wrong",
        "repo add u http://$WEB/auth --username me --password secret --pass-credentials",
        "repo add x ftp://a/b",
        "repo add x 127.0.0.1:1",
        "repo add x charts",
        "repo add x http://$CLOSED/a",
        "repo add s https://kubernetes-charts.storage.googleapis.com",
        "repo add s https://kubernetes-charts-incubator.storage.googleapis.com/",
        "repo add null http://$WEB/charts",
        "repo add long http://$WEB/charts?a=a-query-that-makes-the-address-longer-than-eighty-columns-of-a-table",
        "repo add a␠b http://$WEB/charts",
        "repo add . http://$WEB/charts",
        "repo list",
        "repo ls --no-headers",
        "repo list -o json",
        "repo list -o yaml",
        "repo list extra",
        "repo update",
        "repo up k",
        "repo update k u",
        "repo update k/kairship",
        "repo update nope k",
        "repo remove nope",
        "repo rm a␠b . nope null",
        "repo remove",
        "repo list",
        "repo remove null k u",
        "repo list",
        "repo index",
        "repo index a b",
    ] {
        pair.check(line);
    }
    pair.finish();
}

#[test]
fn a_file_of_repositories_in_any_state_is_used_as_helm_uses_it() {
    let helm = require_peer!("helm@4.3.1");
    let web = Web::start();
    let closed = closed_port();
    for content in [
        "repositories:\n- {name: a, url: http://$WEB/charts}\n- name: dead\n  url: http://$CLOSED/x\n- name: html\n  url: http://$WEB/html\n",
        "apiVersion: v1\ngenerated: \"2020-01-01T00:00:00Z\"\nrepositories:\n- name: a\n  url: http://$WEB/charts\n  unknown: 1\n",
        "a: [",
        "unknown: 1\n",
        "[]\n",
        "",
        "repositories:\n",
    ] {
        let mut pair = Pair::new(&helm.path, &[("$WEB", &web.host), ("$CLOSED", &closed)]);
        let content = content.replace("$WEB", &web.host).replace("$CLOSED", &closed);
        for env in [&pair.helm, &pair.ferry] {
            let directory = env.home().join(".config/helm");
            fs::create_dir_all(&directory).expect("the home is writable");
            fs::write(directory.join("repositories.yaml"), &content).expect("it is writable");
        }
        for line in [
            "repo list",
            "repo list -o json",
            "search repo kairship",
            "repo update",
            "repo update dead",
            "search repo kairship",
            "pull a/none",
            "repo remove a",
            "repo add b http://$WEB/charts",
            "repo list",
        ] {
            pair.check(line);
        }
        pair.finish();
    }
}

#[test]
fn charts_are_found_in_helms_order_and_form() {
    let helm = require_peer!("helm@4.3.1");
    let web = Web::start();
    let mut pair = Pair::new(&helm.path, &[("$WEB", &web.host)]);
    pair.check("repo add zeta http://$WEB/charts");
    pair.check("repo add alpha http://$WEB/charts");
    for line in [
        "search repo",
        "search repo --devel",
        "search repo -l",
        "search repo --versions --devel",
        "search repo kairship",
        "search repo kairship --versions",
        "search repo KAIRSHIP -l",
        "search repo alpha/kairship",
        "search repo zeta/",
        "search repo kairship --version 0.20.0",
        "search repo kairship --version ^0.20",
        "search repo kairship --version >0.9.0 -l",
        "search repo kairship --version 0.22.0-rc1",
        "search repo kairship --version ^0.20 --versions --devel",
        "search repo kairship --version >>",
        "search repo kairship --version foo",
        "search repo nothing",
        "search repo nothing --version >>",
        "search repo nothing --fail-on-no-result",
        "search repo nothing -o json",
        "search repo nothing -o yaml",
        "search repo nothing -o json --fail-on-no-result",
        "search repo mysql -o json",
        "search repo mysql -o yaml",
        "search repo wide -o json",
        "search repo plus -o yaml",
        "search repo --max-col-width 20",
        "search repo --max-col-width 9",
        "search repo --max-col-width 4",
        "search repo --max-col-width 0 mysql",
        "search repo -r ^kair",
        "search repo -r k.*p",
        "search repo --regexp Helm",
        "search repo -r HELM",
        "search repo -r (?i)HELM",
        "search repo helm chart",
        "search repo pre-release --devel",
        "search repo sql",
        "search repo onlypre",
    ] {
        pair.check(line);
    }
    pair.check_outcome("search repo -r (");
    pair.finish();
}

#[test]
fn charts_are_pulled_from_repositories_as_helm_pulls_them() {
    let helm = require_peer!("helm@4.3.1");
    let web = Web::start();
    let mut pair = Pair::new(&helm.path, &[("$WEB", &web.host)]);
    pair.check("repo add k http://$WEB/charts");
    pair.check("repo add au http://$WEB/auth --username me --password secret");
    pair.check("repo add other http://$WEB/elsewhere --username me --password secret");
    pair.check(
        "repo add free http://$WEB/elsewhere --username me --password secret --pass-credentials",
    );
    pair.check("repo add bad http://$WEB/damaged");
    for env in [&pair.helm, &pair.ferry] {
        fs::create_dir(env.work().join("sub")).expect("it is new");
    }
    for line in [
        "pull",
        "pull k/kairship",
        "pull k/kairship --version 0.20.0 -d sub",
        "pull k/kairship --version ^0.20",
        "pull k/kairship --version <0.20",
        "pull k/kairship --version 9.9.9",
        "pull k/kairship --version bad␠version",
        "pull k/nochart",
        "pull nope/x",
        "pull kairship",
        "pull ./mysql-1.2.3.tgz",
        "pull mysql-1.2.3.tgz",
        "pull k/onlypre",
        "pull k/onlypre --devel",
        "pull k/kairship --devel",
        "pull k/plus",
        "fetch k/mysql k/wide",
        "pull k/mysql --untar",
        "pull k/mysql --untar",
        "pull k/mysql --untar --untardir ud",
        "pull k/mysql --untar --untardir ud",
        "pull k/kairship --untar -d sub --untardir ud",
        "pull http://$WEB/charts/wide-2.0.0.tgz -d sub",
        "pull http://$WEB/charts/none.tgz",
        "pull wide --repo http://$WEB/charts -d sub",
        "pull wide --repo http://$WEB/charts --version 9",
        "pull none --repo http://$WEB/charts",
        "pull wide --repo http://$WEB/html",
        "pull wide --repo http://$WEB/auth",
        "pull wide --repo http://$WEB/auth --username me --password secret",
        "pull au/mysql -d sub",
        "pull other/mysql -d sub",
        "pull free/mysql -d sub",
        "pull bad/wide",
        "pull k/kairship --prov",
    ] {
        pair.check(line);
    }
    for line in
        ["pull k/kairship -d missing", "pull k/kairship --nosuch", "pull k/kairship --verify"]
    {
        pair.check_outcome(line);
    }
    pair.finish();
}

#[test]
fn charts_go_to_registries_and_back_as_with_helm() {
    let helm = require_peer!("helm@4.3.1");
    let server = environment();
    server.write("password", "secret\n");
    let open = Served::start(&server, &[]);
    let mut pair = Pair::new(&helm.path, &[("$REG", &open.host)]);
    for (name, version, more) in CHARTS {
        for env in [&pair.helm, &pair.ferry] {
            let path = env.write(format!("{name}-{version}.tgz"), chart(name, version, more));
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
            let file = fs::File::options().write(true).open(path).expect("it was just written");
            file.set_modified(time).expect("it is ours");
        }
    }
    for env in [&pair.helm, &pair.ferry] {
        fs::create_dir(env.work().join("d")).expect("it is new");
        env.write("text.yaml", "a: 1\n");
        env.write("junk.tgz", "junk");
    }
    for line in [
        "push",
        "push a",
        "push kairship-0.21.0.tgz oci://$REG/lib --plain-http",
        "push kairship-0.20.0.tgz oci://$REG/lib/ --plain-http",
        "push kairship-0.22.0-rc1.tgz oci://$REG/lib --plain-http",
        "push onlypre-1.0.0-rc.1.tgz oci://$REG/lib --plain-http",
        "push plus-1.0.0+b1.tgz oci://$REG/lib --plain-http",
        "push plus-1.0.0+b1.tgz oci://$REG/lib --plain-http",
        "push nofile.tgz oci://$REG/lib --plain-http",
        "push d oci://$REG/lib --plain-http",
        "push text.yaml oci://$REG/lib --plain-http",
        "push kairship-0.21.0.tgz k",
        "pull oci://$REG/lib/kairship --plain-http -d d",
        "pull oci://$REG/lib/kairship --plain-http --version 0.20.0 -d d",
        "pull oci://$REG/lib/kairship --plain-http --version >0.20.0-0 -d d",
        "pull oci://$REG/lib/kairship:0.20.0 --plain-http -d d",
        "pull oci://$REG/lib/kairship:0.20.0 --plain-http --version 0.21.0",
        "pull oci://$REG/lib/kairship --plain-http --devel -d d",
        "pull oci://$REG/lib/plus --plain-http -d d",
        "pull oci://$REG/lib/plus --plain-http --version 1.0.0+b1 -d d",
        "pull oci://$REG/lib/onlypre --plain-http",
        "pull oci://$REG/lib/none --plain-http --version 1.0.0",
        "pull oci://$REG/lib/kairship --plain-http --version 9.9.9",
        "pull oci://$REG/lib/kairship --plain-http --version ^9",
        "pull oci://$REG/lib/kairship --plain-http --untar --untardir d/u",
        "pull oci://$REG/lib/kairship --plain-http --untar --untardir d/u",
    ] {
        pair.check(line);
    }
    for line in [
        "pull oci://$REG/lib/none --plain-http",
        "pull oci://$REG/lib/kairship",
        "push kairship-0.21.0.tgz oci://$REG/lib",
        "push junk.tgz oci://$REG/lib --plain-http",
    ] {
        pair.check_outcome(line);
    }
    pair.finish();
    let _ = open.stop();
}

#[test]
fn logins_are_stored_where_helm_looks_for_them() {
    let helm = require_peer!("helm@4.3.1");
    let server = environment();
    server.write("password", "secret\n");
    let closed = Served::start(&server, &["--username", "me", "--password-file", "password"]);
    let mut pair = Pair::new(&helm.path, &[("$REG", &closed.host)]);
    for line in [
        "registry login",
        "registry logout",
        "registry login $REG -u me -p secret --plain-http",
        "pull oci://$REG/lib/none --version 1.0.0 --plain-http",
        "registry login $REG/path -u me -p secret --plain-http",
        "registry login oci://$REG -u me -p secret --plain-http",
        "registry logout nothere",
        "registry logout $REG",
        "registry logout $REG",
    ] {
        pair.check(line);
    }
    for line in [
        "registry login $REG -u me -p wrong --plain-http",
        "registry login $REG -u me -p secret",
        "pull oci://$REG/lib/none --version 1.0.0 --plain-http",
    ] {
        pair.check_outcome(line);
    }
    pair.finish();
    let _ = closed.stop();
}

#[test]
fn an_index_in_any_form_means_the_same_to_both() {
    let helm = require_peer!("helm@4.3.1");
    let web = Web::start();
    let mut all = Vec::new();
    for (at, index) in ODD.iter().enumerate() {
        let mut pair = Pair::new(&helm.path, &[("$WEB", &web.host)]);
        pair.check(&format!("repo add odd http://$WEB/odd{at}"));
        for line in ["search repo", "search repo -l", "search repo a -o json", "pull odd/a"] {
            pair.check(line);
        }
        // What the cache holds need not have been there when the repository was added.
        for env in [&pair.helm, &pair.ferry] {
            let list = format!("repositories:\n- name: odd\n  url: http://{}/charts\n", web.host);
            for (path, content) in [
                (".config/helm/repositories.yaml", list.as_str()),
                (".cache/helm/repository/odd-index.yaml", index),
            ] {
                let path = env.home().join(path);
                fs::create_dir_all(path.parent().expect("it is below"))
                    .expect("the home is writable");
                fs::write(path, content).expect("it is writable");
            }
        }
        for line in ["search repo", "search repo -l -o yaml", "pull odd/a"] {
            pair.check(line);
        }
        all.append(&mut pair.differences);
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// Times of the run as `TIME`.
fn without_times(text: &str) -> String {
    let is_time =
        |part: &str| part.len() >= 20 && part.ends_with('Z') && part.as_bytes()[10] == b'T';
    text.split('"')
        .map(|part| if is_time(part) { "TIME" } else { part })
        .collect::<Vec<_>>()
        .join("\"")
}

#[test]
fn the_index_of_a_directory_is_helms() {
    let helm = require_peer!("helm@4.3.1");
    let mut pair = Pair::new(&helm.path, &[]);
    for env in [&pair.helm, &pair.ferry] {
        for (name, version, more) in CHARTS {
            env.write(format!("charts/{name}-{version}.tgz"), chart(name, version, more));
        }
        let more = "home: https://h\nkeywords: [a, 'yes']\nmaintainers:\n- {name: m, email: m@x}\nannotations: {b: '1', a: '<&>'}\n\
                    dependencies:\n- {name: d, version: 1.x, repository: 'https://r', condition: d.enabled, tags: [t]}\n\
                    kubeVersion: '>=1.20-0'\ntype: application\nsources: [https://s]\nicon: https://i\ndeprecated: true\n";
        env.write("charts/deep/rich-1.10.0.tgz", chart("rich", "1.10.0", more));
        env.write("charts/deep/deeper/far-1.0.0.tgz", chart("far", "1.0.0", ""));
        env.write("charts/broken.tgz", "junk");
        env.write("charts/readme.txt", "text");
        let merged = "apiVersion: v1\nentries:\n  kairship:\n  - {name: kairship, version: 0.1.0, urls: [old.tgz], \
                      created: \"2020-01-01T00:00:00Z\"}\n  - {name: kairship, version: 0.21.0, urls: [other.tgz]}\n  \
                      gone:\n  - {name: gone, version: 1.0.0, urls: [gone.tgz], description: x}\n";
        env.write("merge.yaml", merged);
        fs::create_dir(env.work().join("empty")).expect("it is new");
    }
    for line in [
        "repo index charts",
        "repo index charts",
        "repo index charts --url http://x/y",
        "repo index charts --url http://x/y/?z=1",
        "repo index charts --merge merge.yaml",
        "repo index charts --merge none.yaml",
        "repo index charts --json",
        "repo index ./charts/ --url http://x",
        "repo index empty",
        "repo index empty --json",
    ] {
        let (theirs, ours) = pair.run(line);
        pair.differ(
            line,
            "exit code",
            &format!("{:?}", theirs.code()),
            &format!("{:?}", ours.code()),
        );
        pair.differ(line, "stdout", theirs.stdout(), ours.stdout());
        let (theirs, ours) = (left(&pair.helm), left(&pair.ferry));
        let names =
            |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>().join("\n");
        pair.differ(line, "files", &names(&theirs), &names(&ours));
        for (path, content) in theirs {
            let other = ours.get(&path).map_or("(missing)", String::as_str);
            pair.differ(line, &path, &without_times(&content), &without_times(other));
        }
    }
    pair.check_outcome("repo index missing");
    pair.finish();
}
