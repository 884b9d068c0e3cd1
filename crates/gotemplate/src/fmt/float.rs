//! Floating point numbers as `strconv.FormatFloat` writes them.

use super::printer::Printer;
use crate::value::FloatKind;

/// The significant digits of a number without trailing zeros, and where its decimal point is: 0.`digits` × 10^`point`.
struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

pub(super) fn format_float(
    value: f64,
    format: u8,
    precision: Option<usize>,
    kind: FloatKind,
) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let magnitude = value.abs();
    let body = match format {
        b'b' => binary(magnitude, kind),
        b'x' | b'X' => hexadecimal(magnitude, format, precision, kind),
        b'e' | b'E' => scientific(
            &decimal(magnitude, precision.map(|digits| digits + 1), kind),
            format,
            precision,
        ),
        b'f' | b'F' => match precision {
            Some(precision) => format!("{magnitude:.precision$}"),
            None => plain(&decimal(magnitude, None, kind)),
        },
        _ => general(magnitude, format, precision, kind),
    };
    format!("{sign}{body}")
}

/// The number as an integer, if it is one that `%v` prints without an exponent.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(super) fn small_integer(value: f64) -> Option<i64> {
    let plain =
        value.abs() < 1e6 && value.fract() == 0.0 && !(value == 0.0 && value.is_sign_negative());
    plain.then_some(value as i64)
}

/// The shortest digits that read back as the same number, or exactly `count` rounded ones.
fn decimal(magnitude: f64, count: Option<usize>, kind: FloatKind) -> Decimal {
    let text = match (count, kind) {
        (Some(count), _) => format!("{:.*e}", count - 1, magnitude),
        (None, FloatKind::Float64) => format!("{magnitude:e}"),
        (None, FloatKind::Float32) => format!("{:e}", narrow(magnitude)),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let point = if digits.is_empty() { 0 } else { exponent + 1 };
    Decimal { digits, point }
}

#[expect(clippy::cast_possible_truncation, reason = "a float32 payload is a widened float32")]
const fn narrow(value: f64) -> f32 {
    value as f32
}

fn general(magnitude: f64, format: u8, precision: Option<usize>, kind: FloatKind) -> String {
    let precision = precision.map(|digits| digits.max(1));
    let decimal = decimal(magnitude, precision, kind);
    let count = i32::try_from(decimal.digits.len()).unwrap_or(i32::MAX);
    let exponent = if decimal.digits.is_empty() { 0 } else { decimal.point - 1 };
    let threshold = match precision {
        None => 6,
        Some(precision) => {
            let precision = i32::try_from(precision).unwrap_or(i32::MAX);
            if precision > count && count >= decimal.point { count } else { precision }
        }
    };
    // The threshold of zero digits is that of the digit 0.
    if exponent < -4 || exponent >= threshold.max(1) {
        let letter = if format == b'G' { b'E' } else { b'e' };
        return scientific(&decimal, letter, None);
    }
    plain(&decimal)
}

/// All digits, with a point where one is needed.
fn plain(decimal: &Decimal) -> String {
    let digits = str::from_utf8(&decimal.digits).unwrap_or_default();
    let Ok(point) = usize::try_from(decimal.point) else {
        return format!("0.{}{digits}", "0".repeat(decimal.point.unsigned_abs() as usize));
    };
    if point >= digits.len() {
        let zeros = "0".repeat(point - digits.len());
        return if point == 0 { "0".to_owned() } else { format!("{digits}{zeros}") };
    }
    let whole = if point == 0 { "0" } else { &digits[..point] };
    format!("{whole}.{}", &digits[point..])
}

/// `d.ddde±dd` with `precision` digits after the point, or as many as there are.
fn scientific(decimal: &Decimal, letter: u8, precision: Option<usize>) -> String {
    let digits = str::from_utf8(&decimal.digits).unwrap_or_default();
    let (first, rest) = if digits.is_empty() { ("0", "") } else { digits.split_at(1) };
    let exponent = if digits.is_empty() { 0 } else { decimal.point - 1 };
    let zeros = "0".repeat(precision.unwrap_or(0).saturating_sub(rest.len()));
    let point = if rest.is_empty() && zeros.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}{zeros}{}{sign}{:02}", char::from(letter), exponent.unsigned_abs())
}

/// The mantissa's width without its hidden bit, and the exponent's bias.
const fn layout(kind: FloatKind) -> (u32, i32) {
    match kind {
        FloatKind::Float32 => (23, -127),
        FloatKind::Float64 => (52, -1023),
    }
}

/// Mantissa and exponent such that the number is `mantissa` × 2^(`exponent` − mantissa bits).
fn parts(magnitude: f64, kind: FloatKind) -> (u64, i32) {
    let (width, bias) = layout(kind);
    let raw = match kind {
        FloatKind::Float32 => u64::from(narrow(magnitude).to_bits()),
        FloatKind::Float64 => magnitude.to_bits(),
    };
    let mantissa = raw & ((1 << width) - 1);
    match i32::try_from(raw >> width).unwrap_or_default() {
        0 => (mantissa, bias + 1),
        exponent => (mantissa | 1 << width, exponent + bias),
    }
}

/// `%b`: a decimal mantissa and a power of two.
fn binary(magnitude: f64, kind: FloatKind) -> String {
    let (mantissa, exponent) = parts(magnitude, kind);
    let exponent = exponent - layout(kind).0.cast_signed();
    format!("{mantissa}p{exponent:+}")
}

