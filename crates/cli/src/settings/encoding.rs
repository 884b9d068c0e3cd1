//! From the bytes of a configuration file to its text.

use ops::{ProblemKind, Severity};

use super::load_image::Finding;
use crate::language::Sentence;
use crate::say;

/// The text, with what is to be told about how it was stored; or where and why it is none.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, Option<Finding>), Finding> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Ok((text.to_owned(), None)),
            Err(error) => Err(not_utf8(bytes, error.valid_up_to())),
        },
    }
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> Result<(String, Option<Finding>), Finding> {
    let (units, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(units.len());
    for c in char::decode_utf16(units.iter().map(|unit| read(*unit))) {
        text.push(c.map_err(|_| damaged(&text))?);
    }
    if !rest.is_empty() {
        return Err(damaged(&text));
    }
    let detail = say!(
        "the file is stored as UTF-16; it was read, but others expect UTF-8: `--fix` stores it so",
        "文件以 UTF-16 保存；已能读取，但其他程序要求 UTF-8：`--fix` 会转换"
    );
    Ok((text, Some(finding(Severity::Warning, ProblemKind::ConfigValue, (1, 1), detail))))
}

fn damaged(before: &str) -> Finding {
    let detail = say!("the UTF-16 text is damaged here", "UTF-16 文本在此处损坏");
    finding(Severity::Error, ProblemKind::ConfigSyntax, behind(before), detail)
}

fn not_utf8(bytes: &[u8], valid: usize) -> Finding {
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let detail = if bytes.contains(&0) {
        say!(
            "this is not a text file, or UTF-16 without its mark: save it as UTF-8",
            "不是文本文件，或是没有 BOM 的 UTF-16：请另存为 UTF-8"
        )
    } else if is_gb18030(bytes) {
        say!(
            "the text is not UTF-8 but seems to be GBK or GB18030: convert it with `iconv -f GB18030 -t UTF-8 FILE > NEW`, or save it as UTF-8",
            "文本不是 UTF-8，看起来是 GBK 或 GB18030：请用 `iconv -f GB18030 -t UTF-8 FILE > NEW` 转换，或另存为 UTF-8"
        )
    } else {
        say!("the text is not UTF-8: save it as UTF-8", "文本不是 UTF-8：请另存为 UTF-8")
    };
    finding(Severity::Error, ProblemKind::ConfigSyntax, behind(&before), detail)
}

/// Line and column behind a text.
fn behind(text: &str) -> (usize, usize) {
    let last = text.rsplit('\n').next().unwrap_or_default();
    (text.matches('\n').count() + 1, last.chars().count() + 1)
}

fn finding(
    severity: Severity,
    kind: ProblemKind,
    (line, column): (usize, usize),
    detail: Sentence,
) -> Finding {
    Finding { severity, kind, line, column, key: String::new(), detail, edits: Vec::new() }
}

/// Whether bytes are made of GB18030's sequences: ASCII, pairs and groups of four (GB 18030-2005, 6).
fn is_gb18030(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => return true,
            [0..=0x7f, rest @ ..]
            | [0x81..=0xfe, 0x40..=0x7e | 0x80..=0xfe, rest @ ..]
            | [0x81..=0xfe, 0x30..=0x39, 0x81..=0xfe, 0x30..=0x39, rest @ ..] => rest,
            _ => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_read_by_its_mark() {
        for (mark, bytes) in [
            ([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]),
            ([0xfe, 0xff], u16::to_be_bytes),
        ] {
            let units = "a: 镜像𠀀\n".encode_utf16().flat_map(bytes);
            let stored: Vec<u8> = mark.into_iter().chain(units).collect();
            let (text, finding) = decode(&stored).unwrap();
            assert_eq!(text, "a: 镜像𠀀\n");
            assert_eq!(finding.unwrap().severity, Severity::Warning);
            assert_eq!(decode(&stored[..stored.len() - 1]).unwrap_err().line, 1);
        }
    }

    #[test]
    fn what_is_no_utf8_is_told_with_its_place() {
        // 镜 in GBK.
        let gbk = b"a: 1\nb: \xbe\xb5 # x\n";
        let told = decode(gbk).unwrap_err();
        assert_eq!((told.line, told.column), (2, 4));
        assert!(told.detail.zh.contains("iconv -f GB18030 -t UTF-8"));
        let latin = decode("# 镜像\nb: caf\u{e9}".replace('é', "?").as_bytes());
        assert!(latin.is_ok());
        let told =
            decode("# 镜像\nb: caf".bytes().chain([0xe9, b'\n']).collect::<Vec<_>>().as_slice())
                .unwrap_err();
        assert_eq!((told.line, told.column), (2, 7));
        assert!(!told.detail.en.contains("GB18030"));
    }
}
