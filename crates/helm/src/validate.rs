//! The rules metadata must keep.

use std::collections::HashSet;

use crate::error::MetadataError;
use crate::sanitize::{is_clean, sanitize};
use crate::{ChartError, Metadata};

impl Metadata {
    /// That it is a chart of a kind helm 4 installs. helm asks this of the root chart only.
    pub(crate) fn check_api_version(&self) -> Result<(), ChartError> {
        match self.api_version.as_str() {
            "v1" | "v2" => Ok(()),
            other => Err(MetadataError::ApiVersion(other.to_owned()).into()),
        }
    }

    /// Applies helm's rules: cleans the texts helm cleans, and fails where helm fails. Control characters are refused
    /// where helm would print them or drop them silently: in the name, the version and the app version.
    pub(crate) fn settle(&mut self) -> Result<(), ChartError> {
        self.check_identity()?;
        self.sanitize();
        if !matches!(self.kind.as_str(), "" | "application" | "library") {
            return Err(MetadataError::Type(self.kind.clone()).into());
        }
        self.check_dependencies()?;
        Ok(())
    }

    fn check_identity(&self) -> Result<(), MetadataError> {
        // An app version often ends with a line break, which helm makes a space; other invisible characters have no
        // honest use there.
        let visible = sanitize(&self.app_version).chars().count();
        for (field, value, is_fine) in [
            ("name", &self.name, is_clean(&self.name)),
            ("version", &self.version, is_clean(&self.version)),
            ("appVersion", &self.app_version, visible == self.app_version.chars().count()),
        ] {
            if !is_fine {
                return Err(MetadataError::ControlCharacters { field, value: value.clone() });
            }
        }
        if self.name.is_empty() {
            return Err(MetadataError::NameMissing);
        }
        if matches!(self.name.as_str(), "." | "..") || self.name.contains(['/', '\\']) {
            return Err(MetadataError::Name(self.name.clone()));
        }
        if self.version.is_empty() {
            return Err(MetadataError::VersionMissing);
        }
        if self.version.parse::<semver::Version>().is_err() {
            return Err(MetadataError::Version(self.version.clone()));
        }
        Ok(())
    }

    fn check_dependencies(&self) -> Result<(), MetadataError> {
        let mut keys = HashSet::new();
        for dependency in &self.dependencies {
            let alias = &dependency.alias;
            let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
            if !alias.bytes().all(is_allowed) {
                return Err(MetadataError::Alias(sanitize(&dependency.name)));
            }
            let key = if alias.is_empty() { &dependency.name } else { alias };
            if !keys.insert(key) {
                return Err(MetadataError::DuplicateDependency(sanitize(key)));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Chart, File};

    fn load(chart_yaml: &str) -> Result<Metadata, ChartError> {
        let files = vec![File::new("Chart.yaml", chart_yaml.as_bytes().to_vec())];
        Chart::from_files(files).map(|chart| chart.metadata)
    }

    fn refusal(chart_yaml: &str) -> MetadataError {
        match load(chart_yaml) {
            Err(ChartError::Metadata(error)) => error,
            other => panic!("{chart_yaml}: {other:?}"),
        }
    }

    #[test]
    fn the_name_is_one_harmless_component() {
        for name in [".", "..", "a/b", "../../x", "a\\\\b", "/"] {
            let error = refusal(&format!("name: \"{name}\"\nversion: 1.0.0\n"));
            assert!(matches!(error, MetadataError::Name(_)), "{name}");
        }
        assert_eq!(refusal("version: 0.1.0\n"), MetadataError::NameMissing);
        assert_eq!(refusal(""), MetadataError::NameMissing);
        assert_eq!(load("name: a b\nversion: 1\n").unwrap().name, "a b");
    }

    #[test]
    fn characters_that_drive_a_terminal_are_refused() {
        for (line, field) in [
            (r#"name: "a\e[31m""#, "name"),
            (r#"name: "a\nb""#, "name"),
            (r#"name: "a\u202eb""#, "name"),
            ("name: c\nversion: \"1.0.0\\e[0m\"", "version"),
            ("name: c\nappVersion: \"1\\a\"", "appVersion"),
        ] {
            let error = refusal(&format!("version: 1.0.0\n{line}\n"));
            assert!(
                matches!(error, MetadataError::ControlCharacters { field: found, .. } if found == field),
                "{line}"
            );
            assert!(!error.to_string().contains(char::is_control), "{line}");
        }
        let chart = load("name: c\nversion: 1.0.0\nappVersion: |\n  2.1\n").unwrap();
        assert_eq!(chart.app_version, "2.1 ");
        let chart = load("name: c\nversion: 1.0.0\ndescription: \"\\e[31mred\"\n").unwrap();
        assert_eq!(chart.description, "[31mred");
    }

    #[test]
    fn helms_other_rules_hold() {
        use MetadataError::*;
        let text = str::to_owned;
        for (lines, error) in [
            ("apiVersion: v3\nversion: 0.1.0", ApiVersion(text("v3"))),
            ("apiVersion: v4\nversion: 0.1.0", ApiVersion(text("v4"))),
            ("apiVersion: v2", VersionMissing),
            ("version: abc", Version(text("abc"))),
            ("version: 1.2.3-01", Version(text("1.2.3-01"))),
            ("version: 0.1.0\ntype: Library", Type(text("Library"))),
            ("version: 0.1.0\nmaintainers:\n-\n", EmptyMaintainer),
            ("version: 0.1.0\ndependencies:\n-\n", EmptyDependency),
            ("version: 0.1.0\ndependencies: [{name: s, alias: bad alias}]", Alias(text("s"))),
            (
                "version: 0.1.0\ndependencies: [{name: s}, {name: t, alias: s}]",
                DuplicateDependency(text("s")),
            ),
        ] {
            assert_eq!(refusal(&format!("name: c\n{lines}\n")), error);
        }
        assert!(load("name: c\nversion: 1\ntype: application\nmaintainers: [{}]\n").is_ok());
    }
}
