//! Writing JSON.

use std::fmt::Write as _;

use crate::number::push_json_float;
use crate::sink::{KeyOrder, Sink};
use crate::write_error::WriteError;

/// Writes one value as JSON, as encoding/json does.
#[derive(Debug, Default)]
pub struct JsonWriter {
    out: String,
    is_indented: bool,
    is_raw: bool,
    depth: usize,
    /// What the next member of the current collection is.
    next: Next,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Next {
    /// The root, or the value behind a key.
    #[default]
    Value,
    /// The first member of a collection.
    First,
    /// A further member.
    Further,
}

impl JsonWriter {
    /// Writes as `json.Marshal`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes as `json.MarshalIndent` with two spaces.
    pub fn pretty() -> Self {
        Self { is_indented: true, ..Self::default() }
    }

    /// Writes as an encoder with `SetEscapeHTML(false)`.
    pub fn raw() -> Self {
        Self { is_raw: true, ..Self::default() }
    }

    /// The text.
    pub fn finish(self) -> String {
        self.out
    }

    fn before_member(&mut self) {
        match self.next {
            Next::Value => {}
            Next::First => self.new_line(),
            Next::Further => {
                self.out.push(',');
                self.new_line();
            }
        }
        self.next = Next::Further;
    }

    fn new_line(&mut self) {
        if self.is_indented {
            self.out.push('\n');
            (0..self.depth).for_each(|_| self.out.push_str("  "));
        }
    }

    fn begin(&mut self, bracket: char) {
        self.before_member();
        self.out.push(bracket);
        self.depth += 1;
        self.next = Next::First;
    }

    fn end(&mut self, bracket: char) {
        self.depth = self.depth.saturating_sub(1);
        if self.next == Next::Further {
            self.new_line();
        }
        self.out.push(bracket);
        self.next = Next::Further;
    }

    fn write(&mut self, atom: &str) {
        self.before_member();
        self.out.push_str(atom);
    }
}

impl Sink for JsonWriter {
    fn order(&self) -> KeyOrder {
        KeyOrder::Bytes
    }

    fn null(&mut self) {
        self.write("null");
    }

    fn bool(&mut self, truth: bool) {
        self.write(if truth { "true" } else { "false" });
    }

    fn int(&mut self, number: i64) {
        self.before_member();
        write!(self.out, "{number}").expect("a String takes any text");
    }

    fn uint(&mut self, number: u64) {
        self.before_member();
        write!(self.out, "{number}").expect("a String takes any text");
    }

    fn float(&mut self, number: f64) -> Result<(), WriteError> {
        if !number.is_finite() {
            return Err(WriteError::NotFinite(number));
        }
        self.before_member();
        push_json_float(&mut self.out, number);
        Ok(())
    }

    fn string(&mut self, text: &str) -> Result<(), WriteError> {
        self.before_member();
        push_string(&mut self.out, text, self.is_raw);
        Ok(())
    }

    fn begin_list(&mut self, _: usize) {
        self.begin('[');
    }

    fn end_list(&mut self) {
        self.end(']');
    }

    fn begin_map(&mut self, _: usize) {
        self.begin('{');
    }

    fn key(&mut self, key: &str) -> Result<(), WriteError> {
        self.string(key)?;
        self.out.push_str(if self.is_indented { ": " } else { ":" });
        self.next = Next::Value;
        Ok(())
    }

    fn end_map(&mut self) {
        self.end('}');
    }
}

/// A string in quotes. U+2028 and U+2029 are always escaped; `<`, `>` and `&` unless it is raw.
pub(super) fn push_string(out: &mut String, text: &str, is_raw: bool) {
    out.push('"');
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        let length = match byte {
            b'<' | b'>' | b'&' if !is_raw => 1,
            0..=0x1f | b'"' | b'\\' => 1,
            0xe2 if matches!(text.as_bytes()[at..], [_, 0x80, 0xa8 | 0xa9, ..]) => 3,
            _ => continue,
        };
        out.push_str(&text[written..at]);
        push_escaped(out, &text[at..at + length]);
        written = at + length;
    }
    out.push_str(&text[written..]);
    out.push('"');
}

fn push_escaped(out: &mut String, character: &str) {
    match character {
        "\"" => out.push_str("\\\""),
        "\\" => out.push_str("\\\\"),
        "\u{8}" => out.push_str("\\b"),
        "\u{c}" => out.push_str("\\f"),
        "\n" => out.push_str("\\n"),
        "\r" => out.push_str("\\r"),
        "\t" => out.push_str("\\t"),
        _ => character.chars().for_each(|c| {
            write!(out, "\\u{:04x}", u32::from(c)).expect("a String takes any text");
        }),
    }
}
