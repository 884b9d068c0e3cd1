use std::collections::BTreeMap;

use super::*;
use crate::{File, Flag, KubeVersion, Overlay, TemplateOptions};

fn environment() -> Environment {
    Environment { now: (1_700_000_000, 0), local_zone: sprig::Zone::utc(), seed: [7; 32] }
}

fn chart(files: &[(&str, &str)]) -> Chart {
    let mut own = vec![File::new("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n")];
    own.extend(files.iter().map(|(path, text)| File::new(*path, (*text).to_owned())));
    Chart::from_files(own).unwrap()
}

fn release() -> Release {
    Release {
        name: "r".to_owned(),
        namespace: "default".to_owned(),
        revision: 1,
        is_upgrade: false,
    }
}

fn with_lookups(chart: &Chart, values: &Table, lookups: &Lookups) -> Result<Outcome, RenderError> {
    let inputs = Inputs {
        values,
        release: &release(),
        capabilities: &Capabilities::default(),
        lookups,
        environment: &environment(),
    };
    render(chart, inputs, &RenderOptions::default())
}

fn printed(outcome: Outcome) -> String {
    let Outcome::Done(done) = outcome else { panic!("{outcome:?}") };
    String::from_utf8(done.rendered.template_output(TemplateOptions::default())).unwrap()
}

fn rendered(files: &[(&str, &str)]) -> Result<String, String> {
    let outcome = with_lookups(&chart(files), &Table::new(), &Lookups::Offline);
    outcome.map(printed).map_err(|error| error.to_string())
}

/// Name, files, flags, output.
type Row = (String, BTreeMap<String, String>, Vec<String>, String);

/// Charts, flags, and what helm 4.3.1 printed (standard output, or the error).
#[test]
fn charts_render_as_in_helm() {
    let rows: Vec<Row> =
        serde_json::from_str(include_str!("../../tests/goldens/render.json")).unwrap();
    assert!(rows.len() > 50);
    let mut failed = Vec::new();
    for (name, files, flags, expected) in rows {
        let files = files.into_iter().map(|(path, text)| File::new(path, text)).collect();
        let chart = Chart::from_files(files).unwrap();
        let mut capabilities = Capabilities::default();
        for pair in flags.chunks(2) {
            match pair[0].as_str() {
                "--kube-version" => {
                    capabilities.kube_version = KubeVersion::parse(&pair[1]).unwrap();
                }
                "--api-versions" => {
                    capabilities = capabilities.with_api_versions([pair[1].clone()]);
                }
                other => panic!("{other}"),
            }
        }
        let inputs = Inputs {
            values: &Table::new(),
            release: &release(),
            capabilities: &capabilities,
            lookups: &Lookups::Offline,
            environment: &environment(),
        };
        let found = match render(&chart, inputs, &RenderOptions::default()) {
            Ok(outcome) => printed(outcome),
            Err(error) => format!("Error: {error}").trim_end().to_owned(),
        };
        if found != expected {
            failed.push(format!("{name}:\n{found}\n--- helm:\n{expected}"));
        }
    }
    assert!(failed.is_empty(), "{} differ\n{}", failed.len(), failed.join("\n=====\n"));
}

#[test]
fn lookups_are_asked_for_and_answered() {
    let chart = chart(&[(
        "templates/a.yaml",
        r#"a: {{ (lookup "v1" "Secret" "n" "s").data }}{{ (lookup "v1" "Secret" "n" "t").data }}"#,
    )]);
    let key = |name: &str| LookupKey {
        api_version: "v1".to_owned(),
        kind: "Secret".to_owned(),
        namespace: "n".to_owned(),
        name: name.to_owned(),
    };
    let first = with_lookups(&chart, &Table::new(), &Lookups::Known(BTreeMap::new())).unwrap();
    let Outcome::NeedsLookups(keys) = first else { panic!("{first:?}") };
    assert_eq!(keys, [key("s"), key("t")]);

    let object: Table = [("data", crate::Value::Int(5))].into_iter().collect();
    let known = [(key("s"), Ok(object.into())), (key("t"), Ok(Table::new().into()))];
    let second = with_lookups(&chart, &Table::new(), &Lookups::Known(known.into())).unwrap();
    assert_eq!(printed(second), "---\n# Source: c/templates/a.yaml\na: 5\n");

    let refused = [(key("s"), Err("no such kind".to_owned()))];
    let error = with_lookups(&chart, &Table::new(), &Lookups::Known(refused.into())).unwrap_err();
    assert!(error.to_string().contains("error calling lookup: no such kind"), "{error}");
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let files = [("templates/a.yaml", "a: {{ uuidv4 }} {{ randAlphaNum 40 }} {{ now }}")];
    let first = rendered(&files).unwrap();
    assert_eq!(first, rendered(&files).unwrap());
    assert!(first.contains("2023-11-14"), "{first}");
}

#[test]
fn lint_passes_over_what_is_required() {
    let chart = chart(&[(
        "templates/a.yaml",
        "a: {{ required \"x\" nil }}{{ fail \"y\" }}{{ .Values.nope }}",
    )]);
    let inputs = Inputs {
        values: &Table::new(),
        release: &release(),
        capabilities: &Capabilities::default(),
        lookups: &Lookups::Offline,
        environment: &environment(),
    };
    let options = |lint| RenderOptions { lint, ..RenderOptions::default() };
    assert!(render(&chart, inputs, &options(Lint::On)).is_ok());
    let strict = render(&chart, inputs, &options(Lint::Strict)).unwrap_err().to_string();
    assert!(strict.contains("map has no entry for key \"nope\""), "{strict}");
    let error = render(&chart, inputs, &options(Lint::Off)).unwrap_err();
    assert_eq!(error.complaint().as_deref(), Some("x"));
    assert!(error.has_debug_hint());
}

#[test]
fn endless_charts_end() {
    for text in [
        "{{ define \"a\" }}{{ include \"b\" . }}{{ end }}{{ define \"b\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}",
        "{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}",
        "{{ define \"a\" }}{{ tpl .Values.t . }}{{ end }}{{ include \"a\" . }}",
    ] {
        let values = Overlay {
            files: Vec::new(),
            flags: vec![Flag::SetLiteral("t={{ include \"a\" . }}".to_owned())],
        };
        let values = values.resolve(&mut |_| unreachable!()).unwrap();
        let start = std::time::Instant::now();
        let chart = chart(&[("templates/a.yaml", text)]);
        assert!(with_lookups(&chart, &values, &Lookups::Offline).is_err(), "{text}");
        assert!(start.elapsed().as_secs() < 30, "{text}: {:?}", start.elapsed());
    }
}

#[test]
fn a_chart_is_parsed_once() {
    let chart = chart(&[("values.yaml", "a: 1"), ("templates/a.yaml", "a: {{ .Values.a }}")]);
    let resolved = ResolvedChart::read(&chart).unwrap();
    for number in [1, 2] {
        let values: Table = [("a", crate::Value::Int(number))].into_iter().collect();
        let inputs = Inputs {
            values: &values,
            release: &release(),
            capabilities: &Capabilities::default(),
            lookups: &Lookups::Offline,
            environment: &environment(),
        };
        let outcome = render_resolved(resolved.clone(), inputs, &RenderOptions::default()).unwrap();
        assert!(printed(outcome).ends_with(&format!("a: {number}\n")));
    }
}
