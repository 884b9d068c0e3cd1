//! From characters to tokens: indentation becomes block starts and ends, and `:` finds its key.

use std::collections::VecDeque;

use crate::read::cursor::Cursor;
use crate::read::problem::{Mark, Problem};
use crate::read::token::{Token, TokenKind};

/// How far, in characters, a key may be from its `:`.
const LONGEST_SIMPLE_KEY: usize = 1024;

pub(super) type Result<T, E = Problem> = std::result::Result<T, E>;

pub(super) struct Scanner<'a> {
    pub(super) cursor: Cursor<'a>,
    tokens: VecDeque<Token<'a>>,
    /// Tokens that were taken from the queue.
    taken: usize,
    /// The column of the innermost block collection, -1 outside of all.
    pub(super) indent: isize,
    indents: Vec<isize>,
    /// The block, and the flow collections in it.
    levels: Vec<Level>,
    pub(super) is_key_allowed: bool,
    is_done: bool,
}

/// A flow collection, or the block around all of them.
#[derive(Default)]
struct Level {
    /// A token in it that a `:` may turn into a key.
    candidate: Option<Candidate>,
    /// Whether there ever was one.
    had_candidate: bool,
    /// The number of its opening bracket among all tokens.
    opening: usize,
}

/// A token that may turn out to start a key.
#[derive(Clone, Copy)]
struct Candidate {
    /// Whether nothing but a key may stand there.
    is_required: bool,
    /// Whether it stays in the queue until it is known what it is. yaml.v2 forgets to wait for `[]` and `{}`, which are
    /// no keys therefore.
    is_waited_for: bool,
    /// How many tokens are in front of it, of all that there ever were.
    number: usize,
    mark: Mark,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut cursor = Cursor::new(text);
        // Behind the byte order mark of the stream, yaml.v2 takes another one for white space.
        if text.starts_with('\u{feff}') {
            cursor.advance('\u{feff}'.len_utf8());
        }
        Self {
            cursor,
            tokens: VecDeque::new(),
            taken: 0,
            indent: -1,
            indents: Vec::new(),
            levels: vec![Level::default()],
            is_key_allowed: true,
            is_done: false,
        }
    }

    /// The next token, which stays. Behind the end of the stream there is only that.
    pub(super) fn peek(&mut self) -> Result<&Token<'a>> {
        while self.is_more_needed()? && !self.is_done {
            self.fetch()?;
        }
        Ok(self.tokens.front().expect("the end of the stream is never taken"))
    }

    /// Takes the token that was peeked at.
    pub(super) fn take(&mut self) -> Token<'a> {
        self.taken += 1;
        self.tokens.pop_front().expect("only what was peeked at is taken")
    }

    /// Whether the next token is still to come, or could still get a key in front of it.
    fn is_more_needed(&mut self) -> Result<bool> {
        if self.tokens.is_empty() {
            return Ok(true);
        }
        let is_waited_for = |level: &Level| {
            level.candidate.is_some_and(|c| c.number == self.taken && c.is_waited_for)
        };
        match self.levels.iter().position(is_waited_for) {
            Some(level) => Ok(self.candidate(level)?.is_some()),
            None => Ok(false),
        }
    }

    pub(super) fn is_flow(&self) -> bool {
        self.levels.len() > 1
    }

    pub(super) fn push(&mut self, kind: TokenKind<'a>, start: Mark) {
        self.tokens.push_back(Token { kind, start });
    }

    fn fetch(&mut self) -> Result<()> {
        self.skip_to_token();
        self.close_blocks(self.column());
        if self.cursor.is_end() {
            return self.stream_end();
        }
        if self.cursor.column == 0 && self.cursor.byte() == b'%' {
            return self.directive();
        }
        if self.cursor.is_document_indicator() {
            return self.document_indicator();
        }
        let is_flow = self.is_flow();
        match self.cursor.byte() {
            b'[' => self.flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.flow_start(TokenKind::FlowMappingStart),
            b']' => self.flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.flow_end(TokenKind::FlowMappingEnd),
            b',' => self.flow_entry(),
            b'-' if self.cursor.is_gap(1) => self.block_entry(),
            b'?' if is_flow || self.cursor.is_gap(1) => self.key(),
            b':' if is_flow || self.cursor.is_gap(1) => self.value(),
            b'*' => self.name(TokenKind::Alias),
            b'&' => self.name(TokenKind::Anchor),
            b'!' => self.tag_token(),
            b'|' | b'>' if !is_flow => self.block_scalar_token(),
            b'\'' | b'"' => self.scalar_token(Self::quoted_scalar),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' | b'\t' => Err(self.no_token()),
            _ => self.scalar_token(Self::plain_scalar),
        }
    }

    fn no_token(&self) -> Problem {
        self.problem("found character that cannot start any token")
    }

    /// A mistake here.
    pub(super) fn problem(&self, reason: &'static str) -> Problem {
        Problem::in_characters(self.cursor.mark(), reason)
    }

    fn column(&self) -> isize {
        isize::try_from(self.cursor.column).unwrap_or(isize::MAX)
    }

    /// Goes over blanks, comments and line breaks. A tab is a blank only where no indentation can be.
    fn skip_to_token(&mut self) {
        loop {
            while self.cursor.byte() == b' '
                || (self.cursor.byte() == b'\t' && (self.is_flow() || !self.is_key_allowed))
            {
                self.cursor.step();
            }
            if self.cursor.byte() == b'#' {
                self.cursor.rest_of_line();
            }
            if !self.cursor.is_break() {
                return;
            }
            self.cursor.line_break();
            if !self.is_flow() {
                self.is_key_allowed = true;
            }
        }
    }

    fn open_block(&mut self, column: isize, kind: TokenKind<'a>, at: Option<usize>, start: Mark) {
        if self.is_flow() || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        let token = Token { kind, start };
        self.insert(at, token);
    }

    /// Puts a token in front of another one, if that is still there, or behind all.
    fn insert(&mut self, before: Option<usize>, token: Token<'a>) {
        match before.and_then(|number| number.checked_sub(self.taken)) {
            Some(at) => self.tokens.insert(at, token),
            None => self.tokens.push_back(token),
        }
    }

    fn close_blocks(&mut self, column: isize) {
        if self.is_flow() {
            return;
        }
        while self.indent > column {
            self.push(TokenKind::BlockEnd, self.cursor.mark());
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// Notes that the next token may start a key.
    fn save_candidate(&mut self) -> Result<()> {
        if !self.is_key_allowed {
            return Ok(());
        }
        let is_required = !self.is_flow() && self.indent == self.column();
        self.drop_candidate()?;
        let number = self.taken + self.tokens.len();
        let mark = self.cursor.mark();
        let level = self.level();
        level.candidate = Some(Candidate { is_required, is_waited_for: true, number, mark });
        level.had_candidate = true;
        Ok(())
    }

    fn level(&mut self) -> &mut Level {
        self.levels.last_mut().expect("the block is never left")
    }

    fn drop_candidate(&mut self) -> Result<()> {
        match self.level().candidate.take() {
            Some(candidate) if candidate.is_required => Err(self.no_colon()),
            _ => Ok(()),
        }
    }

    /// The candidate of a level, unless it is too far behind.
    fn candidate(&mut self, level: usize) -> Result<Option<Candidate>> {
        let Some(candidate) = self.levels[level].candidate else { return Ok(None) };
        let from = candidate.mark.offset;
        let is_far = self.cursor.at - from > LONGEST_SIMPLE_KEY
            && self.cursor.text[from..self.cursor.at].chars().count() > LONGEST_SIMPLE_KEY;
        if candidate.mark.line == self.cursor.line && !is_far {
            return Ok(Some(candidate));
        }
        self.levels[level].candidate = None;
        if candidate.is_required { Err(self.no_colon()) } else { Ok(None) }
    }

    fn no_colon(&self) -> Problem {
        self.problem("could not find expected ':'")
    }

    fn stream_end(&mut self) -> Result<()> {
        if self.cursor.column != 0 {
            self.cursor.column = 0;
            self.cursor.line += 1;
        }
        self.start_of_line_token()?;
        self.push(TokenKind::StreamEnd, self.cursor.mark());
        self.is_done = true;
        Ok(())
    }

    /// What ends every block.
    fn start_of_line_token(&mut self) -> Result<()> {
        self.close_blocks(-1);
        self.drop_candidate()?;
        self.is_key_allowed = false;
        Ok(())
    }

    fn directive(&mut self) -> Result<()> {
        self.start_of_line_token()?;
        let start = self.cursor.mark();
        let kind = self.directive_token()?;
        self.push(kind, start);
        Ok(())
    }

    fn document_indicator(&mut self) -> Result<()> {
        self.start_of_line_token()?;
        let kind = match self.cursor.byte() {
            b'-' => TokenKind::DocumentStart,
            _ => TokenKind::DocumentEnd,
        };
        let start = self.cursor.mark();
        self.cursor.advance(3);
        self.push(kind, start);
        Ok(())
    }

    fn flow_start(&mut self, kind: TokenKind<'a>) -> Result<()> {
        self.save_candidate()?;
        let opening = self.taken + self.tokens.len();
        self.levels.push(Level { opening, ..Level::default() });
        self.is_key_allowed = true;
        self.indicator(kind);
        Ok(())
    }

    fn flow_end(&mut self, kind: TokenKind<'a>) -> Result<()> {
        self.drop_candidate()?;
        if self.is_flow() {
            let empty = self.levels.pop().filter(|level| !level.had_candidate);
            if let (Some(empty), Some(candidate)) = (empty, &mut self.level().candidate)
                && candidate.number == empty.opening
            {
                candidate.is_waited_for = false;
            }
        }
        self.is_key_allowed = false;
        self.indicator(kind);
        Ok(())
    }

    fn flow_entry(&mut self) -> Result<()> {
        self.drop_candidate()?;
        self.is_key_allowed = true;
        self.indicator(TokenKind::FlowEntry);
        Ok(())
    }

    fn block_entry(&mut self) -> Result<()> {
        if !self.is_flow() {
            if !self.is_key_allowed {
                return Err(self.problem("block sequence entries are not allowed in this context"));
            }
            let mark = self.cursor.mark();
            self.open_block(self.column(), TokenKind::BlockSequenceStart, None, mark);
        }
        self.drop_candidate()?;
        self.is_key_allowed = true;
        self.indicator(TokenKind::BlockEntry);
        Ok(())
    }

    fn key(&mut self) -> Result<()> {
        if !self.is_flow() {
            if !self.is_key_allowed {
                return Err(self.problem("mapping keys are not allowed in this context"));
            }
            let mark = self.cursor.mark();
            self.open_block(self.column(), TokenKind::BlockMappingStart, None, mark);
        }
        self.drop_candidate()?;
        self.is_key_allowed = !self.is_flow();
        self.indicator(TokenKind::Key);
        Ok(())
    }

    fn value(&mut self) -> Result<()> {
        let level = self.levels.len() - 1;
        if let Some(Candidate { number, mark, .. }) = self.candidate(level)? {
            let token = Token { kind: TokenKind::Key, start: mark };
            self.insert(Some(number), token);
            let column = isize::try_from(mark.column).unwrap_or(isize::MAX);
            self.open_block(column, TokenKind::BlockMappingStart, Some(number), mark);
            self.levels[level].candidate = None;
            self.is_key_allowed = false;
        } else {
            if !self.is_flow() {
                if !self.is_key_allowed {
                    return Err(self.problem("mapping values are not allowed in this context"));
                }
                let mark = self.cursor.mark();
                self.open_block(self.column(), TokenKind::BlockMappingStart, None, mark);
            }
            self.is_key_allowed = !self.is_flow();
        }
        self.indicator(TokenKind::Value);
        Ok(())
    }

    fn indicator(&mut self, kind: TokenKind<'a>) {
        self.push(kind, self.cursor.mark());
        self.cursor.step();
    }

    fn name(&mut self, kind: fn(&'a str) -> TokenKind<'a>) -> Result<()> {
        self.save_candidate()?;
        self.is_key_allowed = false;
        let start = self.cursor.mark();
        let name = self.anchor_name()?;
        self.push(kind(name), start);
        Ok(())
    }

    fn tag_token(&mut self) -> Result<()> {
        self.save_candidate()?;
        self.is_key_allowed = false;
        let start = self.cursor.mark();
        let kind = self.tag()?;
        self.push(kind, start);
        Ok(())
    }

    fn block_scalar_token(&mut self) -> Result<()> {
        self.drop_candidate()?;
        self.is_key_allowed = true;
        let start = self.cursor.mark();
        let kind = self.block_scalar()?;
        self.push(kind, start);
        Ok(())
    }

    fn scalar_token(&mut self, scan: fn(&mut Self) -> Result<TokenKind<'a>>) -> Result<()> {
        self.save_candidate()?;
        self.is_key_allowed = false;
        let start = self.cursor.mark();
        let kind = scan(self)?;
        self.push(kind, start);
        Ok(())
    }
}
