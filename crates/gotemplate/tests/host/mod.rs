//! A host with a few functions, the same ones that the recorded cases were run with.

use gotemplate::fmt::{quote, sprint};
use gotemplate::{
    Call, Failure, FloatKind, Function, Functions, IntKind, List, Map, Method, NamedType, Str,
    Type, UintKind, Value,
};

/// How deep `include` may nest.
const MAX_INCLUDES: usize = 50;

/// Counts what is active.
#[derive(Default)]
pub(crate) struct Host {
    includes: usize,
}

type Outcome = Result<Value, Failure>;

static NAMED: NamedType = NamedType {
    name: "main.named",
    underlying: Type::ANY_MAP,
    methods: &[Method {
        name: "Hello",
        params: &[Type::String],
        variadic: None,
        body: |_, args| Ok(Value::from(format!("hello {}", text(&args[0])))),
    }],
};

/// A map type with a method.
static NAMED_TYPE: Type = Type::Named(&NAMED);

fn text(value: &Value) -> String {
    String::from_utf8_lossy(value.as_bytes().unwrap_or_default()).into_owned()
}

fn int(value: &Value) -> i64 {
    match value {
        Value::Int(int, _) => *int,
        _ => 0,
    }
}

fn entries(args: &[Value], map: Map) -> Outcome {
    for pair in args.chunks_exact(2) {
        map.insert(Str::from(sprint(&pair[..1])?), pair[1].clone())?;
    }
    Ok(map.into())
}

fn include(call: &mut Call<'_, Host>, args: &[Value]) -> Outcome {
    if call.host.includes == MAX_INCLUDES {
        return Err("too deep".into());
    }
    call.host.includes += 1;
    let out = call.execute(&text(&args[0]), &args[1]);
    call.host.includes -= 1;
    Ok(Value::string(out?))
}

fn tpl(call: &mut Call<'_, Host>, args: &[Value]) -> Outcome {
    let source = args[0].as_bytes().unwrap_or_default();
    let shown = quote(source);
    let mut set = call.set().clone();
    set.parse("gotpl", source)
        .map_err(|error| Failure::from(error).wrap(format!("cannot parse template {shown}")))?;
    let out = call.execute_in(&set, "gotpl", &args[1]);
    let context = || format!("error during tpl function execution for {shown}");
    out.map(Value::string).map_err(|failure| failure.wrap(context()))
}

