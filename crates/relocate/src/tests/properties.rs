//! Any values file, any hints: what is planned is what the edited chart says, and every byte outside the edits stays.

use proptest::prelude::*;

use super::*;

/// One image block, as charts write them.
#[derive(Clone, Debug)]
struct Block {
    key: String,
    lines: Vec<String>,
    hint: String,
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["app", "web-ui", "db", "x1", "kube.proxy", "a__b"])
        .prop_map(str::to_owned)
}

fn comment() -> impl Strategy<Value = String> {
    let texts = vec!["", "", " # 镜像仓库", " # é ü", " # 😀 \u{3000}", "   # {{ not }}"];
    prop::sample::select(texts).prop_map(str::to_owned)
}

fn quoted(text: String) -> impl Strategy<Value = String> {
    (0..3).prop_map(move |style| match style {
        0 => format!("'{text}'"),
        1 => format!("\"{text}\""),
        _ => text.clone(),
    })
}

fn registry() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "docker.io",
        "quay.io",
        "reg.example:5000",
        "ghcr.io/org",
        "10.0.0.1",
    ])
    .prop_map(str::to_owned)
}

fn tag() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["v1.2", "1.30", "7", "'8'", "2024.10", "latest", "1e3"])
        .prop_map(str::to_owned)
}

fn block(index: usize) -> impl Strategy<Value = Block> {
    let name = (word(), word()).prop_map(|(a, b)| format!("{a}/{b}"));
    let registry = registry().prop_flat_map(quoted);
    let name = name.prop_flat_map(quoted);
    (registry, name, tag(), comment(), comment(), any::<bool>(), prop::sample::select(vec!["", "/extra", "/p/q"]))
        .prop_map(move |(registry, name, tag, first, second, is_flow, literal)| {
            let key = format!("组件{index}");
            let lines = if is_flow {
                vec![format!("  image: {{registry: {registry}, repository: {name}, tag: {tag}}}{first}")]
            } else {
                vec![
                    format!("  # 说明{second}"),
                    "  image:".to_owned(),
                    format!("    registry: {registry}{first}"),
                    format!("    repository: {name}{second}"),
                    String::new(),
                    format!("    tag: {tag}{first}"),
                ]
            };
            let hint = format!(
                "{{{{ .{key}.image.registry }}}}/{{{{ .{key}.image.repository }}}}{literal}:{{{{ .{key}.image.tag }}}}"
            );
            Block { key, lines, hint }
        })
}

fn relocations() -> impl Strategy<Value = Relocation> {
    prop::sample::select(vec![
        ("reg.io", "", "", ""),
        ("reg.io:5000", "p/q", "", ""),
        ("", "p", "", ""),
        ("", "", "reg.io", ""),
        ("", "", "reg.io", "x"),
        ("r.io", "", "", "pre/fix"),
    ])
    .prop_map(|(r, path, prefix, prefix_path)| relocation(r, path, prefix, prefix_path))
}

/// What is left of a text when the pieces that two texts do not share are taken out, in order.
fn outside(source: &str, plan: &RelocationPlan) -> Vec<String> {
    source
        .lines()
        .enumerate()
        .filter(|(index, _)| !plan.edits.iter().any(|edit| edit.line == Some(index + 1)))
        .map(|(_, line)| line.to_owned())
        .collect()
}

