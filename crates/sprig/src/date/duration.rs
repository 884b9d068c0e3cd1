//! Go's `time.Duration`: nanoseconds in an int64.

use std::any::Any;
use std::rc::Rc;

use gotemplate::{Failure, Method, Object, Shape, Str, Type, Value};

use crate::argument::Arguments;

pub(crate) const SECOND: i64 = 1_000_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;

/// A duration as a template sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Duration(pub(crate) i64);

pub(super) const DURATION: Type = Type::Object("time.Duration");

impl From<Duration> for Value {
    fn from(duration: Duration) -> Self {
        Self::Object(Rc::new(duration))
    }
}

impl Object for Duration {
    fn type_name(&self) -> &'static str {
        "time.Duration"
    }

    fn shape(&self) -> Shape {
        Shape::Alias(Value::int64(self.0))
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn string(&self) -> Option<Str> {
        Some(self.to_string().into())
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        Some(other.as_any().downcast_ref::<Self>() == Some(self))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

const fn method(
    name: &'static str,
    params: &'static [Type],
    body: fn(&Value, &[Value]) -> Result<Value, Failure>,
) -> Method {
    Method { name, params, variadic: None, body }
}

static METHODS: [Method; 10] = [
    method("Hours", &[], |own, _| Ok(Value::float(of(own).in_units(HOUR)))),
    method("Minutes", &[], |own, _| Ok(Value::float(of(own).in_units(MINUTE)))),
    method("Seconds", &[], |own, _| Ok(Value::float(of(own).in_units(SECOND)))),
    method("Milliseconds", &[], |own, _| Ok(Value::int64(of(own).0 / 1_000_000))),
    method("Microseconds", &[], |own, _| Ok(Value::int64(of(own).0 / 1_000))),
    method("Nanoseconds", &[], |own, _| Ok(Value::int64(of(own).0))),
    method("String", &[], |own, _| Ok(of(own).to_string().into())),
    method("Abs", &[], |own, _| Ok(Duration(of(own).0.saturating_abs()).into())),
    method("Truncate", &[DURATION], |own, args| Ok(of(own).truncate(of(args.value(0))).into())),
    method("Round", &[DURATION], |own, args| Ok(of(own).round(of(args.value(0))).into())),
];

pub(super) fn of(value: &Value) -> Duration {
    value.downcast::<Duration>().copied().unwrap_or(Duration(0))
}

impl Duration {
    /// The duration in units of so many nanoseconds, with a fraction.
    #[expect(clippy::cast_precision_loss, reason = "both halves are small enough, as in Go")]
    pub(crate) fn in_units(self, unit: i64) -> f64 {
        (self.0 / unit) as f64 + (self.0 % unit) as f64 / unit as f64
    }

    pub(crate) const fn truncate(self, unit: Self) -> Self {
        if unit.0 <= 0 { self } else { Self(self.0 - self.0 % unit.0) }
    }

    /// Half away from zero; at the ends of the range, as far as it goes.
    pub(crate) fn round(self, unit: Self) -> Self {
        if unit.0 <= 0 {
            return self;
        }
        let remainder = self.0 % unit.0;
        let rounds_up = i128::from(remainder.abs()) * 2 >= i128::from(unit.0);
        let down = i128::from(self.0 - remainder);
        let step = if rounds_up { i128::from(unit.0) * i128::from(self.0.signum()) } else { 0 };
        let limit = if self.0 < 0 { i64::MIN } else { i64::MAX };
        Self(i64::try_from(down + step).unwrap_or(limit))
    }

    /// Go's `time.ParseDuration`; the error is Go's text.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let invalid = || format!("time: invalid duration {}", quote(text));
        let (negative, mut rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] | rest => (false, rest),
        };
        if rest == b"0" {
            return Ok(Self(0));
        }
        let mut total: u64 = 0;
        let mut is_empty = true;
        while !rest.is_empty() || is_empty {
            is_empty = false;
            let part = read_part(rest).ok_or_else(invalid)?;
            let unit = unit(part.unit).ok_or_else(|| match part.unit {
                b"" => format!("time: missing unit in duration {}", quote(text)),
                unit => format!("time: unknown unit {} in duration {}", quote(unit), quote(text)),
            })?;
            total = part
                .nanoseconds(unit)
                .and_then(|part| total.checked_add(part))
                .ok_or_else(invalid)?;
            if total > 1 << 63 {
                return Err(invalid());
            }
            rest = part.rest;
        }
        let nanoseconds = i128::from(total) * if negative { -1 } else { 1 };
        i64::try_from(nanoseconds).map(Self).map_err(|_| invalid())
    }
}

/// `12.5` and the unit behind it.
struct Part<'a> {
    whole: u64,
    fraction: u64,
    scale: f64,
    unit: &'a [u8],
    rest: &'a [u8],
}

