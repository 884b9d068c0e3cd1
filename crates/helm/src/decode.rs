//! From the YAML of `Chart.yaml` to [`Metadata`], by the rules of Go's JSON decoder with the YAML front end helm uses:
//! keys match in any case, unknown keys are ignored, numbers and booleans become text where text is wanted, and null
//! leaves a field as it is.

use std::collections::BTreeMap;

use bytes::Bytes;
use goyaml::Value;
use objects::text_of;

use crate::error::MetadataError;
use crate::{ChartError, Dependency, Lock, Maintainer, Metadata};

impl Metadata {
    /// Reads `Chart.yaml`, then `requirements.yaml` over it, as helm does for charts of either version.
    pub(crate) fn read(
        chart_yaml: Option<&Bytes>,
        requirements: Option<&Bytes>,
    ) -> Result<Self, ChartError> {
        let chart_yaml = chart_yaml.ok_or(ChartError::MissingChartYaml)?;
        let mut metadata = Self::default();
        metadata.read_file("Chart.yaml", chart_yaml)?;
        if metadata.api_version.is_empty() {
            "v1".clone_into(&mut metadata.api_version);
        }
        if let Some(requirements) = requirements {
            metadata.read_file("requirements.yaml", requirements)?;
        }
        Ok(metadata)
    }

    fn read_file(&mut self, file: &'static str, yaml: &[u8]) -> Result<(), ChartError> {
        let document =
            goyaml::from_slice(yaml).map_err(|source| ChartError::Yaml { file, source })?;
        let document = Node { file, path: String::new(), value: &document };
        for (key, node) in document.fields()? {
            self.read_field(&key, &node)?;
        }
        Ok(())
    }

    fn read_field(&mut self, key: &str, node: &Node<'_>) -> Result<(), ChartError> {
        match key {
            "name" => node.text(&mut self.name),
            "home" => node.text(&mut self.home),
            "sources" => node.texts(&mut self.sources),
            "version" => node.text(&mut self.version),
            "description" => node.text(&mut self.description),
            "keywords" => node.texts(&mut self.keywords),
            "maintainers" => {
                node.list(&mut self.maintainers, MetadataError::EmptyMaintainer, Maintainer::decode)
            }
            "icon" => node.text(&mut self.icon),
            "apiversion" => node.text(&mut self.api_version),
            "condition" => node.text(&mut self.condition),
            "tags" => node.text(&mut self.tags),
            "appversion" => node.text(&mut self.app_version),
            "deprecated" => node.boolean(&mut self.deprecated),
            "annotations" => node.text_map(&mut self.annotations),
            "kubeversion" => node.text(&mut self.kube_version),
            "dependencies" => node.list(
                &mut self.dependencies,
                MetadataError::EmptyDependency,
                Dependency::decode,
            ),
            "type" => node.text(&mut self.kind),
            _ => Ok(()),
        }
    }
}

impl Maintainer {
    fn decode(node: &Node<'_>) -> Result<Self, ChartError> {
        let mut maintainer = Self::default();
        for (key, node) in node.fields()? {
            match key.as_str() {
                "name" => node.text(&mut maintainer.name)?,
                "email" => node.text(&mut maintainer.email)?,
                "url" => node.text(&mut maintainer.url)?,
                _ => {}
            }
        }
        Ok(maintainer)
    }
}

impl Dependency {
    fn decode(node: &Node<'_>) -> Result<Self, ChartError> {
        let mut dependency = Self::default();
        for (key, node) in node.fields()? {
            match key.as_str() {
                "name" => node.text(&mut dependency.name)?,
                "version" => node.text(&mut dependency.version)?,
                "repository" => node.text(&mut dependency.repository)?,
                "condition" => node.text(&mut dependency.condition)?,
                "tags" => node.texts(&mut dependency.tags)?,
                "enabled" => node.boolean(&mut dependency.enabled)?,
                "import-values" => node.raw_list(&mut dependency.import_values)?,
                "alias" => node.text(&mut dependency.alias)?,
                _ => {}
            }
        }
        Ok(dependency)
    }
}

impl Lock {
    pub(crate) fn parse(file: &'static str, yaml: &[u8]) -> Result<Self, ChartError> {
        let document =
            goyaml::from_slice(yaml).map_err(|source| ChartError::Yaml { file, source })?;
        let document = Node { file, path: String::new(), value: &document };
        let mut lock = Self::default();
        for (key, node) in document.fields()? {
            match key.as_str() {
                "generated" => node.text(&mut lock.generated)?,
                "digest" => node.text(&mut lock.digest)?,
                "dependencies" => {
                    let empty = MetadataError::EmptyDependency;
                    node.list(&mut lock.dependencies, empty, Dependency::decode)?;
                }
                _ => {}
            }
        }
        Ok(lock)
    }
}

/// A place in the document.
struct Node<'a> {
    file: &'static str,
    path: String,
    value: &'a Value,
}

