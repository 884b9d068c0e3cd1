//! Directives, anchors, aliases and tags.

use crate::read::problem::{Mark, Problem};
use crate::read::scanner::{Result, Scanner};
use crate::read::token::TokenKind;

/// Digits that a part of a version may have.
const LONGEST_VERSION: usize = 9;

impl<'a> Scanner<'a> {
    pub(super) fn directive_token(&mut self) -> Result<TokenKind<'a>> {
        self.cursor.step();
        let name = self.word();
        if name.is_empty() {
            return Err(self.problem("could not find expected directive name"));
        }
        if !self.cursor.is_gap(0) {
            return Err(self.problem("found unexpected non-alphabetical character"));
        }
        self.cursor.skip_blanks();
        let kind = match name {
            "YAML" => self.version()?,
            "TAG" => self.tag_directive()?,
            _ => return Err(self.problem("found unknown directive name")),
        };
        self.cursor.skip_blanks();
        if self.cursor.byte() == b'#' {
            self.cursor.rest_of_line();
        }
        if !self.cursor.is_break_or_end() {
            return Err(self.problem("did not find expected comment or line break"));
        }
        self.cursor.line_break();
        Ok(kind)
    }

    fn version(&mut self) -> Result<TokenKind<'a>> {
        let major = self.version_number()?;
        if self.cursor.byte() != b'.' {
            return Err(self.problem("did not find expected digit or '.' character"));
        }
        self.cursor.step();
        let minor = self.version_number()?;
        Ok(TokenKind::VersionDirective { major, minor })
    }

    fn version_number(&mut self) -> Result<u32> {
        let from = self.cursor.at;
        while self.cursor.byte().is_ascii_digit() {
            self.cursor.step();
            if self.cursor.at - from > LONGEST_VERSION {
                return Err(self.problem("found extremely long version number"));
            }
        }
        self.cursor.text[from..self.cursor.at]
            .parse()
            .map_err(|_| self.problem("did not find expected version number"))
    }

    fn tag_directive(&mut self) -> Result<TokenKind<'a>> {
        let handle = self.tag_handle(Place::Directive)?;
        if !self.cursor.is_blank() {
            return Err(self.problem("did not find expected whitespace"));
        }
        self.cursor.skip_blanks();
        let prefix = self.tag_uri("")?;
        if !self.cursor.is_gap(0) {
            let reason = "did not find expected whitespace or line break";
            return Err(self.problem(reason));
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }

    /// The name behind `&` or `*`.
    pub(super) fn anchor_name(&mut self) -> Result<&'a str> {
        self.cursor.step();
        let name = self.word();
        let may_follow =
            matches!(self.cursor.byte(), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !(may_follow || self.cursor.is_gap(0)) {
            let reason = "did not find expected alphabetic or numeric character";
            return Err(self.problem(reason));
        }
        Ok(name)
    }

    /// Letters, digits, `-` and `_`.
    fn word(&mut self) -> &'a str {
        let from = self.cursor.at;
        while is_word(self.cursor.byte()) {
            self.cursor.step();
        }
        &self.cursor.text[from..self.cursor.at]
    }

    pub(super) fn tag(&mut self) -> Result<TokenKind<'a>> {
        let (handle, suffix) = if self.cursor.peek(1) == b'<' {
            self.cursor.advance(2);
            let uri = self.tag_uri("")?;
            if self.cursor.byte() != b'>' {
                return Err(self.problem("did not find the expected '>'"));
            }
            self.cursor.step();
            ("", uri)
        } else {
            let handle = self.tag_handle(Place::Tag)?;
            if handle.len() > 1 && handle.ends_with('!') {
                (handle, self.tag_uri("")?)
            } else {
                // `!suffix`: what looked like a handle is the start of the suffix.
                match self.tag_uri(handle)? {
                    suffix if suffix.is_empty() => ("", "!".to_owned()),
                    suffix => ("!", suffix),
                }
            }
        };
        if !self.cursor.is_gap(0) {
            let reason = "did not find expected whitespace or line break";
            return Err(self.problem(reason));
        }
        Ok(TokenKind::Tag { handle, suffix })
    }

    fn tag_handle(&mut self, place: Place) -> Result<&'a str> {
        let from = self.cursor.at;
        if self.cursor.byte() != b'!' {
            return Err(self.problem("did not find expected '!'"));
        }
        self.cursor.step();
        self.word();
        if self.cursor.byte() == b'!' {
            self.cursor.step();
        } else if place == Place::Directive && self.cursor.at - from > 1 {
            return Err(self.problem("did not find expected '!'"));
        }
        Ok(&self.cursor.text[from..self.cursor.at])
    }

    /// A tag behind its handle; `head` is a beginning that was read already, with its `!`.
    fn tag_uri(&mut self, head: &str) -> Result<String> {
        let mut uri = head.get(1..).unwrap_or("").as_bytes().to_vec();
        let mut length = head.len();
        while is_uri(self.cursor.byte()) {
            if self.cursor.byte() == b'%' {
                self.uri_escape(&mut uri)?;
            } else {
                uri.push(self.cursor.byte());
                self.cursor.step();
            }
            length += 1;
        }
        if length == 0 {
            return Err(self.problem("did not find expected tag URI"));
        }
        String::from_utf8(uri).map_err(|_| self.problem("found an incorrect leading UTF-8 octet"))
    }

    /// The bytes of one character, each as `%XX`.
    fn uri_escape(&mut self, uri: &mut Vec<u8>) -> Result<()> {
        let mut left = None;
        while left != Some(0) {
            let digit = |at| char::from(self.cursor.peek(at)).to_digit(16);
            let octet = (self.cursor.byte() == b'%').then(|| Some(digit(1)? * 16 + digit(2)?));
            let Some(octet) = octet.flatten().and_then(|octet| u8::try_from(octet).ok()) else {
                return Err(self.problem("did not find URI escaped octet"));
            };
            left = match (left, octet) {
                (None, 0..0x80) => Some(0),
                (None, 0xc0..0xe0) => Some(1),
                (None, 0xe0..0xf0) => Some(2),
                (None, 0xf0..0xf8) => Some(3),
                (None, _) => {
                    return Err(self.problem("found an incorrect leading UTF-8 octet"));
                }
                (Some(left), 0x80..0xc0) => Some(left - 1),
                (Some(_), _) => {
                    return Err(self.problem("found an incorrect trailing UTF-8 octet"));
                }
            };
            uri.push(octet);
            self.cursor.advance(3);
        }
        Ok(())
    }
}

/// Where a tag stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Directive,
    Tag,
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn is_uri(byte: u8) -> bool {
    is_word(byte) || b";/?:@&=+$,.!~*'()[]%".contains(&byte)
}

/// The handles a document starts with.
pub(super) const DEFAULT_HANDLES: [(&str, &str); 2] = [("!", "!"), ("!!", "tag:yaml.org,2002:")];

/// A directive that may not stand there.
pub(super) fn refused_directive(at: Mark, reason: &'static str) -> Problem {
    Problem::in_tokens(at, reason)
}
