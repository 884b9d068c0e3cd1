//! Commands on charts beside the real helm: the same stdout, the same exit code, the same `Error:` line, the same files.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use testkit::{Output, TestEnv};

use super::environment;

/// Charts and values, written into the working directory of both.
const FILES: &[(&str, &str)] = &[
    (
        "c/Chart.yaml",
        "apiVersion: v2\nname: c\n# comment\nversion: 0.1.0\nfoo: bar\nappVersion: \"1.10\"\ndeprecated: true\nmaintainers: [{name: m}]\ndependencies:\n- {name: s, version: 0.1.x, repository: \"file://charts/s\", condition: s.e}\n",
    ),
    ("c/values.yaml", "# v\na: 1\nt: {x: y}"),
    ("c/README.md", "# Readme\n"),
    ("c/crds/a.yaml", "kind: X"),
    ("c/crds/b.yaml", "---\nkind: Y\n---\nkind: Z\n"),
    ("c/charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 0.1.5\n"),
    ("c/charts/s/crds/s.yaml", "kind: S\n"),
    ("c/charts/s/templates/s.yaml", "kind: S\nmetadata: {name: s}\n"),
    ("c/templates/_h.tpl", "{{- define \"c.n\" }}{{ .Release.Name }}-{{ .Values.t.x.z }}{{ end }}"),
    (
        "c/templates/a.yaml",
        "kind: ConfigMap\nmetadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}\nup: {{ .Release.IsUpgrade }}\nk: {{ .Capabilities.KubeVersion }}\nh: {{ .Capabilities.APIVersions.Has \"x/v1\" }}\nv: {{ toJson .Values }}\n{{- if .Values.bad }}\nbad: {{ include \"c.n\" . }}\n{{- end }}{{ if .Values.need }}{{ required \"need it\" .Values.none }}{{ end }}\n{{- if .Values.noyaml }}\n: [\n{{- end }}\n",
    ),
    ("c/templates/t.yaml", "kind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n"),
    (
        "c/templates/h.yaml",
        "kind: Job\nmetadata: {name: h, annotations: {helm.sh/hook: pre-install}}\n",
    ),
    ("lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n"),
    ("v3/Chart.yaml", "apiVersion: v3\nname: v3\nversion: 1.0.0\n"),
    ("noversion/Chart.yaml", "apiVersion: v2\nname: x\n"),
    ("empty/x", ""),
    ("not.tgz", "x\n"),
    ("not.yaml", "x\n"),
    ("v.yaml", "a: 2\nt: {x: q}\n"),
    ("bad.yaml", "a: [\n"),
    (
        "missing/Chart.yaml",
        "apiVersion: v2\nname: missing\nversion: 1.0.0\nicon: http://a/b\ndependencies: [{name: foo, version: 1}, {name: bar, version: 1}]\n",
    ),
    ("missing/templates/x.txt", ""),
    ("schema/Chart.yaml", "apiVersion: v2\nname: schema\nversion: 1.0.0\n"),
    ("schema/values.yaml", "a: 1\n"),
    ("schema/values.schema.json", "{\"required\": [\"b\"]}"),
    ("schema/templates/x.yaml", "kind: A\nmetadata: {name: a}\n"),
    ("kube/Chart.yaml", "apiVersion: v2\nname: kube\nversion: 1.0.0\nkubeVersion: \"<1.20\"\n"),
    ("syntax/Chart.yaml", "apiVersion: v2\nname: syntax\nversion: 1.0.0\n"),
    ("syntax/templates/x.yaml", "a: {{ nothing }}\n"),
    ("t/Chart.yaml", "apiVersion: v2\nname: t\nversion: 0.1.0\n"),
    (
        "deps/Chart.yaml",
        "apiVersion: v2\nname: deps\nversion: 0.1.0\ndependencies:\n- {name: s, version: 0.1.x, repository: \"\"}\n- {name: t, version: \">=0.1.0\", repository: \"file://../t\"}\n",
    ),
    ("deps/charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 0.1.5\n"),
    (
        "stale/Chart.yaml",
        "apiVersion: v2\nname: stale\nversion: 0.1.0\ndependencies: [{name: t, version: 0.1.0, repository: \"file://../t\"}]\n",
    ),
    (
        "stale/Chart.lock",
        "dependencies: []\ndigest: sha256:00\ngenerated: \"2026-01-01T00:00:00Z\"\n",
    ),
    (
        "far/Chart.yaml",
        "apiVersion: v2\nname: far\nversion: 0.1.0\ndependencies: [{name: t, version: \">=5\", repository: \"file://../t\"}]\n",
    ),
    (
        "lost/Chart.yaml",
        "apiVersion: v2\nname: lost\nversion: 0.1.0\ndependencies: [{name: t, version: 1, repository: \"file://../zz\"}]\n",
    ),
    (
        "bad/Chart.yaml",
        "name: C_x\nversion: 1.0.0-alpha_b\nmaintainers: [{name: a, email: b}]\ntype: foo\nsources: [abc]\nicon: foo\nappVersion: 1\n",
    ),
    ("bad/templates/x.yaml", "a: 1\n"),
    (
        "mixed/Chart.yaml",
        "apiVersion: v2\nname: mixed\nversion: 1.0.0\nicon: http://a/b\nfoo: bar\n",
    ),
    ("mixed/values.yaml", ""),
    ("mixed/crds/a.yaml", "kind: Foo\n"),
    ("mixed/templates/NOTES.md", "x"),
    ("mixed/crds/z.yaml", "a: [\n"),
    ("mixed/crds/zz.yaml", "kind: Foo\n"),
    ("mixed/templates/y.yaml", "a: [\n"),
    ("mixed/templates/z.yaml", "  a: 1\n"),
    ("mixed/templates/b.yaml", "  a: b\n"),
    (
        "mixed/templates/c.yaml",
        "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: x}\n---\nkind: Service\nmetadata: {name: 1x}\n---\nkind: Namespace\nmetadata: {name: A}\n---\nkind: Role\nmetadata: {name: \"a/b\"}\n",
    ),
    (
        "mixed/templates/d.yaml",
        "kind: List\nmetadata: {name: l}\nitems:\n- {kind: A, metadata: {annotations: {helm.sh/resource-policy: keep}}}\n{{ required \"x\" .Values.none }}{{ fail \"y\" }}\n",
    ),
    ("nil/Chart.yaml", "apiVersion: v2\nname: nil\nversion: 1.0.0\nicon: http://a/b\n"),
    ("nil/templates/a.yaml", "a: {{ .Values.x.y }}\n"),
];