/// `%x`: `0x1.yyyyp±dd`.
fn hexadecimal(magnitude: f64, format: u8, precision: Option<usize>, kind: FloatKind) -> String {
    let (mut mantissa, mut exponent) = parts(magnitude, kind);
    if mantissa == 0 {
        exponent = 0;
    }
    // One leading bit and 60 bits of fraction, 15 hexadecimal digits.
    mantissa <<= 60 - layout(kind).0;
    while mantissa != 0 && mantissa & (1 << 60) == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Some(digits) = precision.filter(|digits| *digits < 15) {
        let shift = u32::try_from(digits * 4).unwrap_or_default();
        let extra = (mantissa << shift) & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        if extra | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let fraction = format!("{:015x}", mantissa & ((1 << 60) - 1));
    let fraction = match precision {
        Some(digits) => format!("{fraction:0<digits$}")[..digits].to_owned(),
        None => fraction.trim_end_matches('0').to_owned(),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    let text =
        format!("0x{}{point}{fraction}p{sign}{:02}", mantissa >> 60, exponent.unsigned_abs());
    if format == b'X' { text.to_uppercase() } else { text }
}

impl Printer<'_> {
    /// A number with the flags of the verb. `precision` is what the verb has where none is given.
    pub(super) fn float(
        &mut self,
        value: f64,
        kind: FloatKind,
        format: u8,
        precision: Option<usize>,
    ) {
        let precision = self.flags.precision.or(precision);
        let text = format_float(value, format, precision, kind);
        let (sign, body) = match text.as_bytes() {
            [b'-', rest @ ..] => (b'-', rest),
            [b'+', rest @ ..] => (b'+', rest),
            all => (b'+', all),
        };
        let sign = if self.flags.space && sign == b'+' && !self.flags.plus { b' ' } else { sign };
        let mut number = vec![sign];
        number.extend_from_slice(body);
        if matches!(body.first(), Some(b'I' | b'N')) {
            let unsigned = body[0] == b'N' && !self.flags.space && !self.flags.plus;
            return self.pad_with_spaces(
                &number[usize::from(
                    unsigned || (sign == b'+' && !self.flags.plus && body[0] != b'I'),
                )..],
            );
        }
        if self.flags.sharp && format != b'b' {
            number = with_point(&number, format, precision);
        }
        self.signed(&number);
    }

    /// A number that starts with its sign, which is shown unless it is an unwanted plus.
    fn signed(&mut self, number: &[u8]) {
        if !self.flags.plus && number[0] == b'+' {
            return self.pad(&number[1..]);
        }
        match self.flags.width {
            Some(width) if self.flags.zero_pads() && width > number.len() => {
                self.write(&number[..1]);
                self.write_padding(width - number.len());
                self.write(&number[1..]);
            }
            _ => self.pad(number),
        }
    }
}

/// The flag `#`: a decimal point always, and with `g` and `x` all digits of the precision.
fn with_point(number: &[u8], format: u8, precision: Option<usize>) -> Vec<u8> {
    let fills = matches!(format, b'g' | b'G' | b'x');
    let wanted = if fills { precision.unwrap_or(6) } else { 0 };
    let is_hex = matches!(format, b'x' | b'X');
    let is_exponent =
        |byte: &u8| matches!(byte, b'p' | b'P') || (!is_hex && matches!(byte, b'e' | b'E'));
    let end = number.iter().position(is_exponent).unwrap_or(number.len());
    let (body, tail) = number.split_at(end);
    let significant =
        body[1..].iter().filter(|byte| **byte != b'.').skip_while(|byte| **byte == b'0').count();
    let mut missing = wanted.saturating_sub(significant);
    let mut out = body.to_vec();
    if !body.contains(&b'.') {
        if body.len() == 2 && body[1] == b'0' {
            missing = missing.saturating_sub(1);
        }
        out.push(b'.');
    }
    out.resize(out.len() + missing, b'0');
    out.extend_from_slice(tail);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_form_turns_to_exponents_at_a_million() {
        for (value, text) in [
            (999_999.0, "999999"),
            (123_456.789, "123456.789"),
            (1_000_000.0, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (123_456_789.123, "1.23456789123e+08"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.0, "1"),
            (-0.0, "-0"),
            (0.0, "0"),
            (1e100, "1e+100"),
            (100_000.0, "100000"),
        ] {
            assert_eq!(format_float(value, b'g', None, FloatKind::Float64), text);
        }
    }

    #[test]
    fn precisions_round_and_pad() {
        let format = |value, format, precision| {
            format_float(value, format, Some(precision), FloatKind::Float64)
        };
        assert_eq!(format(1.0, b'e', 6), "1.000000e+00");
        assert_eq!(format(0.0, b'e', 2), "0.00e+00");
        assert_eq!(format(2.5, b'f', 0), "2");
        assert_eq!(format(1234.5678, b'g', 3), "1.23e+03");
        assert_eq!(format(100.0, b'g', 3), "100");
        assert_eq!(format(100.0, b'g', 2), "1e+02");
        assert_eq!(format(1.5, b'x', 3), "0x1.800p+00");
    }

    #[test]
    fn binary_and_hexadecimal_forms() {
        assert_eq!(format_float(1.0, b'b', None, FloatKind::Float64), "4503599627370496p-52");
        assert_eq!(format_float(1.0, b'x', None, FloatKind::Float64), "0x1p+00");
        assert_eq!(format_float(0.1, b'X', None, FloatKind::Float64), "0X1.999999999999AP-04");
        assert_eq!(format_float(0.0, b'x', None, FloatKind::Float64), "0x0p+00");
    }

    #[test]
    fn a_float32_has_its_own_shortest_form() {
        assert_eq!(format_float(f64::from(0.1_f32), b'g', None, FloatKind::Float32), "0.1");
        assert_eq!(
            format_float(f64::from(0.1_f32), b'g', None, FloatKind::Float64),
            "0.10000000149011612"
        );
    }
}
