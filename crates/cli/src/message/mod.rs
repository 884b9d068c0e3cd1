//! What went wrong, why, and what to do: one entry per [`ProblemKind`], in both languages, with a stable code.
//!
//! Codes are a contract: they are searched for in manuals and tickets. A code is never given to another problem.
//! 10xx package · 12xx relocation · 13xx conflict · 20xx registry · 30xx chart repository · 40xx configuration and
//! command line · 50xx this machine · 60xx charts, 61xx repositories, in commands with helm's names · 9001 a bug.

mod cause;
mod chart;
mod configuration;
mod images;
mod machine;
mod package;
mod registry;
mod relocation;
mod repository;

pub(crate) use cause::in_language;

use ops::ProblemKind;

use crate::exit_code::ExitCode;
use crate::language::Text;

/// The words for one kind of problem.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Explanation {
    /// The kind it explains.
    pub kind: ProblemKind,
    /// The stable code, printed as `E1001`.
    pub code: u16,
    /// How the process ends when this is the first problem.
    pub exit: ExitCode,
    /// What happened; the subject follows after a colon.
    pub what: Text,
    /// Why that is, or why it matters.
    pub why: Text,
    /// What the operator can do now.
    pub next: Text,
}

/// The words for `kind`.
pub(crate) fn explain(kind: ProblemKind) -> &'static Explanation {
    let tables = [
        package::TABLE,
        relocation::TABLE,
        registry::TABLE,
        configuration::TABLE,
        chart::TABLE,
        repository::TABLE,
        machine::TABLE,
        images::TABLE,
    ];
    let find = |kind| tables.iter().copied().flatten().find(|entry| entry.kind == kind);
    find(kind)
        .or_else(|| find(ProblemKind::Internal))
        .expect("a test walks all kinds and finds each explained")
}

/// Makes the table of one group: kind, code, exit code, then the three texts in English and Chinese.
macro_rules! explanations {
    ($($kind:ident = $code:literal, $exit:ident {
        what: $what_en:literal, $what_zh:literal;
        why: $why_en:literal, $why_zh:literal;
        next: $next_en:literal, $next_zh:literal;
    })*) => {
        pub(super) const TABLE: &[$crate::message::Explanation] = &[$(
            $crate::message::Explanation {
                kind: ops::ProblemKind::$kind,
                code: $code,
                exit: $crate::exit_code::ExitCode::$exit,
                what: $crate::text!($what_en, $what_zh),
                why: $crate::text!($why_en, $why_zh),
                next: $crate::text!($next_en, $next_zh),
            },
        )*];
    };
}
use explanations;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::language::is_cjk;

    fn has_cjk(text: &str) -> bool {
        text.chars().any(is_cjk)
    }

    #[test]
    fn every_kind_is_explained_in_both_languages() {
        for kind in ProblemKind::ALL {
            let entry = explain(*kind);
            assert_eq!(entry.kind, *kind, "not explained");
            for text in [entry.what, entry.why, entry.next] {
                assert!(text.en.len() > 10, "{kind:?}: too short: {}", text.en);
                assert!(!has_cjk(text.en), "{kind:?}: Chinese in {}", text.en);
                assert!(has_cjk(text.zh), "{kind:?}: no Chinese in {}", text.zh);
            }
        }
    }

    #[test]
    fn codes_are_unique_and_in_their_group() {
        let mut seen = BTreeSet::new();
        for kind in ProblemKind::ALL {
            let entry = explain(*kind);
            assert!(seen.insert(entry.code), "E{} is used twice", entry.code);
            let exits: &[ExitCode] = match entry.code / 100 {
                10 => &[ExitCode::Package],
                12 => &[ExitCode::Package, ExitCode::Usage, ExitCode::Conflict],
                13 => &[ExitCode::Conflict],
                20 | 30 => &[ExitCode::Remote],
                40 => &[ExitCode::Usage],
                60 | 61 => &[ExitCode::Failure],
                50 => &[ExitCode::Machine, ExitCode::Interrupted],
                90 => &[ExitCode::Internal],
                group => panic!("{kind:?}: no group {group}xx"),
            };
            assert!(exits.contains(&entry.exit), "{kind:?}: {:?}", entry.exit);
        }
    }

    #[test]
    fn headings_read_like_the_rest() {
        for kind in ProblemKind::ALL {
            let entry = explain(*kind);
            let first = entry.what.en.chars().next().unwrap();
            assert!(
                first.is_lowercase() || first == '`' || entry.what.en.starts_with("TLS"),
                "{kind:?}"
            );
            assert!(!entry.what.en.ends_with('.') && !entry.what.zh.ends_with('。'), "{kind:?}");
            for text in [entry.why, entry.next] {
                assert!(text.en.ends_with('.'), "{kind:?}: {}", text.en);
                assert!(text.zh.ends_with('。'), "{kind:?}: {}", text.zh);
                assert!(!text.en.contains('!') && !text.zh.contains('！'), "{kind:?}");
            }
        }
    }

    #[test]
    fn chinese_text_has_full_width_punctuation_and_spaces_around_latin() {
        for kind in ProblemKind::ALL {
            let entry = explain(*kind);
            for text in [entry.what.zh, entry.why.zh, entry.next.zh] {
                let plain = without_code(text);
                let characters: Vec<char> = plain.chars().collect();
                for pair in characters.windows(2) {
                    let ideograph = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}');
                    let touching = (ideograph(pair[0]) && pair[1].is_ascii_alphanumeric())
                        || (pair[0].is_ascii_alphanumeric() && ideograph(pair[1]));
                    assert!(!touching, "{kind:?}: space missing in {text}");
                    let half_width =
                        ideograph(pair[0]) && matches!(pair[1], ',' | ';' | ':' | '?' | '(');
                    assert!(!half_width, "{kind:?}: half-width punctuation in {text}");
                }
            }
        }
    }

    #[test]
    fn what_to_do_names_flags_that_exist() {
        let command = crate::command_line::command(crate::language::Language::En);
        let known: BTreeSet<String> = flags_of(&command);
        for kind in ProblemKind::ALL {
            let entry = explain(*kind);
            for text in [entry.why, entry.next] {
                // A flag of another program stands in its own command.
                let own = |text: &str| text.replace("--set global", "");
                let (en, zh) = (named_flags(&own(text.en)), named_flags(&own(text.zh)));
                assert_eq!(en, zh, "{kind:?}: the languages name different flags");
                for flag in en {
                    assert!(known.contains(&flag), "{kind:?}: --{flag} does not exist");
                }
            }
        }
    }

    fn flags_of(command: &clap::Command) -> BTreeSet<String> {
        let own = command.get_arguments().filter_map(clap::Arg::get_long).map(str::to_owned);
        own.chain(command.get_subcommands().flat_map(flags_of)).collect()
    }

    fn named_flags(text: &str) -> BTreeSet<String> {
        text.split("--")
            .skip(1)
            .map(|rest| {
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
            })
            .filter(|flag: &String| !flag.is_empty())
            .collect()
    }

    /// The text with each `code span` replaced by a word, since commands are verbatim.
    fn without_code(text: &str) -> String {
        text.split('`').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { " " }).collect()
    }
}
