//! `html`, `js`, `urlquery`.

use crate::fmt::{is_print, sprint};
use crate::function::Failure;
use crate::lex::decode_rune;
use crate::value::Value;

/// The arguments as one text, as `print` joins them; nil is shown as an action shows it.
fn joined(args: &[Value]) -> Result<Vec<u8>, Failure> {
    if let [Value::String(text)] = args {
        return Ok(text.to_vec());
    }
    let printable = |arg: &Value| {
        if matches!(arg, Value::Nil) { Value::from("<no value>") } else { arg.clone() }
    };
    let args: Vec<Value> = args.iter().map(printable).collect();
    Ok(sprint(&args)?)
}

/// `html`: safe as text and in quoted attributes.
pub(super) fn html(args: &[Value]) -> Result<Value, Failure> {
    let text = joined(args)?;
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            0 => out.extend_from_slice("\u{FFFD}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            _ => out.push(byte),
        }
    }
    Ok(Value::string(out))
}

/// `js`: safe inside a string of JavaScript.
pub(super) fn js(args: &[Value]) -> Result<Value, Failure> {
    let text = joined(args)?;
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_slice();
    while let Some((rune, length)) = decode_rune(rest) {
        let escaped = |rune: char| format!("\\u{:04X}", rune as u32);
        match rune {
            '\\' => out.extend_from_slice(b"\\\\"),
            '\'' => out.extend_from_slice(b"\\'"),
            '"' => out.extend_from_slice(b"\\\""),
            '<' | '>' | '&' | '=' | '\0'..' ' => out.extend_from_slice(escaped(rune).as_bytes()),
            _ if rune.is_ascii() || is_print(rune) => out.extend_from_slice(&rest[..length]),
            _ => out.extend_from_slice(escaped(rune).as_bytes()),
        }
        rest = &rest[length..];
    }
    Ok(Value::string(out))
}

/// `urlquery`: safe in the query of a URL.
pub(super) fn url_query(args: &[Value]) -> Result<Value, Failure> {
    let text = joined(args)?;
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte),
            _ => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    Ok(Value::string(out))
}
