//! Writing times in Go's layouts.

use super::layout::{
    self, Element, Found, Fraction, MONTHS, OffsetPrecision, OffsetStyle, WEEKDAYS,
};
use super::time::{Clock, Time};

/// The layout of Go's `Time.String`.
pub(super) const STRING: &str = "2006-01-02 15:04:05.999999999 -0700 MST";
pub(super) const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// The time in a layout.
pub(super) fn format(time: &Time, layout: &[u8]) -> Vec<u8> {
    let clock = time.clock();
    let mut out = Vec::with_capacity(layout.len() + 16);
    let mut rest = layout;
    while let Some(Found { before, element, after, .. }) = layout::next(rest) {
        out.extend_from_slice(before);
        write(&mut out, &clock, element);
        rest = after;
    }
    out.extend_from_slice(rest);
    out
}

fn write(out: &mut Vec<u8>, clock: &Clock, element: Element) {
    let hour12 = if clock.hour % 12 == 0 { 12 } else { clock.hour % 12 };
    let name = |names: &[&'static str], at: i64| {
        usize::try_from(at).ok().and_then(|at| names.get(at).copied())
    };
    let month = name(&MONTHS, clock.date.month - 1).unwrap_or_default();
    let weekday = name(&WEEKDAYS, clock.weekday).unwrap_or_default();
    match element {
        Element::LongMonth => out.extend_from_slice(month.as_bytes()),
        Element::Month => out.extend_from_slice(&month.as_bytes()[..3]),
        Element::LongWeekday => out.extend_from_slice(weekday.as_bytes()),
        Element::Weekday => out.extend_from_slice(&weekday.as_bytes()[..3]),
        Element::NumMonth => number(out, clock.date.month, 0),
        Element::ZeroMonth => number(out, clock.date.month, 2),
        Element::Day => number(out, clock.date.day, 0),
        Element::UnderDay => spaced(out, clock.date.day, 2),
        Element::ZeroDay => number(out, clock.date.day, 2),
        Element::UnderYearDay => spaced(out, clock.date.day_of_year(), 3),
        Element::ZeroYearDay => number(out, clock.date.day_of_year(), 3),
        Element::Hour => number(out, clock.hour, 2),
        Element::Hour12 => number(out, hour12, 0),
        Element::ZeroHour12 => number(out, hour12, 2),
        Element::Minute => number(out, clock.minute, 0),
        Element::ZeroMinute => number(out, clock.minute, 2),
        Element::Second => number(out, clock.second, 0),
        Element::ZeroSecond => number(out, clock.second, 2),
        Element::LongYear => number(out, clock.date.year, 4),
        Element::Year => number(out, clock.date.year.max(0) % 100, 2),
        Element::UpperPm => out.extend_from_slice(if clock.hour >= 12 { b"PM" } else { b"AM" }),
        Element::LowerPm => out.extend_from_slice(if clock.hour >= 12 { b"pm" } else { b"am" }),
        Element::ZoneName if clock.offset.name.is_empty() => {
            write_offset(out, clock.offset.seconds, NUMERIC);
        }
        Element::ZoneName => out.extend_from_slice(clock.offset.name.as_bytes()),
        Element::Offset(style) => write_offset(out, clock.offset.seconds, style),
        Element::Fraction(fraction) => write_fraction(out, clock.nanosecond, fraction),
    }
}

/// `-0700`, which stands for the name of a zone that has none.
const NUMERIC: OffsetStyle =
    OffsetStyle { zulu: false, precision: OffsetPrecision::Minutes, colons: false };

/// A number padded with zeros; a sign comes before them.
fn number(out: &mut Vec<u8>, number: i64, width: usize) {
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(format!("{:0width$}", number.unsigned_abs()).as_bytes());
}

fn spaced(out: &mut Vec<u8>, number: i64, width: usize) {
    out.extend_from_slice(format!("{number:width$}").as_bytes());
}

fn write_offset(out: &mut Vec<u8>, seconds: i64, style: OffsetStyle) {
    if style.zulu && seconds == 0 {
        out.push(b'Z');
        return;
    }
    // Go decides about the sign after it has cut off the seconds.
    out.push(if seconds / 60 < 0 { b'-' } else { b'+' });
    let seconds = seconds.abs();
    let parts = [seconds / 3600, seconds / 60 % 60, seconds % 60];
    let count = match style.precision {
        OffsetPrecision::Hours => 1,
        OffsetPrecision::Minutes => 2,
        OffsetPrecision::Seconds => 3,
    };
    for (at, part) in parts.into_iter().take(count).enumerate() {
        if at > 0 && style.colons {
            out.push(b':');
        }
        number(out, part, 2);
    }
}

fn write_fraction(out: &mut Vec<u8>, nanosecond: u32, fraction: Fraction) {
    let digits = format!("{nanosecond:09}{:0<1$}", "", fraction.digits.saturating_sub(9));
    let mut digits = &digits[..fraction.digits];
    if fraction.is_trimmed {
        digits = digits.trim_end_matches('0');
        if digits.is_empty() {
            return;
        }
    }
    out.push(fraction.separator);
    out.extend_from_slice(digits.as_bytes());
}
