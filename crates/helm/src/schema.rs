//! `values.schema.json`: whether values are what a chart's author wants.

mod message;

use std::error::Error;

use boon::{CompileError, Compiler, Schemas, UrlLoader};
use gotemplate::{Map, Value};

use crate::ResolvedChart;
use crate::values::Table;

/// Where helm believes a schema to be.
const LOCATION: &str = "file:///values.schema.json";

/// Values that do not meet a schema. Displays as helm says it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("values don't meet the specifications of the schema(s) in the following chart(s):\n{}", self.text())]
pub struct SchemaError {
    /// The charts, the outer ones first.
    pub charts: Vec<SchemaFailure>,
}

/// A chart whose values do not meet its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaFailure {
    /// The chart's name or alias.
    pub chart: String,
    /// What is wrong, in lines.
    pub reason: String,
}

impl SchemaError {
    fn text(&self) -> String {
        let lines = self
            .charts
            .iter()
            .map(|SchemaFailure { chart, reason }| [chart, ":\n", reason, "\n"].concat());
        lines.collect()
    }
}

/// Checks values against the schema of a chart and those of the charts in it. Nothing is fetched: a schema that refers
/// to another file or to the network is not met.
pub(crate) fn check(chart: &ResolvedChart, values: &Map) -> Result<(), SchemaError> {
    let mut charts = Vec::new();
    check_into(chart, values, &mut charts);
    if charts.is_empty() { Ok(()) } else { Err(SchemaError { charts }) }
}

fn check_into(chart: &ResolvedChart, values: &Map, charts: &mut Vec<SchemaFailure>) {
    let failure =
        |chart: &ResolvedChart, reason| SchemaFailure { chart: chart.name().to_owned(), reason };
    if let Some(schema) = chart.schema()
        && let Err(reason) = check_one(schema, values)
    {
        charts.push(failure(chart, reason));
    }
    for subchart in chart.dependencies() {
        match values.get(subchart.name()) {
            None | Some(Value::Nil) => {}
            Some(Value::Map(values)) => check_into(subchart, &values, charts),
            Some(other) => {
                let found = other.type_name();
                let reason = format!("invalid type for values: expected object (map), got {found}");
                charts.push(failure(subchart, reason));
            }
        }
    }
}

fn check_one(schema: &[u8], values: &Map) -> Result<(), String> {
    let schema = serde_json::from_slice(schema).map_err(|error| unreadable(schema, &error))?;
    let values = Table::from_template(values).to_json();
    let mut compiler = Compiler::new();
    compiler.use_loader(Box::new(NoLoader));
    let failed = |error: CompileError| refusal(&error);
    compiler.add_resource(LOCATION, schema).map_err(failed)?;
    let mut schemas = Schemas::new();
    let index = compiler.compile(LOCATION, &mut schemas).map_err(failed)?;
    schemas.validate(&values, index).map_err(|error| {
        // helm drops the first line, which names the schema.
        let text = message::text(&error);
        text.split_once('\n').map_or(text.clone(), |(_, rest)| rest.to_owned())
    })
}

fn unreadable(schema: &[u8], error: &serde_json::Error) -> String {
    if schema.trim_ascii().is_empty() {
        return "EOF".to_owned();
    }
    if error.is_eof() { "unexpected EOF".to_owned() } else { error.to_string() }
}

fn refusal(error: &CompileError) -> String {
    match error {
        CompileError::ValidationError { url, src } => {
            let url = if url.contains('#') { url.clone() } else { format!("{url}#") };
            format!("\"{url}\" is not valid against metaschema: {}", message::text(src))
        }
        CompileError::LoadUrlError { url, src } => format!("failing loading \"{url}\": {src}"),
        CompileError::UnsupportedUrlScheme { url } => {
            format!("no URLLoader registered for \"{url}\"")
        }
        CompileError::JsonPointerNotFound(url) => format!("json-pointer in \"{url}\" not found"),
        CompileError::AnchorNotFound { url, reference } => {
            format!("anchor in \"{reference}\" not found in schema \"{url}\"")
        }
        other => other.to_string(),
    }
}

/// Follows no reference out of the chart. Names that are no places (`urn:`) stand for anything, as in helm.
struct NoLoader;

impl UrlLoader for NoLoader {
    fn load(&self, url: &str) -> Result<serde_json::Value, Box<dyn Error>> {
        if url.starts_with("urn:") {
            return Ok(serde_json::Value::Bool(true));
        }
        Err("references that leave the chart are not followed".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Chart, File};

    fn refused(schema: &str, values: &str) -> Option<String> {
        let chart = Chart::from_files(vec![
            File::new("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n"),
            File::new("values.schema.json", schema.to_owned()),
        ])
        .unwrap();
        let chart = ResolvedChart::read(&chart).unwrap();
        let values = crate::read_values(values.as_bytes()).unwrap().to_template();
        check(&chart, &values).err().map(|error| error.to_string())
    }

    /// Schemas, values and helm 4.3.1's answers, lines sorted where helm's own order is random.
    #[test]
    fn schemas_are_met_or_not_in_helms_words() {
        let rows: Vec<(String, String, String, String)> =
            serde_json::from_str(include_str!("../tests/goldens/schema.json")).unwrap();
        assert!(rows.len() > 30);
        let sorted = |text: &str| {
            let mut lines: Vec<_> = text.trim_end().lines().map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        for (name, schema, values, expected) in rows {
            let found = refused(&schema, &values).unwrap_or_default();
            let expected = expected.strip_prefix("Error: ").unwrap_or(&expected);
            assert_eq!(sorted(&found), sorted(expected), "{name}:\n{found}\n{expected}");
        }
    }

    #[test]
    fn nothing_is_fetched() {
        let start = std::time::Instant::now();
        for url in [
            "http://192.0.2.1/x.json",
            "https://192.0.2.1/x.json",
            "file:///etc/passwd",
            "other.json",
            "ftp://x/y",
        ] {
            let error = refused(&format!(r#"{{"properties":{{"a":{{"$ref":"{url}"}}}}}}"#), "a: 1")
                .unwrap();
            assert!(error.contains("are not followed"), "{error}");
        }
        assert!(refused(r#"{"$schema":"http://192.0.2.1/x"}"#, "a: 1").is_some());
        assert_eq!(refused(r#"{"properties":{"a":{"$ref":"urn:foo:bar"}}}"#, "a: 1"), None);
        assert!(start.elapsed().as_secs() < 2);
    }
}
