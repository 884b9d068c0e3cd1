//! Values by dotted paths, as helm's own code (not its templates) looks them up.

use gotemplate::{Map, Value};

/// The table at a dotted path, or the key on it that is none.
pub(crate) fn table_at(values: &Map, path: &str) -> Result<Map, String> {
    path.split('.').try_fold(values.clone(), |table, key| match table.get(key) {
        Some(Value::Map(map)) => Ok(map),
        _ => Err(key.to_owned()),
    })
}

/// What lies at a dotted path, unless it is a table.
pub(crate) fn lookup(values: &Map, path: &str) -> Option<Value> {
    let (table, key) = match path.rsplit_once('.') {
        Some((tables, key)) => (table_at(values, tables).ok()?, key),
        None => (values.clone(), path),
    };
    table.get(key).filter(|value| !matches!(value, Value::Map(_)))
}
