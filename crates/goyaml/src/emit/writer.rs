//! The structure of a YAML text: indentation, indicators, keys.

use base64::Engine as _;

use crate::emit::{Library, analysis};
use crate::json;
use crate::number::{push_float, push_retyped_float, push_yaml_float};
use crate::sink::{KeyOrder, Sink, to_text};
use crate::write_error::WriteError;

const INDENT: usize = 2;
/// Bytes of a key that may stand on one line with its `:`.
const LONGEST_SIMPLE_KEY: usize = 128;

/// Writes one value as YAML in Go's block style.
#[derive(Debug)]
pub struct YamlWriter {
    pub(super) library: Library,
    pub(super) out: String,
    /// Characters on the last line.
    pub(super) column: usize,
    /// Whether the last thing written separates what comes next: a line break, indentation, an indicator that may.
    pub(super) is_separated: bool,
    /// Whether the last line has nothing but indentation and indicators that a block may start behind.
    pub(super) is_indentation: bool,
    /// The indentation of the innermost block; none at the root.
    indent: Option<usize>,
    blocks: Vec<Block>,
    /// Whether a key was written and its value comes next.
    is_behind_key: bool,
}

#[derive(Debug)]
struct Block {
    kind: BlockKind,
    /// The indentation around it.
    outer: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BlockKind {
    List,
    Map,
    /// Without members, and written already.
    Empty,
}

impl YamlWriter {
    /// Writes as Helm's `toYaml`: encoding/json, then yaml.v2.
    pub fn new() -> Self {
        Self::of(Library::V2)
    }

    /// Writes as Helm's `toYamlPretty`: yaml.v3.
    pub fn pretty() -> Self {
        Self::of(Library::V3)
    }

    fn of(library: Library) -> Self {
        Self {
            library,
            out: String::new(),
            column: 0,
            is_separated: true,
            is_indentation: true,
            indent: None,
            blocks: Vec::new(),
            is_behind_key: false,
        }
    }

    /// The text, less one line break at its end.
    pub fn finish(mut self) -> String {
        // What ends a document: a line break unless there is one.
        self.write_indent();
        if self.out.ends_with('\n') {
            self.out.pop();
        }
        self.out
    }

    /// The indentation of what belongs to the current block but stands on further lines.
    pub(super) fn continuation(&self) -> usize {
        self.indent.map_or(INDENT, |indent| indent + INDENT)
    }

    pub(super) fn write_indent(&mut self) {
        self.write_indent_of(self.indent.unwrap_or(0));
    }

    pub(super) fn write_indent_of(&mut self, indent: usize) {
        if !self.is_indentation
            || self.column > indent
            || (self.column == indent && !self.is_separated)
        {
            self.out.push('\n');
            self.column = 0;
        }
        self.out.extend(std::iter::repeat_n(' ', indent - self.column));
        self.column = indent;
        self.is_separated = true;
        self.is_indentation = true;
    }

    /// Writes something that the character before may not touch.
    pub(super) fn write_apart(&mut self, text: &str) {
        if !self.is_separated {
            self.out.push(' ');
            self.column += 1;
        }
        self.write_here(text);
    }

    /// Writes something in place. It separates nothing.
    pub(super) fn write_here(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
        self.is_separated = false;
    }

    /// An indicator that a block may start behind on the same line.
    fn write_block_indicator(&mut self, indicator: &str) {
        self.write_apart(indicator);
    }

    /// What comes before every value.
    fn before_value(&mut self) {
        self.is_behind_key = false;
        if self.blocks.last().is_some_and(|block| block.kind == BlockKind::List) {
            self.write_indent();
            self.write_block_indicator("-");
        }
    }

    fn write_atom(&mut self, atom: &str) {
        self.before_value();
        self.write_plain_atom(atom);
    }

    fn write_plain_atom(&mut self, atom: &str) {
        self.write_apart(atom);
        self.is_indentation = false;
    }

    /// Writes a number with a buffer of its own: its text goes through `write_atom`.
    fn write_number(&mut self, push: impl FnOnce(&mut String)) {
        let mut text = String::new();
        push(&mut text);
        self.write_atom(&text);
    }

    fn begin(&mut self, kind: BlockKind, length: usize) {
        let is_value_of_map = self.is_behind_key;
        self.before_value();
        let outer = self.indent;
        if length == 0 {
            self.write_plain_atom(if kind == BlockKind::List { "[]" } else { "{}" });
            self.blocks.push(Block { kind: BlockKind::Empty, outer });
            return;
        }
        // yaml.v2 does not indent a list below its key.
        let is_level = kind == BlockKind::List
            && self.library == Library::V2
            && is_value_of_map
            && !self.is_indentation;
        self.indent = match outer {
            None => Some(0),
            Some(indent) if is_level => Some(indent),
            Some(indent) => Some(indent + INDENT),
        };
        self.blocks.push(Block { kind, outer });
    }

