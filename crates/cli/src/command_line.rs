//! The command line: global flags, commands, and parsing in the language of the user.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::{
    chart, completion, config, dependency, images, inspect, lint, man, package, pull, push,
    registry, repo, search, serve, show, sync, template, verify, version,
};
use crate::failure::Failure;
use crate::help::{self, GLOBAL, HelpTable};
use crate::language::Language;
use crate::output::{ColorChoice, LogFormat, OutputFormat};
use crate::usage_error;

/// Carries Helm-packaged Kubernetes modules across an air gap
#[derive(Clone, Debug, Parser)]
#[command(name = "ferry", version, disable_version_flag = true, disable_help_subcommand = true)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct CommandLine {
    /// Flags of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

/// Flags of every command.
#[derive(Args, Clone, Debug)]
#[command(disable_help_flag = true, next_help_heading = GLOBAL)]
pub(crate) struct GlobalArgs {
    /// Language of messages; default: from LC_ALL, LC_MESSAGES or LANG
    #[arg(long, value_name = "LANG", global = true)]
    pub lang: Option<Language>,
    /// Form of the report on stdout
    #[arg(short, long, value_name = "FORMAT", global = true, default_value = "table")]
    pub output: OutputFormat,
    /// Whether that was asked for.
    #[arg(skip)]
    pub is_output_given: bool,
    /// Form of progress and messages on stderr
    #[arg(long, value_name = "FORMAT", global = true, default_value = "text")]
    pub log_format: LogFormat,
    /// Say more; twice: show requests
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub verbose: u8,
    /// When to use colours; NO_COLOR is respected
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub color: ColorChoice,
    /// Show no progress
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Print help
    #[arg(short, long, action = ArgAction::Help, global = true)]
    pub help: Option<bool>,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    Sync(Box<sync::SyncArgs>),
    Inspect(inspect::InspectArgs),
    Images(Box<images::ImagesArgs>),
    Chart(chart::ChartArgs),
    Verify(verify::VerifyArgs),
    Serve(serve::ServeArgs),
    Show(show::ShowArgs),
    Lint(Box<lint::LintArgs>),
    #[command(visible_alias = "dep")]
    Dependency(dependency::DependencyArgs),
    Package(package::PackageArgs),
    Template(Box<template::TemplateArgs>),
    Repo(repo::RepoArgs),
    Search(search::SearchArgs),
    #[command(alias = "fetch")]
    Pull(Box<pull::PullArgs>),
    Push(Box<push::PushArgs>),
    Registry(registry::RegistryArgs),
    Config(config::ConfigArgs),
    Completion(completion::CompletionArgs),
    Man(man::ManArgs),
    Version(version::VersionArgs),
}

/// Help of the program itself and of the flags of every command, in Chinese.
pub(crate) const HELP: HelpTable = HelpTable {
    about: "将 Helm 打包的 Kubernetes 模块带过离线边界",
    long: None,
    args: &[
        ("lang", "消息语言；默认取自 LC_ALL、LC_MESSAGES 或 LANG"),
        ("output", "标准输出上报告的格式"),
        ("log_format", "标准错误上进度和消息的格式"),
        ("verbose", "输出更多信息；给两次则显示请求过程"),
        ("color", "何时使用颜色；遵循 NO_COLOR"),
        ("no_progress", "不显示进度"),
        ("help", "打印帮助"),
        ("version", "打印版本"),
    ],
};

/// The command in one language, for help, completion and man pages.
pub(crate) fn command(language: Language) -> clap::Command {
    help::localized(CommandLine::command(), language)
}

/// What came of the arguments.
#[derive(Debug)]
pub(crate) enum Parsed {
    /// Something to run.
    Run(Box<CommandLine>),
    /// Help or version, to be printed.
    Print(String),
    /// A mistake.
    Mistake(Failure),
}

/// Parses what was typed. The first argument is the program's name.
pub(crate) fn parse(arguments: Vec<OsString>, language: Language) -> Parsed {
    let matches = match command(language).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => return usage_error::explain(&error, language),
    };
    match CommandLine::from_arg_matches(&matches) {
        Ok(mut line) => {
            let source = matches.value_source("output");
            line.global.is_output_given = source == Some(ValueSource::CommandLine);
            Parsed::Run(Box::new(line))
        }
        Err(error) => usage_error::explain(&error, language),
    }
}

/// The value of a global flag before anything is parsed, so that mistakes in the rest are told in the right way.
/// Handles `--flag value`, `--flag=value` and, with `short`, `-x value`.
pub(crate) fn peek(arguments: &[OsString], long: &str, short: Option<&str>) -> Option<String> {
    let words: Vec<&str> = arguments.iter().skip(1).filter_map(|word| word.to_str()).collect();
    let words = words.split(|word| *word == "--").next().unwrap_or_default();
    let mut value = None;
    for (at, word) in words.iter().enumerate() {
        if *word == long || Some(*word) == short {
            value = words.get(at + 1).map(|word| (*word).to_owned()).or(value);
        } else if let Some(rest) = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('=')) {
            value = Some(rest.to_owned());
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(Into::into).collect()
    }

    #[test]
    fn the_definition_is_sound() {
        command(Language::En).debug_assert();
        command(Language::Zh).debug_assert();
    }

    #[test]
    fn global_flags_are_seen_before_parsing() {
        let line = words("ferry --nonsense --lang=zh sync -o json");
        assert_eq!(peek(&line, "--lang", None).as_deref(), Some("zh"));
        assert_eq!(peek(&line, "--output", Some("-o")).as_deref(), Some("json"));
        assert_eq!(peek(&words("ferry sync -- --lang zh"), "--lang", None), None);
    }

    #[test]
    fn global_flags_are_accepted_anywhere() {
        let Parsed::Run(line) =
            parse(words("ferry --lang zh verify -vv -o yaml x.tar"), Language::En)
        else {
            panic!("not parsed")
        };
        assert_eq!(line.global.lang, Some(Language::Zh));
        assert_eq!(line.global.output, OutputFormat::Yaml);
        assert_eq!(line.global.verbose, 2);
    }
}
