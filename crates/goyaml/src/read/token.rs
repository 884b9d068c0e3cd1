//! What the scanner finds.

use std::borrow::Cow;

use crate::read::problem::Mark;

/// A token and where it starts.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind<'a>,
    pub(super) start: Mark,
}

#[derive(Debug)]
pub(super) enum TokenKind<'a> {
    StreamEnd,
    VersionDirective {
        major: u32,
        minor: u32,
    },
    TagDirective {
        handle: &'a str,
        prefix: String,
    },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    /// The end of a block collection.
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    /// `-`.
    BlockEntry,
    /// `,`.
    FlowEntry,
    /// `?`, or what stands in its place in front of a simple key.
    Key,
    /// `:`.
    Value,
    Alias(&'a str),
    Anchor(&'a str),
    /// The handle is empty in `!<…>` and `!`.
    Tag {
        handle: &'a str,
        suffix: String,
    },
    Scalar {
        text: Cow<'a, str>,
        is_plain: bool,
    },
}
