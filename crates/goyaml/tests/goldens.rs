//! What Helm printed, case by case. `tests/data/README.md` says where each file is from.

#![expect(clippy::unwrap_used, reason = "a test fails where a case is not as expected")]

use std::fmt::Write as _;

use goyaml::{
    Map, Value, decode, decode_list, decode_map, from_json, to_json, to_pretty_json, to_raw_json,
    to_toml, to_yaml, to_yaml_pretty,
};

/// The rows of a file.
fn cases(file: &str) -> Vec<Vec<Value>> {
    let rows = from_json(file.as_bytes()).unwrap().into_list().unwrap();
    assert!(rows.len() > 50, "only {} cases", rows.len());
    rows.into_iter().map(|row| row.into_list().unwrap()).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value:?}"))
}

fn map(key: &str, value: Value) -> Value {
    Value::Map([(key.to_owned(), value)].into_iter().collect())
}

/// Helm prints nothing where a value cannot be written.
fn yaml(value: &Value) -> String {
    to_yaml(value).unwrap_or_default()
}

#[expect(clippy::needless_pass_by_value, reason = "it takes errors as `map_or_else` gives them")]
fn error_map(message: impl ToString) -> Value {
    map("Error", Value::String(message.to_string()))
}

#[test]
fn strings_are_written_as_helm_writes_them() {
    for row in cases(include_str!("data/strings.json")) {
        let string = row[0].clone();
        let context = format!("{string:?}");
        let pretty = to_yaml_pretty(&map("k", string.clone())).unwrap();
        assert_eq!(yaml(&map("k", string.clone())), text(&row[1]), "{context}");
        assert_eq!(yaml(&string), text(&row[2]), "{context}");
        assert_eq!(yaml(&Value::List(vec![string.clone()])), text(&row[3]), "{context}");
        assert_eq!(pretty, text(&row[4]), "{context}");
        assert_eq!(yaml(&map(text(&string), Value::Int(1))), text(&row[5]), "{context}");
    }
}

#[test]
fn structures_are_written_as_helm_writes_them() {
    for row in cases(include_str!("data/structures.json")) {
        let value = row[0].clone().with_floats();
        assert_eq!(yaml(&value), text(&row[1]));
        assert_eq!(to_yaml_pretty(&value).unwrap(), text(&row[2]));
        assert_eq!(to_json(&value).unwrap(), text(&row[3]));
    }
}

#[test]
fn numbers_of_values_files_are_those_of_helm() {
    for row in cases(include_str!("data/numbers.json")) {
        let source = text(&row[0]);
        let value = decode(format!("v: {source}").as_bytes()).unwrap();
        let value = value.get("v").unwrap().clone().with_floats();
        assert_eq!(value.to_string(), text(&row[1]), "{source}");
        assert_eq!(yaml(&value), text(&row[2]), "{source}");
        assert_eq!(to_json(&value).unwrap(), text(&row[3]), "{source}");
        assert_eq!(to_yaml_pretty(&value).unwrap(), text(&row[4]), "{source}");
    }
}

fn from_yaml(source: &str) -> String {
    let value = decode_map(source.as_bytes()).map_or_else(error_map, Value::Map);
    to_json(&value.with_floats()).unwrap()
}

fn from_yaml_array(source: &str) -> String {
    let list = decode_list(source.as_bytes())
        .unwrap_or_else(|error| vec![Value::String(error.to_string())]);
    to_json(&Value::List(list).with_floats()).unwrap()
}

fn from_json_map(source: &str) -> String {
    let value = match from_json(source.as_bytes()) {
        Ok(Value::Null) => Value::Null,
        Ok(value) => value.into_map().map_or_else(error_map, Value::Map),
        Err(error) => {
            let message = Value::String(error.to_string());
            let mut map =
                error.decoded.map_or_else(Map::default, |value| value.into_map().unwrap());
            map.insert("Error", message);
            Value::Map(map)
        }
    };
    to_json(&value.with_floats()).unwrap()
}

#[test]
fn documents_are_read_as_helm_reads_them() {
    for row in cases(include_str!("data/documents.json")) {
        assert_eq!(from_yaml(text(&row[0])), text(&row[1]), "{:?}", text(&row[0]));
        assert_eq!(from_yaml_array(text(&row[0])), text(&row[2]), "{:?}", text(&row[0]));
    }
}

#[test]
fn texts_good_and_bad_are_read_as_helm_reads_them() {
    for row in cases(include_str!("data/reading.json")) {
        assert_eq!(from_yaml(text(&row[0])), text(&row[1]), "{:?}", text(&row[0]));
        assert_eq!(from_yaml_array(text(&row[0])), text(&row[2]), "{:?}", text(&row[0]));
        assert_eq!(from_json_map(text(&row[0])), text(&row[3]), "{:?}", text(&row[0]));
    }
}

