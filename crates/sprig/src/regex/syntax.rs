//! Go's regular expressions, parsed with Go's rules and errors into what the matching engine takes.

use regex_syntax::hir::{Capture, Class, ClassUnicode, Hir, Look, Repetition};

use super::class;
use super::lexeme::{
    BAD_COUNT, BAD_ESCAPE, MAX_REPETITIONS, SyntaxError, error, escape, next, quantifier,
};

/// Deeper nesting is refused, as Go does.
const MAX_NESTING: usize = 1_000;

const BAD_RANGE: &str = "invalid character class range";
const BAD_NAME: &str = "invalid named capture";
const BAD_PERL: &str = "invalid or unsupported Perl syntax";
const BAD_REPETITION: &str = "invalid nested repetition operator";
const NO_BRACKET: &str = "missing closing ]";
const NO_PAREN: &str = "missing closing )";
const NO_ARGUMENT: &str = "missing argument to repetition operator";
const LONE_PAREN: &str = "unexpected )";
const TOO_DEEP: &str = "expression nests too deeply";
pub(super) const TOO_LARGE: &str = "expression too large";

/// An expression, and which groups have names. Names can be given twice.
pub(super) struct Parsed {
    pub(super) hir: Hir,
    pub(super) names: Vec<(Box<str>, usize)>,
}

/// Parses a whole expression.
pub(super) fn parse(text: &str) -> Result<Parsed, SyntaxError> {
    Parser {
        whole: text,
        flags: Flags::default(),
        groups: vec![Group::default()],
        captures: 0,
        names: Vec::new(),
    }
    .parse()
}

#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent switches of the syntax")]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_newline: bool,
    lazy: bool,
}

/// An expression, how often its insides repeat at most, and how deep they nest.
struct Term {
    hir: Hir,
    repetitions: u32,
    depth: usize,
}

/// What is between a `(` and the place where the parser is.
#[derive(Default)]
struct Group {
    /// The index, unless the group does not capture.
    capture: Option<u32>,
    /// The flags outside.
    outer: Flags,
    alternatives: Vec<Term>,
    sequence: Vec<Term>,
}

struct Parser<'a> {
    whole: &'a str,
    flags: Flags,
    groups: Vec<Group>,
    captures: u32,
    names: Vec<(Box<str>, usize)>,
}

impl<'a> Parser<'a> {
    fn parse(mut self) -> Result<Parsed, SyntaxError> {
        let mut rest = self.whole;
        let mut last_repeat = "";
        while !rest.is_empty() {
            let mut repeat = "";
            rest = match rest.as_bytes()[0] {
                b'(' if rest.as_bytes().get(1) == Some(&b'?') => self.perl_group(rest)?,
                b'(' => {
                    self.captures += 1;
                    self.open(Some(self.captures))?;
                    &rest[1..]
                }
                b'|' => {
                    let group = self.group();
                    let sequence = concat(std::mem::take(&mut group.sequence));
                    group.alternatives.push(sequence);
                    &rest[1..]
                }
                b')' => {
                    self.close()?;
                    &rest[1..]
                }
                b'*' | b'+' | b'?' | b'{' => match quantifier(rest)? {
                    Some((bounds, after)) => {
                        repeat = rest;
                        self.repeat(bounds, rest, after, last_repeat)?
                    }
                    None => self.literal('{', &rest[1..])?,
                },
                b'[' => self.class(rest)?,
                b'\\' => self.backslash(rest)?,
                _ => self.plain(rest)?,
            };
            last_repeat = repeat;
        }
        if self.groups.len() > 1 {
            return error(NO_PAREN, self.whole);
        }
        let group = self.groups.pop().unwrap_or_default();
        Ok(Parsed { hir: alternate(group).hir, names: self.names })
    }

    fn group(&mut self) -> &mut Group {
        self.groups.last_mut().expect("only `close` removes groups, and never the outermost")
    }

