//! Defaults, choices, and what a value is.

use gotemplate::{Failure, Function, Type, Value};

use crate::argument::Arguments;
use crate::inventory::functions;

const ANY: Type = Type::Any;
const STRING: Type = Type::String;

pub(crate) fn functions<H>() -> Vec<Function<H>> {
    functions! {
        "default" (ANY; ANY) = |args| Ok(args.get(1).filter(|given| given.is_true()).unwrap_or(&args[0]).clone());
        "empty" (ANY) = |args| Ok((!args[0].is_true()).into());
        "coalesce" (; ANY) = |args| Ok(args.iter().find(|value| value.is_true()).cloned().unwrap_or_default());
        "all" (; ANY) = |args| Ok(args.iter().all(Value::is_true).into());
        "any" (; ANY) = |args| Ok(args.iter().any(Value::is_true).into());
        "ternary" (ANY, ANY, Type::Bool) = |args| Ok(args[usize::from(!args.boolean(2))].clone());
        "fail" (STRING) = |args| Err(Failure::new(args.lossy(0)));
        "typeOf" (ANY) = |args| Ok(args[0].type_name().into());
        "typeIs" (STRING, ANY) = |args| Ok((args.lossy(0) == args[1].type_name()).into());
        "typeIsLike" (STRING, ANY) = type_is_like;
        "kindOf" (ANY) = |args| Ok(args[0].kind().name().into());
        "kindIs" (STRING, ANY) = |args| Ok((args.lossy(0) == args[1].kind().name()).into());
        "deepEqual" (ANY, ANY) = |args| Ok(args[0].deep_equal(&args[1]).into());
    }
}

/// A pointer to the type counts, too.
fn type_is_like(args: &[Value]) -> Result<Value, Failure> {
    let (target, actual) = (args.lossy(0), args[1].type_name());
    Ok((actual == target || actual.strip_prefix('*') == Some(&*target)).into())
}
