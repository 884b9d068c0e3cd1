//! Numeric literals: every reading a literal has.

use super::unquote::{CharError, unquote_char};
use crate::fmt::quote;
use crate::tree::Number;

/// Parses a literal that the lexer took for a number; the error is Go's text.
pub(super) fn parse_number(text: &[u8], is_char: bool) -> Result<Number, String> {
    let written: Box<str> = String::from_utf8_lossy(text).into();
    let mut number = Number { text: written, int: None, uint: None, float: None, complex: None };
    if is_char {
        let rune = unquote_char(text).map_err(|error| match error {
            CharError::Syntax => "invalid syntax".to_owned(),
            CharError::Malformed => format!("malformed character constant: {}", number.text),
        })?;
        number.int = Some(i64::from(rune));
        number.uint = Some(u64::from(rune));
        number.float = Some(f64::from(rune));
        return Ok(number);
    }
    if let Some((real, imaginary)) = parse_complex(&number.text) {
        number.complex = Some((real, imaginary));
        if imaginary == 0.0 {
            number.float = Some(real);
            number.int = exact_int(real);
            number.uint = exact_uint(real);
        }
        return Ok(number);
    }
    number.uint = parse_uint(&number.text);
    number.int = parse_int(&number.text);
    if number.int == Some(0) {
        number.uint = Some(0);
    }
    read_float(&mut number)?;
    Ok(number)
}

/// `2i` or `1+2i`: real and imaginary part.
fn parse_complex(text: &str) -> Option<(f64, f64)> {
    let body = text.strip_suffix('i')?;
    if let Some(imaginary) = parse_float(body) {
        return Some((0.0, imaginary));
    }
    // The parts meet at a sign that does not belong to an exponent.
    let is_sign = |index: &usize| {
        let bytes = body.as_bytes();
        matches!(bytes[*index], b'+' | b'-')
            && !matches!(bytes[*index - 1], b'e' | b'E' | b'p' | b'P')
    };
    let sign = (1..body.len()).rev().find(is_sign)?;
    let (real, imaginary) = body.split_at(sign);
    Some((parse_float(real)?, parse_float(imaginary)?))
}

/// Adds the float reading, and the integer readings of a float that is one.
#[expect(clippy::cast_precision_loss, reason = "as Go converts")]
fn read_float(number: &mut Number) -> Result<(), String> {
    if let Some(int) = number.int {
        number.float = Some(int as f64);
        return Ok(());
    }
    if let Some(uint) = number.uint {
        number.float = Some(uint as f64);
        return Ok(());
    }
    let Some(float) = parse_float(&number.text) else {
        return Err(format!("illegal number syntax: {}", quote(number.text.as_bytes())));
    };
    if !number.text.contains(['.', 'e', 'E', 'p', 'P']) {
        return Err(format!("integer overflow: {}", quote(number.text.as_bytes())));
    }
    number.float = Some(float);
    number.int = exact_int(float);
    number.uint = exact_uint(float);
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "checked by going back"
)]
fn exact_int(float: f64) -> Option<i64> {
    let int = float as i64;
    (int as f64 == float && int != i64::MAX).then_some(int)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "checked by going back"
)]
fn exact_uint(float: f64) -> Option<u64> {
    let uint = float as u64;
    (uint as f64 == float && uint != u64::MAX).then_some(uint)
}

/// `strconv.ParseInt` with base 0.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = parse_uint(digits)?;
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// `strconv.ParseUint` with base 0: prefixes `0x`, `0o`, `0b`, `0`, and underscores between digits.
pub(crate) fn parse_uint(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if !digits.contains('_') {
        return if digits.starts_with('+') {
            None
        } else {
            u64::from_str_radix(digits, radix).ok()
        };
    }
    // After a prefix an underscore may come first, and `0_7` is octal.
    let after_prefix = radix != 10;
    if digits.ends_with('_') || digits.contains("__") || (digits.starts_with('_') && !after_prefix)
    {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

/// `strconv.ParseFloat` for what the lexer lets through: decimal or hexadecimal, underscores between digits.
fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.trim_start_matches(['+', '-']);
    let hex = unsigned.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x"));
    if text.contains('_') && !underscores_ok(unsigned, hex) {
        return None;
    }
    let clean = text.replace('_', "");
    let value = if hex { parse_hex_float(&clean)? } else { clean.parse::<f64>().ok()? };
    value.is_finite().then_some(value)
}

/// Underscores must stand between digits, or between a base prefix and a digit.
fn underscores_ok(unsigned: &str, hex: bool) -> bool {
    let body = if hex { &unsigned.as_bytes()[2..] } else { unsigned.as_bytes() };
    let is_digit = |byte: Option<&u8>| {
        byte.is_some_and(|byte| if hex { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() })
    };
    body.iter().enumerate().filter(|(_, byte)| **byte == b'_').all(|(index, _)| {
        let before = if index == 0 { hex } else { is_digit(body.get(index - 1)) };
        before && is_digit(body.get(index + 1))
    })
}

/// `0x1.8p3`: an exponent is required.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = body[2..].split_once(['p', 'P'])?;
    let exponent: i32 = exponent.parse::<i32>().ok()?.clamp(-100_000, 100_000);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut value = 0_u128;
    let mut shift = 0_i32;
    let mut sticky = false;
    for byte in whole.bytes().chain(fraction.bytes()) {
        let digit = u128::from(char::from(byte).to_digit(16)?);
        // 116 bits are more than rounding to 53 needs; the rest only breaks ties.
        if value >> 112 == 0 {
            value = value << 4 | digit;
        } else {
            sticky |= digit != 0;
            shift += 4;
        }
    }
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let fraction_bits = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    let value = scale(value | u128::from(sticky), exponent + shift - fraction_bits);
    Some(if negative { -value } else { value })
}