const fn fixed(
    name: &'static str,
    params: &'static [Type],
    body: fn(&mut Call<'_, Host>, &[Value]) -> Outcome,
) -> Function<Host> {
    Function { name, params, variadic: None, body }
}

const fn variadic(
    name: &'static str,
    params: &'static [Type],
    last: Type,
    body: fn(&mut Call<'_, Host>, &[Value]) -> Outcome,
) -> Function<Host> {
    Function { name, params, variadic: Some(last), body }
}

/// The functions.
pub(crate) fn functions() -> Functions<Host> {
    Functions::new(values().into_iter().chain(numbers()).chain(others()))
}

fn values() -> Vec<Function<Host>> {
    vec![
        variadic("list", &[], Type::Any, |_, args| Ok(Value::list(args.to_vec()))),
        variadic("dict", &[], Type::Any, |_, args| entries(args, Map::new())),
        variadic("smap", &[], Type::String, |_, args| entries(args, Map::typed(&Type::STRING_MAP))),
        variadic("strs", &[], Type::String, |_, args| Ok(List::strings(args.to_vec()).into())),
        variadic("ints", &[], Type::INT, |_, args| Ok(List::ints(args.iter().map(int)).into())),
        fixed("bytes", &[Type::String], |_, args| {
            Ok(List::bytes(args[0].as_bytes().unwrap_or_default().to_vec()).into())
        }),
        fixed("set", &[Type::ANY_MAP, Type::String, Type::Any], |_, args| {
            let key = Str::from(args[1].as_bytes().unwrap_or_default());
            args[0].as_map().expect("checked").insert(key, args[2].clone())?;
            Ok(args[0].clone())
        }),
        fixed("named", &[Type::ANY_MAP], |_, args| {
            Ok(args[0].as_map().expect("checked").with_type(&NAMED_TYPE).into())
        }),
        fixed("nilmap", &[], |_, _| Ok(Map::nil(&Type::ANY_MAP).into())),
        fixed("nillist", &[], |_, _| Ok(List::nil(&Type::ANY_SLICE).into())),
        fixed("nilany", &[], |_, _| Ok(Value::Nil)),
        fixed("any", &[Type::Any], |_, args| Ok(args[0].clone())),
        fixed("bool", &[Type::Bool], |_, args| Ok(args[0].clone())),
        fixed("anylist", &[Type::ANY_SLICE], |_, args| {
            Ok(Value::int(args[0].as_list().expect("checked").len().try_into().unwrap_or(-1)))
        }),
        fixed("anymap", &[Type::ANY_MAP], |_, args| {
            Ok(Value::int(args[0].as_map().expect("checked").len().try_into().unwrap_or(-1)))
        }),
    ]
}

fn numbers() -> Vec<Function<Host>> {
    vec![
        fixed("i64", &[Type::INT], |_, args| Ok(Value::int64(int(&args[0])))),
        fixed("i8", &[Type::INT], |_, args| {
            let byte = int(&args[0]).to_le_bytes()[0];
            Ok(Value::Int(i64::from(byte.cast_signed()), IntKind::Int8))
        }),
        fixed("u8", &[Type::INT], |_, args| {
            Ok(Value::Uint(u64::from(int(&args[0]).to_le_bytes()[0]), UintKind::Uint8))
        }),
        fixed("uint", &[Type::INT], |_, args| {
            Ok(Value::Uint(int(&args[0]).cast_unsigned(), UintKind::Uint))
        }),
        fixed("f64", &[Type::FLOAT64], |_, args| Ok(args[0].clone())),
        fixed("f32", &[Type::FLOAT64], |_, args| {
            let Value::Float(float, _) = args[0] else { return Err("checked".into()) };
            let narrow: f32 = float.to_string().parse().unwrap_or_default();
            Ok(Value::Float(f64::from(narrow), FloatKind::Float32))
        }),
    ]
}

fn others() -> Vec<Function<Host>> {
    vec![
        fixed("upper", &[Type::String], |_, args| Ok(Value::from(text(&args[0]).to_uppercase()))),
        fixed("repeat", &[Type::INT, Type::String], |call, args| {
            let Ok(count) = usize::try_from(int(&args[0])) else {
                return Err("strings: negative Repeat count".into());
            };
            let unit = args[1].as_bytes().unwrap_or_default();
            call.reserve(unit.len().saturating_mul(count))?;
            Ok(Value::string(unit.repeat(count)))
        }),
        fixed("fail", &[Type::String], |_, args| Err(text(&args[0]).into())),
        fixed("boom", &[], |_, _| Err("boom".into())),
        fixed("two", &[Type::String, Type::INT], |_, args| Ok(Value::string(sprint(args)?))),
        variadic("atleast", &[Type::String], Type::INT, |_, args| {
            let rest = List::ints(args[1..].iter().map(int));
            Ok(Value::string(sprint(&[args[0].clone(), rest.into()])?))
        }),
        fixed("raw", &[Type::String], |_, args| {
            Ok(Value::string([b"a\xffb\0", args[0].as_bytes().unwrap_or_default()].concat()))
        }),
        fixed("include", &[Type::String, Type::Any], include),
        fixed("tpl", &[Type::String, Type::Any], tpl),
    ]
}

/// The data that the cases were run with: what a values file would hold, so every number is a `float64`.
pub(crate) fn data() -> Value {
    let map = |entries: &[(&'static str, Value)]| Value::Map(entries.iter().cloned().collect());
    let list = |items: &[Value]| Value::list(items.to_vec());
    let float = Value::float;
    map(&[
        ("a", float(1.0)),
        ("b", "two".into()),
        (
            "m",
            map(&[("x", float(1.0)), ("y2", list(&[float(1.0), float(2.0)])), ("z", Value::Nil)]),
        ),
        ("l", list(&[float(3.0), float(1.0), float(2.0)])),
        ("n", Value::Nil),
        ("t", Value::Bool(true)),
        ("f", float(1.5)),
        ("e", "".into()),
        ("em", map(&[])),
        ("el", list(&[])),
        ("big", float(1_234_567.0)),
        (
            "lm",
            list(&[
                map(&[("x", float(1.0)), ("q", Value::Nil)]),
                map(&[("x", "s".into())]),
                Value::Nil,
            ]),
        ),
        ("deep", map(&[("a", map(&[("b", map(&[("c", "d".into())]))]))])),
    ])
}
