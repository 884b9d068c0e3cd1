//! Go's `fmt` over template values: every verb and flag, Go's quoting and float formatting.

mod composite;
mod float;
mod format;
mod integer;
mod printer;
mod quote;
mod verbs;

use self::printer::Printer;
pub use self::quote::{quote, quote_to_ascii};
use crate::limits::Limit;
use crate::value::{FloatKind, Str, Value};

pub(crate) use self::quote::is_print;

/// `fmt.Sprintf`. Fails when the text would be unreasonably long or the values are nested too deeply.
pub fn sprintf(format: &[u8], args: &[Value]) -> Result<Vec<u8>, Limit> {
    let mut out = Vec::with_capacity(format.len() + 16 * args.len());
    let mut printer = Printer::new(&mut out);
    printer.format(format, args);
    printer.finish()?;
    Ok(out)
}

/// `fmt.Sprint`: a space between operands when neither is a string.
pub fn sprint(args: &[Value]) -> Result<Vec<u8>, Limit> {
    let mut out = Vec::new();
    let mut printer = Printer::new(&mut out);
    let is_string = |value: &Value| matches!(value.kind(), crate::value::Kind::String);
    for (index, arg) in args.iter().enumerate() {
        if index > 0 && !is_string(arg) && !is_string(&args[index - 1]) {
            printer.write(b" ");
        }
        printer.arg(arg, 'v');
    }
    printer.finish()?;
    Ok(out)
}

/// `fmt.Sprintln`: spaces between operands, a newline at the end.
pub fn sprintln(args: &[Value]) -> Result<Vec<u8>, Limit> {
    let mut out = Vec::new();
    let mut printer = Printer::new(&mut out);
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            printer.write(b" ");
        }
        printer.arg(arg, 'v');
    }
    printer.write(b"\n");
    printer.finish()?;
    Ok(out)
}

/// `fmt.Sprintf("%v", value)`, without a copy for strings.
pub fn value_text(value: &Value) -> Result<Str, Limit> {
    if let Value::String(text) = value {
        return Ok(text.clone());
    }
    let mut out = Vec::new();
    append_value(&mut out, value)?;
    Ok(out.into())
}

/// Appends what `%v` prints.
pub fn append_value(out: &mut Vec<u8>, value: &Value) -> Result<(), Limit> {
    append_value_within(out, value, usize::MAX)
}

/// [`append_value`] of at most `max_output` bytes.
pub(crate) fn append_value_within(
    out: &mut Vec<u8>,
    value: &Value,
    max_output: usize,
) -> Result<(), Limit> {
    use std::io::Write as _;
    // What values files hold most is worth a short way.
    let short = match value {
        Value::Int(int, _) => Some(*int),
        Value::Float(float, _) => float::small_integer(*float),
        _ => None,
    };
    if let Some(int) = short {
        write!(out, "{int}").expect("writing to memory cannot fail");
        return Ok(());
    }
    let mut printer = Printer::bounded(out, max_output);
    printer.arg(value, 'v');
    printer.finish()
}

/// `strconv.FormatFloat` with the format `b`, `e`, `E`, `f`, `g`, `G`, `x` or `X`; no precision means the shortest text
/// that reads back as the same number.
pub fn format_float(value: f64, format: u8, precision: Option<usize>, kind: FloatKind) -> String {
    float::format_float(value, format, precision, kind)
}
