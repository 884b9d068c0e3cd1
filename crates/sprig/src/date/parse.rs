//! Reading times in Go's layouts, with Go's error texts.

use super::civil::{Date, days_in, is_leap};
use super::duration::quote;
use super::layout::{self, Element, Found, MONTHS, OffsetPrecision, OffsetStyle, WEEKDAYS};
use super::time::Time;
use super::zone::Zone;

/// What is wrong with an element's text.
enum Problem {
    /// It does not look like that.
    Form,
    /// It is out of range; what it is.
    Range(&'static str),
}

use Problem::{Form, Range};

type Step<T> = Result<T, Problem>;

/// What the text has said so far.
#[derive(Default)]
struct Parsed {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: u32,
    has_am: bool,
    has_pm: bool,
    is_utc: bool,
    offset: Option<i64>,
    zone_name: String,
}

/// The time that `text` is in a layout; without a zone of its own it is one in `local`.
pub(super) fn parse(layout: &[u8], text: &[u8], local: &Zone) -> Result<Time, String> {
    let mut parsed = Parsed::default();
    let (mut rest, mut value) = (layout, text);
    let bad = |value: &[u8], element: &[u8]| {
        let [text, layout, value, element] = [text, layout, value, element].map(quote);
        format!("parsing time {text} as {layout}: cannot parse {value} as {element}")
    };
    let problem = |message: String| format!("parsing time {}: {message}", quote(text));
    while let Some(Found { before, element, own, after }) = layout::next(rest) {
        value = skip(value, before).map_err(|value| bad(value, before))?;
        let held = value;
        value = parsed.read(element, value, after).map_err(|what| match what {
            Form => bad(held, own),
            Range(what) => problem(format!("{what} out of range")),
        })?;
        rest = after;
    }
    value = skip(value, rest).map_err(|value| bad(value, rest))?;
    if !value.is_empty() {
        return Err(problem(format!("extra text: {}", quote(value))));
    }
    parsed.time(local).map_err(|message| problem(message.to_owned()))
}

/// What follows `prefix` in `value`. A space in the layout stands for any number of them.
fn skip<'a>(mut value: &'a [u8], mut prefix: &[u8]) -> Result<&'a [u8], &'a [u8]> {
    let cut = |text: &[u8]| text.iter().take_while(|byte| **byte == b' ').count();
    while let Some(first) = prefix.first() {
        if *first == b' ' {
            if !value.is_empty() && value[0] != b' ' {
                return Err(value);
            }
            prefix = &prefix[cut(prefix)..];
            value = &value[cut(value)..];
        } else if value.first() == Some(first) {
            (prefix, value) = (&prefix[1..], &value[1..]);
        } else {
            return Err(value);
        }
    }
    Ok(value)
}

