//! Help in the language of the user. English is in the definitions themselves; the Chinese stands beside each of them
//! as a [`HelpTable`]. A test fails when a flag has none.

use clap::{Arg, Command};

use crate::commands::{
    chart, completion, config, dependency, images, inspect, lint, man, package, pull, push,
    registry, repo, search, serve, show, sync, template, verify, version,
};
use crate::language::Language;

/// The Chinese help of one command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HelpTable {
    /// What it does, in one line.
    pub(crate) about: &'static str,
    /// More about it, where there is more in English.
    pub(crate) long: Option<&'static str>,
    /// For each argument, by its id.
    pub(crate) args: &'static [(&'static str, &'static str)],
}

const TEMPLATE_ZH: &str =
    "{before-help}{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// The tables of all commands, by the words that lead to them.
const TABLES: &[(&[&str], HelpTable)] = &[
    (&[], crate::command_line::HELP),
    (&["sync"], sync::HELP),
    (&["inspect"], inspect::HELP),
    (&["images"], images::HELP),
    (&["chart"], chart::HELP),
    (&["chart", "diff"], chart::diff::HELP),
    (&["verify"], verify::HELP),
    (&["serve"], serve::HELP),
    (&["show"], show::HELP),
    (&["show", "chart"], show::HELP_CHART),
    (&["show", "values"], show::HELP_VALUES),
    (&["show", "readme"], show::HELP_README),
    (&["show", "crds"], show::HELP_CRDS),
    (&["show", "all"], show::HELP_ALL),
    (&["lint"], lint::HELP),
    (&["dependency"], dependency::HELP),
    (&["dependency", "list"], dependency::HELP_LIST),
    (&["dependency", "build"], dependency::HELP_BUILD),
    (&["dependency", "update"], dependency::HELP_UPDATE),
    (&["package"], package::HELP),
    (&["template"], template::HELP),
    (&["repo"], repo::HELP),
    (&["repo", "add"], repo::add::HELP),
    (&["repo", "list"], repo::list::HELP),
    (&["repo", "update"], repo::update::HELP),
    (&["repo", "remove"], repo::remove::HELP),
    (&["repo", "index"], repo::index::HELP),
    (&["search"], search::HELP),
    (&["search", "repo"], search::repo::HELP),
    (&["pull"], pull::HELP),
    (&["push"], push::HELP),
    (&["registry"], registry::HELP),
    (&["registry", "login"], registry::login::HELP),
    (&["registry", "logout"], registry::logout::HELP),
    (&["config"], config::HELP),
    (&["config", "check"], config::check::HELP),
    (&["completion"], completion::HELP),
    (&["man"], man::HELP),
    (&["version"], version::HELP),
];

/// The command with its help in one language.
pub(crate) fn localized(command: Command, language: Language) -> Command {
    match language {
        Language::En => command,
        Language::Zh => chinese(command, &mut Vec::new()),
    }
}

fn table(path: &[String]) -> Option<HelpTable> {
    TABLES.iter().find(|(words, _)| *words == path).map(|(_, table)| *table)
}

fn chinese(command: Command, path: &mut Vec<String>) -> Command {
    let Some(table) = table(path) else { return command };
    let mut command = command
        .about(table.about)
        .help_template(TEMPLATE_ZH)
        .subcommand_help_heading("命令")
        .mut_args(|arg| chinese_arg(arg, table));
    command = match table.long {
        Some(text) => command.long_about(text),
        None => command.long_about(None::<&'static str>),
    };
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        path.push(name.clone());
        command = command.mut_subcommand(name, |sub| chinese(sub, path));
        path.pop();
    }
    command
}

