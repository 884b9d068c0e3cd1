use serde_json::Value as Json;

use super::*;
use crate::values::{Flag, Overlay, Purpose, ValuesFile, coalesce};

/// One of helm 4.3.1's answers: a chart `c` with a chart `sub` in it, and perhaps `ss` in that.
#[derive(serde::Deserialize)]
struct Case {
    name: String,
    parent: String,
    sub: String,
    subsub: Option<String>,
    user: String,
    set: String,
    meta: String,
    /// What `.Values` was in the chart of that name.
    values: std::collections::BTreeMap<String, Json>,
    warnings: Vec<String>,
    error: String,
}

impl Case {
    fn chart(&self) -> Chart {
        let yaml = |name: &str| format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n");
        let mut files = vec![
            File::new("Chart.yaml", yaml("c") + &self.meta),
            File::new("values.yaml", self.parent.clone()),
            File::new("charts/sub/Chart.yaml", yaml("sub")),
            File::new("charts/sub/values.yaml", self.sub.clone()),
        ];
        if let Some(values) = &self.subsub {
            files.push(File::new("charts/sub/charts/ss/Chart.yaml", yaml("ss")));
            files.push(File::new("charts/sub/charts/ss/values.yaml", values.clone()));
        } else if self.name.starts_with("deep") {
            panic!("{}", self.name);
        }
        Chart::from_files(files).unwrap()
    }

    fn run(&self) -> Result<(ResolvedChart, Table, Vec<String>), String> {
        let file = ValuesFile { name: "u.yaml".to_owned(), text: self.user.clone().into() };
        let flags =
            if self.set.is_empty() { Vec::new() } else { vec![Flag::Set(self.set.clone())] };
        let overlay = Overlay { files: vec![file], flags };
        let user = overlay.resolve(&mut |_| unreachable!()).map_err(|error| error.to_string())?;
        let mut chart = ResolvedChart::read(&self.chart()).map_err(|error| error.to_string())?;
        let mut warnings = chart.resolve(&user).map_err(|error| error.to_string())?;
        let coalesced =
            coalesce(&chart, &user, Purpose::Render).map_err(|error| error.to_string())?;
        warnings.extend(coalesced.warnings);
        let warnings = warnings.iter().map(ToString::to_string).collect();
        Ok((chart, Table::from_template(&coalesced.values), warnings))
    }
}

#[test]
fn values_are_coalesced_as_helm_does() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../tests/goldens/coalesce.json")).unwrap();
    assert!(cases.len() > 80);
    for case in &cases {
        let name = &case.name;
        if !case.error.is_empty() {
            assert_eq!(format!("Error: {}", case.run().unwrap_err()), case.error, "{name}");
            continue;
        }
        let (chart, values, warnings) = case.run().unwrap();
        let sorted = |json: &Json| {
            // Whole floats and integers are one in the goldens.
            let text = json.to_string();
            serde_json::from_str::<std::collections::BTreeMap<String, Json>>(&text).unwrap()
        };
        assert_eq!(sorted(&values.to_json()), sorted(&case.values["parent"]), "{name}");
        let has =
            |chart_name: &str| chart.dependencies().iter().any(|sub| sub.name() == chart_name);
        if case.meta.contains("alias: al") && has("al") {
            assert!(values.get("al").is_some(), "{name}");
        } else {
            assert_eq!(has("sub"), case.values.contains_key("sub"), "{name}");
        }
        let mut expected = case.warnings.clone();
        let mut found = warnings;
        for lines in [&mut expected, &mut found] {
            lines.sort();
            lines.dedup();
        }
        assert_eq!(found, expected, "{name}");
    }
}

fn chart(files: &[(&str, &str)]) -> ResolvedChart {
    let file = |(path, text): &(&str, &str)| {
        let text = if path.ends_with("Chart.yaml") {
            format!("apiVersion: v2\nversion: 0.1.0\nname: {text}")
        } else {
            (*text).to_owned()
        };
        File::new(*path, text)
    };
    ResolvedChart::read(&Chart::from_files(files.iter().map(file).collect()).unwrap()).unwrap()
}

