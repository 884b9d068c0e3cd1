//! Lines that an input method, a word processor or a tab key made unreadable: what stands there, and the line as it
//! was meant. Looked for only in files that have errors: a file that can be read means what it says.

use std::ops::Range;

use ops::{ProblemKind, Severity};

use super::edit::{Edit, Lines, apply};
use super::finding::Finding;
use super::glyph::{self, COLONS, is_odd_blank, is_odd_quote};
use super::reader::nearest;
use super::{Reading, read_yaml};
use crate::language::Sentence;
use crate::say;

/// Every key of the file: behind one of them it is clear what was meant.
const KEYS: [&str; 30] = [
    "source",
    "target",
    "charts",
    "skipCharts",
    "relocateContainerImages",
    "skipImages",
    "containerPlatforms",
    "repo",
    "intermediateBundlesPath",
    "containers",
    "containerRegistry",
    "containerRepository",
    "containerPrefixRegistry",
    "containerPrefixRepository",
    "appendOriginRegistry",
    "repoName",
    "kind",
    "url",
    "path",
    "auth",
    "chartsIndex",
    "disableChartsIndex",
    "useChartsIndex",
    "username",
    "password",
    "registry",
    "name",
    "versions",
    "version",
    "skipArtifacts",
];
/// Spaces that a tab and a full-width space may stand for, the likeliest first.
const WIDTHS: [(usize, usize); 4] = [(2, 2), (4, 2), (8, 2), (2, 1)];

/// The reading of a file with errors, with the lines explained that were not written as YAML. `plain` is the reading
/// of the text as it stands.
pub(super) fn explained(text: &str, plain: Reading) -> Reading {
    let mut best: Option<Repair> = None;
    for width in WIDTHS {
        let findings = look(text, width, plain.is_yaml);
        let repaired = repair(text, &findings);
        if best.as_ref().is_some_and(|best| best.text == repaired) {
            continue;
        }
        if findings.is_empty() {
            break;
        }
        let reading = if repaired == text { plain.clone() } else { read_yaml(&repaired) };
        if best.as_ref().is_none_or(|best| reading.faults() < best.reading.faults()) {
            best = Some(Repair { findings, text: repaired, reading });
        }
    }
    match best {
        Some(best) if best.reading.faults() <= plain.faults() => merged(text, best, plain.is_yaml),
        _ => plain,
    }
}

/// A way to repair a text.
struct Repair {
    findings: Vec<Finding>,
    /// The text with their edits.
    text: String,
    /// What it says.
    reading: Reading,
}

/// What was found about the notation, then what the repaired text says, at the places of the text as it is.
fn merged(text: &str, repair: Repair, is_yaml: bool) -> Reading {
    let Repair { mut findings, text: repaired, reading: inner } = repair;
    let edits: Vec<Edit> = findings.iter().flat_map(|one| one.edits.clone()).collect();
    let back = |offset: usize| original(&edits, offset);
    for mut finding in inner.findings {
        if finding.line > 0 {
            let place = back(Lines(&repaired).offset(finding.line, finding.column));
            (finding.line, finding.column) = Lines(text).position(place);
        }
        // Its changes are of the other text; the next round finds them again.
        finding.edits.clear();
        findings.push(finding);
    }
    let secrets = inner.secrets.iter().map(|range| back(range.start)..back(range.end)).collect();
    Reading { config: inner.config, findings, secrets, is_yaml }
}

fn repair(text: &str, findings: &[Finding]) -> String {
    apply(text, findings.iter().map(|finding| &finding.edits[..]))
}

/// Where an offset of the repaired text was before the edits, which are in order.
fn original(edits: &[Edit], offset: usize) -> usize {
    let mut at = offset;
    for edit in edits {
        if at < edit.range.start {
            break;
        }
        let end = edit.range.start + edit.text.len();
        at = if at < end { edit.range.start } else { at - end + edit.range.end };
    }
    at
}