/// Command lines, the arguments separated by spaces.
const LINES: &str = r#"
template
template a b c
template c
template -g c
template x -g c
template --name-template n-{{1}} c
template --name-template n-{{1}} x c
template --name-template {{fail c
template A_b c
template nope
template ./nope
template /nope
template repo/x
template rel c --kube-version foo
template rel c --kube-version 1.20 -a x/v1,y/v1 --is-upgrade -n ns --create-namespace
template rel c -f nope.yaml
template rel c -f v.yaml --set a=5,t.x=z --set-string b=1 --set-json {"c":1} --set-literal d=1,2 --set-file e=v.yaml
template rel c -f bad.yaml
template rel c --set a
template rel c --set t=null --include-crds
template rel c --set s.e=false
template rel c --no-hooks
template rel c --skip-tests
template rel c -s templates/a.yaml -s templates/h.yaml
template rel c -s templates/*.yaml
template rel c -s templates/nope.yaml
template rel c --output-dir od --include-crds
template rel c --output-dir od --release-name
template rel c --set bad=true
template rel c --set need=true
template rel c --set noyaml=true
template rel lib
template rel v3
template rel noversion
template rel empty
template rel not.tgz
template rel not.yaml
template rel missing
template rel schema
template rel schema --skip-schema-validation
template rel kube
template rel syntax
template rel c --dry-run=client
template rel c --dry-run=foo
template rel c --bogus
lint c --bogus
show chart c --bogus
package c --bogus
dependency list c --bogus
show chart c
show values c
show readme c
show crds c
show all c
show all lib
show all t
show chart
show chart c d
show chart nope
show chart noversion
package
package nope
package c
package c t
package c -d out/x --version 1.2.3+b --app-version 9
package c --version x
package missing
package not.tgz
package noversion
lint
lint nope
lint c
lint c --strict
lint c --quiet
lint c t lib nope --quiet
lint c --with-subcharts
lint missing
lint schema
lint schema --set b=1
lint bad
lint mixed
lint mixed --kube-version 1.5
lint nil
lint syntax
lint noversion
lint empty
lint c --kube-version x
lint c --set a
dependency list c
dependency list t
dependency list nope
dependency list deps
dependency list deps --max-col-width 10
dependency update deps
dependency list deps
dependency build deps
dependency build stale
dependency update far
dependency update lost
dependency update t
dependency build t
dependency update nope
dep ls c
"#;

#[test]
fn commands_on_charts_are_helms() {
    let helm = match testkit::find_peer("helm@4.3.1") {
        Ok(helm) => helm,
        Err(missing) => {
            let _ = writeln!(std::io::stderr(), "skipped: {missing}");
            return;
        }
    };
    let (theirs, ours) = (environment(), environment());
    for (path, text) in FILES {
        theirs.write(path, text);
        ours.write(path, text);
    }
    let mut faults = Vec::new();
    for line in LINES.lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split(' ').collect();
        let mut command = theirs.command_of(&helm.path);
        command.args(&words);
        let wanted = said(&theirs, &theirs.run_command(command));
        let found = said(&ours, &ours.run(&words));
        if wanted != found {
            faults.push(format!("$ {line}\n--- helm\n{wanted}\n--- ferry\n{found}\n"));
        }
    }
    let (wanted, found) = (files(&theirs.work()), files(&ours.work()));
    for (path, text) in &wanted {
        if found.get(path) != Some(text) {
            faults.push(format!("{path} differs:\n{text}\n--- ferry\n{:?}", found.get(path)));
        }
    }
    let surplus: Vec<_> = found.keys().filter(|path| !wanted.contains_key(*path)).collect();
    assert!(surplus.is_empty(), "{surplus:?}");
    assert!(faults.is_empty(), "{} differ:\n{}", faults.len(), faults.join("\n"));
}

/// Exit code, stdout, and helm's own lines on stderr, without what is of one machine or minute.
fn said(env: &TestEnv, output: &Output) -> String {
    let is_ours = |line: &&str| !line.starts_with("error[E") && !line.starts_with("  at ");
    let log = |line: &&str| !line.starts_with("level=");
    let lines: Vec<&str> = output.stderr().lines().take_while(is_ours).filter(log).collect();
    let text = format!("{:?}\n{}{}", output.code(), output.stdout(), lines.join("\n").trim_end());
    env.normalise(&text)
}

/// Every file by its path. Archives by what is in them, lock files without their time.
fn files(directory: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    collect(directory, directory, &mut found);
    found
}

fn collect(root: &Path, directory: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).expect("it is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            collect(root, &path, found);
            continue;
        }
        let name = path.strip_prefix(root).expect("it is below").display().to_string();
        let bytes = fs::read(&path).expect("it can be read");
        let text = match name.rsplit('.').next() {
            Some("tgz") if bytes.starts_with(b"\x1f\x8b") => members(&path),
            Some("lock") => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let is_stable = |line: &&str| !line.starts_with("generated:");
                text.lines().filter(is_stable).collect::<Vec<_>>().join("\n")
            }
            _ => String::from_utf8_lossy(&bytes).into_owned(),
        };
        found.insert(name, text);
    }
}

/// Names and contents of an archive's files, sorted.
fn members(archive: &Path) -> String {
    let list = |flags: &[&str]| {
        let output = std::process::Command::new("tar")
            .args(flags)
            .arg(archive)
            .output()
            .expect("tar is a part of every system");
        assert!(output.status.success(), "{}", archive.display());
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let mut names: Vec<String> = list(&["-tzf"]).lines().map(str::to_owned).collect();
    names.sort();
    let content = |name: &String| format!("{name}:\n{}", list(&["-xzO", name, "-f"]));
    names.iter().map(content).collect()
}
