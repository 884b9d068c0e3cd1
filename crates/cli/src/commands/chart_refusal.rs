//! How commands with helm's names fail: helm's line first, then why, and what to do.

use std::fmt::Write as _;

use ops::{Phase, Problem, ProblemKind, Refusal, TemplateView};

use crate::console::Console;
use crate::exit_code::ExitCode;
use crate::language::{Language, Text};
use crate::output::{LogFormat, printable};
use crate::text;

const AT: Text = text!("at", "位置");
const VIA: Text = text!("included from", "引用自");

/// The longest line of a template that is shown.
const LONGEST_LINE: usize = 160;

/// Says what helm says, then what we know. helm ends with 1 whatever it was.
pub(crate) fn refuse(console: &Console, refusal: &Refusal) -> ExitCode {
    say(console, &refusal.said);
    let error = ops::Error::new(Phase::Read, refusal.problem.clone());
    let mut text = String::new();
    if console.log == LogFormat::Text {
        let _ = write!(text, "Error: {}\n\n", refusal.line);
        if let Some(view) = &refusal.view {
            text.push_str(&place(view, console.language));
        }
    }
    console.tell(&text);
    console.explain_on_stderr(&error);
    ExitCode::Failure
}

/// What helm says on standard error and goes on.
pub(crate) fn say(console: &Console, lines: &[String]) {
    if console.log == LogFormat::Text && !lines.is_empty() {
        console.tell(&(lines.join("\n") + "\n"));
    }
}

/// A mistake on the command line in helm's words.
pub(crate) fn usage(line: String) -> Refusal {
    Refusal::new(line, Problem::error(ProblemKind::ChartUsage, "", ""))
}

/// The only argument there has to be.
pub(crate) fn exactly_one<'a>(
    arguments: &'a [String],
    command: &str,
    form: &str,
) -> Result<&'a str, Refusal> {
    match arguments {
        [one] => Ok(one),
        _ => Err(usage(format!("\"{command}\" requires 1 argument\n\nUsage:  {form}"))),
    }
}

/// The place in the template, the line, and how rendering came there.
fn place(view: &TemplateView, language: Language) -> String {
    let mut out = String::new();
    let column = if view.column == 0 { String::new() } else { format!(":{}", view.column) };
    let _ = writeln!(out, "  {} {}:{}{column}", AT.get(language), printable(&view.file), view.line);
    if !view.text.trim().is_empty() {
        let number = view.line.to_string();
        let gap = " ".repeat(number.len());
        let (text, start, length) = window(view);
        let _ = writeln!(out, "  {gap} |\n  {number} | {}", printable(&text));
        if view.column > 0 {
            let before = " ".repeat(start);
            let _ = writeln!(out, "  {gap} | {before}{}", "^".repeat(length.max(1)));
        }
    }
    for invocation in view.trail.iter().rev() {
        let (template, place) = (printable(&invocation.template), printable(&invocation.place));
        let _ = writeln!(out, "  {} {place} ({template})", VIA.get(language));
    }
    out.push('\n');
    out
}

/// The part of a long line that matters, and where in it the fault is.
fn window(view: &TemplateView) -> (String, usize, usize) {
    let start = if view.span.is_empty() { view.column.saturating_sub(1) } else { view.span.start };
    let skipped = start.saturating_sub(LONGEST_LINE / 2);
    let flat = |c: char| if c == '\t' { ' ' } else { c };
    let text: String = view.text.chars().skip(skipped).take(LONGEST_LINE).map(flat).collect();
    let room = text.chars().count().saturating_sub(start - skipped);
    (text, start - skipped, view.span.len().min(room))
}

#[cfg(test)]
mod tests {
    use ops::Invocation;

    use super::*;

    #[test]
    fn a_place_shows_the_line_and_the_way_there() {
        let view = TemplateView {
            file: "c/templates/_a.tpl".to_owned(),
            line: 12,
            column: 5,
            text: "a: {{ .x.y }}".to_owned(),
            span: 6..10,
            trail: vec![Invocation {
                template: "c/templates/a.yaml".to_owned(),
                place: "c/templates/a.yaml:3:8".to_owned(),
            }],
        };
        assert_eq!(
            place(&view, Language::En),
            concat!(
                "  at c/templates/_a.tpl:12:5\n",
                "     |\n",
                "  12 | a: {{ .x.y }}\n",
                "     |       ^^^^\n",
                "  included from c/templates/a.yaml:3:8 (c/templates/a.yaml)\n\n",
            )
        );
        assert!(place(&view, Language::Zh).starts_with("  位置 c/"));
    }

    #[test]
    fn long_lines_are_cut_around_the_fault() {
        let view = TemplateView {
            file: "f".to_owned(),
            line: 1,
            column: 501,
            text: format!("{}X{}", "a".repeat(500), "b".repeat(500)),
            span: 500..501,
            trail: Vec::new(),
        };
        let (text, start, length) = window(&view);
        assert_eq!((text.chars().count(), start, length), (LONGEST_LINE, 80, 1));
        assert_eq!(text.chars().nth(start), Some('X'));
    }
}
