//! The functions to and from JSON, YAML and TOML.

use gotemplate::{Failure, Function, List, Map, Type, Value};
use goyaml::{JsonWriter, WriteError, YamlWriter};

use super::read;
use super::toml::from_toml;
use super::write::{DataError, to_data, write};
use crate::argument::Arguments;
use crate::environment::Environment;
use crate::inventory::functions;

const ANY: Type = Type::Any;
const STRING: Type = Type::String;

pub(crate) fn functions<H: Environment>() -> Vec<Function<H>> {
    let mut functions = writing();
    functions.extend(reading());
    functions
}

fn writing<H>() -> Vec<Function<H>> {
    functions! {
        "toYaml" (ANY) = |args| Ok(or_empty(to_yaml(args.value(0))));
        "mustToYaml" (ANY) = |args| Ok(to_yaml(args.value(0)).map_err(yaml_failure)?.into());
        "toYamlPretty" (ANY) = |args| Ok(or_empty(to_yaml_pretty(args.value(0))));
        "toJson" (ANY) = |args| Ok(or_empty(to_json(args.value(0), JsonWriter::new())));
        "mustToJson" (ANY) = |args| strict(to_json(args.value(0), JsonWriter::new()));
        "toPrettyJson" (ANY) = |args| Ok(or_empty(to_json(args.value(0), JsonWriter::pretty())));
        "mustToPrettyJson" (ANY) = |args| strict(to_json(args.value(0), JsonWriter::pretty()));
        "toRawJson" (ANY) = |args| strict(to_json(args.value(0), JsonWriter::raw()));
        "mustToRawJson" (ANY) = |args| strict(to_json(args.value(0), JsonWriter::raw()));
        // The text of an error is the result; that nil has no type is a panic, which is not.
        "toToml" (ANY) = |args| Ok(to_toml(args.value(0))?.unwrap_or_else(|error| error.to_string()).into());
        "mustToToml" (ANY) = |args| strict(to_toml(args.value(0))?);
    }
}

fn reading<H: Environment>() -> Vec<Function<H>> {
    functions! {
        "fromYaml" (STRING) = |args| {
            Ok(goyaml::decode_map(args.text(0)).map_or_else(|error| failed_map(&error), |map| read::map(map).into()))
        };
        "fromYamlArray" (STRING) = |args| {
            let items = goyaml::decode_list(args.text(0));
            Ok(items.map_or_else(|error| failed_list(&error), |items| read::list(items).into()))
        };
        "fromJson" (STRING) = |args| Ok(from_json(args.text(0)));
        "fromJsonArray" (STRING) = |args| Ok(from_json_array(args.text(0)));
        "mustFromJson" (STRING) = |args| {
            goyaml::from_json(args.text(0)).map(read::from_data).map_err(|error| Failure::new(error.message))
        };
        "fromToml" (STRING) @ |call, args| {
            let text = args.lossy(0);
            Ok(from_toml(call.host, &text).map_or_else(|error| failed_map(&error), Value::Map))
        };
    }
}

fn or_empty(text: Result<String, DataError>) -> Value {
    text.unwrap_or_default().into()
}

fn strict(text: Result<String, DataError>) -> Result<Value, Failure> {
    Ok(text.map_err(|error| error.to_string())?.into())
}

fn to_yaml(value: &Value) -> Result<String, DataError> {
    let mut writer = YamlWriter::new();
    write(value, &mut writer)?;
    Ok(writer.finish())
}

fn to_yaml_pretty(value: &Value) -> Result<String, DataError> {
    let mut writer = YamlWriter::pretty();
    write(value, &mut writer)?;
    Ok(writer.finish())
}

/// toYaml goes by way of JSON, and says where it came to grief.
fn yaml_failure(error: DataError) -> Failure {
    Failure::new(match error {
        DataError::Write(WriteError::Unreadable(_)) => error.to_string(),
        error => format!("error marshaling into JSON: {error}"),
    })
}

fn to_json(value: &Value, mut writer: JsonWriter) -> Result<String, DataError> {
    write(value, &mut writer)?;
    Ok(writer.finish())
}

fn to_toml(value: &Value) -> Result<Result<String, DataError>, Failure> {
    if matches!(value, Value::Nil) {
        return Err(Failure::new("reflect: call of reflect.Value.Type on zero Value"));
    }
    Ok(to_data(value).and_then(|data| Ok(goyaml::to_toml(&data)?)))
}

/// What helm returns in place of a map that cannot be read.
fn failed_map(error: &impl ToString) -> Value {
    [("Error", error.to_string())].into_iter().collect::<Map>().into()
}

/// What helm returns in place of a list that cannot be read.
fn failed_list(error: &impl ToString) -> Value {
    Value::list(vec![error.to_string().into()])
}

/// JSON null makes a nil map of the map it is read into, in which nothing can be set.
fn from_json(text: &[u8]) -> Value {
    match goyaml::from_json(text) {
        Ok(goyaml::Value::Null) => Map::nil(&Type::ANY_MAP).into(),
        Ok(value) => {
            value.into_map().map_or_else(|error| failed_map(&error), |map| read::map(map).into())
        }
        Err(error) => {
            let decoded = error.decoded.and_then(|value| value.into_map().ok()).unwrap_or_default();
            let failed = decoded.into_iter().map(|(key, value)| (key, read::from_data(value)));
            failed.chain([("Error".to_owned(), error.message.into())]).collect::<Map>().into()
        }
    }
}

fn from_json_array(text: &[u8]) -> Value {
    match goyaml::from_json(text) {
        Ok(goyaml::Value::Null) => List::nil(&Type::ANY_SLICE).into(),
        Ok(value) => value
            .into_list()
            .map_or_else(|error| failed_list(&error), |items| read::list(items).into()),
        Err(error) => failed_list(&error.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_is_sorted_by_its_own_order() {
        let map: Map = [("a10", Value::int(1)), ("a2", Value::int(2))].into_iter().collect();
        assert_eq!(to_yaml(&map.clone().into()).unwrap(), "a2: 2\na10: 1");
        assert_eq!(to_json(&map.into(), JsonWriter::new()).unwrap(), r#"{"a10":1,"a2":2}"#);
    }
}
