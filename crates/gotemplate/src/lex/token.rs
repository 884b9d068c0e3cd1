//! Tokens.

/// A token: its kind and where it is.
#[derive(Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// Nothing can follow.
    Error,
    Eof,
    Text,
    LeftDelimiter,
    RightDelimiter,
    Space,
    Identifier,
    /// `.name`.
    Field,
    /// `$` or `$name`.
    Variable,
    Dot,
    Bool,
    Nil,
    Number,
    /// A number followed by a sign and an imaginary number.
    Complex,
    /// `'a'`.
    CharConstant,
    /// `"a"`, quotes included.
    String,
    /// A raw string, quotes included.
    RawString,
    /// `:=`.
    Declare,
    /// `=`.
    Assign,
    Pipe,
    LeftParen,
    RightParen,
    /// Any other printable ASCII character, such as a comma.
    Char,
    Keyword(Keyword),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

impl Keyword {
    pub(crate) const fn from_word(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"block" => Self::Block,
            b"break" => Self::Break,
            b"continue" => Self::Continue,
            b"define" => Self::Define,
            b"else" => Self::Else,
            b"end" => Self::End,
            b"if" => Self::If,
            b"range" => Self::Range,
            b"template" => Self::Template,
            b"with" => Self::With,
            _ => return None,
        })
    }
}

impl TokenKind {
    pub(crate) const fn is_keyword(self, keyword: Keyword) -> bool {
        matches!(self, Self::Keyword(own) if own as u8 == keyword as u8)
    }

    /// Whether an operand can begin with this token.
    pub(crate) const fn starts_operand(self) -> bool {
        matches!(
            self,
            Self::Bool
                | Self::CharConstant
                | Self::Complex
                | Self::Dot
                | Self::Field
                | Self::Identifier
                | Self::Number
                | Self::Nil
                | Self::RawString
                | Self::String
                | Self::Variable
                | Self::LeftParen
        )
    }
}
