//! Text that is not YAML: the place that has to be edited, which is often not the one where the parser gave up.

use goyaml::ErrorKind;
use ops::{ProblemKind, Severity};

use super::edit::Lines;
use super::finding::Finding;
use crate::language::Sentence;
use crate::say;

/// An offset in the text, and what is wrong there. It never holds parts of the text but single characters of YAML.
type Place = (usize, Sentence);

/// The one finding about a text that is no YAML.
pub(super) fn finding(text: &str, error: &goyaml::Error) -> Finding {
    let (line, column, detail) = match place(text, error) {
        Some((offset, detail)) => {
            let (line, column) = Lines(text).position(offset);
            (line, column, detail)
        }
        None => (error.line, error.column, in_the_parsers_words(error)),
    };
    Finding {
        severity: Severity::Error,
        kind: ProblemKind::ConfigSyntax,
        line,
        column,
        key: String::new(),
        detail,
        edits: Vec::new(),
    }
}

fn in_the_parsers_words(error: &goyaml::Error) -> Sentence {
    let reason = &error.reason;
    match error.kind {
        // The parser's words repeat the name, which may be a password.
        ErrorKind::Alias => special_start('*'),
        _ => say!("{reason}", "YAML 解析器报告：{reason}"),
    }
}

fn special_start(c: char) -> Sentence {
    say!("a value that begins with `{c}` needs quotes around it", "以 `{c}` 开头的值需要加引号")
}

fn place(text: &str, error: &goyaml::Error) -> Option<Place> {
    if error.kind != ErrorKind::Syntax {
        return None;
    }
    let at = error.offset.min(text.len());
    let at = (0..=at).rev().find(|at| text.is_char_boundary(*at))?;
    let reason = error.reason.as_str();
    let source = Text { text, lines: Lines(text) };
    if reason.contains("cannot start any token") {
        let c = text[at..].chars().next()?;
        return (c != '\t').then(|| (at, special_start(c)));
    }
    source
        .open_quote(at)
        .or_else(|| source.open_bracket(at, reason))
        .or_else(|| source.missing_colon(at, reason))
        .or_else(|| source.unfit_value(at, reason))
        .or_else(|| source.unfit_indentation(at, reason))
}

struct Text<'a> {
    text: &'a str,
    lines: Lines<'a>,
}

/// A line that is neither empty nor a comment.
struct Line<'a> {
    /// Where it starts.
    start: usize,
    /// Without blanks at its end.
    text: &'a str,
}

impl Line<'_> {
    fn indentation(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    /// Where its first character is.
    fn content(&self) -> usize {
        self.start + self.indentation()
    }

    /// Where the value behind its first key or `-` is, within the line.
    fn value(&self) -> Option<usize> {
        let mut from = self.indentation();
        while self.text[from..].starts_with("- ") {
            from += 2;
        }
        let behind = self.text[from..].find(": ").map_or(from, |at| from + at + 2);
        let value = behind + (self.text[behind..].len() - self.text[behind..].trim_start().len());
        let is_value = behind > self.indentation() && value < self.text.len();
        (is_value && !self.text[value..].starts_with('#')).then_some(value)
    }

    fn has_colon(&self) -> bool {
        let text = self.text.find(" #").map_or(self.text, |at| &self.text[..at]).trim_end();
        text.ends_with(':') || text.contains(": ") || text.contains(":\t")
    }
}