#[test]
fn random_values_are_written_as_helm_writes_them() {
    for row in cases(include_str!("data/writing.json")) {
        let source = text(&row[0]);
        let value = decode(source.as_bytes()).unwrap().get("v").unwrap().clone().with_floats();
        assert_eq!(yaml(&value), text(&row[1]), "{source}");
        assert_eq!(to_yaml_pretty(&value).unwrap(), text(&row[2]), "{source}");
        assert_eq!(to_json(&value).unwrap(), text(&row[3]), "{source}");
        assert_eq!(to_raw_json(&value).unwrap(), text(&row[4]), "{source}");
        assert_eq!(to_pretty_json(&value).unwrap(), text(&row[5]), "{source}");
        // Go fails in another way on null alone; Helm has no text for it.
        if !value.is_null() {
            let toml = to_toml(&value).unwrap_or_else(|error| error.to_string());
            assert_eq!(toml, text(&row[6]), "{source}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_in_the_words_of_go() {
    for (bytes, reason) in [
        (&b"a: \xff"[..], "invalid leading UTF-8 octet"),
        (b"a: \xe4\xb8", "incomplete UTF-8 octet sequence"),
        (b"a: \xe4\xb8x", "invalid trailing UTF-8 octet"),
        (b"a: \xc0\x80", "invalid length of a UTF-8 sequence"),
        (b"a: \xed\xa0\x80", "invalid Unicode character"),
        (b"a: b\xffc: d: e", "invalid leading UTF-8 octet"),
        (b"a: \x01", "control characters are not allowed"),
    ] {
        let expected = format!("error converting YAML to JSON: yaml: {reason}");
        assert_eq!(decode(bytes).unwrap_err().to_string(), expected, "{bytes:?}");
    }
    // What is far behind the document is not looked at; a mistake far in front of it is found first.
    let filling = "#".repeat(600);
    let later = [b"a: b\n---\n", filling.as_bytes(), b"\xff"].concat();
    assert_eq!(decode(&later).unwrap(), map("a", Value::String("b".into())));
    let earlier = [b"a: b: c\n", filling.as_bytes(), b"\xff"].concat();
    assert!(decode(&earlier).unwrap_err().to_string().contains("mapping values"));
    assert_eq!(decode(b"\xff\xfea\0:\0 \x001\0").unwrap(), map("a", Value::Int(1)));
}

#[test]
fn the_place_of_a_mistake_is_known() {
    let error = decode("名: 1\nb: c: d\n".as_bytes()).unwrap_err();
    let goyaml::DecodeError::Yaml { message, place: Some(place) } = error else {
        panic!("{error}");
    };
    assert_eq!(message, "line 2: mapping values are not allowed in this context");
    assert_eq!((place.line, place.column, place.offset), (2, 5, 11));
}

#[test]
fn toml_is_read() {
    let source = "a = 1\nb = 1.5\nc = \"x\\n\"\n[t]\nd = 2001-01-01\n[[t.u]]\ne = [true, 0x1F]\n";
    let value = goyaml::from_toml(source).unwrap();
    assert_eq!(
        to_json(&Value::Map(value)).unwrap(),
        r#"{"a":1,"b":1.5,"c":"x\n","t":{"d":"2001-01-01T00:00:00Z","u":[{"e":[true,31]}]}}"#
    );
    let error = goyaml::from_toml("a = 1\na = 2").unwrap_err();
    assert!(error.to_string().starts_with("toml: line 2: "), "{error}");
}

#[test]
fn reading_hostile_text_is_bounded() {
    let start = std::time::Instant::now();
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let members = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{members}]").unwrap();
    }
    assert!(decode(bomb.as_bytes()).unwrap_err().to_string().contains("excessive aliasing"));
    for hostile in ["[", "- ", "{a: ", "? ", "&a [", "!", "[!<a", "'", "\"\\", "|\n", "<<: ["] {
        let text = hostile.repeat(100_001);
        // `!!!…` is a tag without a value, and the second `|` is in no document.
        let is_text = matches!(hostile, "!" | "|\n");
        assert_eq!(decode(text.as_bytes()).is_ok(), is_text, "{hostile}");
        assert!(from_json(text.as_bytes()).is_err(), "{hostile}");
    }
    let keys = (0..50_000).map(|key| format!("k{key}: {{}}\n")).collect::<Vec<_>>().concat();
    assert_eq!(decode_map(keys.as_bytes()).unwrap().len(), 50_000);
    let line = format!("[{}]", "日本, ".repeat(100_000));
    assert_eq!(decode_list(line.as_bytes()).unwrap().len(), 100_000);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
