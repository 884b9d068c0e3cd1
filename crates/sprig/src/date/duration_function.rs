//! Helm's own functions of durations: strings as Go writes durations, and numbers as seconds.

use gotemplate::{Failure, FloatKind, Function, Type, Value};

use super::duration::{Duration, HOUR, MINUTE, SECOND};
use crate::argument::Arguments;
use crate::format;
use crate::inventory::functions;
use crate::rune::is_space;
use crate::strconv::parse_float;

const ANY: Type = Type::Any;

pub(super) fn functions<H>() -> Vec<Function<H>> {
    functions! {
        "mustToDuration" (ANY) = |args| Ok(read(args.value(0))?.into());
        "durationNanoseconds" (ANY) = |args| Ok(Value::int64(read_or_zero(args, 0).0));
        "durationMicroseconds" (ANY) = |args| Ok(Value::int64(read_or_zero(args, 0).0 / 1_000));
        "durationMilliseconds" (ANY) = |args| Ok(Value::int64(read_or_zero(args, 0).0 / 1_000_000));
        "durationSeconds" (ANY) = |args| Ok(Value::float(read_or_zero(args, 0).in_units(SECOND)));
        "durationMinutes" (ANY) = |args| Ok(Value::float(read_or_zero(args, 0).in_units(MINUTE)));
        "durationHours" (ANY) = |args| Ok(Value::float(read_or_zero(args, 0).in_units(HOUR)));
        "durationDays" (ANY) = |args| Ok(Value::float(read_or_zero(args, 0).in_units(HOUR) / 24.0));
        "durationWeeks" (ANY) = |args| Ok(Value::float(read_or_zero(args, 0).in_units(HOUR) / 24.0 / 7.0));
        "durationRoundTo" (ANY, ANY) = |args| Ok(read_or_zero(args, 0).round(read_or_zero(args, 1)).into());
        "durationTruncateTo" (ANY, ANY) = |args| Ok(read_or_zero(args, 0).truncate(read_or_zero(args, 1)).into());
    }
}

fn read_or_zero(args: &[Value], at: usize) -> Duration {
    read(args.value(at)).unwrap_or(Duration(0))
}

fn read(value: &Value) -> Result<Duration, Failure> {
    let too_long = || {
        let text = format::sprint(value);
        Failure::new(format!("duration seconds overflow: {}", String::from_utf8_lossy(&text)))
    };
    let whole = |seconds: i64| seconds.checked_mul(SECOND).map(Duration).ok_or_else(too_long);
    match value {
        Value::Nil => Err(Failure::new("invalid duration")),
        Value::Int(seconds, _) => whole(*seconds),
        Value::Uint(seconds, _) => whole(i64::try_from(*seconds).map_err(|_| too_long())?),
        Value::Float(seconds, _) => fractional(*seconds),
        Value::String(text) => read_text(text),
        other => match other.downcast::<Duration>() {
            Some(duration) => Ok(*duration),
            None => Err(Failure::new(format!("unsupported duration type {}", other.type_name()))),
        },
    }
}

fn read_text(text: &[u8]) -> Result<Duration, Failure> {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return Err(Failure::new("empty duration"));
    }
    if let Ok(duration) = Duration::parse(text.as_bytes()) {
        return Ok(duration);
    }
    match parse_float(text) {
        Some(seconds) => fractional(seconds),
        None => Err(Failure::new(format!(
            "could not parse duration {}",
            format::quote(text.as_bytes())
        ))),
    }
}

#[expect(clippy::cast_precision_loss, reason = "the bounds are compared as floats in Go, too")]
fn fractional(seconds: f64) -> Result<Duration, Failure> {
    let text = || {
        String::from_utf8_lossy(&format::sprint(&Value::Float(seconds, FloatKind::Float64)))
            .into_owned()
    };
    if !seconds.is_finite() {
        return Err(Failure::new(format!("invalid duration seconds: {}", text())));
    }
    let limits = i64::MIN as f64 / SECOND as f64..=i64::MAX as f64 / SECOND as f64;
    if !limits.contains(&seconds) {
        return Err(Failure::new(format!("duration seconds overflow: {}", text())));
    }
    Ok(Duration(crate::cast::float_to_int(seconds * SECOND as f64)))
}