impl Parsed {
    fn read<'a>(&mut self, element: Element, value: &'a [u8], after: &[u8]) -> Step<&'a [u8]> {
        match element {
            Element::Year | Element::LongYear => self.read_year(element, value),
            Element::Month | Element::LongMonth => {
                let (at, rest) = name(value, &MONTHS, element == Element::Month)?;
                self.month = Some(at + 1);
                Ok(rest)
            }
            Element::Weekday | Element::LongWeekday => {
                Ok(name(value, &WEEKDAYS, element == Element::Weekday)?.1)
            }
            Element::NumMonth | Element::ZeroMonth => {
                let (month, rest) = two_digits(value, element == Element::ZeroMonth)?;
                self.month = Some(within(month, 1, 12, "month")?);
                Ok(rest)
            }
            Element::Day | Element::UnderDay | Element::ZeroDay => {
                let value = if element == Element::UnderDay {
                    value.strip_prefix(b" ").unwrap_or(value)
                } else {
                    value
                };
                let (day, rest) = two_digits(value, element == Element::ZeroDay)?;
                self.day = Some(day);
                Ok(rest)
            }
            Element::UnderYearDay | Element::ZeroYearDay => {
                let (day, rest) = three_digits(value, element)?;
                self.year_day = Some(day);
                Ok(rest)
            }
            Element::UpperPm => self.read_half(value, [b"AM", b"PM"]),
            Element::LowerPm => self.read_half(value, [b"am", b"pm"]),
            Element::Fraction(fraction) => {
                let width =
                    1 + if fraction.is_trimmed { fraction_digits(value) } else { fraction.digits };
                if fraction.is_trimmed && width == 1 {
                    return Ok(value);
                }
                self.read_fraction(value, width)
            }
            Element::ZoneName => self.read_zone_name(value),
            Element::Offset(style) => self.read_offset(value, style),
            _ => self.read_clock(element, value, after),
        }
    }

    fn read_year<'a>(&mut self, element: Element, value: &'a [u8]) -> Step<&'a [u8]> {
        let width = if element == Element::Year { 2 } else { 4 };
        let (digits, rest) = value.split_at_checked(width).ok_or(Form)?;
        // Go reads two digits as any number, which may have a sign.
        let year = match digits.split_at_checked(1) {
            Some((b"-", digits)) if width == 2 => -all_digits(digits)?,
            Some((b"+", digits)) if width == 2 => all_digits(digits)?,
            _ => all_digits(digits)?,
        };
        self.year = match (width, year) {
            (2, 69..) => 1900 + year,
            (2, _) => 2000 + year,
            _ => year,
        };
        Ok(rest)
    }

    fn read_clock<'a>(
        &mut self,
        element: Element,
        value: &'a [u8],
        after: &[u8],
    ) -> Step<&'a [u8]> {
        let is_fixed =
            matches!(element, Element::ZeroHour12 | Element::ZeroMinute | Element::ZeroSecond);
        let (number, rest) = two_digits(value, is_fixed)?;
        match element {
            Element::Hour => self.hour = within(number, 0, 23, "hour")?,
            Element::Hour12 | Element::ZeroHour12 => self.hour = within(number, 0, 12, "hour")?,
            Element::Minute | Element::ZeroMinute => self.minute = within(number, 0, 59, "minute")?,
            _ => {
                self.second = within(number, 0, 59, "second")?;
                // A fraction is read even where the layout has none.
                let next = layout::next(after);
                let is_in_layout =
                    next.is_some_and(|next| matches!(next.element, Element::Fraction(_)));
                let digits = fraction_digits(rest);
                if digits > 0 && !is_in_layout {
                    return self.read_fraction(rest, 1 + digits);
                }
            }
        }
        Ok(rest)
    }

    fn read_half<'a>(&mut self, value: &'a [u8], halves: [&[u8; 2]; 2]) -> Step<&'a [u8]> {
        let (half, rest) = value.split_at_checked(2).ok_or(Form)?;
        match halves.map(|known| known == half) {
            [true, _] => self.has_am = true,
            [_, true] => self.has_pm = true,
            _ => return Err(Form),
        }
        Ok(rest)
    }

    /// Point or comma and digits, `width` bytes in all, of which nine digits count.
    fn read_fraction<'a>(&mut self, value: &'a [u8], width: usize) -> Step<&'a [u8]> {
        let (own, rest) = value.split_at_checked(width).ok_or(Form)?;
        if !matches!(own[0], b'.' | b',') {
            return Err(Form);
        }
        let digits = &own[1..width.min(10)];
        let number = all_digits(digits)?;
        let scale = 10_i64.pow(9 - u32::try_from(digits.len()).unwrap_or(9));
        self.nanoseconds = u32::try_from(number * scale).unwrap_or_default();
        Ok(rest)
    }

    fn read_zone_name<'a>(&mut self, value: &'a [u8]) -> Step<&'a [u8]> {
        if let Some(rest) = value.strip_prefix(b"UTC") {
            self.is_utc = true;
            return Ok(rest);
        }
        let length = zone_name_length(value).ok_or(Form)?;
        let (own, rest) = value.split_at(length);
        self.zone_name = String::from_utf8_lossy(own).into_owned();
        Ok(rest)
    }

    fn read_offset<'a>(&mut self, value: &'a [u8], style: OffsetStyle) -> Step<&'a [u8]> {
        if style.zulu && value.starts_with(b"Z") {
            self.is_utc = true;
            return Ok(&value[1..]);
        }
        let count = match style.precision {
            OffsetPrecision::Hours => 1,
            OffsetPrecision::Minutes => 2,
            OffsetPrecision::Seconds => 3,
        };
        let step = if style.colons { 3 } else { 2 };
        let (own, rest) =
            value.split_at_checked(1 + count * step - usize::from(style.colons)).ok_or(Form)?;
        let mut parts = [0; 3];
        for (at, part) in parts.iter_mut().take(count).enumerate() {
            let start = 1 + at * step;
            if at > 0 && style.colons && own[start - 1] != b':' {
                return Err(Form);
            }
            *part = all_digits(&own[start..start + 2])?;
        }
        let [hours, minutes, seconds] = parts;
        // People do write 24 hours and 60 minutes.
        within(hours, 0, 24, "time zone offset hour")?;
        within(minutes, 0, 60, "time zone offset minute")?;
        within(seconds, 0, 60, "time zone offset second")?;
        let offset = hours * 3600 + minutes * 60 + seconds;
        self.offset = Some(match own[0] {
            b'+' => offset,
            b'-' => -offset,
            _ => return Err(Form),
        });
        Ok(rest)
    }

    fn date(&self) -> Result<Date, &'static str> {
        let (mut month, mut day) = (self.month, self.day);
        if let Some(year_day) = self.year_day {
            if year_day < 1 || year_day > 365 + i64::from(is_leap(self.year)) {
                return Err("day-of-year out of range");
            }
            let date = Date::from_days(Date { year: self.year, month: 1, day: year_day }.to_days());
            if month.is_some_and(|month| month != date.month) {
                return Err("day-of-year does not match month");
            }
            if day.is_some_and(|day| day != date.day) {
                return Err("day-of-year does not match day");
            }
            (month, day) = (Some(date.month), Some(date.day));
        }
        let date = Date { year: self.year, month: month.unwrap_or(1), day: day.unwrap_or(1) };
        if date.day < 1 || date.day > days_in(date.year, date.month) {
            return Err("day out of range");
        }
        Ok(date)
    }

    fn time(self, local: &Zone) -> Result<Time, &'static str> {
        let hour = match self.hour {
            hour @ ..12 if self.has_pm => hour + 12,
            12 if self.has_am => 0,
            hour => hour,
        };
        let clock = self.date()?.to_days() * 86_400 + hour * 3600 + self.minute * 60 + self.second;
        let (seconds, zone) = if self.is_utc {
            (clock, Zone::utc())
        } else if let Some(offset) = self.offset {
            let seconds = clock - offset;
            let here = local.at(seconds);
            let is_local = here.seconds == offset
                && (self.zone_name.is_empty() || self.zone_name == here.name);
            (seconds, if is_local { local.clone() } else { Zone::fixed(&self.zone_name, offset) })
        } else if self.zone_name.is_empty() {
            (clock - local.offset_for_clock(clock), local.clone())
        } else {
            in_named_zone(clock, &self.zone_name, local)
        };
        Ok(Time { seconds, nanoseconds: self.nanoseconds, zone, local: local.clone() })
    }
}

