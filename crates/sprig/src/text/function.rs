//! The table of string functions.

use gotemplate::{Function, Type, Value};

use super::{basic, case, wrap};
use crate::argument::Arguments;
use crate::cast;
use crate::inventory::functions;
use crate::rune;

const STRING: Type = Type::String;
const INT: Type = Type::INT;
const ANY: Type = Type::Any;

pub(crate) fn functions<H>() -> Vec<Function<H>> {
    let mut functions = cutting();
    functions.extend(shaping());
    functions
}

fn cutting<H>() -> Vec<Function<H>> {
    functions! {
        "trunc" (INT, STRING) = basic::trunc;
        "substr" (INT, INT, STRING) = basic::substr;
        "trim" (STRING) = basic::trim_space;
        "trimAll" (STRING, STRING) = basic::trim_all;
        "trimall" (STRING, STRING) = basic::trim_all;
        "trimSuffix" (STRING, STRING) = basic::trim_suffix;
        "trimPrefix" (STRING, STRING) = basic::trim_prefix;
        "nospace" (STRING) = basic::nospace;
        "repeat" (INT, STRING) @ basic::repeat;
        "indent" (INT, STRING) @ basic::indent;
        "nindent" (INT, STRING) @ basic::nindent;
        "replace" (STRING, STRING, STRING) @ basic::replace;
        "contains" (STRING, STRING) = basic::contains;
        "hasPrefix" (STRING, STRING) = |args| Ok(args.text(1).starts_with(args.text(0)).into());
        "hasSuffix" (STRING, STRING) = |args| Ok(args.text(1).ends_with(args.text(0)).into());
        "quote" (; ANY) = basic::quote;
        "squote" (; ANY) = basic::squote;
        "cat" (; ANY) = basic::cat;
        "plural" (STRING, STRING, INT) = basic::plural;
        "toString" (ANY) = |args| Ok(cast::to_text(&args[0]).into());
        "toStrings" (ANY) = basic::to_strings;
        "join" (STRING, ANY) = basic::join;
        "sortAlpha" (ANY) = basic::sort_alpha;
        "split" (STRING, STRING) = basic::split;
        "splitn" (STRING, INT, STRING) = basic::splitn;
        "splitList" (STRING, STRING) = basic::split_list;
    }
}

fn shaping<H>() -> Vec<Function<H>> {
    functions! {
        "hello" () = |_| Ok("Hello!".into());
        "upper" (STRING) = |args| Ok(rune::map(args.text(0), rune::to_upper).into());
        "lower" (STRING) = |args| Ok(rune::map(args.text(0), rune::to_lower).into());
        "title" (STRING) = |args| Ok(case::title(args.text(0)).into());
        "untitle" (STRING) = |args| Ok(case::untitle(args.text(0)).into());
        "swapcase" (STRING) = |args| Ok(case::swap(args.text(0)).into());
        "initials" (STRING) = |args| Ok(case::initials(args.text(0)).into());
        "camelcase" (STRING) = |args| Ok(case::pascal(args.text(0)).into());
        "snakecase" (STRING) = |args| Ok(case::separated(args.text(0), '_').into());
        "kebabcase" (STRING) = |args| Ok(case::separated(args.text(0), '-').into());
        "abbrev" (INT, STRING) = |args| Ok(wrap::abbreviate(args.text(1), 0, args.integer(0)).into());
        "abbrevboth" (INT, INT, STRING) = |args| {
            Ok(wrap::abbreviate(args.text(2), args.integer(0), args.integer(1)).into())
        };
        "wrap" (INT, STRING) = |args| Ok(Value::string(wrap::wrap(args.text(1), args.integer(0), b"\n", wrap::LongWords::Keep)));
        "wrapWith" (INT, STRING, STRING) = |args| {
            Ok(Value::string(wrap::wrap(args.text(2), args.integer(0), args.text(1), wrap::LongWords::Break)))
        };
    }
}
