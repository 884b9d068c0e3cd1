//! `Range` of a download and `Content-Range` of an upload.

use std::ops::Range;

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Everything: no header, or one that may be ignored (several ranges, another unit; RFC 9110 §14.2).
    All,
    /// Bytes from `start` up to, not including, `end`.
    Part(Range<u64>),
    /// No byte of the content.
    Nothing,
}

impl Wanted {
    /// Reads a `Range` header against content of `size` bytes.
    pub(crate) fn parse(header: Option<&str>, size: u64) -> Self {
        let Some(spec) = header.and_then(|text| text.trim().strip_prefix("bytes=")) else {
            return Self::All;
        };
        let Some((first, last)) = spec.split_once('-').filter(|_| !spec.contains(',')) else {
            return Self::All;
        };
        let (first, last) = (first.trim(), last.trim());
        match (number(first), number(last)) {
            (Some(start), Some(end)) if start <= end => part(start, end.saturating_add(1), size),
            (Some(start), None) if last.is_empty() => part(start, size, size),
            (None, Some(count)) if first.is_empty() => part(size.saturating_sub(count), size, size),
            _ => Self::All,
        }
    }
}

fn part(start: u64, end: u64, size: u64) -> Wanted {
    let end = end.min(size);
    if start < end { Wanted::Part(start..end) } else { Wanted::Nothing }
}

/// Reads the `Content-Range` of an upload: `start-end`, both included (distribution specification, "Pushing a blob in
/// chunks"). `bytes ` before and `/total` after it are what HTTP itself would write and are understood too.
pub(crate) fn parse_content_range(text: &str) -> Option<Range<u64>> {
    let text = text.trim();
    let text = text.strip_prefix("bytes ").or_else(|| text.strip_prefix("bytes=")).unwrap_or(text);
    let (range, _) = text.split_once('/').unwrap_or((text, ""));
    let (first, last) = range.split_once('-')?;
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then(|| first..last.saturating_add(1))
}

/// Digits only: no sign, no spaces.
pub(crate) fn number(text: &str) -> Option<u64> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_single_ranges() {
        for (header, wanted) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=2-5", Wanted::Part(2..6)),
            ("bytes=2-", Wanted::Part(2..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=5-500", Wanted::Part(5..10)),
            ("bytes=0-18446744073709551615", Wanted::Part(0..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=0-1,4-5", Wanted::All),
            ("bytes=5-2", Wanted::All),
            ("bytes=x-", Wanted::All),
            ("bytes=+1-2", Wanted::All),
            ("items=0-1", Wanted::All),
        ] {
            assert_eq!(Wanted::parse(Some(header), 10), wanted, "{header}");
        }
        assert_eq!(Wanted::parse(None, 10), Wanted::All);
        assert_eq!(Wanted::parse(Some("bytes=0-"), 0), Wanted::Nothing);
    }

    #[test]
    fn reads_where_a_chunk_belongs() {
        for text in ["10-19", "bytes 10-19/*", "bytes 10-19/100", " 10-19 "] {
            assert_eq!(parse_content_range(text), Some(10..20), "{text}");
        }
        for text in ["", "10", "19-10", "-5", "a-b", "10-19-20"] {
            assert_eq!(parse_content_range(text), None, "{text}");
        }
    }
}
