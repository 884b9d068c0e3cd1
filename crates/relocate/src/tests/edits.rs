//! Edits of one file: anchors, merges, missing keys, and text in other scripts.

use super::*;

/// Relocates the images of one values file to `reg.io`.
fn edited(source: &str, list: &[&str]) -> Result<String, Vec<RelocateError>> {
    let chart = chart(&[("values.yaml", source)]);
    let plan = relocate(&chart, list, &relocation("reg.io", "", "", ""))?;
    Ok(text(&plan.chart, "values.yaml").to_owned())
}

const A: &str = "{{ .a.registry }}/{{ .a.repository }}:1";
const B: &str = "{{ .b.registry }}/{{ .b.repository }}:1";

#[test]
fn an_alias_is_replaced_and_its_anchor_is_not() {
    let source = "reg: &r docker.io # 默认\na: {registry: *r, repository: x/a}\nb:\n  registry: *r # 别名\n  repository: x/b\n";
    assert_eq!(
        edited(source, &[A]).unwrap(),
        "reg: &r docker.io # 默认\na: {registry: reg.io, repository: x/a}\nb:\n  registry: *r # 别名\n  repository: x/b\n"
    );
}

#[test]
fn an_anchored_value_changes_for_those_who_want_it() {
    let source = "a:\n  registry: &r docker.io\n  repository: x/a\nb:\n  registry: *r\n  repository: x/b\nother: *r\n";
    // Both images follow the anchor; the third user keeps what it had.
    assert_eq!(
        edited(source, &[A, B]).unwrap(),
        "a:\n  registry: &r reg.io\n  repository: x/a\nb:\n  registry: *r\n  repository: x/b\nother: docker.io\n"
    );
    assert_eq!(
        edited(source, &[A]).unwrap(),
        "a:\n  registry: &r reg.io\n  repository: x/a\nb:\n  registry: docker.io\n  repository: x/b\nother: docker.io\n"
    );
    let quoted = source.replace("&r docker.io", "&r 'docker.io'");
    assert!(edited(&quoted, &[A]).unwrap().ends_with("other: 'docker.io'\n"));
}

#[test]
fn merged_values_are_overridden_where_they_are_merged() {
    let source = "a: &a\n  registry: docker.io\n  repository: x/a\nb:\n  <<: *a # 合并\n  repository: x/b\nc: 1\n";
    assert_eq!(
        edited(source, &[B]).unwrap(),
        "a: &a\n  registry: docker.io\n  repository: x/a\nb:\n  <<: *a # 合并\n  repository: x/b\n  registry: reg.io\nc: 1\n"
    );
    // With both the anchor is enough.
    assert_eq!(edited(source, &[A, B]).unwrap(), source.replace("docker.io", "reg.io"));
    // With the first alone the second is told what it had.
    assert_eq!(
        edited(source, &[A]).unwrap(),
        "a: &a\n  registry: reg.io\n  repository: x/a\nb:\n  <<: *a # 合并\n  repository: x/b\n  registry: docker.io\nc: 1\n"
    );
}

#[test]
fn an_alias_of_a_map_becomes_a_map_that_merges_it() {
    let source = "a: &a\n  registry: docker.io\n  repository: x/a\nb: *a # 同上\n";
    assert_eq!(
        edited(source, &[B]).unwrap(),
        "a: &a\n  registry: docker.io\n  repository: x/a\nb: {<<: *a, registry: reg.io} # 同上\n"
    );
    assert_eq!(edited(source, &[A, B]).unwrap(), source.replace("docker.io", "reg.io"));
}

