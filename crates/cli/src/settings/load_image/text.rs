//! Texts as they are written and as they are meant: look-alikes of ASCII, values that are comments to YAML.

use goyaml::{Kind, Style, Value, resolve_plain};
use ops::{ProblemKind, Severity};

use super::edit::Edit;
use super::finding::Finding;
use super::glyph::{self, folded, is_look_alike, is_odd_quote};
use super::notation::{odd_quoted, quote_detail, quote_for};
use super::reader::{Field, Reader};
use super::{Auth, Empty};
use crate::language::Sentence;
use crate::say;

/// Keys whose values are addresses, names and versions, which are ASCII.
const ASCII: [&str; 13] = [
    "containerRegistry",
    "containerRepository",
    "containerPrefixRegistry",
    "containerPrefixRepository",
    "url",
    "kind",
    "chartsIndex",
    "charts",
    "skipCharts",
    "name",
    "versions",
    "version",
    "containerPlatforms",
];

impl<'a> Reader<'a> {
    /// A text that is not empty. One that is lost in a comment is told.
    pub(super) fn text(&mut self, field: &Field<'a>) -> Option<String> {
        let text = self.written_text(field);
        if text.is_none() && is_void(field) {
            self.tell_lost(field);
        }
        text
    }

    /// A text that is not empty, with look-alikes told.
    pub(super) fn written_text(&mut self, field: &Field<'a>) -> Option<String> {
        let text = self.plain_text(field)?;
        Some(self.meant(field, text)).filter(|text| !text.is_empty())
    }

    /// The text of a scalar. Numbers and switches are taken as they are written, and told.
    fn plain_text(&mut self, field: &Field<'a>) -> Option<&'a str> {
        let node = field.value.resolved();
        let Kind::Scalar { text, style } = &node.kind else {
            let detail = say!("text is needed here", "此处需要文本");
            self.error(ProblemKind::ConfigType, field.value, &field.path, detail);
            return None;
        };
        if *style != Style::Plain || node.tag.is_some() {
            return Some(text);
        }
        match resolve_plain(text) {
            Value::Null => return None,
            Value::String(_) => {}
            _ => {
                let detail = say!(
                    "read as the text it is written as; put quotes around it",
                    "按书写的文本读取；请加上引号"
                );
                let edit = Edit::replace(node.span.clone(), format!("\"{text}\""));
                self.note(ProblemKind::ConfigType, field, detail, vec![edit]);
            }
        }
        Some(text)
    }

    /// The text that was meant by one with characters that only look like the right ones.
    pub(super) fn meant(&mut self, field: &Field<'a>, text: &str) -> String {
        if !text.contains(is_look_alike) {
            return text.to_owned();
        }
        let span = field.value.resolved().span.clone();
        let source = &self.text[span.clone()];
        let at = span.start + source.find(is_look_alike).unwrap_or_default();
        let odd = text.chars().find(|c| is_look_alike(*c)).unwrap_or_default();
        if let Some(inner) = odd_quoted(source).filter(|_| is_plain(field)) {
            let content = &source[inner];
            let odd = source.chars().find(|c| is_odd_quote(*c)).unwrap_or(odd);
            let finding = self.tell_at(Severity::Error, at, field, quote_detail(odd));
            let edit = |quote| Edit::replace(span, format!("{quote}{content}{quote}"));
            finding.edits.extend(quote_for(content).map(edit));
            return content.to_owned();
        }
        if ASCII.contains(&field.name.as_str()) {
            let name = glyph::name(odd);
            let detail = Sentence {
                en: format!("{} does not belong here; write ASCII", name.en),
                zh: format!("此处不应有{}；请改为半角字符", name.zh),
            };
            let finding = self.tell_at(Severity::Error, at, field, detail);
            finding.edits.push(Edit::replace(span, without_look_alikes(source)));
            return without_look_alikes(text);
        }
        let is_secret = field.name == "password";
        let at = if is_secret { span.start } else { at };
        self.tell_at(Severity::Warning, at, field, doubtful(odd, is_secret));
        text.to_owned()
    }

    fn tell_at(
        &mut self,
        severity: Severity,
        at: usize,
        field: &Field<'a>,
        detail: Sentence,
    ) -> &mut Finding {
        let (line, column) = self.lines().position(at);
        let kind = ProblemKind::ConfigValue;
        let finding = Finding::at(severity, kind, field.value, &field.path, detail);
        self.findings.push_mut(Finding { line, column, ..finding })
    }

    /// What follows where a value starts, or should, to the end of its line.
    fn rest_of_line(&self, at: usize) -> &'a str {
        let end = self.lines().end(at.min(self.text.len()));
        self.text[at.min(end)..end].trim()
    }