    fn end(&mut self) {
        if let Some(block) = self.blocks.pop() {
            self.indent = block.outer;
        }
    }
}

impl Default for YamlWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl Sink for YamlWriter {
    fn order(&self) -> KeyOrder {
        match self.library {
            Library::V2 => KeyOrder::Natural,
            Library::V3 => KeyOrder::NaturalV3,
        }
    }

    fn null(&mut self) {
        self.write_atom("null");
    }

    fn bool(&mut self, truth: bool) {
        self.write_atom(if truth { "true" } else { "false" });
    }

    fn int(&mut self, number: i64) {
        self.write_atom(&number.to_string());
    }

    fn uint(&mut self, number: u64) {
        self.write_atom(&number.to_string());
    }

    fn float(&mut self, number: f64) -> Result<(), WriteError> {
        match self.library {
            Library::V2 if !number.is_finite() => return Err(WriteError::NotFinite(number)),
            Library::V2 => self.write_number(|text| push_retyped_float(text, number)),
            Library::V3 if number.is_finite() => self.write_number(|text| push_float(text, number)),
            Library::V3 => self.write_number(|text| push_yaml_float(text, number)),
        }
        Ok(())
    }

    fn string(&mut self, text: &str) -> Result<(), WriteError> {
        self.before_value();
        match self.library {
            Library::V2 => {
                let text = json::through_yaml(text)?;
                self.write_string(&text, analysis::style(&text, self.library), true);
            }
            Library::V3 => self.write_string(text, analysis::style(text, self.library), true),
        }
        Ok(())
    }

    /// yaml.v3 writes what is no text as base64; the others as text with U+FFFD in it.
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        if self.library == Library::V2 || std::str::from_utf8(bytes).is_ok() {
            return self.string(&to_text(bytes));
        }
        self.before_value();
        self.write_plain_atom("!!binary");
        let packed = base64_lines(bytes);
        self.write_string(&packed, analysis::style_of_tagged(&packed), true);
        Ok(())
    }

    fn begin_list(&mut self, length: usize) {
        self.begin(BlockKind::List, length);
    }

    fn end_list(&mut self) {
        self.end();
    }

    fn begin_map(&mut self, length: usize) {
        self.begin(BlockKind::Map, length);
    }

    fn key(&mut self, key: &str) -> Result<(), WriteError> {
        if self.library == Library::V2 {
            json::check_key(key)?;
        }
        self.write_indent();
        let style = analysis::style(key, self.library);
        if key.len() <= LONGEST_SIMPLE_KEY && !analysis::is_multiline(key) {
            self.write_string(key, style, false);
            self.write_here(":");
            self.is_indentation = false;
        } else {
            self.write_block_indicator("?");
            self.write_string(key, style, true);
            self.write_indent();
            self.write_block_indicator(":");
        }
        self.is_behind_key = true;
        Ok(())
    }

    fn end_map(&mut self) {
        self.end();
    }
}

/// Base64 in lines of 70 characters, or on a line of its own without a line break.
fn base64_lines(bytes: &[u8]) -> String {
    const LINE: usize = 70;
    let packed = base64::engine::general_purpose::STANDARD.encode(bytes);
    if packed.len() < LINE {
        return packed;
    }
    let mut lines = String::with_capacity(packed.len() + packed.len() / LINE + 1);
    for (at, c) in packed.chars().enumerate() {
        lines.push(c);
        if (at + 1) % LINE == 0 || at + 1 == packed.len() {
            lines.push('\n');
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What helm 4.3.1 prints for `toYamlPretty` and `toYaml` of such strings.
    #[test]
    fn bytes_that_are_no_text_become_base64_in_the_third_version_only() {
        let mut writer = YamlWriter::pretty();
        writer.begin_map(2);
        writer.key("a").unwrap();
        writer.bytes(&[0xfe; 60]).unwrap();
        writer.key("b").unwrap();
        writer.begin_list(2);
        writer.bytes(b"\xffx").unwrap();
        writer.bytes("é".as_bytes()).unwrap();
        writer.end_list();
        writer.end_map();
        assert_eq!(
            writer.finish(),
            "a: !!binary |\n  /v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v\n  \
             7+/v7+/v7+\nb:\n  - !!binary /3g=\n  - é"
        );
        let mut writer = YamlWriter::new();
        writer.bytes(b"a\xff").unwrap();
        assert_eq!(writer.finish(), "a\u{fffd}");
    }
}
