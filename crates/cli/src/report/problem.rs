//! Problems in words: what happened, why, what to do.

use std::fmt::Write as _;

use ops::{Problem, Severity};

use crate::language::{Language, Text};
use crate::message::{Explanation, explain, in_language};
use crate::output::printable;
use crate::text;

/// Whether headings are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// No.
    None,
    /// With ANSI sequences.
    Ansi,
}

const ERROR: Text = text!("error", "错误");
const WARNING: Text = text!("warning", "警告");
const NOTE: Text = text!("note", "提示");
const COLON: Text = text!(": ", "：");
const WHY: Text = text!("  why: ", "  原因：");
const DO: Text = text!("  do:  ", "  处理：");
const CAUSE: Text = text!("  cause: ", "  详情：");

/// Problems with why and what to do. Neighbours of one kind share these two lines.
pub(crate) fn explanation(problems: &[Problem], language: Language, paint: Paint) -> String {
    let mut out = String::new();
    for group in problems.chunk_by(|a, b| a.kind == b.kind && a.severity == b.severity) {
        let entry = explain(group[0].kind);
        let is_single = group.len() == 1;
        for problem in group {
            let _ = writeln!(out, "{}", heading(problem, entry, language, paint));
            if !is_single {
                write_cause(&mut out, problem, language);
            }
        }
        let _ = writeln!(out, "{}{}", WHY.get(language), entry.why.get(language));
        let _ = writeln!(out, "{}{}", DO.get(language), entry.next.get(language));
        if is_single {
            write_cause(&mut out, &group[0], language);
        }
    }
    out
}

/// Problems that stop nothing, one line each.
pub(crate) fn notes(problems: &[Problem], language: Language, paint: Paint) -> String {
    let mut out = String::new();
    for problem in problems {
        let line = heading(problem, explain(problem.kind), language, paint);
        let detail = printable(&in_language(&problem.detail, language));
        let _ = match (detail.is_empty(), language) {
            (true, _) => writeln!(out, "{line}"),
            (false, Language::En) => writeln!(out, "{line} ({detail})"),
            (false, Language::Zh) => writeln!(out, "{line}（{detail}）"),
        };
    }
    out
}

fn write_cause(out: &mut String, problem: &Problem, language: Language) {
    if !problem.detail.is_empty() {
        let detail = in_language(&problem.detail, language);
        let _ = writeln!(out, "{}{}", CAUSE.get(language), printable(&detail));
    }
}

fn heading(problem: &Problem, entry: &Explanation, language: Language, paint: Paint) -> String {
    let (word, ansi) = match problem.severity {
        Severity::Error => (ERROR, "\u{1b}[1;31m"),
        Severity::Warning => (WARNING, "\u{1b}[1;33m"),
        Severity::Info => (NOTE, "\u{1b}[1;36m"),
    };
    let label = format!("{}[E{}]", word.get(language), entry.code);
    let label = match paint {
        Paint::None => label,
        Paint::Ansi => format!("{ansi}{label}\u{1b}[0m"),
    };
    let colon = COLON.get(language);
    let what = entry.what.get(language);
    if problem.subject.is_empty() {
        return format!("{label}{colon}{what}");
    }
    format!("{label}{colon}{what}{colon}{}", printable(&problem.subject))
}

#[cfg(test)]
mod tests {
    use ops::ProblemKind;

    use super::*;

    fn missing() -> Problem {
        Problem::error(
            ProblemKind::ProjectMissing,
            "10.16.10.111/release.daocloud.io",
            "404 Not Found: project \u{1b}[2J release.daocloud.io not found",
        )
    }

    #[test]
    fn an_error_says_what_why_and_what_to_do() {
        let text = explanation(&[missing()], Language::En, Paint::None);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "error[E2041]: the project does not exist: 10.16.10.111/release.daocloud.io"
        );
        assert!(lines[1].starts_with("  why: Harbor does not create"));
        assert!(lines[2].starts_with("  do:  Add `--create-projects`"));
        assert_eq!(
            lines[3],
            "  cause: 404 Not Found: project \\u{1b}[2J release.daocloud.io not found"
        );
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn chinese_has_its_own_labels_and_punctuation() {
        let text = explanation(&[missing()], Language::Zh, Paint::None);
        assert!(
            text.starts_with("错误[E2041]：镜像仓库项目不存在：10.16.10.111/release.daocloud.io\n")
        );
        assert!(text.contains("\n  原因：Harbor") && text.contains("\n  处理：请加"));
    }

    #[test]
    fn many_of_one_kind_are_explained_once() {
        let missing = |name: &str| Problem::error(ProblemKind::ImageMissing, name, "line 3");
        let text = explanation(&[missing("a:1"), missing("b:1")], Language::En, Paint::None);
        assert_eq!(text.matches("error[E1041]").count(), 2);
        assert_eq!(text.matches("  why: ").count(), 1);
        assert_eq!(text.matches("  cause: line 3").count(), 2);
    }

    #[test]
    fn a_note_is_one_line() {
        let note =
            Problem::warning(ProblemKind::ConfigAuthNotNested, "load-image.yaml:9:5", "repo.auth");
        let text = notes(&[note], Language::En, Paint::None);
        assert_eq!(text.lines().count(), 1);
        assert!(
            text.starts_with("warning[E4009]: ")
                && text.ends_with("load-image.yaml:9:5 (repo.auth)\n")
        );
    }
}