/// Pieces of values files, in any order.
fn scrap() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a:",
        "b: x/y:1",
        "s:",
        "\n",
        "\n",
        "\n  ",
        "\n    ",
        "\r\n",
        " ",
        "&x ",
        "*x",
        "<<: *x",
        "{",
        "}",
        ", ",
        "a: 1.30",
        "b: docker.io/a",
        "'q'",
        "\"q\"",
        " # 注",
        "|-\n      x",
        "- ",
        "[",
        "]",
        "{b: c}",
        "{repository: t/w, tag: 1.30}",
        "~",
        "中: 文",
        "a: &x {b: quay.io/a}\n",
        "s: &x\n  b: nginx\n",
        "b: *x\n",
        "a: {<<: *x, c: d}\n",
        "b:\n",
        "c: {}\n",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_planned_is_what_the_chart_says(
        blocks in (1usize..6).prop_flat_map(|count| (0..count).map(block).collect::<Vec<_>>()),
        relocation in relocations(),
        line_break in prop::sample::select(vec!["\n", "\r\n"]),
        head in comment(),
    ) {
        let mut lines = vec![head.trim_start().to_owned()];
        for block in &blocks {
            lines.push(format!("{}:", block.key));
            lines.extend(block.lines.clone());
        }
        lines.push("尾: [1, '二', {三: 3}] # 完".to_owned());
        let source = lines.join(line_break) + line_break;
        // A port cannot go into a path; that is an error of its own.
        let has_port = source.contains(":5000");
        prop_assume!(!(has_port && relocation.rules().prefix_registry.is_some()));
        let chart = chart(&[("values.yaml", &source)]);
        let list: Vec<&str> = blocks.iter().map(|block| block.hint.as_str()).collect();
        let plan = relocate(&chart, &list, &relocation).unwrap();

        let said = sources(&plan.chart, &list);
        let planned: Vec<_> = plan.images.iter().map(|image| image.says.clone()).collect();
        prop_assert_eq!(said, planned);
        for image in plan.images.iter().filter(|image| !image.is_adjusted) {
            prop_assert_eq!(&image.target, &relocation.apply(&image.source).reference(&image.source).unwrap());
        }

        // Lines without an edit are the same; in the others only the old texts became the new ones.
        let after = text(&plan.chart, "values.yaml");
        prop_assert_eq!(outside(&source, &plan), outside(after, &plan));
        let (old, new): (Vec<&str>, Vec<&str>) = (source.split('\n').collect(), after.split('\n').collect());
        prop_assert_eq!(old.len(), new.len());
        for (index, (old, new)) in old.iter().zip(&new).enumerate() {
            let comment = |line: &str| line.split_once(" #").map(|(_, comment)| comment.to_owned());
            prop_assert_eq!(comment(old), comment(new), "line {}", index + 1);
        }
        prop_assert_eq!(crate::package(&plan.chart).unwrap(), crate::package(&plan.chart.clone()).unwrap());
    }

    #[test]
    fn no_values_and_no_hints_panic(values in scrap(), below in scrap(), list in scrap(), relocation in relocations()) {
        let list = format!("- \"{{{{ .a.b }}}}/{{{{ .s.b }}}}:{{{{ .a }}}}\"\n- \"{{{{ .b }}}}\"\n{list}");
        if let Ok(hints) = Hints::parse(list.as_bytes(), "hints.yaml") {
            let chart = chart(&[("values.yaml", &values), ("charts/s/values.yaml", &below)]);
            let options = Options { relocation: &relocation, tagless: Tagless::KeepTag };
            let _ = crate::plan(&chart, &hints, &options);
        }
    }

    #[test]
    fn what_is_derived_is_there(values in scrap(), below in scrap(), relocation in relocations()) {
        let chart = chart(&[("values.yaml", &values), ("charts/s/values.yaml", &below)]);
        if let Ok(hints) = crate::derive_hints(&chart, &|_| true) {
            let images = crate::hinted_images(&chart, &hints).unwrap();
            prop_assert!(images.iter().all(Result::is_ok));
            let options = Options { relocation: &relocation, tagless: Tagless::KeepTag };
            let _ = crate::plan(&chart, &hints, &options);
        }
    }

    #[test]
    fn any_key_can_be_written_or_is_refused(values in scrap(), path in prop::collection::vec("[abs]", 1..4), text in "[a-z0-9:/ #'\"]{0,6}") {
        if let Ok(document) = crate::scope::read_document(values.as_bytes(), "values.yaml") {
            let changes = std::collections::BTreeMap::from([(path.clone(), text.clone())]);
            if let Ok(after) = crate::edit::edit("values.yaml", &values, &document, &changes) {
                let after = goyaml::from_slice(after.as_bytes()).unwrap();
                let keys: Vec<&str> = path.iter().map(String::as_str).collect();
                prop_assert_eq!(after.at(&keys).and_then(goyaml::Value::as_str), Some(text.as_str()));
            }
        }
    }
}
