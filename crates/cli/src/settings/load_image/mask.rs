//! The text of a file without its passwords, for everyone to see.

use std::ops::Range;

use super::edit::{Edit, apply};

const MASK: &str = "\"***\"";
/// Parts of keys whose values are nobody's business, also where the key is unknown or in a comment.
const SECRET_WORDS: [&str; 6] = ["pass", "pwd", "secret", "token", "密码", "口令"];

/// The text with every secret masked: those whose places are known, and whatever looks like one.
pub(crate) fn masked(text: &str, secrets: &[Range<usize>]) -> String {
    let edits: Vec<Edit> = secrets.iter().map(|range| Edit::replace(range.clone(), MASK)).collect();
    let known = apply(text, edits.chunks(1));
    known.split_inclusive('\n').map(|line| without_user(&by_key(line))).collect()
}

/// A line with the values behind secret-looking keys masked.
fn by_key(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find([':', '：']) {
        let colon = if rest[at..].starts_with(':') { 1 } else { '：'.len_utf8() };
        let (before, after) = rest.split_at(at + colon);
        out.push_str(before);
        rest = after;
        let key = before.rsplit(['{', ',', '#', ' ']).next().unwrap_or(before).to_lowercase();
        let value = after.trim();
        let is_secret = SECRET_WORDS.iter().any(|word| key.contains(word));
        let behind = value.strip_prefix(MASK).map(str::trim_start);
        let is_plain = value.is_empty() || value.starts_with('#') || behind.is_some();
        // A password that begins with `#`, or has ` #` in it, is a comment to YAML.
        if is_secret && is_plain && is_hidden(behind.unwrap_or(value)) {
            out.push_str(&after[..after.find('#').unwrap_or_default()]);
            out.push_str("#***");
            rest = if after.ends_with('\n') { "\n" } else { "" };
        } else if is_secret && !is_plain {
            out.extend([" ", MASK]);
            // Where a value ends only a parser knows: the rest of the line goes with it.
            rest = if after.ends_with('\n') { "\n" } else { "" };
        }
    }
    out.push_str(rest);
    out
}

/// Whether a comment is perhaps none to who wrote it.
fn is_hidden(comment: &str) -> bool {
    comment.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_graphic()))
}

/// A line without what stands before `@` in URLs.
fn without_user(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let authority = after.split(['/', ' ', '"', '\'', '\n']).next().unwrap_or(after);
        rest = match authority.rfind('@') {
            Some(end) => {
                out.push_str("***");
                &after[end..]
            }
            None => after,
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_places_are_masked_and_comments_stay() {
        let secrets = std::iter::once(10..16).collect::<Vec<_>>();
        assert_eq!(masked("password: canary # 密码\n", &secrets), "password: \"***\" # 密码\n");
    }

    #[test]
    fn what_looks_like_a_secret_is_masked_too() {
        for (text, shown) in [
            ("  # password: canary\n", "  # password: \"***\"\n"),
            ("pwd: canary # x", "pwd: \"***\""),
            ("auth: {user: a, passwort: canary}\n", "auth: {user: a, passwort: \"***\"\n"),
            ("accessToken:   canary\r\n", "accessToken: \"***\"\n"),
            ("# 密码: canary\n", "# 密码: \"***\"\n"),
            ("url: http://me:canary@h/p # http://a@b\n", "url: http://***@h/p # http://***@b\n"),
            ("password: \"***\" # kept\n", "password: \"***\" # kept\n"),
            ("password: #canary 1\n", "password: #***\n"),
            ("password: \"***\" #canary\n", "password: \"***\" #***\n"),
            ("password：canary\n", "password： \"***\"\n"),
            ("password:\nurl: http://h:80/p\n", "password:\nurl: http://h:80/p\n"),
            ("  password: # 镜像仓库密码\n", "  password: # 镜像仓库密码\n"),
        ] {
            assert_eq!(masked(text, &[]), shown);
        }
    }
}
