//! Lists. Every function takes a slice of any type and leaves it alone; results are new.

use gotemplate::{Call, Failure, Function, List, Type, Value};

use crate::argument::Arguments;
use crate::cast;
use crate::inventory::functions;

const ANY: Type = Type::Any;
const INT: Type = Type::INT;
const LISTS: Type = Type::Slice(&Type::ANY_SLICE);

pub(crate) fn functions<H>() -> Vec<Function<H>> {
    let mut functions = building();
    functions.extend(taking());
    functions
}

fn building<H>() -> Vec<Function<H>> {
    functions! {
        "list" (; ANY) = list;
        "tuple" (; ANY) = list;
        "append" (ANY, ANY) = push;
        "mustAppend" (ANY, ANY) = push;
        "push" (ANY, ANY) = push;
        "mustPush" (ANY, ANY) = push;
        "prepend" (ANY, ANY) = prepend;
        "mustPrepend" (ANY, ANY) = prepend;
        "concat" (; ANY) = concat;
        "chunk" (INT, ANY) @ chunk;
        "mustChunk" (INT, ANY) @ chunk;
        "until" (INT) @ until;
        "untilStep" (INT, INT, INT) @ until_step;
        "seq" (; INT) @ sequence;
    }
}

fn taking<H>() -> Vec<Function<H>> {
    functions! {
        "first" (ANY) = |args| Ok(members(args, "find first")?.get(0).unwrap_or_default());
        "mustFirst" (ANY) = |args| Ok(members(args, "find first")?.get(0).unwrap_or_default());
        "last" (ANY) = |args| Ok(members(args, "find last")?.iter().next_back().unwrap_or_default());
        "mustLast" (ANY) = |args| Ok(members(args, "find last")?.iter().next_back().unwrap_or_default());
        "rest" (ANY) = rest;
        "mustRest" (ANY) = rest;
        "initial" (ANY) = initial;
        "mustInitial" (ANY) = initial;
        "reverse" (ANY) = reverse;
        "mustReverse" (ANY) = reverse;
        "uniq" (ANY) = uniq;
        "mustUniq" (ANY) = uniq;
        "without" (ANY; ANY) = without;
        "mustWithout" (ANY; ANY) = without;
        "has" (ANY, ANY) = has;
        "mustHas" (ANY, ANY) = has;
        "compact" (ANY) = compact;
        "mustCompact" (ANY) = compact;
        "slice" (ANY; ANY) = slice;
        "mustSlice" (ANY; ANY) = slice;
    }
}

/// What Go says when the type of nil is asked for its kind.
const NIL_DEREFERENCE: &str = "runtime error: invalid memory address or nil pointer dereference";

/// The list that is the first argument.
fn members<'a>(args: &'a [Value], what: &str) -> Result<&'a List, Failure> {
    list_or(&args[0], |kind| format!("Cannot {what} on type {kind}"))
}

fn list_or(value: &Value, message: impl Fn(gotemplate::Kind) -> String) -> Result<&List, Failure> {
    match value {
        Value::List(list) => Ok(list),
        Value::Nil => Err(Failure::new(NIL_DEREFERENCE)),
        other => Err(Failure::new(message(other.kind()))),
    }
}

fn list(args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::list(args.to_vec()))
}

fn push(args: &[Value]) -> Result<Value, Failure> {
    let list = members(args, "push")?;
    Ok(Value::list(list.iter().chain([args[1].clone()]).collect()))
}

fn prepend(args: &[Value]) -> Result<Value, Failure> {
    let list = members(args, "prepend")?;
    Ok(Value::list([args[1].clone()].into_iter().chain(list.iter()).collect()))
}

fn concat(args: &[Value]) -> Result<Value, Failure> {
    let mut items = Vec::new();
    for list in args {
        items.extend(list_or(list, |kind| format!("Cannot concat type {kind} as list"))?.iter());
    }
    Ok(if items.is_empty() { List::nil(&Type::ANY_SLICE).into() } else { Value::list(items) })
}

fn rest(args: &[Value]) -> Result<Value, Failure> {
    Ok(without_ends(members(args, "find rest")?, 1, 0))
}

fn initial(args: &[Value]) -> Result<Value, Failure> {
    Ok(without_ends(members(args, "find initial")?, 0, 1))
}

