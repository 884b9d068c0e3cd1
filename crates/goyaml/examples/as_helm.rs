//! Does what Helm's functions do with each line of the input, for comparisons with the real one by hand.
//!
//! Every line of the input is a base64 text. `as_helm from` writes for each what `fromYaml`, `fromYamlArray`, `fromJson`
//! and `fromJsonArray` make of it, as JSON; `as_helm to` takes each for YAML and writes what `toYaml`, `toYamlPretty`,
//! `toJson`, `toRawJson`, `toPrettyJson` and `toToml` make of the value of its key `v`, as JSON
//! strings.

use std::io::{self, BufRead as _, Write as _};

use base64::Engine as _;
use goyaml::{Map, Value};

fn main() -> io::Result<()> {
    let mode = std::env::args().nth(1).unwrap_or_default();
    let mut out = io::BufWriter::new(io::stdout());
    for line in io::stdin().lock().lines() {
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(line?.trim())
            .map_err(io::Error::other)?;
        let columns = if mode == "from" { from(&bytes) } else { to(&bytes) };
        writeln!(out, "{}", columns.join(" "))?;
    }
    out.flush()
}

fn json(value: &Value) -> String {
    goyaml::to_json(value).expect("what was read is finite")
}

fn error_map(message: String) -> Value {
    let mut map = Map::default();
    map.insert("Error", Value::String(message));
    Value::Map(map)
}

fn from(bytes: &[u8]) -> Vec<String> {
    let yaml = goyaml::decode_map(bytes).map_or_else(|e| error_map(e.to_string()), Value::Map);
    let yaml_list = goyaml::decode_list(bytes)
        .map_or_else(|e| Value::List(vec![Value::String(e.to_string())]), Value::List);
    let parsed = goyaml::from_json(bytes);
    let json_map = match &parsed {
        Ok(Value::Null) => Value::Null,
        Ok(value) => match value.clone().into_map() {
            Ok(map) => Value::Map(map),
            Err(error) => error_map(error.to_string()),
        },
        Err(error) => match error.decoded.as_deref() {
            Some(Value::Map(decoded)) => {
                let mut map = decoded.clone();
                map.insert("Error", Value::String(error.to_string()));
                Value::Map(map)
            }
            Some(other) => error_map(other.mismatch("map[string]interface {}").to_string()),
            None => error_map(error.to_string()),
        },
    };
    vec![json(&yaml), json(&yaml_list), json(&json_map)]
}

fn to(bytes: &[u8]) -> Vec<String> {
    let value = goyaml::decode(bytes).unwrap_or_else(|error| error_map(error.to_string()));
    let value = &value.get("v").cloned().unwrap_or(Value::Null).with_floats();
    let texts = [
        goyaml::to_yaml(value).unwrap_or_default(),
        goyaml::to_yaml_pretty(value).unwrap_or_default(),
        goyaml::to_json(value).unwrap_or_default(),
        goyaml::to_raw_json(value).unwrap_or_default(),
        goyaml::to_pretty_json(value).unwrap_or_default(),
        goyaml::to_toml(value).unwrap_or_else(|error| error.to_string()),
    ];
    texts.map(|text| json(&Value::String(text))).into()
}