fn look(text: &str, width: (usize, usize), is_yaml: bool) -> Vec<Finding> {
    let mut scanner = Scanner { text, line: 0, start: 0, is_yaml, findings: Vec::new() };
    for line in text.split_inclusive('\n') {
        scanner.line += 1;
        scanner.look(line.trim_end_matches(['\n', '\r']), width);
        scanner.start += line.len();
    }
    scanner.findings
}

/// One line after the other.
struct Scanner<'a> {
    text: &'a str,
    line: usize,
    /// Where the line starts.
    start: usize,
    is_yaml: bool,
    findings: Vec<Finding>,
}

impl Scanner<'_> {
    fn look(&mut self, line: &str, width: (usize, usize)) {
        let rest = line.trim_start_matches(|c| c == ' ' || is_odd_blank(c));
        let indentation = &line[..line.len() - rest.len()];
        self.indentation(indentation, rest, width);
        let item = rest.strip_prefix('-').unwrap_or(rest);
        let field = item.trim_start_matches(|c| c == ' ' || is_odd_blank(c));
        let Some(key) = key_of(field) else { return };
        let is_known = nearest(key, &KEYS).is_some();
        let at = line.len() - field.len();
        if item.len() < rest.len() && field.len() == item.len() && is_known {
            let detail = say!("a space is missing behind `-`", "`-` 后缺少空格");
            self.tell(at, detail, vec![Edit::insert(self.start + at, " ")]);
        }
        self.separator(line, at + key.len(), is_known);
    }

    /// Blanks in front of a line that are no spaces.
    fn indentation(&mut self, blanks: &str, rest: &str, width: (usize, usize)) {
        let odd = blanks.char_indices().find(|(_, c)| is_odd_blank(*c));
        let Some((at, first)) = odd else { return };
        if self.start == 0 && first == '\u{feff}' && at == 0 && blanks.chars().count() == 1 {
            return;
        }
        let spaces: usize = blanks.chars().map(|c| columns(c, width)).sum();
        let spaces = if rest.is_empty() { 0 } else { spaces };
        let range = self.start..self.start + blanks.len();
        let name = glyph::name(first);
        let detail = Sentence {
            en: format!("the line is indented with {}; YAML takes spaces only", name.en),
            zh: format!("该行使用了{}缩进；YAML 只允许普通空格", name.zh),
        };
        self.tell(at, detail, vec![Edit::replace(range, " ".repeat(spaces))]);
    }

    /// What stands between a key and its value.
    fn separator(&mut self, line: &str, end: usize, is_known: bool) {
        let blanks = |text: &str| {
            text.len() - text.trim_start_matches(|c| c == ' ' || is_odd_blank(c)).len()
        };
        let colon = end + blanks(&line[end..]);
        let Some(sign) = line[colon..].chars().next() else { return };
        let behind = colon + sign.len_utf8();
        let value = behind + blanks(&line[behind..]);
        let is_odd = COLONS.contains(&sign);
        if !is_odd && sign != ':' {
            return;
        }
        let gap = &line[behind..value];
        let separator = if value < line.len() { ": " } else { ":" };
        let edit = Edit::replace(self.start + end..self.start + value, separator);
        let edits = if is_known { vec![edit] } else { Vec::new() };
        if is_odd {
            self.tell(colon, colon_detail(sign), edits);
        } else if gap.is_empty() && value < line.len() {
            if is_known && !line[value..].starts_with("//") {
                let detail = say!("a space is missing behind `:`", "`:` 后缺少空格");
                self.tell(behind, detail, edits);
            }
        } else if let Some(odd) = gap.chars().next().filter(|c| is_odd_blank(*c) && *c != '\t') {
            let name = glyph::name(odd);
            let detail = Sentence {
                en: format!("{} stands behind `:`, where YAML needs a space", name.en),
                zh: format!("`:` 后面是{}，YAML 需要普通空格", name.zh),
            };
            self.tell(behind, detail, edits);
        }
        if !self.is_yaml {
            self.quotes(line, value, is_known);
        }
    }

    /// Quotes around a value that do not open or close it. In a file that is YAML its reader finds them.
    fn quotes(&mut self, line: &str, from: usize, is_known: bool) {
        let value = without_comment(&line[from..]);
        let Some(inner) = odd_quoted(value) else { return };
        let (open, close) = (from + inner.start, from + inner.end);
        let content = &line[open..close];
        let (at, _) = value.char_indices().find(|(_, c)| is_odd_quote(*c)).unwrap_or_default();
        let odd = value[at..].chars().next().unwrap_or('“');
        let mut edits = Vec::new();
        if let Some(quote) = quote_for(content).filter(|_| is_known) {
            edits.push(Edit::replace(self.start + from..self.start + open, quote));
            edits.push(Edit::replace(self.start + close..self.start + from + value.len(), quote));
        }
        self.tell(from + at, quote_detail(odd), edits);
    }

    fn tell(&mut self, at: usize, detail: Sentence, edits: Vec<Edit>) {
        let column = self.text[self.start..self.start + at].chars().count() + 1;
        let finding = Finding {
            severity: Severity::Error,
            kind: ProblemKind::ConfigSyntax,
            line: self.line,
            column,
            key: String::new(),
            detail,
            edits,
        };
        self.findings.push(finding);
    }
}