#[test]
fn what_cannot_be_taken_apart_is_refused() {
    let source = "d: &d\n  a:\n    registry: docker.io\n    repository: x/a\ne: *d\n";
    let hint = "{{ .d.a.registry }}/{{ .d.a.repository }}:1";
    let errors = edited(source, &[hint]).unwrap_err();
    let [RelocateError::Shared { file, line, path, other }] = &errors[..] else {
        panic!("{errors:?}")
    };
    assert_eq!((file.as_str(), *line), ("values.yaml", 3));
    assert_eq!((path.as_str(), other.as_str()), (".d.a.registry", ".e.a.registry"));
    let list = "l:\n- &a {registry: docker.io}\n- *a\nb: {registry: x.io, repository: y/b}\n";
    assert!(edited(list, &[B]).is_ok());
}

#[test]
fn a_number_with_an_anchor_is_quoted_for_the_hint_alone() {
    let source = "v: &v 1.30\na: {image: docker.io/x/a, tag: *v}\n";
    assert_eq!(
        edited(source, &["{{ .a.image }}:{{ .a.tag }}"]).unwrap(),
        "v: &v 1.30\na: {image: reg.io/x/a, tag: \"1.30\"}\n"
    );
    let source = "v: &v 1.30\na: {image: docker.io/x/a, tag: *v}\n";
    assert_eq!(
        edited(source, &["{{ .a.image }}:{{ .v }}"]).unwrap(),
        "v: &v \"1.30\"\na: {image: reg.io/x/a, tag: 1.30}\n"
    );
}

#[test]
fn the_last_of_equal_keys_is_the_one_that_counts() {
    let source =
        "a: {registry: docker.io, repository: x/a}\na:\n  registry: quay.io\n  repository: y/a\n";
    assert_eq!(
        edited(source, &[A]).unwrap(),
        "a: {registry: docker.io, repository: x/a}\na:\n  registry: reg.io\n  repository: y/a\n"
    );
}

#[test]
fn only_the_values_of_the_hints_are_touched() {
    // What charts-syncer's search by text breaks: comments, nested maps, addresses that are no images, bare names.
    let source = "registry:   # note\n  nested: docker.io # 尾注\na:\n  registry: docker.io   # keep   this\n  repository: \"bitnami/redis\" \nsource:\n  repository: https://github.com/o/r\nb: {registry: docker.io, repository: nginx}\n";
    assert_eq!(
        edited(source, &[A, B]).unwrap(),
        "registry:   # note\n  nested: docker.io # 尾注\na:\n  registry: reg.io   # keep   this\n  repository: \"bitnami/redis\" \nsource:\n  repository: https://github.com/o/r\nb: {registry: reg.io, repository: library/nginx}\n"
    );
}

mod missing {
    use std::collections::BTreeMap;

    use crate::edit::edit;

    fn add(source: &str, path: &[&str], text: &str) -> Result<String, crate::RelocateError> {
        let document = crate::scope::read_document(source.as_bytes(), "values.yaml")?;
        let path = path.iter().map(|key| (*key).to_owned()).collect();
        edit("values.yaml", source, &document, &BTreeMap::from([(path, text.to_owned())]))
    }