impl<'a> Text<'a> {
    /// The lines that begin before an offset, the last first.
    fn back_from(&self, at: usize) -> impl Iterator<Item = Line<'a>> {
        let before = &self.text[..self.lines.end(at.min(self.text.len()))];
        let mut end = before.len();
        let lines = before.split_inclusive('\n').rev().map(move |line| {
            end -= line.len();
            Line { start: end, text: line.trim_end() }
        });
        lines.filter(|line| {
            let text = line.text.trim_start();
            !text.is_empty() && !text.starts_with('#')
        })
    }

    /// A quote that is not closed where it should be, so that all that follows is read as text.
    fn open_quote(&self, at: usize) -> Option<Place> {
        let mut start = 0;
        while start <= at && start < self.text.len() {
            let end = self.lines.end(start);
            let line = Line { start, text: self.text[start..end].trim_end() };
            start = end;
            let Some(value) = line.value() else { continue };
            let open = line.start + value;
            let Some(quote) = self.text[open..].chars().next().filter(|c| matches!(c, '"' | '\''))
            else {
                continue;
            };
            let close = closing(&self.text[open + 1..], quote).map(|at| open + 1 + at);
            if close.is_some_and(|close| close < end) {
                continue;
            }
            // A text over several lines ends with its quote, and nothing else is on that line.
            if let Some(close) = close
                && is_end(&self.text[close + 1..self.lines.end(close)])
            {
                start = self.lines.end(close);
                continue;
            }
            let detail = say!(
                "the quote that begins here is not closed in its line",
                "从这里开始的引号在本行没有闭合"
            );
            return Some((open, detail));
        }
        None
    }

    /// A list or mapping in brackets without its end.
    fn open_bracket(&self, at: usize, reason: &str) -> Option<Place> {
        if !reason.contains("flow") {
            return None;
        }
        self.back_from(at).find_map(|line| {
            let value = line.value()?;
            let open = line.text[value..].chars().next().filter(|c| matches!(c, '[' | '{'))?;
            let closing = if open == '[' { ']' } else { '}' };
            let count = |c: char| line.text[value..].matches(c).count();
            let detail = say!(
                "`{open}` is not closed with `{closing}`; a text that begins with it needs quotes",
                "`{open}` 没有用 `{closing}` 闭合；以它开头的文本需要加引号"
            );
            (count(open) > count(closing)).then_some((line.start + value, detail))
        })
    }

    /// A line that is no `key: value`, at which the parser stops one line later.
    fn missing_colon(&self, at: usize, reason: &str) -> Option<Place> {
        let is_about_keys = ["mapping values", "could not find expected ':'", "expected key"];
        if !is_about_keys.iter().any(|words| reason.contains(words)) {
            return None;
        }
        let mut lines = self.back_from(at).take(2);
        let suspect = lines.find(|line| !line.has_colon() && !line.text.trim().starts_with('-'))?;
        let text = suspect.text.trim_start();
        if text.starts_with("---") || text.starts_with("...") {
            return None;
        }
        if let Some(colon) = text.find(':').filter(|at| *at > 0) {
            let detail = say!("a space is missing behind `:`", "`:` 后缺少空格");
            return Some((suspect.content() + colon + 1, detail));
        }
        let word = text.find(char::is_whitespace).unwrap_or(text.len());
        let detail = say!(
            "`:` is missing behind the key; a line is `key: value`",
            "键后缺少 `:`；每行的形式是 `键: 值`"
        );
        Some((suspect.content() + word, detail))
    }

    /// `mapping values are not allowed`: a line below one that has a value, or a second `: ` in a line.
    fn unfit_value(&self, at: usize, reason: &str) -> Option<Place> {
        if !reason.contains("mapping values") {
            return None;
        }
        let mut lines = self.back_from(at);
        let line = lines.next()?;
        let above = lines.next();
        let is_first = line.text[..at.saturating_sub(line.start).min(line.text.len())]
            .matches(": ")
            .next()
            .is_none();
        match above {
            Some(above) if is_first && line.indentation() > above.indentation() => {
                let (number, _) = self.lines.position(above.start);
                let (here, there) = (line.indentation(), above.indentation());
                let detail = say!(
                    "the line is indented by {here} spaces, which is deeper than line {number} ({there}); that one has a value already, so nothing can stand below it",
                    "该行缩进 {here} 个空格，比第 {number} 行（{there} 个）更深；第 {number} 行已经有值，其下不能再有内容"
                );
                Some((line.content(), detail))
            }
            _ if !is_first => {
                let detail = say!(
                    "a second `: ` in one line; a value with `: ` in it needs quotes",
                    "一行中出现第二个 `: `；包含 `: ` 的值需要加引号"
                );
                Some((at, detail))
            }
            _ => None,
        }
    }

    /// A line whose indentation is that of no line above it.
    fn unfit_indentation(&self, at: usize, reason: &str) -> Option<Place> {
        if !reason.contains("block mapping") && !reason.contains("block collection") {
            return None;
        }
        let mut lines = self.back_from(at);
        let line = lines.next()?;
        let here = line.indentation();
        if at > line.content() {
            let is_behind_quote = self.text[line.start..at].trim_end().ends_with(['"', '\'']);
            let detail = say!(
                "text stands behind the quote that closes the value",
                "值的引号闭合之后还有文本"
            );
            return is_behind_quote.then_some((at, detail));
        }
        let mut levels: Vec<usize> = Vec::new();
        for above in lines {
            let level = above.indentation();
            if levels.last().is_none_or(|last| level < *last) {
                levels.push(level);
            }
        }
        if levels.contains(&here) {
            return None;
        }
        let list: Vec<String> = levels.iter().rev().map(ToString::to_string).collect();
        let (list_en, list_zh) = (list.join(", "), list.join("、"));
        let detail = say!(
            "the line is indented by {here} spaces; the lines above it by {list_en}, and it has to agree with one of them",
            "该行缩进 {here} 个空格；其上方的行缩进 {list_zh} 个，必须与其中之一对齐"
        );
        Some((line.content(), detail))
    }
}

