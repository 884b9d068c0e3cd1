//! `common.Values`: the type of `.Values`, `.Template` and the root scope.

use gotemplate::{Failure, Method, NamedType, Str, Type, Value};

use crate::values::{lookup, table_at};

/// Go's `common.Values`, a map with methods.
pub(super) static VALUES: Type = Type::Named(&NamedType {
    name: "common.Values",
    underlying: Type::ANY_MAP,
    methods: &[
        Method { name: "AsMap", params: &[], variadic: None, body: |values, _| Ok(as_map(values)) },
        Method { name: "YAML", params: &[], variadic: None, body: yaml },
        Method { name: "Table", params: &[Type::String], variadic: None, body: table },
        Method { name: "PathValue", params: &[Type::String], variadic: None, body: path_value },
    ],
});

fn as_map(values: &Value) -> Value {
    let map = values.as_map().map(|map| map.with_type(&Type::ANY_MAP)).unwrap_or_default();
    Value::Map(map)
}

fn yaml(values: &Value, _: &[Value]) -> Result<Value, Failure> {
    let value = crate::Value::from_template(values);
    let text =
        goyaml::to_yaml(&value.to_yaml()).map_err(|error| Failure::new(error.to_string()))?;
    Ok(Value::string(text))
}

fn table(values: &Value, args: &[Value]) -> Result<Value, Failure> {
    let path = path(args);
    let map = values.as_map().cloned().unwrap_or_default();
    match table_at(&map, &path) {
        Ok(table) => Ok(Value::Map(table.with_type(&VALUES))),
        Err(key) => {
            Err(Failure::new(format!("{} is not a table", gotemplate::fmt::quote(key.as_bytes()))))
        }
    }
}

fn path_value(values: &Value, args: &[Value]) -> Result<Value, Failure> {
    let path = path(args);
    let map = values.as_map().cloned().unwrap_or_default();
    if path.is_empty() {
        return Err(Failure::new("YAML path cannot be empty"));
    }
    lookup(&map, &path).ok_or_else(|| {
        let key = path.rsplit('.').next().unwrap_or(&path);
        Failure::new(format!("{} is not a value", gotemplate::fmt::quote(key.as_bytes())))
    })
}

fn path(args: &[Value]) -> String {
    args.first()
        .and_then(Value::as_bytes)
        .map(Str::from)
        .map(|text| text.to_lossy().into_owned())
        .unwrap_or_default()
}