impl<'a> Node<'a> {
    /// The fields of a table by their keys in lower case. Of two spellings of one key the one that sorts later in the
    /// file's own spelling comes later, and so wins: `name` over `Name` over `NAME`.
    fn fields(&self) -> Result<Vec<(String, Node<'a>)>, ChartError> {
        let table = match self.value {
            Value::Null => return Ok(Vec::new()),
            Value::Map(table) => table,
            _ => return Err(self.wrong("a map")),
        };
        let mut entries: Vec<(&str, &Value)> = table.iter().collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        let field = |(key, value)| (str::to_ascii_lowercase(key), self.child(key, value));
        Ok(entries.into_iter().map(field).collect())
    }

    fn child(&self, key: &str, value: &'a Value) -> Node<'a> {
        let separator = if self.path.is_empty() { "" } else { "." };
        Node { file: self.file, path: format!("{}{separator}{key}", self.path), value }
    }

    fn entries(&self) -> Result<Vec<Node<'a>>, ChartError> {
        let Value::List(entries) = self.value else { return Err(self.wrong("a list")) };
        let entry = |(index, value)| Node {
            file: self.file,
            path: format!("{}[{index}]", self.path),
            value,
        };
        Ok(entries.iter().enumerate().map(entry).collect())
    }

    fn text(&self, into: &mut String) -> Result<(), ChartError> {
        match self.value {
            Value::Null => {}
            value => *into = text_of(value).ok_or_else(|| self.wrong("a text"))?,
        }
        Ok(())
    }

    fn texts(&self, into: &mut Vec<String>) -> Result<(), ChartError> {
        into.clear();
        if self.value.is_null() {
            return Ok(());
        }
        for entry in self.entries()? {
            let mut text = String::new();
            entry.text(&mut text)?;
            into.push(text);
        }
        Ok(())
    }

    fn text_map(&self, into: &mut BTreeMap<String, String>) -> Result<(), ChartError> {
        let table = match self.value {
            Value::Null => {
                into.clear();
                return Ok(());
            }
            Value::Map(table) => table,
            _ => return Err(self.wrong("a map")),
        };
        for (key, value) in table.iter() {
            let mut text = String::new();
            self.child(key, value).text(&mut text)?;
            into.insert(key.to_owned(), text);
        }
        Ok(())
    }

    fn boolean(&self, into: &mut bool) -> Result<(), ChartError> {
        match self.value {
            Value::Null => {}
            Value::Bool(value) => *into = *value,
            _ => return Err(self.wrong("true or false")),
        }
        Ok(())
    }

    fn raw_list(&self, into: &mut Vec<serde_json::Value>) -> Result<(), ChartError> {
        into.clear();
        if !self.value.is_null() {
            into.extend(self.entries()?.into_iter().map(|entry| json_of(entry.value)));
        }
        Ok(())
    }

    fn list<T>(
        &self,
        into: &mut Vec<T>,
        empty: MetadataError,
        decode: impl Fn(&Self) -> Result<T, ChartError>,
    ) -> Result<(), ChartError> {
        into.clear();
        if self.value.is_null() {
            return Ok(());
        }
        for entry in self.entries()? {
            if entry.value.is_null() {
                return Err(empty.into());
            }
            into.push(decode(&entry)?);
        }
        Ok(())
    }

    fn wrong(&self, expected: &'static str) -> ChartError {
        let found = self.value.type_name();
        ChartError::Field { file: self.file, field: self.path.clone(), expected, found }
    }
}

