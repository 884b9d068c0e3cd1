//! Parsing as Go parses: positions, values, refusals, limits.

use std::fmt::Write as _;

use crate::{
    ErrorKind, Kind, Layout, Limits, Style, Value, from_slice, parse, parse_one, parse_with,
};

/// A value as compact JSON, in document order.
fn json(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::List(items) => {
            format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(","))
        }
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| format!("{key:?}:{}", json(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

const READ: &[(&str, &str)] = &[
    ("a: &x {b: 1}\nc: *x", r#"{"a":{"b":1},"c":{"b":1}}"#),
    (
        "b: &b\n  x: 1\n  y: 2\nc:\n  <<: *b\n  y: 3",
        r#"{"b":{"x":1,"true":2},"c":{"x":1,"true":3}}"#,
    ),
    (
        "b: &b\n  x: 1\n  y: 2\nc:\n  y: 3\n  <<: *b",
        r#"{"b":{"x":1,"true":2},"c":{"true":2,"x":1}}"#,
    ),
    (
        "p: &p {x: 1}\nq: &q {x: 2, z: 3}\nc:\n  <<: [*p, *q]",
        r#"{"p":{"x":1},"q":{"x":2,"z":3},"c":{"x":1,"z":3}}"#,
    ),
    ("c:\n  \"<<\": {x: 1}", r#"{"c":{"<<":{"x":1}}}"#),
    ("a: 1\na: 2", r#"{"a":2}"#),
    ("a: {x: 1}\na: {z: 2}", r#"{"a":{"z":2}}"#),
    ("1: a\n2.5: b\ntrue: c", r#"{"1":"a","2.5":"b","true":"c"}"#),
    ("yes: 1\non: 2\nno: 3", r#"{"true":2,"false":3}"#),
    ("a: b\tc", r#"{"a":"b\tc"}"#),
    ("a: |\n  x\n\n  z\n\n", r#"{"a":"x\n\nz\n"}"#),
    ("a: |+\n  x\n\n", r#"{"a":"x\n\n"}"#),
    ("a: |-\n  x\n", r#"{"a":"x"}"#),
    ("a: >\n  x\n  z\n\n  w\n", r#"{"a":"x z\nw\n"}"#),
    ("a: >-\n  x\n  z\n    w\n  v\n", r#"{"a":"x z\n  w\nv"}"#),
    ("a: 'it''s'", r#"{"a":"it's"}"#),
    ("a: \"\\u00e9\\x41\\n\"", r#"{"a":"éA\n"}"#),
    ("a: b\n---\nc: d", r#"{"a":"b"}"#),
    ("---\na: b\n...\n", r#"{"a":"b"}"#),
    ("# c\n", "null"),
    ("", "null"),
    ("null", "null"),
    ("a: [1, 2, [3]]\nb: {x: y, z: }", r#"{"a":[1,2,[3]],"b":{"x":true,"z":null}}"#),
    ("a:\n- b\n- c:\n  d: 1", r#"{"a":["b",{"c":null,"d":1}]}"#),
    ("a: !foo bar", r#"{"a":"bar"}"#),
    ("a: !!set {x, z}", r#"{"a":{"x":null,"z":null}}"#),
    ("? a\n: b", r#"{"a":"b"}"#),
    ("a: ''\nb: \"\"\nc:", r#"{"a":"","b":"","c":null}"#),
    ("a: 12:30:45\nb: 2020-01-02 03:04:05", r#"{"a":"12:30:45","b":"2020-01-02 03:04:05"}"#),
    ("%YAML 1.1\n---\na: 1", r#"{"a":1}"#),
    ("a: {b: c, d}", r#"{"a":{"b":"c","d":null}}"#),
    ("a: [b, ]", r#"{"a":["b"]}"#),
    ("{\"a\":1}", r#"{"a":1}"#),
    ("a: x # comment\nb: x#y", r#"{"a":"x","b":"x#y"}"#),
    ("a: |\n x\n  z\n w", r#"{"a":"x\n z\nw"}"#),
    ("a: \"b\nc\"", r#"{"a":"b c"}"#),
    ("a: b\n  c\n  d", r#"{"a":"b c d"}"#),
    ("key with spaces: 1\n'quoted': 2", r#"{"key with spaces":1,"quoted":2}"#),
    ("a: ~\nb: ~x", r#"{"a":null,"b":"~x"}"#),
    ("\u{feff}a: 1", r#"{"a":1}"#),
    ("a: b\r\nc: d\r\n", r#"{"a":"b","c":"d"}"#),
    ("a: [\n1,\n2]\n", r#"{"a":[1,2]}"#),
    ("a: |\n  x\n\n  ", r#"{"a":"x\n"}"#),
    ("a: |+\n  x\n  ", r#"{"a":"x\n"}"#),
    ("a: |\n  x\n    ", r#"{"a":"x\n  "}"#),
    ("a: >", r#"{"a":""}"#),
    ("a: 010\nb: 1.30", r#"{"a":8,"b":1.3}"#),
];

#[test]
fn documents_read_as_in_go() {
    for (source, expected) in READ {
        let value =
            from_slice(source.as_bytes()).unwrap_or_else(|error| panic!("{source:?}: {error}"));
        assert_eq!(json(&value), *expected, "{source:?}");
    }
}

#[test]
fn refuses_what_go_refuses() {
    for (source, line, column, reason) in [
        ("c:\n  <<: 5", 2, 7, "map merge requires map"),
        ("a: 1\n~: f", 2, 1, "unsupported map key"),
        ("? [a]\n: b", 1, 3, "invalid map key"),
        ("a:\n\t- b", 2, 1, "cannot start any token"),
        ("a: b: c", 1, 5, "mapping values are not allowed"),
        ("a: @b", 1, 4, "cannot start any token"),
        ("a: `b`", 1, 4, "cannot start any token"),
        ("a: %b", 1, 4, "cannot start any token"),
        ("a: *foo", 1, 4, "unknown anchor 'foo' referenced"),
        ("a: &x [*x]", 1, 8, "value contains itself"),
        ("%YAML 1.2\n---\na: 1", 1, 1, "incompatible YAML document"),
        ("a: \"\\/\"", 1, 4, "unknown escape character"),
        ("a: \"\\ud83d\\ude00\"", 1, 7, "invalid Unicode character escape code"),
        ("a: - b", 1, 4, "block sequence entries are not allowed"),
        ("a: 1\n b: 2", 2, 3, "mapping values are not allowed"),
        ("a:\n  b: 1\n c: 2", 3, 2, "did not find expected key"),
        ("名: \"unterminated", 2, 1, "unexpected end of stream"),
        ("a: !!int x", 1, 4, "cannot decode !!str `x` as a !!int"),
        ("a: \"\\", 2, 1, "unexpected end of stream"),
        ("a\nc: ", 2, 2, "mapping values are not allowed"),
        ("a: [!t, b]", 1, 5, "after a tag"),
        ("a: {b: !<x>, c}", 1, 8, "after a tag"),
    ] {
        let tree = parse_one(source.as_bytes()).and_then(|document| document.root.to_value());
        let error = tree.expect_err(source);
        assert!(error.reason.contains(reason), "{source:?}: {error}");
        assert_eq!((error.line, error.column), (line, column), "{source:?}: {error}");
    }
}

#[test]
fn an_exclamation_mark_before_a_comma_is_text_where_no_tag_starts() {
    for source in
        ["a: [hi!x, 'no !tag, here', \"!t,\"] # !c,\n", "a: |\n  [!t, b]\n", "a: yes !t, no\n"]
    {
        assert!(from_slice(source.as_bytes()).is_ok(), "{source}");
    }
}

#[test]
fn text_that_is_no_text_is_refused_with_its_place() {
    for (source, line, column, offset) in [
        (&b"a: 1\nb: \xff\n"[..], 2, 4, 8),
        ("名: \u{7f}".as_bytes(), 1, 4, 5),
        (b"\xff\xfea\0", 1, 1, 0),
        (b"a: \0", 1, 4, 3),
    ] {
        let error = parse(source).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Encoding);
        assert_eq!((error.line, error.column, error.offset), (line, column, offset));
    }
}

#[test]
fn spans_are_bytes_of_the_source() {
    let source = "\u{feff}# 注释\r\n镜像:\r\n  仓库: &名字a 'a''b' # 说明\r\n";
    // Anchors are ASCII in libyaml; this one is not an anchor at all.
    assert!(parse(source.as_bytes()).is_err());

    let source = "\u{feff}# 注释\r\n镜像:\r\n  仓库: &n !!str 'a''b' # 说明\r\n  空:\r\n  表: {甲: 1, 乙}\r\n  块: |\r\n    文\r\n  列:\r\n  - x\r\n  -\r\n尾: *n\r\n";
    let document = parse_one(source.as_bytes()).unwrap();
    let slice = |node: &crate::Node| &source[node.span.clone()];
    let image = document.root.get("镜像").unwrap();

    let repository = image.get("仓库").unwrap();
    assert_eq!(slice(repository), "'a''b'");
    assert!(source[repository.start..].starts_with("&n !!str"));
    assert_eq!((repository.line, repository.column), (3, 7));
    assert_eq!(repository.text(), Some("a'b"));
    assert_eq!(repository.anchor.as_deref(), Some("n"));

    let unwritten = image.find("空").unwrap().entry;
    assert!(unwritten.value.span.is_empty());
    assert_eq!(unwritten.value.span.start, unwritten.separator.unwrap() + 1);
    assert!(source[..unwritten.value.span.start].ends_with("空:"));

    let flow = image.get("表").unwrap();
    assert_eq!(slice(flow), "{甲: 1, 乙}");
    assert!(matches!(flow.kind, Kind::Mapping { layout: Layout::Flow, .. }));
    let second = &flow.entries()[1];
    assert_eq!(second.separator, None);
    assert_eq!(second.value.span, second.key.span.end..second.key.span.end);

    let block = image.get("块").unwrap();
    assert!(matches!(&block.kind, Kind::Scalar { style: Style::Literal, text } if text == "文\n"));
    assert_eq!(slice(block), "|\r\n    文\r\n");
    assert_eq!(slice(image.get("列").unwrap()), "- x\r\n  -");

    let alias = document.root.get("尾").unwrap();
    assert_eq!(slice(alias), "*n");
    assert_eq!(alias.text(), Some("a'b"));
    assert!(slice(image).ends_with("- x\r\n  -"));
    assert!(slice(image).starts_with("仓库"));
}

#[test]
fn a_key_is_found_where_go_takes_its_value_from() {
    let source = "b: &b {x: 1, z: 1}\nc:\n  x: 2\n  <<: *b\n  z: 3\n";
    let document = parse_one(source.as_bytes()).unwrap();
    let c = document.root.get("c").unwrap();
    let x = c.find("x").unwrap();
    assert!(x.is_merged);
    assert_eq!(x.entry.value.text(), Some("1"));
    let z = c.find("z").unwrap();
    assert!(!z.is_merged);
    assert_eq!(z.entry.value.text(), Some("3"));
    assert!(c.find("w").is_none());
}

#[test]
fn several_documents_are_read_in_order() {
    let documents =
        parse(b"# only a comment\n---\na: 1\n---\n---\nb: *no_anchor_from_before\n").unwrap_err();
    assert_eq!(documents.line, 6);
    let documents = parse(b"---\na: &x 1\n---\n---\nb: &x 2\nc: *x\n").unwrap();
    assert_eq!(documents.len(), 3);
    assert!(documents[1].is_empty);
    assert_eq!(json(&documents[2].root.to_value().unwrap()), r#"{"b":2,"c":2}"#);
}

#[test]
fn bombs_are_refused_while_parsing() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let below = format!("*a{}", level - 1);
        let members = vec![below; 9].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{members}]").unwrap();
    }
    assert_eq!(parse(bomb.as_bytes()).unwrap_err().kind, ErrorKind::Limit);

    let deep = "[".repeat(100_000);
    assert_eq!(parse(deep.as_bytes()).unwrap_err().kind, ErrorKind::Limit);
    let deep = "- ".repeat(100_000);
    assert_eq!(parse(deep.as_bytes()).unwrap_err().kind, ErrorKind::Limit);

    let mut chain = String::from("a0: &a0 {x: 1}\n");
    for level in 1..10_000 {
        writeln!(chain, "a{level}: &a{level} {{<<: *a{}}}", level - 1).unwrap();
    }
    assert_eq!(parse(chain.as_bytes()).unwrap_err().kind, ErrorKind::Limit);

    let limits = Limits { nodes: 3, ..Limits::default() };
    assert_eq!(parse_with(b"a: [b, c]", limits).unwrap_err().kind, ErrorKind::Limit);
    let limits = Limits { bytes: 3, ..Limits::default() };
    assert_eq!(parse_with(b"a: b", limits).unwrap_err().kind, ErrorKind::Limit);
}

#[test]
fn reading_takes_time_in_proportion_to_the_text() {
    // Each of these is quadratic for a careless reader, and takes milliseconds here.
    let start = std::time::Instant::now();
    let _ = parse("!".repeat(300_000).as_bytes());
    let _ = parse(format!("[{}]", "!<a".repeat(100_000)).as_bytes());
    let _ = parse(format!("[{}", "!a ".repeat(100_000)).as_bytes());
    let keys: String =
        (0..30_000).map(|key| format!("k{key}: {{}}\n")).collect::<Vec<_>>().concat();
    let document = parse_one(keys.as_bytes()).unwrap();
    assert!(document.duplicate_keys().is_empty());
    assert!(document.root.to_value().is_ok());
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn characters_at_the_edges_of_the_pieces_it_is_read_in_are_whole() {
    for shift in 0..4 {
        let source = format!("a: {}{}\n尾: '😀'\n", "x".repeat(shift), "中".repeat(20_000));
        let document = parse_one(source.as_bytes()).unwrap();
        let last = document.root.get("尾").unwrap();
        assert_eq!(&source[last.span.clone()], "'😀'");
    }
}

#[test]
fn the_deepest_tree_can_be_walked() {
    let depth = Limits::default().depth;
    let source = format!("{}x{}", "[".repeat(depth), "]".repeat(depth));
    let document = parse_one(source.as_bytes()).unwrap();
    assert!(document.root.to_value().is_ok());
    assert!(document.duplicate_keys().is_empty());
    let source = format!("{}x{}", "[".repeat(depth + 1), "]".repeat(depth + 1));
    assert!(parse(source.as_bytes()).is_err());
}

mod properties {
    use proptest::prelude::*;

    /// Characters that mean something to the scanner, and some of two, three and four bytes.
    fn text() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "a",
            "b: ",
            ": ",
            "- ",
            "? ",
            "\n",
            "\n  ",
            "\r\n",
            " ",
            "\t",
            "#",
            " # é",
            "中",
            "😀",
            "\"",
            "'",
            "\\",
            "\\x",
            "\\u12",
            "&a ",
            "*a",
            "!",
            "!t",
            "!!str ",
            "!<t>",
            ",",
            "[",
            "]",
            "{",
            "}",
            "|",
            ">",
            "|2-\n",
            "%",
            "%YAML 1.1\n",
            "%TAG ! t:\n",
            "---\n",
            "...\n",
            "@",
            "<<: ",
            "~",
            "1.30",
            "\u{2028}",
            "\u{85}",
            "\u{feff}",
            "%C3",
            "0x1F",
        ]);
        prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
    }

    /// Values that survive JSON and YAML, some of their texts nasty.
    fn value() -> impl Strategy<Value = crate::Value> {
        let is_kept = |text: &String| !text.contains(['\u{85}', '\u{2028}']);
        let leaf = prop_oneof![
            Just(crate::Value::Null),
            any::<bool>().prop_map(crate::Value::Bool),
            any::<i64>().prop_map(crate::Value::Int),
            text()
                .prop_filter("Go reads its own breaks of other kinds as something else", is_kept)
                .prop_map(crate::Value::String),
            "[ -~]{0,100}".prop_map(crate::Value::String),
            "[a-z :#'\"\n]{0,100}".prop_map(crate::Value::String),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let key = prop_oneof!["[ -~]{0,12}", "[a-c1-3.-]{1,4}", "[ -~\n]{120,140}"]
                .prop_filter("Go reads the `<<` that it writes as a merge", |key| key != "<<");
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(crate::Value::List),
                prop::collection::btree_map(key, inner, 0..6)
                    .prop_map(|map| { crate::Value::Map(map.into_iter().collect()) }),
            ]
        })
    }

    /// Where the tree's scanner is not Go's: tags before commas, `?` and empty collections in front of keys, byte order
    /// marks within the text.
    fn differs_by_design(source: &str) -> bool {
        source.contains(['!', '[', '{', '\u{feff}'])
    }

    fn check(node: &crate::Node, source: &str) {
        assert!(source.get(node.span.clone()).is_some(), "{:?} of {source:?}", node.span);
        assert!(node.start <= node.span.start, "{node:?} of {source:?}");
        match &node.kind {
            crate::Kind::Alias { name, .. } => {
                assert_eq!(source[node.span.clone()], format!("*{name}"));
            }
            crate::Kind::Scalar { text, style } => {
                let written = &source[node.span.clone()];
                match style {
                    crate::Style::SingleQuoted => {
                        assert!(written.starts_with('\'') && written.ends_with('\''));
                    }
                    crate::Style::DoubleQuoted => {
                        assert!(written.starts_with('"') && written.ends_with('"'));
                    }
                    crate::Style::Literal => assert!(written.starts_with('|')),
                    crate::Style::Folded => assert!(written.starts_with('>')),
                    crate::Style::Plain
                        if !written.contains(['\r', '\n', '\u{85}', '\u{2028}']) =>
                    {
                        assert_eq!(written, text, "of {source:?}");
                    }
                    crate::Style::Plain => {}
                }
            }
            crate::Kind::Sequence { items, .. } => {
                for item in items {
                    check(item, source);
                }
            }
            crate::Kind::Mapping { entries, .. } => entries.iter().for_each(|entry| {
                check(&entry.key, source);
                check(&entry.value, source);
                if let Some(at) = entry.separator {
                    assert!(source[at..].starts_with(':'), "{source:?}");
                    assert!(entry.key.span.end <= at && at < entry.value.start.max(at + 1));
                }
            }),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: std::env::var("CASES").map_or(600, |n| n.parse().unwrap()), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_panics_and_every_span_is_in_place(source in text()) {
            if let Ok(documents) = crate::parse(source.as_bytes()) {
                for document in documents {
                    check(&document.root, &source);
                    let _ = document.root.to_value();
                    let _ = document.duplicate_keys();
                }
            }
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = crate::from_slice(&bytes);
        }

        /// What is written is read back, and read the same by the tree.
        #[test]
        fn what_is_written_is_read_again(value in value()) {
            // Keys are in an order of their own, and Helm takes a line break off.
            let json = crate::to_json(&value).unwrap();
            let same = |read: crate::Value| crate::to_json(&read).unwrap() == json;
            let written = crate::to_yaml(&value).unwrap() + "\n";
            let read = crate::decode(written.as_bytes());
            prop_assert!(read.as_ref().is_ok_and(|read| same(read.clone())), "{written}\n{read:?}");
            let tree = crate::parse_one(written.as_bytes()).unwrap().root.to_value().unwrap();
            prop_assert!(same(tree), "{}", written);
            // yaml.v3 keeps tabs in literal blocks, where yaml.v2 may not find the indentation behind them.
            let written = crate::to_yaml_pretty(&value).unwrap() + "\n";
            let read = crate::decode(written.as_bytes());
            prop_assert!(written.contains('\t') || read.as_ref().is_ok_and(|read| same(read.clone())), "{written}\n{read:?}");
            let raw = crate::to_raw_json(&value).unwrap();
            for written in [&json, &crate::to_pretty_json(&value).unwrap(), &raw] {
                let read = crate::from_json(written.as_bytes()).unwrap();
                prop_assert!(same(read), "{}", written);
            }
        }

        /// The reader that is fast and the one that knows the places agree.
        #[test]
        fn both_readers_agree(source in text()) {
            let fast = crate::decode(source.as_bytes());
            let tree = crate::parse_one(source.as_bytes()).and_then(|document| document.root.to_value());
            match (fast, tree) {
                (Ok(fast), Ok(tree)) => {
                    prop_assert!(fast == tree || differs_by_design(&source), "{fast:?} {tree:?}");
                }
                (Err(_), Err(_)) => {}
                (fast, tree) => prop_assert!(differs_by_design(&source), "{:?} {:?}", fast, tree),
            }
        }
    }
}
