//! Cases: goutils' by words, xstrings' by the shape of identifiers.

use crate::regex::{is_digit, is_letter};
use crate::rune::{is_space, map, runes, to_lower, to_title, to_upper};

/// Go's `strings.Title`: a letter behind anything that is not of a word.
pub(super) fn title(text: &[u8]) -> String {
    let is_separator = |c: char| {
        if c.is_ascii() {
            !c.is_ascii_alphanumeric() && c != '_'
        } else {
            !is_letter(c) && !is_digit(c) && is_space(c)
        }
    };
    let mut previous = ' ';
    map(text, |c| if is_separator(std::mem::replace(&mut previous, c)) { to_title(c) } else { c })
}

/// Lower case for the first letter of every word.
pub(super) fn untitle(text: &[u8]) -> String {
    let mut at_start = true;
    map(text, |c| {
        let starts = std::mem::replace(&mut at_start, is_space(c));
        if starts { to_lower(c) } else { c }
    })
}

/// Upper for lower case and back; a lower case letter at the start of a word becomes a title case one.
pub(super) fn swap(text: &[u8]) -> String {
    let mut after_space = true;
    map(text, |c| {
        let is_lower = is_lower(c);
        if is_upper(c) || is_title(c) {
            after_space = after_space && is_title(c);
            to_lower(c)
        } else if is_lower {
            if std::mem::take(&mut after_space) { to_title(c) } else { to_upper(c) }
        } else {
            after_space = is_space(c);
            c
        }
    })
}

/// The first byte of every word, as a character of its own: goutils looks at bytes where it should at runes.
pub(super) fn initials(text: &[u8]) -> String {
    let mut after_space = true;
    let characters = text.iter().map(|byte| char::from(*byte));
    characters
        .filter(|c| std::mem::replace(&mut after_space, is_space(*c)) && !is_space(*c))
        .collect()
}

fn is_title(c: char) -> bool {
    matches!(c, '\u{1c5}' | '\u{1c8}' | '\u{1cb}' | '\u{1f2}' | '\u{1f88}'..='\u{1f8f}' | '\u{1f98}'..='\u{1f9f}'
        | '\u{1fa8}'..='\u{1faf}' | '\u{1fbc}' | '\u{1fcc}' | '\u{1ffc}')
}

/// Go's `unicode.IsUpper`: category Lu.
fn is_upper(c: char) -> bool {
    c.is_uppercase() && is_letter(c) && !is_title(c)
}

/// Go's `unicode.IsLower`: category Ll.
fn is_lower(c: char) -> bool {
    c.is_lowercase() && is_letter(c)
}

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || is_space(c)
}

/// A letter that is not Han. The bounds are those of xstrings.
fn is_alphabetic(c: char) -> bool {
    let is_han =
        matches!(c, '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81f}');
    is_letter(c) && !is_han
}

/// `PascalCase`: connectors between characters are dropped and the character behind them is upper case. Connectors at
/// the ends stay, and of several in a row all but one. The capitals that a word begins with become lower case but for
/// the first.
pub(super) fn pascal(text: &[u8]) -> String {
    let characters: Vec<char> = runes(text).map(|(_, c)| c).collect();
    let Some(first) = characters.iter().position(|c| !is_connector(*c)) else {
        // One more of the last: xstrings writes it twice.
        return characters.iter().chain(characters.last()).collect();
    };
    let mut out: String = characters[..first].iter().collect();
    let (mut at_start, mut in_capitals) = (true, false);
    for (at, c) in characters.iter().copied().enumerate().skip(first) {
        let next_is_connector = characters.get(at + 1).is_none_or(|next| is_connector(*next));
        if is_connector(c) {
            if next_is_connector {
                out.push(c);
            }
            at_start = true;
        } else if std::mem::take(&mut at_start) {
            in_capitals = is_upper(c);
            out.push(to_upper(c));
        } else {
            in_capitals = in_capitals && is_upper(c);
            out.push(if in_capitals { to_lower(c) } else { c });
        }
    }
    out
}

/// What a piece of an identifier is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// Capitals, or a capital and what follows it.
    Capitalized,
    Lower,
    Number,
    Connector,
    Punctuation,
    Other,
}

