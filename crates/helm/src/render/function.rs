//! The functions that helm adds to Sprig's: templates in templates, checks, the cluster.

use std::sync::OnceLock;

use gotemplate::{Call, Failure, Function, Functions, Set, Str, Type, Value};

use super::host::{Host, LookupKey};
use super::{Lint, error};

/// How often a template may be included from within itself.
const MAX_INCLUDED: usize = 1_000;
/// The name that texts given to `tpl` are parsed under.
const TEXT: &str = "gotpl";
/// What Go prints where there is no value. helm takes it out of whatever it prints.
const NO_VALUE: &[u8] = b"<no value>";

/// Every function a chart can call.
pub(super) fn table() -> Functions<Host> {
    static TABLE: OnceLock<Functions<Host>> = OnceLock::new();
    TABLE.get_or_init(make_table).clone()
}

fn make_table() -> Functions<Host> {
    let own = [
        Function {
            name: "include",
            params: &[Type::String, Type::Any],
            variadic: None,
            body: include,
        },
        Function { name: "tpl", params: &[Type::String, Type::Any], variadic: None, body: tpl },
        Function {
            name: "required",
            params: &[Type::String, Type::Any],
            variadic: None,
            body: required,
        },
        Function { name: "fail", params: &[Type::String], variadic: None, body: fail },
        // helm asks the network only where it is told to, and then the answers would differ.
        Function {
            name: "getHostByName",
            params: &[Type::String],
            variadic: None,
            body: |_, _| Ok("".into()),
        },
        Function {
            name: "lookup",
            params: &[Type::String, Type::String, Type::String, Type::String],
            variadic: None,
            body: lookup,
        },
    ];
    Functions::new(sprig::functions::<Host>().into_iter().chain(own))
}

fn include(call: &mut Call<'_, Host>, args: &[Value]) -> Result<Value, Failure> {
    let [Value::String(name), data] = args else {
        return Err(Failure::new("include wants a name and data"));
    };
    let count = call.host.included.entry(name.clone()).or_default();
    if *count > MAX_INCLUDED {
        let reason = format!(
            "rendering template has a nested reference name: {name}: unable to execute template"
        );
        return Err(Failure::new(reason));
    }
    *count += 1;
    let output = call.execute(&name.to_lossy(), data);
    if let Some(count) = call.host.included.get_mut(name) {
        *count -= 1;
    }
    Ok(Value::string(output?))
}

fn tpl(call: &mut Call<'_, Host>, args: &[Value]) -> Result<Value, Failure> {
    let [Value::String(text), data] = args else {
        return Err(Failure::new("tpl wants a text and data"));
    };
    // Most texts are no templates; then they are their own output.
    if !text.windows(2).any(|pair| pair == b"{{") {
        return Ok(Value::string(without_no_value(text.to_vec())));
    }
    let set = parsed(call, text)?;
    call.host.tpl_depth += 1;
    let output = call.execute_in(&set, TEXT, data);
    call.host.tpl_depth -= 1;
    let output = output.map_err(|failure| {
        let quoted = gotemplate::fmt::quote(text);
        failure.wrap(format!("error during tpl function execution for {quoted}"))
    })?;
    Ok(Value::string(without_no_value(output)))
}

/// The set with a text parsed into it. Outside of any other `tpl` that is always the same set, which is kept.
fn parsed(call: &mut Call<'_, Host>, text: &Str) -> Result<Set<Host>, Failure> {
    let is_outermost = call.host.tpl_depth == 0;
    if let Some(set) = call.host.texts.get(text).filter(|_| is_outermost) {
        return Ok(set.clone());
    }
    let mut set = call.set().clone();
    set.parse(TEXT, text).map_err(|error| {
        let quoted = gotemplate::fmt::quote(text);
        Failure::from(error).wrap(format!("cannot parse template {quoted}"))
    })?;
    if is_outermost {
        call.host.texts.insert(text.clone(), set.clone());
    }
    Ok(set)
}

fn required(call: &mut Call<'_, Host>, args: &[Value]) -> Result<Value, Failure> {
    let [Value::String(message), value] = args else {
        return Err(Failure::new("required wants a message and a value"));
    };
    let is_missing = match value {
        Value::Nil => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    match (is_missing, call.host.lint) {
        (false, _) => Ok(value.clone()),
        (true, Lint::Off) => Err(complaint(message)),
        (true, _) => Ok("".into()),
    }
}

fn fail(call: &mut Call<'_, Host>, args: &[Value]) -> Result<Value, Failure> {
    let [Value::String(message)] = args else { return Err(Failure::new("fail wants a message")) };
    if call.host.lint == Lint::Off { Err(complaint(message)) } else { Ok("".into()) }
}

/// A message of a chart's author, marked for whoever shows the error.
fn complaint(message: &Str) -> Failure {
    Failure::new(format!(
        "{}{}{}",
        error::COMPLAINT_START,
        message.to_lossy(),
        error::COMPLAINT_END
    ))
}

fn lookup(call: &mut Call<'_, Host>, args: &[Value]) -> Result<Value, Failure> {
    let text = |at: usize| args.get(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let key = LookupKey { api_version: text(0), kind: text(1), namespace: text(2), name: text(3) };
    Ok(call.host.lookup(key).map_err(Failure::new)?.to_template())
}

/// Without the traces of missing values.
pub(super) fn without_no_value(text: Vec<u8>) -> Vec<u8> {
    let Some(first) = find(&text, 0) else { return text };
    let mut out = text[..first].to_vec();
    let mut at = first + NO_VALUE.len();
    while let Some(next) = find(&text, at) {
        out.extend_from_slice(&text[at..next]);
        at = next + NO_VALUE.len();
    }
    out.extend_from_slice(&text[at..]);
    out
}

fn find(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += text.get(at..)?.iter().position(|byte| *byte == NO_VALUE[0])?;
        if text[at..].starts_with(NO_VALUE) {
            return Some(at);
        }
        at += 1;
    }
}
