//! The functions of dates.

use gotemplate::{Call, Failure, Function, Type, Value};

use super::duration::{Duration, HOUR, MINUTE, SECOND};
use super::duration_function;
use super::parse;
use super::time::{TIME, Time};
use super::zone::Zone;
use crate::argument::Arguments;
use crate::environment::Environment;
use crate::inventory::functions;
use crate::strconv::{NumberError, parse_int_radix};

const STRING: Type = Type::String;
const ANY: Type = Type::Any;

pub(crate) fn functions<H: Environment>() -> Vec<Function<H>> {
    let mut functions = dates();
    functions.extend(duration_function::functions());
    functions
}

fn dates<H: Environment>() -> Vec<Function<H>> {
    functions! {
        "now" () @ |call, _| Ok(now(call.host).into());
        "ago" (ANY) @ ago;
        "date" (STRING, ANY) @ |call, args| format(call, args.text(0), args.value(1), b"Local");
        "dateInZone" (STRING, ANY, STRING) @ |call, args| format(call, args.text(0), args.value(1), args.text(2));
        "date_in_zone" (STRING, ANY, STRING) @ |call, args| format(call, args.text(0), args.value(1), args.text(2));
        "htmlDate" (ANY) @ |call, args| format(call, b"2006-01-02", args.value(0), b"Local");
        "htmlDateInZone" (ANY, STRING) @ |call, args| format(call, b"2006-01-02", args.value(0), args.text(1));
        "dateModify" (STRING, TIME) = |args| Ok(modify(args).unwrap_or_else(|_| args.value(1).clone()));
        "date_modify" (STRING, TIME) = |args| Ok(modify(args).unwrap_or_else(|_| args.value(1).clone()));
        "mustDateModify" (STRING, TIME) = |args| Ok(modify(args)?);
        "must_date_modify" (STRING, TIME) = |args| Ok(modify(args)?);
        "toDate" (STRING, STRING) @ |call, args| {
            let local = call.host.local_zone();
            let parsed = parse::parse(args.text(0), args.text(1), &local);
            Ok(parsed.unwrap_or_else(|_| Time::zero(local)).into())
        };
        "mustToDate" (STRING, STRING) @ |call, args| {
            Ok(parse::parse(args.text(0), args.text(1), &call.host.local_zone())?.into())
        };
        "unixEpoch" (TIME) = |args| Ok(time(args, 0).map_or(0, |time| time.seconds).to_string().into());
        "duration" (ANY) = |args| Ok(Duration(whole_seconds(args.value(0)).wrapping_mul(SECOND)).to_string().into());
        "durationRound" (ANY) @ duration_round;
    }
}

pub(super) fn now<H: Environment>(host: &H) -> Time {
    let (seconds, nanoseconds) = host.now();
    let zone = host.local_zone();
    Time { seconds, nanoseconds, local: zone.clone(), zone }
}

fn time(args: &[Value], at: usize) -> Option<&Time> {
    args.get(at).and_then(Value::downcast::<Time>)
}

/// A time, or an int or int64 of seconds since 1970. Anything else, a float64 too, is now.
fn time_or_now<H: Environment>(host: &H, value: &Value) -> Time {
    match value {
        Value::Int(seconds, kind)
            if *kind != gotemplate::IntKind::Int8 && *kind != gotemplate::IntKind::Int16 =>
        {
            Time { seconds: *seconds, nanoseconds: 0, ..now(host) }
        }
        other => other.downcast::<Time>().cloned().unwrap_or_else(|| now(host)),
    }
}

fn format<H: Environment>(
    call: &mut Call<'_, H>,
    layout: &[u8],
    value: &Value,
    zone: &[u8],
) -> Result<Value, Failure> {
    let time = time_or_now(call.host, value);
    let zone = match zone {
        b"Local" => call.host.local_zone(),
        name => str::from_utf8(name).ok().and_then(Zone::named).unwrap_or_else(Zone::utc),
    };
    Ok(Value::string(super::format::format(&time.in_zone(zone), layout)))
}

fn ago<H: Environment>(call: &mut Call<'_, H>, args: &[Value]) -> Result<Value, Failure> {
    let time = time_or_now(call.host, args.value(0));
    Ok(now(call.host).since(&time).round(Duration(SECOND)).to_string().into())
}

fn modify(args: &[Value]) -> Result<Value, String> {
    let duration = Duration::parse(args.text(0))?;
    Ok(time(args, 1).map_or(Value::Nil, |time| time.add(duration).into()))
}

/// Only a string or an int64 counts.
fn whole_seconds(value: &Value) -> i64 {
    match value {
        Value::Int(seconds, gotemplate::IntKind::Int64) => *seconds,
        Value::String(text) => match text.as_str().map(|text| parse_int_radix(text, 10)) {
            Some(Ok(seconds) | Err(NumberError::Range(seconds))) => seconds,
            _ => 0,
        },
        _ => 0,
    }
}

/// The largest unit of which there is more than one.
fn duration_round<H: Environment>(
    call: &mut Call<'_, H>,
    args: &[Value],
) -> Result<Value, Failure> {
    const UNITS: [(i64, &str); 6] = [
        (8760 * HOUR, "y"),
        (720 * HOUR, "mo"),
        (24 * HOUR, "d"),
        (HOUR, "h"),
        (MINUTE, "m"),
        (SECOND, "s"),
    ];
    let duration = match args.value(0) {
        Value::String(text) => Duration::parse(text).unwrap_or(Duration(0)),
        Value::Int(nanoseconds, gotemplate::IntKind::Int64) => Duration(*nanoseconds),
        other => other.downcast::<Time>().map_or(Duration(0), |time| now(call.host).since(time)),
    };
    let length = duration.0.unsigned_abs();
    let unit = UNITS.iter().find(|(unit, _)| length > unit.unsigned_abs());
    Ok(unit.map_or_else(
        || "0s".into(),
        |(unit, name)| format!("{}{name}", length / unit.unsigned_abs()).into(),
    ))
}