fn without_ends(list: &List, front: usize, back: usize) -> Value {
    if list.is_empty() {
        return List::nil(&Type::ANY_SLICE).into();
    }
    Value::list(list.iter().skip(front).take(list.len() - front - back).collect())
}

fn reverse(args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::list(members(args, "find reverse")?.iter().rev().collect()))
}

fn uniq(args: &[Value]) -> Result<Value, Failure> {
    let mut kept: Vec<Value> = Vec::new();
    for item in members(args, "find uniq")?.iter() {
        if !kept.iter().any(|known| known.deep_equal(&item)) {
            kept.push(item);
        }
    }
    Ok(Value::list(kept))
}

fn without(args: &[Value]) -> Result<Value, Failure> {
    let list = members(args, "find without")?;
    Ok(Value::list(
        list.iter().filter(|item| !args[1..].iter().any(|omit| omit.deep_equal(item))).collect(),
    ))
}

fn has(args: &[Value]) -> Result<Value, Failure> {
    if matches!(args[1], Value::Nil) {
        return Ok(false.into());
    }
    let list = list_or(&args[1], |kind| format!("Cannot find has on type {kind}"))?;
    Ok(list.iter().any(|item| item.deep_equal(&args[0])).into())
}

fn compact(args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::list(members(args, "compact")?.iter().filter(Value::is_true).collect()))
}

fn slice(args: &[Value]) -> Result<Value, Failure> {
    let list =
        list_or(&args[0], |kind| format!("list should be type of slice or array but {kind}"))?;
    if list.is_empty() {
        return Ok(Value::Nil);
    }
    let index = |at: usize| args.get(at).map(cast::to_int);
    let from = index(1).unwrap_or(0);
    let to = index(2).map_or(Ok(list.len()), usize::try_from);
    let slice = usize::try_from(from).ok().zip(to.ok()).and_then(|(from, to)| list.slice(from, to));
    slice
        .map(Value::List)
        .ok_or_else(|| Failure::new("reflect.Value.Slice: slice index out of bounds"))
}

fn chunk<H>(call: &mut Call<'_, H>, args: &[Value]) -> Result<Value, Failure> {
    let list = list_or(&args[1], |kind| format!("Cannot chunk type {kind}"))?;
    let Some(size) = usize::try_from(args.integer(0)).ok().filter(|size| *size > 0) else {
        return Err(Failure::new("runtime error: makeslice: len out of range"));
    };
    call.reserve(list.len().saturating_mul(size_of::<Value>()))?;
    let items: Vec<Value> = list.iter().collect();
    let chunks = items.chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect();
    Ok(List::typed(&LISTS, chunks).into())
}

/// The numbers from `first` to before `end`; none when the step leads away.
fn steps<H>(call: &mut Call<'_, H>, first: i64, end: i64, step: i64) -> Result<Vec<i64>, Failure> {
    let distance = i128::from(end) - i128::from(first);
    if step == 0 || (distance < 0) != (step < 0) || distance == 0 {
        return Ok(Vec::new());
    }
    let count = distance.unsigned_abs().div_ceil(i128::from(step).unsigned_abs());
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    call.reserve(count.saturating_mul(size_of::<Value>()))?;
    let mut numbers = Vec::with_capacity(count);
    let mut next = first;
    for _ in 0..count {
        numbers.push(next);
        next = next.wrapping_add(step);
    }
    Ok(numbers)
}

fn until<H>(call: &mut Call<'_, H>, args: &[Value]) -> Result<Value, Failure> {
    let count = args.integer(0);
    Ok(List::ints(steps(call, 0, count, if count < 0 { -1 } else { 1 })?).into())
}

fn until_step<H>(call: &mut Call<'_, H>, args: &[Value]) -> Result<Value, Failure> {
    Ok(List::ints(steps(call, args.integer(0), args.integer(1), args.integer(2))?).into())
}

/// As the shell's `seq`, both ends included.
fn sequence<H>(call: &mut Call<'_, H>, args: &[Value]) -> Result<Value, Failure> {
    let at = |index| args.integer(index);
    let direction = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, end, step) = match args.len() {
        1 => (1, at(0), direction(1, at(0))),
        2 => (at(0), at(1), direction(at(0), at(1))),
        3 => (at(0), at(2), at(1)),
        _ => return Ok("".into()),
    };
    let numbers = steps(call, start, end.wrapping_add(direction(start, end)), step)?;
    Ok(numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" ").into())
}
