//! Writing TOML.

use std::fmt::Write as _;

use crate::number::push_float;
use crate::write_error::WriteError;
use crate::{KeyOrder, Map, Value};

/// Helm's `toToml`: tables indented by two spaces, plain keys before tables, null left out. Every number that is not an
/// integer here is a float, so convert first what a template has as a float64. (Helm prints the text of an error in
/// place of the result.)
///
/// Fails on null in a list and on a list of maps; what else is not a map is written as the bare value, as in Go.
pub fn to_toml(value: &Value) -> Result<String, WriteError> {
    let mut writer = Writer::default();
    match value {
        Value::Map(map) => writer.members(&[], map)?,
        Value::List(_) if is_tables(value)? => {
            return Err(WriteError::Toml("toml: top-level values must be Go maps or structs"));
        }
        _ => writer.element(value)?,
    }
    Ok(writer.out)
}

#[derive(Default)]
struct Writer {
    out: String,
}

type Result<T, E = WriteError> = std::result::Result<T, E>;

impl Writer {
    /// The members of a table, those that are no tables first.
    fn members(&mut self, path: &[&str], map: &Map) -> Result<()> {
        let (plain, tables) = split(map)?;
        for (key, value) in plain.into_iter().filter(|(_, value)| !value.is_null()) {
            self.indent(path.len());
            push_key(&mut self.out, key);
            self.out.push_str(" = ");
            self.element(value)?;
            self.out.push('\n');
        }
        for (key, value) in tables {
            let path = [path, &[key]].concat();
            match value {
                Value::Map(map) => self.table(&path, map)?,
                Value::List(items) => self.tables(&path, items)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn table(&mut self, path: &[&str], map: &Map) -> Result<()> {
        if path.len() == 1 {
            self.separate();
        }
        self.header("[", path, "]");
        self.members(path, map)
    }

    fn tables(&mut self, path: &[&str], items: &[Value]) -> Result<()> {
        for map in items.iter().filter_map(Value::as_map) {
            self.separate();
            self.header("[[", path, "]]");
            self.members(path, map)?;
        }
        Ok(())
    }

    /// An empty line, but not at the start.
    fn separate(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn header(&mut self, open: &str, path: &[&str], close: &str) {
        self.indent(path.len().saturating_sub(1));
        self.out.push_str(open);
        for (at, key) in path.iter().enumerate() {
            if at > 0 {
                self.out.push('.');
            }
            push_key(&mut self.out, key);
        }
        self.out.push_str(close);
        self.out.push('\n');
    }

    fn indent(&mut self, levels: usize) {
        (0..levels).for_each(|_| self.out.push_str("  "));
    }

    /// A value behind its `=`, or in a list.
    fn element(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::Null => {}
            Value::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Value::Int(number) => push_display(&mut self.out, number),
            Value::UInt(number) => push_display(&mut self.out, number),
            Value::Float(number) => push_toml_float(&mut self.out, number.value),
            Value::String(text) => push_string(&mut self.out, text),
            Value::List(items) => {
                self.out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        self.out.push_str(", ");
                    }
                    self.element(item)?;
                }
                self.out.push(']');
            }
            Value::Map(map) => {
                self.out.push('{');
                let (plain, tables) = split(map)?;
                self.inline(&plain, !tables.is_empty())?;
                self.inline(&tables, false)?;
                self.out.push('}');
            }
        }
        Ok(())
    }

    /// Members of a table in one line. What is null leaves no comma behind it, but the one in front stays.
    fn inline(&mut self, members: &[(&str, &Value)], has_more: bool) -> Result<()> {
        for (at, (key, value)) in members.iter().enumerate().filter(|(_, (_, v))| !v.is_null()) {
            push_key(&mut self.out, key);
            self.out.push_str(" = ");
            self.element(value)?;
            if has_more || at + 1 < members.len() {
                self.out.push_str(", ");
            }
        }
        Ok(())
    }
}

type Members<'a> = Vec<(&'a str, &'a Value)>;

/// Members in order, apart from tables.
fn split(map: &Map) -> Result<(Members<'_>, Members<'_>)> {
    let mut members: Members<'_> = map.iter().collect();
    KeyOrder::Bytes.sort(&mut members, |(key, _)| key);
    let (mut plain, mut tables) = (Vec::new(), Vec::new());
    for (key, value) in members {
        let is_table = matches!(value, Value::Map(_)) || is_tables(value)?;
        if is_table { &mut tables } else { &mut plain }.push((key, value));
    }
    Ok((plain, tables))
}

/// Whether a value is a list of tables and of nothing else. Null is nowhere in a list.
fn is_tables(value: &Value) -> Result<bool> {
    let Value::List(items) = value else { return Ok(false) };
    for item in items {
        if item.is_null() {
            return Err(WriteError::Toml("toml: cannot encode array with nil element"));
        }
        is_tables(item)?;
    }
    Ok(!items.is_empty() && items.iter().all(|item| matches!(item, Value::Map(_))))
}

fn push_display(out: &mut String, number: &impl std::fmt::Display) {
    write!(out, "{number}").expect("a String takes any text");
}

/// Go's shortest digits, and a fraction where there is neither one nor an exponent.
fn push_toml_float(out: &mut String, number: f64) {
    if number.is_nan() {
        return out.push_str("nan");
    }
    if number.is_infinite() {
        return out.push_str(if number > 0.0 { "inf" } else { "-inf" });
    }
    let start = out.len();
    push_float(out, number);
    if !out[start..].contains(['.', 'e']) {
        out.push_str(".0");
    }
}

fn push_key(out: &mut String, key: &str) {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !key.is_empty() && key.bytes().all(is_bare) {
        out.push_str(key);
    } else {
        push_string(out, key);
    }
}

fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c.is_ascii_control() => {
                write!(out, "\\u{:04x}", u32::from(c)).expect("a String takes any text");
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
