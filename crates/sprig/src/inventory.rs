//! How functions are written down: name, Go's signature, body.

use gotemplate::{Call, Failure, Value};

/// Results of this many bytes and more are taken from the output budget, so that doubling a string in a loop ends in
/// an error and not in exhausted memory.
const LARGE: usize = 16 << 10;

/// A function that needs nothing but its arguments.
pub(crate) type Pure = fn(&[Value]) -> Result<Value, Failure>;

/// Runs a pure function and takes a large result from the budget.
pub(crate) fn run<H>(call: &mut Call<'_, H>, args: &[Value], body: Pure) -> Result<Value, Failure> {
    let value = body(args)?;
    let bytes = match &value {
        Value::String(text) => text.len(),
        Value::List(list) => list.len().saturating_mul(size_of::<Value>()),
        _ => 0,
    };
    if bytes >= LARGE {
        call.reserve(bytes)?;
    }
    Ok(value)
}

/// A `Vec<Function<H>>` from lines `"name" (parameter types; variadic type) = pure function`, or with `@` instead of
/// `=` for a function that gets the [`Call`], too.
macro_rules! functions {
    ($($name:literal ($($param:expr),* $(; $variadic:expr)?) $kind:tt $body:expr;)*) => {
        vec![$(gotemplate::Function {
            name: $name,
            params: const { &[$($param),*] },
            variadic: functions!(@variadic $($variadic)?),
            body: functions!(@body $kind $body),
        }),*]
    };
    (@variadic) => { None };
    (@variadic $variadic:expr) => { Some($variadic) };
    (@body = $body:expr) => { |call, args| $crate::inventory::run(call, args, $body) };
    (@body @ $body:expr) => { $body };
}

pub(crate) use functions;