/// `mantissa × 2^exponent`, rounded once to the nearest, ties to even.
#[expect(clippy::cast_precision_loss, reason = "what is left fits 53 bits")]
fn scale(mantissa: u128, exponent: i32) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let bits = 128 - mantissa.leading_zeros().cast_signed();
    // Subnormal numbers have fewer bits.
    let keep = 53.min(bits + exponent + 1074);
    if keep < 0 {
        return 0.0;
    }
    let drop = bits - keep;
    if drop <= 0 {
        return mantissa as f64 * power_of_two(exponent);
    }
    let kept = if drop >= 128 { 0 } else { mantissa >> drop };
    let rest = if drop >= 128 { mantissa } else { mantissa & ((1 << drop) - 1) };
    let half = 1_u128 << (drop - 1);
    let up = rest > half || (rest == half && kept & 1 == 1);
    let exponent = exponent + drop;
    // In two steps, as 2^exponent alone can be out of range.
    let half_exponent = exponent / 2;
    (kept + u128::from(up)) as f64
        * power_of_two(half_exponent)
        * power_of_two(exponent - half_exponent)
}

/// 2^`exponent`, exactly; 0 or infinity out of range.
fn power_of_two(exponent: i32) -> f64 {
    match exponent {
        ..-1074 => 0.0,
        -1074..-1022 => f64::from_bits(1 << (exponent + 1074)),
        -1022..=1023 => f64::from_bits(u64::from((exponent + 1023).unsigned_abs()) << 52),
        _ => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_in_every_base() {
        for (text, value) in [
            ("0", 0),
            ("017", 15),
            ("0o17", 15),
            ("0x1F", 31),
            ("0X_1f", 31),
            ("0b11", 3),
            ("1_000", 1000),
            ("0_7", 7),
            ("-9223372036854775808", i64::MIN),
            ("+5", 5),
        ] {
            assert_eq!(parse_int(text), Some(value), "{text}");
        }
        for text in ["08", "1__0", "_1", "1_", "0x", "9223372036854775808", "--1", "-+1"] {
            assert_eq!(parse_int(text), None, "{text}");
        }
    }

    #[test]
    fn floats_decimal_and_hexadecimal() {
        for (text, value) in [
            ("1.5", 1.5),
            ("1e3", 1000.0),
            (".5", 0.5),
            ("1.", 1.0),
            ("1_0.2_5", 10.25),
            ("0x1p-2", 0.25),
            ("0x1.8p3", 12.0),
            ("-0x_1p4", -16.0),
            ("0x1p-1074", f64::from_bits(1)),
            ("0x1.fffffffffffff8p1022", 2_f64.powi(1023)),
        ] {
            assert_eq!(parse_float(text), Some(value), "{text}");
        }
        for text in ["1_.5", "0x1.8", "1e400", "", "."] {
            assert_eq!(parse_float(text), None, "{text}");
        }
    }

    #[test]
    fn complex_numbers_have_two_parts() {
        for (text, parts) in [
            ("1i", (0.0, 1.0)),
            ("-2.5i", (0.0, -2.5)),
            ("1+2i", (1.0, 2.0)),
            ("1e+1-3e-1i", (10.0, -0.3)),
        ] {
            assert_eq!(parse_complex(text), Some(parts), "{text}");
        }
        assert_eq!(parse_complex("+i"), None);
    }

    #[test]
    fn a_whole_float_is_an_integer_too() {
        let number = parse_number(b"3.0", false).expect("a number");
        assert_eq!((number.int, number.uint, number.float), (Some(3), Some(3), Some(3.0)));
    }
}
