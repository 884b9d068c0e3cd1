//! What a scalar is: yaml.v2's resolution, a YAML 1.1 dialect.
//!
//! The rules are those measured on Helm 4.3.1: booleans `y`, `yes`, `on` and so on in three spellings, `0777` and `0o777`
//! octal, underscores in numbers, timestamps and base 60 left as text.

use std::borrow::Cow;

use base64::Engine as _;

use crate::number::format_float32;
use crate::source::Position;
use crate::{Error, ErrorKind, Float, Kind, Node, Style, Value};

pub(crate) const MERGE_TAG: &str = "tag:yaml.org,2002:merge";

impl Node {
    /// What Go reads in a scalar; none of a collection.
    pub(crate) fn to_scalar(&self) -> Option<Result<Value, Error>> {
        let node = self.resolved();
        let Kind::Scalar { text, style } = &node.kind else { return None };
        Some(match node.tag.as_deref() {
            None if *style == Style::Plain => Ok(resolve_plain(text)),
            None => Ok(Value::String(text.clone())),
            Some(tag) => resolve_tagged(tag, text).map_err(|reason| self.error(reason)),
        })
    }

    pub(crate) fn error(&self, reason: impl Into<String>) -> Error {
        let at = Position { line: self.line, column: self.column, offset: self.start };
        Error::new(ErrorKind::Value, at, reason)
    }
}

/// The text of a key in JSON. Go knows no null, binary or unsigned keys, and no collections.
pub(crate) fn key(node: &Node) -> Result<String, Error> {
    let value = match node.to_scalar() {
        Some(value) => value?,
        None => return Err(node.error("invalid map key: a list or a map cannot be a key")),
    };
    key_of(value).map_err(|_| {
        node.error("unsupported map key: null and numbers beyond 64 bits cannot be keys")
    })
}

/// The text of a key in JSON, or the value back.
pub(crate) fn key_of(value: Value) -> Result<String, Value> {
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Int(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(format_float32(number.value)),
        other => Err(other),
    }
}

/// What Go reads in a plain scalar without a tag: null, a boolean, a number, else text.
pub fn resolve_plain(text: &str) -> Value {
    plain(Cow::Borrowed(text))
}

/// [`resolve_plain`] of a text that may be kept.
pub(crate) fn plain(text: Cow<'_, str>) -> Value {
    not_text(&text).unwrap_or_else(|| Value::String(text.into_owned()))
}

/// Whether yaml.v2 and yaml.v3 write a text plain: whether it would be read as the same text, and not as a timestamp
/// either, which reads as text all the same.
pub(crate) fn is_text(text: &str) -> bool {
    not_text(text).is_none() && !is_timestamp(text)
}

/// What a plain scalar is when it is not text.
fn not_text(text: &str) -> Option<Value> {
    match text.as_bytes() {
        [] => Some(Value::Null),
        [b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~', ..] => {
            word(text)
        }
        [b'.', ..] => match text {
            ".nan" | ".NaN" | ".NAN" => Some(float(f64::NAN, text)),
            ".inf" | ".Inf" | ".INF" => Some(float(f64::INFINITY, text)),
            _ => parse_float(text).map(|number| float(number, text)),
        },
        [b'0'..=b'9' | b'+' | b'-', ..] => match text {
            "+.inf" | "+.Inf" | "+.INF" => Some(float(f64::INFINITY, text)),
            "-.inf" | "-.Inf" | "-.INF" => Some(float(f64::NEG_INFINITY, text)),
            _ => number(text),
        },
        _ => None,
    }
}

fn word(text: &str) -> Option<Value> {
    match text {
        "~" | "null" | "Null" | "NULL" => Some(Value::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Some(Value::Bool(true))
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(Value::Bool(false))
        }
        _ => None,
    }
}

fn number(text: &str) -> Option<Value> {
    let digits = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { text.into() };
    parse_integer(&digits)
        .or_else(|| parse_float(&digits).map(|number| float(number, text)))
        .or_else(|| signed_binary(&digits))
}

/// Go tries what follows `0b` once more on its own, and then it may have a sign: `0b-1` is -1.
fn signed_binary(digits: &str) -> Option<Value> {
    let rest = digits.strip_prefix("0b").filter(|rest| rest.starts_with(['-', '+']))?;
    i64::from_str_radix(rest, 2).ok().map(Value::Int)
}

