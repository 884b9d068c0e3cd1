//! Characters that look like YAML's own and are not: full-width forms, typographic quotes, other blanks.

use crate::language::Sentence;
use crate::say;

/// Characters of an input method that stand where `:` should.
pub(super) const COLONS: [char; 5] = ['：', '﹕', '︰', '∶', '꞉'];

/// A blank other than a space: a tab, or one that YAML takes for text, seen or not.
pub(super) fn is_odd_blank(c: char) -> bool {
    (c.is_whitespace() && !matches!(c, ' ' | '\n' | '\r'))
        || matches!(c,
            '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A quote of an input method or a word processor.
pub(super) fn is_odd_quote(c: char) -> bool {
    matches!(
        c,
        '“' | '”'
            | '„'
            | '‟'
            | '‘'
            | '’'
            | '‚'
            | '‛'
            | '＂'
            | '＇'
            | '「'
            | '」'
            | '『'
            | '』'
    )
}

/// Whether a character is meant as another one that addresses and names are made of.
pub(super) fn is_look_alike(c: char) -> bool {
    (c != '\t' && is_odd_blank(c))
        || is_odd_quote(c)
        || matches!(c, '\u{ff01}'..='\u{ff5e}' | '、' | '。' | '〈' | '〉' | '《' | '》')
}

/// The ASCII that was meant; `None` where nothing was.
pub(super) fn folded(c: char) -> Option<char> {
    match c {
        _ if is_odd_blank(c) || is_odd_quote(c) => None,
        '\u{ff01}'..='\u{ff5e}' => {
            let ascii = u32::from(c) - 0xff01 + u32::from('!');
            char::from_u32(ascii)
        }
        '、' => Some(','),
        '。' => Some('.'),
        '〈' | '《' => Some('<'),
        '〉' | '》' => Some('>'),
        other => Some(other),
    }
}

/// The name of a character for messages, with its code: many of them cannot be seen.
pub(super) fn name(c: char) -> Sentence {
    let code = format!("U+{:04X}", u32::from(c));
    match c {
        '\t' => say!("a tab", "制表符"),
        '\u{a0}' => say!("a no-break space ({code})", "不间断空格（{code}）"),
        '\u{3000}' => say!("a full-width space ({code})", "全角空格（{code}）"),
        _ if c.is_whitespace() => {
            say!("a blank that is no space ({code})", "非普通空格的空白（{code}）")
        }
        _ if is_odd_blank(c) => say!("an invisible character ({code})", "不可见字符（{code}）"),
        _ if COLONS.contains(&c) => {
            say!("the full-width colon `{c}` ({code})", "全角冒号 `{c}`（{code}）")
        }
        _ if is_odd_quote(c) => {
            say!("the typographic quote `{c}` ({code})", "中文或排版引号 `{c}`（{code}）")
        }
        _ => say!("the full-width character `{c}` ({code})", "全角字符 `{c}`（{code}）"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_ascii() {
        let meant: String =
            "１０．１６：８０８０／ａ，\u{a0}”".chars().filter_map(folded).collect();
        assert_eq!(meant, "10.16:8080/a,");
        assert!("：，“\u{3000}\u{200b}".chars().all(is_look_alike));
        assert!(!"镜像仓库 a:\t\"'é".chars().any(is_look_alike));
    }

    #[test]
    fn names_have_the_code_of_what_cannot_be_seen() {
        assert_eq!(name('\u{a0}').en, "a no-break space (U+00A0)");
        assert_eq!(name('\u{200b}').zh, "不可见字符（U+200B）");
    }
}
