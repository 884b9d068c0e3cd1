//! From text to tokens.
//!
//! The rules are those of Go's templates: `{{-` and `-}}` trim space, tab, CR and LF; comments stand alone between their
//! delimiters; newlines may stand inside actions.

mod action;
mod number;
mod rune;
mod token;

pub(crate) use self::rune::decode_rune;
pub(crate) use self::token::{Keyword, Token, TokenKind};

const LEFT: &[u8; 2] = b"{{";
const RIGHT: &[u8] = b"}}";
const COMMENT_START: &[u8] = b"/*";
const COMMENT_END: &[u8; 2] = b"*/";

/// A text in tokens.
pub(crate) struct Lexed {
    /// The last one is [`TokenKind::Eof`] or [`TokenKind::Error`].
    pub(crate) tokens: Vec<Token>,
    /// What the error token is about.
    pub(crate) error: String,
}

/// Positions in tokens and trees are 32 bits wide.
const MAX_TEXT: usize = u32::MAX as usize;

/// All tokens of `text`, up to the first error.
pub(crate) fn lex(text: &[u8]) -> Lexed {
    if text.len() > MAX_TEXT {
        let token = Token { kind: TokenKind::Error, start: 0, end: 0 };
        return Lexed { tokens: vec![token], error: "template too large".to_owned() };
    }
    let tokens = Vec::with_capacity(text.len() / 8);
    let mut lexer = Lexer { text, pos: 0, start: 0, paren_depth: 0, tokens };
    let error = match lexer.run() {
        Err(Stop::Error(message)) => {
            lexer.emit(TokenKind::Error);
            message
        }
        _ => String::new(),
    };
    Lexed { tokens: lexer.tokens, error }
}

struct Lexer<'a> {
    text: &'a [u8],
    pos: usize,
    /// Where the token being read starts.
    start: usize,
    paren_depth: u32,
    tokens: Vec<Token>,
}

/// Why lexing ends.
enum Stop {
    End,
    Error(String),
}

type Outcome = Result<(), Stop>;

fn fail(message: impl Into<String>) -> Outcome {
    Err(Stop::Error(message.into()))
}

impl<'a> Lexer<'a> {
    fn run(&mut self) -> Outcome {
        loop {
            self.outside()?;
            if self.left_delimiter()? {
                self.inside()?;
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        &self.text[self.pos..]
    }

    fn starts_with(&self, prefix: &[u8]) -> bool {
        self.rest().starts_with(prefix)
    }

    /// Text up to the next delimiter or the end.
    fn outside(&mut self) -> Outcome {
        let Some(length) = find(self.rest(), *LEFT) else {
            self.pos = self.text.len();
            if self.pos > self.start {
                self.emit(TokenKind::Text);
            }
            self.emit(TokenKind::Eof);
            return Err(Stop::End);
        };
        self.pos += length;
        let trims = trims_left(&self.rest()[LEFT.len()..]);
        let kept = if trims { trimmed_length(&self.text[self.start..self.pos]) } else { length };
        let end = self.pos;
        self.pos = self.start + kept;
        if kept > 0 {
            self.emit(TokenKind::Text);
        }
        self.pos = end;
        self.skip();
        Ok(())
    }

    /// `{{`, `{{-` or a comment; says whether an action follows.
    fn left_delimiter(&mut self) -> Result<bool, Stop> {
        let after = &self.rest()[LEFT.len()..];
        let marker = if trims_left(after) { 2 } else { 0 };
        if after[marker..].starts_with(COMMENT_START) {
            self.pos += LEFT.len() + marker;
            self.comment()?;
            return Ok(false);
        }
        self.pos += LEFT.len();
        self.emit(TokenKind::LeftDelimiter);
        self.pos += marker;
        self.skip();
        self.paren_depth = 0;
        Ok(true)
    }

    fn comment(&mut self) -> Outcome {
        self.skip();
        self.pos += COMMENT_START.len();
        let Some(length) = find(self.rest(), *COMMENT_END) else {
            return fail("unclosed comment");
        };
        self.pos += length + COMMENT_END.len();
        let Some(trims) = self.at_right_delimiter() else {
            return fail("comment ends before closing delimiter");
        };
        self.skip_right_delimiter(trims);
        Ok(())
    }

    /// Whether the right delimiter is here, and if so whether it trims.
    fn at_right_delimiter(&self) -> Option<bool> {
        if trims_right(self.rest()) && self.rest()[2..].starts_with(RIGHT) {
            return Some(true);
        }
        self.starts_with(RIGHT).then_some(false)
    }

    fn skip_right_delimiter(&mut self, trims: bool) {
        self.pos += RIGHT.len() + if trims { 2 } else { 0 };
        self.skip();
        if trims {
            self.pos += self.rest().iter().take_while(|byte| is_space(**byte)).count();
            self.skip();
        }
    }

    fn emit(&mut self, kind: TokenKind) {
        self.tokens.push(Token { kind, start: narrow(self.start), end: narrow(self.pos) });
        self.start = self.pos;
    }

    /// Starts the next token here.
    const fn skip(&mut self) {
        self.start = self.pos;
    }
}

/// The length of the text was checked to fit.
fn narrow(pos: usize) -> u32 {
    u32::try_from(pos).unwrap_or(u32::MAX)
}

/// What Go's lexer takes for white space.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn trims_left(after_delimiter: &[u8]) -> bool {
    matches!(after_delimiter, [b'-', space, ..] if is_space(*space))
}

fn trims_right(text: &[u8]) -> bool {
    matches!(text, [space, b'-', ..] if is_space(*space))
}

/// Where two bytes first stand next to each other.
fn find(text: &[u8], pattern: [u8; 2]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text[from..].iter().position(|byte| *byte == pattern[0])?;
        if text.get(at + 1) == Some(&pattern[1]) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// The length of `text` without the white space at its end.
fn trimmed_length(text: &[u8]) -> usize {
    text.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1)
}
