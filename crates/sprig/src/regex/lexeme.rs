//! The smallest pieces of Go's regular expressions: escapes and quantifiers.

/// More repetitions, also of repetitions, are refused, as Go does.
pub(super) const MAX_REPETITIONS: u32 = 1_000;

/// Why an expression cannot be parsed: Go's words, and the part that is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) code: &'static str,
    pub(crate) expression: String,
}

pub(super) fn error<T>(code: &'static str, expression: &str) -> Result<T, SyntaxError> {
    Err(SyntaxError { code, expression: expression.to_owned() })
}

pub(super) const BAD_ESCAPE: &str = "invalid escape sequence";
pub(super) const BAD_COUNT: &str = "invalid repeat count";
const TRAILING_BACKSLASH: &str = "trailing backslash at end of expression";

/// An escaped character: `\n`, `\x41`, `\x{1F600}`, `\101`, `\.`.
pub(super) fn escape(text: &str) -> Result<(char, &str), SyntaxError> {
    if text.len() < 2 {
        return error(TRAILING_BACKSLASH, "");
    }
    let (c, rest) = next(&text[1..]);
    let octal = |rest: &str| rest.bytes().take_while(|b| (b'0'..=b'7').contains(b)).count();
    let code = match c {
        'a' => '\u{7}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => return hexadecimal(text, rest),
        '0'..='7' if c == '0' || octal(rest) > 0 => {
            let digits = 1 + octal(rest).min(2);
            let code = u32::from_str_radix(&text[1..=digits], 8).ok().and_then(char::from_u32);
            return Ok((code.unwrap_or_default(), &text[1 + digits..]));
        }
        _ if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
        _ => return error(BAD_ESCAPE, &text[..text.len() - rest.len()]),
    };
    Ok((code, rest))
}

fn hexadecimal<'a>(text: &'a str, digits: &'a str) -> Result<(char, &'a str), SyntaxError> {
    let bad = |rest: &str| error(BAD_ESCAPE, &text[..text.len() - rest.len()]);
    let (mut code, mut count, mut rest) = (0, 0, digits);
    let is_braced = digits.starts_with('{');
    if is_braced {
        rest = &rest[1..];
    }
    while !rest.is_empty() {
        let (c, after) = next(rest);
        rest = after;
        if is_braced && c == '}' {
            break;
        }
        let Some(digit) = c.to_digit(16) else {
            return bad(if is_braced { rest } else { second(digits) });
        };
        (code, count) = (code * 16 + digit, count + 1);
        if code > u32::from(char::MAX) {
            return bad(rest);
        }
        if !is_braced && count == 2 {
            break;
        }
    }
    let is_closed = if is_braced {
        count > 0 && text[..text.len() - rest.len()].ends_with('}')
    } else {
        count == 2
    };
    match char::from_u32(code) {
        Some(c) if is_closed => Ok((c, rest)),
        // A surrogate: nothing that is UTF-8 matches it.
        None if is_closed => Ok(('\u{fffd}', rest)),
        _ => bad(rest),
    }
}

/// What follows two characters; Go reads both digits of `\xHH` before it looks at them.
fn second(text: &str) -> &str {
    let (_, rest) = next(text);
    if rest.is_empty() { rest } else { next(rest).1 }
}

/// What a quantifier asks for: `*`, `+`, `?`, `{2,3}`; `None` for a `{` that is none.
pub(super) type Bounds = (u32, Option<u32>);

pub(super) fn quantifier(text: &str) -> Result<Option<(Bounds, &str)>, SyntaxError> {
    let bounds = match text.as_bytes()[0] {
        b'*' => (0, None),
        b'+' => (1, None),
        b'?' => (0, Some(1)),
        _ => return braced_quantifier(text),
    };
    Ok(Some((bounds, &text[1..])))
}

fn braced_quantifier(text: &str) -> Result<Option<(Bounds, &str)>, SyntaxError> {
    let Some((min, rest)) = count(&text[1..]) else { return Ok(None) };
    let (max, rest) = match rest.strip_prefix(',') {
        None => (Some(min), rest),
        Some(rest) if rest.starts_with('}') => (None, rest),
        Some(rest) => match count(rest) {
            Some((max, rest)) => (Some(max), rest),
            None => return Ok(None),
        },
    };
    let Some(after) = rest.strip_prefix('}') else { return Ok(None) };
    if min > MAX_REPETITIONS || max.is_some_and(|max| max > MAX_REPETITIONS || max < min) {
        return error(BAD_COUNT, &text[..text.len() - after.len()]);
    }
    Ok(Some(((min, max), after)))
}

/// A number without leading zeros; one that is too large is as good as any other too large one.
fn count(text: &str) -> Option<(u32, &str)> {
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() || digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().unwrap_or(u32::MAX), rest))
}

pub(super) fn next(text: &str) -> (char, &str) {
    let mut chars = text.chars();
    let c = chars.next().unwrap_or('\u{fffd}');
    (c, chars.as_str())
}