fn read_part(text: &[u8]) -> Option<Part<'_>> {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let count = digits(text);
    let mut whole: u64 = 0;
    for digit in &text[..count] {
        whole = whole.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        if whole > 1 << 63 {
            return None;
        }
    }
    let mut rest = &text[count..];
    let (mut fraction, mut scale, mut fraction_count) = (0_u64, 1.0, 0);
    if let Some(after) = rest.strip_prefix(b".") {
        fraction_count = digits(after);
        for digit in &after[..fraction_count] {
            let longer = fraction
                .checked_mul(10)
                .and_then(|number| number.checked_add(u64::from(digit - b'0')));
            // Digits beyond the range are of no account.
            let Some(longer) = longer.filter(|number| *number <= 1 << 63) else { break };
            (fraction, scale) = (longer, scale * 10.0);
        }
        rest = &after[fraction_count..];
    }
    if count == 0 && fraction_count == 0 {
        return None;
    }
    let length = rest.iter().take_while(|byte| **byte != b'.' && !byte.is_ascii_digit()).count();
    let (unit, rest) = rest.split_at(length);
    Some(Part { whole, fraction, scale, unit, rest })
}

impl Part<'_> {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "as Go does"
    )]
    fn nanoseconds(&self, unit: u64) -> Option<u64> {
        let whole = self.whole.checked_mul(unit).filter(|number| *number <= 1 << 63)?;
        let fraction = (self.fraction as f64 * (unit as f64 / self.scale)) as u64;
        whole.checked_add(fraction).filter(|number| *number <= 1 << 63)
    }
}

fn unit(name: &[u8]) -> Option<u64> {
    Some(match name {
        b"ns" => 1,
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => 1_000,
        b"ms" => 1_000_000,
        b"s" => 1_000_000_000,
        b"m" => 60_000_000_000,
        b"h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// The quoting of Go's `time` package, in which everything outside ASCII is in hexadecimal.
pub(super) fn quote(text: &[u8]) -> String {
    let mut out = String::from('"');
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(*byte)]),
            b' '..=b'~' | 0x7f => out.push(char::from(*byte)),
            other => out.extend(format!("\\x{other:02x}").chars()),
        }
    }
    out.push('"');
    out
}

/// `1h2m3.5s`, `1.5ms`, `0s`.
impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let total = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let fraction = |number: u64, digits: usize| {
            let text = format!("{number:0digits$}");
            let text = text.trim_end_matches('0');
            if text.is_empty() { String::new() } else { format!(".{text}") }
        };
        match total {
            0 => f.write_str("0s"),
            1..1_000 => write!(f, "{total}ns"),
            1_000..1_000_000 => write!(f, "{}{}µs", total / 1_000, fraction(total % 1_000, 3)),
            1_000_000..1_000_000_000 => {
                write!(f, "{}{}ms", total / 1_000_000, fraction(total % 1_000_000, 6))
            }
            _ => {
                let seconds = total / 1_000_000_000;
                let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
                if hours > 0 {
                    write!(f, "{hours}h")?;
                }
                if seconds >= 60 {
                    write!(f, "{minutes}m")?;
                }
                write!(f, "{}{}s", seconds % 60, fraction(total % 1_000_000_000, 9))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print_as_in_go() {
        for (text, printed) in [
            ("1h2m3.5s", "1h2m3.5s"),
            ("-1.5h", "-1h30m0s"),
            (".5s", "500ms"),
            ("1500us", "1.5ms"),
            ("1µs", "1µs"),
            ("+5ns", "5ns"),
            ("0", "0s"),
            ("2562047h47m16.854775807s", "2562047h47m16.854775807s"),
            ("-9223372036854775808ns", "-2562047h47m16.854775808s"),
            ("0.100000000000000000000h", "6m0s"),
            ("60s", "1m0s"),
        ] {
            assert_eq!(Duration::parse(text.as_bytes()).unwrap().to_string(), printed, "{text}");
        }
        for (text, error) in [
            ("", "time: invalid duration \"\""),
            ("-", "time: invalid duration \"-\""),
            ("1", "time: missing unit in duration \"1\""),
            ("1x", "time: unknown unit \"x\" in duration \"1x\""),
            ("é", "time: invalid duration \"\\xc3\\xa9\""),
            ("9999999h", "time: invalid duration \"9999999h\""),
            ("9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\""),
        ] {
            assert_eq!(Duration::parse(text.as_bytes()).unwrap_err(), error);
        }
    }

    #[test]
    fn rounding_goes_away_from_zero() {
        for (own, unit, rounded, truncated) in [
            (150, 100, 200, 100),
            (149, 100, 100, 100),
            (-150, 100, -200, -100),
            (5, 0, 5, 5),
            (i64::MAX, 10, i64::MAX, i64::MAX - 7),
        ] {
            assert_eq!(Duration(own).round(Duration(unit)).0, rounded, "{own}");
            assert_eq!(Duration(own).truncate(Duration(unit)).0, truncated, "{own}");
        }
    }
}
