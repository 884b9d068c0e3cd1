//! Numbers as Go prints them.

use std::fmt::Write as _;

/// Go's `strconv.FormatFloat(x, 'g', -1, 64)`, which is also how `%v`, and with it Helm's templates, print a number: the
/// shortest digits that read back as the same number, with an exponent below 1e-4 and from 1e6 on.
pub fn format_float(x: f64) -> String {
    let mut out = String::new();
    push_float(&mut out, x);
    out
}

/// [`format_float`] into a text that is there already.
pub(crate) fn push_float(out: &mut String, x: f64) {
    match not_finite(x) {
        Some(text) => out.push_str(text),
        None => push_shortest(out, &shortest(x), -4..6, Exponent::TwoDigits),
    }
}

/// A number as encoding/json writes it: an exponent only below 1e-6 and from 1e21 on. JSON has no infinities; callers
/// have refused them.
pub(crate) fn push_json_float(out: &mut String, x: f64) {
    push_shortest(out, &shortest(x), -6..21, Exponent::Shortest);
}

/// A float as yaml.v2 and yaml.v3 write it: Go's, but for what is not finite.
pub(crate) fn push_yaml_float(out: &mut String, x: f64) {
    match not_finite(x) {
        Some("NaN") => out.push_str(".nan"),
        Some("+Inf") => out.push_str(".inf"),
        Some(_) => out.push_str("-.inf"),
        None => push_float(out, x),
    }
}

/// What yaml.v2 reads in the JSON of a number: an integer where 64 bits hold its digits, else the float.
pub(crate) fn push_retyped_float(out: &mut String, x: f64) {
    const TWO_POW_63: f64 = 9_223_372_036_854_775_808.0;
    if x == 0.0 {
        // JSON's `-0` is the integer 0.
        out.push('0');
    } else if x.fract() == 0.0 && (-TWO_POW_63..2.0 * TWO_POW_63).contains(&x) {
        let start = out.len();
        push_json_float(out, x);
        // The shortest digits may lie beyond the number and beyond 64 bits: 18446744073709551615 is 18446744073709552000.
        let digits = &out[start..];
        if digits.parse::<i64>().is_err() && digits.parse::<u64>().is_err() {
            out.truncate(start);
            push_float(out, x);
        }
    } else {
        push_float(out, x);
    }
}

/// A float as a map key: Go's with 32 bits, and YAML's words for what is not finite.
pub(crate) fn format_float32(x: f64) -> String {
    let mut out = String::new();
    #[expect(clippy::cast_possible_truncation, reason = "Go truncates to 32 bits here")]
    let narrow = x as f32;
    if narrow.is_finite() {
        push_shortest(&mut out, &format!("{narrow:e}"), -4..6, Exponent::TwoDigits);
    } else {
        push_yaml_float(&mut out, f64::from(narrow));
    }
    out
}

/// The shortest digits that read back as the number, `d.ddde-7`. Of two that are equally near, Go takes the even one
/// and Rust the upper one.
fn shortest(x: f64) -> String {
    let digits = format!("{x:e}");
    let Some((mantissa, exponent)) = digits.split_once('e') else { return digits };
    let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let is_odd = mantissa.ends_with(['1', '3', '5', '7', '9']);
    if !is_odd || fraction < FRACTION_OF_A_TIE {
        return digits;
    }
    // In a tie, the exact digits are the lower candidate and a 5.
    let exact = format!("{x:.0$e}", fraction + 40);
    let (lower, last) = mantissa.split_at(mantissa.len() - 1);
    let even = format!("{lower}{}", last.parse().unwrap_or(1u8) - 1);
    let is_tie =
        exact.strip_prefix(&even).and_then(|rest| rest.split_once('e')).is_some_and(|(rest, _)| {
            rest.strip_prefix('5').is_some_and(|rest| rest.bytes().all(|b| b == b'0'))
        });
    let candidate = format!("{even}e{exponent}");
    if is_tie && candidate.parse() == Ok(x) { candidate } else { digits }
}

/// Fewer digits behind the first never leave two candidates.
const FRACTION_OF_A_TIE: usize = 14;

fn not_finite(x: f64) -> Option<&'static str> {
    if x.is_finite() {
        None
    } else if x.is_nan() {
        Some("NaN")
    } else if x > 0.0 {
        Some("+Inf")
    } else {
        Some("-Inf")
    }
}

/// How many digits an exponent has.
#[derive(Clone, Copy)]
enum Exponent {
    /// At least two: `e+06`.
    TwoDigits,
    /// As many as needed: `e-7`.
    Shortest,
}

/// Takes Rust's shortest digits, `d.ddde-7`, and lays them out as Go does: plain while the exponent is in the range.
fn push_shortest(
    out: &mut String,
    scientific: &str,
    plain: std::ops::Range<i32>,
    digits_of_exponent: Exponent,
) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    out.push_str(sign);
    let (first, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !plain.contains(&exponent) {
        let direction = if exponent < 0 { '-' } else { '+' };
        let exponent = exponent.unsigned_abs();
        let width = match digits_of_exponent {
            Exponent::TwoDigits => 2,
            Exponent::Shortest => 1,
        };
        write!(out, "{mantissa}e{direction}{exponent:0width$}").expect("a String takes any text");
    } else if exponent < 0 {
        out.push_str("0.");
        (1..exponent.unsigned_abs()).for_each(|_| out.push('0'));
        out.push_str(first);
        out.push_str(rest);
    } else {
        let whole = exponent.unsigned_abs() as usize;
        out.push_str(first);
        if rest.len() > whole {
            out.push_str(&rest[..whole]);
            out.push('.');
            out.push_str(&rest[whole..]);
        } else {
            out.push_str(rest);
            (rest.len()..whole).for_each(|_| out.push('0'));
        }
    }
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
            // Halfway between two texts of 16 digits.
            (646_112_602_895_738.0 + 0.25, "6.461126028957382e+14"),
            (-270_743_671_075_856.0 - 0.625, "-2.7074367107585662e+14"),
            (270_743_671_075_856.0 + 0.875, "2.7074367107585688e+14"),
        ] {
            assert_eq!(format_float(x), text);
        }
        assert_eq!(format_float32(1_234_567.891), "1.2345679e+06");
        assert_eq!(format_float32(0.1), "0.1");
    }
    #[test]
    fn floats_are_laid_out_as_json_has_them() {
        for (x, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1e6, "1000000"),
            (1_234_567.5, "1234567.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (0.000_001, "0.000001"),
            (0.000_000_1, "1e-7"),
            (1.5e-10, "1.5e-10"),
            (-9_223_372_036_854_775_807.0, "-9223372036854776000"),
        ] {
            let mut out = String::new();
            push_json_float(&mut out, x);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn floats_become_integers_where_64_bits_hold_their_digits() {
        for (x, text) in [
            (-0.0, "0"),
            (1e6, "1000000"),
            (1_234_567.5, "1.2345675e+06"),
            (9_223_372_036_854_775_807.0, "9223372036854776000"),
            (18_446_744_073_709_551_615.0, "1.8446744073709552e+19"),
            (-9_223_372_036_854_775_808.0, "-9.223372036854776e+18"),
            (-9_223_372_036_854_774_784.0, "-9223372036854775000"),
            (1e20, "1e+20"),
            (0.000_01, "1e-05"),
        ] {
            let mut out = String::new();
            push_retyped_float(&mut out, x);
            assert_eq!(out, text);
        }
    }
}