/// An abbreviation means something only if the local zone uses it; any other is kept with an offset of zero.
fn in_named_zone(clock: i64, name: &str, local: &Zone) -> (i64, Zone) {
    let offsets = local.offsets_named(name);
    let in_effect = offsets.iter().find(|offset| local.at(clock - **offset).name == name);
    if let Some(offset) = in_effect.or(offsets.first()) {
        return (clock - offset, local.clone());
    }
    let hours = name.strip_prefix("GMT").and_then(|hours| hours.parse::<i64>().ok()).unwrap_or(0);
    (clock, Zone::fixed(name, hours * 3600))
}

fn within(number: i64, from: i64, to: i64, what: &'static str) -> Step<i64> {
    if (from..=to).contains(&number) { Ok(number) } else { Err(Range(what)) }
}

fn all_digits(text: &[u8]) -> Step<i64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(Form);
    }
    Ok(text.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
}

/// One or two digits; exactly two where the layout has a zero.
fn two_digits(value: &[u8], is_fixed: bool) -> Step<(i64, &[u8])> {
    let count = value.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 || is_fixed && count == 1 {
        return Err(Form);
    }
    Ok((all_digits(&value[..count])?, &value[count..]))
}

fn three_digits(value: &[u8], element: Element) -> Step<(i64, &[u8])> {
    let spaces = value.iter().take(2).take_while(|byte| **byte == b' ').count();
    let value = if element == Element::UnderYearDay { &value[spaces..] } else { value };
    let count = value.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 || element == Element::ZeroYearDay && count != 3 {
        return Err(Form);
    }
    Ok((all_digits(&value[..count])?, &value[count..]))
}

/// The digits behind a point or comma at the start.
fn fraction_digits(value: &[u8]) -> usize {
    match value {
        [b'.' | b',', digits @ ..] => {
            digits.iter().take_while(|byte| byte.is_ascii_digit()).count()
        }
        _ => 0,
    }
}

/// Which name `value` begins with, in whatever case.
fn name<'a>(value: &'a [u8], names: &[&str], is_short: bool) -> Step<(i64, &'a [u8])> {
    for (at, name) in (0..).zip(names) {
        let name = if is_short { &name[..3] } else { name };
        if let Some((own, rest)) = value.split_at_checked(name.len())
            && own.eq_ignore_ascii_case(name.as_bytes())
        {
            return Ok((at, rest));
        }
    }
    Err(Form)
}

/// The length of an abbreviation of a zone: `CET`, `AEST`, `ChST`, `GMT-3`, `+03`.
fn zone_name_length(value: &[u8]) -> Option<usize> {
    if value.len() < 3 {
        return None;
    }
    if value.starts_with(b"ChST") || value.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = value.strip_prefix(b"GMT") {
        return Some(3 + signed_hours_length(rest));
    }
    if matches!(value[0], b'+' | b'-') {
        return Some(signed_hours_length(value)).filter(|length| *length > 0);
    }
    match value.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count() {
        5 if value[4] == b'T' => Some(5),
        4 if value[3] == b'T' || value.starts_with(b"WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

fn signed_hours_length(value: &[u8]) -> usize {
    let Some(digits) = value.strip_prefix(b"+").or_else(|| value.strip_prefix(b"-")) else {
        return 0;
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match all_digits(&digits[..count.min(10)]) {
        Ok(0..=23) if count <= 10 => 1 + count,
        _ => 0,
    }
}
