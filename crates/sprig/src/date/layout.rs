//! Go's layouts: `Jan 2, 2006 at 3:04pm (MST)`.

/// An element of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    Offset(OffsetStyle),
    Fraction(Fraction),
}

/// How an offset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffsetStyle {
    /// `Z` for UTC.
    pub(super) zulu: bool,
    pub(super) precision: OffsetPrecision,
    pub(super) colons: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OffsetPrecision {
    Hours,
    Minutes,
    Seconds,
}

/// A fraction of a second: `.000` or `,999`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fraction {
    pub(super) digits: usize,
    pub(super) separator: u8,
    /// Zeros at the end are left out.
    pub(super) is_trimmed: bool,
}

/// What is recognized where a layout has these letters; of several that fit, the first.
const ELEMENTS: [(&str, Element); 23] = [
    ("January", Element::LongMonth),
    ("Jan", Element::Month),
    ("Monday", Element::LongWeekday),
    ("Mon", Element::Weekday),
    ("MST", Element::ZoneName),
    ("002", Element::ZeroYearDay),
    ("01", Element::ZeroMonth),
    ("02", Element::ZeroDay),
    ("03", Element::ZeroHour12),
    ("04", Element::ZeroMinute),
    ("05", Element::ZeroSecond),
    ("06", Element::Year),
    ("15", Element::Hour),
    ("1", Element::NumMonth),
    ("2006", Element::LongYear),
    ("2", Element::Day),
    ("__2", Element::UnderYearDay),
    ("_2", Element::UnderDay),
    ("3", Element::Hour12),
    ("4", Element::Minute),
    ("5", Element::Second),
    ("PM", Element::UpperPm),
    ("pm", Element::LowerPm),
];

const OFFSETS: [(&str, OffsetPrecision, bool); 5] = [
    ("070000", OffsetPrecision::Seconds, false),
    ("07:00:00", OffsetPrecision::Seconds, true),
    ("0700", OffsetPrecision::Minutes, false),
    ("07:00", OffsetPrecision::Minutes, true),
    ("07", OffsetPrecision::Hours, false),
];

/// An element in a layout: the text before it, its own, and what follows.
pub(super) struct Found<'a> {
    pub(super) before: &'a [u8],
    pub(super) element: Element,
    pub(super) own: &'a [u8],
    pub(super) after: &'a [u8],
}

/// The first element of a layout.
pub(super) fn next(layout: &[u8]) -> Option<Found<'_>> {
    let found = |at: usize, element, length: usize| {
        let (before, rest) = layout.split_at(at);
        let (own, after) = rest.split_at(length);
        Some(Found { before, element, own, after })
    };
    for at in 0..layout.len() {
        let rest = &layout[at..];
        // `_2006` is an underscore and a year.
        if rest.starts_with(b"_2006") {
            return found(at + 1, Element::LongYear, 4);
        }
        if let Some((element, length)) = element(rest) {
            return found(at, element, length);
        }
    }
    None
}

fn element(rest: &[u8]) -> Option<(Element, usize)> {
    match rest[0] {
        b'.' | b',' => fraction(rest),
        sign @ (b'-' | b'Z') => {
            let (text, precision, colons) =
                OFFSETS.iter().find(|(text, ..)| rest[1..].starts_with(text.as_bytes()))?;
            let style = OffsetStyle { zulu: sign == b'Z', precision: *precision, colons: *colons };
            Some((Element::Offset(style), 1 + text.len()))
        }
        _ => {
            let (text, element) = ELEMENTS.iter().find(|(text, element)| {
                let is_word = matches!(element, Element::Month | Element::Weekday);
                rest.starts_with(text.as_bytes())
                    && !(is_word && rest.get(text.len()).is_some_and(u8::is_ascii_lowercase))
            })?;
            Some((*element, text.len()))
        }
    }
}

/// A point or comma and zeros or nines, with no other digit behind them.
fn fraction(rest: &[u8]) -> Option<(Element, usize)> {
    let digit = *rest.get(1).filter(|byte| matches!(byte, b'0' | b'9'))?;
    let digits = rest[1..].iter().take_while(|byte| **byte == digit).count();
    if rest.get(1 + digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let fraction = Fraction { digits, separator: rest[0], is_trimmed: digit == b'9' };
    Some((Element::Fraction(fraction), 1 + digits))
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
