//! Cutting, joining, padding and counting, in bytes as Go's strings are.

use gotemplate::{Call, Failure, List, Map, Type, Value};

use crate::argument::Arguments;
use crate::cast;
use crate::format;
use crate::rune::{is_space, runes};

pub(super) fn trunc(args: &[Value]) -> Result<Value, Failure> {
    let (count, text) = (args.integer(0), args.text(1));
    let length = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if length >= text.len() {
        return Ok(args[1].clone());
    }
    Ok(Value::string(if count < 0 { &text[text.len() - length..] } else { &text[..length] }))
}

pub(super) fn substr(args: &[Value]) -> Result<Value, Failure> {
    let (start, end, text) = (args.integer(0), args.integer(1), args.text(2));
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let out_of_range = |what: String| {
        Err(Failure::new(format!("runtime error: slice bounds out of range [{what}]")))
    };
    if start < 0 {
        return match usize::try_from(end) {
            Ok(end) if end <= text.len() => Ok(Value::string(&text[..end])),
            Ok(end) => Err(Failure::new(format!(
                "runtime error: slice bounds out of range [:{end}] with length {length}"
            ))),
            Err(_) => out_of_range(format!(":{end}")),
        };
    }
    let end = if end < 0 || end > length { length } else { end };
    if start > end {
        return out_of_range(format!("{start}:{end}"));
    }
    let bounds = [start, end].map(|bound| usize::try_from(bound).unwrap_or_default());
    Ok(Value::string(&text[bounds[0]..bounds[1]]))
}

/// Whatever `fits` is off both ends.
pub(super) fn trim(text: &[u8], fits: impl Fn(char) -> bool) -> &[u8] {
    let start = runes(text).find(|(_, c)| !fits(*c)).map_or(text.len(), |(at, _)| at);
    let rest = &text[start..];
    let end = runes(rest).filter(|(_, c)| !fits(*c)).last().map_or(0, |(at, c)| {
        // A byte that is no character is one byte wide, though what stands for it is three.
        at + if rest[at..].starts_with(c.encode_utf8(&mut [0; 4]).as_bytes()) {
            c.len_utf8()
        } else {
            1
        }
    });
    &rest[..end]
}

pub(super) fn trim_space(args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::string(trim(args.text(0), is_space)))
}

pub(super) fn trim_all(args: &[Value]) -> Result<Value, Failure> {
    let cutset: Vec<char> = runes(args.text(0)).map(|(_, c)| c).collect();
    Ok(Value::string(trim(args.text(1), |c| cutset.contains(&c))))
}

pub(super) fn trim_suffix(args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::string(args.text(1).strip_suffix(args.text(0)).unwrap_or(args.text(1))))
}

pub(super) fn trim_prefix(args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::string(args.text(1).strip_prefix(args.text(0)).unwrap_or(args.text(1))))
}

/// White space is taken out byte by byte, and where there was any, every byte left is a character of its own: goutils
/// looks at bytes where it should at runes.
pub(super) fn nospace(args: &[Value]) -> Result<Value, Failure> {
    let characters = args.text(0).iter().map(|byte| char::from(*byte));
    let kept: Vec<char> = characters.filter(|c| !is_space(*c)).collect();
    if kept.len() == args.text(0).len() {
        return Ok(args[0].clone());
    }
    Ok(kept.into_iter().collect::<String>().into())
}

/// Go's panic for a negative count.
fn count(number: i64) -> Result<usize, Failure> {
    usize::try_from(number).map_err(|_| Failure::new("strings: negative Repeat count"))
}

pub(super) fn repeat<H>(call: &mut Call<'_, H>, args: &[Value]) -> Result<Value, Failure> {
    let (count, text) = (count(args.integer(0))?, args.text(1));
    let Some(length) =
        count.checked_mul(text.len()).filter(|length| *length <= isize::MAX.unsigned_abs())
    else {
        return Err(Failure::new("strings: Repeat output length overflow"));
    };
    call.reserve(length)?;
    Ok(Value::string(text.repeat(count)))
}

pub(super) fn indent<H>(call: &mut Call<'_, H>, args: &[Value]) -> Result<Value, Failure> {
    indented(call, args, b"")
}

pub(super) fn nindent<H>(call: &mut Call<'_, H>, args: &[Value]) -> Result<Value, Failure> {
    indented(call, args, b"\n")
}

fn indented<H>(call: &mut Call<'_, H>, args: &[Value], head: &[u8]) -> Result<Value, Failure> {
    let (width, text) = (count(args.integer(0))?, args.text(1));
    let lines = text.split(|byte| *byte == b'\n').count();
    let length = lines.saturating_mul(width).saturating_add(text.len() + head.len());
    call.reserve(length)?;
    let pad = vec![b' '; width];
    let mut out = Vec::with_capacity(length);
    out.extend_from_slice(head);
    out.extend_from_slice(&pad);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        out.extend_from_slice(line);
        if line.ends_with(b"\n") {
            out.extend_from_slice(&pad);
        }
    }
    Ok(Value::string(out))
}