    /// Why a field has no value.
    fn why_void(&self, field: &Field<'a>) -> Sentence {
        let rest = self.rest_of_line(field.value.start);
        match rest.chars().next() {
            Some('#') if is_glued(rest) => say!(
                "the value is empty: `#…` begins a comment; put it in quotes if it is the value",
                "值为空：`#…` 是注释的开头；如果它是值的一部分，请加上引号"
            ),
            Some('#') => {
                say!("the value is empty: what stands behind it is a comment", "值为空：其后是注释")
            }
            Some(sign @ ('&' | '!')) => say!(
                "the value is empty: `{sign}…` is a mark of YAML; put it in quotes if it is the value",
                "值为空：`{sign}…` 是 YAML 的标记；如果它是值的一部分，请加上引号"
            ),
            Some('~' | 'n' | 'N') => say!(
                "the value is empty: `~` and `null` mean none; put it in quotes if it is the value",
                "值为空：`~` 和 `null` 表示没有值；如果它就是值，请加上引号"
            ),
            _ => say!("the value is empty", "值为空"),
        }
    }

    /// A value that is a comment to YAML, where an empty one does no other harm that would be told.
    pub(super) fn tell_lost(&mut self, field: &Field<'a>) {
        let rest = self.rest_of_line(field.value.start);
        if is_glued(rest) || rest.starts_with(['&', '!']) {
            let detail = self.why_void(field);
            self.warning(ProblemKind::ConfigValue, field.value, &field.path, detail);
        }
    }

    /// A password whose end is a comment to YAML.
    pub(super) fn tell_cut(&mut self, field: &Field<'a>) {
        let rest = self.rest_of_line(field.value.span.end);
        let is_word = is_glued(rest) && !rest.contains(char::is_whitespace) && rest.is_ascii();
        if is_word && is_plain(field) {
            let detail = say!(
                "` #…` behind it is a comment and not part of the password; put the whole in quotes if it is",
                "其后的 ` #…` 是注释，不属于密码；如果属于密码，请把整个值加上引号"
            );
            self.warning(ProblemKind::ConfigValue, field.value, &field.path, detail);
        }
    }

    /// Keeps why one half of a pair of credentials is not there.
    pub(super) fn absent(&self, auth: &mut Auth, field: &Field<'a>) {
        if !is_void(field) {
            auth.is_unusable = true;
            return;
        }
        let (line, column) = self.lines().position(field.key.start);
        let why = self.why_void(field);
        auth.empty.push(Empty { path: field.path.clone(), line, column, why });
    }
}

fn is_plain(field: &Field<'_>) -> bool {
    matches!(&field.value.resolved().kind, Kind::Scalar { style: Style::Plain, .. })
}

/// Whether nothing is written where the value should be, or only that there is none.
fn is_void(field: &Field<'_>) -> bool {
    let node = field.value.resolved();
    node.is_null() || node.text().is_some_and(str::is_empty)
}

/// `#` with something directly behind it: a comment to YAML, and perhaps not to who wrote it.
fn is_glued(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|rest| rest.starts_with(|c: char| c != '#' && !c.is_whitespace()))
}

/// That a character is perhaps not the one that was meant. Of a password no character is named.
fn doubtful(odd: char, is_secret: bool) -> Sentence {
    if is_secret {
        return say!(
            "a full-width or invisible character is part of the value",
            "值中含有全角字符或不可见字符，会被当作值的一部分"
        );
    }
    let name = glyph::name(odd);
    Sentence {
        en: format!("{} is part of the value", name.en),
        zh: format!("{}会被当作值的一部分", name.zh),
    }
}

fn without_look_alikes(text: &str) -> String {
    let ascii: String = text.chars().filter_map(folded).collect();
    ascii.trim_end_matches([',', ';']).to_owned()
}
