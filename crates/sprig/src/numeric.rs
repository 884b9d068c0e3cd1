//! Arithmetic: int64 with wrap-around, and float64 by way of decimals.

use gotemplate::{Call, Failure, Function, Type, Value};

use crate::argument::Arguments;
use crate::cast::{to_float, to_int, to_text};
use crate::decimal::{Decimal, Operation};
use crate::environment::Environment;
use crate::inventory::functions;
use crate::strconv;

const ANY: Type = Type::Any;
const INT: Type = Type::INT;

pub(crate) fn functions<H: Environment>() -> Vec<Function<H>> {
    let mut functions = integers();
    functions.extend(floats());
    functions
}

fn integers<H: Environment>() -> Vec<Function<H>> {
    functions! {
        "int" (ANY) = |args| Ok(Value::int(to_int(&args[0])));
        "int64" (ANY) = |args| Ok(Value::int64(to_int(&args[0])));
        "atoi" (Type::String) = |args| Ok(Value::int(atoi(&args.lossy(0))));
        "toDecimal" (ANY) = |args| Ok(Value::int64(to_decimal(&args[0])));
        "add1" (ANY) = |args| Ok(Value::int64(to_int(&args[0]).wrapping_add(1)));
        "add" (; ANY) = |args| Ok(Value::int64(args.iter().map(to_int).fold(0, i64::wrapping_add)));
        "sub" (ANY, ANY) = |args| Ok(Value::int64(to_int(&args[0]).wrapping_sub(to_int(&args[1]))));
        "mul" (ANY; ANY) = |args| Ok(Value::int64(args.iter().map(to_int).fold(1, i64::wrapping_mul)));
        "div" (ANY, ANY) = |args| Ok(Value::int64(to_int(&args[0]).wrapping_div(divisor(args)?)));
        "mod" (ANY, ANY) = |args| Ok(Value::int64(to_int(&args[0]).wrapping_rem(divisor(args)?)));
        "max" (ANY; ANY) = |args| Ok(Value::int64(args.iter().map(to_int).max().unwrap_or(0)));
        "biggest" (ANY; ANY) = |args| Ok(Value::int64(args.iter().map(to_int).max().unwrap_or(0)));
        "min" (ANY; ANY) = |args| Ok(Value::int64(args.iter().map(to_int).min().unwrap_or(0)));
        "randInt" (INT, INT) @ random_int;
    }
}

fn floats<H>() -> Vec<Function<H>> {
    functions! {
        "float64" (ANY) = |args| Ok(Value::float(to_float(&args[0])));
        "add1f" (ANY) = |args| decimal(&[args[0].clone(), Value::int(1)], Operation::Add);
        "addf" (; ANY) = |args| decimal_from(0.0, args, Operation::Add);
        "subf" (ANY; ANY) = |args| decimal(args, Operation::Subtract);
        "mulf" (ANY; ANY) = |args| decimal(args, Operation::Multiply);
        "divf" (ANY; ANY) = |args| decimal(args, Operation::Divide);
        "maxf" (ANY; ANY) = |args| Ok(Value::float(args.iter().map(to_float).reduce(maximum).unwrap_or(0.0)));
        "minf" (ANY; ANY) = |args| Ok(Value::float(args.iter().map(to_float).reduce(minimum).unwrap_or(0.0)));
        "ceil" (ANY) = |args| Ok(Value::float(to_float(&args[0]).ceil()));
        "floor" (ANY) = |args| Ok(Value::float(to_float(&args[0]).floor()));
        "round" (ANY, INT; Type::FLOAT64) = round;
    }
}

/// Go's `strconv.Atoi`, whose number out of range is the nearest one.
fn atoi(text: &str) -> i64 {
    match strconv::parse_int_radix(text, 10) {
        Ok(number) | Err(strconv::NumberError::Range(number)) => number,
        Err(strconv::NumberError::Syntax) => 0,
    }
}

/// The printed value read as an octal number.
fn to_decimal(value: &Value) -> i64 {
    let text = to_text(value);
    text.as_str().and_then(|text| strconv::parse_int_radix(text, 8).ok()).unwrap_or(0)
}

fn divisor(args: &[Value]) -> Result<i64, Failure> {
    match to_int(&args[1]) {
        0 => Err(Failure::new("runtime error: integer divide by zero")),
        divisor => Ok(divisor),
    }
}

fn decimal(args: &[Value], operation: Operation) -> Result<Value, Failure> {
    decimal_from(to_float(&args[0]), &args[1..], operation)
}

fn decimal_from(first: f64, rest: &[Value], operation: Operation) -> Result<Value, Failure> {
    let mut result = Decimal::from_float(first)?;
    for value in rest {
        result = result.apply(operation, &Decimal::from_float(to_float(value))?)?;
    }
    Ok(Value::float(result.to_float()))
}

/// Go's `math.Max`: NaN wins, and +0 over -0.
fn maximum(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == 0.0 && b == 0.0 {
        if a.is_sign_negative() { b } else { a }
    } else {
        a.max(b)
    }
}

fn minimum(a: f64, b: f64) -> f64 {
    -maximum(-a, -b)
}

/// Rounds to `places`; a fraction from `.5`, or what the third argument says, rounds up.
fn round(args: &[Value]) -> Result<Value, Failure> {
    let round_on = args.get(2).map_or(0.5, to_float);
    #[expect(clippy::cast_precision_loss, reason = "a power beyond 308 is infinite anyway")]
    let power = 10_f64.powf(args.integer(1) as f64);
    let digit = power * to_float(&args[0]);
    let rounded = if digit.fract() >= round_on { digit.ceil() } else { digit.floor() };
    Ok(Value::float(rounded / power))
}

fn random_int<H: Environment>(call: &mut Call<'_, H>, args: &[Value]) -> Result<Value, Failure> {
    let (min, max) = (args.integer(0), args.integer(1));
    let range = u64::try_from(max.wrapping_sub(min)).ok().filter(|range| *range > 0);
    let range = range.ok_or_else(|| Failure::new("invalid argument to Intn"))?;
    let offset = crate::random::below(call.host, range);
    Ok(Value::int(min.wrapping_add(offset.cast_signed())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_are_those_of_go() {
        assert_eq!(crate::cast::float_to_int(1e19), i64::MIN);
        assert!(maximum(f64::NAN, 1.0).is_nan() && maximum(-0.0, 0.0).is_sign_positive());
        assert!(minimum(0.0, -0.0).is_sign_negative());
    }
}