    fn push(&mut self, hir: Hir) -> Result<(), SyntaxError> {
        self.push_term(Term { hir, repetitions: 1, depth: 1 })
    }

    fn push_term(&mut self, term: Term) -> Result<(), SyntaxError> {
        if term.depth > MAX_NESTING {
            return error(TOO_DEEP, self.whole);
        }
        self.group().sequence.push(term);
        Ok(())
    }

    fn open(&mut self, capture: Option<u32>) -> Result<(), SyntaxError> {
        if self.groups.len() > MAX_NESTING {
            return error(TOO_DEEP, self.whole);
        }
        self.groups.push(Group { capture, outer: self.flags, ..Group::default() });
        Ok(())
    }

    fn close(&mut self) -> Result<(), SyntaxError> {
        if self.groups.len() < 2 {
            return error(LONE_PAREN, self.whole);
        }
        let mut group = self.groups.pop().unwrap_or_default();
        self.flags = group.outer;
        let capture = group.capture.take();
        let mut term = alternate(group);
        if let Some(index) = capture {
            term.hir = Hir::capture(Capture { index, name: None, sub: Box::new(term.hir) });
            term.depth += 1;
        }
        self.push_term(term)
    }

    /// The character that `rest` begins with, where it is neither an operator nor escaped.
    fn plain(&mut self, rest: &'a str) -> Result<&'a str, SyntaxError> {
        let (c, after) = next(rest);
        let look = match (c, self.flags.multi_line) {
            ('^', true) => Look::StartLF,
            ('^', false) => Look::Start,
            ('$', true) => Look::EndLF,
            ('$', false) => Look::End,
            ('.', _) => {
                let mut class = ClassUnicode::empty();
                if !self.flags.dot_newline {
                    class = class::from_ranges(&[('\n', '\n')]);
                }
                class.negate();
                self.push(Hir::class(Class::Unicode(class)))?;
                return Ok(after);
            }
            _ => return self.literal(c, after),
        };
        self.push(Hir::look(look))?;
        Ok(after)
    }

    fn literal(&mut self, c: char, after: &'a str) -> Result<&'a str, SyntaxError> {
        let hir = if self.flags.fold {
            Hir::class(Class::Unicode(folded(class::from_ranges(&[(c, c)]))))
        } else {
            Hir::literal(c.encode_utf8(&mut [0; 4]).as_bytes())
        };
        self.push(hir)?;
        Ok(after)
    }

    fn repeat(
        &mut self,
        (min, max): (u32, Option<u32>),
        before: &str,
        mut after: &'a str,
        last: &str,
    ) -> Result<&'a str, SyntaxError> {
        let mut greedy = !self.flags.lazy;
        if let Some(rest) = after.strip_prefix('?') {
            after = rest;
            greedy = !greedy;
        }
        if !last.is_empty() {
            return error(BAD_REPETITION, &last[..last.len() - after.len()]);
        }
        let operator = &before[..before.len() - after.len()];
        let Some(term) = self.group().sequence.pop() else {
            return error(NO_ARGUMENT, operator);
        };
        let mut repetitions = term.repetitions;
        if operator.starts_with('{') {
            repetitions = repetitions.saturating_mul(max.unwrap_or(min).max(1));
            if repetitions > MAX_REPETITIONS && (min >= 2 || max.is_some_and(|max| max >= 2)) {
                return error(BAD_COUNT, operator);
            }
        }
        let hir = Hir::repetition(Repetition { min, max, greedy, sub: Box::new(term.hir) });
        self.push_term(Term { hir, repetitions, depth: term.depth + 1 })?;
        Ok(after)
    }

    /// `(?P<name>`, `(?<name>`, `(?flags)` and `(?flags:`.
    fn perl_group(&mut self, text: &'a str) -> Result<&'a str, SyntaxError> {
        let named = text.strip_prefix("(?P<").or_else(|| text.strip_prefix("(?<"));
        if let Some(name) = named.filter(|name| !name.is_empty()) {
            return self.named_group(text, name);
        }
        let mut rest = &text[2..];
        let (mut flags, mut is_set, mut saw_flag) = (self.flags, true, false);
        while !rest.is_empty() {
            let (c, after) = next(rest);
            rest = after;
            match c {
                'i' => flags.fold = is_set,
                'm' => flags.multi_line = is_set,
                's' => flags.dot_newline = is_set,
                'U' => flags.lazy = is_set,
                '-' if is_set => {
                    (is_set, saw_flag) = (false, false);
                    continue;
                }
                ':' | ')' if is_set || saw_flag => {
                    if c == ':' {
                        self.open(None)?;
                    }
                    self.flags = flags;
                    return Ok(after);
                }
                _ => return error(BAD_PERL, &text[..text.len() - rest.len()]),
            }
            saw_flag = true;
        }
        error(BAD_PERL, text)
    }

    fn named_group(&mut self, text: &'a str, name: &'a str) -> Result<&'a str, SyntaxError> {
        let Some((name, after)) = name.split_once('>') else { return error(BAD_NAME, text) };
        let is_word = |b: u8| b == b'_' || b.is_ascii_alphanumeric();
        if name.is_empty() || !name.bytes().all(is_word) {
            return error(BAD_NAME, &text[..text.len() - after.len()]);
        }
        self.captures += 1;
        self.names.push((name.into(), self.captures as usize));
        self.open(Some(self.captures))?;
        Ok(after)
    }

    fn backslash(&mut self, text: &'a str) -> Result<&'a str, SyntaxError> {
        let look = match text.as_bytes().get(1) {
            Some(b'A') => Look::Start,
            Some(b'z') => Look::End,
            Some(b'b') => Look::WordAscii,
            Some(b'B') => Look::WordAsciiNegate,
            Some(b'C') => return error(BAD_ESCAPE, &text[..2]),
            Some(b'Q') => return self.quoted(&text[2..]),
            _ => {
                if let Some((class, after)) = self.class_escape(text)? {
                    self.push(Hir::class(Class::Unicode(class)))?;
                    return Ok(after);
                }
                let (c, after) = escape(text)?;
                return self.literal(c, after);
            }
        };
        self.push(Hir::look(look))?;
        Ok(&text[2..])
    }

    fn quoted(&mut self, text: &'a str) -> Result<&'a str, SyntaxError> {
        let (literal, after) = text.split_once(r"\E").unwrap_or((text, ""));
        for c in literal.chars() {
            self.literal(c, after)?;
        }
        Ok(after)
    }

    /// `\d`, `\pL`, `\P{Greek}` and the like, if `text` begins with one.
    fn class_escape(&self, text: &'a str) -> Result<Option<(ClassUnicode, &'a str)>, SyntaxError> {
        let letter = match text.as_bytes() {
            [b'\\', letter, ..] => *letter,
            _ => return Ok(None),
        };
        let (class, is_negated, after) = if let Some(class) = class::perl(letter) {
            (class, letter.is_ascii_uppercase(), &text[2..])
        } else if letter == b'p' || letter == b'P' {
            let (sequence, name) = unicode_name(text)?;
            let bare = name.strip_prefix('^').unwrap_or(name);
            let Some(class) = class::unicode(bare) else { return error(BAD_RANGE, sequence) };
            (class, (letter == b'P') != (bare.len() < name.len()), &text[sequence.len()..])
        } else {
            return Ok(None);
        };
        Ok(Some((self.finish(class, is_negated), after)))
    }

    /// Folds the class if `(?i)` is on, then negates it.
    fn finish(&self, mut class: ClassUnicode, is_negated: bool) -> ClassUnicode {
        if self.flags.fold {
            class = folded(class);
        }
        if is_negated {
            class.negate();
        }
        class
    }

    fn class(&mut self, whole: &'a str) -> Result<&'a str, SyntaxError> {
        let mut rest = &whole[1..];
        let is_negated = rest.starts_with('^');
        if is_negated {
            rest = &rest[1..];
        }
        let mut class = ClassUnicode::empty();
        let mut is_first = true;
        while is_first || !rest.starts_with(']') {
            is_first = false;
            if let Some((named, after)) = self.posix_class(rest)? {
                class.union(&named);
                rest = after;
            } else if let Some((escaped, after)) = self.class_escape(rest)? {
                class.union(&escaped);
                rest = after;
            } else {
                let (from, to, after) = class_range(rest, whole)?;
                class.union(&self.finish(class::from_ranges(&[(from, to)]), false));
                rest = after;
            }
        }
        if is_negated {
            class.negate();
        }
        self.push(Hir::class(Class::Unicode(class)))?;
        Ok(&rest[1..])
    }

    /// `[:alpha:]` or `[:^alpha:]`, if `text` begins with one.
    fn posix_class(&self, text: &'a str) -> Result<Option<(ClassUnicode, &'a str)>, SyntaxError> {
        let Some((name, after)) = text.strip_prefix("[:").and_then(|rest| rest.split_once(":]"))
        else {
            return Ok(None);
        };
        let bare = name.strip_prefix('^').unwrap_or(name);
        match class::posix(bare) {
            Some(class) => Ok(Some((self.finish(class, bare.len() < name.len()), after))),
            None => error(BAD_RANGE, &text[..text.len() - after.len()]),
        }
    }
}

/// The whole of `\pL` or `\p{Greek}` at the start of `text`, and the name in it.
fn unicode_name(text: &str) -> Result<(&str, &str), SyntaxError> {
    if text.as_bytes().get(2) == Some(&b'{') {
        return match text.find('}') {
            Some(end) => Ok((&text[..=end], &text[3..end])),
            None => error(BAD_RANGE, text),
        };
    }
    let (_, after) = next(&text[2..]);
    let sequence = &text[..text.len() - after.len()];
    Ok((sequence, &sequence[2..]))
}

fn class_range<'a>(text: &'a str, whole: &str) -> Result<(char, char, &'a str), SyntaxError> {
    let (from, rest) = class_char(text, whole)?;
    if !rest.starts_with('-') || rest.len() < 2 || rest.as_bytes()[1] == b']' {
        return Ok((from, from, rest));
    }
    let (to, rest) = class_char(&rest[1..], whole)?;
    if to < from {
        return error(BAD_RANGE, &text[..text.len() - rest.len()]);
    }
    Ok((from, to, rest))
}

fn class_char<'a>(text: &'a str, whole: &str) -> Result<(char, &'a str), SyntaxError> {
    match text.as_bytes().first() {
        None => error(NO_BRACKET, whole),
        Some(b'\\') => escape(text),
        Some(_) => Ok(next(text)),
    }
}

fn folded(mut class: ClassUnicode) -> ClassUnicode {
    class.try_case_fold_simple().expect("case folding tables are compiled in");
    class
}

fn concat(mut terms: Vec<Term>) -> Term {
    if terms.len() == 1 {
        return terms.remove(0);
    }
    combine(terms, Hir::concat)
}

fn alternate(group: Group) -> Term {
    let last = concat(group.sequence);
    if group.alternatives.is_empty() {
        return last;
    }
    let mut terms = group.alternatives;
    terms.push(last);
    combine(terms, Hir::alternation)
}

fn combine(terms: Vec<Term>, join: fn(Vec<Hir>) -> Hir) -> Term {
    let repetitions = terms.iter().map(|term| term.repetitions).max().unwrap_or(1);
    let depth = 1 + terms.iter().map(|term| term.depth).max().unwrap_or(0);
    Term { hir: join(terms.into_iter().map(|term| term.hir).collect()), repetitions, depth }
}
