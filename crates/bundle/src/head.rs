//! What bytes are, from the first of them.

use crate::decode::Codec;
use crate::header::{BLOCK, looks_like_header};

/// How many bytes are looked at.
pub(crate) const HEAD: usize = BLOCK;

/// The kind of a file or member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    Tar,
    Packed(Codec),
    /// JSON that begins with `[`.
    Array,
    /// JSON that begins with `{`.
    Object,
    /// Something that is no package, described for a message.
    Other(&'static str),
}

impl Head {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        if let Some(block) = bytes.first_chunk::<BLOCK>()
            && looks_like_header(block)
        {
            return Self::Tar;
        }
        match bytes {
            [] => Self::Other("an empty file"),
            [0x1f, 0x8b, 8, ..] => Self::Packed(Codec::Gzip),
            // The second is a skippable frame: parallel compressors begin with one.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
                Self::Packed(Codec::Zstd)
            }
            _ => Self::of_text(bytes),
        }
    }

    fn of_text(bytes: &[u8]) -> Self {
        let text = bytes.trim_ascii_start();
        let begins = |word: &[u8]| {
            text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        };
        match bytes {
            [b'P', b'K', 3 | 5, ..] => Self::Other("a zip archive"),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Other("xz data"),
            [b'B', b'Z', b'h', ..] => Self::Other("bzip2 data"),
            [b'7', b'z', 0xbc, 0xaf, ..] => Self::Other("a 7z archive"),
            [0x7f, b'E', b'L', b'F', ..] => Self::Other("a program"),
            _ if begins(b"<!doctype html") || begins(b"<html") => {
                Self::Other("an HTML page (a failed download?)")
            }
            _ if text.starts_with(b"[") => Self::Array,
            _ if text.starts_with(b"{") => Self::Object,
            _ if bytes.iter().all(|byte| *byte == 0) => Self::Other("nothing but zeros"),
            _ if std::str::from_utf8(text).is_ok() && !text.contains(&0) => Self::Other("a text"),
            _ => Self::Other("a file of an unknown kind"),
        }
    }

    /// For a message, with an article.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Tar => "a tar archive",
            Self::Packed(Codec::Gzip) => "gzip data without a tar archive in it",
            Self::Packed(Codec::Zstd) => "zstd data without a tar archive in it",
            Self::Array | Self::Object => "a JSON document",
            Self::Other(what) => what,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_kinds_apart() {
        for (bytes, head) in [
            (&b""[..], Head::Other("an empty file")),
            (b"\x1f\x8b\x08\0", Head::Packed(Codec::Gzip)),
            (b"\x28\xb5\x2f\xfd\0", Head::Packed(Codec::Zstd)),
            (b"\x50\x2a\x4d\x18\0", Head::Packed(Codec::Zstd)),
            (b" {\"a\":1}", Head::Object),
            (b"[]", Head::Array),
            (b"PK\x03\x04", Head::Other("a zip archive")),
            (b"\n<!DOCTYPE html>", Head::Other("an HTML page (a failed download?)")),
            (b"hello", Head::Other("a text")),
            (&[0; 512], Head::Other("nothing but zeros")),
        ] {
            assert_eq!(Head::of(bytes), head);
        }
    }
}