    #[test]
    fn keys_go_in_behind_text_of_any_script() {
        for (source, path, expected) in [
            // charts-syncer writes this one into the middle of `IfNotPresent`.
            (
                "# 中文注释中文注释\nimage:\n  repository: x # 仓库\n  pullPolicy: IfNotPresent\nnext: 1\n",
                &["image", "registry"][..],
                "# 中文注释中文注释\nimage:\n  repository: x # 仓库\n  pullPolicy: IfNotPresent\n  registry: reg.io\nnext: 1\n",
            ),
            // And this one to the first byte of the file.
            (
                "a: 1\nimage:\n  # 列表\n  secrets:\n  - 甲\n  - b: |\n      文\n\n# 尾\n",
                &["image", "registry"],
                "a: 1\nimage:\n  # 列表\n  secrets:\n  - 甲\n  - b: |\n      文\n\n  registry: reg.io\n# 尾\n",
            ),
            ("a: 1", &["b", "c"], "a: 1\nb:\n  c: reg.io"),
            ("a: 1 # 无换行", &["b"], "a: 1 # 无换行\nb: reg.io"),
            ("a: 1\r\nb: 2\r\n", &["c", "d"], "a: 1\r\nb: 2\r\nc:\r\n  d: reg.io\r\n"),
            ("甲: {}\n", &["甲", "b"], "甲: {b: reg.io}\n"),
            ("甲: { }\n", &["甲", "b", "c"], "甲: {b: {c: reg.io} }\n"),
            ("甲: {a: 1, b: } # x\n", &["甲", "c"], "甲: {a: 1, b: , c: reg.io } # x\n"),
            ("甲: {a: 1,\n  乙: 二 }\n", &["甲", "c"], "甲: {a: 1,\n  乙: 二, c: reg.io }\n"),
            ("甲: {a}\n", &["甲", "c"], "甲: {a, c: reg.io}\n"),
            ("甲: {a}\n", &["甲", "a"], "甲: {a: reg.io}\n"),
            ("甲: {a: }\n", &["甲", "a", "b"], "甲: {a: {b: reg.io} }\n"),
            ("a:\nb: 1\n", &["a"], "a: reg.io\nb: 1\n"),
            ("a: # 空\nb: 1\n", &["a"], "a: reg.io # 空\nb: 1\n"),
            ("a: # 空\n  # 更多\nb: 1\n", &["a", "c"], "a: # 空\n  c: reg.io\n  # 更多\nb: 1\n"),
            ("a: ~ # 空\n", &["a", "c"], "a: {c: reg.io} # 空\n"),
            ("a: null\n", &["a"], "a: reg.io\n"),
            (
                "a:\n    b:\n        c: 1\n",
                &["a", "d"],
                "a:\n    b:\n        c: 1\n    d: reg.io\n",
            ),
            (
                "a:\n    b:\n        c: 1\n",
                &["a", "b", "d"],
                "a:\n    b:\n        c: 1\n        d: reg.io\n",
            ),
            ("a:\n  b: &x\n    c: 1\n", &["a", "b", "d"], "a:\n  b: &x\n    c: 1\n    d: reg.io\n"),
            ("a: |\n  文\n", &["b"], "a: |\n  文\nb: reg.io\n"),
            ("a: \"多\n  行\"\n", &["b"], "a: \"多\n  行\"\nb: reg.io\n"),
            ("a: 1\n...\n", &["b"], "a: 1\nb: reg.io\n...\n"),
            ("'a': 1\n", &["on"], "'a': 1\n\"on\": reg.io\n"),
        ] {
            // `on` as a path is the text; the key without quotes would be `true`.
            let edited =
                add(source, path, "reg.io").unwrap_or_else(|error| panic!("{source:?}: {error}"));
            assert_eq!(
                edited.trim_end_matches('\n'),
                expected.trim_end_matches('\n'),
                "{source:?}"
            );
        }
    }

    #[test]
    fn values_that_need_quotes_get_them() {
        assert_eq!(add("a: 1\n", &["b"], "1.30").unwrap(), "a: 1\nb: \"1.30\"\n");
        assert_eq!(add("a: {}\n", &["a", "b"], "x, y: z").unwrap(), "a: {b: \"x, y: z\"}\n");
    }

    #[test]
    fn what_has_no_place_is_refused() {
        for (source, path) in [
            ("a: 1\n", &["a", "b"][..]),
            ("a: [1]\n", &["a", "b"]),
            ("x: &x {b: {}}\na: *x\n", &["a", "b", "c"]),
            ("x: &x {b: {}}\na: {<<: *x}\n", &["a", "b", "c"]),
            ("x: &x\na: *x\n", &["a", "c"]),
            ("~\n", &["a"]),
        ] {
            assert!(add(source, path, "v").is_err(), "{source}");
        }
        // An anchored map that gains a key gains it for all.
        assert!(matches!(
            add("x: &x {b: 1}\na: *x\n", &["x", "c"], "v"),
            Err(crate::RelocateError::UnplannedChange { path, .. }) if path == ".a.c"
        ));
    }
}
