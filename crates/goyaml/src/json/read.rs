//! Reading JSON, with encoding/json's words for what is wrong.

use crate::quote::{is_printable, push_quoted};
use crate::value::MapBuilder;
use crate::{Float, Value};

/// Collections in collections. Go stops at 10,000; no chart comes near.
const MOST_LEVELS: usize = 1000;

/// Reads a JSON text as encoding/json does: of equal keys the last wins, bytes that are not UTF-8 and halves of surrogate
/// pairs become U+FFFD. Every number is a float64 in Go; here integers are kept apart as in YAML, and
/// [`Value::as_f64`] gives the float64.
pub fn from_json(text: &[u8]) -> Result<Value, JsonError> {
    let mut reader = Reader { text, at: 0, levels: 0, path: Vec::new(), out_of_range: None };
    reader.skip_blanks();
    let value = reader.value()?;
    reader.skip_blanks();
    if reader.peek().is_some() {
        return Err(reader.unexpected("after top-level value"));
    }
    match reader.out_of_range {
        None => Ok(value),
        Some(message) => Err(JsonError { message, decoded: Some(Box::new(value)) }),
    }
}

/// A text that is not JSON, or that has a number beyond float64.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    /// Go's text.
    pub message: String,
    /// What Go decoded all the same: with a number beyond float64, everything else, and 0 in its place.
    pub decoded: Option<Box<Value>>,
}

impl JsonError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), decoded: None }
    }
}

type Result<T, E = JsonError> = std::result::Result<T, E>;

