//! The little language of `--set` and its sisters: `a.b[0]=x,c={1,2}`.

use super::{Table, Value};

/// Highest index of a list.
const MAX_INDEX: i64 = 65_536;
/// Deepest nesting of names.
const MAX_NAME_LEVEL: usize = 30;
/// Deepest nesting of lists. helm has no bound here.
const MAX_LIST_LEVEL: usize = 300;

/// How the texts behind `=` become values.
pub(super) enum Dialect<'r> {
    /// `--set`: integers, booleans and null are recognized, everything else is text.
    Typed,
    /// `--set-string`: everything is text.
    Text,
    /// `--set-json`: one JSON value each.
    Json,
    /// `--set-file`: the content of the named file.
    File(&'r mut dyn FnMut(&str) -> Result<Vec<u8>, String>),
    /// `--set-literal`: the rest, as it is.
    Literal,
}

/// Reads a text into values that may hold some already. The error is helm's text, without what it says in front.
pub(super) fn set(values: &mut Table, text: &str, dialect: Dialect<'_>) -> Result<(), String> {
    let mut parser = Parser { text, at: 0, lists: 0, dialect };
    while parser.key(values, 0)? == Flow::More {}
    Ok(())
}

/// Whether the text goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    More,
    End,
}

struct Parser<'t, 'r> {
    text: &'t str,
    at: usize,
    /// How many lists the place is in.
    lists: usize,
    dialect: Dialect<'r>,
}

impl Parser<'_, '_> {
    fn next(&mut self) -> Option<char> {
        let c = self.text[self.at..].chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// What stands before one of the stops, and that stop; none at the end of the text. A backslash takes away the
    /// meaning of what follows it.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let has_escapes = !matches!(self.dialect, Dialect::Literal);
        let mut read = String::new();
        while let Some(c) = self.next() {
            if stops.contains(&c) {
                return (read, Some(c));
            }
            if c == '\\' && has_escapes {
                read.extend(self.next());
            } else {
                read.push(c);
            }
        }
        (read, None)
    }

    fn key(&mut self, values: &mut Table, level: usize) -> Result<Flow, String> {
        let stops: &[char] = if matches!(self.dialect, Dialect::Literal) {
            &['=', '[', '.']
        } else {
            &['=', '[', ',', '.']
        };
        let (key, stop) = self.until(stops);
        match stop {
            None if key.is_empty() => Ok(Flow::End),
            None => Err(format!("key {} has no value", quote(&key))),
            Some('=') => {
                let (value, flow) = self.value()?;
                put(values, key, value);
                Ok(flow)
            }
            Some('[') => self.list(values, key, level),
            Some('.') => self.table(values, key, level + 1),
            Some(_) => Err(format!("key {} has no value (cannot end with ,)", quote(&key))),
        }
    }

    fn table(&mut self, values: &mut Table, key: String, level: usize) -> Result<Flow, String> {
        if level > MAX_NAME_LEVEL {
            let reason =
                "value name nested level is greater than maximum supported nested level of";
            return Err(format!("{reason} {MAX_NAME_LEVEL}"));
        }
        let mut inner = match values.get_mut(&key) {
            None => Table::new(),
            Some(Value::Table(table)) => std::mem::take(table),
            Some(other) => return Err(conversion(other, "map[string]interface {}")),
        };
        let flow = self.key(&mut inner, level)?;
        if inner.is_empty() {
            return if flow == Flow::End {
                Ok(flow)
            } else {
                Err(format!("key map {} has no value", quote(&key)))
            };
        }
        put(values, key, inner.into());
        Ok(flow)
    }

    fn list(&mut self, values: &mut Table, key: String, level: usize) -> Result<Flow, String> {
        let Some(index) = self.index()? else { return Ok(Flow::End) };
        let list = match values.get_mut(&key) {
            None => Vec::new(),
            Some(Value::List(items)) => std::mem::take(items),
            Some(other) => return Err(conversion(other, "[]interface {}")),
        };
        self.lists += 1;
        let (list, flow) = self.item(list, index, level)?;
        self.lists -= 1;
        put(values, key, Value::List(list));
        Ok(flow)
    }

