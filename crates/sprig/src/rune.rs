//! Go's view of bytes as runes, and Go's simple case mappings.

/// The runes of `text` with their offsets. A byte that belongs to no character is U+FFFD, one byte wide.
pub(crate) fn runes(text: &[u8]) -> impl Iterator<Item = (usize, char)> {
    let mut at = 0;
    text.utf8_chunks().flat_map(move |chunk| {
        let start = at;
        at += chunk.valid().len() + chunk.invalid().len();
        let invalid = (start + chunk.valid().len()..at).map(|at| (at, char::REPLACEMENT_CHARACTER));
        chunk.valid().char_indices().map(move |(offset, c)| (start + offset, c)).chain(invalid)
    })
}

/// The text with every rune replaced; what is not UTF-8 becomes U+FFFD.
pub(crate) fn map(text: &[u8], mut to: impl FnMut(char) -> char) -> String {
    let mut out = String::with_capacity(text.len());
    out.extend(runes(text).map(|(_, c)| to(c)));
    out
}

/// Go's `unicode.IsSpace`.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace()
}

/// Go's `unicode.ToUpper`: one character for one character.
pub(crate) fn to_upper(c: char) -> char {
    single(c, c.to_uppercase(), |code| match code {
        // Greek with iota: upper case in full writing is two letters, in simple mapping the one with prosgegrammeni.
        0x1f80..=0x1faf if code & 8 == 0 => code + 8,
        0x1fb3 | 0x1fc3 | 0x1ff3 => code + 9,
        _ => code,
    })
}

/// Go's `unicode.ToLower`.
pub(crate) fn to_lower(c: char) -> char {
    single(c, c.to_lowercase(), |code| if code == 0x130 { u32::from('i') } else { code })
}

/// Go's `unicode.ToTitle`: upper case but for a few digraphs and Georgian.
pub(crate) fn to_title(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => c,
        _ => to_upper(c),
    }
}

fn single(
    c: char,
    mut full: impl ExactSizeIterator<Item = char>,
    simple: impl Fn(u32) -> u32,
) -> char {
    match (full.len(), full.next()) {
        (1, Some(mapped)) => mapped,
        _ => char::from_u32(simple(u32::from(c))).unwrap_or(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_outside_a_character_is_a_rune() {
        let found: Vec<_> = runes(b"a\xc3\xe4\xb8\xe4\xb8\xadz").collect();
        let bad = char::REPLACEMENT_CHARACTER;
        assert_eq!(found, [(0, 'a'), (1, bad), (2, bad), (3, bad), (4, '中'), (7, 'z')]);
    }

    #[test]
    fn cases_map_one_to_one() {
        assert_eq!("ßŉǆᾀᾳé".chars().map(to_upper).collect::<String>(), "ßŉǄᾈᾼÉ");
        assert_eq!("İÀ".chars().map(to_lower).collect::<String>(), "ià");
        assert_eq!("ǆაa".chars().map(to_title).collect::<String>(), "ǅაA");
    }
}