fn chinese_arg(arg: Arg, table: HelpTable) -> Arg {
    let heading = match arg.get_help_heading() {
        Some(GLOBAL) => "全局选项",
        Some(TARGETS) => "目标",
        Some(NETWORK) => "网络",
        Some(COMPATIBILITY) => "与 charts-syncer 兼容",
        _ if arg.is_positional() => "参数",
        _ => "选项",
    };
    let arg = arg.help_heading(heading);
    let id = arg.get_id().as_str();
    let Some((_, text)) = table.args.iter().find(|(name, _)| *name == id) else { return arg };
    let choices: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| value.get_name().to_owned())
        .collect();
    let mut text = (*text).to_owned();
    if arg.get_action().takes_values() {
        if !choices.is_empty() {
            text.extend([" [可选值：", &choices.join("、"), "]"]);
        }
        if let [default] = arg.get_default_values() {
            text.extend([" [默认值：", &default.to_string_lossy(), "]"]);
        }
    }
    let takes_values = arg.get_action().takes_values();
    let arg = arg.help(text).long_help(None::<&'static str>);
    if takes_values { arg.hide_default_value(true).hide_possible_values(true) } else { arg }
}

/// The heading of the flags of every command.
pub(crate) const GLOBAL: &str = "Global options";
/// The heading of flags that say where to.
pub(crate) const TARGETS: &str = "Targets";
/// The heading of flags that say how to get there.
pub(crate) const NETWORK: &str = "Network";
/// The heading of flags that only charts-syncer's users know.
pub(crate) const COMPATIBILITY: &str = "Compatibility with charts-syncer";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::command_line::CommandLine;
    use crate::language::is_cjk;

    /// Calls `visit` with every command and the words that lead to it.
    fn walk(command: &Command, path: &mut Vec<String>, visit: &mut dyn FnMut(&Command, &[String])) {
        visit(command, path);
        for sub in command.get_subcommands() {
            path.push(sub.get_name().to_owned());
            walk(sub, path, visit);
            path.pop();
        }
    }

    #[test]
    fn every_command_and_flag_has_chinese_help_and_no_more() {
        walk(&CommandLine::command(), &mut Vec::new(), &mut |command, path| {
            let table = table(path).unwrap_or_else(|| panic!("no Chinese help for {path:?}"));
            assert!(table.about.chars().any(is_cjk), "{path:?}");
            assert_eq!(table.long.is_some(), command.get_long_about().is_some(), "{path:?}");
            let mut ids: Vec<&str> =
                command.get_arguments().map(|arg| arg.get_id().as_str()).collect();
            let mut translated: Vec<&str> = table.args.iter().map(|(id, _)| *id).collect();
            ids.sort_unstable();
            translated.sort_unstable();
            assert_eq!(translated, ids, "{path:?}");
            assert!(table.args.iter().all(|(_, text)| text.chars().any(is_cjk)), "{path:?}");
        });
    }

    #[test]
    fn english_help_is_english_and_starts_without_a_full_stop() {
        walk(&CommandLine::command(), &mut Vec::new(), &mut |command, path| {
            let about = command.get_about().unwrap_or_else(|| panic!("{path:?}")).to_string();
            for (id, text) in command
                .get_arguments()
                .map(|arg| (arg.get_id().as_str(), arg.get_help().map(ToString::to_string)))
                .chain([("", Some(about))])
            {
                let text = text.unwrap_or_else(|| panic!("{path:?} {id}: no help"));
                assert!(!text.chars().any(is_cjk), "{path:?} {id}");
                assert!(!text.ends_with('.'), "{path:?} {id}: {text}");
            }
        });
    }

    #[test]
    fn chinese_help_has_no_english_headings() {
        let mut command = localized(CommandLine::command(), Language::Zh);
        command.build();
        walk(&command, &mut Vec::new(), &mut |command, path| {
            let text = command.clone().render_long_help().to_string();
            for word in [
                "Usage:",
                "Options:",
                "options:",
                "Targets:",
                "Network:",
                "Compat",
                "Commands:",
                "Arguments:",
                "[default",
                "[possible",
            ] {
                assert!(!text.contains(word), "{path:?}: {word} in\n{text}");
            }
        });
    }
}