    /// The number before `]`; none where the text ends.
    fn index(&mut self) -> Result<Option<i64>, String> {
        let (text, Some(_)) = self.until(&[']']) else { return Ok(None) };
        let failed = |what: &str| {
            format!("error parsing index: strconv.Atoi: parsing {}: {what}", quote(&text))
        };
        let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(failed("invalid syntax"));
        }
        text.parse().map(Some).map_err(|_| failed("value out of range"))
    }

    /// What stands behind `]`.
    fn item(
        &mut self,
        mut list: Vec<Value>,
        index: i64,
        level: usize,
    ) -> Result<(Vec<Value>, Flow), String> {
        if index < 0 {
            return Err(format!("negative {index} index not allowed"));
        }
        if self.lists > MAX_LIST_LEVEL {
            return Err(format!("more than {MAX_LIST_LEVEL} lists in lists"));
        }
        let (extra, stop) = self.until(&['[', '.', '=']);
        if !extra.is_empty() {
            return Err(format!("unexpected data at end of array index: {}", quote_each(&extra)));
        }
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        match stop {
            None => Ok((list, Flow::End)),
            Some('=') => {
                // The end of the text is noticed only where the next key is looked for.
                let (value, _) = self.value()?;
                Ok((put_at(list, index, value)?, Flow::More))
            }
            Some('[') => {
                let Some(next) = self.index()? else { return Ok((list, Flow::End)) };
                let inner = match list.get_mut(at) {
                    None | Some(Value::Null) => Vec::new(),
                    Some(Value::List(items)) => std::mem::take(items),
                    Some(other) => return Err(conversion(other, "[]interface {}")),
                };
                self.lists += 1;
                let (inner, flow) = self.item(inner, next, level)?;
                self.lists -= 1;
                // helm forgets a new list where the text ends in it.
                if at < list.len() || flow == Flow::More {
                    list = put_at(list, index, Value::List(inner))?;
                }
                Ok((list, flow))
            }
            Some(_) => {
                let is_there = at < list.len();
                let mut inner = match list.get_mut(at) {
                    Some(Value::Table(table)) => std::mem::take(table),
                    _ => Table::new(),
                };
                let flow = self.key(&mut inner, level)?;
                // helm forgets a new item where the text ends in it.
                if is_there || flow == Flow::More {
                    list = put_at(list, index, inner.into())?;
                }
                Ok((list, flow))
            }
        }
    }

    /// What stands behind `=`.
    fn value(&mut self) -> Result<(Value, Flow), String> {
        match self.dialect {
            Dialect::Json => return Ok((self.json()?, Flow::More)),
            Dialect::Literal => {
                let value = &self.text[self.at..];
                self.at = self.text.len();
                return Ok((value.into(), Flow::More));
            }
            _ => {}
        }
        match self.text[self.at..].chars().next() {
            None => Ok((Value::from(""), Flow::End)),
            Some('{') => {
                self.at += 1;
                Ok((self.items()?, Flow::More))
            }
            Some(_) => {
                let (text, _) = self.until(&[',']);
                Ok((self.scalar(text)?, Flow::More))
            }
        }
    }

    /// The rest of `{a,b}` with the comma behind it.
    fn items(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            if stop.is_none() {
                return Err("list must terminate with '}'".to_owned());
            }
            items.push(self.scalar(text)?);
            if stop == Some('}') {
                if self.text[self.at..].starts_with(',') {
                    self.at += 1;
                }
                return Ok(Value::List(items));
            }
        }
    }

    fn scalar(&mut self, text: String) -> Result<Value, String> {
        match &mut self.dialect {
            Dialect::Typed => Ok(typed(text)),
            Dialect::File(read) => {
                read(&text).map(|content| String::from_utf8_lossy(&content).into_owned().into())
            }
            _ => Ok(text.into()),
        }
    }

    /// One JSON value, or null where there is none, and the comma behind it.
    fn json(&mut self) -> Result<Value, String> {
        if self.skip_comma() {
            return Ok(Value::Null);
        }
        let rest = &self.text[self.at..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<serde_json::Value>();
        let value = values.next().ok_or("EOF")?.map_err(|error| error.to_string())?;
        self.at += values.byte_offset();
        self.skip_comma();
        Ok(Value::from_json(value))
    }

    /// Skips white space and one comma. Whether there was a comma, or nothing at all.
    fn skip_comma(&mut self) -> bool {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        if rest.starts_with(',') {
            self.at += 1;
        }
        rest.is_empty() || rest.starts_with(',')
    }
}

/// Entries without a name are dropped.
fn put(values: &mut Table, key: String, value: Value) {
    if !key.is_empty() {
        values.insert(key, value);
    }
}

fn put_at(mut list: Vec<Value>, index: i64, value: Value) -> Result<Vec<Value>, String> {
    if index > MAX_INDEX {
        return Err(format!(
            "index of {index} is greater than maximum supported index of {MAX_INDEX}"
        ));
    }
    let at = usize::try_from(index).expect("it was checked to be positive");
    if list.len() <= at {
        list.resize(at + 1, Value::Null);
    }
    list[at] = value;
    Ok(list)
}

fn typed(text: String) -> Value {
    // The one letter outside ASCII that folds to one of these words' letters.
    let folded = text.to_ascii_lowercase().replace('\u{17f}', "s");
    match folded.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        "0" => Value::Int(0),
        _ if text.starts_with('0') => text.into(),
        _ => text.parse().map_or_else(|_| text.into(), Value::Int),
    }
}

fn conversion(value: &Value, wanted: &str) -> String {
    let is = match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Table(_) => "map[string]interface {}",
    };
    format!("unable to parse key: interface conversion: interface {{}} is {is}, not {wanted}")
}

fn quote(text: &str) -> String {
    gotemplate::fmt::quote(text.as_bytes())
}

/// `['a' 'b']`.
fn quote_each(text: &str) -> String {
    let quoted = |c: char| match c {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => {
            let quoted = quote(c.encode_utf8(&mut [0; 4]));
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    };
    format!("[{}]", text.chars().map(quoted).collect::<Vec<_>>().join(" "))
}
