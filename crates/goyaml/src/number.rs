//! Numbers as Go prints them.

/// Go's `strconv.FormatFloat(x, 'g', -1, 64)`, which is also how `%v`, and with it Helm's templates, print a number: the
/// shortest digits that read back as the same number, with an exponent below 1e-4 and from 1e6 on.
pub fn format_float(x: f64) -> String {
    format_shortest(&format!("{x:e}"), x)
}

/// The same with 32 bits, which is how a float becomes a map key.
pub(crate) fn format_float32(x: f64) -> String {
    if !x.is_finite() {
        return if x.is_nan() {
            ".nan"
        } else if x > 0.0 {
            ".inf"
        } else {
            "-.inf"
        }
        .into();
    }
    #[expect(clippy::cast_possible_truncation, reason = "Go truncates to 32 bits here")]
    let narrow = x as f32;
    format_shortest(&format!("{narrow:e}"), f64::from(narrow))
}

/// Takes Rust's shortest digits, `d.ddde-7`, and lays them out as Go does.
fn format_shortest(scientific: &str, x: f64) -> String {
    if !x.is_finite() {
        return if x.is_nan() {
            "NaN"
        } else if x > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        }
        .into();
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    if !(-4..6).contains(&exponent) {
        let direction = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{mantissa}e{direction}{:02}", exponent.unsigned_abs());
    }
    let digits = mantissa.replace('.', "");
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{digits}");
    }
    let whole = exponent.unsigned_abs() as usize + 1;
    if digits.len() > whole {
        return format!("{sign}{}.{}", &digits[..whole], &digits[whole..]);
    }
    format!("{sign}{digits}{}", "0".repeat(whole - digits.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_in_go() {
        for (x, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (1.30, "1.3"),
            (100_000.0, "100000"),
            (999_999.0, "999999"),
            (1e6, "1e+06"),
            (123_456.789, "123456.789"),
            (123_456_789.123, "1.23456789123e+08"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-2.5e-7, "-2.5e-07"),
            (1e21, "1e+21"),
            (9_007_199_254_740_993.0, "9.007199254740992e+15"),
            (1.234_567_890_123_4, "1.2345678901234"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(format_float(x), text);
        }
        assert_eq!(format_float32(1_234_567.891), "1.2345679e+06");
        assert_eq!(format_float32(0.1), "0.1");
    }
}