/// Whether nothing but a comment follows.
fn is_end(rest: &str) -> bool {
    let rest: &str = rest.trim();
    rest.is_empty() || rest.starts_with('#')
}

/// Where a quoted text ends.
fn closing(text: &str, quote: char) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == '"' => at += 1,
            b'\'' if quote == '\'' && bytes.get(at + 1) == Some(&b'\'') => at += 1,
            b if char::from(b) == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (usize, usize, String) {
        let error = goyaml::parse(text.as_bytes()).unwrap_err();
        let finding = finding(text, &error);
        assert!(!finding.detail.en.contains("canary") && !finding.detail.zh.contains("canary"));
        (finding.line, finding.column, finding.detail.en)
    }

    #[test]
    fn the_place_is_where_the_text_has_to_be_edited() {
        let head = "source:\n  x: 1\ntarget:\n  containers: canary\n";
        for (rest, line, column, words) in [
            // Wrong indentation, three ways.
            ("   repo:\n", 5, 4, "deeper than line 4"),
            ("  repo:\n    kind: OCI\n   url: x\n", 7, 4, "by 0, 2, 4"),
            (" repo:\n", 5, 2, "by 0, 2,"),
            // Quotes.
            ("  a: \"canary\n  b: \"x\"\n  c: 1\n", 5, 6, "not closed"),
            ("  a: 'canary\n  b: 1\n", 5, 6, "not closed"),
            ("  a: \"x\n    y\" # fine\n  b: \"canary\n  c: 1\n", 7, 6, "not closed"),
            ("  a: \"canary\" x\n", 5, 15, "behind the quote"),
            // Brackets.
            ("  a: [canary, b\n  c: 1\n", 5, 6, "`[` is not closed"),
            ("  a: {canary: b\n  c: 1\n", 5, 6, "`{` is not closed"),
            // Colons.
            ("  nonsense:canary\n  b: 1\n", 5, 12, "space is missing"),
            ("  nonsense canary\n  b: 1\n", 5, 11, "`:` is missing"),
            ("  nonsense canary\n", 5, 11, "`:` is missing"),
            ("  a: b: canary\n", 5, 7, "second `: `"),
            // Marks of YAML.
            ("  a: @canary\n", 5, 6, "begins with `@`"),
            ("  a: `canary\n", 5, 6, "begins with ``"),
            ("  a: %canary\n", 5, 6, "begins with `%`"),
            ("  a: *canary\n", 5, 6, "begins with `*`"),
        ] {
            let (at, from, detail) = told(&format!("{head}{rest}"));
            assert_eq!((at, from), (line, column), "{rest}: {detail}");
            assert!(detail.contains(words), "{rest}: {detail}");
        }
    }

    #[test]
    fn any_other_mistake_is_told_in_the_parsers_words() {
        let (line, column, detail) = told("a: !<x\n");
        assert!(line >= 1 && column >= 1 && !detail.is_empty());
    }
}
