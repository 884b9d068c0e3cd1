//! Character classes of Go's regular expressions.

use std::sync::OnceLock;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

/// A class made of ranges.
pub(super) fn from_ranges(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|(from, to)| ClassUnicodeRange::new(*from, *to)))
}

/// What `\d`, `\s` and `\w` match: ASCII only, and no vertical tab.
pub(super) fn perl(letter: u8) -> Option<ClassUnicode> {
    Some(match letter.to_ascii_lowercase() {
        b'd' => from_ranges(&[('0', '9')]),
        b's' => from_ranges(&[('\t', '\n'), ('\u{c}', '\r'), (' ', ' ')]),
        b'w' => from_ranges(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
        _ => return None,
    })
}

/// What `[:name:]` matches inside a class.
pub(super) fn posix(name: &str) -> Option<ClassUnicode> {
    Some(from_ranges(match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\u{7f}')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\u{1f}'), ('\u{7f}', '\u{7f}')],
        "digit" => &[('0', '9')],
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    }))
}

/// What `\p{name}` matches: a general category or a script.
pub(super) fn unicode(name: &str) -> Option<ClassUnicode> {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' ');
    if name.is_empty() || !name.bytes().all(is_name) {
        return None;
    }
    let folded: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    match folded.as_str() {
        "any" => return Some(from_ranges(&[('\0', char::MAX)])),
        "ascii" => return Some(from_ranges(&[('\0', '\u{7f}')])),
        "lc" => return lookup("gc=Cased_Letter"),
        "assigned" => {
            let mut class = lookup("gc=Unassigned")?;
            class.negate();
            return Some(class);
        }
        _ => {}
    }
    lookup(&format!("gc={folded}")).or_else(|| lookup(&format!("sc={folded}")))
}

fn lookup(property: &str) -> Option<ClassUnicode> {
    let hir = regex_syntax::parse(&format!(r"\p{{{property}}}")).ok()?;
    match hir.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        _ => None,
    }
}

/// Whether `c` is a letter to Go's `unicode.IsLetter`: general category L, which is narrower than Rust's alphabetic.
pub(crate) fn is_letter(c: char) -> bool {
    static LETTERS: OnceLock<ClassUnicode> = OnceLock::new();
    c.is_ascii_alphabetic() || !c.is_ascii() && contains(LETTERS.get_or_init(|| of("L")), c)
}

/// Whether `c` is a digit to Go's `unicode.IsDigit`: general category Nd.
pub(crate) fn is_digit(c: char) -> bool {
    static DIGITS: OnceLock<ClassUnicode> = OnceLock::new();
    c.is_ascii_digit() || !c.is_ascii() && contains(DIGITS.get_or_init(|| of("Nd")), c)
}

/// Whether `c` is punctuation to Go's `unicode.IsPunct`: general category P.
pub(crate) fn is_punctuation(c: char) -> bool {
    static PUNCTUATION: OnceLock<ClassUnicode> = OnceLock::new();
    contains(PUNCTUATION.get_or_init(|| of("P")), c)
}

fn of(category: &str) -> ClassUnicode {
    unicode(category).expect("Unicode has had this category since its beginnings")
}

fn contains(class: &ClassUnicode, c: char) -> bool {
    let ranges = class.ranges();
    let at = ranges.partition_point(|range| range.end() < c);
    ranges.get(at).is_some_and(|range| range.start() <= c)
}
