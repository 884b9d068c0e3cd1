//! Shortening and wrapping, in bytes, after goutils.

use gotemplate::Str;

const ELLIPSIS: &[u8] = b"...";

/// `text` in at most `width` bytes, with an ellipsis where bytes are missing; it begins at about `offset`.
pub(super) fn abbreviate(text: &[u8], offset: i64, width: i64) -> Str {
    let is_possible = width >= 4 && (offset <= 0 || width >= 7);
    let width = usize::try_from(width).unwrap_or_default();
    if !is_possible || text.len() <= width {
        return text.into();
    }
    let kept = width - ELLIPSIS.len();
    let offset = usize::try_from(offset).unwrap_or_default().min(text.len() - kept);
    if offset <= 4 {
        return [&text[..kept], ELLIPSIS].concat().into();
    }
    if offset + kept < text.len() {
        let middle = &text[offset..];
        return [ELLIPSIS, &middle[..kept - ELLIPSIS.len()], ELLIPSIS].concat().into();
    }
    [ELLIPSIS, &text[text.len() - kept..]].concat().into()
}

/// What becomes of a word that is longer than a line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LongWords {
    Keep,
    Break,
}

/// `text` in lines of at most `width` bytes, broken at spaces. Spaces at the start of a line are dropped.
pub(super) fn wrap(text: &[u8], width: i64, newline: &[u8], long_words: LongWords) -> Vec<u8> {
    let width = usize::try_from(width).unwrap_or_default().max(1);
    let newline = if newline.is_empty() { b"\n" } else { newline };
    let mut out = Vec::with_capacity(text.len() + text.len() / 16);
    let mut rest = text;
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let space = |range: &[u8]| range.iter().position(|byte| *byte == b' ');
        let last_space = rest[..=width].iter().rposition(|byte| *byte == b' ');
        let (end, next) = match (last_space, long_words) {
            (Some(at), _) => (at, at + 1),
            (None, LongWords::Break) => (width, width),
            (None, LongWords::Keep) => match space(&rest[width..]) {
                Some(at) => (width + at, width + at + 1),
                None => break,
            },
        };
        out.extend_from_slice(&rest[..end]);
        out.extend_from_slice(newline);
        rest = &rest[next..];
    }
    out.extend_from_slice(rest);
    out
}