/// The same value as JSON, with sorted keys as Go writes them.
fn json_of(value: &Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(number) => Json::from(*number),
        Value::UInt(number) => Json::from(*number),
        Value::Float(number) => Json::from(number.value),
        Value::String(text) => Json::from(text.as_str()),
        Value::List(items) => items.iter().map(json_of).collect(),
        Value::Map(map) => {
            let sorted: BTreeMap<&str, Json> =
                map.iter().map(|(key, value)| (key, json_of(value))).collect();
            sorted.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
        }
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

    fn with(line: &str) -> Result<Metadata, ChartError> {
        load(&format!("apiVersion: v2\nname: c\nversion: 0.1.0\n{line}\n"))
    }

    /// helm's own answers.
    #[test]
    fn what_is_no_text_becomes_the_text_helm_makes_of_it() {
        for (written, read) in [
            ("1.10", "1.1"),
            ("2024.10", "2024.1"),
            ("1234567.891", "1.2345679e+06"),
            ("20240101", "20240101"),
            ("1e3", "1000"),
            ("123e4", "1.23e+06"),
            ("true", "true"),
            ("", ""),
            ("2024-01-01", "2024-01-01"),
            ("\"1.10\"", "1.10"),
            (".inf", "+Inf"),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            assert_eq!(with(&format!("appVersion: {written}")).unwrap().app_version, read);
        }
        let chart = with("annotations: {a: 1, b: true, c: x}").unwrap();
        let annotations: Vec<_> = chart.annotations.values().map(String::as_str).collect();
        assert_eq!(annotations, ["1", "true", "x"]);
    }

    #[test]
    fn keys_match_in_any_case_and_the_last_in_order_wins() {
        let chart = load("APIVERSION: v2\nName: c\nVERSION: 0.1.0\nappversion: x\n").unwrap();
        assert_eq!((chart.name.as_str(), chart.app_version.as_str()), ("c", "x"));
        assert_eq!(with("foo: bar\nNAME: x").unwrap().name, "c");
        assert_eq!(with("name: d").unwrap().name, "d");
        assert_eq!(load("name: c\nversion: 1.20\n").unwrap().version, "1.2");
        assert_eq!(load("\u{feff}name: c\nversion: 1\n").unwrap().api_version, "v1");
    }

    #[test]
    fn every_field_is_read_and_written_as_helm_does() {
        let chart = with(concat!(
            "description: \"line1\\n  line2\\ttab\\x07\"\nhome: http://x\nsources: [a, b]\nkeywords: [k]\n",
            "maintainers:\n- name: m\n  email: e\n  url: u\nicon: i\ndeprecated: true\n",
            "annotations: {a: b, c: \"1\"}\nkubeVersion: \">=1.20.0-0\"\ntype: library\nappVersion: 1 & 2\n",
            "dependencies:\n- name: s\n  version: 0.1.0\n  repository: file://../s\n  tags: [a]\n",
            "  condition: s.enabled\n  import-values: [x, {parent: b, child: a}]\n- name: t\n"
        ))
        .unwrap();
        assert_eq!(
            chart.to_json(),
            concat!(
                r#"{"name":"c","home":"http://x","sources":["a","b"],"version":"0.1.0","#,
                r#""description":"line1   line2 tab","keywords":["k"],"#,
                r#""maintainers":[{"name":"m","email":"e","url":"u"}],"icon":"i","apiVersion":"v2","#,
                r#""appVersion":"1 \u0026 2","deprecated":true,"annotations":{"a":"b","c":"1"},"#,
                r#""kubeVersion":"\u003e=1.20.0-0","#,
                r#""dependencies":[{"name":"s","version":"0.1.0","repository":"file://../s","#,
                r#""condition":"s.enabled","tags":["a"],"import-values":["x",{"child":"a","parent":"b"}]},"#,
                r#"{"name":"t","repository":""}],"type":"library"}"#
            )
        );
    }

    #[test]
    fn requirements_are_read_into_the_same_metadata() {
        let files = vec![
            File::new("Chart.yaml", "apiVersion: v1\nname: c\nversion: 0.1.0\n"),
            File::new("requirements.yaml", "dependencies:\n- name: s\n  version: 1.x\n"),
            File::new("requirements.lock", "dependencies: []\n"),
        ];
        let chart = Chart::from_files(files).unwrap();
        assert_eq!(chart.metadata.dependencies[0].version, "1.x");
        assert_eq!(chart.files.len(), 3);
        let files = vec![
            File::new("Chart.yaml", "name: c\nversion: 0.1.0\n"),
            File::new("requirements.yaml", "dependencies: 5\n"),
        ];
        let error = Chart::from_files(files).unwrap_err();
        assert!(matches!(error, ChartError::Field { file: "requirements.yaml", .. }), "{error}");
    }

    #[test]
    fn a_field_of_another_type_is_named() {
        for (line, place) in [
            ("annotations: {a: {b: c}}", "annotations.a"),
            ("keywords: x", "keywords"),
            ("sources: [[]]", "sources[0]"),
            ("deprecated: 1", "deprecated"),
            ("maintainers: [x]", "maintainers[0]"),
            ("maintainers: [{email: []}]", "maintainers[0].email"),
            ("dependencies: [{name: {}}]", "dependencies[0].name"),
            ("dependencies: [{import-values: x}]", "dependencies[0].import-values"),
        ] {
            let error = with(line).unwrap_err();
            assert!(
                matches!(&error, ChartError::Field { file: "Chart.yaml", field, .. } if field == place),
                "{line}: {error}"
            );
        }
        assert!(matches!(load("- a"), Err(ChartError::Field { field, .. }) if field.is_empty()));
        assert!(matches!(load("a: b: c"), Err(ChartError::Yaml { file: "Chart.yaml", .. })));
        assert!(matches!(load("\0"), Err(ChartError::Yaml { .. })));
    }

    #[test]
    fn a_yaml_bomb_is_an_error() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let below = format!("*a{}, ", level - 1).repeat(10);
            bomb = format!("{bomb}a{level}: &a{level} [{below}]\n");
        }
        assert!(matches!(with(&bomb), Err(ChartError::Yaml { .. })));
        let deep = format!("x: {}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(matches!(with(&deep), Err(ChartError::Yaml { .. })));
    }
}
