//! Mistakes on the command line, in the words of the other messages.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use ops::{Phase, ProblemKind};

use crate::command_line::Parsed;
use crate::failure::Failure;
use crate::language::{Language, Sentence};
use crate::say;

/// Turns what clap found into something to print or a mistake to explain. Values are never repeated when they could
/// be a password.
pub(crate) fn explain(error: &clap::Error, language: Language) -> Parsed {
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Parsed::Print(error.render().to_string())
        }
        ErrorKind::InvalidSubcommand if is_of_pack(error) => {
            let name = text(error, ContextKind::InvalidSubcommand);
            let kind = ProblemKind::ConfigUnsupported;
            Parsed::Mistake(Failure::problem(Phase::Configure, kind, name, ""))
        }
        kind => {
            let subject = subject(error, kind).get(language).to_owned();
            let detail = suggestion(error).map(|hint| hint.get(language).to_owned());
            Parsed::Mistake(Failure::usage(subject, detail.unwrap_or_default()))
        }
    }
}

/// Commands for the connected side, ours and charts-syncer's.
fn is_of_pack(error: &clap::Error) -> bool {
    matches!(text(error, ContextKind::InvalidSubcommand).as_str(), "pack" | "generate")
}

fn subject(error: &clap::Error, kind: ErrorKind) -> Sentence {
    let argument = text(error, ContextKind::InvalidArg);
    let value = if argument.contains("password") {
        "***".into()
    } else {
        text(error, ContextKind::InvalidValue)
    };
    match kind {
        ErrorKind::UnknownArgument if !argument.starts_with('-') => {
            say!("`{argument}` is one argument too many", "多出一个参数 `{argument}`")
        }
        ErrorKind::UnknownArgument => {
            say!("there is no argument `{argument}`", "没有参数 `{argument}`")
        }
        ErrorKind::InvalidSubcommand => {
            let name = text(error, ContextKind::InvalidSubcommand);
            say!("there is no command `{name}`", "没有命令 `{name}`")
        }
        ErrorKind::MissingSubcommand => say!("a command is missing", "缺少命令"),
        ErrorKind::MissingRequiredArgument => {
            say!("`{argument}` is missing", "缺少 `{argument}`")
        }
        ErrorKind::ArgumentConflict => {
            let other = text(error, ContextKind::PriorArg);
            if other.is_empty() || other == argument {
                say!("`{argument}` is given twice", "`{argument}` 重复给出")
            } else {
                say!(
                    "`{argument}` does not go with `{other}`",
                    "`{argument}` 不能与 `{other}` 同时使用"
                )
            }
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            say!("`{argument}` needs a value", "`{argument}` 需要一个值")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => say!(
            "`{value}` is not a value for `{argument}`",
            "`{value}` 不能作为 `{argument}` 的值"
        ),
        ErrorKind::TooManyValues => {
            say!(
                "`{argument}` takes no further value `{value}`",
                "`{argument}` 不接受多余的值 `{value}`"
            )
        }
        ErrorKind::NoEquals => {
            say!("`{argument}` needs `=` before its value", "`{argument}` 与其值之间需要 `=`")
        }
        ErrorKind::InvalidUtf8 => say!("an argument is not UTF-8 text", "参数不是 UTF-8 文本"),
        _ => say!("`{argument}` cannot be used like this", "`{argument}` 的用法不正确"),
    }
}

fn suggestion(error: &clap::Error) -> Option<Sentence> {
    let choices = text(error, ContextKind::ValidValue);
    if !choices.is_empty() {
        return Some(say!("one of: {choices}", "可选值：{choices}"));
    }
    let similar =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
            .into_iter()
            .map(|kind| text(error, kind))
            .find(|text| !text.is_empty());
    if let Some(similar) = similar {
        return Some(say!("did you mean `{similar}`?", "您是否想写 `{similar}`？"));
    }
    if error.kind() == ErrorKind::UnknownArgument {
        return too_many(&text(error, ContextKind::InvalidArg), &text(error, ContextKind::Usage));
    }
    // Only what the parser of the value itself says; the rendered error would repeat the value.
    let cause = std::error::Error::source(error)?;
    Some(say!("{cause}", "{cause}"))
}

/// What to do with a package that has no place on the line, by the usage of the command.
fn too_many(argument: &str, usage: &str) -> Option<Sentence> {
    if argument.starts_with('-') {
        return None;
    }
    if usage.contains("[DIR|PACKAGE]") {
        return Some(say!(
            "one DIR or PACKAGE is served; put several packages into one directory",
            "只能指定一个目录或离线包；多个离线包请放入同一个目录"
        ));
    }
    if usage.contains("<PATH>") && !usage.contains("<PATH>...") {
        return Some(say!(
            "one PATH is taken; put several packages into one directory",
            "只能指定一个路径；多个离线包请放入同一个目录"
        ));
    }
    None
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        Some(ContextValue::StyledStrs(texts)) => {
            texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command_line::parse;

    fn mistake(line: &str, language: Language) -> (String, String) {
        match parse(line.split_whitespace().map(Into::into).collect(), language) {
            Parsed::Mistake(Failure::Operation(error)) => {
                (error.problems[0].subject.clone(), error.problems[0].detail.clone())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn mistakes_are_named_in_both_languages() {
        for (line, en, zh) in [
            ("ferry snyc", "there is no command `snyc`", "没有命令 `snyc`"),
            ("ferry sync --cofnig x", "there is no argument `--cofnig`", "没有参数 `--cofnig`"),
            ("ferry verify", "`<PATH>...` is missing", "缺少 `<PATH>...`"),
            ("ferry sync --config", "needs a value", "需要一个值"),
            ("ferry sync --on-conflict x", "`x` is not a value for", "`x` 不能作为"),
            ("ferry sync --platform linux", "`linux` is not a value for", "`linux` 不能作为"),
            ("ferry sync --config a --config b", "is given twice", "重复给出"),
            ("ferry serve a b", "`b` is one argument too many", "多出一个参数 `b`"),
        ] {
            assert!(
                mistake(line, Language::En).0.contains(en),
                "{:?}",
                mistake(line, Language::En)
            );
            assert!(
                mistake(line, Language::Zh).0.contains(zh),
                "{:?}",
                mistake(line, Language::Zh)
            );
        }
    }

    #[test]
    fn what_was_meant_is_suggested() {
        assert_eq!(mistake("ferry generate", Language::En).0, "generate");
        assert_eq!(mistake("ferry snyc", Language::En).1, "did you mean `sync`?");
        assert_eq!(
            mistake("ferry sync --on-conflict x", Language::Zh).1,
            "可选值：fail, overwrite, keep"
        );
        assert!(mistake("ferry serve a b", Language::En).1.starts_with("one DIR or PACKAGE"));
        assert!(mistake("ferry serve a b", Language::Zh).1.starts_with("只能指定一个目录或离线包"));
        assert!(mistake("ferry inspect a b", Language::En).1.starts_with("one PATH"));
        assert!(mistake("ferry sync --platform linux", Language::En).1.contains("os/architecture"));
    }
}
