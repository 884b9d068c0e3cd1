//! The `regex*` functions.

use std::rc::Rc;

use gotemplate::{Failure, Function, List, Type, Value};

use super::replacement::Replacement;
use super::{Regex, can_backquote, compile};
use crate::argument::Arguments;
use crate::inventory::functions;

const STRING: Type = Type::String;
const INT: Type = Type::INT;

pub(crate) fn functions<H>() -> Vec<Function<H>> {
    functions! {
        "regexMatch" (STRING, STRING) = |args| Ok(compile(args.text(0)).is_ok_and(|regex| regex.is_match(args.text(1))).into());
        "mustRegexMatch" (STRING, STRING) = |args| Ok(compile(args.text(0))?.is_match(args.text(1)).into());
        "regexFind" (STRING, STRING) = |args| Ok(find(&*panicking(args)?, args));
        "mustRegexFind" (STRING, STRING) = |args| Ok(find(&*compile(args.text(0))?, args));
        "regexFindAll" (STRING, STRING, INT) = |args| Ok(find_all(&*panicking(args)?, args));
        "mustRegexFindAll" (STRING, STRING, INT) = |args| Ok(find_all(&*compile(args.text(0))?, args));
        "regexReplaceAll" (STRING, STRING, STRING) = |args| Ok(replace(&*panicking(args)?, args));
        "mustRegexReplaceAll" (STRING, STRING, STRING) = |args| Ok(replace(&*compile(args.text(0))?, args));
        "regexReplaceAllLiteral" (STRING, STRING, STRING) = |args| Ok(replace_literal(&*panicking(args)?, args));
        "mustRegexReplaceAllLiteral" (STRING, STRING, STRING) = |args| Ok(replace_literal(&*compile(args.text(0))?, args));
        "regexSplit" (STRING, STRING, INT) = |args| Ok(split(&*panicking(args)?, args));
        "mustRegexSplit" (STRING, STRING, INT) = |args| Ok(split(&*compile(args.text(0))?, args));
        "regexQuoteMeta" (STRING) = |args| Ok(quote_meta(args.text(0)));
    }
}

/// As Go's `MustCompile`, whose panic names the expression once more.
fn panicking(args: &[Value]) -> Result<Rc<Regex>, Failure> {
    let expression = args.text(0);
    compile(expression).map_err(|error| {
        let quoted = if can_backquote(expression) {
            format!("`{}`", args.lossy(0))
        } else {
            crate::format::quote(expression)
        };
        Failure::new(format!("regexp: Compile({quoted}): {error}"))
    })
}

fn find(regex: &Regex, args: &[Value]) -> Value {
    let text = args.text(1);
    let found = regex.find_at(text, 0).map_or(&[][..], |found| &text[found]);
    Value::string(found)
}

/// A negative limit is none.
fn limit(args: &[Value]) -> usize {
    usize::try_from(args.integer(2)).unwrap_or(usize::MAX)
}

fn find_all(regex: &Regex, args: &[Value]) -> Value {
    let text = args.text(1);
    let matches = regex.find_all(text, limit(args));
    strings(matches.into_iter().map(|found| &text[found]).collect())
}

/// A `[]string`, nil where Go never made one.
fn strings(parts: Vec<&[u8]>) -> Value {
    if parts.is_empty() {
        return List::nil(&Type::STRING_SLICE).into();
    }
    List::strings(parts.into_iter().map(Value::string)).into()
}

fn replace(regex: &Regex, args: &[Value]) -> Value {
    let text = args.text(1);
    let replacement = Replacement::parse(args.text(2));
    Value::string(
        regex.replace_all(text, |captures, out| replacement.write(regex, text, captures, out)),
    )
}

fn replace_literal(regex: &Regex, args: &[Value]) -> Value {
    Value::string(regex.replace_all(args.text(1), |_, out| out.extend_from_slice(args.text(2))))
}

fn split(regex: &Regex, args: &[Value]) -> Value {
    match limit(args) {
        0 => List::nil(&Type::STRING_SLICE).into(),
        limit => {
            List::strings(regex.split(args.text(1), limit).into_iter().map(Value::string)).into()
        }
    }
}

fn quote_meta(text: &[u8]) -> Value {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if br"\.+*?()|[]{}^$".contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    Value::string(out)
}
