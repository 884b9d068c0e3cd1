//! What the commands on charts share: the flags that give values, and helm's flags that mean nothing without a cluster.

use std::io::Read;

use clap::Args;
use ops::{ChartValues, Flag};

use crate::environment::Environment;

/// Flags that give values.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ValueArgs {
    /// Values file; `-` is stdin (can be repeated, or several separated by commas)
    #[arg(short = 'f', long, value_name = "FILE", allow_hyphen_values = true)]
    values: Vec<String>,
    /// Set values: `a=1,b.c=2` (can be repeated)
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    set: Vec<String>,
    /// Set values that are always text
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    set_string: Vec<String>,
    /// Set values from JSON: `a={"b":1}`, or one JSON object
    #[arg(long, value_name = "KEY=JSON", allow_hyphen_values = true)]
    set_json: Vec<String>,
    /// Set values to the content of files
    #[arg(long, value_name = "KEY=PATH", allow_hyphen_values = true)]
    set_file: Vec<String>,
    /// Set a value to a text in which nothing has a meaning
    #[arg(long, value_name = "KEY=TEXT", allow_hyphen_values = true)]
    set_literal: Vec<String>,
}

/// The Chinese help of [`ValueArgs`] and [`ClusterArgs`], with that of the command's own flags.
macro_rules! chart_help {
    ($($own:expr),* $(,)?) => {
        &[
            ("values", "values 文件；`-` 表示标准输入（可重复，也可用逗号分隔）"),
            ("set", "设置值：`a=1,b.c=2`（可重复）"),
            ("set_string", "设置值，始终为文本"),
            ("set_json", "用 JSON 设置值：`a={\"b\":1}`，或整个 JSON 对象"),
            ("set_file", "将值设置为文件内容"),
            ("set_literal", "将值设置为原样文本"),
            $($own,)*
        ]
    };
}
pub(crate) use chart_help;

impl ValueArgs {
    /// Where the values come from.
    pub(crate) fn sources(&self, environment: &Environment) -> ChartValues {
        let of = |given: &[String], flag: fn(String) -> Flag| {
            given.iter().cloned().map(flag).collect::<Vec<_>>()
        };
        let flags = [
            of(&self.set_json, Flag::SetJson),
            of(&self.set, Flag::Set),
            of(&self.set_string, Flag::SetString),
            of(&self.set_file, Flag::SetFile),
            of(&self.set_literal, Flag::SetLiteral),
        ];
        ChartValues {
            files: self.values.iter().flat_map(|value| comma_separated(value)).collect(),
            flags: flags.concat(),
            directory: environment.directory.clone(),
            input: || -> Box<dyn Read> { Box::new(std::io::stdin()) },
        }
    }
}

/// The parts of a value that Go's flag library splits at commas: a record of CSV.
pub(crate) fn comma_separated(value: &str) -> Vec<String> {
    if value.is_empty() {
        return Vec::new();
    }
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                part.push('"');
                characters.next();
            }
            '"' if quoted => quoted = false,
            '"' if part.is_empty() => quoted = true,
            ',' if !quoted => parts.push(std::mem::take(&mut part)),
            other => part.push(other),
        }
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_as_csv() {
        for (value, parts) in [
            ("", &[][..]),
            ("a", &["a"]),
            ("a,b", &["a", "b"]),
            ("a,", &["a", ""]),
            ("\"a,b\",c", &["a,b", "c"]),
            ("\"a\"\"b\"", &["a\"b"]),
            ("中,文", &["中", "文"]),
        ] {
            assert_eq!(comma_separated(value), parts, "{value}");
        }
    }
}
