//! The reference of the command line as Markdown, made from the definitions themselves: `docs/cli.md` and
//! `docs/zh/cli.md`.

use std::fmt::Write as _;

use ops::ProblemKind;

use crate::command_line::command;
use crate::exit_code::ExitCode;
use crate::language::{Language, Text};
use crate::message::explain;
use crate::text;

/// Columns of the help texts in the reference.
const WIDTH: usize = 100;

const INTRODUCTION: Text = text!(
    "<!-- Generated from the program; `FERRY_BLESS=1 cargo test -p ferry-cli` writes it anew. -->\n\n# Command line\n",
    "<!-- 由程序生成；`FERRY_BLESS=1 cargo test -p ferry-cli` 可重新生成。 -->\n\n# 命令行\n"
);
const VARIABLES: Text = text!(
    "\n## Environment variables\n\n\
     Flags win over variables, variables over the file.\n\n\
     | variable | meaning |\n|---|---|\n\
     | `FERRY_REGISTRY_USERNAME`, `FERRY_REGISTRY_PASSWORD`; `TARGET_CONTAINERS_AUTH_USERNAME`, `…_PASSWORD` | credentials for the registry |\n\
     | `FERRY_REPO_USERNAME`, `FERRY_REPO_PASSWORD`; `TARGET_REPO_AUTH_USERNAME`, `…_PASSWORD`; `TARGET_AUTH_USERNAME`, `…_PASSWORD` | credentials for the chart repository |\n\
     | `DOCKER_CONFIG` | directory of docker's `config.json`, asked for credentials that nobody gave |\n\
     | `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` | proxies; in lower case too |\n\
     | `FERRY_CONFIG`, `FERRY_WORKDIR`, `FERRY_CA_FILE`, `FERRY_LANG` | as `--config`, `--workdir`, `--ca-file`, `--lang` |\n\
     | `LC_ALL`, `LC_MESSAGES`, `LANG` | the language of messages: Chinese when the first that is set begins with `zh` |\n\
     | `NO_COLOR` | no colours |\n",
    "\n## 环境变量\n\n\
     命令行参数优先于环境变量，环境变量优先于文件。\n\n\
     | 变量 | 含义 |\n|---|---|\n\
     | `FERRY_REGISTRY_USERNAME`、`FERRY_REGISTRY_PASSWORD`；`TARGET_CONTAINERS_AUTH_USERNAME`、`…_PASSWORD` | 镜像仓库凭证 |\n\
     | `FERRY_REPO_USERNAME`、`FERRY_REPO_PASSWORD`；`TARGET_REPO_AUTH_USERNAME`、`…_PASSWORD`；`TARGET_AUTH_USERNAME`、`…_PASSWORD` | Helm 仓库凭证 |\n\
     | `DOCKER_CONFIG` | docker 的 `config.json` 所在目录，未给出凭证时从中查找 |\n\
     | `HTTP_PROXY`、`HTTPS_PROXY`、`ALL_PROXY`、`NO_PROXY` | 代理；小写亦可 |\n\
     | `FERRY_CONFIG`、`FERRY_WORKDIR`、`FERRY_CA_FILE`、`FERRY_LANG` | 等同于 `--config`、`--workdir`、`--ca-file`、`--lang` |\n\
     | `LC_ALL`、`LC_MESSAGES`、`LANG` | 消息语言：第一个已设置的变量以 `zh` 开头时为中文 |\n\
     | `NO_COLOR` | 不使用颜色 |\n"
);

/// The whole reference in one language.
pub fn markdown(language: Language) -> String {
    let mut out = INTRODUCTION.get(language).to_owned();
    let mut root = command(language).term_width(WIDTH);
    root.build();
    commands(&mut out, &root, "ferry");
    out.push_str(VARIABLES.get(language));
    out.push_str(text!("\n## Exit codes\n\n", "\n## 退出码\n\n").get(language));
    out.push_str(text!("| code | meaning |\n", "| 退出码 | 含义 |\n").get(language));
    out.push_str("|---|---|\n");
    for code in ExitCode::ALL {
        let _ = writeln!(out, "| {} | {} |", code.number(), code.meaning().get(language));
    }
    errors(&mut out, language);
    out
}

fn commands(out: &mut String, command: &clap::Command, name: &str) {
    let help = command.clone().term_width(WIDTH).render_long_help().to_string();
    let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    let _ = write!(out, "\n## `{name}`\n\n```text\n{}\n```\n", lines.join("\n"));
    for sub in command.get_subcommands() {
        commands(out, sub, &format!("{name} {}", sub.get_name()));
    }
}

fn errors(out: &mut String, language: Language) {
    out.push_str(text!("\n## Messages\n", "\n## 消息\n").get(language));
    let mut kinds = ProblemKind::ALL.to_vec();
    kinds.sort_by_key(|kind| explain(*kind).code);
    let [why, next, exit, colon] = [
        text!("Why", "原因"),
        text!("Do", "处理"),
        text!("Exit code", "退出码"),
        text!(": ", "："),
    ]
    .map(|label| label.get(language));
    for kind in kinds {
        let entry = explain(kind);
        let _ = write!(
            out,
            "\n### E{}{colon}{}\n\n{why}{colon}{}\n\n{next}{colon}{}\n\n{exit}{colon}{}\n",
            entry.code,
            entry.what.get(language),
            entry.why.get(language),
            entry.next.get(language),
            entry.exit.number(),
        );
    }
}