/// That a colon is none.
pub(super) fn colon_detail(odd: char) -> Sentence {
    let name = glyph::name(odd);
    Sentence {
        en: format!("{} is text to YAML; write `:` and a space", name.en),
        zh: format!("{}在 YAML 中只是普通文本；请改为半角 `:` 加一个空格", name.zh),
    }
}

/// That a quote is none.
pub(super) fn quote_detail(odd: char) -> Sentence {
    let name = glyph::name(odd);
    Sentence {
        en: format!("{} is part of the value to YAML; write `\"`", name.en),
        zh: format!("{}在 YAML 中是值的一部分；请改为半角引号 `\"`", name.zh),
    }
}

/// What stands between the quotes of a value of which at least one is no quote to YAML.
pub(super) fn odd_quoted(value: &str) -> Option<Range<usize>> {
    let (first, last) = (value.chars().next()?, value.chars().next_back()?);
    let is_quote = |c: char| is_odd_quote(c) || matches!(c, '"' | '\'');
    let is_pair = value.len() > first.len_utf8() && is_quote(first) && is_quote(last);
    let is_closed = !is_odd_quote(first) && !is_odd_quote(last);
    (is_pair && !is_closed).then(|| first.len_utf8()..value.len() - last.len_utf8())
}

/// The quote that a text can be put into as it is.
pub(super) fn quote_for(content: &str) -> Option<&'static str> {
    if !content.contains(['"', '\\']) {
        Some("\"")
    } else if !content.contains('\'') {
        Some("'")
    } else {
        None
    }
}

fn without_comment(value: &str) -> &str {
    let end = value.find(" #").or_else(|| value.find("\t#")).unwrap_or(value.len());
    value[..end].trim_end_matches(|c| c == ' ' || is_odd_blank(c))
}

fn columns(c: char, (tab, wide): (usize, usize)) -> usize {
    match c {
        '\t' => tab,
        '\u{3000}' => wide,
        _ if c.is_whitespace() => 1,
        _ => 0,
    }
}

