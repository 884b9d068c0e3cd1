//! `.helmignore`: which files of a directory are not part of the chart.

use crate::ChartError;
use crate::pattern::Pattern;

/// What helm adds after the file's own rules: hidden files directly in `templates/`.
const DEFAULT_RULE: &str = "templates/.?*";

/// The rules of a `.helmignore`.
#[derive(Debug)]
pub(crate) struct IgnoreRules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    scope: Scope,
    is_negated: bool,
    for_directories: bool,
}

#[derive(Clone, Copy, Debug)]
enum Scope {
    FullPath,
    BaseName,
}

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
}

impl IgnoreRules {
    /// The rules of a file; an empty text leaves the rule that always applies.
    pub(crate) fn parse(text: &str) -> Result<Self, ChartError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rules = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let rule = Rule::parse(line);
            rules.push(rule.map_err(|reason| ChartError::Ignore { line: index + 1, reason })?);
        }
        let default = Rule::parse(DEFAULT_RULE);
        rules.push(default.map_err(|reason| ChartError::Ignore { line: 0, reason })?);
        Ok(Self(rules))
    }

    /// Whether a path, relative to the chart, is left out. The first rule that decides wins. A rule with `!` decides
    /// *against* everything it does not match: that is helm's reading, and charts are packed by it.
    pub(crate) fn is_ignored(&self, path: &str, kind: Kind) -> bool {
        for rule in &self.0 {
            let applies = !rule.for_directories || kind == Kind::Directory;
            let matches = applies && rule.matches(path);
            if matches != rule.is_negated {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Self, &'static str> {
        if line.contains("**") {
            return Err("`**` is not supported");
        }
        // helm checks the line as a whole before it takes the marks off.
        Pattern::parse(line).map_err(|_| "it is not a pattern")?;
        let (is_negated, line) = take(line.strip_prefix('!'), line);
        let (for_directories, line) = take(line.strip_suffix('/'), line);
        let (is_anchored, line) = take(line.strip_prefix('/'), line);
        let scope =
            if is_anchored || line.contains('/') { Scope::FullPath } else { Scope::BaseName };
        let pattern = Pattern::parse(line).map_err(|_| "it is not a pattern")?;
        Ok(Self { pattern, scope, is_negated, for_directories })
    }

    fn matches(&self, path: &str) -> bool {
        let base = path.rsplit('/').next().unwrap_or(path);
        match self.scope {
            Scope::FullPath => self.pattern.matches(path),
            Scope::BaseName => self.pattern.matches(base),
        }
    }
}

/// Whether a mark was there, and the line without it.
fn take<'a>(without: Option<&'a str>, line: &'a str) -> (bool, &'a str) {
    without.map_or((false, line), |without| (true, without))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 15] = [
        ".helmignore",
        ".hid",
        "Chart.yaml",
        "LICENSE",
        "README.md",
        "a.txt",
        "b.txt",
        "crds/c.yaml",
        "d/a.txt",
        "d/b.log",
        "d/e/f.txt",
        "templates/.hidden.yaml",
        "templates/o.yaml",
        "templates/ok.yaml",
        "templates/sub/.h.yaml",
    ];

    /// What is left of [`FILES`], walking as helm does: an ignored directory takes everything below it along.
    fn kept(rules: &str) -> Vec<&'static str> {
        let rules = IgnoreRules::parse(rules).unwrap();
        let is_kept = |path: &&str| {
            let mut parents = path.match_indices('/').map(|(at, _)| &path[..at]);
            !parents.any(|parent| rules.is_ignored(parent, Kind::Directory))
                && !rules.is_ignored(path, Kind::File)
        };
        FILES.into_iter().filter(is_kept).collect()
    }

    /// Which files a rule takes away from those that are there without any.
    fn removed(rules: &str) -> Vec<&'static str> {
        let kept = kept(rules);
        self::kept("").into_iter().filter(|path| !kept.contains(path)).collect()
    }

    #[test]
    fn hidden_templates_are_always_left_out() {
        let all: Vec<_> =
            FILES.into_iter().filter(|path| *path != "templates/.hidden.yaml").collect();
        assert_eq!(kept(""), all);
    }

    /// helm's own answers to these rules.
    #[test]
    fn rules_mean_what_helm_makes_of_them() {
        for (rules, files) in [
            ("*.txt\n", &["a.txt", "b.txt", "d/a.txt", "d/e/f.txt"][..]),
            ("/a.txt\n", &["a.txt"]),
            ("d/\n", &["d/a.txt", "d/b.log", "d/e/f.txt"]),
            ("d\n", &["d/a.txt", "d/b.log", "d/e/f.txt"]),
            ("d/*.txt\n", &["d/a.txt"]),
            ("d/e\n", &["d/e/f.txt"]),
            ("e/\n", &["d/e/f.txt"]),
            (".*\n", &[".helmignore", ".hid", "templates/sub/.h.yaml"]),
            ("\u{feff}# c\n\n  *.md  \r\n", &["README.md"]),
            ("templates/ok.yaml\n", &["templates/ok.yaml"]),
            ("?.txt\n", &["a.txt", "b.txt", "d/a.txt", "d/e/f.txt"]),
            ("[a].txt\n", &["a.txt", "d/a.txt"]),
            ("a.txt/\n", &[]),
            ("/d/\n", &["d/a.txt", "d/b.log", "d/e/f.txt"]),
            ("charts\n", &[]),
        ] {
            assert_eq!(removed(rules), files, "{rules}");
        }
    }

    #[test]
    fn a_negated_rule_ignores_everything_else() {
        assert!(!kept("!a.txt\n").contains(&"Chart.yaml"));
        assert!(!kept("*.txt\n!a.txt\n").contains(&"Chart.yaml"));
        assert_eq!(kept("!a.txt\n"), ["a.txt"]);
    }

    #[test]
    fn what_helm_refuses_is_refused_with_the_line() {
        for (rules, line) in [("**/x\n", 1), ("# a\n\n[a\n", 3), ("a\n!x**\n", 2)] {
            let error = IgnoreRules::parse(rules).unwrap_err();
            assert!(matches!(error, ChartError::Ignore { line: at, .. } if at == line), "{error}");
        }
    }
}
