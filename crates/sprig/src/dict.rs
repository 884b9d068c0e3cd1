//! Dictionaries. `set`, `unset` and the merges change the map they are given; everybody who holds it sees that.

use std::cell::RefCell;

use gotemplate::{Failure, Function, List, Map, Type, Value};

use crate::argument::Arguments;
use crate::cast;
use crate::inventory::functions;
use crate::merge::{self, Overwrite};
use crate::version;

const ANY: Type = Type::Any;
const STRING: Type = Type::String;
const MAP: Type = Type::ANY_MAP;

pub(crate) fn functions<H>() -> Vec<Function<H>> {
    functions! {
        "dict" (; ANY) = dict;
        "get" (MAP, STRING) = |args| Ok(args.map(0).get(args.text(1)).unwrap_or_else(|| "".into()));
        "set" (MAP, STRING, ANY) = set;
        "unset" (MAP, STRING) = unset;
        "hasKey" (MAP, STRING) = |args| Ok(args.map(0).contains_key(args.text(1)).into());
        "pluck" (STRING; MAP) = pluck;
        "keys" (; MAP) = keys;
        "values" (MAP) = |args| Ok(Value::list(args.map(0).values()));
        "pick" (MAP; STRING) = pick;
        "omit" (MAP; STRING) = omit;
        "dig" (; ANY) = dig;
        "merge" (MAP; MAP) = |args| merge::merge(args, Overwrite::Never);
        "mustMerge" (MAP; MAP) = |args| merge::merge(args, Overwrite::Never);
        "mergeOverwrite" (MAP; MAP) = |args| merge::merge(args, Overwrite::Always);
        "mustMergeOverwrite" (MAP; MAP) = |args| merge::merge(args, Overwrite::Always);
        "deepCopy" (ANY) = deep_copy;
        "mustDeepCopy" (ANY) = deep_copy;
    }
}

fn dict(args: &[Value]) -> Result<Value, Failure> {
    let entries = args.chunks(2).map(|entry| {
        (cast::to_text(&entry[0]), entry.get(1).cloned().unwrap_or_else(|| "".into()))
    });
    Ok(entries.collect::<Map>().into())
}

fn set(args: &[Value]) -> Result<Value, Failure> {
    args.map(0).insert(args.text(1), args[2].clone())?;
    Ok(args[0].clone())
}

fn unset(args: &[Value]) -> Result<Value, Failure> {
    args.map(0).remove(args.text(1));
    Ok(args[0].clone())
}

fn pluck(args: &[Value]) -> Result<Value, Failure> {
    let found = (1..args.len()).filter_map(|at| args.map(at).get(args.text(0)));
    Ok(Value::list(found.collect()))
}

fn keys(args: &[Value]) -> Result<Value, Failure> {
    let keys = (0..args.len()).flat_map(|at| args.map(at).keys());
    Ok(List::strings(keys).into())
}

fn pick(args: &[Value]) -> Result<Value, Failure> {
    let map = args.map(0);
    let wanted = args[1..].iter().filter_map(|key| match key {
        Value::String(key) => map.get(key).map(|value| (key.clone(), value)),
        _ => None,
    });
    Ok(wanted.collect::<Map>().into())
}

fn omit(args: &[Value]) -> Result<Value, Failure> {
    let is_kept = |key: &gotemplate::Str| {
        !args[1..].iter().any(|omitted| omitted.as_bytes() == Some(key.as_bytes()))
    };
    Ok(args.map(0).entries().into_iter().filter(|(key, _)| is_kept(key)).collect::<Map>().into())
}

fn dig(args: &[Value]) -> Result<Value, Failure> {
    let [path @ .., default, start] = args else { return Err(too_few()) };
    if path.is_empty() {
        return Err(too_few());
    }
    let mut current = start.clone();
    let mut keys = Vec::with_capacity(path.len());
    let map_of = |value: &Value| match value {
        Value::Map(map) if map.go_type() == Type::ANY_MAP => Ok(map.clone()),
        other => Err(conversion(other, "map[string]interface {}")),
    };
    let mut map = map_of(&current)?;
    for key in path {
        keys.push(key.as_bytes().ok_or_else(|| conversion(key, "string"))?);
    }
    for (at, key) in keys.iter().enumerate() {
        if at > 0 {
            map = map_of(&current)?;
        }
        match map.get(key) {
            Some(value) => current = value,
            None => return Ok(default.clone()),
        }
    }
    Ok(current)
}

fn too_few() -> Failure {
    Failure::new("dig needs at least three arguments")
}

/// Go's panic for a failed type assertion.
fn conversion(value: &Value, wanted: &str) -> Failure {
    let found = match value {
        Value::Nil => "nil".to_owned(),
        other => other.type_name(),
    };
    Failure::new(format!("interface conversion: interface {{}} is {found}, not {wanted}"))
}

fn deep_copy(args: &[Value]) -> Result<Value, Failure> {
    if matches!(args[0], Value::Nil) {
        return Err(Failure::new("reflect: call of reflect.Value.Type on zero Value"));
    }
    copy(&args[0], 0)
}

/// A map that contains itself has no end, in Go neither.
const MAX_DEPTH: usize = 1_000;

/// A deep copy. Strings, numbers and lists of them cannot change, so that they need none.
fn copy(value: &Value, depth: usize) -> Result<Value, Failure> {
    if depth > MAX_DEPTH {
        return Err(Failure::new("the value is nested too deeply to be copied"));
    }
    Ok(match value {
        Value::Map(map) if !map.is_nil() => {
            let copied = Map::typed(static_type(map.go_type()));
            for (key, value) in map.entries() {
                copied.insert(key, copy(&value, depth + 1)?)?;
            }
            copied.into()
        }
        Value::List(list) => match list.as_values() {
            Some(items) if items.iter().any(is_shared) => {
                let items =
                    items.iter().map(|item| copy(item, depth + 1)).collect::<Result<_, _>>()?;
                List::typed(static_type(list.go_type()), items).into()
            }
            _ => value.clone(),
        },
        Value::Object(_) => version::copied(value).unwrap_or_else(|| value.clone()),
        other => other.clone(),
    })
}

/// Whether a change to the value would show elsewhere.
const fn is_shared(value: &Value) -> bool {
    matches!(value, Value::Map(_) | Value::List(_) | Value::Object(_))
}

thread_local! {
    /// Types that maps and lists have been copied with.
    static TYPES: RefCell<Vec<&'static Type>> = const { RefCell::new(Vec::new()) };
}

/// A reference to a type that a map or list can be made with. There are a handful of them, so that none is ever freed.
fn static_type(ty: Type) -> &'static Type {
    TYPES.with_borrow_mut(|types| {
        let known = types.iter().copied().find(|known| **known == ty);
        known.unwrap_or_else(|| {
            let ty: &'static Type = Box::leak(Box::new(ty));
            types.push(ty);
            ty
        })
    })
}
