//! Numbers from text, as Go's `strconv` reads them.

/// Why a number cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberError {
    /// Not a number.
    Syntax,
    /// A number beyond the type; this is the nearest one.
    Range(i64),
}

/// `ParseInt(text, 0, 64)`: a sign, `0x`, `0o`, `0b` or a plain `0` for octal, underscores between digits.
pub(crate) fn parse_int(text: &str) -> Result<i64, NumberError> {
    let (negative, digits) = sign(text);
    let (radix, body) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.contains('_') {
        if !are_underscores_placed(digits) {
            return Err(NumberError::Syntax);
        }
        return parse_digits(negative, &body.replace('_', ""), radix);
    }
    parse_digits(negative, body, radix)
}

/// `ParseInt(text, radix, 64)` for a radix that is not 0.
pub(crate) fn parse_int_radix(text: &str, radix: u32) -> Result<i64, NumberError> {
    let (negative, digits) = sign(text);
    parse_digits(negative, digits, radix)
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn parse_digits(negative: bool, digits: &str, radix: u32) -> Result<i64, NumberError> {
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(NumberError::Syntax);
    }
    let nearest = if negative { i64::MIN } else { i64::MAX };
    let magnitude = i128::from_str_radix(digits, radix).map_err(|_| NumberError::Range(nearest))?;
    i64::try_from(if negative { -magnitude } else { magnitude })
        .map_err(|_| NumberError::Range(nearest))
}

/// Whether every underscore is between digits, or between the prefix and a digit.
fn are_underscores_placed(digits: &str) -> bool {
    let has_prefix =
        matches!(digits.as_bytes(), [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]);
    let is_hex = has_prefix && matches!(digits.as_bytes()[1], b'x' | b'X');
    // What the byte before was: a digit (or the prefix), an underscore, or something else such as a point.
    let (mut before_is_digit, mut before_is_underscore) = (has_prefix, false);
    for byte in digits.bytes().skip(if has_prefix { 2 } else { 0 }) {
        let is_digit = byte.is_ascii_digit() || is_hex && byte.is_ascii_hexdigit();
        if byte == b'_' {
            if !before_is_digit {
                return false;
            }
        } else if !is_digit && before_is_underscore {
            return false;
        }
        (before_is_digit, before_is_underscore) = (is_digit, byte == b'_');
    }
    !before_is_underscore
}

/// `ParseFloat(text, 64)`; `None` for what is no number and for what is too large.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let (negative, magnitude) = sign(text);
    let lower = magnitude.to_ascii_lowercase();
    let number = match lower.as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" if magnitude.len() == text.len() => f64::NAN,
        _ if lower.starts_with("0x") => parse_hex_float(&lower)?,
        _ => {
            if !lower
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'+' | b'-' | b'_'))
            {
                return None;
            }
            if lower.contains('_') && !are_underscores_placed(&lower) {
                return None;
            }
            let number: f64 = lower.replace('_', "").parse().ok()?;
            if number.is_infinite() {
                return None;
            }
            number
        }
    };
    Some(if negative { -number } else { number })
}

/// `0x1.8p3`; the exponent is required.
fn parse_hex_float(lower: &str) -> Option<f64> {
    if lower.contains('_') && !are_underscores_placed(lower) {
        return None;
    }
    let plain = lower[2..].replace('_', "");
    let (mantissa, exponent) = plain.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let (negative, power) = sign(exponent);
    if digits.is_empty() || power.is_empty() || !power.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let power: i64 = power.parse().unwrap_or(1 << 20).min(1 << 20);
    let mut exponent = if negative { -power } else { power };
    exponent -= 4 * i64::try_from(fraction.len()).ok()?;
    let mut bits: u64 = 0;
    for digit in digits.chars() {
        let digit = u64::from(digit.to_digit(16)?);
        if bits >> 60 == 0 {
            bits = bits << 4 | digit;
        } else {
            // Beyond 60 bits only whether anything is left matters to rounding.
            exponent += 4;
            bits |= u64::from(digit != 0);
        }
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "rounds to nearest, as Go does"
    )]
    let number = bits as f64 * 2_f64.powi(exponent.clamp(-1_100, 1_100) as i32);
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_those_of_go() {
        for (text, number) in [
            ("0", 0),
            ("012", 10),
            ("0x1F", 31),
            ("-0b11", -3),
            ("0o17", 15),
            ("1_000", 1000),
            ("0_7", 7),
            ("0x_F", 15),
            ("+5", 5),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(parse_int(text), Ok(number), "{text}");
        }
        for text in ["", "-", "08", " 1", "1.5", "1__0", "_1", "1_", "0x", "0b2", "x", "１"] {
            assert_eq!(parse_int(text), Err(NumberError::Syntax), "{text}");
        }
        assert_eq!(parse_int("9223372036854775808"), Err(NumberError::Range(i64::MAX)));
        assert_eq!(parse_int(&"9".repeat(80)), Err(NumberError::Range(i64::MAX)));
        assert_eq!(parse_int_radix("0777", 8), Ok(511));
        assert_eq!(parse_int_radix("1_0", 10), Err(NumberError::Syntax));
    }

    #[test]
    fn floats_are_those_of_go() {
        for (text, number) in [
            ("1.5", 1.5),
            ("-.5", -0.5),
            ("1_0", 10.0),
            ("1e3", 1000.0),
            ("5.", 5.0),
            ("0x1p4", 16.0),
            ("0x1.8p1", 3.0),
            ("inf", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(parse_float(text), Some(number), "{text}");
        }
        for text in ["", "x", "0x10", "1e400", "1__0", "1_.5", ".", "e1", "+nan", " 1"] {
            assert_eq!(parse_float(text), None, "{text}");
        }
        assert!(parse_float("NaN").is_some_and(f64::is_nan));
    }
}
