//! Sizes and numbers for people.

/// Bytes in decimal units with three significant digits, as download pages write them: `767 kB`, `2.50 GB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut whole, mut rest, mut unit) = (bytes / 1000, bytes % 1000, 0);
    while whole >= 1000 && unit + 1 < UNITS.len() {
        (rest, whole) = (whole % 1000, whole / 1000);
        unit += 1;
    }
    let unit = UNITS[unit];
    match whole {
        0..=9 => format!("{whole}.{:02} {unit}", rest / 10),
        10..=99 => format!("{whole}.{} {unit}", rest / 100),
        _ => format!("{whole} {unit}"),
    }
}

/// A number with its English noun: `1 chart`, `2 charts`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_decimal_units() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (767_322, "767 kB"),
            (10_550_000, "10.5 MB"),
            (2_500_000_000, "2.50 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn one_has_no_s() {
        assert_eq!(
            (count(1, "chart").as_str(), count(0, "chart").as_str()),
            ("1 chart", "0 charts")
        );
    }
}
