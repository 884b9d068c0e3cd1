//! Go's `filepath.Match` patterns, as `.helmignore` uses them.

/// A parsed pattern. `*` and `?` never match a slash; a class does when it says so.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Token>);

#[derive(Clone, Debug)]
enum Token {
    Star,
    Any,
    Literal(char),
    Class { is_negated: bool, ranges: Vec<(char, char)> },
}

/// A pattern Go answers `syntax error in pattern` to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadPattern;

impl Pattern {
    /// Reads a pattern: `*`, `?`, `[a-z]`, `[^a]`, and `\` before a character that stands for itself.
    pub(crate) fn parse(text: &str) -> Result<Self, BadPattern> {
        let mut tokens = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            tokens.push(match c {
                '*' => Token::Star,
                '?' => Token::Any,
                '\\' => Token::Literal(chars.next().ok_or(BadPattern)?),
                '[' => class(&mut chars)?,
                c => Token::Literal(c),
            });
        }
        Ok(Self(tokens))
    }

    /// Whether the whole name matches.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let mut runs = self.0.split(|token| matches!(token, Token::Star));
        let first = runs.next().unwrap_or_default();
        if !fits(first, &name) {
            return false;
        }
        let mut at = first.len();
        let mut runs = runs.peekable();
        if runs.peek().is_none() {
            return at == name.len();
        }
        // Each star takes as little as it can, as in Go: a later star never needs an earlier one to take more.
        while let Some(run) = runs.next() {
            let is_last = runs.peek().is_none();
            let reach = name[at..].iter().take_while(|c| **c != '/').count();
            let found = (at..=at + reach).find(|start| {
                fits(run, &name[*start..]) && (!is_last || start + run.len() == name.len())
            });
            let Some(start) = found else { return false };
            at = start + run.len();
        }
        true
    }
}

fn class(chars: &mut std::str::Chars<'_>) -> Result<Token, BadPattern> {
    let mut rest = chars.as_str();
    let is_negated = rest.starts_with('^');
    if is_negated {
        rest = &rest[1..];
    }
    let mut ranges = Vec::new();
    loop {
        if !ranges.is_empty() && rest.starts_with(']') {
            *chars = rest[1..].chars();
            return Ok(Token::Class { is_negated, ranges });
        }
        let low = class_char(&mut rest)?;
        let high = match rest.strip_prefix('-') {
            Some(after) => {
                rest = after;
                class_char(&mut rest)?
            }
            None => low,
        };
        ranges.push((low, high));
    }
}

/// One end of a range. It may not be a bare `-` or `]`, and something must follow it.
fn class_char(rest: &mut &str) -> Result<char, BadPattern> {
    let mut chars = rest.chars();
    let c = match chars.next() {
        None | Some('-' | ']') => return Err(BadPattern),
        Some('\\') => chars.next().ok_or(BadPattern)?,
        Some(c) => c,
    };
    *rest = chars.as_str();
    if rest.is_empty() { Err(BadPattern) } else { Ok(c) }
}

/// Whether the name starts with what the tokens, none of them a star, stand for.
fn fits(tokens: &[Token], name: &[char]) -> bool {
    tokens.len() <= name.len()
        && tokens.iter().zip(name).all(|(token, c)| match token {
            Token::Star => false,
            Token::Any => *c != '/',
            Token::Literal(literal) => literal == c,
            Token::Class { is_negated, ranges } => {
                ranges.iter().any(|(low, high)| (low..=high).contains(&c)) != *is_negated
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(name)
    }

    /// The table of Go's own documentation and its corner cases.
    #[test]
    fn matches_as_go_does() {
        for (pattern, name) in [
            ("abc", "abc"),
            ("*", "abc"),
            ("*c", "abc"),
            ("a*", "a"),
            ("a*/b", "abc/b"),
            ("a*b*c*d*e*/f", "axbxcxdxe/f"),
            ("ab[b-d]", "abc"),
            ("ab[^e-g]", "abc"),
            ("a\\*b", "a*b"),
            ("a???b", "aαβγb"),
            ("[\\]a]", "]"),
            ("[^/]?", "ab"),
            ("a[^x]b", "a/b"),
            ("*x", "xxx"),
            ("", ""),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("a*/b", "a/c/b"),
            ("*", "a/b"),
            ("a?b", "a/b"),
            ("ab[e-g]", "abc"),
            ("ab[^c]", "abc"),
            ("[a-ζ]*", "z/"),
            ("", "a"),
            ("a*b*c", "acb"),
            ("*.txt", "a.txt.gz"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        for pattern in ["[]a]", "[-]", "[x-]", "[-x]", "[", "[^", "[^bc", "a[", "[a-", "\\", "[a"] {
            assert_eq!(Pattern::parse(pattern).err(), Some(BadPattern), "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!matches(&"a*".repeat(60), &format!("{}b", "a".repeat(3_000)).replace('b', "/")));
    }
}