pub(super) fn replace<H>(call: &mut Call<'_, H>, args: &[Value]) -> Result<Value, Failure> {
    let (old, new, text) = (args.text(0), args.text(1), args.text(2));
    if old.is_empty() {
        call.reserve(new.len().saturating_mul(text.len() + 1).saturating_add(text.len()))?;
        return Ok(Value::string(replace_between(new, text)));
    }
    let mut places = find_all(text, old).peekable();
    if places.peek().is_none() {
        return Ok(args[2].clone());
    }
    let places: Vec<usize> = places.collect();
    let length = text.len() + places.len().saturating_mul(new.len());
    call.reserve(length)?;
    let mut out = Vec::with_capacity(length - places.len() * old.len());
    let mut from = 0;
    for at in places {
        out.extend_from_slice(&text[from..at]);
        out.extend_from_slice(new);
        from = at + old.len();
    }
    out.extend_from_slice(&text[from..]);
    Ok(Value::string(out))
}

/// Go finds the empty string before every character and at the end.
fn replace_between(new: &[u8], text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut starts: Vec<usize> = runes(text).map(|(at, _)| at).collect();
    starts.push(text.len());
    for pair in starts.windows(2) {
        out.extend_from_slice(new);
        out.extend_from_slice(&text[pair[0]..pair[1]]);
    }
    out.extend_from_slice(new);
    out
}

/// Where the places are at which `part`, which is not empty, is found, one behind the other.
fn find_all<'a>(text: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + find(&text[from..], part)?;
        from = at + part.len();
        Some(at)
    })
}

/// The first place of `part`, which is not empty.
pub(super) fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    let first = part[0];
    let mut from = 0;
    loop {
        from += text[from..].iter().position(|byte| *byte == first)?;
        if text[from..].starts_with(part) {
            return Some(from);
        }
        from += 1;
    }
}

pub(super) fn contains(args: &[Value]) -> Result<Value, Failure> {
    let (part, text) = (args.text(0), args.text(1));
    Ok((part.is_empty() || find(text, part).is_some()).into())
}

pub(super) fn quote(args: &[Value]) -> Result<Value, Failure> {
    join_quoted(args, |text| format::quote(text).into_bytes())
}

pub(super) fn squote(args: &[Value]) -> Result<Value, Failure> {
    join_quoted(args, |text| [b"'", text, b"'"].concat())
}

fn join_quoted(args: &[Value], quoted: impl Fn(&[u8]) -> Vec<u8>) -> Result<Value, Failure> {
    let values = args.iter().filter(|value| !matches!(value, Value::Nil));
    let parts: Vec<_> = values.map(|value| quoted(&cast::to_text(value))).collect();
    Ok(Value::string(parts.join(&b' ')))
}

pub(super) fn cat(args: &[Value]) -> Result<Value, Failure> {
    let values = args.iter().filter(|value| !matches!(value, Value::Nil));
    Ok(Value::string(values.map(format::sprint).collect::<Vec<_>>().join(&b' ')))
}

pub(super) fn plural(args: &[Value]) -> Result<Value, Failure> {
    Ok(args[usize::from(args.integer(2) != 1)].clone())
}

pub(super) fn to_strings(args: &[Value]) -> Result<Value, Failure> {
    if let Value::List(list) = &args[0]
        && list.go_type() == Type::STRING_SLICE
    {
        return Ok(args[0].clone());
    }
    Ok(List::strings(cast::to_texts(&args[0])).into())
}

pub(super) fn join(args: &[Value]) -> Result<Value, Failure> {
    let texts = cast::to_texts(&args[1]);
    let parts: Vec<&[u8]> = texts.iter().map(AsRef::as_ref).collect();
    Ok(Value::string(parts.join(args.text(0))))
}

pub(super) fn sort_alpha(args: &[Value]) -> Result<Value, Failure> {
    let mut texts = match &args[0] {
        list @ Value::List(_) => cast::to_texts(list),
        other => vec![cast::to_text(other)],
    };
    texts.sort();
    Ok(List::strings(texts).into())
}

/// Go's `strings.SplitN`; a negative limit is none.
fn split_parts<'a>(text: &'a [u8], separator: &'a [u8], limit: i64) -> Vec<&'a [u8]> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit == 0 {
        return Vec::new();
    }
    let cuts: Vec<(usize, usize)> = if separator.is_empty() {
        runes(text).skip(1).map(|(at, _)| (at, at)).take(limit - 1).collect()
    } else {
        find_all(text, separator).map(|at| (at, at + separator.len())).take(limit - 1).collect()
    };
    if separator.is_empty() && text.is_empty() {
        return Vec::new();
    }
    let mut from = 0;
    let mut parts = Vec::with_capacity(cuts.len() + 1);
    for (end, next) in cuts {
        parts.push(&text[from..end]);
        from = next;
    }
    parts.push(&text[from..]);
    parts
}

fn numbered(parts: Vec<&[u8]>) -> Result<Value, Failure> {
    let map = Map::typed(&Type::STRING_MAP);
    for (index, part) in parts.into_iter().enumerate() {
        map.insert(format!("_{index}"), Value::string(part))?;
    }
    Ok(map.into())
}

pub(super) fn split(args: &[Value]) -> Result<Value, Failure> {
    numbered(split_parts(args.text(1), args.text(0), -1))
}

pub(super) fn splitn(args: &[Value]) -> Result<Value, Failure> {
    numbered(split_parts(args.text(2), args.text(0), args.integer(1)))
}

pub(super) fn split_list(args: &[Value]) -> Result<Value, Failure> {
    Ok(List::strings(split_parts(args.text(1), args.text(0), -1).into_iter().map(Value::string))
        .into())
}
