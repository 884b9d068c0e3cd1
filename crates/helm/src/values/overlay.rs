//! The user's values: files and flags, in helm's order.

use super::set::{Dialect, set};
use super::{Table, Value, ValuesFileError, read_values};

/// What the user gives on the command line, to be laid over one another: files first, then the flags by their kind.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// Values files, in order.
    pub files: Vec<ValuesFile>,
    /// Flags, in order. Those of one kind are applied together: JSON first, then typed, texts, files, literals.
    pub flags: Vec<Flag>,
}

/// A values file.
#[derive(Clone, Debug)]
pub struct ValuesFile {
    /// Its name, for messages.
    pub name: String,
    /// Its content.
    pub text: Vec<u8>,
}

/// A flag that sets values, with its argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flag {
    /// `--set-json`.
    SetJson(String),
    /// `--set`.
    Set(String),
    /// `--set-string`.
    SetString(String),
    /// `--set-file`.
    SetFile(String),
    /// `--set-literal`.
    SetLiteral(String),
}

/// Values that helm cannot read. Displays as helm says it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OverlayError {
    /// A file.
    #[error("failed to parse {name}: {error}")]
    File {
        /// Its name.
        name: String,
        /// What is wrong with it.
        error: ValuesFileError,
    },
    /// The argument of a flag.
    #[error("failed parsing {flag} data: {reason}")]
    Flag {
        /// The flag with its dashes.
        flag: &'static str,
        /// Its argument.
        argument: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The argument of `--set-json`.
    #[error("failed parsing --set-json data {}{argument}", if *.is_object { "JSON: " } else { "" })]
    Json {
        /// The argument.
        argument: String,
        /// Whether it is one JSON object instead of keys and values.
        is_object: bool,
    },
}

impl Overlay {
    /// Makes one table of them. `read` gives the content of a file that `--set-file` names, or Go's words for why not.
    pub fn resolve(
        &self,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Table, OverlayError> {
        let mut values = Table::new();
        for ValuesFile { name, text } in &self.files {
            let file = read_values(text)
                .map_err(|error| OverlayError::File { name: name.clone(), error })?;
            values.overlay(file);
        }
        for rank in 0..5 {
            for flag in self.flags.iter().filter(|flag| flag.rank() == rank) {
                flag.apply(&mut values, read)?;
            }
        }
        Ok(values)
    }
}

impl Flag {
    fn rank(&self) -> usize {
        match self {
            Self::SetJson(_) => 0,
            Self::Set(_) => 1,
            Self::SetString(_) => 2,
            Self::SetFile(_) => 3,
            Self::SetLiteral(_) => 4,
        }
    }

    fn apply(
        &self,
        values: &mut Table,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<(), OverlayError> {
        let (flag, argument, dialect) = match self {
            Self::SetJson(argument) => return set_json(values, argument),
            Self::Set(argument) => ("--set", argument, Dialect::Typed),
            Self::SetString(argument) => ("--set-string", argument, Dialect::Text),
            Self::SetFile(argument) => ("--set-file", argument, Dialect::File(read)),
            Self::SetLiteral(argument) => ("--set-literal", argument, Dialect::Literal),
        };
        set(values, argument, dialect).map_err(|reason| OverlayError::Flag {
            flag,
            argument: argument.clone(),
            reason,
        })
    }
}

fn set_json(values: &mut Table, argument: &str) -> Result<(), OverlayError> {
    let is_object = argument.trim().starts_with('{');
    let failed = || OverlayError::Json { argument: argument.to_owned(), is_object };
    if !is_object {
        return set(values, argument, Dialect::Json).map_err(|_| failed());
    }
    let object = serde_json::from_str(argument).map_err(|_| failed())?;
    let Value::Table(object) = Value::from_json(object) else { return Err(failed()) };
    values.overlay(object);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Purpose, coalesce};
    use super::*;
    use crate::{Chart, File, ResolvedChart};

