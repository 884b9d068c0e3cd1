//! Changes of the text. Everything they do not name stays byte for byte.

use std::ops::Range;

/// Replaces a range of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    /// What to replace; empty to insert.
    pub(crate) range: Range<usize>,
    /// By what.
    pub(crate) text: String,
}

impl Edit {
    /// Replaces.
    pub(super) fn replace(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }

    /// Inserts.
    pub(super) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::replace(at..at, text)
    }

    fn touches(&self, other: &Self) -> bool {
        let (a, b) = (&self.range, &other.range);
        a.start < b.end && b.start < a.end || a.start == b.start
    }
}

/// Applies groups of edits, each as a whole or not at all: a group that touches an earlier one is left for another
/// round, as is a group that would do the same.
pub(super) fn apply<'a>(text: &str, groups: impl Iterator<Item = &'a [Edit]>) -> String {
    let mut chosen: Vec<&Edit> = Vec::new();
    for group in groups {
        let is_free = group.iter().all(|edit| !chosen.iter().any(|other| edit.touches(other)));
        if is_free {
            chosen.extend(group);
        }
    }
    chosen.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in chosen {
        out.push_str(&text[at..edit.range.start]);
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The lines of a text by offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'a>(pub(super) &'a str);

impl Lines<'_> {
    /// Where the line of an offset starts.
    pub(super) fn start(self, offset: usize) -> usize {
        self.0.as_bytes()[..offset].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1)
    }

    /// Where the next line starts, or the text ends.
    pub(super) fn end(self, offset: usize) -> usize {
        let rest = &self.0.as_bytes()[offset..];
        rest.iter().position(|b| *b == b'\n').map_or(self.0.len(), |at| offset + at + 1)
    }

    /// Line and column of an offset, in characters, both from 1.
    pub(super) fn position(self, offset: usize) -> (usize, usize) {
        let start = self.start(offset);
        (self.0[..start].matches('\n').count() + 1, self.0[start..offset].chars().count() + 1)
    }

    /// The offset of a line and column; the end of the line where it has no such column.
    pub(super) fn offset(self, line: usize, column: usize) -> usize {
        let mut lines = self.0.split_inclusive('\n');
        let start: usize = lines.by_ref().take(line.saturating_sub(1)).map(str::len).sum();
        let text = lines.next().unwrap_or_default().trim_end_matches('\n');
        let within = text.char_indices().nth(column.saturating_sub(1));
        start + within.map_or(text.len(), |(at, _)| at)
    }

    /// The whole lines that a range of content is on. A range that ends behind a line break does not reach into the
    /// next line.
    pub(super) fn around(self, range: &Range<usize>) -> Range<usize> {
        let last = if range.end > range.start { range.end - 1 } else { range.end };
        self.start(range.start)..self.end(last)
    }

    /// Whether nothing but blanks stands before an offset on its line.
    pub(super) fn is_first(self, offset: usize) -> bool {
        self.0[self.start(offset)..offset].trim().is_empty()
    }

    /// Insertions that indent the lines of a range; empty lines stay empty.
    pub(super) fn indent(self, range: &Range<usize>, by: usize) -> Vec<Edit> {
        let mut edits = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let end = self.end(at);
            if !self.0[at..end].trim().is_empty() {
                edits.push(Edit::insert(at, " ".repeat(by)));
            }
            at = end;
        }
        edits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_applied_whole_or_not_at_all() {
        let first = [Edit::replace(0..1, "X")];
        let second = [Edit::replace(0..2, "Y"), Edit::insert(4, "Z")];
        let third = [Edit::insert(3, "!")];
        assert_eq!(apply("abcd", [&first[..], &second, &third].into_iter()), "Xbc!d");
    }

    #[test]
    fn lines_are_found_by_offset() {
        let text = "a: 1\r\n  b: 2\n\nc";
        let lines = Lines(text);
        assert_eq!(&text[lines.around(&(8..12))], "  b: 2\n");
        assert_eq!(&text[lines.around(&(0..6))], "a: 1\r\n");
        assert_eq!(lines.around(&(14..15)), 14..15);
        assert!(lines.is_first(8) && !lines.is_first(11));
        assert_eq!(lines.indent(&(0..15), 2).len(), 3);
        assert_eq!((lines.position(8), lines.position(15)), ((2, 3), (4, 2)));
        assert_eq!((lines.offset(2, 3), lines.offset(4, 9)), (8, 15));
    }
}
