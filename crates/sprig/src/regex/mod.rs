//! Go's `regexp`: matching, splitting, replacing with RE2's rules.

mod class;
mod function;
mod lexeme;
mod replacement;
mod syntax;

pub(crate) use class::{is_digit, is_letter, is_punctuation};
pub(crate) use function::functions;

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use regex_automata::Input;
use regex_automata::meta::{self, Config};
use regex_automata::util::captures::Captures;

use lexeme::SyntaxError;
use syntax::Parsed;

/// Memory for one compiled expression, in bytes.
const MAX_PROGRAM: usize = 64 << 20;

/// Compiled expressions that a thread keeps. Charts have a handful; a template that makes them up must not fill memory.
const MAX_CACHED: usize = 512;

/// A compiled expression.
pub(crate) struct Regex {
    engine: meta::Regex,
    /// The names of groups.
    names: Vec<(Box<str>, usize)>,
    is_empty: bool,
}

/// What became of compiling an expression.
type Compiled = Result<Rc<Regex>, String>;

thread_local! {
    static CACHE: RefCell<HashMap<Box<[u8]>, Compiled>> = RefCell::default();
}

/// Compiles an expression or finds it compiled. The error is Go's: ``error parsing regexp: missing closing ]: `[` ``.
pub(crate) fn compile(expression: &[u8]) -> Compiled {
    CACHE.with_borrow_mut(|cache| {
        if let Some(known) = cache.get(expression) {
            return known.clone();
        }
        if cache.len() >= MAX_CACHED {
            cache.clear();
        }
        let compiled = Regex::new(expression).map(Rc::new).map_err(|error| {
            format!("error parsing regexp: {}: `{}`", error.code, error.expression)
        });
        cache.insert(expression.into(), compiled.clone());
        compiled
    })
}

impl Regex {
    fn new(expression: &[u8]) -> Result<Self, SyntaxError> {
        let text = str::from_utf8(expression).map_err(|error| SyntaxError {
            code: "invalid UTF-8",
            expression: String::from_utf8_lossy(&expression[error.valid_up_to()..]).into_owned(),
        })?;
        let Parsed { hir, names } = syntax::parse(text)?;
        let config = Config::new().nfa_size_limit(Some(MAX_PROGRAM)).utf8_empty(true);
        let engine = meta::Builder::new().configure(config).build_from_hir(&hir);
        let engine = engine
            .map_err(|_| SyntaxError { code: syntax::TOO_LARGE, expression: text.to_owned() })?;
        Ok(Self { engine, names, is_empty: text.is_empty() })
    }

    fn is_match(&self, text: &[u8]) -> bool {
        self.engine.is_match(text)
    }

    fn find_at(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        self.engine.search(&Input::new(text).range(from..)).map(|found| found.range())
    }

    /// The first `limit` matches. An empty match right behind another one does not count.
    fn find_all(&self, text: &[u8], limit: usize) -> Vec<Range<usize>> {
        let mut matches = Vec::new();
        let (mut from, mut last_end) = (0, None);
        while matches.len() < limit && from <= text.len() {
            let Some(found) = self.find_at(text, from) else { break };
            let is_accepted = !found.is_empty() || Some(found.start) != last_end;
            from = if found.end == from { from + rune_width(&text[from..]) } else { found.end };
            last_end = Some(found.end);
            if is_accepted {
                matches.push(found);
            }
        }
        matches
    }

    /// `text` with every match replaced by what `write` puts there.
    fn replace_all(&self, text: &[u8], mut write: impl FnMut(&Captures, &mut Vec<u8>)) -> Vec<u8> {
        let mut captures = self.engine.create_captures();
        let mut out = Vec::new();
        let (mut from, mut copied) = (0, 0);
        while from <= text.len() {
            self.engine.search_captures(&Input::new(text).range(from..), &mut captures);
            let Some(found) = captures.get_match() else { break };
            out.extend_from_slice(&text[copied..found.start()]);
            if found.end() > copied || found.start() == 0 {
                write(&captures, &mut out);
            }
            copied = found.end();
            from = copied.max(from + rune_width(&text[from..]));
        }
        out.extend_from_slice(&text[copied..]);
        out
    }

    /// `text` cut at the matches into at most `limit` parts.
    fn split<'a>(&self, text: &'a [u8], limit: usize) -> Vec<&'a [u8]> {
        if !self.is_empty && text.is_empty() {
            return vec![text];
        }
        let mut parts = Vec::new();
        let (mut begin, mut end) = (0, 0);
        for found in self.find_all(text, limit) {
            if parts.len() + 1 == limit {
                break;
            }
            end = found.start;
            if found.end != 0 {
                parts.push(&text[begin..end]);
            }
            begin = found.end;
        }
        if end != text.len() {
            parts.push(&text[begin..]);
        }
        parts
    }
}

/// The width of the first character, 1 where there is none or it is not UTF-8.
fn rune_width(text: &[u8]) -> usize {
    let head = &text[..text.len().min(4)];
    match str::from_utf8(head) {
        Ok(text) => text.chars().next().map_or(1, char::len_utf8),
        Err(error) if error.valid_up_to() > 0 => str::from_utf8(&head[..error.valid_up_to()])
            .ok()
            .and_then(|text| text.chars().next())
            .map_or(1, char::len_utf8),
        Err(_) => 1,
    }
}

/// Whether Go can write the text between back quotes: `strconv.CanBackquote`.
fn can_backquote(text: &[u8]) -> bool {
    let is_plain =
        |c: char| c == '\t' || !matches!(c, '\0'..='\u{1f}' | '`' | '\u{7f}' | '\u{feff}');
    str::from_utf8(text).is_ok_and(|text| text.chars().all(is_plain))
}
