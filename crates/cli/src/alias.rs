//! Called as `charts-syncer` (a link or a copy), or with its habits: the arguments are put into our words before they
//! are parsed. `ferry help COMMAND` is put into words here too.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Flags of klog, the logging library of charts-syncer, that say where and how its logs are written. Ours go to
/// stderr; the flags are accepted without effect. With a value unless they are switches.
const KLOG_VALUES: [&str; 6] =
    ["log_dir", "log_file", "log_file_max_size", "log_backtrace_at", "stderrthreshold", "vmodule"];
const KLOG_SWITCHES: [&str; 6] = [
    "alsologtostderr",
    "logtostderr",
    "add_dir_header",
    "one_output",
    "skip_headers",
    "skip_log_headers",
];
/// Its switches, which Go also writes as `--dry-run=false`.
const SWITCHES: [&str; 8] = [
    "dry-run",
    "insecure",
    "skip-dependencies",
    "latest-version-only",
    "auto-create-repository",
    "verify",
    "print-images",
    "skip-images",
];

/// Whether the program was called by the other name.
pub(crate) fn is_charts_syncer(program: &OsStr) -> bool {
    Path::new(program).file_name().is_some_and(|name| name == "charts-syncer")
}

/// The arguments as the parser takes them.
pub(crate) fn rewritten(arguments: Vec<OsString>) -> Vec<OsString> {
    match arguments.first() {
        Some(program) if is_charts_syncer(program) => from_charts_syncer(arguments),
        _ => help_command(arguments),
    }
}

fn help_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(|word| word == "help") {
        arguments.remove(1);
        arguments.push("--help".into());
    }
    arguments
}

fn from_charts_syncer(arguments: Vec<OsString>) -> Vec<OsString> {
    let mut arguments = help_command(arguments).into_iter();
    let mut out = vec![arguments.next().unwrap_or_default()];
    let (mut before_command, mut has_command) = (Vec::new(), false);
    while let Some(argument) = arguments.next() {
        let Some(word) = argument.to_str() else {
            out.push(argument);
            continue;
        };
        let translated = translate(word, &mut arguments);
        // Its global flags may stand before the command; ours belong to `sync`.
        let is_command = !word.starts_with('-') && !has_command;
        if is_command {
            out.push(argument);
            out.append(&mut before_command);
            has_command = true;
        } else if has_command {
            out.extend(translated);
        } else {
            before_command.extend(translated);
        }
    }
    out.append(&mut before_command);
    out
}

/// One argument in our words: none, itself, or several.
fn translate(word: &str, rest: &mut impl Iterator<Item = OsString>) -> Vec<OsString> {
    let Some(flag) = word.strip_prefix('-') else { return vec![word.into()] };
    let flag = flag.strip_prefix('-').unwrap_or(flag);
    let (name, value) = match flag.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (flag, None),
    };
    let mut take = || {
        value
            .clone()
            .or_else(|| rest.next().and_then(|next| next.into_string().ok()))
            .unwrap_or_default()
    };
    match name {
        "v" => verbosity(&take()),
        "c" | "config" | "g" | "generate-config" => {
            let long = if name.starts_with('c') { "--config" } else { "--generate-config" };
            vec![long.into(), take().into()]
        }
        _ if KLOG_VALUES.contains(&name) => {
            take();
            Vec::new()
        }
        _ if KLOG_SWITCHES.contains(&name) => Vec::new(),
        _ if SWITCHES.contains(&name) => match value.as_deref() {
            None | Some("true" | "1" | "t" | "T" | "TRUE" | "True") => {
                vec![format!("--{name}").into()]
            }
            Some("false" | "0" | "f" | "F" | "FALSE" | "False") => Vec::new(),
            Some(_) => vec![word.into()],
        },
        _ => vec![word.into()],
    }
}

/// klog's levels: up to 3 is what operators look at, 4 and more is for developers.
fn verbosity(level: &str) -> Vec<OsString> {
    match level.parse::<u8>() {
        Ok(0) => Vec::new(),
        Ok(1..=3) => vec!["-v".into()],
        Ok(_) => vec!["-vv".into()],
        Err(_) => vec![format!("-v={level}").into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrite(line: &str) -> String {
        let words = line.split_whitespace().map(Into::into).collect();
        let words: Vec<String> =
            rewritten(words).into_iter().map(|word| word.into_string().unwrap()).collect();
        words.join(" ")
    }

    #[test]
    fn the_runbooks_command_stays_as_it_is() {
        assert_eq!(
            rewrite("/usr/local/bin/charts-syncer sync --config load-image.yaml"),
            "/usr/local/bin/charts-syncer sync --config load-image.yaml"
        );
    }

    #[test]
    fn its_flags_become_ours() {
        for (theirs, ours) in [
            ("sync -c a.yaml -v 4", "sync --config a.yaml -vv"),
            ("sync --v=2 --dry-run=true --insecure=false", "sync -v --dry-run"),
            (
                "-c a.yaml --insecure sync --skip-images",
                "sync --config a.yaml --insecure --skip-images",
            ),
            ("sync --logtostderr --log_dir /tmp --vmodule=x=1 -v 0", "sync"),
            (
                "sync --from-date 2024-01-01 --workdir /w",
                "sync --from-date 2024-01-01 --workdir /w",
            ),
            ("help sync", "sync --help"),
        ] {
            assert_eq!(
                rewrite(&format!("charts-syncer {theirs}")),
                format!("charts-syncer {ours}")
            );
        }
    }

    #[test]
    fn ferry_keeps_its_own_flags() {
        assert_eq!(rewrite("ferry sync -v -c a.yaml"), "ferry sync -v -c a.yaml");
        assert_eq!(rewrite("ferry help config check"), "ferry config check --help");
        assert!(!is_charts_syncer(OsStr::new("/opt/charts-syncer/ferry")));
    }
}