fn key_of(text: &str) -> Option<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let key = &text[..end];
    key.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::super::{corrected, read};
    use super::*;

    fn told(text: &str) -> Vec<(usize, usize, String)> {
        let findings = read(text).findings;
        let errors = findings.into_iter().filter(|one| one.severity == Severity::Error);
        errors.map(|one| (one.line, one.column, one.detail.en)).collect()
    }

    const TARGET: &str = "target:\n  containerRegistry: reg.io\n  containers:\n    auth:\n      username: u\n      password: pw\n";

    #[test]
    fn blanks_that_are_no_spaces_are_named_and_become_spaces() {
        for (blank, words) in [
            ("\u{a0}\u{a0}", "a no-break space (U+00A0)"),
            ("\u{3000}", "a full-width space (U+3000)"),
            ("\t", "a tab"),
            ("\u{2003}\u{200b} ", "a blank that is no space (U+2003)"),
        ] {
            let text = TARGET.replace("  ", blank);
            let found = told(&text);
            let places: Vec<_> = found.iter().map(|one| (one.0, one.1)).collect();
            assert_eq!(places, [(2, 1), (3, 1), (4, 1), (5, 1), (6, 1)], "{blank:?}");
            assert!(found[0].2.contains(words), "{found:?}");
            assert_eq!(corrected(&text), TARGET, "{blank:?}");
        }
        // Behind a space, and where tabs and spaces meet.
        let text = TARGET.replace("    auth", "  \u{a0}\u{a0}auth");
        assert_eq!((told(&text)[0].0, told(&text)[0].1), (4, 3));
        assert_eq!(corrected(&text), TARGET);
        let eight = "target:\n        containers:\n\tauth:\n".replace("        c", "\tc");
        assert!(read(&corrected(&eight)).is_yaml);
    }

    #[test]
    fn tabs_are_as_wide_as_the_lines_around_them_need() {
        let text = "target:\n    repo:\n        kind: LOCAL\n\tpath: x\n";
        assert_eq!(corrected(text), "target:\n    repo:\n        kind: LOCAL\n        path: x\n");
        // Go's parser takes them neither in an empty line nor before a comment, but behind a colon.
        let text = "source:\n\t# x\n\t\n  intermediateBundlesPath:\tb\n";
        assert_eq!(told(text).iter().map(|one| one.0).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(corrected(text), "source:\n  # x\n\n  intermediateBundlesPath:\tb\n");
    }

    #[test]
    fn colons_that_are_none_are_named_and_replaced() {
        let text = TARGET
            .replace("target:", "target：")
            .replace("username: u", "username：u")
            .replace("password: pw", "password ：“pw”  # 密码：x");
        let found = told(&text);
        let places: Vec<_> = found.iter().map(|one| (one.0, one.1)).collect();
        assert_eq!(places, [(1, 7), (5, 15), (6, 16), (6, 17)]);
        assert!(found[0].2.contains("full-width colon"));
        assert_eq!(corrected(&text), TARGET.replace(": pw", ": \"pw\"  # 密码：x"));
        let flow = "target:\n  containers:\n    auth: {username：u, password： pw}\n";
        assert_eq!((told(flow)[0].0, told(flow)[0].1), (3, 20));
        assert_eq!(
            corrected(flow),
            "target:\n  containers:\n    auth: {username: u, password:  pw}\n"
        );
    }

    #[test]
    fn missing_spaces_are_put_in() {
        let text =
            TARGET.replace("Registry: ", "Registry:").replace("username: ", "username:\u{a0}");
        let places: Vec<_> = told(&text).iter().map(|one| (one.0, one.1)).collect();
        assert_eq!(places, [(2, 21), (5, 16)]);
        assert_eq!(corrected(&text), TARGET);
        assert_eq!(corrected("charts:\n-name: a\n"), "charts:\n- name: a\n");
        // A value may have colons.
        let fine = "source:\n  intermediateBundlesPath: a:b\n";
        assert_eq!((told(fine).len(), corrected(fine).as_str()), (0, fine));
    }

    #[test]
    fn other_mistakes_are_told_beside_at_their_places() {
        let text =
            TARGET.replace("containers:", "containers：").replace("username: u", "nonsense：1");
        let found = told(&text);
        let places: Vec<_> = found.iter().map(|one| (one.0, one.1)).collect();
        assert_eq!(places[0], (3, 13));
        assert!(places.contains(&(5, 15)), "{found:?}");
        let text = TARGET.replace("username: u", "username：[u]");
        assert!(told(&text).iter().any(|one| (one.0, one.1) == (5, 15) && one.2.contains("text")));
    }
}