/// `snake_case` or `kebab-case`: lower case, the pieces joined by `connector`.
pub(super) fn separated(text: &[u8], connector: char) -> String {
    let characters: Vec<char> = runes(text).map(|(_, c)| c).collect();
    let pieces = pieces(&characters);
    let kind = |at: usize| pieces.get(at).map(|(kind, _)| *kind);
    let is_glue =
        |kind: Option<Piece>| matches!(kind, None | Some(Piece::Connector | Piece::Punctuation));
    let is_tail = |kind: Option<Piece>| matches!(kind, Some(Piece::Lower | Piece::Number));
    let mut out = String::with_capacity(text.len() + 8);
    let mut at = 0;
    while let Some((piece, part)) = pieces.get(at) {
        at += 1;
        push(&mut out, *piece, part, connector);
        let mut joined_number = *piece == Piece::Number;
        match piece {
            Piece::Connector | Piece::Punctuation => continue,
            // A number belongs to the word before it, unless lower case letters follow: then to those.
            _ if !joined_number && kind(at) == Some(Piece::Number) && at + 1 < pieces.len() => {
                joined_number = kind(at + 1) == Some(Piece::Lower);
                if joined_number {
                    out.push(connector);
                }
                push(&mut out, Piece::Number, pieces[at].1, connector);
                at += 1;
            }
            _ if !joined_number && kind(at) == Some(Piece::Number) => continue,
            _ => {}
        }
        while joined_number && is_tail(kind(at)) {
            push(&mut out, Piece::Lower, pieces[at].1, connector);
            at += 1;
        }
        if !is_glue(kind(at)) {
            out.push(connector);
        }
    }
    out
}

fn push(out: &mut String, piece: Piece, part: &[char], connector: char) {
    match piece {
        Piece::Connector => out.extend(part.iter().map(|_| connector)),
        Piece::Capitalized => out.extend(part.iter().map(|c| to_lower(*c))),
        _ => out.extend(part),
    }
}

fn pieces(characters: &[char]) -> Vec<(Piece, &[char])> {
    let mut pieces = Vec::new();
    let mut rest = characters;
    while let Some(first) = rest.first() {
        let piece = classify(*first);
        let length = match piece {
            Piece::Capitalized => capitalized_length(rest),
            Piece::Lower => run(rest, |c| classify(c) == Piece::Lower),
            // Connectors are punctuation, too, where they do not come first.
            Piece::Punctuation => run(rest, is_punctuation),
            Piece::Number => run(rest, is_number),
            _ => run(rest, |c| classify(c) == piece),
        };
        let (part, after) = rest.split_at(length.max(1));
        pieces.push((piece, part));
        rest = after;
    }
    pieces
}

fn run(text: &[char], fits: impl Fn(char) -> bool) -> usize {
    text.iter().take_while(|c| fits(**c)).count()
}

fn classify(c: char) -> Piece {
    match c {
        _ if is_connector(c) => Piece::Connector,
        _ if is_punctuation(c) => Piece::Punctuation,
        _ if is_upper(c) => Piece::Capitalized,
        _ if is_alphabetic(c) => Piece::Lower,
        _ if is_number(c) => Piece::Number,
        _ => Piece::Other,
    }
}

/// `HTTP` of `HTTPServer`, `Server` of `Server2`.
fn capitalized_length(text: &[char]) -> usize {
    let capitals = run(text, is_upper);
    if capitals == 1 {
        return 1 + run(&text[1..], |c| is_alphabetic(c) && !is_upper(c));
    }
    // The last capital belongs to the word that follows.
    let is_followed = text.get(capitals).is_some_and(|c| is_alphabetic(*c));
    capitals - usize::from(is_followed)
}

fn is_number(c: char) -> bool {
    c.is_numeric() && !is_letter(c)
}

/// Go's `unicode.IsPunct`: category P, to which `$`, `+`, `<`, `=`, `>`, `^`, `` ` ``, `|` and `~` do not belong.
fn is_punctuation(c: char) -> bool {
    crate::regex::is_punctuation(c)
}
