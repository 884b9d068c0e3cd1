//! Output with flags, width and padding.

use crate::lex::decode_rune;
use crate::limits::{Limit, stack_address};

/// One operation prints no more than this.
const MAX_OUTPUT: usize = 64 << 20;

/// Stack that printing nested values may use.
const MAX_STACK: usize = 384 << 10;

/// The flags of a verb.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are Go's flags, each independent of the others"
)]
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`.
    pub(super) plus_v: bool,
    /// `%#v`.
    pub(super) sharp_v: bool,
}

impl Flags {
    /// Whether numbers are filled with zeros up to the width.
    pub(super) const fn zero_pads(&self) -> bool {
        self.zero && !self.minus
    }
}

pub(super) struct Printer<'a> {
    out: &'a mut Vec<u8>,
    /// How long the output may become.
    max_length: usize,
    stack_base: usize,
    failed: Option<Limit>,
    pub(super) flags: Flags,
    /// Whether a bad verb is being reported: methods are not called then.
    pub(super) erroring: bool,
}

impl<'a> Printer<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self::bounded(out, MAX_OUTPUT)
    }

    /// A printer of at most `max_output` bytes.
    pub(super) fn bounded(out: &'a mut Vec<u8>, max_output: usize) -> Self {
        let max_length = out.len().saturating_add(max_output.min(MAX_OUTPUT));
        Self {
            out,
            max_length,
            stack_base: stack_address(),
            failed: None,
            flags: Flags::default(),
            erroring: false,
        }
    }

    /// The limit that was reached on the way, if any.
    pub(super) const fn finish(self) -> Result<(), Limit> {
        match self.failed {
            Some(limit) => Err(limit),
            None => Ok(()),
        }
    }

    /// Whether it is no use to go on: a limit was reached, or is reached by going deeper.
    pub(super) fn stopped(&mut self) -> bool {
        if self.failed.is_none() && self.stack_base.abs_diff(stack_address()) > MAX_STACK {
            self.failed = Some(Limit::Stack);
        }
        self.failed.is_some()
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        if self.out.len() + bytes.len() > self.max_length {
            self.failed = Some(Limit::Output);
        }
        if self.failed.is_none() {
            self.out.extend_from_slice(bytes);
        }
    }

    pub(super) fn write_rune(&mut self, rune: char) {
        self.write(rune.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// Writes `count` fill characters.
    pub(super) fn write_padding(&mut self, count: usize) {
        let fill = if self.flags.zero_pads() { [b'0'; 64] } else { [b' '; 64] };
        let mut left = count;
        while left > 0 {
            let part = left.min(fill.len());
            self.write(&fill[..part]);
            left -= part;
        }
    }

    /// Writes `text` filled up to the width.
    pub(super) fn pad(&mut self, text: &[u8]) {
        let missing = self.flags.width.map_or(0, |width| width.saturating_sub(count_runes(text)));
        if missing == 0 {
            self.write(text);
        } else if self.flags.minus {
            self.write(text);
            self.write_padding(missing);
        } else {
            self.write_padding(missing);
            self.write(text);
        }
    }

    /// [`Printer::pad`], but never with zeros.
    pub(super) fn pad_with_spaces(&mut self, text: &[u8]) {
        let zero = std::mem::replace(&mut self.flags.zero, false);
        self.pad(text);
        self.flags.zero = zero;
    }
}

fn count_runes(mut text: &[u8]) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let mut count = 0;
    while let Some((_, length)) = decode_rune(text) {
        text = &text[length..];
        count += 1;
    }
    count
}

/// The first `count` runes of `text`.
pub(super) fn truncate_runes(text: &[u8], count: usize) -> &[u8] {
    let mut end = 0;
    for _ in 0..count {
        match decode_rune(&text[end..]) {
            Some((_, length)) => end += length,
            None => break,
        }
    }
    &text[..end]
}