/// A step from a collection to its member.
enum Step {
    Key(String),
    Index(usize),
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    levels: usize,
    path: Vec<Step>,
    /// Go's words for the first number that float64 cannot hold.
    out_of_range: Option<String>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Value> {
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => self.string().map(Value::String),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Result<Value>) -> Result<Value> {
        self.levels += 1;
        if self.levels > MOST_LEVELS {
            return Err(JsonError::new("exceeded max depth"));
        }
        self.at += 1;
        self.skip_blanks();
        let value = read(self)?;
        self.at += 1;
        self.levels -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Value> {
        let mut map = MapBuilder::default();
        if self.peek() == Some(b'}') {
            return Ok(Value::Map(map.finish()));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.skip_blanks();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            self.skip_blanks();
            self.path.push(Step::Key(key));
            let value = self.value()?;
            if let Some(Step::Key(key)) = self.path.pop() {
                map.insert(key, value);
            }
            if !self.has_more(b'}', "after object key:value pair")? {
                return Ok(Value::Map(map.finish()));
            }
        }
    }

    fn array(&mut self) -> Result<Value> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            return Ok(Value::List(items));
        }
        loop {
            self.path.push(Step::Index(items.len()));
            items.push(self.value()?);
            self.path.pop();
            if !self.has_more(b']', "after array element")? {
                return Ok(Value::List(items));
            }
        }
    }

    /// Whether a comma and a further member come, or the closing bracket, which stays where it is.
    fn has_more(&mut self, close: u8, context: &str) -> Result<bool> {
        self.skip_blanks();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.skip_blanks();
                Ok(true)
            }
            Some(byte) if byte == close => Ok(false),
            _ => Err(self.unexpected(context)),
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value> {
        for expected in word.chars() {
            if self.peek().map(char::from) != Some(expected) {
                let context = format!("in literal {word} (expecting '{expected}')");
                return Err(self.unexpected(&context));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        let mut is_integer = true;
        if self.peek() == Some(b'.') {
            is_integer = false;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            is_integer = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        let digits = std::str::from_utf8(&self.text[start..self.at]).unwrap_or("0");
        let value: f64 = digits.parse().unwrap_or(0.0);
        if is_integer
            && digits != "-0"
            && let Ok(number) = digits.parse()
        {
            return Ok(Value::Int(number));
        }
        if value.is_finite() {
            return Ok(Value::Float(Float { value, text: digits.into() }));
        }
        let message = self.out_of_range(digits);
        self.out_of_range.get_or_insert(message);
        Ok(Value::Int(0))
    }

    fn digits(&mut self) -> Result<()> {
        if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return Err(self.unexpected("in numeric literal"));
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn out_of_range(&self, digits: &str) -> String {
        let mut place = String::new();
        for step in &self.path {
            place.push('.');
            match step {
                Step::Key(key) => place.push_str(key),
                Step::Index(index) => place.push_str(&index.to_string()),
            }
        }
        let kind = match self.path.last() {
            Some(Step::Key(_)) => "Go struct field ",
            Some(Step::Index(_)) => "",
            None => "Go value",
        };
        format!("json: cannot unmarshal number {digits} into {kind}{place} of type float64")
    }

    fn string(&mut self) -> Result<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let plain = self.text[self.at..]
                .iter()
                .position(|b| matches!(b, 0..=0x1f | b'"' | b'\\'))
                .ok_or_else(end_of_input)?;
            text.push_str(&crate::to_text(&self.text[self.at..self.at + plain]));
            self.at += plain;
            match self.text[self.at] {
                b'"' => {
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => self.escape(&mut text)?,
                _ => return Err(self.unexpected("in string")),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<()> {
        let rest = &self.text[self.at..];
        let character = match rest.get(1).ok_or_else(end_of_input)? {
            b'u' => return self.escaped_code(text),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            byte @ (b'"' | b'\\' | b'/') => char::from(*byte),
            _ => {
                let length = rest[1..]
                    .utf8_chunks()
                    .next()
                    .map_or(1, |chunk| chunk.valid().chars().next().map_or(1, char::len_utf8));
                return Err(invalid_escape(&rest[..=length]));
            }
        };
        text.push(character);
        self.at += 2;
        Ok(())
    }

    fn escaped_code(&mut self, text: &mut String) -> Result<()> {
        let rest = &self.text[self.at..];
        let high = match code_unit(rest) {
            Some(unit) => unit,
            None if rest.len() < 6 && rest[2..].iter().all(u8::is_ascii_hexdigit) => {
                return Err(end_of_input());
            }
            None => return Err(invalid_escape(&rest[..rest.len().min(6)])),
        };
        self.at += 6;
        let pair = code_unit(&rest[6..]).and_then(|low| {
            char::decode_utf16([high, low]).next()?.ok().filter(|c| u32::from(*c) > 0xffff)
        });
        if let Some(character) = pair {
            self.at += 6;
            text.push(character);
        } else {
            text.push(char::from_u32(u32::from(high)).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(())
    }

    /// What stands here is not what may stand here.
    fn unexpected(&self, context: &str) -> JsonError {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return end_of_input();
        }
        let chunk = rest.utf8_chunks().next();
        let character = chunk.and_then(|chunk| chunk.valid().chars().next());
        let mut quoted = String::new();
        match character {
            Some(character) => push_quoted(&mut quoted, character, '\''),
            None => quoted = format!("\\x{:02x}", rest[0]),
        }
        JsonError::new(format!("invalid character '{quoted}' {context}"))
    }
}

fn code_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u16::from_str_radix(digits, 16).ok()
}

fn end_of_input() -> JsonError {
    JsonError::new("unexpected end of JSON input")
}

fn invalid_escape(sequence: &[u8]) -> JsonError {
    let text = String::from_utf8_lossy(sequence);
    let is_bare = |c: char| c != '`' && c != '\u{fffd}' && c != ' ' && is_printable(c);
    let message = if text.chars().all(is_bare) {
        format!("invalid escape sequence `{text}` in string")
    } else {
        let mut quoted = String::new();
        text.chars().for_each(|c| push_quoted(&mut quoted, c, '"'));
        format!("invalid escape sequence \"{quoted}\" in string")
    };
    JsonError::new(message)
}