    fn resolve(flags: &[Flag]) -> Result<Table, OverlayError> {
        let overlay = Overlay { files: Vec::new(), flags: flags.to_vec() };
        let mut read = |path: &str| match path {
            "f.txt" => Ok(b"line1\nline,2\n".to_vec()),
            path => Err(format!("open {path}: no such file or directory")),
        };
        overlay.resolve(&mut read)
    }

    fn flags(args: &[&str]) -> Vec<Flag> {
        let flag = |pair: &[&str]| {
            let argument = pair[1].to_owned();
            match pair[0] {
                "--set" => Flag::Set(argument),
                "--set-string" => Flag::SetString(argument),
                "--set-json" => Flag::SetJson(argument),
                "--set-file" => Flag::SetFile(argument),
                "--set-literal" => Flag::SetLiteral(argument),
                other => panic!("{other}"),
            }
        };
        args.chunks(2).map(flag).collect()
    }

    /// Flags and what helm 4.3.1 made of them, over the defaults below. `f.txt` is the file above.
    #[test]
    fn flags_become_helms_values() {
        let defaults = "k: v\nlst: [a,b]\nstr: s\nexist: {x: 1, y: {w: 2}}\n";
        let chart = Chart::from_files(vec![
            File::new("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n"),
            File::new("values.yaml", defaults),
        ]);
        let chart = ResolvedChart::read(&chart.unwrap()).unwrap();
        let rows: Vec<(Vec<String>, String)> =
            serde_json::from_str(include_str!("../../tests/goldens/strvals.json")).unwrap();
        assert_eq!(rows.len(), 206);
        for (args, expected) in &rows {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let found = match resolve(&flags(&args)) {
                Ok(values) => {
                    let values = coalesce(&chart, &values, Purpose::Render).unwrap().values;
                    Table::from_template(&values).to_json().to_string()
                }
                Err(error) => format!("Error: {error}"),
            };
            let sorted = |text: &str| {
                serde_json::from_str::<std::collections::BTreeMap<String, serde_json::Value>>(text)
                    .ok()
            };
            assert!(
                found == *expected
                    || sorted(expected).is_some_and(|value| sorted(&found) == Some(value)),
                "{args:?}:\n{found}\n{expected}"
            );
        }
    }

    #[test]
    fn groups_of_flags_have_an_order_of_their_own() {
        let values = resolve(&flags(&[
            "--set-literal",
            "a=l",
            "--set-string",
            "a=s",
            "--set",
            "a=1,b=1",
            "--set-json",
            "b=2,c=3",
        ]));
        assert_eq!(values.unwrap().to_json().to_string(), r#"{"a":"l","b":1,"c":3}"#);
    }

    #[test]
    fn files_lie_below_flags() {
        let file = |name: &str, text: &str| ValuesFile { name: name.to_owned(), text: text.into() };
        let mut overlay = Overlay {
            files: vec![file("a.yaml", "a: 1\nb: {c: 1}\n"), file("b.yaml", "b: {d: null}\n")],
            flags: vec![Flag::Set("b.c=x".to_owned())],
        };
        let values = overlay.resolve(&mut |_| unreachable!()).unwrap();
        assert_eq!(values.to_json().to_string(), r#"{"a":1,"b":{"c":"x","d":null}}"#);
        overlay.files.push(file("bad.yaml", "- x\n"));
        let error = overlay.resolve(&mut |_| unreachable!()).unwrap_err().to_string();
        assert!(
            error.starts_with("failed to parse bad.yaml: cannot unmarshal yaml document: "),
            "{error}"
        );
    }

    #[test]
    fn deep_nesting_ends() {
        let lists = format!("a{}=1", "[0]".repeat(100_000));
        assert!(resolve(&[Flag::Set(lists)]).is_err());
        let names = format!("a{}=1", "[0].a".repeat(100_000));
        assert!(resolve(&[Flag::Set(names)]).is_err());
    }
}
