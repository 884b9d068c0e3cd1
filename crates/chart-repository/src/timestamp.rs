//! Times as Go writes them in JSON (RFC 3339).

use std::time::{SystemTime, UNIX_EPOCH};

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// What Go says about a text that is no time; `None` for one that is.
pub(crate) fn fault(text: &str) -> Option<String> {
    if is_time(text) {
        return None;
    }
    let (rest, element) = first_mismatch(text);
    Some(format!("parsing time {text:?} as {LAYOUT:?}: cannot parse {rest:?} as {element:?}"))
}

/// Where Go's parser gives up, for the usual mistakes.
fn first_mismatch(text: &str) -> (&str, &'static str) {
    let digits = |at: usize, count: usize| {
        text.get(at..at + count).is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    for (at, element) in [
        (0, "2006"),
        (4, "-"),
        (5, "01"),
        (7, "-"),
        (8, "02"),
        (10, "T"),
        (11, "15"),
        (13, ":"),
        (14, "04"),
        (16, ":"),
        (17, "05"),
    ] {
        let fits = match element {
            "-" | "T" | ":" => text.get(at..=at) == Some(element),
            "2006" => digits(at, 4),
            _ => digits(at, 2),
        };
        if !fits {
            return (text.get(at..).unwrap_or_default(), element);
        }
    }
    (text.get(19..).unwrap_or_default(), "Z07:00")
}

/// Whether Go reads a text as a time.
pub(crate) fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let number = |at: usize| -> Option<u32> {
        bytes.get(at..at + 2)?.iter().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    let within = |at: usize, least: u32, most: u32| {
        number(at).is_some_and(|number| (least..=most).contains(&number))
    };
    let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    let is_date = number(0).is_some() && within(2, 0, 99) && within(5, 1, 12) && within(8, 1, 31);
    let is_clock = within(11, 0, 23) && within(14, 0, 59) && within(17, 0, 59);
    let has_marks = is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':');
    if !(is_date && is_clock && has_marks) {
        return false;
    }
    let rest = &bytes[19..];
    let zone = match rest.strip_prefix(b".") {
        Some(fraction) => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            &fraction[digits..]
        }
        None => rest,
    };
    match zone {
        b"Z" => true,
        [b'+' | b'-', _, _, b':', _, _] => {
            let at = bytes.len() - 5;
            within(at, 0, 24) && within(at + 3, 0, 60)
        }
        _ => false,
    }
}

/// A time as Go prints it in UTC: nanoseconds without zeros at the end.
pub fn rfc3339_nano(time: SystemTime) -> String {
    let nanoseconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    let text = humantime::format_rfc3339_seconds(time).to_string();
    if nanoseconds == 0 {
        return text;
    }
    let fraction = format!("{nanoseconds:09}");
    format!("{}.{}Z", text.trim_end_matches('Z'), fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn gos_times_are_times() {
        for text in [
            "2026-11-23T12:32:41.294382067Z",
            "2016-10-06T16:23:20+02:00",
            "2016-10-06T16:23:20.499814565-06:00",
            "0001-01-01T00:00:00Z",
        ] {
            assert!(is_time(text), "{text}");
        }
        for text in ["foo", "2020-01-01", "2020-01-01 00:00:00Z", "2020-01-01T00:00:00"] {
            assert!(!is_time(text), "{text}");
        }
        assert!(fault("2020-01-01").unwrap().ends_with("cannot parse \"\" as \"T\""));
    }

    #[test]
    fn times_are_written_as_go_writes_them() {
        let time = UNIX_EPOCH + Duration::new(1_795_437_161, 294_380_000);
        assert_eq!(rfc3339_nano(time), "2026-11-23T12:32:41.29438Z");
        assert_eq!(rfc3339_nano(UNIX_EPOCH), "1970-01-01T00:00:00Z");
    }
}
