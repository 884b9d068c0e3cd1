//! `merge` and `mergeOverwrite` with the rules of mergo 1.0.1.

use gotemplate::{Failure, Map, Type, Value};

use crate::argument::Arguments;

/// Whether what is there gives way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overwrite {
    /// Only where it is empty.
    Never,
    /// Always, even to an empty value.
    Always,
}

/// Maps nested deeper than this contain themselves.
const MAX_DEPTH: usize = 1_000;

/// Merges the maps behind the first one into it, one after the other.
pub(crate) fn merge(args: &[Value], overwrite: Overwrite) -> Result<Value, Failure> {
    let destination = args.map(0);
    for at in 1..args.len() {
        let source = args.map(at);
        if !source.same(&destination) {
            merge_maps(&destination, &source, overwrite, 0)?;
        }
    }
    Ok(args[0].clone())
}

fn merge_maps(
    destination: &Map,
    source: &Map,
    overwrite: Overwrite,
    depth: usize,
) -> Result<(), Failure> {
    if depth > MAX_DEPTH {
        return Err(Failure::new("the maps are nested too deeply to be merged"));
    }
    for (key, new) in source.entries() {
        let old = destination.get(&key);
        match (&old, &new) {
            (_, Value::Nil) => {
                if overwrite == Overwrite::Always {
                    destination.insert(key, new)?;
                }
            }
            // Two empty maps: there is nothing to merge, and what is empty gives way.
            (Some(Value::Map(old)), Value::Map(from)) if old.is_empty() && from.is_empty() => {
                destination.insert(key, new)?;
            }
            (Some(Value::Map(old)), Value::Map(from)) => {
                if !old.same(from) {
                    merge_maps(old, from, overwrite, depth + 1)?;
                }
            }
            (Some(old), _) if overwrite == Overwrite::Never && old.is_true() => {}
            _ => {
                let elem = destination.elem();
                if elem != Type::Any {
                    return Err(Failure::new(format!(
                        "reflect.Value.SetMapIndex: value of type interface {{}} is not assignable to type {elem}"
                    )));
                }
                destination.insert(key, new)?;
            }
        }
    }
    Ok(())
}