/// helm 4.3.1: what a subchart fills in two levels below `global` shows in its parent and beside it.
#[test]
fn deep_globals_are_shared() {
    let mut chart = chart(&[
        ("Chart.yaml", "c"),
        ("values.yaml", "global: {m: {o: {a: 1}}}"),
        ("charts/s/Chart.yaml", "s"),
        ("charts/s/values.yaml", "global: {m: {o: {b: 2}, p: {q: 1}}, r: 3}"),
        ("charts/t/Chart.yaml", "t"),
    ]);
    chart.resolve(&Table::new()).unwrap();
    let values = coalesce(&chart, &Table::new(), Purpose::Render).unwrap().values;
    let json = Table::from_template(&values).to_json();
    assert_eq!(
        json.to_string(),
        concat!(
            r#"{"global":{"m":{"o":{"a":1,"b":2}}},"#,
            r#""s":{"global":{"m":{"o":{"a":1,"b":2},"p":{"q":1}},"r":3}},"#,
            r#""t":{"global":{"m":{"o":{"a":1,"b":2}}}}}"#
        )
    );
}

/// helm 4.3.1: a chart under two aliases is two charts, all the way down.
#[test]
fn a_chart_can_be_there_twice() {
    let mut chart = chart(&[
        (
            "Chart.yaml",
            "c\ndependencies:\n- {name: s, version: 0.1.0, alias: one}\n- {name: s, version: 0.1.0, alias: two, condition: two.enabled}\n- {name: s, version: 0.1.0, alias: three, tags: [x]}\n",
        ),
        ("values.yaml", "two: {enabled: true}\ntags: {x: false}\n"),
        (
            "charts/s/Chart.yaml",
            "s\ndependencies:\n- {name: g, version: 0.1.0, alias: ga, import-values: [d]}\n",
        ),
        ("charts/s/charts/g/Chart.yaml", "g"),
        ("charts/s/charts/g/values.yaml", "exports: {d: {i: 1}}"),
        ("charts/s/charts/g/crds/x.yaml", "kind: CRD"),
    ]);
    assert!(chart.missing_dependencies().is_empty());
    let warnings = chart.resolve(&Table::new()).unwrap();
    assert!(warnings.is_empty());
    let paths: Vec<_> = chart.crds().into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["c/charts/one/charts/ga/crds/x.yaml", "c/charts/two/charts/ga/crds/x.yaml"]);
    let values = coalesce(&chart, &Table::new(), Purpose::Render).unwrap().values;
    let values = Table::from_template(&values);
    for alias in ["one", "two"] {
        assert_eq!(values.at(&[alias, "i"]), Some(&crate::Value::Float(1.0)), "{alias}");
    }
    let declared: Vec<_> =
        chart.metadata().dependencies.iter().map(|d| (d.name.as_str(), d.enabled)).collect();
    assert_eq!(declared, [("one", true), ("two", true)]);
}

#[test]
fn files_are_sorted_by_what_they_are() {
    let chart = chart(&[
        ("Chart.yaml", "c"),
        ("Chart.lock", ""),
        ("values.yaml", ""),
        ("values.schema.json", "{}"),
        ("requirements.yaml", ""),
        ("templates/a.yaml", ""),
        ("templates/sub/_b.tpl", ""),
        ("README.md", ""),
        ("crds/a.YAML", ""),
        ("crds/b.txt", ""),
        ("charts/s-0.1.0.tgz.prov", ""),
    ]);
    let paths = |files: &[File]| files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(chart.templates()), ["templates/a.yaml", "templates/sub/_b.tpl"]);
    assert_eq!(
        paths(chart.files()),
        ["README.md", "crds/a.YAML", "crds/b.txt", "charts/s-0.1.0.tgz.prov"]
    );
    assert_eq!(chart.schema().unwrap(), "{}");
    assert_eq!(chart.crds().len(), 1);
}

#[test]
fn bad_defaults_are_named_with_their_chart() {
    let files = vec![
        File::new("Chart.yaml", "name: c\nversion: 1\n"),
        File::new("charts/s/Chart.yaml", "name: s\nversion: 1\n"),
        File::new("charts/s/values.yaml", "- x\n"),
    ];
    let error = ResolvedChart::read(&Chart::from_files(files).unwrap()).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "error unpacking subchart s in c: cannot load values.yaml: cannot unmarshal"
        ),
        "{error}"
    );
}

#[test]
fn missing_dependencies_are_listed() {
    let chart = chart(&[(
        "Chart.yaml",
        "c\ndependencies: [{name: a, version: 1}, {name: b, version: 1}]\n",
    )]);
    assert_eq!(chart.missing_dependencies(), ["a", "b"]);
}