/// Whether Go takes a text for a timestamp: a date of 2001-1-2, or with a time behind `T`, `t` (and a zone) or spaces
/// (and none), whose fields exist.
fn is_timestamp(text: &str) -> bool {
    let is_year = |text: &[u8]| text.len() == 4 && text.iter().all(u8::is_ascii_digit);
    let Some((year, rest)) = text.split_at_checked(4).filter(|(year, _)| is_year(year.as_bytes()))
    else {
        return false;
    };
    let date = || {
        let (month, rest) = field(rest.strip_prefix('-')?, 1..=12)?;
        let (day, rest) = field(rest.strip_prefix('-')?, 1..=31)?;
        (day <= days_of(month, year.parse().ok()?)).then_some(rest)
    };
    match date() {
        Some("") => true,
        Some(rest) => {
            if let Some(time) = rest.strip_prefix(['T', 't']) {
                after_time(time).is_some_and(is_zone)
            } else {
                let time = rest.trim_start_matches(' ');
                time.len() < rest.len() && after_time(time) == Some("")
            }
        }
        None => false,
    }
}

/// One or two digits within a range, and what follows them.
fn field(text: &str, range: std::ops::RangeInclusive<u32>) -> Option<(u32, &str)> {
    let length = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let number = text[..length].parse().ok()?;
    range.contains(&number).then_some((number, &text[length..]))
}

fn days_of(month: u32, year: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What follows hours, minutes, seconds and a fraction of any length.
fn after_time(text: &str) -> Option<&str> {
    let (_, rest) = field(text, 0..=23)?;
    let (_, rest) = field(rest.strip_prefix(':')?, 0..=59)?;
    let (_, rest) = field(rest.strip_prefix(':')?, 0..=59)?;
    match rest.strip_prefix(['.', ',']) {
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => {
            Some(fraction.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        _ => Some(rest),
    }
}

/// `Z` or an offset of up to 24 hours and 60 minutes.
fn is_zone(text: &str) -> bool {
    let two = |digits: &str, most| {
        digits.len() == 2
            && digits.bytes().all(|b| b.is_ascii_digit())
            && digits.parse().is_ok_and(|number: u32| number <= most)
    };
    let offset = text.strip_prefix(['+', '-']).and_then(|offset| offset.split_once(':'));
    text == "Z" || offset.is_some_and(|(hours, minutes)| two(hours, 24) && two(minutes, 60))
}

fn float(value: f64, text: &str) -> Value {
    Value::Float(Float { value, text: text.into() })
}

/// Go's `ParseInt(base 0)`, then `ParseUint`.
fn parse_integer(digits: &str) -> Option<Value> {
    let (is_negative, unsigned) = match digits.as_bytes().first()? {
        b'-' => (true, &digits[1..]),
        b'+' => (false, &digits[1..]),
        _ => (false, digits),
    };
    let prefix = unsigned.get(..2).filter(|_| unsigned.len() > 2);
    let (radix, rest) = match prefix {
        Some("0x" | "0X") => (16, &unsigned[2..]),
        Some("0o" | "0O") => (8, &unsigned[2..]),
        Some("0b" | "0B") => (2, &unsigned[2..]),
        _ if unsigned.len() > 1 && unsigned.starts_with('0') => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    if !rest.bytes().next()?.is_ascii_alphanumeric() {
        return None;
    }
    let magnitude = u64::from_str_radix(rest, radix).ok()?;
    if is_negative {
        return 0i64.checked_sub_unsigned(magnitude).map(Value::Int);
    }
    match i64::try_from(magnitude) {
        Ok(number) => Some(Value::Int(number)),
        // ParseUint takes no sign.
        Err(_) if digits.starts_with('+') => None,
        Err(_) => Some(Value::UInt(magnitude)),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, in range.
fn parse_float(text: &str) -> Option<f64> {
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_mantissa =
        is_digits(whole) && is_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let is_exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && is_digits(digits)
    });
    if !(is_mantissa && is_exponent) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

pub(crate) fn resolve_tagged(tag: &str, text: &str) -> Result<Value, String> {
    let string = || Value::String(text.into());
    let Some(short) = tag.strip_prefix("tag:yaml.org,2002:") else { return Ok(string()) };
    match (short, resolve_plain(text)) {
        ("null", Value::Null) => Ok(Value::Null),
        ("bool", value @ Value::Bool(_))
        | ("int", value @ (Value::Int(_) | Value::UInt(_)))
        | ("float", value @ Value::Float(_)) => Ok(value),
        #[expect(clippy::cast_precision_loss, reason = "Go converts with float64()")]
        ("float", Value::Int(number)) => Ok(float(number as f64, text)),
        ("timestamp", _) if is_timestamp(text) => Ok(string()),
        ("null" | "bool" | "int" | "float" | "timestamp", value) => {
            let found = match value {
                Value::Null => "null",
                Value::Bool(_) => "bool",
                Value::Int(_) | Value::UInt(_) => "int",
                Value::Float(_) => "float",
                _ => "str",
            };
            Err(format!("cannot decode !!{found} `{text}` as a !!{short}"))
        }
        ("binary", _) => decode_binary(text).map(Value::String),
        _ => Ok(string()),
    }
}

/// Standard base64; Go skips line breaks. The bytes end up in JSON, where what is not UTF-8 is replaced.
fn decode_binary(text: &str) -> Result<String, String> {
    let packed = text.replace(['\r', '\n'], "");
    base64::engine::general_purpose::STANDARD
        .decode(packed)
        .map(|bytes| crate::to_text(&bytes).into_owned())
        .map_err(|_| "!!binary value contains invalid base64 data".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> String {
        match resolve_plain(text) {
            Value::String(_) => "string".into(),
            Value::Float(number) => format!("float {}", crate::format_float(number.value)),
            Value::Int(number) => format!("int {number}"),
            Value::UInt(number) => format!("uint {number}"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn numbers_are_those_of_yaml_1_1() {
        for (text, expected) in [
            ("1", "int 1"),
            ("+1", "int 1"),
            ("-5", "int -5"),
            ("-0", "int 0"),
            ("010", "int 8"),
            ("0777", "int 511"),
            ("0o10", "int 8"),
            ("0x1F", "int 31"),
            ("0b11", "int 3"),
            ("-0b11", "int -3"),
            ("0b_1", "int 1"),
            ("1_000", "int 1000"),
            ("1__0", "int 10"),
            ("9223372036854775807", "int 9223372036854775807"),
            ("-9223372036854775808", "int -9223372036854775808"),
            ("9223372036854775808", "uint 9223372036854775808"),
            ("0xFFFFFFFFFFFFFFFF", "uint 18446744073709551615"),
            ("0x1FFFFFFFFFFFFFFFF", "string"),
            ("18446744073709551616", "float 1.8446744073709552e+19"),
            ("1.10", "float 1.1"),
            (".5", "float 0.5"),
            ("-.5", "float -0.5"),
            ("1.", "float 1"),
            ("08", "float 8"),
            ("1e3", "float 1000"),
            ("1E+21", "float 1e+21"),
            ("+12e03", "float 12000"),
            ("685.230_15e+03", "float 685230.15"),
            ("1_0.5", "float 10.5"),
            ("-0.0", "float -0"),
            ("1e400", "string"),
            ("0.1.2", "string"),
            ("1:30", "string"),
            ("190:20:30", "string"),
            ("2001-01-01", "string"),
            ("2001-01-01T00:00:00Z", "string"),
            ("0x", "string"),
            ("-", "string"),
            ("+", "string"),
            ("--1", "string"),
            ("-+1", "string"),
            ("0x-1", "string"),
            (".", "string"),
            ("...", "string"),
            ("1e", "string"),
            ("1_", "int 1"),
            ("_1", "string"),
            ("inf", "string"),
            ("infinity", "string"),
            ("nan", "string"),
            ("０", "string"),
            ("1中", "string"),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn booleans_and_null_have_three_spellings() {
        for text in ["y", "Yes", "ON", "true"] {
            assert_eq!(resolve_plain(text), Value::Bool(true), "{text}");
        }
        for text in ["N", "no", "Off", "FALSE"] {
            assert_eq!(resolve_plain(text), Value::Bool(false), "{text}");
        }
        for text in ["", "~", "null", "NULL"] {
            assert_eq!(resolve_plain(text), Value::Null, "{text}");
        }
        for text in ["tRue", "nUll", "t", "f", "~x", "yEs"] {
            assert_eq!(resolve_plain(text), Value::String(text.into()), "{text}");
        }
    }

    #[test]
    fn tags_decide_or_refuse() {
        let tagged =
            |tag: &str, text: &str| resolve_tagged(&format!("tag:yaml.org,2002:{tag}"), text);
        assert_eq!(tagged("str", "123"), Ok(Value::String("123".into())));
        assert_eq!(tagged("int", "5"), Ok(Value::Int(5)));
        assert_eq!(tagged("float", "3").map(|value| value.to_string()), Ok("3".into()));
        assert_eq!(tagged("binary", "aGVs\nbG8="), Ok(Value::String("hello".into())));
        assert_eq!(tagged("timestamp", "2020-01-01"), Ok(Value::String("2020-01-01".into())));
        assert_eq!(resolve_tagged("!foo", "12"), Ok(Value::String("12".into())));
        assert_eq!(tagged("int", "abc"), Err("cannot decode !!str `abc` as a !!int".into()));
        assert!(tagged("binary", "%").is_err());
    }
}
